/** What the tenant keeps of EAS records in scope, and what it shows of them on its devices. */
import type { TenantContext } from "../context";
import { never } from "../plant";
import type { AccessReason, AccessState } from "./decide";

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

/** What names an EAS record within an organization. */
export type RecordKey = Pick<EasRecord, "mailbox" | "deviceId">;

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

/** Keeps records as they are now. */
export function keepRecords({ db }: TenantContext, records: readonly EasRecord[]): void {
  db.runEach(
    `INSERT INTO easRecord (organization, mailbox, deviceId, managedDeviceId, state, reason, firstSyncTime, lastSuccessSync)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET managedDeviceId = excluded.managedDeviceId,
       state = excluded.state, reason = excluded.reason, firstSyncTime = excluded.firstSyncTime,
       lastSuccessSync = excluded.lastSuccessSync`,
    records.map((record) => [
      record.organization,
      record.mailbox,
      record.deviceId,
      record.managedDeviceId,
      record.state,
      record.reason,
      record.firstSyncTime,
      record.lastSuccessSync,
    ]),
  );
}

/** Records are out of scope, or gone from Exchange: the tenant says nothing of them any more. */
export function forgetRecords({ db }: TenantContext, organization: string, records: readonly RecordKey[]): void {
  db.runEach(
    "DELETE FROM easRecord WHERE organization = ? AND mailbox = ? AND deviceId = ?",
    records.map(({ mailbox, deviceId }) => [organization, mailbox, deviceId]),
  );
}

/** The same, and what their devices show. */
export function forgetShown(context: TenantContext, organization: string, records: readonly EasRecord[]): void {
  forgetRecords(context, organization, records);
  showOnDevices(context, [...new Set(records.flatMap(({ managedDeviceId }) => managedDeviceId ?? []))]);
}

/** Records that are kept and have a key between two others; Exchange gave all that it has between them. */
export function keptBetween(
  { db }: TenantContext,
  organization: string,
  after: RecordKey | null,
  upTo: RecordKey | null,
): EasRecord[] {
  const low = after ? "AND (mailbox, deviceId) > (:afterMailbox, :afterDevice)" : "";
  const high = upTo ? "AND (mailbox, deviceId) <= (:toMailbox, :toDevice)" : "";
  return db.all<EasRecord>(`SELECT * FROM easRecord WHERE organization = :organization ${low} ${high}`, {
    organization,
    ...(after && { afterMailbox: after.mailbox, afterDevice: after.deviceId }),
    ...(upTo && { toMailbox: upTo.mailbox, toDevice: upTo.deviceId }),
  });
}

interface Shown {
  easActivated: 0 | 1;
  easActivationDateTime: string;
  exchangeLastSuccessfulSyncDateTime: string;
  exchangeAccessState: string;
  exchangeAccessStateReason: string;
}

const nothing: Shown = {
  easActivated: 0,
  easActivationDateTime: never,
  exchangeLastSuccessfulSyncDateTime: never,
  exchangeAccessState: "none",
  exchangeAccessStateReason: "none",
};

/** Worst first: what is worst of several mailboxes is what a device's user has to know. */
const order = { blocked: 0, quarantined: 1, allowed: 2 } as const satisfies Record<AccessState, number>;

/** The devices' Exchange fields, each from all of its records. */
export function showOnDevices({ db }: TenantContext, deviceIds: readonly string[]): void {
  if (deviceIds.length === 0) return;
  const rows = db.all<EasRecord & { id: string }>(
    `SELECT key.value AS id, easRecord.* FROM json_each(:ids) AS key
     LEFT JOIN easRecord ON managedDeviceId = key.value ORDER BY key.key, organization, mailbox`,
    { ids: JSON.stringify(deviceIds) },
  );
  const recordsOf = new Map<string, EasRecord[]>();
  for (const { id, ...record } of rows) {
    const records = recordsOf.get(id) ?? [];
    if (record.state !== null) records.push(record);
    recordsOf.set(id, records);
  }
  db.runEach(
    `UPDATE device SET easActivated = ?, easActivationDateTime = ?, exchangeLastSuccessfulSyncDateTime = ?,
       exchangeAccessState = ?, exchangeAccessStateReason = ? WHERE id = ?`,
    [...recordsOf].map(([id, records]) => {
      const shown = shownOf(records);
      return [
        shown.easActivated,
        shown.easActivationDateTime,
        shown.exchangeLastSuccessfulSyncDateTime,
        shown.exchangeAccessState,
        shown.exchangeAccessStateReason,
        id,
      ];
    }),
  );
}

function shownOf(records: readonly EasRecord[]): Shown {
  const [first, ...others] = records;
  if (!first) return nothing;
  const shown = { worst: first, firstSync: first.firstSyncTime, lastSync: first.lastSuccessSync };
  for (const record of others) {
    if (order[record.state] < order[shown.worst.state]) shown.worst = record;
    if (Date.parse(record.firstSyncTime) < Date.parse(shown.firstSync)) shown.firstSync = record.firstSyncTime;
    if (Date.parse(record.lastSuccessSync) > Date.parse(shown.lastSync)) shown.lastSync = record.lastSuccessSync;
  }
  return {
    easActivated: 1,
    easActivationDateTime: shown.firstSync,
    exchangeLastSuccessfulSyncDateTime: shown.lastSync,
    exchangeAccessState: shown.worst.state,
    exchangeAccessStateReason: shown.worst.reason,
  };
}
