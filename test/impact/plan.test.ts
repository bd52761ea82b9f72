/** What is read of a preview: of either engine, or of the file that `pulumi preview --json` writes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { EngineResult } from "../../provider/engine";
import { type Plan, planOf } from "../../provider/impact/plan";
import { readPlan } from "../../provider/impact/plan-file";
import { smallCompany } from "../../provider/settings";
import { readSeed } from "../../provider/tenant";
import { UserError } from "../../provider/user-error";
import { UNKNOWN } from "../../provider/values";
import { profileInputs } from "../provider/profiles";
import { type Declared, openStack, place } from "./stack";

const urn = (type: string, name: string) => `urn:pulumi:dev::mail::${type}::${name}`;
const own = (kind: string, name: string) => urn(`pulumi-nodejs:dynamic/intune:${kind}`, name);
const olds = { kind: "EmailProfile", displayName: "Mail", hostName: "a" };
const news = { ...olds, hostName: "b" };

/** The plan file of these steps, as the Pulumi CLI writes it: providers and the stack among them. */
const file = (...steps: object[]) =>
  JSON.stringify({
    config: {},
    steps: [
      { op: "create", urn: urn("pulumi:pulumi:Stack", "mail-dev"), newState: { type: "pulumi:pulumi:Stack" } },
      ...steps,
    ],
    changeSummary: {},
  });
const replaced = {
  op: "replace",
  urn: own("EmailProfile", "mail"),
  oldState: { id: "1", inputs: { ...olds, __provider: "x" }, outputs: { ...olds, version: 1, __provider: "x" } },
  newState: { inputs: { ...news, __provider: "x" } },
  replaceReasons: ["hostName"],
};

