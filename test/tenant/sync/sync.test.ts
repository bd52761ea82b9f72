import assert from "node:assert/strict";
import type { TenantContext } from "../../../provider/tenant/context";
import { invokeCommand } from "../../../provider/tenant/exchange/invoke";
import { addPartnership, plantExchange } from "../../../provider/tenant/exchange/plant";
import { exchangeOrganizationSeed } from "../../../provider/tenant/exchange/seed";
import { advanceTo } from "../../../provider/tenant/schedule";
import { addMember, removeMember } from "../../../provider/tenant/services/directory";
import { findConnector } from "../../../provider/tenant/sync/connector";
import { allMail } from "../../../provider/tenant/sync/mail";
import {
  readConditionalAccess,
  readExchangePolicy,
  writeConditionalAccess,
  writeExchangePolicy,
} from "../../../provider/tenant/sync/policy";
import { exchangeTasks } from "../../../provider/tenant/sync/schedule";
import { syncConnector } from "../../../provider/tenant/sync/sync";
import {
  accessOfRecords,
  account,
  addConnector,
  deviceIdOf,
  easId,
  eventsOf,
  groupId,
  mailboxOf,
  makeWorld,
  organization,
  primary,
  second,
  session,
  setDevice,
  userId,
  type WorldSpec,
  writeCount,
} from "./world";

const key = (user: number, number: number) => `${mailboxOf(user)} ${easId(number)}`;
const allowed = "allowed Allowed/Individual compliant";
const blocked = "blocked Blocked/Individual notCompliant";
const quarantined = "quarantined Blocked/Individual notEnrolled";
const untouched = "allowed Allowed/Global null";

const three: WorldSpec = {
  devices: [{ user: 0 }, { user: 1, complianceState: "noncompliant" }],
  records: [
    [0, 0],
    [1, 1],
    [2, 2],
  ],
};

/** A world after its first full sync. */
function synced(spec: WorldSpec = three): { context: TenantContext; id: string } {
  const context = makeWorld(spec);
  const id = addConnector(context);
  assert.equal(syncConnector(context, id, "fullSync").failure, undefined);
  return { context, id };
}

describe("sync: a first full sync", () => {
  it("allows, blocks and quarantines (C2 to C4)", () => {
    const { context } = synced();
    assert.deepEqual(accessOfRecords(context), {
      [key(0, 0)]: allowed,
      [key(1, 1)]: blocked,
      [key(2, 2)]: quarantined,
    });
  });

  it("blocks a device that the tenant does not know, by a cmdlet through the connector (C3)", () => {
    const { context } = synced();
    const details = context.db
      .all<{ detail: string }>("SELECT detail FROM event WHERE kind = 'exchangeCmdlet' ORDER BY sequence")
      .map(({ detail }) => JSON.parse(detail));
    const blocking = details.find(({ parameters }) => parameters.Identity === mailboxOf(2));
    assert.equal(blocking.cmdlet, "Set-CasMailbox");
    assert.deepEqual(blocking.parameters.ActiveSyncBlockedDeviceIDs.Add, [easId(2)]);
    const [mailbox] = invokeCommand(context, session, "Get-CasMailbox", { Identity: mailboxOf(2) }).objects;
    assert.deepEqual(mailbox!.ActiveSyncBlockedDeviceIDs, [easId(2)]);
  });

  it("shows the access on the managed device", () => {
    const { context } = synced();
    const device = context.db.get("SELECT * FROM device WHERE id = :id", { id: deviceIdOf(context, 1) })!;
    assert.equal(device.easActivated, 1);
    assert.equal(device.exchangeAccessState, "blocked");
    assert.equal(device.exchangeAccessStateReason, "notCompliant");
    assert.equal(device.exchangeLastSuccessfulSyncDateTime, "2020-03-02T06:00:00Z");
  });

  it("mails the steps and a link to enrol, from the notification mailbox (C2, step 3)", () => {
    const [mail, ...others] = allMail(synced().context);
    assert.deepEqual(others, []);
    assert.equal(mail?.recipient, mailboxOf(2));
    assert.equal(mail?.sender, "notify@contoso.example");
    assert.match(mail!.body, /<li>.*https:\/\/portal\.manage\.microsoft\.com\/.*<li>.*<li>/s);
  });

  it("puts the notification text of the policy before the steps", () => {
    const context = makeWorld(three);
    const notificationContent = Buffer.from("<p>Größe zählt</p>").toString("base64");
    writeExchangePolicy(context, { ...readExchangePolicy(context), notificationContent });
    syncConnector(context, addConnector(context), "fullSync");
    assert.match(allMail(context)[0]!.body, /^<p>Größe zählt<\/p><p>/);
  });

  it("connects, dates itself and discovers the servers (S2, X7)", () => {
    const { context, id } = synced();
    const { status, lastSyncDateTime, discoveredServers, serverInformation } = findConnector(context, id)!;
    assert.deepEqual({ status, lastSyncDateTime }, { status: "connected", lastSyncDateTime: "2020-03-02T08:00:00Z" });
    assert.deepEqual(discoveredServers, [primary, second]);
    assert.deepEqual(
      serverInformation.map(({ fqdn, version }) => [fqdn, version]),
      [primary, second].map((fqdn) => [fqdn, "Version 14.3"]),
    );
  });

  it("shows the worst of two mailboxes that one device reaches", () => {
    const record = (user: number, deviceModel: string) => ({
      mailbox: mailboxOf(user),
      deviceId: easId(0),
      deviceType: "iPhone",
      deviceModel,
    });
    const { context } = synced({
      devices: [{ user: 0 }],
      exchange: {
        partnerships: [record(0, "iPhone12C1"), record(1, "Old")],
        deviceAccessRules: [{ characteristic: "DeviceModel", queryString: "Old", accessLevel: "Block" }],
        conditionalAccess: { includedGroups: ["Everyone"], overrideDefaultRule: false },
      },
    });
    const device = context.db.get("SELECT * FROM device WHERE id = :id", { id: deviceIdOf(context, 0) })!;
    assert.equal(accessOfRecords(context)[key(0, 0)], "allowed Allowed/Global compliant");
    assert.equal(device.exchangeAccessState, "blocked");
    assert.equal(device.exchangeAccessStateReason, "exchangeDeviceRule");
  });
});

