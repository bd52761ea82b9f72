/** What an administrator does to a managed device, and what becomes of it. */
import assert from "node:assert/strict";
import { eventKinds, groupId, intuneText, makeProfile, openWorld, type World } from "./world";

const company = {
  users: [{ userPrincipalName: "ann@test.example", displayName: "Ann", mail: "ann@test.example" }],
  groups: [{ displayName: "All", members: ["ann@test.example", "PHONE"] }],
  devices: [
    {
      deviceName: "PHONE",
      user: "ann@test.example",
      platform: "ios",
      osVersion: "13.3",
      model: "m",
      manufacturer: "f",
      easDeviceId: "EAS1",
      accounts: [{ host: "old.example", emailAddress: "ann@old.example" }],
    },
    { deviceName: "RECORD", platform: "ios", osVersion: "13", model: "m", manufacturer: "f", enrolled: false },
  ],
};
const devices = "deviceManagement/managedDevices";

/** A company in which PHONE has an email profile; with the path of PHONE. */
async function open(version = "beta"): Promise<{ world: World; id: string; path: string }> {
  const world = openWorld(company);
  await makeProfile(world, "ios", {}, ["All"]);
  await world.post("/simulation/checkIn");
  const id = await idOf(world, "PHONE");
  return { world, id, path: `/${version}/${devices}/${id}` };
}

const idOf = async (world: World, name: string): Promise<string> =>
  (await world.get(`/beta/${devices}?$filter=deviceName eq '${name}'`)).body.value[0].id;

const statesOf = async (world: World, path: string): Promise<string[]> =>
  (await world.get(`${path}/deviceConfigurationStates`)).body.value.map((each: { state: string }) => each.state);

describe("managed devices: actions", () => {
  const rows: [
    action: string,
    body: object | undefined,
    shown: string,
    event: string,
    enrolled: boolean,
    states: string[],
  ][] = [
    ["rebootNow", undefined, "rebootNow", "deviceRebooted", true, ["compliant"]],
    ["remoteLock", {}, "remoteLock", "deviceLocked", true, ["compliant"]],
    ["retire", undefined, "removeCompanyData", "deviceRetired", false, []],
    ["wipe", undefined, "factoryReset", "deviceWiped", false, []],
    [
      "wipe",
      { keepEnrollmentData: true, keepUserData: null },
      "factoryResetKeepEnrollmentData",
      "deviceWiped",
      true,
      [],
    ],
  ];
  for (const version of ["beta", "v1.0"]) {
    for (const [action, body, shown, event, enrolled, states] of rows) {
      it(`${version}: ${action} ${JSON.stringify(body ?? "without a body")}`, async () => {
        const { world, id, path } = await open(version);
        assert.equal((await world.post(`${path}/${action}`, body)).status, 204);
        assert.ok((await eventKinds(world, id)).includes(event), event);
        const { body: device } = await world.get(path);
        assert.deepEqual(device.deviceActionResults, [
          {
            actionName: shown,
            actionState: "done",
            startDateTime: "2020-03-02T08:00:00Z",
            lastUpdatedDateTime: "2020-03-02T08:00:00Z",
          },
        ]);
        assert.equal(device.managementAgent === "easMdm", enrolled);
        assert.deepEqual(await statesOf(world, path), states);
      });
    }
  }

  it("a wiped device has no accounts of its user's own; one that stays enrolled gets its profile again", async () => {
    const { world, path } = await open();
    const { db } = world.tenant.context;
    assert.equal(db.all("SELECT * FROM userAccount").length, 1);
    await world.post(`${path}/wipe`, { keepEnrollmentData: true, macOsUnlockCode: "123456", useProtectedWipe: false });
    assert.deepEqual(db.all("SELECT * FROM userAccount"), []);
    assert.ok(!JSON.stringify(db.all("SELECT * FROM givenProperties")).includes("123456"));
    await world.post("/simulation/checkIn");
    assert.deepEqual(await statesOf(world, path), ["compliant"]);
  });

  it("shows the latest of each kind, by the tenant's clock", async () => {
    const { world, path } = await open();
    await world.post(`${path}/rebootNow`);
    await world.post("/simulation/clock", { advance: "1h" });
    await world.post(`${path}/microsoft.graph.syncDevice`);
    await world.post(`${path}/rebootNow`);
    const results = (await world.get(path)).body.deviceActionResults as Record<string, string>[];
    assert.deepEqual(
      results.map((each) => [each.actionName, each.startDateTime]),
      [
        ["syncDevice", "2020-03-02T09:00:00Z"],
        ["rebootNow", "2020-03-02T09:00:00Z"],
      ],
    );
  });

  const refusals: [
    name: string,
    version: string,
    device: string,
    action: string,
    body: unknown,
    status: number,
    message: RegExp,
  ][] = [
    ["an unknown parameter", "beta", "PHONE", "wipe", { force: true }, 400, /'force'.*'wipe'/],
    [
      "a parameter of another type",
      "beta",
      "PHONE",
      "wipe",
      { keepUserData: "yes" },
      400,
      /'keepUserData'.*Edm\.Boolean/,
    ],
    ["a parameter that v1.0 has not", "v1.0", "PHONE", "wipe", { useProtectedWipe: true }, 400, /'useProtectedWipe'/],
    ["a list", "beta", "PHONE", "wipe", [], 400, /JSON object/],
    ["a parameter where none is", "beta", "PHONE", "rebootNow", { now: true }, 400, /'now'/],
    ["an unknown action", "beta", "PHONE", "explode", {}, 400, /No OData route/],
    ...["syncDevice", "rebootNow", "remoteLock", "retire", "wipe"].map(
      (action): [string, string, string, string, unknown, number, RegExp] => [
        `${action} on what is not enrolled`,
        "beta",
        "RECORD",
        action,
        undefined,
        400,
        /not enrolled/,
      ],
    ),
  ];
  for (const [name, version, device, action, body, status, message] of refusals) {
    it(`refuses ${name}, and does nothing`, async () => {
      const { world } = await open();
      const id = await idOf(world, device);
      const events = await eventKinds(world, id);
      const answer = await world.post(`/${version}/${devices}/${id}/${action}`, body);
      assert.equal(answer.status, status);
      assert.match(intuneText(answer), message);
      assert.deepEqual(await eventKinds(world, id), events);
      assert.deepEqual((await world.get(`/beta/${devices}/${id}`)).body.deviceActionResults, []);
    });
  }

  it("on a device that is not there is 404", async () => {
    const { world } = await open();
    for (const action of ["wipe", "retire", "syncDevice"]) {
      assert.equal((await world.post(`/beta/${devices}/PHONE/${action}`)).status, 404, "a name is no key");
    }
  });
});

