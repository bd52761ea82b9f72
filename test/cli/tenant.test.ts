import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parse } from "yaml";
import type { Status } from "../../provider/cli/tenant/status";
import { openTenant, readSeed } from "../../provider/tenant";
import { makeProject, type Project, program, projectFile, type Ran, root } from "./project";

const small = join(root, "examples/tenants/small.yaml");

describe("tenant, sync", function () {
  this.timeout(120_000);
  let project: Project;
  let ofTenantThatIsDown: Promise<Ran>;
  before(async () => {
    project = await makeProject({ "Pulumi.yaml": projectFile, "index.js": program(), "package.json": "{}" });
    // The client asks again for half a minute, so this runs beside the other tests.
    const port = await freePort();
    ofTenantThatIsDown = project.run(["tenant", "status", "--endpoint", `http://127.0.0.1:${port}`]);
  });
  after(() => project.remove());

  const fails = async (args: string[], says: RegExp, env?: Record<string, string>) => {
    const { code, stdout, stderr } = await project.run(args, { env });
    assert.equal(code, 1, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, says);
  };

  describe("seed, clock, check-in and reset of the embedded tenant", () => {
    it("seed fills a new one, in the project's own folder", async () => {
      const { code, stdout } = await project.run(["tenant", "seed", small]);
      assert.equal(code, 0);
      assert.match(stdout, /^Contoso: 10 users, 8 groups, 13 devices\.$/m);
      assert.ok(existsSync(join(project.folder, ".intune-mail/tenant.db")));
    });

    it("seed leaves one that is full, unless --replace is given", async () => {
      await fails(["tenant", "seed", small], /not empty.*--replace/);
      const { code } = await project.run(["tenant", "seed", small, "--replace"]);
      assert.equal(code, 0);
    });

    it("clock moves on, and reset takes it back", async () => {
      const moved = await project.json<{ now: string; tasks: number }>(["tenant", "clock", "--advance", "10h"]);
      assert.equal(moved.now, "2020-03-02T18:00:00Z");
      assert.ok(moved.tasks > 0);
      assert.equal((await project.run(["tenant", "reset"])).code, 0);
      const clock = await project.json<{ now: string }>(["tenant", "clock"]);
      assert.equal(clock.now, "2020-03-02T08:00:00Z");
    });

    it("check-in is of all devices, or of those that are named", async () => {
      assert.deepEqual(await project.json(["tenant", "check-in"]), { checkedIn: 12 });
      assert.deepEqual(await project.json(["tenant", "check-in", "--device", "ADA-IPHONE", "BEN-IPHONE"]), {
        checkedIn: 2,
      });
      await fails(["tenant", "check-in", "--device", "NOBODY"], /'NOBODY'/);
    });
  });

  describe("a deployment, seen in the tenant", () => {
    before(async () => {
      const { code, stderr } = await project.run(["up", "--engine", "embedded"]);
      assert.equal(code, 0, stderr);
    });

    it("check-in and full sync show in the status", async () => {
      await project.json(["tenant", "check-in"]);
      const synced = await project.json<{ connector: { lastSyncDateTime: string }; access: object }>([
        "sync",
        "contoso mail",
        "--full",
      ]);
      assert.equal(synced.connector.lastSyncDateTime, "2020-03-02T08:00:00Z");
      const status = await project.json<Status>(["tenant", "status"]);
      assert.deepEqual(status.exchangeOrganizations[0]?.counts, synced.access);
      assert.equal(status.profiles[0]?.counts.successCount, 1);
      assert.deepEqual(
        status.alerts.map(({ kind, deviceName }) => [kind, deviceName]),
        [["duplicateAccount", "BEN-IPHONE"]],
      );
    });

    it("the same for people names person, device and rule", async () => {
      const { stdout } = await project.run(["tenant", "status"]);
      assert.match(stdout, /^ +Mail on iPhones +1 .*BEN-IPHONE \(duplicate account\), HUGO-IPHONE \(below minimum\)$/m);
      assert.match(stdout, /^ +E9 +BEN-IPHONE +ben@contoso\.example +.*keeps Mail on iPhones out/m);
      assert.match(stdout, /^ +Contoso Mail: \d+ allowed, \d+ blocked, \d+ quarantined$/m);
    });

    for (const name of ["Contoso Mail", "cas01.contoso.example"]) {
      it(`sync finds the connector by ${name}`, async () => {
        const { code, stdout } = await project.run(["sync", name, "--quick"]);
        assert.equal(code, 0);
        assert.match(stdout, /^Contoso Mail on cas01\.contoso\.example: quick sync at/);
      });
    }

    it("sync of one that is not there lists those that are", () =>
      fails(["sync", "Fabrikam", "--full"], /no connector "Fabrikam".*\n +Contoso Mail on cas01/));
  });

  describe("generate and schema", () => {
    it("generate writes a seed that can be used", async () => {
      const { stdout } = await project.run(["tenant", "generate", "--devices", "5", "--seed", "3"]);
      assert.equal(readSeed(stdout, "stdout").devices.length, 5);
      const file = join(project.folder, "company.yaml");
      await project.run(["tenant", "generate", "--devices", "5", "--seed", "3", "--out", file]);
      assert.equal(readFileSync(file, "utf8"), stdout);
    });

    it("seed --schema prints the JSON Schema", async () => {
      const { stdout } = await project.run(["tenant", "seed", "--schema"]);
      const schema = JSON.parse(stdout) as { properties: object };
      assert.ok(Object.keys(parse(readFileSync(small, "utf8"))).every((name) => name in schema.properties));
    });
  });

  describe("a tenant that is served", () => {
    it("answers the same verbs by --endpoint, until it is interrupted", async () => {
      let status: Promise<Status> | undefined;
      const served = await project.run(["tenant", "serve", "--port", "0", "--data", "served"], {
        onOutput: (stdout, child) => {
          const url = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0];
          if (!url || status) return;
          status = project.json<Status>(["tenant", "status", "--endpoint", url]);
          status.finally(() => child.kill("SIGINT")).catch(() => {});
        },
      });
      assert.equal(served.code, 0, served.stderr);
      assert.equal((await status)?.tenant.displayName, "Contoso");
      assert.equal((await status)?.profiles.length, 0);
    });

    it("on a port in use is refused", async () => {
      const { other, port } = await listener();
      await fails(
        ["tenant", "serve", "--port", String(port), "--data", "served"],
        new RegExp(`Port ${port} .*in use.*--port`),
      );
      await new Promise((closed) => other.close(closed));
    });

    it("to others without tokens is refused", () =>
      fails(["tenant", "serve", "--host", "0.0.0.0", "--port", "0", "--data", "served"], /demand tokens \(--auth\)/));
  });

  describe("bad input", () => {
    const mistaken = "tenant: { displayName: Contoso }\nclock: noon\nusers: 3\n";
    const newer = (file: string) => {
      const db = new DatabaseSync(file);
      db.exec("PRAGMA user_version = 99");
      db.close();
    };

    it("a tenant that is down is named, with what to look at", async () => {
      const { code, stderr } = await ofTenantThatIsDown;
      assert.equal(code, 1);
      assert.match(
        stderr,
        /no answer from http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\).*Check that the tenant is running/,
      );
    });

    it("a corrupt seed names every mistake, and makes nothing", async () => {
      project.write("bad.yaml", mistaken);
      await fails(
        ["tenant", "seed", "bad.yaml", "--data", "fresh"],
        /bad\.yaml has 3 problems:\n +tenant\.domain:.*\n +clock:.*\n +users:/,
      );
      assert.ok(!existsSync(join(project.folder, "fresh/tenant.db")));
    });

    it("so does text that is no YAML", async () => {
      project.write("bad.yaml", "users: [}");
      await fails(["tenant", "seed", "bad.yaml", "--data", "fresh"], /bad\.yaml has .*problem/);
    });

    it("a seed that is not there is named", () => fails(["tenant", "seed", "none.yaml"], /none\.yaml does not exist/));

    it("a data folder of a newer version is left as it is", async () => {
      project.write("newer/.keep", "");
      const file = join(project.folder, "newer/tenant.db");
      openTenant({ data: join(project.folder, "newer") }).close();
      newer(file);
      await fails(["tenant", "status", "--data", "newer"], /tenant\.db.*newer release.*another data folder/s);
    });

    it("a data folder with something else in it is left as it is", async () => {
      project.write("other/tenant.db", "not a database, but long enough to be read as if it were one".repeat(20));
      await fails(["tenant", "status", "--data", "other"], /other.tenant\.db is no tenant/);
    });

    it("a token that is encrypted in the stack's file is asked for", async () => {
      writeFileSync(
        join(project.folder, "Pulumi.dev.yaml"),
        "config:\n  intune:endpoint: http://127.0.0.1:9\n  intune:token:\n    secure: v1:abc\n",
      );
      await fails(["tenant", "status"], /intune:token is encrypted.*INTUNE_MAIL_TOKEN/);
    });
  });
});

async function listener() {
  const other = createServer();
  await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
  return { other, port: (other.address() as AddressInfo).port };
}

async function freePort(): Promise<number> {
  const { other, port } = await listener();
  await new Promise((closed) => other.close(closed));
  return port;
}
