/** examples/gitops: every workflow runs, step by step, against a tenant that is served and a forge; README.md is true. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { peerDependencies, version } from "../../package.json";
import { findPulumi } from "../../provider/engine/find-pulumi";
import { twinPermissions } from "../../provider/impact/twin-addresses";
import { smallCompany } from "../../provider/settings";
import { openTenant, readSeed, type ServedTenant, serveTenant, type Tenant } from "../../provider/tenant";
import { advanceTo } from "../../provider/tenant/schedule";
import { root } from "../cli/project";
import { enginesHere } from "../engines";
import { Forge, type ForgeName, forgeKinds } from "./forges";
import { type Cause, type Context, makeCommands, type Outcome, runWorkflow, shell } from "./workflow";

const example = join(root, "examples/gitops");
const readme = readFileSync(join(example, "README.md"), "utf8");
const program = readFileSync(join(example, "index.js"), "utf8");
const names = Object.keys(forgeKinds) as ForgeName[];

const secret = "s3cret-of-an-application";
const application = (number: number, scopes: readonly string[]) => ({
  appId: `6f1e1c1e-0000-4000-8000-00000000000${number}`,
  secretSha256: createHash("sha256").update(secret).digest("hex"),
  scopes: [...scopes],
});
const reader = application(1, twinPermissions);
const writer = application(2, [
  "DeviceManagementConfiguration.ReadWrite.All",
  "DeviceManagementApps.ReadWrite.All",
  "Group.Read.All",
]);
// May ask for the tenant's clock: a forecast of a real one has the time of ours, and devices that check in by it.
const rehearser = application(3, [...twinPermissions, "Simulation.ReadWrite.All"]);
const tenantId = "6f1e1c1e-0000-4000-8000-0000000000ff";

/** Changes of the program, as pull requests bring them. */
const moved = program.replace("mail.contoso.example", "mail2.contoso.example");
const lost = moved.slice(0, moved.indexOf("const gmail"));
const wrong = program.replace("mail.contoso.example", "no host");

describe("examples/gitops", () => {
  it("asks for this version, and for the SDK that it works with", () => {
    const { dependencies } = JSON.parse(readFileSync(join(example, "package.json"), "utf8"));
    assert.deepEqual(dependencies, { ...peerDependencies, "pulumi-intune-mail": `^${version}` });
  });

  it("links to files that exist", () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)/g)].map(([, link]) => link!);
    assert.ok(links.length > 2);
    assert.deepEqual(
      links.filter((link) => !existsSync(join(example, link))),
      [],
    );
  });
});

