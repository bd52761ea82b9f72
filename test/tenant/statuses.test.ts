/** Statuses and overviews of a configuration, held against Microsoft's metadata property by property (D2). */
import assert from "node:assert/strict";
import { entityTypes, enumTypes } from "../../provider/tenant/metadata/csdl-subset.json";
import { type Answer, assign, configurations, makeProfile, openWorld, type World } from "./world";

const device = (deviceName: string, user: string | undefined, osVersion = "13.3.1", platform = "ios") => ({
  deviceName,
  ...(user ? { user: `${user}@test.example` } : {}),
  platform,
  osVersion,
  model: "Phone",
  manufacturer: "Test",
});

/** A device in each status: Ann has three, Bob's own account blocks the profile, nobody has the tablet. */
const fleet = {
  users: [
    { userPrincipalName: "ann@test.example", displayName: "Ann", mail: "ann@test.example" },
    { userPrincipalName: "bob@test.example", displayName: "Bob", mail: "bob@test.example" },
    { userPrincipalName: "cleo@test.example", displayName: "Cleo", mail: "cleo@test.example" },
  ],
  groups: [{ displayName: "All", members: ["ann@test.example", "bob@test.example", "cleo@test.example", "TABLET"] }],
  devices: [
    device("ANN-1", "ann"),
    device("ANN-OLD", "ann", "7.1"),
    device("ANN-PC", "ann", "10.0.1", "windows10"),
    { ...device("BOB-1", "bob"), accounts: [{ host: "mail.test.example", emailAddress: "bob@test.example" }] },
    device("CLEO-1", "cleo"),
    device("TABLET", undefined),
  ],
};

interface Property {
  name: string;
  type: string;
  nullable: boolean;
  inV1: boolean;
}

const isOfType: Record<string, (value: unknown) => boolean> = {
  "Edm.String": (value) => typeof value === "string",
  "Edm.Int32": Number.isInteger,
  "Edm.DateTimeOffset": (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(value)),
  "microsoft.graph.complianceStatus": (value) =>
    enumTypes.complianceStatus.members.some(({ name }: { name: string }) => name === value),
};

const kinds = {
  deviceStatuses: "deviceConfigurationDeviceStatus",
  userStatuses: "deviceConfigurationUserStatus",
  deviceStatusOverview: "deviceConfigurationDeviceOverview",
  userStatusOverview: "deviceConfigurationUserOverview",
} as const;

