/** One EAS record: decided, put right in Exchange, and kept, all in one transaction. Settling it twice changes nothing. */
import type { TenantContext } from "../context";
import { type Device, findDevice, findDeviceByEasId, updateDevice } from "../devices/devices";
import { type Access, ruledAccess } from "../exchange/access";
import { never } from "../plant";
import { findUserByAddress, type User } from "../services/directory";
import {
  type AccessReason,
  type AccessState,
  type ComplianceState,
  decide,
  type Situation,
  type Verdict,
} from "./decide";
import { sendQuarantineMail } from "./mail";
import { type EasDevice, type Run, write } from "./run";

/** An EAS record in scope, as the last sync left it. */
export interface EasRecord {
  organization: string;
  mailbox: string;
  deviceId: string;
  managedDeviceId: string | null;
  state: AccessState;
  reason: AccessReason;
  firstSyncTime: string;
  lastSuccessSync: string;
}

export function findEasRecord(
  { db }: TenantContext,
  organization: string,
  mailbox: string,
  deviceId: string,
): EasRecord | undefined {
  return db.get<EasRecord>(
    "SELECT * FROM easRecord WHERE organization = :organization AND mailbox = :mailbox AND deviceId = :deviceId",
    { organization, mailbox, deviceId },
  );
}

/** The situation of a record, from what the tenant and Exchange know. */
function situationOf(run: Run, record: EasDevice, device: Device | undefined, user: User | undefined): Situation {
  return {
    policy: run.conditionalAccess,
    record: {
      ruled: ruledAccess(run.settings, {
        deviceModel: record.DeviceModel,
        deviceType: record.DeviceType,
        deviceOS: record.DeviceOS,
        userAgent: record.DeviceUserAgent,
      }),
    },
    device: device && {
      enrolled: device.enrolled === 1,
      everEnrolled: device.enrolled === 1 || device.enrolledDateTime !== never,
      complianceState: device.complianceState as ComplianceState,
    },
    user: user && { licensed: user.licensed === 1, ...run.targetingOf(user.id) },
  };
}

/** Gives a record the access that it has to have. */
export function settle(run: Run, record: EasDevice): void {
  const { context, connector } = run;
  run.counts.records++;
  const device = findDeviceByEasId(context, record.DeviceId);
  const user = findUserByAddress(context, record.UserMailbox);
  const verdict = decide(situationOf(run, record, device, user));
  const before = findEasRecord(context, connector.exchangeOrganization, record.UserMailbox, record.DeviceId);
  if (!verdict) {
    if (before) forget(context, before);
    return;
  }
  const [statistics] = run.invoke("Get-ActiveSyncDeviceStatistics", { Identity: record.Identity }).objects;
  const after: EasRecord = {
    organization: connector.exchangeOrganization,
    mailbox: record.UserMailbox,
    deviceId: record.DeviceId,
    managedDeviceId: device?.id ?? null,
    state: verdict.state,
    reason: verdict.reason,
    firstSyncTime: record.FirstSyncTime,
    lastSuccessSync: (statistics?.LastSuccessSync as string | undefined) ?? never,
  };
  const lists = listChange(verdict.list, record);
  const kept = before && (Object.keys(after) as (keyof EasRecord)[]).every((name) => after[name] === before[name]);
  if (kept && !lists) return;
  context.db.transaction(() => {
    if (lists) write(run, "Set-CasMailbox", { Identity: record.UserMailbox, ...lists });
    if (!kept) keep(context, before, after);
    if (before?.state !== after.state) tell(run, after, verdict, user);
    if (verdict.state === "quarantined" && verdict.reason === "notEnrolled") sendQuarantineMail(run, after);
  });
}

/** What Set-CasMailbox has to change so that the device is on the list and not on the other; undefined: nothing. */
function listChange(list: Verdict["list"], record: EasDevice): Record<string, unknown> | undefined {
  const now: Access = { state: record.DeviceAccessState, reason: record.DeviceAccessStateReason };
  const on = now.reason !== "Individual" ? "none" : now.state === "Blocked" ? "blocked" : "allowed";
  if (on === list) return undefined;
  const change = (name: Verdict["list"]) =>
    name === list ? { Add: [record.DeviceId] } : { Remove: [record.DeviceId] };
  return { ActiveSyncAllowedDeviceIDs: change("allowed"), ActiveSyncBlockedDeviceIDs: change("blocked") };
}

function keep(context: TenantContext, before: EasRecord | undefined, after: EasRecord): void {
  context.db.run(
    `INSERT OR REPLACE INTO easRecord VALUES
       (:organization, :mailbox, :deviceId, :managedDeviceId, :state, :reason, :firstSyncTime, :lastSuccessSync)`,
    { ...after },
  );
  if (before && before.managedDeviceId !== after.managedDeviceId) showOnDevice(context, before.managedDeviceId);
  showOnDevice(context, after.managedDeviceId);
}

/** The record is out of scope, or gone from Exchange: the tenant says nothing of it any more. */
export function forget(context: TenantContext, { organization, mailbox, deviceId, managedDeviceId }: EasRecord): void {
  context.db.transaction(() => {
    context.db.run(
      "DELETE FROM easRecord WHERE organization = :organization AND mailbox = :mailbox AND deviceId = :deviceId",
      { organization, mailbox, deviceId },
    );
    showOnDevice(context, managedDeviceId);
  });
}

/** The device's Exchange fields, from all of its records: what is worst of several mailboxes is what its user has to know. */
function showOnDevice(context: TenantContext, managedDeviceId: string | null): void {
  if (managedDeviceId === null || !findDevice(context, managedDeviceId)) return;
  const records = context.db.all<EasRecord>(
    `SELECT * FROM easRecord WHERE managedDeviceId = :managedDeviceId
     ORDER BY CASE state WHEN 'blocked' THEN 0 WHEN 'quarantined' THEN 1 ELSE 2 END, organization, mailbox`,
    { managedDeviceId },
  );
  const sorted = (times: string[]) => times.sort((one, other) => Date.parse(one) - Date.parse(other));
  updateDevice(context, managedDeviceId, {
    easActivated: records.length > 0 ? 1 : 0,
    easActivationDateTime: sorted(records.map((record) => record.firstSyncTime))[0] ?? never,
    exchangeLastSuccessfulSyncDateTime: sorted(records.map((record) => record.lastSuccessSync)).at(-1) ?? never,
    exchangeAccessState: records[0]?.state ?? "none",
    exchangeAccessStateReason: records[0]?.reason ?? "none",
  });
}

const changeEvents = {
  allowed: { kind: "accessAllowed", text: "may use" },
  blocked: { kind: "accessBlocked", text: "is blocked from" },
  quarantined: { kind: "deviceQuarantined", text: "is in quarantine for" },
} as const satisfies Record<AccessState, { kind: string; text: string }>;

function tell(run: Run, record: EasRecord, verdict: Verdict, user: User | undefined): void {
  const { kind, text } = changeEvents[verdict.state];
  run.context.events.add({
    kind,
    deviceId: record.managedDeviceId ?? undefined,
    userId: user?.id,
    subjectId: run.connector.id,
    message: `The device ${record.deviceId} ${text} the mailbox ${record.mailbox}: ${verdict.reason}.`,
    detail: { organization: record.organization, mailbox: record.mailbox, deviceId: record.deviceId, ...verdict },
  });
}