for (const { name: engine } of enginesHere()) {
  describe(`examples/gitops on the ${engine} engine`, function () {
    this.timeout(300_000);
    let work: string;
    let tenant: Tenant;
    let served: ServedTenant;
    let commands: Context["commands"];
    let backend: string;
    let forges: Record<ForgeName, Forge>;
    /** The repository: what a job checks out. */
    let repository: string;

    before(async () => {
      work = mkdtempSync(join(tmpdir(), "gitops-test-"));
      const seed = readSeed(readFileSync(smallCompany, "utf8"), "the small company");
      tenant = openTenant({ seed: { ...seed, applications: [reader, writer, rehearser] }, auth: "required" });
      served = await serveTenant(tenant);
      commands = makeCommands(work, root, pulumiFolder());
      backend = join(work, "backend");
      repository = join(work, "repository");
      mkdirSync(backend);
      cpSync(example, repository, { recursive: true });
      // Microsoft's own addresses, once, are those of the tenant here.
      edit("Pulumi.prod.yaml", (text) =>
        text
          .replace("https://graph.microsoft.com", served.url)
          .replace("https://login.microsoftonline.com", served.url),
      );
      const started = await Promise.all(names.map(async (name) => [name, await Forge.start(name)] as const));
      forges = Object.fromEntries(started) as typeof forges;
      for (const forge of Object.values(forges)) forge.others(130);
    });
    after(async () => {
      await Promise.all(Object.values(forges).map((forge) => forge.close()));
      await served.close();
      tenant.close();
      rmSync(work, { recursive: true, force: true });
    });

    function pulumiFolder(): string {
      if (engine === "pulumi") return dirname(findPulumi(process.env)!);
      const folder = join(work, "pulumi");
      mkdirSync(folder);
      const script = `#!/bin/sh\nexec "${process.execPath}" "${join(root, "test/gitops/pulumi.mjs")}" "$@"\n`;
      writeFileSync(join(folder, "pulumi"), script, { mode: 0o755 });
      return folder;
    }

    const edit = (file: string, change: (text: string) => string) =>
      writeFileSync(join(repository, file), change(readFileSync(join(repository, file), "utf8")));
    const variables = () => ({
      PULUMI_BACKEND_URL: pathToFileURL(backend).href,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      AZURE_TENANT_ID: tenantId,
      AZURE_CLIENT_ID: rehearser.appId,
    });
    const secrets = { PULUMI_CONFIG_PASSPHRASE: "passphrase", AZURE_CLIENT_SECRET: secret };

    /** Runs what a forge runs for this cause, on an empty machine with a checkout. */
    async function run(name: ForgeName, cause: Cause, text = program, given: Partial<Context> = {}): Promise<Outcome> {
      const folder = join(mkdtempSync(join(work, "machine-")), "project");
      cpSync(repository, folder, { recursive: true, filter: (file) => !/node_modules|\.intune-mail/.test(file) });
      writeFileSync(join(folder, "index.js"), text);
      const commit = "4f2a91c";
      const outcome = await runWorkflow(name, folder, {
        cause,
        variables: { ...variables(), ...(cause === "schedule" ? { AZURE_CLIENT_ID: reader.appId } : {}) },
        secrets,
        production: { AZURE_CLIENT_ID: writer.appId },
        forge: {
          ...(cause === "pull request" ? forges[name].variables : {}),
          ...{ HEAD_SHA: commit, CI_COMMIT_SHA: commit, SYSTEM_PULLREQUEST_SOURCECOMMITID: commit },
        },
        commands,
        ...given,
      });
      assert.ok(!outcome.log.includes(secret), "a secret in the log");
      const told = [outcome.log, outcome.summary, ...forges[name].comments.map(({ body }) => body)].join("\n");
      assert.doesNotMatch(told, /ada@contoso|Ada Moreau|ADA-IPHONE/, "a name where others read");
      return outcome;
    }
    const all = (cause: Cause, text?: string) =>
      Promise.all(names.map(async (name) => ({ name, ...(await run(name, cause, text)) })));
    const mine = (name: ForgeName) => forges[name].comments.filter(({ author }) => author === forges[name].me);
    const files = (folder: string) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !/lock/.test(entry.parentPath))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
    /** All that the backend and the tenant hold of the stack. */
    const seen = async () => ({
      state: files(backend).map((file) => [file, createHash("sha256").update(readFileSync(file)).digest("hex")]),
      tenant: await profiles(),
    });

    const collection = "http://tenant/beta/deviceManagement/deviceConfigurations";
    async function raw(url: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
      const body = new URLSearchParams({
        client_id: writer.appId,
        client_secret: secret,
        grant_type: "client_credentials",
        scope: "https://graph.microsoft.com/.default",
      });
      const asked = new Request(`http://tenant/${tenantId}/oauth2/v2.0/token`, { method: "POST", body });
      const { access_token } = (await (await tenant.fetch(asked)).json()) as { access_token: string };
      const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
      const response = await tenant.fetch(new Request(url, { headers, ...init }));
      assert.ok(response.ok, await response.clone().text());
      return (await response.json()) as Record<string, unknown>;
    }
    const profiles = async () => (await raw(collection)).value as Record<string, unknown>[];

    it("is set up by the commands of README.md", async () => {
      const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text!);
      assert.equal(blocks.length, 3);
      const env = { ...variables(), ...secrets };
      const bare = { HOME: work, PULUMI_HOME: join(work, "pulumi-home"), PATH: `${commands.runner}:/usr/bin:/bin` };
      const runs = (text: string, more: NodeJS.ProcessEnv) => shell(["bash", "-ec", text], repository, more);
      const [trial = "", ask = "", setup = ""] = blocks;
      const tried = await runs(trial, bare);
      assert.equal(tried.code, 0, tried.text);
      edit("index.js", () => moved);
      const asked = await runs(ask, bare);
      edit("index.js", () => program);
      assert.match(
        asked.text,
        /EmailProfile iphones +hostName: mail\.contoso\.example → mail2\.contoso\.example \(E7\)/,
      );
      const made = await runs(setup, { ...bare, ...env, PATH: `${commands.pulumi}:${bare.PATH}` });
      assert.equal(made.code, 0, made.text);
    });

    it("fails where the stack is not found, and plans nothing as new", async () => {
      const elsewhere = join(work, "elsewhere");
      mkdirSync(elsewhere);
      const outcome = await run("GitHub", "pull request", program, {
        variables: { ...variables(), PULUMI_BACKEND_URL: pathToFileURL(elsewhere).href },
      });
      assert.equal(outcome.code, 1, outcome.log);
      assert.match(outcome.log, /no stack named 'prod' found/);
      assert.deepEqual(mine("GitHub"), []);
      assert.ok(!outcome.steps.includes("Forecast"));
    });

    it("deploys a merge, by the application that writes", async () => {
      for (const name of names) {
        const { code, log } = await run(name, "merge");
        assert.equal(code, 0, `${name}: ${log}`);
      }
      assert.deepEqual((await profiles()).map(({ displayName }) => displayName).sort(), [
        "Mail in Gmail",
        "Mail on iPhones",
      ]);
      advanceTo(tenant.context, tenant.context.clock.nowMs() + 24 * 3_600_000);
    });

    it("comments a pull request, and changes nothing", async () => {
      const before = await seen();
      for (const { name, code, log, summary } of await all("pull request", moved)) {
        assert.equal(code, 0, `${name}: ${log}`);
        const [comment, ...more] = mine(name);
        assert.deepEqual(more, []);
        assert.match(comment!.body, /^<!-- pulumi-intune-mail impact stack=prod commit=4f2a91c -->\n/);
        assert.match(comment!.body, /enters? (the password|their passwords) again/);
        if (name !== "GitLab") assert.equal(summary, comment!.body);
      }
      assert.deepEqual(await seen(), before);
    });

    it("shows that comment in comment.md (UPDATE_GOLDEN=1 writes it anew)", () => {
      const file = join(example, "comment.md");
      // The one time of ours in it.
      const now = /(?<=made at )\S+ \S+ UTC, \d+ \w+ ago/;
      const body = mine("GitHub")[0]!.body.replace(now, "2020-03-03 08:00 UTC, 0 minutes ago");
      if (process.env.UPDATE_GOLDEN && engine === "embedded") writeFileSync(file, body);
      const withoutIds = (text: string) => text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|<\/?pre>/g, "");
      // What does not depend on each other is in an order that is the engine's own.
      const lines = (text: string) => withoutIds(text).split("\n").sort();
      assert.deepEqual(lines(body), lines(readFileSync(file, "utf8")));
    });

    it("edits the comment, and holds what goes too far", async () => {
      for (const { name, code, log, steps } of await all("pull request", lost)) {
        assert.equal(code, 5, `${name}: ${log}`);
        assert.match(log, /--deny mailLost was given/);
        const [comment, ...more] = mine(name);
        assert.deepEqual(more, []);
        assert.match(comment!.body, /\| delete \| EmailProfile <code>gmail<\/code>/);
        if (name !== "GitLab") assert.equal(steps.at(-1), "Gate");
      }
    });

    it("fails where the comment cannot be made, and not as a gate", async () => {
      forges.GitLab.fails = { PUT: { status: 403 } };
      const { code, log } = await run("GitLab", "pull request", lost);
      assert.equal(code, 1, log);
      assert.match(log, /403 \(no\)\. Give the token the right to write comments/);
      assert.doesNotMatch(log, /--deny/);
    });

    it("fails where the preview does, and says why", async () => {
      const { code, log, steps } = await run("Azure Repos", "pull request", wrong);
      assert.equal(code, 1, log);
      assert.match(log, /hostName.*must be the name of a server/s);
      assert.equal(steps.at(-1), "Preview");
    });

    it("finds no drift where there is none", async () => {
      const { code, log } = await run("GitHub", "schedule");
      assert.equal(code, 0, log);
    });

    it("finds what somebody changed by hand, says what putting it back does, and writes nothing", async () => {
      const [iphones] = (await profiles()).filter(({ displayName }) => displayName === "Mail on iPhones");
      const body = JSON.stringify({ "@odata.type": iphones!["@odata.type"], hostName: "other.contoso.example" });
      await raw(`${collection}/${iphones!.id}`, { method: "PATCH", body });
      const before = await seen();
      for (const { name, code, log } of await all("schedule")) {
        assert.ok(code > 0, `${name}: ${log}`);
        assert.match(log, /no changes were expected/);
        assert.match(log, /other\.contoso\.example.* → .*mail\.contoso\.example/);
      }
      assert.deepEqual(await seen(), before);
    });

    it("forecasts a pull request on the tenant as it is, whatever the state says of it", async () => {
      const { code, log } = await run("GitHub", "pull request", moved);
      assert.equal(code, 0, log);
      assert.match(mine("GitHub")[0]!.body, /other\.contoso\.example<\/code> → <code>mail2\.contoso\.example/);
    });
  });
}
