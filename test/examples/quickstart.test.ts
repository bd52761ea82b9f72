/** The quickstart as a user runs it, on each engine that is here; what it did is read from the tenant's own routes. */
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DeploymentDocument } from "../../provider/cli/deployment/document";
import { openTenant } from "../../provider/tenant";
import { makeProject, type Project, root } from "../cli/project";
import { enginesHere } from "../engines";

const beta = "http://embedded/beta/deviceManagement";

for (const { name } of enginesHere()) {
  describe(`examples/quickstart on the ${name} engine`, function () {
    this.timeout(120_000);
    let project: Project;
    before(async () => {
      const projectFile = readFileSync(join(root, "Pulumi.yaml"), "utf8");
      project = await makeProject({ "Pulumi.yaml": projectFile, "package.json": "{}" });
      cpSync(join(root, "examples/quickstart"), join(project.folder, "examples/quickstart"), { recursive: true });
    });
    after(() => project.remove());

    /** The second path: the tenant's own answer, without the provider or its client. */
    async function raw<T>(path: string): Promise<T> {
      const tenant = openTenant({ data: join(project.folder, ".intune-mail") });
      try {
        const response = await tenant.fetch(new Request(`${beta}/${path}`));
        assert.equal(response.status, 200);
        return (await response.json()) as T;
      } finally {
        tenant.close();
      }
    }
    const list = async (path: string) => (await raw<{ value: Record<string, unknown>[] }>(path)).value;

    it("previews 13 resources and makes none", async () => {
      const { changes } = await project.json<DeploymentDocument>(["preview", "--engine", name]);
      assert.deepEqual(changes, { create: 14 });
      assert.deepEqual(await list("deviceConfigurations"), []);
    });

    it("up makes a profile of each of the six types, each assigned to one group, and the connector", async () => {
      const { outputs } = await project.json<DeploymentDocument>(["up", "--engine", name]);
      assert.equal(outputs.connectorStatus, "connected");
      const profiles = await list("deviceConfigurations");
      assert.deepEqual(profiles.map((profile) => profile["@odata.type"]).sort(), [
        "#microsoft.graph.androidEasEmailProfileConfiguration",
        "#microsoft.graph.androidForWorkGmailEasConfiguration",
        "#microsoft.graph.androidForWorkNineWorkEasConfiguration",
        "#microsoft.graph.iosEasEmailProfileConfiguration",
        "#microsoft.graph.windows10EasEmailProfileConfiguration",
        "#microsoft.graph.windowsPhoneEASEmailProfileConfiguration",
      ]);
      for (const { id } of profiles) assert.equal((await list(`deviceConfigurations/${id}/assignments`)).length, 1);
      assert.deepEqual(
        (await list("exchangeConnectors")).map(({ id, exchangeOrganization }) => [id, exchangeOrganization]),
        [[outputs.connectorId, "Contoso Mail"]],
      );
    });

    it("up again, and preview, find nothing to do", async () => {
      for (const verb of ["up", "preview"]) {
        const ran = await project.run([verb, "--expect-no-changes", "--engine", name]);
        assert.equal(ran.code, 0, `${ran.stdout}${ran.stderr}`);
      }
    });

    it("check-in brings every profile to a device", async () => {
      await project.json(["tenant", "check-in"]);
      for (const { id, displayName } of await list("deviceConfigurations")) {
        const { successCount } = await raw<{ successCount: number }>(`deviceConfigurations/${id}/deviceStatusOverview`);
        assert.ok(successCount > 0, `${displayName} is on no device`);
      }
    });

    it("the full sync lets devices in, blocks and quarantines", async () => {
      const { access } = await project.json<{ access: object }>(["sync", "Contoso Mail", "--full"]);
      assert.deepEqual(access, { allowed: 7, blocked: 2, quarantined: 2 });
    });

    it("destroy leaves the tenant without profiles and connectors", async () => {
      await project.json(["destroy", "--engine", name]);
      assert.deepEqual(await list("deviceConfigurations"), []);
      assert.deepEqual(await list("exchangeConnectors"), []);
    });
  });
}
