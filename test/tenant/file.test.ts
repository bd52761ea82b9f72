import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openTenant, readSeed, TenantFileError } from "../../provider/tenant";
import { configurations, profileBodies, seedText, worldOf } from "./world";

const seed = readSeed(seedText({ users: [{ userPrincipalName: "a@test.example", displayName: "A" }] }), "x");

describe("the tenant's file", () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), "tenant-"));
  });
  afterEach(() => rm(data, { recursive: true }));

  it("keeps everything; the seed is not asked for again", async () => {
    const first = worldOf(openTenant({ data, seed }));
    const made = await first.post(configurations, { displayName: "P", ...profileBodies.ios });
    first.tenant.close();
    const again = worldOf(openTenant({ data, seed: () => assert.fail("an existing tenant needs no seed") }));
    assert.deepEqual((await again.get(`${configurations}/${made.body.id}`)).body, made.body);
    again.tenant.close();
  });

  it("can be open twice, and each sees what the other did", async () => {
    const one = worldOf(openTenant({ data, seed }));
    const two = worldOf(openTenant({ data }));
    await one.post(configurations, { displayName: "P", ...profileBodies.ios });
    await two.post(configurations, { displayName: "Q", ...profileBodies.ios });
    for (const world of [one, two]) assert.equal((await world.get(`${configurations}/$count`)).body, "2");
    one.tenant.close();
    two.tenant.close();
  });

  it("of a newer release is refused, by its form, and left as it is", () => {
    openTenant({ data }).close();
    const file = join(data, "tenant.db");
    const raw = new DatabaseSync(file);
    raw.exec("PRAGMA user_version = 99");
    raw.close();
    assert.throws(
      () => openTenant({ data }),
      (error) => error instanceof TenantFileError && error.message.includes(file) && /form 99/.test(error.message),
    );
  });

  const strangers: [string, string | Buffer, RegExp][] = [
    ["text", "hello, I am a letter and no database at all".repeat(50), /is no tenant: it is not a database/],
    [
      "noise with a database's head",
      Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(8000, 7)]),
      /damaged|no tenant|not a database/,
    ],
  ];
  for (const [name, content, message] of strangers) {
    it(`that is ${name} is refused`, async () => {
      await writeFile(join(data, "tenant.db"), content);
      assert.throws(
        () => openTenant({ data, seed }),
        (error) => error instanceof TenantFileError && message.test(error.message),
      );
    });
  }

  it("of another program is refused", () => {
    const raw = new DatabaseSync(join(data, "tenant.db"));
    raw.exec("CREATE TABLE theirs (x)");
    raw.close();
    assert.throws(() => openTenant({ data, seed }), /not that of a tenant/);
  });

  it("whose folder is a file is refused", async () => {
    const file = join(data, "file");
    await writeFile(file, "");
    assert.throws(() => openTenant({ data: file, seed }), TenantFileError);
  });

  it("on a full disk says so, and goes on when there is room", async () => {
    const world = worldOf(openTenant({ data, seed }));
    const { db } = world.tenant.context;
    const make = () =>
      world.post(configurations, { displayName: "P", description: "x".repeat(9000), ...profileBodies.ios });
    // To SQLite it is the same whether a disk has no more room or a file may not grow.
    db.script(`PRAGMA max_page_count = ${db.get<{ page_count: number }>("PRAGMA page_count")!.page_count + 8}`);
    const statuses: number[] = [];
    let refused = await make();
    for (; refused.status === 201 && statuses.length < 50; refused = await make()) statuses.push(refused.status);
    assert.deepEqual([refused.status, (await make()).status], [500, 500]);
    const said = "The tenant's file cannot grow: its disk is full. Make room, or choose another data folder.";
    assert.equal(refused.body.error.message, said);
    assert.equal((await world.get(`${configurations}/$count`)).body, String(statuses.length));
    db.script("PRAGMA max_page_count = 1000000");
    assert.equal((await make()).status, 201);
    world.tenant.close();
  });

  it("is not half made by a seed that fails", () => {
    const failing = () => {
      throw new Error("no seed");
    };
    assert.throws(() => openTenant({ data, seed: failing }), /no seed/);
    const tenant = openTenant({ data, seed });
    assert.equal(tenant.context.db.all("SELECT * FROM user").length, 1);
    tenant.close();
  });
});
