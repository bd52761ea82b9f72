/** docs/guides/graph.md: its program runs, and its table of properties is what the tenant answers to. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openTenant, readSeed, serveTenant } from "../../provider/tenant";
import { complexTypes, entityTypes, enumTypes } from "../../provider/tenant/metadata/csdl-subset.json";
import { openWorld } from "./world";

const root = join(__dirname, "../..");
const file = join(root, "docs/guides/graph.md");
const guide = readFileSync(file, "utf8");

/** Graph's type of what each collection holds. */
const types: Record<string, string> = {
  "/users": "user",
  "/groups": "group",
  "/deviceManagement/deviceConfigurations": "deviceConfiguration",
  "/deviceManagement/managedDevices": "managedDevice",
};

interface Property {
  name: string;
  type: string;
}
const typeOf = (name: string) =>
  ({ ...entityTypes, ...complexTypes })[name as "user"] as { baseType: string | null; properties: Property[] };

function propertiesOf(name: string): Property[] {
  const { baseType, properties } = typeOf(name);
  return [...(baseType ? propertiesOf(baseType.replace("microsoft.graph.", "")) : []), ...properties];
}

/** A test that holds of no row, in the form that the type of the property asks for. */
function filterOf({ name, type }: Property): string | undefined {
  const [, item] = /^Collection\((.*)\)$/.exec(type) ?? [];
  if (item !== undefined) return item === "Edm.String" ? `${name}/any(x:x eq 'nothing like it')` : undefined;
  const members = (enumTypes as Record<string, { members: { name: string }[] }>)[type.replace("microsoft.graph.", "")];
  if (members) return `${name} eq '${members.members.at(-1)!.name}'`;
  const literals: Record<string, string> = {
    "Edm.String": "'nothing like it'",
    "Edm.Boolean": "true",
    "Edm.Int32": "2000000000",
    "Edm.Int64": "2000000000",
    "Edm.DateTimeOffset": "1990-01-01T00:00:00Z",
  };
  return type in literals ? `${name} eq ${literals[type]}` : undefined;
}

describe("docs/guides/graph.md", () => {
  const world = openWorld({
    users: [{ userPrincipalName: "ann@test.example", displayName: "Ann", mail: "ann@test.example" }],
    groups: [{ displayName: "A" }],
    devices: [
      {
        deviceName: "P",
        platform: "ios",
        osVersion: "13.3.1",
        model: "iPhone 11",
        manufacturer: "Apple",
        user: "ann@test.example",
      },
    ],
  });
  after(() => world.tenant.close());

  for (const [path, type] of Object.entries(types)) {
    it(`names the properties that ${path} can be filtered by`, async () => {
      const total = (await world.get(`/beta${path}`)).body.value.length;
      const answered: string[] = [];
      for (const property of propertiesOf(type).sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const filter = filterOf(property);
        if (!filter) continue;
        const { status, body } = await world.get(`/beta${path}?$filter=${encodeURIComponent(filter)}`);
        // Intune answers what it ignores with everything.
        const ignored = path.endsWith("managedDevices") && body.value?.length === total;
        if (status === 200 && !ignored) answered.push(property.name);
        else assert.ok(status === 400 || ignored, `${filter}: ${status}`);
      }
      const line = `| \`${path}\` | ${answered.map((name) => `\`${name}\``).join(", ")} |`;
      if (process.env.UPDATE_GOLDEN) {
        writeFileSync(file, readFileSync(file, "utf8").replace(new RegExp(`^\\| \`${path}\` \\|.*$`, "m"), line));
      } else assert.ok(guide.includes(line), `The guide must say: ${line}`);
    });
  }

  it("shows the program as it is", () => {
    assert.ok(guide.includes(readFileSync(join(root, "examples/clients/devices.mjs"), "utf8")));
  });

  it("has a program that lists devices with Microsoft's client, over HTTPS, with a token", async () => {
    const [, appId] = /appId: (\S+)/.exec(guide)!;
    const [, secretSha256, secret] = /secretSha256: (\S+) # of: (.*)/.exec(guide)!;
    const seed = {
      tenant: { displayName: "Test", domain: "test.example" },
      clock: "2020-03-02T08:00:00Z",
      applications: [{ appId, secretSha256, scopes: ["DeviceManagementManagedDevices.Read.All"] }],
      generated: { devices: 12, seed: 1 },
    };
    const tenant = openTenant({ auth: "required", seed: readSeed(JSON.stringify(seed), "of the guide") });
    const folder = mkdtempSync(join(tmpdir(), "guide-"));
    const certificateFile = join(folder, "tenant.pem");
    const served = await serveTenant(tenant, { https: { certificateFile } });
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [join(root, "examples/clients/devices.mjs")], {
        env: {
          ...process.env,
          NODE_EXTRA_CA_CERTS: certificateFile,
          GRAPH: served.url,
          AUTHORITY: `${served.url}/test.example`,
          CLIENT_ID: appId,
          CLIENT_SECRET: secret,
        },
      });
      const lines = stdout.trim().split("\n");
      assert.equal(lines.length, 12);
      assert.match(lines[0]!, /^APPL-000001\s+iOS$/);
    } finally {
      await served.close();
      tenant.close();
      rmSync(folder, { recursive: true });
    }
  });
});