describe("sync: a second sync with no change", () => {
  for (const type of ["deltaSync", "fullSync"] as const) {
    it(`${type} runs no cmdlet that writes and sends no mail (S4)`, () => {
      const { context, id } = synced();
      const before = writeCount(context);
      assert.deepEqual(syncConnector(context, id, type), { records: type === "fullSync" ? 3 : 0, writes: 0, mails: 0 });
      assert.equal(writeCount(context), before);
      assert.equal(allMail(context).length, 1);
    });
  }
});

/** What a quick sync has to see, each with how many records it looks at. */
const changes: [name: string, change: (context: TenantContext) => void, looks: number, after: [string, string]][] = [
  [
    "C4 a device stops to comply",
    (world) => setDevice(world, 0, { complianceState: "noncompliant" }),
    1,
    [key(0, 0), blocked],
  ],
  [
    "C2 a device complies again",
    (world) => setDevice(world, 1, { complianceState: "compliant" }),
    1,
    [key(1, 1), allowed],
  ],
  [
    "C4 a device is retired",
    (world) => setDevice(world, 0, { enrolled: 0 }),
    1,
    [key(0, 0), "blocked Blocked/Individual notEnrolled"],
  ],
  [
    "a device is deleted from the tenant",
    (world) => world.db.run("DELETE FROM device WHERE id = :id", { id: deviceIdOf(world, 0) }),
    1,
    [key(0, 0), quarantined],
  ],
  [
    "C2 an unknown device enrols",
    (world) => setDevice(world, 1, { easDeviceId: easId(2), complianceState: "compliant" }),
    2,
    [key(2, 2), allowed],
  ],
  [
    "C3 a new record appears",
    (world) =>
      addPartnership(world.db, organization, {
        mailbox: mailboxOf(0),
        deviceId: easId(9),
        deviceType: "iPhone",
        deviceModel: "iPhone12C1",
        deviceOS: "",
        userAgent: "",
        firstSyncTime: "2020-03-02T07:00:00Z",
        lastSuccessSync: "2020-03-02T07:00:00Z",
      }),
    1,
    [key(0, 9), quarantined],
  ],
  [
    "an administrator of Exchange lets a blocked device in",
    (world) =>
      void invokeCommand(world, session, "Set-CasMailbox", {
        Identity: mailboxOf(1),
        ActiveSyncBlockedDeviceIDs: { Remove: [easId(1)] },
        ActiveSyncAllowedDeviceIDs: { Add: [easId(1)] },
      }),
    1,
    [key(1, 1), blocked],
  ],
  [
    "C1 a user is exempted: their record stays as it is",
    (world) => addMember(world, groupId(world, "Exempt"), { id: userId(world, 1), kind: "user" }),
    1,
    [key(1, 1), "blocked Blocked/Individual null"],
  ],
  [
    "C1 a group is nested in the exempted one",
    (world) => {
      addMember(world, groupId(world, "Staff"), { id: userId(world, 0), kind: "user" });
      addMember(world, groupId(world, "Exempt"), { id: groupId(world, "Staff"), kind: "group" });
    },
    1,
    [key(0, 0), "allowed Allowed/Individual null"],
  ],
  [
    "C1 a user loses the licence",
    (world) => world.db.run("UPDATE user SET licensed = 0 WHERE id = :id", { id: userId(world, 0) }),
    1,
    [key(0, 0), "allowed Allowed/Individual null"],
  ],
  [
    "the override of the default rule is taken back",
    (world) => writeConditionalAccess(world, { ...readConditionalAccess(world), overrideDefaultRule: false }),
    3,
    [key(0, 0), "allowed Allowed/Global compliant"],
  ],
];

