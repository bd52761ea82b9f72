/** What keeps `twin` and `impact` from their work: each said in full, with the exit code of a failure and never of a gate. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { smallCompany } from "../../provider/settings";
import { openTenant, readSeed, type ServedTenant, serveTenant } from "../../provider/tenant";
import { openDb } from "../../provider/tenant/db";
import { makeProject, type Project, program, projectFile } from "./project";

const secret = "let me in";
const appId = (number: number) => `6f1e1c1e-0000-4000-8000-00000000000${number}`;
const application = (number: number, scopes: readonly string[]) => ({
  appId: appId(number),
  secretSha256: createHash("sha256").update(secret).digest("hex"),
  scopes: [...scopes],
});
const reads = [
  "DeviceManagementApps.Read.All",
  "DeviceManagementConfiguration.Read.All",
  "DeviceManagementManagedDevices.Read.All",
  "Group.Read.All",
  "User.Read.All",
];
const signedInAs = (number: number) => ({
  AZURE_TENANT_ID: "contoso.example",
  AZURE_CLIENT_ID: appId(number),
  AZURE_CLIENT_SECRET: secret,
});

/** A step of a plan that changes another resource of ours. */
const urn = (stack: string, project: string) =>
  `urn:pulumi:${stack}::${project}::pulumi-nodejs:dynamic/intune:EmailProfile::iphones`;
const planOf = (stack: string, project: string) =>
  JSON.stringify({
    steps: [{ op: "delete", urn: urn(stack, project), oldState: { custom: true, id: "gone", inputs: {} } }],
  });

