/** The tenant at a glance: the fleet, all statuses together, and profiles in conflict. */
import assert from "node:assert/strict";
import { complexTypes, entityTypes } from "../../provider/tenant/metadata/csdl-subset.json";
import { makeProfile, openWorld, type World } from "./world";

const device = (deviceName: string, more: object = {}) => ({
  ...{
    deviceName,
    user: "ann@test.example",
    platform: "ios",
    osVersion: "13.3.1",
    model: "iPhone",
    manufacturer: "Apple",
  },
  ...more,
});

const fleet = {
  users: [{ userPrincipalName: "ann@test.example", displayName: "Ann", mail: "ann@test.example" }],
  groups: [{ displayName: "All", members: ["ann@test.example"] }],
  devices: [
    device("A-1", { easDeviceId: "EAS1" }),
    device("A-2"),
    device("PC", { platform: "windows10", osVersion: "10.0", model: "Surface", manufacturer: "Microsoft" }),
    device("ROBOT", { platform: "androidForWork", osVersion: "10", model: "Pixel", manufacturer: "Google" }),
    device("GONE", { enrolled: false }),
  ],
};

interface Property {
  name: string;
  inV1: boolean;
}
const namesOf = (properties: Property[], version: string) =>
  properties.filter(({ inV1 }) => version === "beta" || inV1).map(({ name }) => name);
const keys = (value: object) => Object.keys(value).filter((name) => !name.startsWith("@"));

describe("the tenant at a glance", () => {
  let world: World;
  let ids: string[];
  before(async () => {
    world = openWorld(fleet);
    ids = [
      await makeProfile(world, "ios", { displayName: "One" }, ["All"]),
      await makeProfile(world, "ios", { displayName: "Two" }, ["All"]),
    ];
    await world.post("/simulation/checkIn", {});
  });
  after(() => world.tenant.close());
  const read = (name: string, version = "beta") => world.get(`/${version}/deviceManagement/${name}`);

  for (const version of ["beta", "v1.0"]) {
    it(`has every property of managedDeviceOverview in ${version}`, async () => {
      const { status, body } = await read("managedDeviceOverview", version);
      assert.equal(status, 200);
      const wanted = namesOf(entityTypes.managedDeviceOverview.properties as Property[], version);
      assert.deepEqual(keys(body).sort(), ["id", ...wanted].sort());
      for (const name of ["deviceOperatingSystemSummary", "deviceExchangeAccessStateSummary"] as const) {
        const properties = complexTypes[name].properties as Property[];
        assert.deepEqual(keys(body[name]).sort(), namesOf(properties, version).sort(), name);
      }
    });
  }

  it("counts devices by system and by access", async () => {
    const { body } = await read("managedDeviceOverview");
    assert.deepEqual([body.enrolledDeviceCount, body.mdmEnrolledCount, body.dualEnrolledDeviceCount], [4, 4, 1]);
    const { iosCount, windowsCount, androidCount, androidWorkProfileCount } = body.deviceOperatingSystemSummary;
    assert.deepEqual([iosCount, windowsCount, androidCount, androidWorkProfileCount], [2, 1, 1, 1]);
    assert.equal(body.deviceExchangeAccessStateSummary.unavailableDeviceCount, 5);
    assert.deepEqual(body.managedDeviceModelsAndManufacturers.deviceModels, ["Pixel", "Surface", "iPhone"]);
  });

  it("sums up the statuses of all configurations", async () => {
    const { body } = await read("deviceConfigurationDeviceStateSummaries");
    assert.equal(body.compliantDeviceCount, 2);
    assert.equal(body.conflictDeviceCount, 2);
    assert.equal(body.notApplicableDeviceCount, 4);
    assert.equal((await read("deviceConfigurationDeviceStateSummaries", "v1.0")).status, 200);
    const users = (await read("deviceConfigurationUserStateSummaries")).body;
    assert.deepEqual([users.compliantUserCount, users.conflictUserCount], [1, 1]);
    assert.notEqual((await read("deviceConfigurationUserStateSummaries", "v1.0")).status, 200);
  });

  it("names profiles that make the same account, and on how many devices they met", async () => {
    const { body } = await read("deviceConfigurationConflictSummary");
    assert.equal(body.value.length, 1);
    const [conflict] = body.value;
    assert.deepEqual(
      conflict.conflictingDeviceConfigurations.map(({ id }: { id: string }) => id).sort(),
      [...ids].sort(),
    );
    assert.equal(conflict.deviceCheckinsImpacted, 2);
  });
});
