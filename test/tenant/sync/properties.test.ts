/** What must always hold of the sync engine (SPEC S4), over generated companies and generated histories. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { TenantContext } from "../../../provider/tenant/context";
import type { Device } from "../../../provider/tenant/devices/devices";
import { never } from "../../../provider/tenant/plant";
import { addMember, removeMember, type User } from "../../../provider/tenant/services/directory";
import { type ComplianceState, decide } from "../../../provider/tenant/sync/decide";
import { allMail } from "../../../provider/tenant/sync/mail";
import { readConditionalAccess, writeConditionalAccess } from "../../../provider/tenant/sync/policy";
import { type SyncType, syncConnector } from "../../../provider/tenant/sync/sync";
import {
  accessOfRecords,
  addConnector,
  devicesNow,
  easId,
  groupId,
  mailboxOf,
  makeWorld,
  organization,
  setDevice,
  userId,
  type WorldSpec,
  writeCount,
} from "./world";

const users = 3;
const devices = 4;
const easIds = 6;
const user = fc.nat({ max: users - 1 });
const device = fc.nat({ max: devices - 1 });
const eas = fc.nat({ max: easIds - 1 });
const compliance = fc.constantFrom("compliant", "noncompliant", "inGracePeriod", "unknown");

const worlds: fc.Arbitrary<WorldSpec> = fc.record({
  licensed: fc.array(fc.boolean(), { minLength: users, maxLength: users }),
  devices: fc.array(fc.record({ user, complianceState: compliance, enrolled: fc.boolean() }), {
    minLength: devices,
    maxLength: devices,
  }),
  records: fc.uniqueArray(fc.tuple(user, eas), { maxLength: 8, selector: ([owner, number]) => `${owner} ${number}` }),
});

type Change = (context: TenantContext) => void;
const named = (name: string, change: Change): Change => Object.assign(change, { [fc.toStringMethod]: () => name });
const groups = fc.constantFrom("Everyone", "Staff", "Exempt");

/** All that may happen between two syncs, on the tenant's side and on Exchange's. */
const changes: fc.Arbitrary<Change> = fc.oneof(
  fc
    .tuple(device, compliance)
    .map(([number, complianceState]) =>
      named(`${number} is ${complianceState}`, (world) => setDevice(world, number, { complianceState })),
    ),
  fc
    .tuple(device, fc.constantFrom<0 | 1>(0, 1))
    .map(([number, enrolled]) =>
      named(`${number} enrolled ${enrolled}`, (world) => setDevice(world, number, { enrolled })),
    ),
  fc.tuple(device, fc.option(eas)).map(([number, id]) =>
    named(`${number} gets EAS id ${id}`, (world) => {
      const easDeviceId = id === null ? null : easId(id);
      world.db.run("UPDATE device SET easDeviceId = NULL WHERE easDeviceId = :easDeviceId", { easDeviceId });
      setDevice(world, number, { easDeviceId });
    }),
  ),
  fc
    .tuple(groups, user)
    .map(([group, number]) =>
      named(`user ${number} joins ${group}`, (world) =>
        addMember(world, groupId(world, group), { id: userId(world, number), kind: "user" }),
      ),
    ),
  fc.tuple(groups, user).map(([group, number]) =>
    named(`user ${number} leaves ${group}`, (world) => {
      removeMember(world, groupId(world, group), userId(world, number));
    }),
  ),
  fc
    .constantFrom("Everyone", "Exempt")
    .map((group) =>
      named(`Staff joins ${group}`, (world) =>
        addMember(world, groupId(world, group), { id: groupId(world, "Staff"), kind: "group" }),
      ),
    ),
  fc.constantFrom("Everyone", "Exempt").map((group) =>
    named(`Staff leaves ${group}`, (world) => {
      removeMember(world, groupId(world, group), groupId(world, "Staff"));
    }),
  ),
  fc.tuple(user, fc.constantFrom(0, 1)).map(([number, licensed]) =>
    named(`user ${number} licensed ${licensed}`, (world) => {
      world.db.run("UPDATE user SET licensed = :licensed WHERE id = :id", { licensed, id: userId(world, number) });
    }),
  ),
  fc
    .record({ enabled: fc.boolean(), overrideDefaultRule: fc.boolean() })
    .map((settings) =>
      named(`policy ${JSON.stringify(settings)}`, (world) =>
        writeConditionalAccess(world, { ...readConditionalAccess(world), ...settings }),
      ),
    ),
  fc.constantFrom("Allow", "Block", "Quarantine").map((level) =>
    named(`Exchange's default ${level}`, (world) => {
      world.db.run("UPDATE exchangeOrganization SET defaultAccessLevel = :level", { level });
    }),
  ),
  fc.tuple(user, eas).map(([number, id]) =>
    named(`record ${number} ${id}`, (world) => {
      world.db.run(
        `INSERT OR IGNORE INTO easPartnership (organization, mailbox, deviceId, deviceType, deviceModel, deviceOS,
           userAgent, firstSyncTime, lastSuccessSync)
         VALUES (:organization, :mailbox, :deviceId, 'iPhone', 'iPhone12C1', '', '', :time, :time)`,
        { organization, mailbox: mailboxOf(number), deviceId: easId(id), time: "2020-03-02T07:00:00Z" },
      );
    }),
  ),
  eas.map((id) =>
    named(`EAS ${id} syncs mail`, (world) => {
      world.db.run("UPDATE easPartnership SET lastSuccessSync = :time WHERE deviceId = :deviceId", {
        time: "2020-03-02T09:00:00Z",
        deviceId: easId(id),
      });
    }),
  ),
  fc.tuple(user, eas, fc.constantFrom("allowed", "blocked"), fc.boolean()).map(([number, id, list, on]) =>
    named(`an administrator ${on ? "adds" : "takes"} ${number} ${id} ${list}`, (world) => {
      const values = { organization, mailbox: mailboxOf(number), deviceId: easId(id), list };
      world.db.run(
        on
          ? "INSERT OR IGNORE INTO easAccessList VALUES (:organization, :mailbox, :deviceId, :list)"
          : `DELETE FROM easAccessList WHERE organization = :organization AND mailbox = :mailbox
             AND deviceId = :deviceId AND list = :list`,
        values,
      );
    }),
  ),
);

