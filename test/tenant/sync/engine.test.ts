/** How a sync goes about its work: pages, progress, servers, runspaces, tries. */
import assert from "node:assert/strict";
import { organization as fleet, connectorId as fleetConnector, makeFleet } from "../../../bench/sync/world";
import type { TenantContext } from "../../../provider/tenant/context";
import { type Refusal, writeRefusals } from "../../../provider/tenant/exchange/refusals";
import { advanceTo } from "../../../provider/tenant/schedule";
import { deleteConnector, findConnector, insertConnector } from "../../../provider/tenant/sync/connector";
import { readConditionalAccess, writeConditionalAccess } from "../../../provider/tenant/sync/policy";
import { syncConnector } from "../../../provider/tenant/sync/sync";
import { cutAt } from "./mishaps";
import { expectedOf, wrongAfterSync } from "./oracle";
import {
  addConnector,
  easId,
  eventsOf,
  makeWorld,
  organization,
  primary,
  second,
  setDevice,
  type WorldSpec,
  writeCount,
} from "./world";

const three: WorldSpec = {
  devices: [{ user: 0 }, { user: 1, complianceState: "noncompliant" }],
  records: [
    [0, 0],
    [1, 1],
    [2, 2],
  ],
};

/** For an hour. */
const down = ({ db, clock }: TenantContext, server: string, afterMs: number) => {
  const times = JSON.stringify([{ from: clock.nowMs() + afterMs, to: clock.nowMs() + 3_600_000 }]);
  db.run("UPDATE clientAccessServer SET down = :times WHERE fqdn = :server", { times, server });
};

const refuse = (context: TenantContext, ...refusals: Omit<Refusal, "seed" | "retryAfterSeconds">[]) =>
  writeRefusals(
    context,
    refusals.map((refusal) => ({ seed: 1, retryAfterSeconds: 5, ...refusal })),
  );

const detailOf = <T>({ db }: TenantContext, kind: string): T => {
  const row = db.get<{ detail: string }>("SELECT detail FROM event WHERE kind = :kind ORDER BY sequence DESC", {
    kind,
  });
  return JSON.parse(row!.detail) as T;
};