describe("managed devices: changed and deleted", () => {
  it("PATCH changes what an administrator writes, and takes the whole entity back", async () => {
    const { world, path } = await open();
    const change = { notes: "spare", managedDeviceOwnerType: "company", managedDeviceName: "Ann's" };
    const changed = await world.call("PATCH", path, change);
    assert.equal(changed.status, 200);
    const { "@odata.context": _, ...entity } = changed.body;
    for (const [name, value] of Object.entries({ ...change, ownerType: "company", deviceName: "PHONE" })) {
      assert.equal(entity[name], value, name);
    }
    const back = await world.call("PATCH", path, { ...entity, notes: null });
    assert.deepEqual([back.status, back.body.notes, back.body.ownerType], [200, null, "company"]);
    assert.equal((await world.get(path)).body.notes, null);
  });

  const refusals: [string, unknown, RegExp][] = [
    ["what the device says of itself", { osVersion: "1" }, /'osVersion'.*read-only/],
    ["what a sync says", { exchangeAccessState: "allowed" }, /'exchangeAccessState'.*read-only/],
    ["an unknown property", { colour: "red" }, /'colour' does not exist/],
    ["an unknown member", { managedDeviceOwnerType: "shared" }, /'shared'.*personal/],
    ["null where there is none", { managedDeviceOwnerType: null }, /may not be null/],
    ["another type", { notes: 5 }, /'notes'/],
    ["a list", [], /JSON object/],
  ];
  for (const [name, body, message] of refusals) {
    it(`PATCH refuses ${name}`, async () => {
      const { world, path } = await open();
      const answer = await world.call("PATCH", path, body);
      assert.equal(answer.status, 400);
      assert.match(intuneText(answer), message);
    });
  }

  it("DELETE takes the device out of everything but Exchange", async () => {
    const { world, id, path } = await open();
    assert.equal((await world.call("DELETE", path)).status, 204);
    for (const method of ["GET", "DELETE"]) assert.equal((await world.call(method, path)).status, 404);
    assert.deepEqual((await world.get("/beta/users/ann@test.example/managedDevices")).body.value, []);
    const members = await world.get(`/beta/groups/${await groupId(world, "All")}/members`);
    assert.deepEqual(
      members.body.value.map((each: Record<string, string>) => each["@odata.type"]),
      ["#microsoft.graph.user"],
    );
    const events = (await world.get("/simulation/events")).body.value as Record<string, string>[];
    assert.deepEqual([events.at(-1)?.kind, events.at(-1)?.deviceId], ["deviceDeleted", id]);
  });

  it("are found by their system and their owner", async () => {
    const { world, path } = await open();
    await world.call("PATCH", path, { managedDeviceOwnerType: "company" });
    const names = async (filter: string) =>
      (await world.get(`/v1.0/${devices}?$filter=${filter}`)).body.value.map(
        (each: Record<string, string>) => each.deviceName,
      );
    assert.deepEqual(await names("operatingSystem eq 'ios' and managedDeviceOwnerType eq 'company'"), ["PHONE"]);
    assert.deepEqual(await names("managedDeviceOwnerType eq 'unknown'"), ["RECORD"]);
    assert.deepEqual(await names("operatingSystem eq 'Windows'"), []);
  });

  it("users leads to the user, deviceCategory to nothing", async () => {
    const { world, path } = await open();
    assert.deepEqual(
      (await world.get(`${path}/users`)).body.value.map((each: { displayName: string }) => each.displayName),
      ["Ann"],
    );
    assert.deepEqual((await world.get(`/beta/${devices}/${await idOf(world, "RECORD")}/users`)).body.value, []);
    assert.equal((await world.get(`${path}?$expand=deviceCategory`)).body.deviceCategory, null);
  });
});