/** Rounds of changes; a sync comes after each. */
const histories = fc.array(fc.array(changes, { maxLength: 4 }), { minLength: 1, maxLength: 5 });

/** Everything that two worlds of equal history must agree on. */
const outcome = (context: TenantContext) => ({
  access: accessOfRecords(context),
  devices: devicesNow(context),
  records: context.db.all("SELECT * FROM easRecord ORDER BY organization, mailbox, deviceId"),
  mails: allMail(context)
    .map(({ recipient, deviceId }) => `${recipient} ${deviceId}`)
    .sort(),
});

/** Plays a history in a new world: a full sync at first (S3), then one of the type after each round. */
function play(spec: WorldSpec, history: Change[][], type: SyncType): { context: TenantContext; id: string } {
  const context = makeWorld(spec);
  const id = addConnector(context);
  syncConnector(context, id, "fullSync");
  for (const round of history) {
    for (const change of round) change(context);
    syncConnector(context, id, type);
  }
  return { context, id };
}

/** The users under a group, by walking it: slow, and written apart from the engine. */
function usersUnder(context: TenantContext, group: string, seen = new Set<string>()): Set<string> {
  if (seen.has(group)) return new Set();
  seen.add(group);
  const members = context.db.all<{ memberId: string; kind: string }>("SELECT * FROM member WHERE groupId = :group", {
    group,
  });
  return new Set(
    members.flatMap(({ memberId, kind }) => (kind === "group" ? [...usersUnder(context, memberId, seen)] : [memberId])),
  );
}

