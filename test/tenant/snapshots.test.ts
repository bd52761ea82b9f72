import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { seedFrom } from "../../provider/graph/connect";
import { smallCompany } from "../../provider/settings";
import { openTenant, readSeed } from "../../provider/tenant";
import { configurations, makeProfile, openWorld, seedText, type World, worldOf } from "./world";

const snapshot = (world: World, name: string, more = {}) => world.post("/simulation/snapshots", { name, ...more });
const restore = (world: World, name: string) => world.post(`/simulation/snapshots/${name}/restore`);

const connector = {
  "@odata.type": "#microsoft.graph.deviceManagementExchangeConnector",
  exchangeConnectorType: "onPremises",
  exchangeOrganization: "Contoso Mail",
  serverName: "cas01.contoso.example",
  "@classic.exchangeAccount": "CONTOSO\\svc-intune",
  "@classic.exchangeAccountPassword": "p",
  "@classic.notificationAccount": "mail-notifications@contoso.example",
  "@classic.notificationAccountPassword": "p",
};

/** Every row of every table of the tenant, with its number where it has one. */
function contents({ tenant }: World): Record<string, unknown[]> {
  const { db } = tenant.context;
  const tables = db.all<{ name: string; wr: number }>(
    "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name",
  );
  return Object.fromEntries(
    tables
      .filter(({ name }) => !/^(snapshot|sqlite_schema|sqlite_stat)/.test(name))
      .map(({ name, wr }) => [
        name,
        db.all(`SELECT ${wr ? "" : "rowid, "}* FROM "${name}" ORDER BY ${wr ? 1 : "rowid"}`),
      ]),
  );
}

/** A tenant in which much has happened: profiles, a connector with its syncs, retired devices, faults. */
async function lively(world: World): Promise<void> {
  await makeProfile(world, "ios", {}, ["iPhone users"]);
  await makeProfile(world, "windows10", {}, ["All mail users"]);
  const gone = await makeProfile(world, "samsungKnox", {}, ["Samsung users"]);
  await world.post("/simulation/checkIn");
  await world.call("DELETE", `${configurations}/${gone}`);
  const connected = await world.post("/beta/deviceManagement/exchangeConnectors", connector);
  assert.equal(connected.status, 201, JSON.stringify(connected.body));
  await world.post("/simulation/faults", { path: "/nowhere", status: 500 });
  await world.post("/simulation/clock", { advance: "30h" });
}

