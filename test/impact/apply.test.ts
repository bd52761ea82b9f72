/** A plan on a twin: the order of an engine, what is not known yet, what the tenant refuses, and what is shown of it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { graphClient } from "../../provider/graph/client";
import { type Applied, applyPlan } from "../../provider/impact/apply";
import type { Plan, PlanStep } from "../../provider/impact/plan";
import { twinOfEndpoint } from "../../provider/impact/twin-graph";
import { smallCompany } from "../../provider/settings";
import { readSeed } from "../../provider/tenant";
import { type Properties, UNKNOWN } from "../../provider/values";
import { certificatePlatforms, scepInputs, trustedInputs } from "../provider/certificates";
import { examples, profileInputs } from "../provider/profiles";
import { connector as connectorWith } from "./scenarios";
import { type Declared, openStack, place, type TestStack } from "./stack";

const mail = (name: string, over: Properties = {}): Declared => ({
  name,
  kind: "EmailProfile",
  inputs: profileInputs("ios", { displayName: name, ...over }),
});
const to = (name: string, over: Properties = {}): Declared => ({
  name: `${name} to`,
  kind: "Deployment",
  inputs: { profileId: `ref:${name}`, includedGroups: ["iPhone users"], ...over },
});
const certificates: Declared[] = [
  { name: "root", kind: "TrustedCertificate", inputs: trustedInputs("ios", { displayName: "root" }) },
  { name: "other", kind: "TrustedCertificate", inputs: trustedInputs("android", { displayName: "other" }) },
  {
    name: "scep",
    kind: "ScepCertificate",
    inputs: scepInputs("ios", { displayName: "scep", rootCertificate: "ref:root" }),
  },
];
const byCertificate = { authenticationMethod: "certificate", identityCertificate: "ref:scep" };
const connector = connectorWith({
  exchangeAccount: { user: "CONTOSO\\svc-intune", password: "very secret" },
  notificationAccount: { address: "mail-notifications@contoso.example", password: "secret as well" },
});

/** The calls, with names for ids: those of what was there, and of what was made. */
const said = ({ calls }: Applied) =>
  calls.map(
    ({ method, path }) => `${method} ${path.replace("/beta/deviceManagement", "").replace(/[0-9a-f-]{36}/, "ID")}`,
  );

