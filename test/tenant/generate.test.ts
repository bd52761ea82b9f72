/** Companies that the tenant makes for itself, held against the same company written down. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { generateSeed, openTenant, readSeed, type Seed, SeedError, type Tenant } from "../../provider/tenant";
import { openWorld, seedText, worldOf } from "./world";

/** The clause that is to give what `generateSeed` lists. */
const clause = (devices: number, seed: number, more: object = {}): Seed =>
  readSeed(
    JSON.stringify({
      tenant: { displayName: "Contoso", domain: "contoso.example" },
      clock: "2020-03-02T08:00:00Z",
      random: seed,
      generated: { devices, seed },
      ...more,
    }),
    "of the test",
  );

/** All rows of all tables, but for the seed, with SQLite's own table of numbers that were given out. */
function contents({ context: { db } }: Tenant): Record<string, object[]> {
  const tables = db.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  return Object.fromEntries(
    tables.map(({ name }) => [
      name,
      db.all(`SELECT * FROM "${name}"${name === "setting" ? " WHERE name <> 'seed' ORDER BY name" : ""}`),
    ]),
  );
}

describe("a generated company", () => {
  it("is the one that its numbers list, table by table", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), fc.nat({ max: 1000 }), (devices, seed) => {
        const listed = openTenant({ seed: generateSeed({ devices, seed }) });
        const made = openTenant({ seed: clause(devices, seed) });
        assert.deepEqual(contents(made), contents(listed));
        listed.close();
        made.close();
      }),
      { numRuns: 15, examples: [[50, 3]] },
    );
  });

  it("is made again by a reset, of its clause alone", async () => {
    const tenant = openTenant({ seed: clause(30, 2) });
    const before = contents(tenant);
    const world = worldOf(tenant);
    const [device] = (await world.get("/beta/deviceManagement/managedDevices")).body.value;
    await world.post(`/beta/deviceManagement/managedDevices/${device.id}/retire`);
    assert.notDeepEqual(contents(tenant), before);
    assert.equal((await world.post("/simulation/reset", {})).status, 200);
    assert.deepEqual(contents(tenant), before);
    const kept = tenant.context.db.get<{ value: string }>("SELECT value FROM setting WHERE name = 'seed'")!.value;
    assert.deepEqual(JSON.parse(kept).generated, { devices: 30, seed: 2 });
    assert.deepEqual(JSON.parse(kept).devices, []);
    tenant.close();
  });

  it("stands beside what is listed, which may speak of it", async () => {
    const [made] = generateSeed({ devices: 9, seed: 1 }).users;
    const world = openWorld({
      tenant: { displayName: "Contoso", domain: "contoso.example" },
      generated: { devices: 9 },
      users: [{ userPrincipalName: "zoe@contoso.example", displayName: "Zoe", mail: "zoe@contoso.example" }],
      groups: [{ displayName: "Pilot", members: ["zoe@contoso.example", made!.userPrincipalName, "Gmail users"] }],
      devices: [
        {
          deviceName: "Z-1",
          user: made!.userPrincipalName,
          platform: "ios",
          osVersion: "13.3",
          model: "iPhone 11",
          manufacturer: "Apple",
          easDeviceId: "ZOE",
        },
      ],
      exchangeOrganizations: [
        {
          name: "Other",
          domain: "other.example",
          clientAccessServers: [{ fqdn: "cas.other.example" }],
          mailboxes: ["zoe@contoso.example"],
          partnerships: [
            { mailbox: "zoe@contoso.example", deviceId: "ZOE", deviceType: "iPhone", deviceModel: "iPhone" },
          ],
          conditionalAccess: { includedGroups: ["Samsung users"] },
        },
      ],
    });
    const { db } = world.tenant.context;
    const count = (sql: string) => Object.values(db.get(`SELECT count(*) FROM ${sql}`)!)[0];
    assert.equal(count("device"), 10);
    assert.equal(count("user"), 7);
    assert.equal(count("member JOIN directoryGroup ON id = groupId WHERE displayName = 'Pilot'"), 3);
    assert.equal(count("easPartnership WHERE organization = 'Other' AND uSNChanged = 1"), 1);
    assert.equal(
      count("easPartnership WHERE organization <> 'Other'"),
      count("device WHERE easDeviceId IS NOT NULL AND deviceName <> 'Z-1'"),
    );
    world.tenant.close();
  });

  const refusals: Record<string, { seed: object; problem: RegExp }> = {
    "none and too many devices": { seed: { generated: { devices: 0 } }, problem: /^generated\.devices: / },
    "more than a million": { seed: { generated: { devices: 1_000_001 } }, problem: /^generated\.devices: / },
    "a listed group of its name": {
      seed: { generated: { devices: 9 }, groups: [{ displayName: "all mail USERS" }] },
      problem: /^groups\[0\]\.displayName: .*generated company/,
    },
    "a listed device of its name": {
      seed: {
        generated: { devices: 9 },
        devices: [{ deviceName: "appl-000001", platform: "ios", osVersion: "1", model: "m", manufacturer: "f" }],
      },
      problem: /^devices\[0\]\.deviceName: .*generated company/,
    },
    "a second organization of its name": {
      seed: {
        generated: { devices: 9 },
        exchangeOrganizations: [{ name: "Contoso Mail", domain: "d", clientAccessServers: [{ fqdn: "cas" }] }],
      },
      problem: /^exchangeOrganizations\[1\]\.name: .*exchangeOrganizations\[0\]/,
    },
    "a member that it has not": {
      seed: { generated: { devices: 9 }, groups: [{ displayName: "G", members: ["APPL-000099"] }] },
      problem: /is no user, device or group/,
    },
  };
  for (const [name, { seed, problem }] of Object.entries(refusals)) {
    it(`refuses: ${name}`, () => {
      assert.throws(
        () => readSeed(seedText(seed), "x.yaml"),
        (error) => error instanceof SeedError && error.problems.some((each) => problem.test(each)),
      );
    });
  }
});