describe("snapshots", () => {
  let world: World;
  beforeEach(() => {
    world = worldOf(openTenant({ seed: () => seedFrom(smallCompany) }));
  });
  afterEach(() => world.tenant.close());

  it("bring back every row of every table", async () => {
    await lively(world);
    const before = contents(world);
    assert.ok(Object.values(before).filter((rows) => rows.length > 0).length > 20, "the tenant is not lively");
    assert.equal((await snapshot(world, "lively")).status, 201);
    await world.post("/simulation/clock", { advance: "9d" });
    await makeProfile(world, "ios", { displayName: "Another" }, ["All mail users"]);
    await world.post("/simulation/reset");
    assert.notDeepEqual(contents(world), before);
    const { status, body } = await restore(world, "lively");
    assert.equal(status, 200);
    assert.equal(body.now, "2020-03-03T14:00:00Z");
    assert.deepEqual(contents(world), before);
    const { db } = world.tenant.context;
    assert.deepEqual(db.all("PRAGMA foreign_key_check"), []);
    assert.equal(db.get<{ integrity_check: string }>("PRAGMA integrity_check")?.integrity_check, "ok");
  });

  it("lead to the same history, ids included", async () => {
    await lively(world);
    await snapshot(world, "start");
    const run = async () => {
      await makeProfile(world, "ios", { displayName: "Next" }, ["All mail users"]);
      await world.post("/simulation/clock", { advance: "3d" });
      return contents(world);
    };
    const first = await run();
    await restore(world, "start");
    assert.deepEqual(await run(), first);
  });

  it("leave tables, triggers and indexes as they were", async () => {
    const parts = () =>
      world.tenant.context.db.all(
        "SELECT name, sql FROM sqlite_schema WHERE type IN ('trigger', 'index', 'table') AND name NOT LIKE 'snapshot%' ORDER BY name",
      );
    const before = parts();
    assert.ok(before.length > 50);
    await snapshot(world, "x");
    await restore(world, "x");
    await world.post("/simulation/reset");
    assert.deepEqual(parts(), before);
  });

  it("are listed with the tenant's time, and outlive a reset", async () => {
    await snapshot(world, "one");
    await world.post("/simulation/clock", { advance: "1h" });
    await snapshot(world, "two");
    await world.post("/simulation/reset");
    assert.deepEqual((await world.get("/simulation/snapshots")).body.value, [
      { name: "one", time: "2020-03-02T08:00:00Z" },
      { name: "two", time: "2020-03-02T09:00:00Z" },
    ]);
    assert.equal((await restore(world, "two")).body.now, "2020-03-02T09:00:00Z");
  });

  it("keep a name that is taken, unless it is to be replaced", async () => {
    await snapshot(world, "one");
    await world.post("/simulation/clock", { advance: "1h" });
    const again = await snapshot(world, "ONE");
    assert.equal(again.status, 409);
    assert.match(again.body.error.message, /'one' already/);
    assert.equal((await snapshot(world, "one", { replace: true })).status, 201);
    await world.post("/simulation/reset");
    assert.equal((await restore(world, "one")).body.now, "2020-03-02T09:00:00Z");
  });

  it("are deleted, with all their tables", async () => {
    await snapshot(world, "one");
    await snapshot(world, "two");
    const copies = () =>
      world.tenant.context.db.all("SELECT name FROM sqlite_schema WHERE name LIKE 'snapshot!_%' ESCAPE '!'");
    const both = copies().length;
    assert.equal((await world.call("DELETE", "/simulation/snapshots/one")).status, 204);
    assert.equal(copies().length, both / 2);
    assert.equal((await world.call("DELETE", "/simulation/snapshots/one")).status, 404);
    assert.equal((await restore(world, "one")).status, 404);
    assert.equal((await restore(world, "two")).status, 200);
  });

  it("more than nine do not take each other's tables along", async () => {
    for (let number = 1; number <= 11; number++) await snapshot(world, `s${number}`);
    await world.call("DELETE", "/simulation/snapshots/s1");
    assert.equal((await restore(world, "s11")).status, 200);
  });

  for (const name of ["", "..", ".", "a/b", "../x", "a b", "ä", "x".repeat(65), "a\u0000b", 'a"b']) {
    it(`are not called ${JSON.stringify(name).slice(0, 20)}`, async () => {
      const { status, body } = await snapshot(world, name);
      assert.equal(status, 400);
      assert.match(body.error.message, /^name: must be/);
      assert.deepEqual((await world.get("/simulation/snapshots")).body.value, []);
    });
  }

  for (const name of ["..%2f..%2fetc", "%2e%2e", "nobody"]) {
    it(`that are not there are not restored: ${name}`, async () => {
      const { status, body } = await restore(world, name);
      assert.equal(status, 404);
      if (name === "nobody") assert.match(body.error.message, /no snapshot 'nobody': none has been taken/);
    });
  }

  it("of another form of the file are refused in words, and change nothing", async () => {
    await snapshot(world, "old");
    world.tenant.context.db.run("UPDATE snapshot SET form = form - 1");
    await world.post("/simulation/clock", { advance: "1h" });
    const { status, body } = await restore(world, "old");
    assert.equal(status, 409);
    assert.match(body.error.message, /'old' has form \d+ and the tenant form \d+: another release/);
    assert.equal((await world.get("/simulation/clock")).body.now, "2020-03-02T09:00:00Z");
  });

  it("fail as a whole: a restore that cannot end changes nothing", async () => {
    await lively(world);
    await snapshot(world, "broken");
    world.tenant.context.db.script("DROP TABLE snapshot_1_device");
    const before = contents(world);
    assert.equal((await restore(world, "broken")).status, 500);
    assert.deepEqual(contents(world), before);
    assert.equal((await world.post("/simulation/checkIn")).status, 200);
  });

  describe("in a folder", () => {
    let data: string;
    beforeEach(async () => {
      data = join(await mkdtemp(join(tmpdir(), "snapshots-")), "data");
    });
    afterEach(() => rm(dirname(data), { recursive: true }));

    it("are in the tenant's file and nowhere else; they outlive the process", async () => {
      const first = worldOf(openTenant({ data, seed: readSeed(seedText(), "x") }));
      await snapshot(first, "kept");
      await first.post("/simulation/clock", { advance: "1h" });
      first.tenant.close();
      assert.deepEqual(await readdir(data), ["tenant.db"]);
      assert.ok(!existsSync(join(dirname(data), "kept")));
      const again = worldOf(openTenant({ data }));
      assert.equal((await restore(again, "kept")).body.now, "2020-03-02T08:00:00Z");
      again.tenant.close();
    });

    it("are seen by another program on the file at once, whole", async () => {
      const seed = readSeed(seedText(), "x");
      const one = worldOf(openTenant({ data, seed }));
      const two = worldOf(openTenant({ data }));
      assert.equal((await two.get(`${configurations}/$count`)).body, "0");
      await snapshot(one, "empty");
      await makeProfile(two, "ios");
      assert.equal((await restore(one, "empty")).status, 200);
      assert.equal((await two.get(`${configurations}/$count`)).body, "0");
      await makeProfile(two, "windows10");
      assert.equal((await one.get(`${configurations}/$count`)).body, "1");
      one.tenant.close();
      two.tenant.close();
      const raw = new DatabaseSync(join(data, "tenant.db"));
      assert.deepEqual({ ...raw.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
      raw.close();
    });
  });

  it("survive kill -9 while they are taken and restored: the tenant before or after, never between", async function () {
    this.timeout(60_000);
    const data = await mkdtemp(join(tmpdir(), "snapshots-"));
    try {
      for (const [round, linesBeforeKill] of [2, 5, 9, 14].entries()) {
        await killedAfter(data, linesBeforeKill);
        const again = worldOf(openTenant({ data }));
        const { db } = again.tenant.context;
        const where = `round ${round}`;
        assert.equal(db.get<{ integrity_check: string }>("PRAGMA integrity_check")?.integrity_check, "ok", where);
        assert.deepEqual(db.all("PRAGMA foreign_key_check"), [], where);
        assert.equal((await again.get("/beta/users")).body.value.length, 10, where);
        assert.equal((await restore(again, "kept")).status, 200, where);
        assert.equal((await again.get(`${configurations}/$count`)).body, "1", where);
        const parts = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'snapshot%' ORDER BY type, name";
        assert.deepEqual(db.all(parts), world.tenant.context.db.all(parts), where);
        await again.post("/simulation/reset");
        again.tenant.close();
      }
    } finally {
      await rm(data, { recursive: true });
    }
  });

  it("of an empty tenant are whole as well", async () => {
    const empty = openWorld();
    await snapshot(empty, "x");
    const before = contents(empty);
    await makeProfile(empty, "ios");
    await restore(empty, "x");
    assert.deepEqual(contents(empty), before);
    empty.tenant.close();
  });
});

async function killedAfter(data: string, lines: number): Promise<void> {
  const child = spawn(process.execPath, ["--require", "tsx/cjs", join(__dirname, "restorer.ts"), data], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let seen = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    seen += chunk.toString().split("\n").length - 1;
    if (seen >= lines) child.kill("SIGKILL");
  });
  assert.deepEqual(await once(child, "exit"), [null, "SIGKILL"]);
}
