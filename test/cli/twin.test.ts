/** `twin`: a tenant in a file of its own, from an embedded one as it is, from a served one through Graph. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { twinInfo, twinOfFolder } from "../../provider/impact/twin";
import { smallCompany } from "../../provider/settings";
import { openTenant, readSeed, type ServedTenant, serveTenant, type Tenant } from "../../provider/tenant";
import { checkIn } from "../../provider/tenant/devices/checkIn";
import { makeProfile, worldOf } from "../tenant/world";
import { makeProject, type Project, program, projectFile } from "./project";

interface Document {
  version: number;
  file: string;
  source: string;
  takenAt: string;
  clock: string;
  pseudonyms: boolean;
  counts: Record<string, number>;
  assumed: string[];
}

const seed = () => readSeed(readFileSync(smallCompany, "utf8"), smallCompany);
const counts = { users: 10, groups: 8, devices: 13, configurations: 1, apps: 2, connectors: 0 };

describe("intune-mail twin", () => {
  let project: Project;
  let tenant: Tenant;
  let served: ServedTenant;
  before(async () => {
    project = await makeProject({ "Pulumi.yaml": projectFile, "index.js": program() });
    tenant = openTenant({ data: join(project.folder, ".intune-mail"), seed });
    await makeProfile(worldOf(tenant), "ios", { hostName: "mail.contoso.example" }, ["iPhone users"]);
    checkIn(tenant.context);
    served = await serveTenant(tenant);
  });
  after(async () => {
    await served.close();
    project.remove();
  });

  it("copies the stack's embedded tenant as it is", async () => {
    const document = await project.json<Document>(["twin", "--out", "copy"]);
    assert.deepEqual(document.counts, counts);
    assert.deepEqual(
      [document.version, document.assumed, document.pseudonyms, document.clock],
      [1, [], false, "2020-03-02T08:00:00Z"],
    );
    assert.equal(document.file, join(project.folder, "copy/tenant.db"));
    assert.equal(statSync(document.file).mode & 0o077, 0, "others can read it");
    const twin = twinOfFolder(join(project.folder, "copy"));
    assert.equal(twinInfo(twin)!.source, join(project.folder, ".intune-mail"));
    assert.equal(twin.context.db.get<{ n: number }>("SELECT count(*) AS n FROM userAccount")!.n, 3);
    twin.close();
  });

  it("copies a served one through Graph, and says what it assumed", async () => {
    const document = await project.json<Document>(["twin", "--from", served.url, "--out", "served.db"]);
    assert.deepEqual(document.counts, counts);
    assert.equal(document.source, served.url);
    assert.equal(document.file, join(project.folder, "served.db"));
    assert.ok(document.assumed.some((line) => /\(E9\).*: 1 device\./.test(line)));
    assert.ok(Math.abs(Date.parse(document.takenAt) - Date.now()) < 600_000);
    tenant.context.requests.clear();
    const ran = await project.run(["twin", "--from", served.url, "--out", "served.db"]);
    const others = tenant.context.requests.list({}).filter(({ method }) => method !== "GET");
    assert.deepEqual([...new Set(others.map(({ method, path }) => `${method} ${path}`))], ["POST /$batch"]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /^Copied http:\S+ to \S+served\.db: 10 users, 8 groups, 13 devices, 1 configuration/);
    assert.match(ran.stdout, /Assumed, as Graph does not tell\n {2}The company's domain is contoso\.example/);
  });

  it("takes assumptions, and gives pseudonyms", async () => {
    project.write("assumed.yaml", "tenant: { domain: contoso.example, displayName: Contoso }\n");
    const args = ["twin", "--from", served.url, "--out", "p.db", "--assume", "assumed.yaml", "--pseudonymise"];
    const document = await project.json<Document>(args);
    assert.equal(document.pseudonyms, true);
    assert.ok(!document.assumed.some((line) => line.includes("domain is")));
    const bytes = readFileSync(join(project.folder, "p.db"), "utf8");
    assert.ok(bytes.includes("iPhone users") && !/Ada Moreau|ada@contoso|BEN-IPHONE|APPLADA0001/i.test(bytes));
    const embedded = await project.json<Document>(["twin", "--out", "pe.db", "--pseudonymise"]);
    assert.deepEqual([embedded.pseudonyms, embedded.counts], [true, counts]);
  });

  it("prints the schema of assumptions", async () => {
    const ran = await project.run(["twin", "--schema"]);
    const schema = JSON.parse(ran.stdout) as { properties: Record<string, { description?: string }> };
    assert.ok(schema.properties.devices && schema.properties.exchangeOrganizations && schema.properties.knoxVersion);
  });

  const refused: { name: string; args: string[]; code: number; says: RegExp }[] = [
    { name: "without --out", args: [], code: 2, says: /required option '--out <path>'/ },
    {
      name: "two sources",
      args: ["--out", "x.db", "--from", "http://127.0.0.1:1", "--data", "d"],
      code: 2,
      says: /one of --from and --data/,
    },
    {
      name: "assumptions of an embedded tenant",
      args: ["--out", "x.db", "--assume", "a"],
      code: 2,
      says: /leave out --assume/,
    },
    { name: "no tenant", args: ["--out", "x.db", "--data", "none"], code: 1, says: /There is no tenant in .*none/ },
    {
      name: "no tenant, for pseudonyms",
      args: ["--out", "x.db", "--data", "none", "--pseudonymise"],
      code: 1,
      says: /There is no tenant in .*none/,
    },
    {
      name: "the tenant itself as --out",
      args: ["--out", ".intune-mail"],
      code: 1,
      says: /is there and is no twin, so it is not replaced/,
    },
    { name: "nobody there", args: ["--out", "x.db", "--from", "http://127.0.0.1:1"], code: 1, says: /got no answer/ },
  ];
  for (const { name, args, code, says } of refused) {
    it(`refuses: ${name}`, async () => {
      const ran = await project.run(["twin", ...args]);
      assert.equal(ran.code, code, ran.stderr);
      assert.match(ran.stderr, says);
      assert.equal(ran.stdout, "");
      assert.ok(!existsSync(join(project.folder, "x.db")) && !existsSync(join(project.folder, "none")));
    });
  }

  it("refuses assumptions with mistakes, and writes nothing", async () => {
    writeFileSync(join(project.folder, "wrong.yaml"), "knox: 3\ndevices: [{ apps: [] }]\n");
    const ran = await project.run(["twin", "--from", served.url, "--out", "x.db", "--assume", "wrong.yaml"]);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /assumptions .*wrong\.yaml have 2 problems:\n {2}devices\[0\]\.deviceName: /);
    assert.ok(!existsSync(join(project.folder, "x.db")));
  });
});
