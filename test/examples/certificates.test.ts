/** The certificates example as a user runs it, on the embedded engine; what it did is read from the tenant's own routes. */
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DeploymentDocument } from "../../provider/cli/deployment/document";
import { openTenant } from "../../provider/tenant";
import { makeProject, type Project, root } from "../cli/project";

const embedded = ["--engine", "embedded"];

describe("examples/certificates", function () {
  this.timeout(120_000);
  let project: Project;
  before(async () => {
    project = await makeProject({ "package.json": "{}" });
    cpSync(join(root, "examples/certificates"), project.folder, { recursive: true });
  });
  after(() => project.remove());

  /** The second path: the tenant's own answer, without the provider or its client. */
  async function raw<T>(path: string): Promise<T> {
    const tenant = openTenant({ data: join(project.folder, ".intune-mail") });
    try {
      const response = await tenant.fetch(new Request(`http://embedded${path}`));
      assert.equal(response.status, 200);
      return (await response.json()) as T;
    } finally {
      tenant.close();
    }
  }
  type Alert = { rule: string; kind: string };
  const alerts = async () => (await raw<{ alerts: Alert[] }>("/simulation/status")).alerts;

  it("up makes all of it, and up again finds nothing to do", async () => {
    const { outputs, changes } = await project.json<DeploymentDocument>(["up", ...embedded]);
    assert.deepEqual(changes, { create: 14 });
    assert.match(String(outputs.rootThumbprint), /^[0-9A-F]{40}$/);
    assert.equal(outputs.rootEnds, "2039-01-01T00:00:00.000Z");
    for (const verb of ["up", "refresh", "preview"]) {
      const ran = await project.run([verb, ...(verb === "refresh" ? [] : ["--expect-no-changes"]), ...embedded]);
      assert.equal(ran.code, 0, `${ran.stdout}${ran.stderr}`);
    }
  });

  it("the links are on the service", async () => {
    const configurations = "/beta/deviceManagement/deviceConfigurations";
    const { value } = await raw<{ value: { id: string; displayName: string }[] }>(configurations);
    const idOf = (name: string) => value.find(({ displayName }) => displayName === name)?.id;
    const link = async (from: string, name: string) =>
      (await raw<{ id: string }>(`${configurations}/${idOf(from)}/${name}`)).id;
    assert.equal(await link("Mail on iPhones", "identityCertificate"), idOf("Mail identity"));
    assert.equal(await link("Mail identity", "rootCertificate"), idOf("Contoso root"));
  });

  it("check-in leaves nobody without a certificate or an app (E10 to E12)", async () => {
    await project.json(["tenant", "check-in"]);
    assert.deepEqual(
      (await alerts()).filter(({ rule }) => ["E10", "E11", "E12"].includes(rule)),
      [],
    );
  });

  it("without the identity's Deployment, iPhones cannot connect, and the alert says so (E12)", async () => {
    const program = readFileSync(join(project.folder, "index.ts"), "utf8");
    project.write("index.ts", program.replace(/^new Deployment\("identity".*\n/m, ""));
    const { changes } = await project.json<DeploymentDocument>(["up", ...embedded]);
    assert.deepEqual(changes, { delete: 1, same: 13 });
    await project.json(["tenant", "check-in"]);
    const kinds = new Set((await alerts()).filter(({ rule }) => rule === "E12").map(({ kind }) => kind));
    assert.deepEqual([...kinds], ["identityCertificateMissing"]);
  });

  it("destroy leaves the tenant without certificates and assignments", async () => {
    await project.json(["destroy", ...embedded]);
    assert.deepEqual((await raw<{ value: object[] }>("/beta/deviceManagement/deviceConfigurations")).value, []);
    const { value: apps } = await raw<{ value: { isAssigned: boolean }[] }>("/beta/deviceAppManagement/mobileApps");
    assert.deepEqual(
      apps.map(({ isAssigned }) => isAssigned),
      [false, false],
    );
  });
});
