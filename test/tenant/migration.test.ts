/** Files of older releases, opened by this one; the fixture was written by the release that had form 2. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openTenant } from "../../provider/tenant";
import { schemaVersion } from "../../provider/tenant/schema";
import { configurations, openWorld, type World, worldOf } from "./world";

const form2 = readFileSync(join(__dirname, "../fixtures/tenant/form-2.sql"), "utf8");
const form1 = `${form2} DROP TABLE appAssignment; DROP TABLE mobileApp; DELETE FROM setting WHERE name = 'mailServers';
  UPDATE setting SET value = json_remove(value, '$.apps', '$.mailServers') WHERE name = 'seed'; PRAGMA user_version = 1;`;

interface Thing {
  type: string;
  name: string;
}

/** Names of tables, indexes and triggers; what is unique by its table in an old file is so by an index in a new one. */
const thingsOf = ({ tenant }: World): string[] =>
  tenant.context.db
    .all<Thing>("SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .map(({ type, name }) => `${type} ${name}`)
    .filter((thing) => !/^index deviceBy(DirectoryId|Name|EasId)$/.test(thing))
    .sort();

for (const [form, sql] of Object.entries({ 1: form1, 2: form2 })) {
  describe(`a tenant's file of form ${form}`, () => {
    let data: string;
    let world: World;
    before(async () => {
      data = await mkdtemp(join(tmpdir(), "tenant-"));
      const raw = new DatabaseSync(join(data, "tenant.db"));
      raw.exec(sql);
      raw.close();
      world = worldOf(openTenant({ data, seed: () => assert.fail("an existing tenant needs no seed") }));
    });
    after(async () => {
      world.tenant.close();
      await rm(data, { recursive: true });
    });

    it("gets the form of today", () => {
      const { db } = world.tenant.context;
      assert.equal(db.get<{ user_version: number }>("PRAGMA user_version")?.user_version, schemaVersion);
      const fresh = openWorld();
      assert.deepEqual(thingsOf(world), thingsOf(fresh));
      fresh.tenant.close();
      assert.deepEqual(db.all("PRAGMA foreign_key_check"), []);
    });

    it("has the columns of today", () => {
      const fresh = openWorld();
      const columns = ({ tenant }: World) =>
        tenant.context.db
          .all(
            `SELECT tables.name || '.' || columns.name AS name FROM pragma_table_list AS tables
             JOIN pragma_table_info(tables.name) AS columns WHERE tables.schema = 'main' ORDER BY 1`,
          )
          .map(({ name }) => name);
      assert.deepEqual(columns(world), columns(fresh));
      fresh.tenant.close();
    });

    it("keeps what it holds, and counts it", async () => {
      const { body } = await world.get(configurations);
      assert.deepEqual(
        body.value.map((each: { displayName: string }) => each.displayName),
        ["P"],
      );
      const overview = await world.get(`${configurations}/${body.value[0].id}/deviceStatusOverview`);
      assert.deepEqual([overview.body.successCount, overview.body.pendingCount], [2, 1]);
      assert.equal((await world.get("/beta/deviceAppManagement/mobileApps")).body.value.length, 2);
    });

    it("is opened again as it is, and can be reset", async () => {
      const again = worldOf(openTenant({ data }));
      assert.equal((await again.post("/simulation/reset", {})).status, 200);
      assert.equal((await again.get("/beta/users")).body.value.length, 2);
      assert.equal((await again.get(configurations)).body.value.length, 0);
      again.tenant.close();
    });
  });
}
