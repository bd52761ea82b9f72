import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import { parse } from "yaml";
import { generateSeed, generateSeedText, openTenant, readSeed, SeedError, seedJsonSchema } from "../../provider/tenant";
import { seedText } from "./world";

const examples = join(__dirname, "../../examples/tenants");
const read = (name: string) => readFileSync(join(examples, name), "utf8");

const users = [{ userPrincipalName: "a@test.example", displayName: "A" }];
const device = { deviceName: "D", platform: "ios", osVersion: "13.0", model: "m", manufacturer: "f" };

const refusals: Record<string, { seed: object; problems: RegExp[] }> = {
  "unknown property": { seed: { colour: 1 }, problems: [/colour/] },
  "clock that is no time": { seed: { clock: "noon" }, problems: [/^clock: /] },
  "duration without unit": { seed: { schedule: { checkIn: "8" } }, problems: [/^schedule\.checkIn: .*8h/] },
  "unknown platform": {
    seed: { devices: [{ ...device, platform: "symbian" }] },
    problems: [/^devices\[0\]\.platform: /],
  },
  "plain secret": {
    seed: { applications: [{ appId: "6f1e1c1e-0000-4000-8000-000000000001", secret: "x", scopes: [] }] },
    problems: [/^applications\[0\]\.secretSha256: /, /secret/],
  },
  "unknown member and user, both at once": {
    seed: {
      users,
      groups: [{ displayName: "G", members: ["z@test.example"] }],
      devices: [{ ...device, user: "y@test.example" }],
    },
    problems: [
      /^groups\[0\]\.members\[0\]: "z@test\.example" is no user/,
      /^devices\[0\]\.user: "y@test\.example" is no user/,
    ],
  },
  "member of two meanings": {
    seed: { groups: [{ displayName: "D" }, { displayName: "G", members: ["D"] }], devices: [device] },
    problems: [/^groups\[1\]\.members\[0\]: "D" names more than one/],
  },
  "duplicates, whatever their case": {
    seed: {
      users: [...users, { userPrincipalName: "A@TEST.example", displayName: "B" }],
      devices: [device, { ...device, deviceName: "d" }],
    },
    problems: [/^users\[1\]\.userPrincipalName: .*users\[0\]/, /^devices\[1\]\.deviceName: .*devices\[0\]/],
  },
  "KNOX on an iPhone": {
    seed: { devices: [{ ...device, knoxVersion: "4.0" }] },
    problems: [/^devices\[0\]\.knoxVersion: only/],
  },
  "conditional access for a group that is not there": {
    seed: {
      exchangeOrganizations: [
        {
          name: "O",
          domain: "d",
          clientAccessServers: [{ fqdn: "cas" }],
          conditionalAccess: { includedGroups: ["nobody"] },
        },
      ],
    },
    problems: [/includedGroups\[0\]: "nobody" is no group/],
  },
};

describe("seed", () => {
  for (const [name, { seed, problems }] of Object.entries(refusals)) {
    it(`refuses: ${name}`, () => {
      assert.throws(
        () => readSeed(seedText(seed), "x.yaml"),
        (error) => {
          assert.ok(error instanceof SeedError);
          for (const problem of problems) {
            assert.ok(
              error.problems.some((each) => problem.test(each)),
              `${problem} is not among ${error.problems.join("\n")}`,
            );
          }
          return error.message.includes("x.yaml");
        },
      );
    });
  }

  it("refuses text that is no YAML, by line", () => {
    assert.throws(
      () => readSeed("tenant: {a: [", "x.yaml"),
      (error) => error instanceof SeedError && /line 1/.test(error.message),
    );
  });

  it("gives two tenants of one seed the same ids, and another domain others", () => {
    const ids = (more: object) => {
      const tenant = openTenant({ seed: readSeed(seedText({ users, ...more }), "x") });
      const all = tenant.context.db.all("SELECT id FROM user");
      tenant.close();
      return all;
    };
    assert.deepEqual(ids({}), ids({}));
    assert.notDeepEqual(ids({}), ids({ tenant: { displayName: "T", domain: "other.example" } }));
  });

  it("is described by a JSON Schema that the examples fit and a mistake does not", () => {
    const validate = new Ajv2020({ strict: false, formats: { "date-time": true, uuid: true } }).compile(
      seedJsonSchema(),
    );
    for (const name of ["small.yaml", "generated.yaml"]) {
      assert.ok(validate(parse(read(name))), JSON.stringify(validate.errors));
    }
    assert.ok(!validate({ ...parse(read("small.yaml")), clock: 5 }));
  });

  it("small.yaml has a device of every platform, and every kind of mail user", () => {
    const seed = readSeed(read("small.yaml"), "small.yaml");
    assert.deepEqual([...new Set(seed.devices.map(({ platform }) => platform))].sort(), [
      "androidForWork",
      "ios",
      "samsungKnox",
      "windows10",
      "windowsPhone81",
    ]);
    assert.ok(
      seed.groups.filter(({ displayName }) => / users$/.test(displayName)).every(({ members }) => members.length > 0),
    );
  });

  it("generated.yaml is what the generator gives", () => {
    assert.equal(read("generated.yaml"), generateSeedText({ devices: 200, seed: 1 }));
    assert.deepEqual(readSeed(read("generated.yaml"), "generated.yaml"), generateSeed({ devices: 200, seed: 1 }));
  });

  it("generates another company for another number, and refuses none and too many", () => {
    assert.notDeepEqual(generateSeed({ devices: 10, seed: 1 }).users, generateSeed({ devices: 10, seed: 2 }).users);
    for (const devices of [0, 1.5, 1e9]) assert.throws(() => generateSeed({ devices, seed: 1 }), RangeError);
  });
});