/** Holds each record in scope against decide(), with everything read anew. */
function assertDecided(context: TenantContext): void {
  const policy = readConditionalAccess(context);
  const under = (ids: string[]) => new Set(ids.flatMap((id) => [...usersUnder(context, id)]));
  const included = under(policy.includedGroups);
  const excluded = under(policy.excludedGroups);
  const { defaultAccessLevel } = context.db.get<{ defaultAccessLevel: string }>("SELECT * FROM exchangeOrganization")!;
  const states = { Allow: "Allowed", Block: "Blocked", Quarantine: "Quarantined" } as const;
  const state = states[defaultAccessLevel as keyof typeof states];
  const owners = context.db.all<User>("SELECT * FROM user");
  const known = context.db.all<Device>("SELECT * FROM device");
  for (const [key, seen] of Object.entries(accessOfRecords(context))) {
    const [mailbox, deviceId] = key.split(" ");
    const owner = owners.find((one) => one.userPrincipalName === mailbox);
    const its = known.find((one) => one.easDeviceId === deviceId);
    const verdict = decide({
      policy,
      record: { ruled: { state, reason: "Global" } },
      device: its && {
        enrolled: its.enrolled === 1,
        everEnrolled: its.enrolled === 1 || its.enrolledDateTime !== never,
        complianceState: its.complianceState as ComplianceState,
      },
      user: owner && {
        licensed: owner.licensed === 1,
        included: included.has(owner.id),
        excluded: excluded.has(owner.id),
      },
    });
    if (!verdict) {
      assert.ok(seen.endsWith(" null"), `${key} is out of scope, and is ${seen}`);
      continue;
    }
    const lists = { allowed: "Allowed/Individual", blocked: "Blocked/Individual", none: `${state}/Global` };
    assert.equal(seen, `${verdict.state} ${lists[verdict.list]} ${verdict.reason}`, key);
  }
}

/** A tenant whose process ends at its n-th write to the file; what its open transaction wrote is then not there. */
function cutAt(context: TenantContext, writes: number): TenantContext {
  let left = writes;
  const write = <T>(work: () => T): T => {
    if (left-- === 0) throw new Error("cut");
    return work();
  };
  const db: TenantContext["db"] = {
    ...context.db,
    run: (sql, parameters) => write(() => context.db.run(sql, parameters)),
    runEach: (sql, rows) => {
      for (const row of rows) write(() => context.db.runEach(sql, [row]));
    },
  };
  const addAll: TenantContext["events"]["addAll"] = (events) => {
    for (const event of events) write(() => context.events.add(event));
  };
  return { ...context, db, events: { add: (event) => addAll([event]), addAll } };
}

const runs = { numRuns: 100 };

describe("sync: over generated companies and histories (S4)", () => {
  it("quick syncs give what full syncs would, and what decide() says", () => {
    fc.assert(
      fc.property(worlds, histories, (spec, history) => {
        const quick = play(spec, history, "deltaSync");
        const full = play(spec, history, "fullSync");
        assert.deepEqual(outcome(quick.context), outcome(full.context));
        assertDecided(quick.context);
      }),
      runs,
    );
  });

  it("a second sync without a change writes nothing and mails nobody", () => {
    fc.assert(
      fc.property(worlds, histories, fc.constantFrom<SyncType>("deltaSync", "fullSync"), (spec, history, type) => {
        const { context, id } = play(spec, history, type);
        const before = { outcome: outcome(context), writes: writeCount(context) };
        assert.deepEqual(syncConnector(context, id, "deltaSync"), { records: 0, writes: 0, mails: 0 });
        assert.equal(syncConnector(context, id, "fullSync").writes, 0);
        assert.deepEqual({ outcome: outcome(context), writes: writeCount(context) }, before);
      }),
      runs,
    );
  });

  it("records out of scope keep what Exchange has", () => {
    fc.assert(
      fc.property(worlds, histories, (spec, history) => {
        const { context, id } = play(spec, history, "deltaSync");
        writeConditionalAccess(context, { ...readConditionalAccess(context), enabled: false });
        const lists = () => context.db.all("SELECT * FROM easAccessList ORDER BY mailbox, deviceId, list");
        const before = lists();
        assert.equal(syncConnector(context, id, "fullSync").writes, 0);
        assert.deepEqual(lists(), before);
      }),
      runs,
    );
  });

  it("a sync that is cut anywhere and run again ends the same, without a second mail", () => {
    fc.assert(
      fc.property(
        worlds,
        histories,
        fc.array(changes, { maxLength: 6 }),
        fc.constantFrom<SyncType>("deltaSync", "fullSync"),
        fc.nat({ max: 25 }),
        (spec, history, last, type, writes) => {
          const whole = play(spec, [...history, last], type);
          const { context, id } = play(spec, history, type);
          for (const change of last) change(context);
          try {
            syncConnector(cutAt(context, writes), id, type);
          } catch (error) {
            assert.equal((error as Error).message, "cut");
          }
          syncConnector(context, id, type);
          assert.deepEqual(outcome(context), outcome(whole.context));
        },
      ),
      runs,
    );
  });
});
