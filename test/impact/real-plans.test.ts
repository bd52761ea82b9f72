/** Plans that the real CLI wrote: what is read of each, and what they do on a twin. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPulumi } from "../../provider/engine/find-pulumi";
import { type Applied, applyPlan } from "../../provider/impact/apply";
import type { Plan } from "../../provider/impact/plan";
import { readPlan } from "../../provider/impact/plan-file";
import { smallCompany } from "../../provider/settings";
import { openTenant, readSeed, type Tenant } from "../../provider/tenant";
import { firstPlans, makeRealPlans, realPlans, shapeOf } from "./real-plans";
import { place } from "./stack";

const folder = join(__dirname, "../fixtures/plans");
const text = (name: string) => readFileSync(join(folder, `${name}.json`), "utf8");
const planned = (name: string): Plan => readPlan(text(name), `${name}.json`, place);

interface Expected {
  /** `op Kind name`, with `!` where the object is known, and `*` where it stays. */
  steps?: string[];
  others?: Plan["others"];
  warnings?: Plan["warnings"];
  refused?: RegExp;
}

const replaced = ["replace EmailProfile iphones!", "replace Deployment to-iphones!"];
const created = ["create EmailProfile iphones", "create Deployment to-iphones"];
const rows: Record<string, Expected> = {
  create: { steps: ["create ExchangeConnector contoso", ...created] },
  secrets: { steps: ["create ExchangeConnector contoso", "create EmailProfile hidden"] },
  update: { steps: ["update EmailProfile iphones!"] },
  replace: { steps: replaced },
  delete: {
    steps: ["delete Deployment to-iphones!", "delete EmailProfile iphones!", "delete ExchangeConnector contoso!"],
    warnings: [{ message: "Mind the gap.", urn: undefined }],
  },
  others: {
    steps: ["create EmailProfile more"],
    others: [{ type: "pulumi-nodejs:dynamic:Resource", count: 1 }],
  },
  events: { steps: replaced },
  "replacement-steps": { steps: replaced },
  sames: { steps: [] },
  nothing: { steps: [] },
  renamed: { steps: ["update EmailProfile phones!"] },
  refused: {
    refused: /to forecast: pulumi-nodejs:.*Deployment resource 'more': .*"Nobody", which is neither .* Mend that/,
  },
  broken: { refused: /with an unhandled exception: Error: No such file\. Mend that/ },
  read: { steps: ["delete Deployment to-iphones!", "delete ExchangeConnector contoso!"] },
  "update-plan": { refused: /is for `pulumi up --plan`: it holds what may be done/ },
  refresh: { steps: ["update EmailProfile iphones!"] },
  drifted: { steps: ["update EmailProfile iphones!"] },
  "refresh-gone": { steps: created },
  gone: { steps: ["update EmailProfile iphones!"] },
  protected: { refused: /unable to replace resource .* marked for protection\. To unprotect/ },
  kept: { steps: ["delete EmailProfile again!*"] },
  "kept-replaced": { steps: ["replace EmailProfile again!*"] },
  discarded: { steps: [] },
  "chains-create": {
    steps: [
      ...["create TrustedCertificate rootOne", "create TrustedCertificate rootTwo"],
      ...["create ScepCertificate scepOne", "create ScepCertificate scepTwo"],
      ...["create EmailProfile mailOne", "create EmailProfile mailTwo"],
    ],
  },
  "chains-replaced": {
    steps: [
      ...["replace TrustedCertificate rootOne!", "replace TrustedCertificate rootTwo!"],
      ...["replace ScepCertificate scepOne!", "replace ScepCertificate scepTwo!"],
      ...["replace EmailProfile mailOne!", "replace EmailProfile mailTwo!"],
    ],
  },
};

describe("a plan that the Pulumi CLI wrote", () => {
  it("is kept for each program, and of each is said what is read of it", () => {
    const names = realPlans.map(({ name }) => name).sort();
    assert.deepEqual(Object.keys(rows).sort(), names);
    const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
    assert.deepEqual(files.sort(), names.map((name) => `${name}.json`).sort());
  });

  for (const [name, { steps, others = [], warnings = [], refused }] of Object.entries(rows)) {
    it(`is read: ${name}`, () => {
      assert.doesNotMatch(text(name), /Tr0ub4dor/);
      if (refused) {
        assert.throws(() => planned(name), refused);
        return;
      }
      const plan = planned(name);
      const seen = plan.steps.map(
        (step) => `${step.op} ${step.kind} ${step.name}${step.id ? "!" : ""}${step.retained ? "*" : ""}`,
      );
      assert.deepEqual(seen.sort(), steps?.toSorted());
      assert.deepEqual({ others: plan.others, warnings: plan.warnings }, { others, warnings });
    });
  }

  it("is the same streamed and as a document", () => {
    const bare = ({ steps }: Plan): unknown =>
      JSON.parse(JSON.stringify(steps.map(({ from, replaceKeys, ...step }) => step)).replace(/[0-9a-f-]{36}/g, "ID"));
    assert.deepEqual(bare(planned("events")), bare(planned("replacement-steps")));
    assert.deepEqual(bare(planned("replace")), bare(planned("replacement-steps")));
  });

  const lines = text("events").trimEnd().split("\n");
  const streams: { name: string; text: string; says: RegExp }[] = [
    { name: "that ends after a line", text: lines.slice(0, -3).join("\n"), says: /ends in the middle/ },
    { name: "that ends in a line", text: text("events").slice(0, -50), says: /ends in the middle/ },
    {
      name: "of a preview that a policy did not let pass",
      text: text("events").replace('"result":"succeeded"', '"result":"failed"'),
      says: /failed, so there is nothing to forecast/,
    },
    {
      name: "of an up",
      text: text("events").replaceAll('"planning":true', '"planning":false'),
      says: /what an `up` has done/,
    },
  ];
  for (const { name, text, says } of streams) {
    it(`is refused: a stream ${name}`, () => assert.throws(() => readPlan(text, "plan.json", place), says));
  }
});