describe("statuses of a configuration", () => {
  let world: World;
  let id: string;
  before(async () => {
    world = openWorld(fleet);
    id = await makeProfile(world, "ios", {}, ["All"]);
    const devices = await world.get("/beta/deviceManagement/managedDevices");
    const ids = devices.body.value
      .filter(({ deviceName }: { deviceName: string }) => deviceName !== "CLEO-1")
      .map((each: { id: string }) => each.id);
    const checked = await world.post("/simulation/checkIn", { deviceIds: ids });
    assert.deepEqual(checked.body, { checkedIn: 5 });
  });
  after(() => world.tenant.close());

  const read = (name: string, version = "beta", query = ""): Promise<Answer> =>
    world.get(`/${version}/deviceManagement/deviceConfigurations/${id}/${name}${query}`);
  const rows = async (name: string) => (await read(name)).body.value as Record<string, unknown>[];

  for (const version of ["beta", "v1.0"]) {
    for (const [name, type] of Object.entries(kinds)) {
      it(`${name} in ${version} have the properties of ${type}, with their types`, async () => {
        const wanted = (entityTypes[type].properties as Property[]).filter((each) => version === "beta" || each.inV1);
        const { status, body } = await read(name, version);
        assert.equal(status, 200);
        const entities: Record<string, unknown>[] = body.value ?? [body];
        assert.ok(entities.length > 0);
        assert.match(body["@odata.context"], new RegExp(`#deviceManagement/deviceConfigurations\\('${id}'\\)/${name}`));
        for (const entity of entities) {
          const names = Object.keys(entity).filter((key) => !key.startsWith("@"));
          assert.deepEqual(names.sort(), [...wanted.map((each) => each.name), "id"].sort());
          for (const property of wanted) {
            const value = entity[property.name];
            const fits = value === null ? property.nullable : isOfType[property.type]!(value);
            assert.ok(fits, `${property.name} is ${JSON.stringify(value)}, a ${property.type}`);
          }
        }
      });
    }
  }

  it("of devices: one for each that has the profile or is to have it, whatever its platform", async () => {
    const found = (await rows("deviceStatuses")).map((row) => [row.deviceDisplayName, row.status, row.userName]);
    assert.deepEqual(found.sort(), [
      ["ANN-1", "compliant", "Ann"],
      ["ANN-OLD", "notApplicable", "Ann"],
      ["ANN-PC", "notApplicable", "Ann"],
      ["BOB-1", "error", "Bob"],
      ["CLEO-1", "unknown", "Cleo"],
      ["TABLET", "error", null],
    ]);
  });

  it("of users: one for each with a device, with what most needs attention on them", async () => {
    const found = (await rows("userStatuses")).map((row) => [row.userPrincipalName, row.status, row.devicesCount]);
    assert.deepEqual(found.sort(), [
      ["ann@test.example", "compliant", 3],
      ["bob@test.example", "error", 1],
      ["cleo@test.example", "unknown", 1],
    ]);
  });

  it("overviews count the rows", async () => {
    const { body: devices } = await read("deviceStatusOverview");
    const { body: users } = await read("userStatusOverview");
    const counts = (body: Record<string, unknown>) => [
      ...["pendingCount", "notApplicableCount", "successCount", "errorCount", "conflictCount"].map(
        (name) => body[name],
      ),
    ];
    assert.deepEqual(counts(devices), [1, 2, 1, 2, 0]);
    assert.deepEqual(counts(users), [1, 0, 1, 1, 0]);
    assert.equal(devices.notApplicablePlatformCount, 1);
    assert.deepEqual([devices.configurationVersion, users.configurationVersion], [1, 1]);
    assert.equal(devices.lastUpdateDateTime, "2020-03-02T08:00:00Z");
  });

  it("take the options that Graph takes", async () => {
    const page = await read("deviceStatuses", "beta", "?$top=4&$count=true");
    assert.equal(page.body["@odata.count"], 6);
    assert.equal(page.body.value.length, 4);
    const next = await world.get(page.body["@odata.nextLink"].replace("http://tenant", ""));
    assert.equal(next.body.value.length, 2);
    const { body } = await read("deviceStatusOverview", "beta", "?$select=successCount");
    assert.deepEqual(
      Object.keys(body).filter((name) => !name.startsWith("@")),
      ["id", "successCount"],
    );
    assert.equal((await read("deviceStatusOverview", "beta", "?$top=1")).status, 400);
  });

  it("of a profile that is retained are notAssigned, and counted nowhere (D3)", async () => {
    await assign(world, id, []);
    await world.post("/simulation/checkIn");
    assert.deepEqual(
      (await rows("deviceStatuses")).map((row) => [row.deviceDisplayName, row.status]),
      [["ANN-1", "notAssigned"]],
    );
    const { body } = await read("deviceStatusOverview");
    for (const [name, value] of Object.entries(body)) if (name.endsWith("Count")) assert.equal(value, 0, name);
  });

  it("can be asked for one by one", async () => {
    for (const name of ["deviceStatuses", "userStatuses"]) {
      for (const row of await rows(name)) {
        const { status, body } = await read(`${name}/${row.id}`);
        assert.equal(status, 200);
        const { "@odata.context": _, ...entity } = body;
        assert.deepEqual(entity, row);
      }
      assert.equal((await read(`${name}/${id}_nobody`)).status, 404);
      assert.equal((await read(`${name}/nobody`)).status, 404);
    }
  });

  it("come by pages that lose nothing", async () => {
    for (const name of ["deviceStatuses", "userStatuses"]) {
      const paged: unknown[] = [];
      let next = `/beta/deviceManagement/deviceConfigurations/${id}/${name}?$top=2`;
      while (next) {
        const { body } = await world.get(next.replace("http://tenant", ""));
        assert.ok(body.value.length <= 2);
        paged.push(...body.value);
        next = body["@odata.nextLink"];
      }
      assert.deepEqual(paged, await rows(name));
    }
  });

  it("of settings are none: devices report on a profile as a whole", async () => {
    assert.deepEqual(await rows("deviceSettingStateSummaries"), []);
  });

  it("of a configuration that is not there are not found", async () => {
    for (const name of Object.keys(kinds)) {
      assert.equal((await world.get(`${configurations}/00000000-0000-0000-0000-000000000000/${name}`)).status, 404);
    }
  });
});