describe("sync: a full sync of many pages", () => {
  const records = 3500;
  const wrong = (context: TenantContext) => wrongAfterSync(context, expectedOf(context, fleet), fleet);

  it("settles all of them", () => {
    const context = makeFleet(undefined, records);
    assert.deepEqual(syncConnector(context, fleetConnector, "fullSync"), { records, writes: 350, mails: 0 });
    assert.deepEqual(wrong(context), []);
    assert.equal(findConnector(context, fleetConnector)!.progress, null);
  });

  it("goes on where Exchange stopped it, and looks at no record twice", () => {
    const context = makeFleet(undefined, records);
    refuse(context, { kind: "refused", cmdlet: "Set-CasMailbox", nth: 250 });
    const first = syncConnector(context, fleetConnector, "fullSync");
    assert.match(first.failure!, /Set-CasMailbox/);
    assert.equal(first.writes, 249);
    const { progress, status } = findConnector(context, fleetConnector)!;
    assert.equal(status, "disconnected");
    assert.ok(progress?.after);
    const rest = syncConnector(context, fleetConnector, "fullSync");
    assert.equal(rest.writes, 101);
    // What the first one wrote itself is in the feed of what has changed since it began.
    assert.ok(first.records + rest.records <= records + first.writes * 2, `${first.records} and ${rest.records}`);
    assert.ok(rest.records < records);
    assert.deepEqual(wrong(context), []);
  });

  it("goes on where its process ended", () => {
    const [whole, cut] = [0, 1].map(() => makeFleet(undefined, 44_000));
    syncConnector(whole!, fleetConnector, "fullSync");
    // In the second of its transactions.
    assert.throws(() => syncConnector(cutAt(cut!, 163_000), fleetConnector, "fullSync"), /cut/);
    assert.equal(cut!.db.get<{ count: number }>("SELECT count(*) AS count FROM easRecord")!.count, 40_000);
    const { records: looked } = syncConnector(cut!, fleetConnector, "fullSync");
    assert.ok(looked < 20_000, `${looked} records`);
    const left = ({ db }: TenantContext) =>
      db.all(
        "SELECT deviceId, state, list FROM easRecord LEFT JOIN easAccessList USING (organization, mailbox, deviceId)",
      );
    assert.deepEqual(left(cut!), left(whole!));
  });

  it("sees what has changed of records that it had passed", () => {
    const context = makeFleet(undefined, records);
    refuse(context, { kind: "refused", cmdlet: "Set-CasMailbox", nth: 250 });
    syncConnector(context, fleetConnector, "fullSync");
    context.db.run("UPDATE device SET complianceState = 'noncompliant' WHERE deviceName = 'PHONE-0000000'");
    syncConnector(context, fleetConnector, "fullSync");
    assert.deepEqual(wrong(context), []);
  });

  it("begins anew where what decides has changed for everybody", () => {
    const context = makeFleet(undefined, records);
    refuse(context, { kind: "refused", cmdlet: "Set-CasMailbox", nth: 250 });
    syncConnector(context, fleetConnector, "fullSync");
    writeConditionalAccess(context, { ...readConditionalAccess(context), overrideDefaultRule: true });
    assert.equal(syncConnector(context, fleetConnector, "fullSync").records, records);
    assert.deepEqual(wrong(context), []);
  });

  it("is gone on with by the connector that replaces the one that began it (X7)", () => {
    const context = makeFleet(undefined, records);
    refuse(context, { kind: "refused", cmdlet: "Set-CasMailbox", nth: 250 });
    syncConnector(context, fleetConnector, "fullSync");
    const before = findConnector(context, fleetConnector)!;
    deleteConnector(context, before.id);
    insertConnector(context, { ...before, id: "next", changeMark: 0, uSNMark: 0, settingsMark: "" });
    assert.ok(syncConnector(context, "next", "fullSync").records < records);
    assert.deepEqual(wrong(context), []);
  });

  it("forgets records that Exchange has lost, wherever they were", () => {
    const context = makeFleet(undefined, records);
    syncConnector(context, fleetConnector, "fullSync");
    context.db.run("DELETE FROM easPartnership WHERE rowid % 500 = 0 OR rowid > 3490");
    // As if the directory did not remember them.
    context.db.run("DELETE FROM easTombstone");
    syncConnector(context, fleetConnector, "fullSync");
    assert.deepEqual(wrong(context), []);
    assert.equal(context.db.get<{ c: number }>("SELECT count(*) AS c FROM easRecord")!.c, records - 7 - 10 + 1);
  });
});

describe("sync: what a quick sync asks Exchange", () => {
  it("a record that was removed is forgotten, and its device shows none (S1)", () => {
    const context = makeWorld(three);
    const id = addConnector(context);
    syncConnector(context, id, "fullSync");
    context.db.run("DELETE FROM easPartnership WHERE deviceId = :id", { id: easId(0) });
    assert.equal(syncConnector(context, id, "deltaSync").failure, undefined);
    assert.deepEqual(wrongAfterSync(context, expectedOf(context, organization), organization), []);
    const device = context.db.get("SELECT * FROM device WHERE deviceName = 'DEVICE-0'")!;
    assert.deepEqual([device.easActivated, device.exchangeAccessState], [0, "none"]);
  });

  it("one cmdlet puts several devices of a mailbox right", () => {
    const context = makeWorld({
      devices: [{ user: 0 }, { user: 0, complianceState: "noncompliant" }, { user: 0 }],
      records: [
        [0, 0],
        [0, 1],
        [0, 2],
      ],
    });
    const id = addConnector(context);
    assert.deepEqual(syncConnector(context, id, "fullSync"), { records: 3, writes: 1, mails: 0 });
    assert.equal(writeCount(context), 1);
    assert.deepEqual(wrongAfterSync(context, expectedOf(context, organization), organization), []);
  });
});

