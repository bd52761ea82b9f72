/** What is forecast is what then happens: on the tenant itself, after the same steps and the same time, person by person. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { compare } from "../../provider/impact/compare";
import { forecast } from "../../provider/impact/forecast";
import { type Category, categoryNames, type DeviceImpact, type Impact } from "../../provider/impact/impact";
import { lastEvent } from "../../provider/impact/outcome";
import { generateSeed } from "../../provider/tenant";
import { advanceTo } from "../../provider/tenant/schedule";
import { assertForetold, experience, lastEventOf, see } from "./experience";
import { declared, type Edit, edited, edits, type Program, programs } from "./programs";
import { openStack } from "./stack";

const hour = 3_600_000;

interface Case {
  company: { devices: number; seed: number };
  program: Program;
  /** How long it has run before the plan, in hours: devices may be in the middle of what was deployed. */
  settled: number;
  edit: Edit;
  horizon: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  company: fc.record({ devices: fc.integer({ min: 6, max: 24 }), seed: fc.nat(1000) }),
  program: programs,
  settled: fc.constantFrom(0, 3, 9, 33),
  edit: edits,
  horizon: fc.constantFrom(1, 5, 9, 26),
});

/** Ids of what is made anew are drawn by each tenant for itself; names are the same. */
const named = ({ profile, ...row }: DeviceImpact) => ({ ...row, profile: profile?.name ?? null });
const sorted = (rows: Iterable<DeviceImpact>) => [...rows].map((row) => JSON.stringify(named(row))).sort();
const comparable = ({ devices, people, counts }: Pick<Impact, "devices" | "people" | "counts">) => ({
  ...{ people: [...people], counts },
  devices: sorted(devices),
});

async function play({ company, program, settled, edit, horizon }: Case, met: Map<Category, number>): Promise<void> {
  const stack = openStack(() => generateSeed(company));
  try {
    await stack.up(declared(program));
    stack.advance(settled);
    const before = new Map(stack.ids());
    const next = declared(edited(program, edit));
    const plan = await stack.preview(next);
    const foretold = await forecast({ twinOf: stack.twinOf, plan, horizon: horizon * hour });
    assert.deepEqual(
      foretold.risks.filter(({ kind }) => kind === "refused"),
      [],
    );

    const without = await stack.twinOf();
    try {
      const since = lastEvent(without.context);
      assert.equal(since, await lastEventOf(without));
      advanceTo(without.context, without.context.clock.nowMs() + horizon * hour);
      await stack.up(next);
      stack.advance(horizon);
      const oldIdOf = new Map(
        stack.ids().flatMap(([name, id]) => {
          const old = before.get(name);
          return old !== undefined && old !== id ? [[id, old]] : [];
        }),
      );
      const happened = compare({ without: without.context, having: stack.tenant.context, since, oldIdOf });
      assert.deepEqual(comparable(foretold), comparable(happened));
      const seen = [await see(without, since), await see(stack.tenant, since)] as const;
      assertForetold(foretold, experience(...seen, oldIdOf));
    } finally {
      without.close();
    }
    for (const { category } of foretold.devices) met.set(category, (met.get(category) ?? 0) + 1);
  } finally {
    stack.close();
  }
}

describe("a forecast", () => {
  it("is what happens, person by person, whatever is edited", async function () {
    this.timeout(60_000);
    const met = new Map<Category, number>();
    await fc.assert(
      fc.asyncProperty(cases, (one) => play(one, met)),
      { seed: 5, numRuns: 45 },
    );
    const never = categoryNames.filter((category) => category !== "unchanged" && !met.has(category));
    assert.deepEqual(never, [], "these never came about: the property says nothing of them");
  });
});
