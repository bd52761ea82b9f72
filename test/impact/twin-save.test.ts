/** A twin in a file of its own: who may read it, what it takes the place of, and what is left when it cannot be written. */
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markTwin, saveTwin, twinInfo, twinOfFolder } from "../../provider/impact/twin";
import { openTenant, readSeed, type Tenant } from "../../provider/tenant";
import { seedText } from "../tenant/world";

const seed = (devices: number) => () => readSeed(seedText({ generated: { devices } }), "of the test");
const info = { source: "of the test", takenAt: "2026-03-02T08:00:00Z", assumed: [], pseudonyms: false };

describe("a twin that is kept", () => {
  let folder: string;
  let twin: Tenant;
  beforeEach(() => {
    // What a shell or SQL may stumble over.
    folder = join(mkdtempSync(join(tmpdir(), "twin-save-")), "it's a 100% folder #1?");
    mkdirSync(folder);
    twin = openTenant({ data: join(folder, "data"), seed: seed(9) });
    markTwin(twin, info);
  });
  afterEach(() => {
    twin.close();
    rmSync(join(folder, ".."), { recursive: true, force: true });
  });
  const devicesIn = (file: string) => {
    const copy = twinOfFolder(file);
    try {
      return [copy.context.db.get<{ n: number }>("SELECT count(*) AS n FROM device")!.n, twinInfo(copy)?.source];
    } finally {
      copy.close();
    }
  };
  /** What is in a folder beside the tenant that the tests begin with. */
  const left = (of = folder) => readdirSync(of).filter((name) => name !== "data");

  const places = [
    { name: "a file", out: "a.db", file: "a.db" },
    { name: "a folder", out: "a", file: "a/tenant.db" },
    { name: "folders on the way", out: "b/c/d.db", file: "b/c/d.db" },
  ];
  for (const { name, out, file } of places) {
    it(`is in ${name}, for its owner's eyes`, () => {
      assert.equal(saveTwin(twin, join(folder, out)), join(folder, file));
      assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600);
      assert.deepEqual(devicesIn(join(folder, file)), [9, info.source]);
    });
  }

  it("takes the place of one that is there, with its journal, and is no more readable than before", () => {
    const file = saveTwin(twin, join(folder, "a"));
    chmodSync(file, 0o644);
    const opened = openTenant({ data: join(folder, "a") });
    opened.context.db.run("DELETE FROM device");
    const journals = ["-wal", "-shm"].map((end) => [`${file}${end}`, readFileSync(`${file}${end}`)] as const);
    opened.close();
    for (const [journal, bytes] of journals) writeFileSync(journal, bytes);
    saveTwin(twin, file);
    assert.deepEqual(left(join(folder, "a")), ["tenant.db"]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(devicesIn(file), [9, info.source]);
  });

  it("does not take the place of a tenant, whether it is called by its folder or its file", () => {
    const tenant = openTenant({ data: join(folder, "tenant"), seed: seed(2) });
    tenant.close();
    for (const out of ["tenant", "tenant/tenant.db"]) {
      assert.throws(
        () => saveTwin(twin, join(folder, out)),
        /tenant\.db is there and is no twin, so it is not replaced\. Name another/,
      );
    }
    assert.deepEqual(devicesIn(join(folder, "tenant")), [2, undefined]);
  });

  const inTheWay: { name: string; make: (path: string) => void; says: RegExp }[] = [
    {
      name: "a file that is no database",
      make: (path) => writeFileSync(path, "my notes"),
      says: /a\.db is there and is no twin/,
    },
    { name: "a folder", make: (path) => mkdirSync(path), says: /a\.db is there and is no twin.*--out/ },
  ];
  for (const { name, make, says } of inTheWay) {
    it(`does not take the place of ${name}`, () => {
      make(join(folder, "a.db"));
      assert.throws(() => saveTwin(twin, join(folder, "a.db")), says);
      assert.deepEqual(left(), ["a.db"]);
    });
  }

  it("is not written below a file", () => {
    writeFileSync(join(folder, "a"), "a file");
    assert.throws(() => saveTwin(twin, join(folder, "a/b.db")), /cannot be written to .*b\.db: EEXIST.*--out/);
  });

  it("leaves what was there, and nothing half, where the disk is full", () => {
    const file = saveTwin(twin, join(folder, "a.db"));
    const before = readFileSync(file);
    const full = (sql: string) => {
      writeFileSync(/'(.*)'/.exec(sql)![1]!.replaceAll("''", "'"), "half");
      throw Object.assign(new Error("database or disk is full"), { errcode: 13 });
    };
    const failing = { ...twin, context: { ...twin.context, db: { ...twin.context.db, script: full } } };
    assert.throws(() => saveTwin(failing, file), /cannot be written to .*a\.db: database or disk is full\. .*--out/);
    assert.deepEqual(left(), ["a.db"]);
    assert.ok(readFileSync(file).equals(before));
  });

  it("tidies up after one that was killed while it wrote", () => {
    // No process has this id: Linux and macOS end before it, and Windows' are multiples of four.
    for (const name of [`a.db.99999999.tmp`, `a.db.${process.pid}.tmp`]) writeFileSync(join(folder, name), "half");
    writeFileSync(join(folder, `a.db.${process.ppid}.tmp`), "of somebody who is still at it");
    saveTwin(twin, join(folder, "a.db"));
    assert.deepEqual(left(), ["a.db", `a.db.${process.ppid}.tmp`]);
  });

  it("says of one that a newer release made that it did", () => {
    const file = saveTwin(twin, join(folder, "a.db"));
    const bytes = readFileSync(file);
    // Form of the tenant: SQLite keeps it at byte 60 of its header.
    bytes.writeUInt32BE(9999, 60);
    writeFileSync(file, bytes);
    assert.throws(
      () => twinOfFolder(file),
      /has form 9999, and this release knows form \d+: a newer release of pulumi-intune-mail made it/,
    );
  });

  it("says of one that is damaged that it is", () => {
    const file = saveTwin(twin, join(folder, "a.db"));
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(7, 4096, 40_000));
    assert.throws(() => twinOfFolder(file), /a\.db is damaged/);
  });
});

describe("the temporary folder of a twin", () => {
  it("stays while its process is alive", () => {
    const data = mkdtempSync(join(tmpdir(), "twin-save-"));
    openTenant({ data, seed: seed(1) }).close();
    const others = join(tmpdir(), `intune-mail-twin-${process.ppid}-of-another`);
    mkdirSync(others);
    try {
      twinOfFolder(data).close();
      assert.ok(existsSync(others));
    } finally {
      rmSync(others, { recursive: true });
      rmSync(data, { recursive: true });
    }
  });
});