describe("sync: a quick sync sees", () => {
  for (const [name, change, looks, [record, expected]] of changes) {
    it(name, () => {
      const { context, id } = synced();
      change(context);
      assert.equal(syncConnector(context, id, "deltaSync").records, looks);
      assert.equal(accessOfRecords(context)[record], expected);
      assert.equal(syncConnector(context, id, "deltaSync").records, 0);
    });
  }

  it("a user who comes into scope", () => {
    const context = makeWorld(three);
    removeMember(context, groupId(context, "Everyone"), userId(context, 0));
    const id = addConnector(context);
    syncConnector(context, id, "fullSync");
    assert.equal(accessOfRecords(context)[key(0, 0)], untouched);
    addMember(context, groupId(context, "Staff"), { id: userId(context, 0), kind: "user" });
    assert.equal(syncConnector(context, id, "deltaSync").records, 1);
    assert.equal(accessOfRecords(context)[key(0, 0)], allowed);
  });

  it("a user who leaves and comes back, each between two syncs", () => {
    const { context, id } = synced();
    const everyone = groupId(context, "Everyone");
    removeMember(context, everyone, userId(context, 2));
    syncConnector(context, id, "deltaSync");
    assert.equal(accessOfRecords(context)[key(2, 2)], "blocked Blocked/Individual null");
    addMember(context, everyone, { id: userId(context, 2), kind: "user" });
    syncConnector(context, id, "deltaSync");
    assert.equal(accessOfRecords(context)[key(2, 2)], quarantined);
  });

  it("Exchange's new default, where that has the last word", () => {
    const { context, id } = synced();
    writeConditionalAccess(context, { ...readConditionalAccess(context), overrideDefaultRule: false });
    // Of its own, as a change of the policy makes a quick sync look at everything, too.
    syncConnector(context, id, "deltaSync");
    assert.equal(accessOfRecords(context)[key(0, 0)], "allowed Allowed/Global compliant");
    invokeCommand(context, session, "Set-ActiveSyncOrganizationSettings", { DefaultAccessLevel: "Block" });
    syncConnector(context, id, "deltaSync");
    assert.equal(accessOfRecords(context)[key(0, 0)], "blocked Blocked/Global exchangeGlobalRule");
  });
});

describe("sync: a quarantine mail", () => {
  it("is sent once for a record, however often it comes back to quarantine", () => {
    const { context, id } = synced();
    const both = (fields: Parameters<typeof setDevice>[2]) => {
      setDevice(context, 1, fields);
      syncConnector(context, id, "deltaSync");
    };
    both({ easDeviceId: easId(2), complianceState: "compliant" });
    assert.equal(accessOfRecords(context)[key(2, 2)], allowed);
    both({ easDeviceId: null });
    assert.equal(accessOfRecords(context)[key(2, 2)], quarantined);
    assert.equal(allMail(context).filter((mail) => mail.deviceId === easId(2)).length, 1);
  });
});

