/** The Exchange example as a user runs it, on the embedded engine; what it did is read from the tenant's own routes. */
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ConnectorsDocument } from "../../provider/cli/connectors/document";
import type { DeploymentDocument } from "../../provider/cli/deployment/document";
import type { Json } from "../../provider/graph/client";
import { openTenant } from "../../provider/tenant";
import { makeProject, type Project, root } from "../cli/project";

const embedded = ["--engine", "embedded"];

describe("examples/exchange", function () {
  this.timeout(120_000);
  let project: Project;
  before(async () => {
    project = await makeProject({ "package.json": "{}" });
    cpSync(join(root, "examples/exchange"), project.folder, { recursive: true });
  });
  after(() => project.remove());

  /** The second path: the tenant's own answer, without the provider or its client. */
  async function raw(path: string): Promise<Json> {
    const tenant = openTenant({ data: join(project.folder, ".intune-mail") });
    try {
      const response = await tenant.fetch(new Request(`http://embedded${path}`));
      assert.equal(response.status, 200);
      return (await response.json()) as Json;
    } finally {
      tenant.close();
    }
  }
  const change = (from: string, to: string) => {
    const program = readFileSync(join(project.folder, "index.ts"), "utf8");
    assert.ok(program.includes(from));
    project.write("index.ts", program.replace(from, to));
  };
  const defaultOfExchange = async () => {
    const { exchangeOrganizations } = await raw("/simulation/status");
    return (exchangeOrganizations as Json[])[0]?.defaultAccessLevel;
  };

  it("an account that Exchange does not have is refused at preview, though the trigger is not known yet (X3)", async () => {
    change("svc-intune", "svc-other");
    const { code, stdout, stderr } = await project.run(["preview", ...embedded]);
    assert.equal(code, 1);
    assert.match(`${stdout}${stderr}`, /svc-other' is no account of the organization 'Contoso Mail' \(X3\)/);
    change("svc-other", "svc-intune");
  });

  it("up makes policy and connector, whose file has only what differs changed (X7, X8)", async () => {
    const { changes, outputs } = await project.json<DeploymentDocument>(["up", ...embedded]);
    assert.deepEqual(changes, { create: 3 });
    const file = readFileSync(join(project.folder, "connector.xml"), "utf8");
    assert.equal(
      outputs.configurationXml,
      file
        .replace("Enabled>false<", "Enabled>true<")
        .replace("</Settings>", "  <EnableParallelCommandSupport>false</EnableParallelCommandSupport>\n</Settings>"),
    );
    const { connectors } = await project.json<ConnectorsDocument>(["connectors", "--expect-healthy"]);
    assert.deepEqual(outputs.access, connectors[0]?.access);
    assert.equal(await defaultOfExchange(), "Quarantine");
  });

  it("a day later nothing is to be done, as only the time has moved (S1, S2)", async () => {
    await project.json(["tenant", "clock", "--advance", "26h"]);
    for (const verb of ["refresh", "preview", "up"]) {
      const ran = await project.run([verb, ...(verb === "refresh" ? [] : ["--expect-no-changes"]), ...embedded]);
      assert.equal(ran.code, 0, `${verb}: ${ran.stdout}${ran.stderr}`);
    }
  });

  it("another policy is carried out at once (S3)", async () => {
    change('defaultAccessLevel: "quarantine"', 'defaultAccessLevel: "block"');
    const { changes } = await project.json<DeploymentDocument>(["up", ...embedded]);
    assert.deepEqual(changes, { same: 1, update: 2 });
    assert.equal(await defaultOfExchange(), "Block");
  });

  it("another organization is refused at preview, and what is wrong is said (X1, X2)", async () => {
    change('"Contoso Mail"', '"Fabrikam Mail"');
    const { code, stdout, stderr } = await project.run(["preview", ...embedded]);
    assert.equal(code, 1);
    assert.match(`${stdout}${stderr}`, /belongs to the organization 'Contoso Mail', not to 'Fabrikam Mail' \(X1\)/);
    change('"Fabrikam Mail"', '"Contoso Mail"');
  });

  it("destroy takes the connector away, and leaves Exchange as the last sync left it (X9)", async () => {
    await project.json(["destroy", ...embedded]);
    assert.deepEqual((await raw("/beta/deviceManagement/exchangeConnectors")).value, []);
    assert.equal(await defaultOfExchange(), "Block");
  });
});
