/** A profile made by hand is taken over as it is; the next preview shows what differs, and what README.md prints. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DeploymentDocument } from "../../provider/cli/deployment/document";
import { smallCompany } from "../../provider/settings";
import { openTenant, readSeed, type ServedTenant, serveTenant, type Tenant } from "../../provider/tenant";
import { makeProject, type Project, root } from "../cli/project";
import { enginesHere } from "../engines";

const example = join(root, "examples/adopt-existing");
const readme = readFileSync(join(example, "README.md"), "utf8");
const collection = "/beta/deviceManagement/deviceConfigurations";

for (const { name } of enginesHere()) {
  describe(`examples/adopt-existing on the ${name} engine`, function () {
    this.timeout(120_000);
    let project: Project;
    let tenant: Tenant;
    let served: ServedTenant;
    let made: Record<string, unknown>;
    before(async () => {
      project = await makeProject({ "package.json": "{}" });
      cpSync(example, project.folder, { recursive: true });
      tenant = openTenant({ seed: readSeed(readFileSync(smallCompany, "utf8"), "the small company") });
      served = await serveTenant(tenant);
      await promisify(execFile)(process.execPath, [join(project.folder, "by-hand.mjs"), served.url]);
      [made] = await raw(collection);
    });
    after(async () => {
      await served.close();
      tenant.close();
      project.remove();
    });

    /** The second path: the tenant itself. */
    async function raw(path: string): Promise<[Record<string, unknown>, ...Record<string, unknown>[]]> {
      const response = await tenant.fetch(new Request(`http://tenant${path}`));
      assert.equal(response.status, 200);
      const { value } = (await response.json()) as { value: [Record<string, unknown>] };
      return value;
    }
    const run = (...args: string[]) =>
      project.run([...args, "--engine", name], { env: { INTUNE_MAIL_ENDPOINT: served.url } });

    async function document(verb: string): Promise<DeploymentDocument> {
      const { code, stdout, stderr } = await run(verb, "--json");
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as DeploymentDocument;
    }

    it("is refused without adopt, with the id of the profile that has the name (E3)", async () => {
      const program = readFileSync(join(example, "index.ts"), "utf8");
      project.write("index.ts", program.replaceAll("  adopt: true,\n", ""));
      const { code, stderr } = await run("preview");
      project.write("index.ts", program);
      assert.equal(code, 1);
      assert.ok(stderr.includes(String(made.id)), stderr);
      assert.match(stderr, /adopt: true/);
    });

    it("is taken over by up, which changes nothing in the tenant", async () => {
      const assignments = await raw(`${collection}/${made.id}/assignments`);
      const { outputs, changes } = await document("up");
      assert.equal(outputs.profileId, made.id);
      assert.deepEqual(changes, { create: 3 });
      assert.deepEqual(await raw(collection), [made]);
      assert.deepEqual(await raw(`${collection}/${made.id}/assignments`), assignments);
    });

    it("shows at the next preview what differs, and nothing else", async () => {
      const { resources, changes } = await document("preview");
      assert.deepEqual(changes, { update: 1, same: 2 });
      const differing = resources.flatMap((row) =>
        row.changes.map((change) => [change.property, change.old, change.new]),
      );
      assert.deepEqual(differing, [
        ["description", "Made by hand in 2018", null],
        ["durationOfEmailToSync", "oneWeek", "oneMonth"],
      ]);
    });

    it("is as README.md prints it", async () => {
      const [, ofPreview = ""] = /^\$ intune-mail preview\n([\s\S]*?)^```$/m.exec(readme) ?? [];
      const { stdout } = await run("preview");
      assert.ok(ofPreview.length > 0 && stdout.includes(ofPreview), stdout);
    });

    it("is written as a program by adopt, which takes over the whole tenant without a change", async () => {
      const [, printed = ""] = /^\$ intune-mail adopt --out index\.ts\n([\s\S]*?)^```$/m.exec(readme) ?? [];
      const before = await raw(`${collection}?$expand=assignments`);
      const whole = await makeProject({ "package.json": "{}" });
      try {
        whole.write("Pulumi.yaml", readFileSync(join(example, "Pulumi.yaml"), "utf8"));
        const env = { INTUNE_MAIL_ENDPOINT: served.url };
        const { code, stdout, stderr } = await whole.run(["adopt", "--out", "index.ts"], { env });
        assert.equal(code, 0, stderr);
        assert.equal(stdout, printed);
        const again = await whole.run(["adopt", "--out", "index.ts"], { env });
        assert.deepEqual([again.code, again.stdout], [2, ""]);
        assert.match(again.stderr, /is there already/);

        const up = await whole.run(["up", "--engine", name], { env });
        assert.equal(up.code, 0, up.stderr);
        assert.match(up.stdout, /up: \d+ created\./);
        assert.deepEqual(await raw(`${collection}?$expand=assignments`), before);
        const after = await whole.run(["preview", "--expect-no-changes", "--engine", name], { env });
        assert.equal(after.code, 0, after.stdout);
      } finally {
        whole.remove();
      }
    });

    it("is as the program says after another up, and then nothing differs", async () => {
      await document("up");
      const [profile] = await raw(collection);
      assert.deepEqual([profile.id, profile.durationOfEmailToSync], [made.id, "oneMonth"]);
      const { code, stdout } = await run("preview", "--expect-no-changes");
      assert.equal(code, 0, stdout);
    });
  });
}