describe("sync: a full sync puts Exchange's settings right (S2)", () => {
  const rule = (name: string, type: "family" | "model", accessLevel: "allow" | "block") => ({
    deviceClass: { name, type },
    accessLevel,
  });

  it("default and rules become the policy's, each correction an event; other rules stay", () => {
    const { context, id } = synced({
      ...three,
      exchange: {
        deviceAccessRules: [
          { characteristic: "DeviceType", queryString: "WP8", accessLevel: "Block" },
          { characteristic: "DeviceType", queryString: "PocketPC", accessLevel: "Allow" },
          { characteristic: "UserAgent", queryString: "Touchdown", accessLevel: "Block" },
        ],
      },
    });
    writeExchangePolicy(context, {
      ...readExchangePolicy(context),
      defaultAccessLevel: "quarantine",
      accessRules: [rule("WP8", "family", "allow"), rule("iPhone3C1", "model", "block")],
    });
    assert.equal(syncConnector(context, id, "fullSync").writes, 4);
    const rules = invokeCommand(context, session, "Get-ActiveSyncDeviceAccessRule").objects;
    assert.deepEqual(
      rules.map(({ Identity, AccessLevel }) => `${Identity} ${AccessLevel}`),
      ["iPhone3C1 (DeviceModel) Block", "WP8 (DeviceType) Allow", "Touchdown (UserAgent) Block"],
    );
    assert.equal(eventsOf(context, "exchangeSettingCorrected").length, 4);
    assert.equal(syncConnector(context, id, "fullSync").writes, 0);
  });

  it("a policy that says nothing leaves Exchange's default and rules alone", () => {
    const { context, id } = synced();
    invokeCommand(context, session, "Set-ActiveSyncOrganizationSettings", { DefaultAccessLevel: "Block" });
    assert.equal(syncConnector(context, id, "fullSync").writes, 0);
  });

  it("an administrator's change is undone", () => {
    const { context, id } = synced();
    writeExchangePolicy(context, { ...readExchangePolicy(context), defaultAccessLevel: "block" });
    syncConnector(context, id, "fullSync");
    invokeCommand(context, session, "Set-ActiveSyncOrganizationSettings", { DefaultAccessLevel: "Allow" });
    assert.equal(syncConnector(context, id, "fullSync").writes, 1);
    const [settings] = invokeCommand(context, session, "Get-ActiveSyncOrganizationSettings").objects;
    assert.equal(settings?.DefaultAccessLevel, "Block");
  });

  it("a record that Exchange no longer has is forgotten", () => {
    const { context, id } = synced();
    context.db.run("DELETE FROM easPartnership WHERE deviceId = :deviceId", { deviceId: easId(0) });
    syncConnector(context, id, "fullSync");
    const device = context.db.get("SELECT * FROM device WHERE id = :id", { id: deviceIdOf(context, 0) })!;
    assert.equal(device.exchangeAccessState, "none");
    assert.equal(device.easActivated, 0);
  });
});

describe("sync: servers that are down (X7)", () => {
  const down = { from: "2020-03-02T10:00:00Z", to: "2020-03-02T12:00:00Z" };
  const at = (context: TenantContext, time: string) => context.clock.set(Date.parse(time));
  const servers = (...downs: boolean[]) => ({
    clientAccessServers: [primary, second].map((fqdn, index) => ({ fqdn, down: downs[index] ? [down] : [] })),
  });

  it("the connector moves to another one, and back", () => {
    const { context, id } = synced({ ...three, exchange: servers(true, false) });
    at(context, "2020-03-02T10:00:00Z");
    setDevice(context, 0, { complianceState: "noncompliant" });
    assert.deepEqual(syncConnector(context, id, "deltaSync"), { records: 1, writes: 1, mails: 0 });
    assert.equal(findConnector(context, id)?.currentServer, second);
    at(context, "2020-03-02T12:00:00Z");
    syncConnector(context, id, "deltaSync");
    assert.equal(findConnector(context, id)?.currentServer, primary);
    assert.equal(eventsOf(context, "connectorFailedOver").length, 1);
    assert.equal(eventsOf(context, "connectorReturned").length, 1);
  });

  it("it does not where failover is off: disconnected, and the last sync stays", () => {
    const { context, id } = synced({ ...three, exchange: servers(true, false) });
    const { annotations } = findConnector(context, id)!;
    const off = JSON.stringify({ ...annotations, "@classic.casFailoverEnabled": false });
    context.db.run("UPDATE exchangeConnector SET annotations = :off", { off });
    at(context, "2020-03-02T10:00:00Z");
    assert.match(syncConnector(context, id, "deltaSync").failure!, /cas01\.contoso\.example/);
    const { status, lastSyncDateTime } = findConnector(context, id)!;
    assert.deepEqual(
      { status, lastSyncDateTime },
      { status: "disconnected", lastSyncDateTime: "2020-03-02T08:00:00Z" },
    );
  });

  it("what changed while all were down is settled afterwards", () => {
    const { context, id } = synced({ ...three, exchange: servers(true, true) });
    at(context, "2020-03-02T11:00:00Z");
    setDevice(context, 0, { complianceState: "noncompliant" });
    assert.match(syncConnector(context, id, "deltaSync").failure!, /No client access server of Contoso Mail/);
    assert.equal(accessOfRecords(context)[key(0, 0)], allowed);
    at(context, "2020-03-02T12:00:00Z");
    assert.deepEqual(syncConnector(context, id, "deltaSync"), { records: 1, writes: 1, mails: 0 });
    assert.equal(accessOfRecords(context)[key(0, 0)], blocked);
    assert.equal(findConnector(context, id)?.status, "connected");
  });
});