describe("sync: a cmdlet that Exchange does not serve at once", () => {
  for (const kind of ["throttled", "busy", "timeout"] as const) {
    it(`is tried again when it is ${kind}, and the sync takes the longer for it`, () => {
      const times = [false, true].map((hindered) => {
        const context = makeWorld(three);
        const id = addConnector(context);
        if (hindered) refuse(context, { kind, cmdlet: "Set-CasMailbox", nth: 2 });
        assert.equal(syncConnector(context, id, "fullSync").failure, undefined);
        assert.equal(eventsOf(context, "exchangeCmdletRetried").length, hindered ? 1 : 0);
        assert.deepEqual(wrongAfterSync(context, expectedOf(context, organization), organization), []);
        return detailOf<{ durationMs: number; retries: number }>(context, "connectorSynced");
      });
      assert.deepEqual(
        times.map(({ retries }) => retries),
        [0, 1],
      );
      assert.ok(times[1]!.durationMs >= times[0]!.durationMs + 2000);
    });
  }

  it("is given up after five tries; the next sync does the rest", () => {
    const context = makeWorld(three);
    const id = addConnector(context);
    refuse(context, { kind: "throttled", cmdlet: "Set-CasMailbox" });
    assert.match(syncConnector(context, id, "fullSync").failure!, /Set-CasMailbox.*budget/);
    assert.equal(eventsOf(context, "exchangeCmdletRetried").length, 4);
    writeRefusals(context, []);
    assert.equal(syncConnector(context, id, "deltaSync").failure, undefined);
    assert.deepEqual(wrongAfterSync(context, expectedOf(context, organization), organization), []);
  });

  it("what went before is told, whichever cmdlet is given up (X8, X10)", () => {
    for (const cmdlet of ["Get-ActiveSyncDeviceStatistics", "Set-CasMailbox"] as const) {
      const context = makeWorld(three);
      const id = addConnector(context, { discoveredServers: [primary, second] });
      down(context, primary, 0);
      refuse(context, { kind: "throttled", cmdlet });
      assert.ok(syncConnector(context, id, "fullSync").failure, cmdlet);
      assert.equal(eventsOf(context, "exchangeCmdletRetried").length, 4, cmdlet);
    }
  });

  it("a refused one is not tried again", () => {
    const context = makeWorld(three);
    refuse(context, { kind: "refused", cmdlet: "Get-ActiveSyncDevice" });
    assert.match(syncConnector(context, addConnector(context), "fullSync").failure!, /not allowed/);
    assert.deepEqual(eventsOf(context, "exchangeCmdletRetried"), []);
  });

  it("an account's budget is waited for, by the sync's own time", () => {
    const throttling = { operations: 2, seconds: 10 };
    const context = makeWorld({ ...three, exchange: { accounts: [{ name: "CONTOSO\\svc-intune", throttling }] } });
    assert.equal(syncConnector(context, addConnector(context), "fullSync").failure, undefined);
    const { durationMs, retries } = detailOf<{ durationMs: number; retries: number }>(context, "connectorSynced");
    assert.ok(retries > 0);
    assert.ok(durationMs > 10_000, `${durationMs} ms`);
  });
});

