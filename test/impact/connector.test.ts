/** A connector in a plan: the new one is made before the old one goes (X1), and none of the program's own is in its way. */
import assert from "node:assert/strict";
import { applyPlan } from "../../provider/impact/apply";
import type { Plan } from "../../provider/impact/plan";
import { generateSeed } from "../../provider/tenant";
import { connector, declared, type Program } from "./programs";
import { openStack, type TestStack } from "./stack";

const program = (over: Partial<Program["connector"] & object> | undefined): Program => ({
  ...{ profiles: {}, certificates: {}, apps: {}, policy: undefined },
  connector: over && { ...connector, ...over },
});

describe("a connector in a plan", () => {
  let stack: TestStack;
  before(async () => {
    stack = openStack(() => generateSeed({ devices: 6, seed: 1 }));
    await stack.up(declared(program({})));
  });
  after(() => stack.close());

  async function done(plan: Plan): Promise<{ calls: string[]; findings: string[]; left: number }> {
    const twin = await stack.twinOf();
    try {
      const { calls, findings } = await applyPlan(twin, plan);
      const said = calls.map(
        ({ method, path }) => `${method} ${path.replace("/beta/deviceManagement", "").replace(/[0-9a-f-]{36}/, "ID")}`,
      );
      const { n } = twin.context.db.get<{ n: number }>("SELECT count(*) AS n FROM exchangeConnector")!;
      return { calls: said, findings: findings.map(({ message }) => message), left: n };
    } finally {
      twin.close();
    }
  }

  it("is replaced by a new one beside it", async () => {
    const plan = await stack.preview(declared(program({ organization: "CONTOSO MAIL" })));
    assert.deepEqual(
      plan.steps.map(({ op }) => op),
      ["replace"],
    );
    const { calls, findings, left } = await done(plan);
    assert.deepEqual(calls, ["POST /exchangeConnectors", "DELETE /exchangeConnectors/ID"]);
    assert.deepEqual([findings, left], [[], 1]);
  });

  it("moves in place", async () => {
    const { calls, findings } = await done(await stack.preview(declared(program({ server: "cas02" }))));
    assert.equal(calls[0], "PATCH /exchangeConnectors/ID");
    assert.deepEqual(findings, []);
  });

  const known: { name: string; change: (plan: Plan) => Plan }[] = [
    {
      name: "by its id in the state",
      change: (plan) => ({ ...plan, steps: plan.steps.map((step) => ({ ...step, olds: {} })) }),
    },
    {
      name: "by its organization, where the service has given it another id",
      change: (plan) => ({ ...plan, ours: [] }),
    },
  ];
  for (const { name, change } of known) {
    it(`is known for the program's own ${name}`, async () => {
      const plan = await stack.preview(declared(program({ organization: "CONTOSO MAIL" })));
      const { findings } = await done(change(plan));
      assert.deepEqual(
        findings.filter((message) => message.includes("serves already")),
        [],
      );
    });
  }

  it("is told by what is written, not by what is read in batches", async () => {
    const groups = ["All mail users", "iPhone users"];
    const policy = { enabled: true, groups, without: ["Samsung users"], level: "block" as const };
    const { calls, findings } = await done(await stack.preview(declared({ ...program({}), policy })));
    assert.deepEqual(findings, []);
    assert.ok(
      calls.length > 0 &&
        calls.every((call) => /^(PATCH|PUT|POST) \/(conditionalAccess|exchangeOnPremises)/.test(call)),
      calls.join("\n"),
    );
  });

  it("of somebody else's is in the way", async () => {
    const [step] = (await stack.preview(declared(program({ organization: "CONTOSO MAIL" })))).steps;
    const { id: _, ...made } = step!;
    const { findings } = await done({
      project: "mail",
      stack: "dev",
      ours: [],
      others: [],
      warnings: [],
      steps: [{ ...made, op: "create", olds: {} }],
    } as Plan);
    assert.match(findings.join("\n"), /serves already; there is one for each organization \(X1\)/);
  });
});
