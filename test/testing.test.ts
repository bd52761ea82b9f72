/** `pulumi-intune-mail/testing`: what it promises, and the examples of docs/guides/testing.md. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { SeedError } from "../provider/tenant";
import { type StartOptions, startTenant, type TestTenant } from "../provider/testing";
import { makeProject, type Project, root } from "./cli/project";

const runFile = promisify(execFile);
const example = join(root, "examples/testing");
const guide = readFileSync(join(root, "docs/guides/testing.md"), "utf8");

describe("startTenant", () => {
  const started: TestTenant[] = [];
  const start = async (options: StartOptions = { port: false }) => {
    const tenant = await startTenant(options);
    started.push(tenant);
    return tenant;
  };
  afterEach(async () => {
    for (const tenant of started.splice(0)) await tenant.close();
  });
  const value = async (tenant: TestTenant, path: string) =>
    ((await (await tenant.fetch(path)).json()) as { value: Record<string, unknown>[] }).value;

  it("listens on a free port of this machine, until it is closed", async () => {
    const tenant = await start({});
    assert.match(tenant.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const response = await fetch(`${tenant.url}/beta/users`);
    assert.equal(((await response.json()) as { value: object[] }).value.length, 10);
    await tenant.close();
    await tenant.close();
    await assert.rejects(fetch(`${tenant.url}/beta/users`), /fetch failed/);
  });

  it("needs no port", async () => {
    const tenant = await start();
    assert.equal((await value(tenant, "/v1.0/users")).length, 10);
    assert.equal((await value(tenant, `${tenant.url}/v1.0/users`)).length, 10);
  });

  it("is disposed of by `using`", async () => {
    const tenant = await startTenant({ port: false });
    await tenant[Symbol.asyncDispose]();
    await assert.rejects(tenant.status());
  });

  it("serves HTTPS with the certificate that it tells", async () => {
    const tenant = await start({ https: true });
    assert.match(tenant.url, /^https:/);
    const status = await new Promise((resolve, reject) => {
      request(`${tenant.url}/beta/users`, { ca: tenant.certificate, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on("error", reject)
        .end();
    });
    assert.equal(status, 200);
  });

  it("takes a seed as an object, which need only say what it is about", async () => {
    const tenant = await start({ port: false, seed: { groups: [{ displayName: "Pilot" }] } });
    assert.equal(await tenant.clock.now(), "2020-03-02T08:00:00Z");
    assert.equal((await value(tenant, "/beta/groups"))[0]!.id, tenant.id("group", "Pilot"));
  });

  it("takes a seed as a file", async () => {
    const tenant = await start({ port: false, seed: join(root, "examples/tenants/small.yaml") });
    assert.ok(tenant.id("user", "ADA@contoso.example"));
  });

  it("refuses a seed with mistakes, and leaves nothing open", async () => {
    const wrong = { users: [{ displayName: "A" }] } as unknown as StartOptions["seed"];
    await assert.rejects(startTenant({ seed: wrong }), SeedError);
  });

  it("keeps its data in a folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "testing-"));
    try {
      const first = await start({ port: false, data: folder });
      await first.clock.advance("1h");
      await first.close();
      const again = await start({ port: false, data: folder });
      assert.equal(await again.clock.now(), "2020-03-02T09:00:00Z");
      await again.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("goes round tokens that Graph demands", async () => {
    const tenant = await start({ port: false, auth: "required" });
    assert.equal((await tenant.fetch("/beta/users")).status, 401);
    assert.equal(await tenant.checkIn(), 12);
    assert.equal((await tenant.requests.list({ status: 401 })).length, 1);
  });

  it("goes round limits and faults", async () => {
    const tenant = await start({ port: false, throttling: { application: 1, windowSeconds: 3600 } });
    await tenant.faults.add({ status: 500 });
    const statuses = [];
    for (let number = 0; number < 2; number++) statuses.push((await tenant.fetch("/beta/users")).status);
    assert.deepEqual(statuses, [500, 429]);
    for (let number = 0; number < 3; number++) await tenant.status();
  });

  it("moves the clock", async () => {
    const { clock } = await start();
    assert.equal((await clock.advance("10h")).now, "2020-03-02T18:00:00Z");
    assert.equal((await clock.set("2020-03-03T00:00:00Z")).now, "2020-03-03T00:00:00Z");
    assert.equal((await clock.runUntilIdle()).idle, true);
    await assert.rejects(clock.advance("-1h"), /must be a duration/);
    await assert.rejects(clock.set("2019-01-01T00:00:00Z"), /only goes forward/);
  });

  it("adds, lists and clears faults", async () => {
    const { faults, fetch } = await start();
    const { id } = await faults.add({ nth: 1, status: 503 });
    const { status, headers } = await fetch("/beta/users");
    assert.deepEqual([status, headers.get("x-simulation-fault")], [503, id]);
    assert.deepEqual(
      (await faults.list()).map(({ seen, struck }) => [seen, struck]),
      [[1, 1]],
    );
    await faults.clear();
    assert.deepEqual(await faults.list(), []);
    await assert.rejects(faults.add({ nth: 1 }), /give status, delayMs or drop/);
  });

  it("lists all requests and events, page after page", async () => {
    const tenant = await start();
    for (let number = 0; number < 1_005; number++) await tenant.fetch("/beta/users?$top=1");
    await tenant.faults.add({ status: 500 });
    for (let number = 0; number < 1_005; number++) await tenant.fetch("/beta/users");
    assert.equal((await tenant.requests.list({ status: 200 })).length, 1_005);
    assert.equal((await tenant.requests.list({ after: 5 })).length, 2_005);
    assert.equal((await tenant.events({ kind: "faultInjected" })).length, 1_005);
  });

  it("goes back to a snapshot, and to its seed", async () => {
    const tenant = await start();
    await tenant.clock.advance("1h");
    await tenant.snapshot("one");
    await tenant.snapshot("one");
    await tenant.clock.advance("1h");
    await tenant.restore("one");
    assert.equal(await tenant.clock.now(), "2020-03-02T09:00:00Z");
    await tenant.faults.add({ status: 500 });
    await tenant.fetch("/beta/users");
    await tenant.reset();
    assert.equal(await tenant.clock.now(), "2020-03-02T08:00:00Z");
    assert.deepEqual([await tenant.faults.list(), await tenant.requests.list()], [[], []]);
    await assert.rejects(tenant.restore("../one"), /no snapshot '\.\.\/one'/);
  });

  it("says which name it does not know", async () => {
    const tenant = await start();
    assert.throws(() => tenant.id("device", "NOBODY"), /no device 'NOBODY'/);
    await assert.rejects(tenant.checkIn(["NOBODY"]), /'NOBODY'/);
  });
});

describe("docs/guides/testing.md", function () {
  this.timeout(60_000);
  let project: Project;
  const command = (args: string[]) =>
    runFile(process.execPath, args, { cwd: project.folder, env: { ...process.env, NODE_OPTIONS: "" } });
  before(async () => {
    project = await makeProject({ "package.json": "{}" });
    cpSync(example, project.folder, { recursive: true });
  });
  after(() => project.remove());

  for (const file of ["mocha.test.ts", "node-test.mjs"]) {
    it(`shows ${file} as it is`, () =>
      assert.ok(guide.includes(`\n${readFileSync(join(example, file), "utf8")}\`\`\``)));
  }

  it("runs with mocha", async () => {
    const args = ["--require", require.resolve("tsx/cjs"), "mocha.test.ts"];
    const { stdout } = await command([join(root, "node_modules/mocha/bin/mocha.js"), ...args]);
    assert.match(stdout, /3 passing/);
  });

  it("runs with node:test", async () => {
    const { stdout } = await command(["--test", "--test-reporter=tap", "node-test.mjs"]);
    assert.match(stdout, /^# pass 3$/m);
    assert.match(stdout, /^# fail 0$/m);
  });

  it("does not load Pulumi", async () => {
    const text = 'require("pulumi-intune-mail/testing"); console.log(Object.keys(require.cache).join("\\n"))';
    const { stdout } = await command(["-e", text]);
    assert.match(stdout, /provider.testing\.js/);
    assert.doesNotMatch(stdout, /@pulumi/);
  });
});

describe("links of the guides", () => {
  const folder = join(root, "docs/guides");
  for (const file of readdirSync(folder)) {
    it(`of ${file} lead to files that exist`, () => {
      const links = [...readFileSync(join(folder, file), "utf8").matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)];
      assert.deepEqual(
        links.map(([, link]) => link!).filter((link) => !existsSync(join(dirname(join(folder, file)), link))),
        [],
      );
    });
  }
});