describe("a plan that the Pulumi CLI wrote, on a twin", () => {
  let twin: Tenant;
  beforeEach(() => {
    twin = openTenant({ seed: () => readSeed(readFileSync(smallCompany, "utf8"), "small.yaml") });
  });
  afterEach(() => twin.close());
  const said = ({ findings }: Applied) => findings.map(({ kind, message }) => `${kind}: ${message}`);

  it("finds what refers to which of several new ones", async () => {
    const applied = await applyPlan(twin, planned("chains-create"));
    assert.deepEqual(said(applied), []);
    const links = twin.context.db.all<{ one: string; two: string }>(
      `SELECT one.displayName AS one, two.displayName AS two FROM configurationLink
       JOIN deviceConfiguration one ON one.id = configurationId JOIN deviceConfiguration two ON two.id = targetId ORDER BY 1`,
    );
    assert.deepEqual(
      links.map(({ one, two }) => `${one} ${two}`),
      ["mailOne scepOne", "mailTwo scepTwo", "scepOne rootOne", "scepTwo rootTwo"],
    );
  });

  it("says which one it takes where nothing tells", async () => {
    const plan = planned("chains-create");
    for (const step of plan.steps) delete step.from;
    assert.deepEqual(said(await applyPlan(twin, plan)), [
      'unknownValue: rootCertificate of ScepCertificate "scepOne" is not known before up: the forecast takes it to be of TrustedCertificate "rootTwo".',
      'unknownValue: rootCertificate of ScepCertificate "scepTwo" is not known before up: the forecast takes it to be of TrustedCertificate "rootTwo".',
      'unknownValue: identityCertificate of EmailProfile "mailOne" is not known before up: the forecast takes it to be of ScepCertificate "scepTwo".',
      'unknownValue: identityCertificate of EmailProfile "mailTwo" is not known before up: the forecast takes it to be of ScepCertificate "scepTwo".',
    ]);
  });

  it("ends where it needs a secret that no plan shows, and says which", async () => {
    const plan = planned("secrets");
    const [, hidden] = plan.steps;
    const findings = [await applyPlan(twin, plan), await applyPlan(twin, { ...plan, steps: [hidden!] })].flatMap(said);
    assert.match(
      findings[0]!,
      /^refused: The plan stops at ExchangeConnector "contoso" \(create\), which nothing can be said of without its exchangeAccount: exchangeAccount .*What follows/,
    );
    assert.equal(
      findings[1],
      'unknownValue: exchangeAccount of ExchangeConnector "contoso" is secret, and so not in the plan: the forecast leaves it out.',
    );
    assert.match(
      findings[2]!,
      /EmailProfile "hidden" \(create\), which nothing can be said of without its hostName: hostName/,
    );
  });

  it("leaves alone what is to be kept", async () => {
    for (const name of ["kept", "kept-replaced"]) {
      const { calls } = await applyPlan(twin, planned(name));
      assert.ok(
        calls.every(({ method }) => method !== "DELETE"),
        name,
      );
    }
  });

  it("says that it changes what is gone, and repeats what the preview warns of", async () => {
    assert.match(
      said(await applyPlan(twin, planned("gone"))).join("\n"),
      /olderState: EmailProfile "iphones" .* it is gone from the tenant\. Make the plan anew with pulumi preview --refresh/,
    );
    assert.deepEqual(said(await applyPlan(twin, planned("delete"))), [
      "previewWarns: The preview warns: Mind the gap.",
    ]);
  });
});

describe("the Pulumi CLI", function () {
  this.timeout(900_000);
  it("writes what is kept", async function () {
    const pulumi = findPulumi(process.env);
    if (!pulumi) {
      console.log("      (the Pulumi CLI is not on PATH: its plans are not made anew)");
      this.skip();
    }
    const update = process.env.UPDATE_GOLDEN === "1";
    for await (const made of makeRealPlans(pulumi, update ? realPlans : realPlans.slice(0, firstPlans))) {
      if (update) writeFileSync(join(folder, `${made.name}.json`), made.text);
      assert.deepEqual(shapeOf(made.text), shapeOf(text(made.name)), made.name);
    }
  });
});
