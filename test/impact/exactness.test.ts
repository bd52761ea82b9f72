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
import { openStack, type TestStack } from "./stack";

const hour = 3_600_000;

interface Case {
  company: { devices: number; seed: number };
  program: Program;
  /** How long it has run before the plan, in hours: devices may be in the middle of what was deployed. */
  settled: number;
  /** What people did meanwhile, each on a device of which this is the number. */
  deeds: { device: number; does: keyof typeof deeds }[];
  edit: Edit;
  horizon: number;
  /** Mail servers trust no certificates but these (E12). */
  trusted: string[] | undefined;
}

const moved = "mail2.contoso.example";
const people = "/simulation/devices";
const deeds = {
  approves: (id) => ["POST", `${people}/${id}/approve`],
  hasAccount: (id, { mail }) => ["POST", `${people}/${id}/accounts`, { hostName: moved, emailAddress: mail }],
  removesAccounts: (id) => ["DELETE", `${people}/${id}/accounts`],
  failsPolicies: (id) => ["PATCH", `${people}/${id}`, { complianceState: "noncompliant" }],
  retires: (id) => ["POST", `/beta/deviceManagement/managedDevices/${id}/retire`],
} satisfies Record<string, (id: string, user: { mail: string }) => [method: string, path: string, body?: object]>;

const deedNames = Object.keys(deeds) as (keyof typeof deeds)[];

async function perform({ tenant }: TestStack, { device, does }: Case["deeds"][number]): Promise<void> {
  const all = tenant.context.db.all<{ id: string; mail: string }>(
    "SELECT device.id, mail FROM device JOIN user ON user.id = userId WHERE enrolled = 1 ORDER BY device.id",
  );
  const one = all[device % all.length]!;
  const [method, path, body] = deeds[does](one.id, one) as [string, string, object?];
  const init = body ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {};
  const answer = await tenant.fetch(new Request(`http://tenant.example${path}`, { method, ...init }));
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
}

const cases: fc.Arbitrary<Case> = fc.record({
  company: fc.record({ devices: fc.integer({ min: 6, max: 24 }), seed: fc.nat(1000) }),
  program: programs,
  settled: fc.constantFrom(0, 3, 9, 33),
  deeds: fc.array(
    fc.record({
      device: fc.nat(99),
      does: fc.constantFrom<Case["deeds"][number]["does"]>("hasAccount", "hasAccount", ...deedNames),
    }),
    { maxLength: 4 },
  ),
  edit: edits,
  trusted: fc.option(fc.constant(["ios root 1", "androidForWork root 2"]), { nil: undefined, freq: 2 }),
  horizon: fc.constantFrom(1, 5, 9, 26),
});

/** Ids of what is made anew are drawn by each tenant for itself; names are the same. */
const named = ({ profile, ...row }: DeviceImpact) => ({ ...row, profile: profile?.name ?? null });
const sorted = (rows: Iterable<DeviceImpact>) => [...rows].map((row) => JSON.stringify(named(row))).sort();
const comparable = ({ devices, people, counts }: Pick<Impact, "devices" | "people" | "counts">) => ({
  ...{ people: [...people], counts },
  devices: sorted(devices),
});

async function play(
  { company, program, settled, deeds, edit, horizon, trusted }: Case,
  met: Map<Category, number>,
): Promise<void> {
  const mailServers = trusted ? [{ host: moved, trusts: trusted, issuedBy: [] }] : [];
  const stack = openStack(() => ({ ...generateSeed(company), mailServers }));
  try {
    await stack.up(declared(program));
    stack.advance(settled);
    for (const deed of deeds) await perform(stack, deed);
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
    this.timeout(180_000);
    const met = new Map<Category, number>();
    await fc.assert(
      fc.asyncProperty(cases, (one) => play(one, met)),
      { seed: 2, numRuns: 45, interruptAfterTimeLimit: 150_000, markInterruptAsFailure: true },
    );
    const never = categoryNames.filter((category) => category !== "unchanged" && !met.has(category));
    assert.deepEqual(never, [], "these never came about: the property says nothing of them");
  });
});