describe("sync: a server that goes down while a sync runs (X7)", () => {
  it("the connector finishes on another one, and is back at the next", () => {
    const context = makeWorld(three);
    const id = addConnector(context, { discoveredServers: [primary, second] });
    down(context, primary, 200);
    assert.deepEqual(syncConnector(context, id, "fullSync"), { records: 3, writes: 3, mails: 1 });
    assert.equal(findConnector(context, id)!.currentServer, second);
    advanceTo(context, context.clock.nowMs() + 2 * 3_600_000);
    assert.equal(findConnector(context, id)!.currentServer, primary);
    assert.equal(eventsOf(context, "connectorFailedOver").length, 1);
    assert.equal(eventsOf(context, "connectorReturned").length, 1);
  });

  it("a full one that could not finish is due again with the next quick one, not a day later (S2)", () => {
    const context = makeWorld(three);
    const id = addConnector(context);
    assert.equal(syncConnector(context, id, "fullSync").failure, undefined);
    const day = 24 * 3_600_000;
    const due = context.clock.nowMs() + day;
    const times = JSON.stringify([{ from: due, to: due + 60_000 }]);
    context.db.run("UPDATE clientAccessServer SET down = :times", { times });
    advanceTo(context, due);
    assert.equal(eventsOf(context, "connectorSyncFailed").length, 1);
    advanceTo(context, due + day / 12);
    assert.match(eventsOf(context, "connectorSynced").at(-1)!, /^The full sync/);
    assert.equal(findConnector(context, id)!.nextFullMs, due + day / 12 + day);
  });

  it("with no other one the next sync goes on", () => {
    const context = makeWorld(three);
    const id = addConnector(context, { discoveredServers: [primary, second] });
    for (const server of [primary, second]) down(context, server, 400);
    assert.match(syncConnector(context, id, "fullSync").failure!, /No client access server/);
    advanceTo(context, context.clock.nowMs() + 2 * 3_600_000);
    assert.equal(findConnector(context, id)!.status, "connected");
    assert.deepEqual(wrongAfterSync(context, expectedOf(context, organization), organization), []);
  });
});

describe("sync: runspaces (X8)", () => {
  const parallel = (runspaces: number, runspacesInUse = 0) => {
    const context = makeFleet(undefined, 1500, { runspaces });
    context.db.run("UPDATE exchangeAccount SET runspacesInUse = :runspacesInUse", { runspacesInUse });
    assert.equal(syncConnector(context, fleetConnector, "fullSync").failure, undefined);
    const { durationMs, runspaces: used } = detailOf<{ durationMs: number; runspaces: number }>(
      context,
      "connectorSynced",
    );
    const left = context.db.all("SELECT * FROM easAccessList ORDER BY mailbox, deviceId");
    return { durationMs, used, left };
  };

  it("more of them take less of the simulated time, and leave the same", () => {
    const all = [1, 2, 6, 18].map((runspaces) => parallel(runspaces));
    assert.deepEqual(
      all.map(({ used }) => used),
      [1, 2, 6, 18],
    );
    for (const [index, { durationMs, left }] of all.entries()) {
      if (index > 0) assert.ok(durationMs < all[index - 1]!.durationMs);
      assert.deepEqual(left, all[0]!.left);
    }
  });

  it("a connector takes as many as something else leaves", () => assert.equal(parallel(6, 4).used, 2));

  it("without parallel command support it takes one, however many there are", () => {
    const context = makeWorld(three);
    syncConnector(context, addConnector(context), "fullSync");
    assert.equal(detailOf<{ runspaces: number }>(context, "connectorSynced").runspaces, 1);
  });
});

describe("sync: a week by the clock", () => {
  it("is the same, whether it passes at once or in steps", () => {
    const week = 7 * 24 * 3_600_000;
    const [once, stepped] = [1, 42].map((steps) => {
      const context = makeWorld(three);
      addConnector(context);
      setDevice(context, 0, { nextCheckInMs: context.clock.nowMs() + 5 * 3_600_000 });
      const begin = context.clock.nowMs();
      for (let step = 1; step <= steps; step++) advanceTo(context, begin + (week * step) / steps);
      const tables = ["event", "easRecord", "easAccessList", "device", "mail", "exchangeConnector", "cmdletCount"];
      return tables.map((table) => context.db.all(`SELECT * FROM ${table}`));
    });
    assert.deepEqual(stepped, once);
  });
});
