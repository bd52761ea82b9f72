/** What devices reported for profiles, put together: rows, counts, alerts (D2). */
import type { TenantContext } from "../context";
import type { Device } from "./devices";
import { alertReasons, type Reason, ruleOf, type Status, statusOf } from "./reasons";
import { targeted } from "./targets";

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

/**
 * The statuses of `:profileId` as a table: a row for each device that has the profile or is to have it, in the order of
 * the devices; those that have not checked in since are pending.
 */
export const statusTable = `(
  SELECT device.rowid, device.id AS deviceId, device.deviceName, device.model, device.platform, device.userId,
    user.displayName AS userDisplayName, user.userPrincipalName,
    ifnull(report.status, '${statusOf("notCheckedIn")}') AS status, ifnull(report.reason, 'notCheckedIn') AS reason,
    ifnull(report.message, 'The device has not checked in since it was assigned.') AS message,
    ifnull(report.lastReportedDateTime, device.lastSyncDateTime) AS lastReportedDateTime
  FROM device LEFT JOIN deviceProfile report ON report.deviceId = device.id AND report.profileId = :profileId
  LEFT JOIN user ON user.id = device.userId
  WHERE report.profileId IS NOT NULL OR ${targeted}
)`;

/** Users with a device in it, in the order of the users. */
export const userTable = `(
  SELECT user.rowid, user.id AS userId, user.displayName AS userDisplayName, user.userPrincipalName FROM user
  WHERE EXISTS (
    SELECT 1 FROM device LEFT JOIN deviceProfile report ON report.deviceId = device.id AND report.profileId = :profileId
    WHERE device.userId = user.id AND (report.profileId IS NOT NULL OR ${targeted})
  )
)`;

export function statusesOf({ db }: TenantContext, profileId: string): StatusRow[] {
  return db.all<StatusRow>(`SELECT * FROM ${statusTable} ORDER BY rowid`, { profileId });
}

/** What a device or, where it is one's id, each device of a user says of a profile. */
export function statusesFor(
  { db }: TenantContext,
  profileId: string,
  of: "deviceId" | "userId",
  id: string,
): StatusRow[] {
  return db.all<StatusRow>(`SELECT * FROM ${statusTable} WHERE ${of} = :id`, { profileId, id });
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

export function countStatuses(rows: readonly { status: Status; reason?: Reason; count?: number }[]): Counts {
  const counts: Counts = {
    pendingCount: 0,
    notApplicableCount: 0,
    notApplicablePlatformCount: 0,
    successCount: 0,
    errorCount: 0,
    failedCount: 0,
    conflictCount: 0,
  };
  for (const { status, reason, count = 1 } of rows) {
    const name = counter[status];
    if (name) counts[name] += count;
    if (reason === "otherPlatform") counts.notApplicablePlatformCount += count;
  }
  return counts;
}

/** What a user's devices say together: the status that most needs attention. */
export const worstFirst: readonly Status[] = [
  "error",
  "conflict",
  "unknown",
  "notAssigned",
  "compliant",
  "notApplicable",
];

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

/** Profiles that are in conflict with each other, and on how many devices they are. */
export interface Conflict {
  profiles: { id: string; displayName: string }[];
  devices: number;
}

/** Profiles that cannot be on a device together, because both make the same account: those of one type that meet there. */
export function conflicts({ db }: TenantContext): Conflict[] {
  const rows = db.all<{ profiles: string; devices: number }>(
    `SELECT profiles, count(*) AS devices FROM (
       SELECT json_group_array(json_object('id', profile.id, 'displayName', profile.displayName) ORDER BY profile.id) AS profiles
       FROM (SELECT DISTINCT deviceId, type FROM deviceProfile JOIN deviceConfiguration ON id = profileId WHERE reason = 'sameAccount') AS met
       JOIN deviceProfile AS other ON other.deviceId = met.deviceId AND other.status IN ('conflict', 'compliant')
       JOIN deviceConfiguration AS profile ON profile.id = other.profileId AND profile.type = met.type
       GROUP BY met.deviceId, met.type
     ) GROUP BY profiles ORDER BY devices DESC, profiles`,
  );
  return rows.map(({ profiles, devices }) => ({ profiles: JSON.parse(profiles) as Conflict["profiles"], devices }));
}
