import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTenant, ServeError, serveTenant } from "../../provider/tenant";
import { configurations, openWorld, profileBodies, worldOf } from "./world";

describe("one data folder, one server", () => {
  let data: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), "tenant-"));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await kill(child);
    await rm(data, { recursive: true });
  });

  /** Starts a server in a process of its own, and gives the first line that it says. */
  async function start(): Promise<{ child: ChildProcess; said: string }> {
    const child = spawn(process.execPath, ["--require", "tsx/cjs", join(__dirname, "server.ts"), data], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    const [chunk] = (await once(child.stdout!, "data")) as [Buffer];
    return { child, said: chunk.toString().trim() };
  }

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  it("a second server is told of the first, which goes on", async () => {
    const first = await start();
    assert.match(first.said, /^http:\/\/127\.0\.0\.1:\d+$/);
    const tenant = openTenant({ data });
    await assert.rejects(
      serveTenant(tenant),
      (error) =>
        error instanceof ServeError &&
        error.message.includes(data) &&
        error.message.includes(`${first.said} by process ${first.child.pid}`),
    );
    tenant.close();
    assert.match((await start()).said, /^Error: The tenant of .* is served already/);
    assert.equal((await fetch(`${first.said}/beta/users`)).status, 200);
  });

  it("one that was killed leaves no lock behind", async () => {
    const first = await start();
    await kill(first.child);
    assert.ok(existsSync(join(data, "server.json")), "it had no time to tidy up");
    const second = await start();
    assert.match(second.said, /^http:/);
    assert.deepEqual(JSON.parse(readFileSync(join(data, "server.json"), "utf8")), {
      url: second.said,
      pid: second.child.pid,
    });
  });

  it("one that ends in order gives the folder back, and its address is gone", async () => {
    const tenant = openTenant({ data });
    for (const _time of [1, 2]) {
      const served = await serveTenant(tenant);
      assert.ok(existsSync(join(data, "server.json")));
      await assert.rejects(serveTenant(tenant), /served already/);
      await served.close();
      assert.ok(!existsSync(join(data, "server.json")));
    }
    tenant.close();
  });

  it("one that finds its port taken gives the folder back", async () => {
    const other = await serveTenant(openWorld().tenant);
    const tenant = openTenant({ data });
    await assert.rejects(serveTenant(tenant, { port: Number(new URL(other.url).port) }), /in use/);
    const served = await serveTenant(tenant);
    await served.close();
    await other.close();
    tenant.close();
  });

  it("one that cannot say where it is says why, and gives the folder back", async () => {
    await mkdir(join(data, "server.json.new"));
    const tenant = openTenant({ data });
    await assert.rejects(serveTenant(tenant), /EISDIR.*server\.json\.new/);
    await rm(join(data, "server.json.new"), { recursive: true });
    await (await serveTenant(tenant)).close();
    tenant.close();
  });

  it("programs that open the folder beside the server read and write it", async () => {
    const { said } = await start();
    const beside = worldOf(openTenant({ data }));
    const made = await beside.post(configurations, { displayName: "P", ...profileBodies.ios });
    const read = await fetch(`${said}${configurations}/${made.body.id}`);
    assert.deepEqual([made.status, read.status], [201, 200]);
    beside.tenant.close();
  });

  it("tenants in memory have no folder to share", async () => {
    const { tenant } = openWorld();
    const served = [await serveTenant(tenant), await serveTenant(tenant)];
    for (const each of served) await each.close();
  });
});
