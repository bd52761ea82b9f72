/** What devices reported for profiles, put together: rows, counts, alerts (D2). */
import type { TenantContext } from "../context";
import type { Device } from "./devices";
import { alertReasons, type Reason, ruleOf, type Status, statusOf } from "./reasons";
import { devicesTargetedBy } from "./targets";

export interface StatusRow {
  deviceId: string;
  deviceName: string;
  model: string;
  platform: Device["platform"];
  userId: string | null;
  userDisplayName: string | null;
  userPrincipalName: string | null;
  status: Status;
  reason: Reason;
  message: string;
  lastReportedDateTime: string;
}

const columns = `device.id AS deviceId, deviceName, model, platform, userId, user.displayName AS userDisplayName, userPrincipalName`;

/** One row for each device that has the profile or is to have it; those that have not checked in since are pending. */
export function statusesOf(context: TenantContext, profileId: string): StatusRow[] {
  const reported = context.db.all<StatusRow>(
    `SELECT ${columns}, status, reason, message, lastReportedDateTime FROM deviceProfile
     JOIN device ON device.id = deviceId LEFT JOIN user ON user.id = userId
     WHERE profileId = :profileId ORDER BY device.rowid`,
    { profileId },
  );
  const known = new Set(reported.map((row) => row.deviceId));
  const waiting = [...devicesTargetedBy(context, profileId)].filter((id) => !known.has(id));
  const pending = context.db.all<StatusRow>(
    `SELECT ${columns}, '${statusOf("notCheckedIn")}' AS status, 'notCheckedIn' AS reason,
       'The device has not checked in since it was assigned.' AS message, lastSyncDateTime AS lastReportedDateTime
     FROM device LEFT JOIN user ON user.id = userId WHERE device.id IN (SELECT value FROM json_each(:waiting)) ORDER BY device.rowid`,
    { waiting: JSON.stringify(waiting) },
  );
  return [...reported, ...pending];
}

export interface Counts {
  pendingCount: number;
  notApplicableCount: number;
  notApplicablePlatformCount: number;
  successCount: number;
  errorCount: number;
  failedCount: number;
  conflictCount: number;
}

/** Which of Graph's counters a status is counted in; a retained profile is in none. */
const counter: Record<Status, keyof Counts | undefined> = {
  unknown: "pendingCount",
  notApplicable: "notApplicableCount",
  compliant: "successCount",
  error: "errorCount",
  conflict: "conflictCount",
  notAssigned: undefined,
};

export function countStatuses(rows: readonly { status: Status; reason?: Reason }[]): Counts {
  const counts: Counts = {
    pendingCount: 0,
    notApplicableCount: 0,
    notApplicablePlatformCount: 0,
    successCount: 0,
    errorCount: 0,
    failedCount: 0,
    conflictCount: 0,
  };
  for (const { status, reason } of rows) {
    const name = counter[status];
    if (name) counts[name]++;
    if (reason === "otherPlatform") counts.notApplicablePlatformCount++;
  }
  return counts;
}

/** What a user's devices say together: the status that most needs attention. */
const worstFirst: readonly Status[] = ["error", "conflict", "unknown", "notAssigned", "compliant", "notApplicable"];

export interface UserStatus {
  userId: string;
  userDisplayName: string | null;
  userPrincipalName: string | null;
  devicesCount: number;
  status: Status;
  lastReportedDateTime: string;
}

export function userStatuses(rows: readonly StatusRow[]): UserStatus[] {
  const users = new Map<string, UserStatus>();
  for (const { userId, userDisplayName, userPrincipalName, status, lastReportedDateTime } of rows) {
    if (userId === null) continue;
    const known = users.get(userId);
    if (!known) {
      users.set(userId, { userId, userDisplayName, userPrincipalName, devicesCount: 1, status, lastReportedDateTime });
      continue;
    }
    known.devicesCount++;
    if (worstFirst.indexOf(status) < worstFirst.indexOf(known.status)) known.status = status;
    if (lastReportedDateTime > known.lastReportedDateTime) known.lastReportedDateTime = lastReportedDateTime;
  }
  return [...users.values()];
}

export interface Alert {
  kind: Reason;
  /** The rule that it is about: `E9`. */
  rule: string;
  profileId: string;
  profileName: string | null;
  deviceId: string;
  deviceName: string;
  userPrincipalName: string | null;
  message: string;
}

/** What needs someone's attention, over all profiles or on one (D2). */
export function alerts({ db }: TenantContext, profileId?: string): Alert[] {
  const rows = db.all<Omit<Alert, "rule">>(
    `SELECT reason AS kind, profileId, deviceConfiguration.displayName AS profileName, deviceId, deviceName, userPrincipalName, message
     FROM deviceProfile JOIN device ON device.id = deviceId LEFT JOIN user ON user.id = userId
     LEFT JOIN deviceConfiguration ON deviceConfiguration.id = profileId
     WHERE reason IN (${alertReasons.map((reason) => `'${reason}'`).join(", ")}) AND (:profileId IS NULL OR profileId = :profileId)
     ORDER BY deviceName, profileName`,
    { profileId: profileId ?? null },
  );
  return rows.map(({ kind, ...row }) => ({ kind, rule: ruleOf(kind)!, ...row }));
}
