/** `impact --plan` with files that the real CLI wrote: what each ends with, and what it says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readImpact } from "../../provider/impact/schema";
import { makeProject, type Project, projectFile, root } from "./project";

interface Row {
  name: string;
  /** Of test/fixtures/plans. */
  plan: string;
  args?: string[];
  code: number;
  stdout?: RegExp;
  stderr?: RegExp;
}

const rows: Row[] = [
  { name: "a plan of what is new", plan: "create", code: 0, stdout: /gets? mail/ },
  { name: "warnings of the preview", plan: "delete", code: 0, stdout: /The preview warns: Mind the gap\./ },
  {
    name: "resources of other providers, which are counted",
    plan: "others",
    code: 0,
    stdout: /pulumi-nodejs:dynamic:Resource/,
  },
  {
    name: "a plan that would stop halfway",
    plan: "secrets",
    code: 5,
    stdout: /The plan stops at ExchangeConnector "contoso"/,
    stderr: /^The tenant refuses the plan: an up would stop halfway\.\n$/m,
  },
  { name: "the same as a document for others to judge by", plan: "secrets", args: ["--format", "markdown"], code: 0 },
  {
    name: "the same where it is denied",
    plan: "secrets",
    args: ["--format", "markdown", "--deny", "refused"],
    code: 5,
    stderr: /an up would stop halfway/,
  },
  {
    name: "a plan of an older state of the tenant",
    plan: "gone",
    code: 1,
    stdout: /^$/,
    stderr:
      /^EmailProfile "iphones" is no longer what the plan was made from: it is gone from the tenant\. Make the plan anew with pulumi preview --refresh\.$/m,
  },
  {
    name: "the same as a document",
    plan: "gone",
    args: ["--format", "json"],
    code: 1,
    stdout: /^$/,
    stderr: /is gone from the tenant/,
  },
  {
    name: "a preview that failed",
    plan: "refused",
    code: 1,
    stderr: /The preview in .*refused\.json failed, so there is nothing to forecast: .*"Nobody", which is neither/s,
  },
  { name: "a program that failed", plan: "broken", code: 1, stderr: /exception: Error: No such file\. Mend that/ },
  { name: "what --save-plan writes", plan: "update-plan", code: 1, stderr: /is for `pulumi up --plan`/ },
  {
    name: "a plan of another stack",
    plan: "create",
    args: ["--stack", "prod"],
    code: 1,
    stderr: /plan of stack dev .* stack prod/,
  },
];

describe("intune-mail impact --plan", function () {
  this.timeout(60_000);
  let project: Project;
  before(async () => {
    project = await makeProject({ "Pulumi.yaml": projectFile });
    const { code, stderr } = await project.run(["tenant", "seed"]);
    assert.equal(code, 0, stderr);
  });
  after(() => project.remove());
  const impact = (plan: string, args: readonly string[] = []) =>
    project.run(["impact", "--plan", join(root, `test/fixtures/plans/${plan}.json`), ...args]);

  for (const { name, plan, args, code, stdout = /./, stderr = /^$/ } of rows) {
    it(`ends with ${code}: ${name}`, async () => {
      const ran = await impact(plan, args);
      assert.equal(ran.code, code, `${ran.stderr}${ran.stdout}`);
      if (code !== 1) assert.match(ran.stdout, stdout);
      else assert.equal(ran.stdout, "");
      assert.match(ran.stderr, stderr);
    });
  }

  it("reads a stream as it reads the document", async () => {
    for (const plan of ["events", "replace"]) {
      const ran = await impact(plan);
      assert.match(ran.stderr, /"iphones" is no longer what the plan was made from/, plan);
    }
    const { stdout } = await impact("create", ["--format", "json"]);
    const { resources } = readImpact(stdout, "stdout");
    assert.deepEqual(resources.map(({ name }) => name).sort(), ["contoso", "iphones", "to-iphones"]);
    assert.doesNotMatch(stdout + readFileSync(join(root, "test/fixtures/plans/create.json"), "utf8"), /Tr0ub4dor/);
  });
});
