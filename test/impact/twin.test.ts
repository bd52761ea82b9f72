/** An exact copy of an embedded tenant: what it holds, what it leaves behind, and that the original stays as it is. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { twinInfo, twinOfFolder } from "../../provider/impact/twin";
import { openTenant, readSeed, type Tenant } from "../../provider/tenant";
import { checkIn } from "../../provider/tenant/devices/checkIn";
import { takeSnapshot } from "../../provider/tenant/snapshots";
import { makeProfile, seedText, worldOf } from "../tenant/world";

const seed = () => readSeed(seedText({ generated: { devices: 30 } }), "of the test");
const twins = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`intune-mail-twin-${process.pid}-`));

/** Every row of every table that the tenant has. */
function rowsOf({ context: { db } }: Tenant): Record<string, object[]> {
  const tables = db.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
  );
  return Object.fromEntries(
    tables.map(({ name }) => [name, db.all(`SELECT * FROM "${name}"`).map((row) => ({ ...row }))]),
  );
}

describe("twin of an embedded tenant", () => {
  let folder: string;
  let tenant: Tenant;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "twin-test-"));
    tenant = openTenant({ data: join(folder, "data"), seed });
    await makeProfile(worldOf(tenant), "ios", {}, ["iPhone users"]);
    checkIn(tenant.context);
  });
  afterEach(() => {
    tenant.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const fileHash = () =>
    createHash("sha256")
      .update(readFileSync(join(folder, "data/tenant.db")))
      .digest("hex");

  it("has every row of the original, snapshots included", () => {
    takeSnapshot(tenant.context, "before");
    const twin = twinOfFolder(join(folder, "data"));
    try {
      const rows = rowsOf(tenant);
      assert.ok(rows.deviceProfile!.length > 5 && rows.snapshot!.length === 1);
      assert.deepEqual(rowsOf(twin), rows);
      assert.equal(twinInfo(twin), undefined);
    } finally {
      twin.close();
    }
  });

  it("never writes the original, whose writers need not wait", async () => {
    const before = [fileHash(), rowsOf(tenant)];
    const twin = twinOfFolder(join(folder, "data/tenant.db"));
    try {
      const world = worldOf(twin);
      await makeProfile(world, "windows10", {}, ["All mail users"]);
      checkIn(twin.context);
      twin.context.db.run("DELETE FROM deviceApp");
      assert.deepEqual([fileHash(), rowsOf(tenant)], before);
      tenant.context.db.transaction(() => tenant.context.db.run("DELETE FROM deviceApp"));
    } finally {
      twin.close();
    }
  });

  it("is of one moment, though somebody is writing", () => {
    tenant.context.db.transaction(() => {
      tenant.context.db.run("DELETE FROM deviceProfile");
      const twin = twinOfFolder(join(folder, "data"));
      try {
        assert.ok(rowsOf(twin).deviceProfile!.length > 5, "it has what is not yet committed");
      } finally {
        twin.close();
      }
    });
  });

  it("goes when it is closed, and when it could not be made", () => {
    const twin = twinOfFolder(join(folder, "data"));
    assert.equal(twins().length, 1);
    twin.close();
    assert.deepEqual(twins(), []);
    writeFileSync(join(folder, "other.db"), "no database");
    assert.throws(() => twinOfFolder(join(folder, "other.db")), /other\.db is no tenant: it is not a database/);
    assert.deepEqual(twins(), []);
  });

  it("of a process that was killed goes with the next one", () => {
    // No process has this id: Linux and macOS end before it, and Windows' are multiples of four.
    const left = join(tmpdir(), "intune-mail-twin-99999999-left");
    mkdirSync(left);
    twinOfFolder(join(folder, "data")).close();
    assert.ok(!existsSync(left));
  });

  it("needs a tenant", () => {
    assert.throws(() => twinOfFolder(join(folder, "none")), /There is no tenant in .*none\..*tenant seed/);
    assert.ok(!existsSync(join(folder, "none")));
  });
});
