/** A device's ten steps to company mail (C2), as the control surface and the command tell them. */
import assert from "node:assert/strict";
import type { TimelineStep } from "../../provider/tenant/services/timeline";
import { openWorld, type World } from "./world";

const device = (name: string, easDeviceId: string, enrolled: boolean) => ({
  deviceName: name,
  user: "ann@test.example",
  platform: "ios",
  osVersion: "13.3.1",
  model: "iPhone 11",
  manufacturer: "Apple",
  easDeviceId,
  enrolled,
});

const company = {
  users: [{ userPrincipalName: "ann@test.example", displayName: "Ann", mail: "ann@test.example" }],
  groups: [{ displayName: "All", members: ["ann@test.example"] }],
  devices: [device("ANN-PHONE", "APPL1", false), device("ANN-TABLET", "APPL2", true)],
  exchangeOrganizations: [
    {
      name: "Test Mail",
      domain: "test.example",
      clientAccessServers: [{ fqdn: "cas.test.example" }],
      accounts: [{ name: "TEST\\svc" }],
      mailboxes: ["ann@test.example", "notify@test.example"],
      conditionalAccess: { includedGroups: ["All"] },
    },
  ],
};

const connector = {
  serverName: "cas.test.example",
  exchangeConnectorType: "onPremises",
  exchangeOrganization: "Test Mail",
  primarySmtpAddress: "notify@test.example",
  "@classic.exchangeAccount": "TEST\\svc",
  "@classic.exchangeAccountPassword": "not kept",
  "@classic.notificationAccount": "notify@test.example",
};

async function attempt(world: World, deviceId: string): Promise<void> {
  const sent = { mailbox: "ann@test.example", deviceId, deviceType: "iPhone", deviceModel: "iPhone12C1" };
  assert.equal((await world.post("/simulation/mailAttempts", sent)).status, 200);
}

async function timelineOf(world: World, name: string): Promise<TimelineStep[]> {
  const { status, body } = await world.get(`/simulation/devices/${name}/timeline`);
  assert.equal(status, 200);
  return body.value;
}

const steps = (taken: readonly TimelineStep[]) => taken.map(({ step, event }) => `${step} ${event}`);

/** From the first attempt to the quarantine, and from there to access. */
const toQuarantine = ["1 mailAttempted", "2 easClientBlocked", "3 deviceQuarantined", "3 quarantineMailSent"];
const toAccess = [
  "4 workplaceJoined",
  "5 deviceEnrolled",
  "6 easRecordMapped",
  "7 easIdRegistered",
  "8 deviceStateStored",
  "9 accessAllowed",
  "10 easClientAllowed",
];

describe("a device's timeline (C2)", () => {
  let world: World;
  beforeEach(async () => {
    world = openWorld(company);
    await attempt(world, "APPL1");
    await attempt(world, "APPL9");
    const made = await world.post("/beta/deviceManagement/exchangeConnectors", connector);
    assert.equal(made.status, 201, JSON.stringify(made.body));
  });
  afterEach(() => world.tenant.close());

  const enrol = async (more: object = {}) => {
    const [{ id }] = (await world.get("/beta/deviceManagement/managedDevices?$filter=deviceName%20eq%20'ANN-PHONE'"))
      .body.value;
    await world.call("PATCH", `/simulation/devices/${id}`, { enrolled: true, complianceState: "compliant", ...more });
    await world.post("/simulation/clock", { advance: "2h" });
  };

  it("has the ten steps, each once, with times that follow one another", async () => {
    await world.post("/simulation/clock", { advance: "30m" });
    await enrol();
    const taken = await timelineOf(world, "ANN-PHONE");
    assert.deepEqual(steps(taken), [...toQuarantine, ...toAccess]);
    const times = taken.map(({ time }) => Date.parse(time));
    assert.deepEqual(
      times,
      [...times].sort((one, other) => one - other),
    );
    assert.ok(taken.every(({ rule, message }) => rule === "C2" && message.length > 10));
  });

  it("a device that only Exchange knows is found by its EAS id", async () => {
    assert.deepEqual(steps(await timelineOf(world, "APPL9")), toQuarantine);
  });

  it("goes on when the device that Exchange knew gets its record", async () => {
    // The tablet turns out to be what Exchange knows as APPL9.
    world.tenant.context.db.run("UPDATE device SET easDeviceId = 'APPL9' WHERE deviceName = 'ANN-TABLET'");
    await world.post("/simulation/clock", { advance: "2h" });
    assert.deepEqual(steps(await timelineOf(world, "APPL9")), [...toQuarantine, ...toAccess.slice(2)]);
    assert.deepEqual(await timelineOf(world, "ANN-TABLET"), await timelineOf(world, "APPL9"));
  });

  it("a second sync adds nothing", async () => {
    await enrol();
    const before = await timelineOf(world, "ANN-PHONE");
    await world.post("/simulation/clock", { advance: "2d" });
    assert.deepEqual(await timelineOf(world, "ANN-PHONE"), before);
  });

  it("is empty for a device that has not tried, and 404 for one that nobody knows", async () => {
    assert.deepEqual(await timelineOf(world, "ANN-TABLET"), []);
    const { status, body } = await world.get("/simulation/devices/NOBODY/timeline");
    assert.equal(status, 404);
    assert.match(body.error.message, /No device has the id, name or EAS id 'NOBODY'/);
  });
});