describe("bad input", () => {
  let project: Project;
  let served: ServedTenant;
  before(async () => {
    project = await makeProject({ "Pulumi.yaml": projectFile, "index.js": program() });
    const { write, folder } = project;
    openTenant({
      data: join(folder, ".intune-mail"),
      seed: () => readSeed(readFileSync(smallCompany, "utf8"), smallCompany),
    }).close();
    const seed = {
      ...readSeed(readFileSync(smallCompany, "utf8"), smallCompany),
      applications: [application(1, reads), application(2, ["Group.Read.All"]), application(3, [])],
    };
    served = await serveTenant(openTenant({ auth: "required", seed: () => seed }));
    write("of-prod.json", planOf("prod", "mail"));
    write("of-shop.json", planOf("dev", "shop"));
    write("half.json", planOf("dev", "mail").slice(0, -9));
    write("empty.json", "");
    write("none.json", '{"changeSummary":{"same":3}}');
    write("failed.json", '{"steps":[],"diagnostics":[{"severity":"error","message":"the program threw"}]}');
    write("not.db", "no database");
    const ran = await project.run(["twin", "--out", "old.db"]);
    assert.equal(ran.code, 0, ran.stderr);
    const age = openDb(join(folder, "old.db"));
    const { value } = age.get<{ value: string }>("SELECT value FROM setting WHERE name = 'twin'")!;
    const takenAt = new Date(Date.now() - 30 * 3_600_000).toISOString();
    age.run("UPDATE setting SET value = :value WHERE name = 'twin'", {
      value: JSON.stringify({ ...JSON.parse(value), takenAt }),
    });
    age.close();
    const newer = openDb(join(folder, "old.db"));
    newer.script(`VACUUM INTO '${join(folder, "newer.db")}'`);
    newer.close();
    const form = openDb(join(folder, "newer.db"));
    form.script("PRAGMA user_version = 9999");
    form.close();
  });
  after(async () => {
    await served.close();
    project.remove();
  });

  interface Row {
    name: string;
    args: string[];
    /** The whole of what is said: FOLDER and URL stand for what changes. */
    says: string | RegExp;
    env?: Record<string, string>;
    code?: number;
  }
  const impact = (...args: string[]) => ["impact", "--engine", "embedded", "--deny", "replace", ...args];
  const twin = (...args: string[]) => ["twin", "--out", "out/x.db", ...args];
  const rows: Row[] = [
    {
      name: "a plan of another stack",
      args: impact("--plan", "of-prod.json"),
      says: "FOLDER/of-prod.json is a plan of stack prod of project mail, and this is stack dev of project mail. Choose that stack with --stack, or give the plan of this one.",
    },
    {
      name: "a plan of another project",
      args: impact("--plan", "of-shop.json"),
      says: /^FOLDER\/of-shop\.json is a plan of stack dev of project shop, and this is stack dev of project mail\./,
    },
    {
      name: "half a plan",
      args: impact("--plan", "half.json"),
      says: /^The plan FOLDER\/half\.json ends in the middle, or is no JSON\. Make it anew with `pulumi preview --json > plan\.json`/,
    },
    {
      name: "an empty plan",
      args: impact("--plan", "empty.json"),
      says: /^The plan FOLDER\/empty\.json is empty\. Make it anew/,
    },
    {
      name: "a plan that is not there",
      args: impact("--plan", "no.json"),
      says: "no.json does not exist. Name another one, or mend it, and run this again.",
    },
    {
      name: "the plan of a preview that failed",
      args: impact("--plan", "failed.json"),
      says: /^The preview in FOLDER\/failed\.json failed, so there is nothing to forecast: the program threw\. Mend that/,
    },
    {
      name: "a twin that is older than a limit",
      args: impact("--plan", "none.json", "--twin", "old.db"),
      says: /^The twin FOLDER\/old\.db was made 30 hours ago \(\S+\), and --max-twin-age allows 24 hours\. Make it anew with intune-mail twin, or allow more\.$/,
    },
    {
      name: "a twin of a newer release",
      args: impact("--plan", "none.json", "--twin", "newer.db"),
      says: /^The tenant in FOLDER\/newer\.db has form 9999, and this release knows form \d+: a newer release of pulumi-intune-mail made it\. Use that release/,
    },
    {
      name: "a twin that is no database",
      args: impact("--plan", "none.json", "--twin", "not.db"),
      says: /^FOLDER\/not\.db is no tenant: it is not a database\./,
    },
    {
      name: "a twin that is not there",
      args: impact("--plan", "none.json", "--twin", "no.db"),
      says: "There is no tenant in no.db. Name the folder of one, or seed it: intune-mail tenant seed.",
    },
    {
      name: "a permission that is missing",
      args: twin("--from", "URL"),
      env: signedInAs(2),
      says: `The application may not read /users, /deviceManagement/managedDevices, /deviceManagement/deviceConfigurations, /deviceAppManagement/mobileApps, /deviceManagement/exchangeConnectors, /deviceManagement/conditionalAccessSettings, /deviceManagement/exchangeOnPremisesPolicies. Grant it ${reads.filter((one) => one !== "Group.Read.All").join(", ")} (application permissions, with admin consent); a twin needs ${reads.join(", ")}.`,
    },
    {
      name: "all permissions, for impact as for twin",
      args: impact("--plan", "none.json", "--endpoint", "URL"),
      env: signedInAs(3),
      says: new RegExp(`^The application may not read /users, /groups, .* Grant it ${reads.join(", ")} \\(application`),
    },
    {
      name: "no token",
      args: twin("--from", "URL"),
      says: /^GET \/beta\/users .* was answered with 401 InvalidAuthenticationToken: .* Check the token or client credentials \(intune:token, .*INTUNE_MAIL_TOKEN, or AZURE_CLIENT_ID/,
    },
    {
      name: "a secret that is wrong",
      args: twin("--from", "URL"),
      env: { ...signedInAs(1), AZURE_CLIENT_SECRET: "no" },
      says: /401 invalid_client: AADSTS7000215: Invalid client secret/,
    },
    {
      name: "half of the credentials",
      args: twin("--from", "URL"),
      env: { AZURE_CLIENT_ID: appId(1) },
      says: "Signing in to URL with client credentials needs all of intune:tenantId (or AZURE_TENANT_ID), intune:clientSecret (or AZURE_CLIENT_SECRET) as well.",
    },
    {
      name: "an address that is none",
      args: twin("--from", "graph.microsoft.com"),
      says: /"graph\.microsoft\.com", which is no http\(s\) address/,
    },
    {
      name: "an address with a version in it",
      args: twin("--from", "URL/beta/"),
      says: 'intune:endpoint (or INTUNE_MAIL_ENDPOINT) is "URL/beta": leave out the version, which each request names itself.',
    },
    {
      name: "an address without encryption",
      args: twin("--from", "http://graph.example"),
      says: /secrets would travel in plain text/,
    },
    { name: "nobody who answers", args: twin("--from", "http://127.0.0.1:1"), says: /127\.0\.0\.1:1/ },
    {
      name: "--out below a file",
      args: ["twin", "--out", "not.db/x.db"],
      says: /^The twin cannot be written to FOLDER\/not\.db\/x\.db: .*\. Mend that, or name another file or folder with --out\.$/,
    },
    {
      name: "--out where something else is",
      args: ["twin", "--out", "not.db"],
      says: "FOLDER/not.db is there and is no twin, so it is not replaced. Name another file or folder with --out.",
    },
    { name: "a limit that is no time", args: impact("--max-twin-age", "old"), says: /max-twin-age/, code: 2 },
    { name: "no --out", args: ["twin"], says: "error: required option '--out <path>' not specified", code: 2 },
  ];
  for (const { name, args, says, env = {}, code = 1 } of rows) {
    it(`is said: ${name}`, async () => {
      const ran = await project.run(
        args.map((arg) => arg.replace("URL", served.url)),
        { env: { INTUNE_MAIL_QUIET: "true", ...env } },
      );
      const text = ran.stderr.replaceAll(project.folder, "FOLDER").replaceAll(served.url, "URL").trimEnd();
      assert.equal(ran.code, code, text);
      if (typeof says === "string") assert.equal(text, says);
      else assert.match(text, says);
      assert.equal(ran.stdout, "");
      assert.ok(!existsSync(join(project.folder, "out")), "something is left");
    });
  }

  it("is said: the document of intune-mail preview in the place of a plan", async () => {
    const ran = await project.run(["preview", "--engine", "embedded", "--json"]);
    assert.equal(ran.code, 0, ran.stderr);
    project.write("ours.json", ran.stdout);
    const { code, stderr } = await project.run(impact("--plan", "ours.json"));
    assert.equal(code, 1);
    assert.match(
      stderr,
      /ours\.json is what `intune-mail preview --json` writes: .*or leave out --plan, and the preview is made now\./,
    );
  });

  it("is no failure: a twin with the permissions of the docs alone, which tells that the clock is not the tenant's", async () => {
    const { code, stdout, stderr } = await project.run(["twin", "--from", served.url, "--out", "granted.db"], {
      env: signedInAs(1),
    });
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /\n {2}The tenant's time is this machine's: its own is for applications with Simulation\.ReadWrite\.All alone\.\n/,
    );
    assert.deepEqual(
      readdirSync(project.folder).filter((file) => file.startsWith("granted")),
      ["granted.db"],
    );
  });
});