describe("sync: several organizations (X1)", () => {
  it("each connector syncs its own, and sees the tenant's changes for itself", () => {
    const context = makeWorld(three);
    const server = "mail.fabrikam.example";
    const other = exchangeOrganizationSeed.parse({
      name: "Fabrikam Mail",
      domain: "fabrikam.example",
      clientAccessServers: [{ fqdn: server }],
      accounts: [{ name: account }],
      mailboxes: [mailboxOf(0)],
      partnerships: [{ mailbox: mailboxOf(0), deviceId: easId(0), deviceType: "iPhone", deviceModel: "iPhone12C1" }],
    });
    plantExchange(context, [other]);
    const ids = [
      addConnector(context),
      addConnector(context, { exchangeOrganization: other.name, primaryServer: server, currentServer: server }),
    ];
    assert.deepEqual(
      ids.map((id) => syncConnector(context, id, "fullSync").records),
      [3, 1],
    );
    setDevice(context, 0, { complianceState: "noncompliant" });
    for (const id of ids) {
      assert.deepEqual(syncConnector(context, id, "deltaSync"), { records: 1, writes: 1, mails: 0 });
      assert.deepEqual(syncConnector(context, id, "deltaSync"), { records: 0, writes: 0, mails: 0 });
    }
  });
});

describe("sync: on its own", () => {
  it("the next quick and full syncs are tasks, by the schedule of the seed", () => {
    const { context, id } = synced();
    const hours = () =>
      exchangeTasks(context).map(({ name, dueMs }) => [name, (dueMs - context.clock.nowMs()) / 3_600_000]);
    assert.deepEqual(hours(), [
      ["full sync of Contoso Mail", 24],
      ["quick sync of Contoso Mail", 2],
    ]);
    context.clock.set(context.clock.nowMs() + 2 * 3_600_000);
    exchangeTasks(context)[1]!.run(context);
    assert.equal(findConnector(context, id)?.lastSyncDateTime, "2020-03-02T10:00:00Z");
    assert.deepEqual(
      hours().map(([, due]) => due),
      [22, 2],
    );
  });

  it("a week brings a full sync a day, and a quick one every two hours between", () => {
    const { context } = synced();
    advanceTo(context, context.clock.nowMs() + 7 * 24 * 3_600_000);
    const syncs = eventsOf(context, "connectorSynced").slice(1);
    const day = [...Array.from({ length: 11 }, () => "quick"), "full"];
    assert.deepEqual(
      syncs.map((message) => message.split(" ")[1]),
      Array.from({ length: 7 }, () => day).flat(),
    );
    assert.deepEqual(writeCount(context), 3);
  });

  it("a failed sync is tried again when the next is due, not at once", () => {
    const { context } = synced({ ...three, exchange: { accounts: [{ name: "CONTOSO\\svc-intune" }] } });
    context.db.run("DELETE FROM exchangeAccount");
    exchangeTasks(context)[1]!.run(context);
    assert.ok(exchangeTasks(context).every(({ dueMs }) => dueMs > context.clock.nowMs()));
    assert.match(eventsOf(context, "connectorSyncFailed")[0]!, /Access is denied/);
  });

  it("nothing is due from 19 February 2024 on, and a sync is refused with the way out (X11)", () => {
    const { context, id } = synced();
    context.clock.set(Date.parse("2024-02-18T23:59:59Z"));
    assert.equal(syncConnector(context, id, "deltaSync").failure, undefined);
    context.clock.set(Date.parse("2024-02-19T00:00:00Z"));
    assert.throws(() => syncConnector(context, id, "fullSync"), /hybrid modern authentication/);
    assert.deepEqual(exchangeTasks(context), []);
  });
});