describe("a plan", () => {
  const rows: {
    name: string;
    text: string;
    steps: [op: string, id: string | undefined, olds: object, news: object][];
  }[] = [
    { name: "of nothing", text: file(), steps: [] },
    {
      name: "of something new",
      text: file({ op: "create", urn: own("EmailProfile", "mail"), newState: { inputs: news } }),
      steps: [["create", undefined, {}, news]],
    },
    {
      name: "of an update",
      text: file({ ...replaced, op: "update" }),
      steps: [["update", "1", { ...olds, version: 1 }, news]],
    },
    {
      name: "of a replacement in one step, as the CLI tells it by itself",
      text: file(replaced),
      steps: [["replace", "1", { ...olds, version: 1 }, news]],
    },
    {
      name: "of a replacement in three steps, as --show-replacement-steps has it",
      text: file(
        { op: "delete-replaced", urn: replaced.urn, oldState: replaced.oldState },
        { ...replaced, op: "create-replacement" },
        replaced,
      ),
      steps: [["replace", "1", { ...olds, version: 1 }, news]],
    },
    {
      name: "of a deletion",
      text: file({ op: "delete", urn: replaced.urn, oldState: replaced.oldState }),
      steps: [["delete", "1", { ...olds, version: 1 }, {}]],
    },
    {
      name: "of what an interrupted replacement left",
      text: file({ op: "delete-replaced", urn: replaced.urn, oldState: replaced.oldState }),
      steps: [["delete", "1", { ...olds, version: 1 }, {}]],
    },
    {
      name: "of what stays, is read or is imported",
      text: file(...["same", "read", "import", "refresh"].map((op) => ({ ...replaced, op }))),
      steps: [],
    },
    {
      name: "with what is not known yet, and a secret",
      text: file({
        op: "create",
        urn: own("Deployment", "mail"),
        newState: { inputs: { profileId: UNKNOWN, includedGroups: ["[unknown]"], note: "[secret]" } },
      }),
      steps: [["create", undefined, {}, { profileId: UNKNOWN, includedGroups: [UNKNOWN], note: "[secret]" }]],
    },
  ];
  for (const { name, text, steps } of rows) {
    it(name, () => {
      const plan = readPlan(text, "plan.json", place);
      assert.deepEqual(
        plan.steps.map((step) => [step.op, step.id, step.olds, step.news]),
        steps,
      );
    });
  }

  it("counts what is of other providers, once each, and not what stays", () => {
    const bucket = (op: string, name: string) => ({
      op,
      urn: urn("aws:s3/bucket:Bucket", name),
      newState: { custom: true, inputs: {} },
    });
    const { steps, others } = readPlan(
      file(bucket("create", "a"), bucket("create-replacement", "b"), bucket("replace", "b"), bucket("same", "c")),
      "plan.json",
      place,
    );
    assert.deepEqual({ steps, others }, { steps: [], others: [{ type: "aws:s3/bucket:Bucket", count: 2 }] });
  });

  it("is read with the mark that Windows puts before UTF-8", () => {
    assert.equal(readPlan(`\uFEFF${file(replaced)}`, "plan.json", place).steps.length, 1);
  });

  const refusals: { name: string; text: string; says: RegExp }[] = [
    { name: "an empty file", text: " \n", says: /plan\.json is empty\. .*pulumi preview --json/ },
    { name: "no JSON", text: "Previewing update (dev)", says: /plan\.json is no JSON/ },
    { name: "the first half of one", text: file(replaced).slice(0, 300), says: /ends in the middle/ },
    { name: "other JSON", text: '{"resources":[]}', says: /not what a preview writes: it has neither steps nor/ },
    { name: "the state of a stack", text: '{"deployment":{}}', says: /plan\.json is the state of a stack\. .*--json/ },
    {
      name: "what Windows PowerShell makes of it",
      text: Buffer.from(file(), "utf16le").toString("utf8"),
      says: /is UTF-16, as Windows PowerShell writes it\. .*-Encoding utf8/,
    },
    { name: "a step without a name", text: '{"steps":[{"op":"create"}]}', says: /steps\.0\.urn/ },
    {
      name: "a preview that failed",
      text: JSON.stringify({ steps: [], diagnostics: [{ severity: "error", message: "hostName is required." }] }),
      says: /failed, so there is nothing to forecast: hostName is required\./,
    },
    {
      name: "another stack",
      text: file({ ...replaced, urn: replaced.urn.replace(":dev::", ":prod::") }),
      says: /plan of stack prod of project mail, and this is stack dev of project mail\. Choose .*--stack/,
    },
    {
      name: "another project",
      text: file({ ...replaced, urn: replaced.urn.replace("::mail::", "::web::") }),
      says: /plan of stack dev of project web/,
    },
    {
      name: "a resource of a later release",
      text: file({ ...replaced, urn: own("VpnProfile", "vpn") }),
      says: /has no resource "VpnProfile"/,
    },
  ];
  for (const { name, text, says } of refusals) {
    it(`is refused: ${name}`, () => {
      assert.throws(
        () => readPlan(text, "plan.json", place),
        (error: unknown) => error instanceof UserError && says.test(error.message),
      );
    });
  }

  it("is refused: a preview of an engine that failed", () => {
    const diagnostics: EngineResult["diagnostics"] = [{ kind: "diagnostic", severity: "error", message: "No group." }];
    assert.throws(
      () => planOf({ changes: {}, outputs: {}, steps: [], diagnostics }, place),
      /The preview failed.*No group/,
    );
  });

  it("is the same by an engine and by a file", async () => {
    const stack = openStack(() => readSeed(readFileSync(smallCompany, "utf8"), "small.yaml"));
    try {
      const program = (hostName: string): Declared[] => [
        { name: "mail", kind: "EmailProfile", inputs: profileInputs("ios", { hostName }) },
        { name: "to", kind: "Deployment", inputs: { profileId: "ref:mail", includedGroups: ["iPhone users"] } },
      ];
      await stack.up(program("a.example"));
      const result = await stack.previewResult(program("b.example"));
      const text = JSON.stringify({
        steps: result.steps.map((step) => ({
          ...{ op: step.op, urn: step.urn, replaceReasons: step.replaceKeys },
          ...(step.oldInputs && { oldState: { id: step.id, inputs: step.oldInputs, outputs: step.oldOutputs } }),
          ...(step.newInputs && { newState: { inputs: step.newInputs } }),
        })),
      });
      const byFile: Plan = readPlan(text.replaceAll("[unknown]", UNKNOWN), "plan.json", place);
      assert.deepEqual(byFile, planOf(result, place));
      assert.deepEqual(
        byFile.steps.map(({ name, op }) => [name, op]),
        [
          ["mail", "replace"],
          ["to", "replace"],
        ],
      );
    } finally {
      stack.close();
    }
  });
});