describe("a plan on a twin", () => {
  let stack: TestStack;
  beforeEach(() => {
    stack = openStack(() => readSeed(readFileSync(smallCompany, "utf8"), "small.yaml"));
  });
  afterEach(() => stack.close());

  async function applied(plan: Plan, look: (twin: Awaited<ReturnType<TestStack["twinOf"]>>) => void = () => {}) {
    const twin = await stack.twinOf();
    try {
      const result = await applyPlan(twin, plan);
      look(twin);
      return result;
    } finally {
      twin.close();
    }
  }

  it("deletes what is replaced before it makes the new one, and first what refers to it", async () => {
    await stack.up([mail("a"), to("a")]);
    const result = await applied(await stack.preview([mail("a", { hostName: "new.example" }), to("a")]));
    assert.deepEqual(said(result), [
      "POST /deviceConfigurations/ID/assign",
      "DELETE /deviceConfigurations/ID",
      "POST /deviceConfigurations",
      "POST /deviceConfigurations/ID/assign",
    ]);
    assert.deepEqual(result.findings, []);
  });

  it("deletes in that order, too", async () => {
    await stack.up([...certificates, mail("a", byCertificate), to("a")]);
    const plan = await stack.preview([]);
    const result = await applied({ ...plan, steps: plan.steps.toReversed() });
    assert.deepEqual(result.findings, []);
    assert.equal(said(result)[0], "POST /deviceConfigurations/ID/assign");
    assert.equal(result.calls.filter(({ method }) => method === "DELETE").length, 4);
  });

  it("knows what a new deployment and a new profile refer to", async () => {
    const plan = await stack.preview([
      ...certificates,
      mail("a", byCertificate),
      mail("b", { hostName: "b.example" }),
      to("b"),
      to("a"),
    ]);
    const result = await applied(plan, ({ context: { db } }) => {
      const links = db.all(
        `SELECT one.displayName AS "from", two.displayName AS "to" FROM configurationLink
         JOIN deviceConfiguration one ON one.id = configurationId JOIN deviceConfiguration two ON two.id = targetId ORDER BY 1`,
      );
      assert.deepEqual(
        links.map((row) => ({ ...row })),
        [
          { from: "a", to: "scep" },
          { from: "scep", to: "root" },
        ],
      );
      const assigned = db.all<{ displayName: string }>(
        "SELECT displayName FROM assignment JOIN deviceConfiguration c ON c.id = configurationId ORDER BY 1",
      );
      assert.deepEqual(
        assigned.map(({ displayName }) => displayName),
        ["a", "b"],
      );
    });
    assert.deepEqual(result.findings, []);
  });

  it("knows what of two that are replaced a deployment is of, without their names", async () => {
    const both = (hostName: string) =>
      ["a", "b"].flatMap((name) => [mail(name, { hostName: `${name}.${hostName}` }), to(name)]);
    await stack.up(both("old.example"));
    const plan = await stack.preview(both("new.example"));
    for (const { news } of plan.steps) delete news.profileName;
    const { findings, calls } = await applied(plan);
    assert.deepEqual(findings, []);
    const assigned = calls.filter(({ body }) => (body as { assignments?: unknown[] } | undefined)?.assignments?.length);
    assert.equal(new Set(assigned.map(({ path }) => path)).size, 2);
  });

  const step = (over: Partial<PlanStep>): PlanStep => ({
    ...{ urn: "urn:a", type: "t", kind: "EmailProfile", name: "a", op: "create", olds: {}, replaceKeys: [] },
    news: profileInputs("ios", { displayName: "a" }),
    ...over,
  });
  const planned = (...steps: PlanStep[]): Plan => ({ ...place, steps, ours: [], others: [], warnings: [] });

  it("takes what is open to stay as it was, and says so", async () => {
    await stack.up([mail("a")]);
    const plan = await stack.preview([mail("a", { accountName: "Other" })]);
    plan.steps[0]!.news.accountName = UNKNOWN;
    const { findings } = await applied(plan);
    assert.deepEqual(
      findings.map(({ kind, message }) => [kind, message]),
      [
        [
          "unknownValue",
          'accountName of EmailProfile "a" is not known before up: the forecast takes it to stay "Contoso".',
        ],
      ],
    );
  });

  const refused: { name: string; steps: PlanStep[]; says: RegExp; besides?: string[] }[] = [
    {
      name: "a name that is taken",
      steps: [step({}), step({ urn: "urn:b", name: "b" })],
      says: /stops at EmailProfile "b" \(create\).*names are unique.*What follows/,
    },
    {
      name: "an object that is gone: the state is of another time",
      steps: [step({ op: "update", id: "8f9e3f3a-0000-4000-8000-000000000000", olds: { displayName: "old" } })],
      says: /stops at EmailProfile "a" \(update\)/,
      besides: ["olderState"],
    },
    {
      name: "a group that nobody knows",
      steps: [
        step({}),
        step({
          urn: "urn:c",
          kind: "Deployment",
          name: "to",
          news: { profileId: UNKNOWN, profileName: "a", includedGroups: ["Gone"] },
        }),
      ],
      says: /stops at Deployment "to".*"Gone", which is neither the id nor the name of a group/,
    },
  ];
  for (const { name, steps, says, besides = [] } of refused) {
    it(`ends at what the tenant refuses: ${name}`, async () => {
      const { findings } = await applied(
        planned(...steps, step({ urn: "urn:z", name: "z", news: profileInputs("ios", { displayName: "z" }) })),
      );
      assert.deepEqual(
        findings.map(({ kind }) => kind),
        ["refused", ...besides],
      );
      assert.match(findings[0]!.message, says);
    });
  }

  it("finds nothing older where nothing is, on any platform, whatever Graph does not tell of it (E3)", async () => {
    const all = (description: string): Declared[] => [
      ...(Object.keys(examples) as (keyof typeof examples)[]).map((platform) => ({
        ...{ name: platform, kind: "EmailProfile" as const },
        inputs: profileInputs(platform, { displayName: platform, description }),
      })),
      ...certificatePlatforms.flatMap((platform): Declared[] => {
        const over = { displayName: platform, description };
        const rootCertificate = `ref:root ${platform}`;
        return [
          { name: `root ${platform}`, kind: "TrustedCertificate", inputs: trustedInputs(platform, over) },
          {
            name: `scep ${platform}`,
            kind: "ScepCertificate",
            inputs: scepInputs(platform, { ...over, rootCertificate }),
          },
        ];
      }),
    ];
    await stack.up(all("one"));
    const plan = await stack.preview(all("two"));
    assert.equal(plan.steps.filter(({ op }) => op === "update").length, 16);
    const graph = graphClient({
      endpoint: "http://tenant",
      send: async (request) => {
        const answer = await stack.tenant.fetch(request);
        const text = (await answer.text()).replace(/"@classic\.\w+":("[^"]*"|\w+),?/g, "").replace(/,}/g, "}");
        return new Response(text, { status: answer.status, headers: { "Content-Type": "application/json" } });
      },
    });
    const takenAt = stack.tenant.context.clock.now();
    for (const twinOf of [stack.twinOf, () => twinOfEndpoint(graph, { source: "http://tenant", takenAt })]) {
      const twin = await twinOf();
      assert.deepEqual((await applyPlan(twin, plan)).findings, []);
      twin.close();
    }
  });

  it("deletes what is gone already without a word", async () => {
    const { findings } = await applied(
      planned(step({ op: "delete", id: "8f9e3f3a-0000-4000-8000-000000000000", news: {} })),
    );
    assert.deepEqual(findings, []);
  });

  it("shows no password, whoever left one in the plan, and takes any to be right", async () => {
    stack.tenant.context.db.run("UPDATE exchangeAccount SET passwordSha256 = 'of another'");
    const plan = planned(
      step({ kind: "ExchangeConnector", name: "c", news: { ...connector.inputs, kind: "ExchangeConnector" } }),
    );
    const { calls, findings } = await applied(plan);
    assert.deepEqual(findings, []);
    assert.equal(calls[0]!.path, "/beta/deviceManagement/exchangeConnectors");
    assert.doesNotMatch(JSON.stringify(calls), /secret as|very/);
  });
});
