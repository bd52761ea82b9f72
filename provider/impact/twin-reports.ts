/**
 * What devices reported, told apart by the tenant's own check-in. Graph says `error`, not why: so the devices of the twin
 * check in once, and where that comes to the status that Graph tells, its reason is taken over. Everything else about
 * the devices is put back as it was.
 */
import { type MailAccount, makeAccount } from "../tenant/devices/account";
import { checkIn } from "../tenant/devices/checkIn";
import type { Device } from "../tenant/devices/devices";
import { notApplicable } from "../tenant/devices/profileTypes";
import { type Reason, statusOf } from "../tenant/devices/reasons";
import { loadProfiles, type Profile } from "../tenant/devices/targets";
import { inBulk } from "../tenant/plantCompany";
import type { User } from "../tenant/services/directory";
import { devicesIn } from "./report/words";
import { finder, type ReadState, type ReadStatus } from "./twin-read";
import { inOrder, type Writing } from "./twin-write";

/** What a device is taken to have, before it is explained. */
interface Taken {
  reason: Reason;
  /** Of the configuration that is on the device; null: none is. */
  installedVersion: number | null;
  account?: MailAccount | undefined;
  /** It is the user's own account that keeps the profile out (E9). */
  blockedBy?: MailAccount;
  /** The mail app that has to be there for it. */
  app?: string | undefined;
}

interface Reported {
  status: ReadStatus["status"];
  state: ReadState | undefined;
  device: Device;
  user: User | undefined;
  /** Undefined: it is a certificate. */
  profile: Profile | undefined;
  version: number;
}

/** Every word of Graph's complianceStatus, and what it means of a device; undefined: it has not reported. */
const meanings: Record<string, (reported: Reported) => Taken | undefined> = {
  compliant: onDevice("installed"),
  remediated: onDevice("installed"),
  notAssigned: onDevice("retained"),
  unknown: pending,
  notApplicable: ({ profile, device }) => ({
    reason: (profile && notApplicable(profile.type, device)?.reason) ?? (profile ? "belowMinimum" : "otherPlatform"),
    installedVersion: null,
  }),
  error: failed,
  nonCompliant: failed,
  conflict: (reported) =>
    reported.profile?.type.duplicate === "overwrittenEachTime"
      ? onDevice("sameAccount")(reported)
      : { reason: "sameAccount", installedVersion: null },
};

function accountOf({ profile, user }: Reported): MailAccount | undefined {
  const account = profile && user ? makeAccount(profile.properties, user) : undefined;
  return account && "missing" in account ? undefined : account;
}

function onDevice(reason: Reason): (reported: Reported) => Taken {
  return (reported) => ({
    reason,
    installedVersion: reported.state?.version ?? reported.version,
    account: accountNow(reported),
    app: reported.profile?.type.app?.id,
  });
}

/** The account on the device. What an older version said is not known; that it is another, the user will be asked (E8). */
function accountNow(reported: Reported): MailAccount | undefined {
  const account = accountOf(reported);
  return account && isOlder(reported) ? { ...account, settings: {} } : account;
}

const isOlder = ({ state, version }: Reported): boolean => state !== undefined && state.version < version;

/** It waits for its user, or for an app; where the device itself says nothing of it, it has not checked in since. */
function pending(reported: Reported): Taken | undefined {
  const { state, profile } = reported;
  if (!state || !profile) return undefined;
  if (isOlder(reported) && accountOf(reported)) return onDevice("approvalPending")(reported);
  return profile.type.app ? { reason: "appMissing", installedVersion: null } : undefined;
}

function failed(reported: Reported): Taken {
  const { profile, user, version } = reported;
  if (!profile) return { reason: "rootCertificateMissing", installedVersion: null };
  if (!user) return { reason: "userMissing", installedVersion: null };
  const account = accountOf(reported);
  if (!account) return { reason: "addressMissing", installedVersion: null };
  if (profile.identityId !== undefined)
    return { reason: "identityCertificateMissing", installedVersion: version, account };
  if (profile.type.duplicate !== "blocks") return { reason: "addressMissing", installedVersion: null };
  return { reason: "duplicateAccount", installedVersion: null, blockedBy: account };
}

/** Writes what devices reported, and what it tells of their apps and of their users' own accounts. */
export function writeReports(writing: Writing): void {
  const { context, assumptions, assume } = writing;
  const { db } = context;
  const rows = readReports(writing);
  inBulk(db, ["deviceProfile"], () => {
    db.runEach(
      "INSERT OR IGNORE INTO deviceProfile VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
      rows.map(({ row }) => row),
    );
  });
  const blocked = rows.filter(({ taken }) => taken.blockedBy);
  db.runEach(
    "INSERT OR IGNORE INTO userAccount VALUES (?, ?, ?)",
    blocked.map(({ device, taken }) => [device.id, taken.blockedBy!.hostName, taken.blockedBy!.emailAddress]),
  );
  db.runEach(
    "UPDATE device SET policyComplianceState = 'compliant' WHERE id = ? AND complianceState = 'noncompliant'",
    blocked.map(({ device }) => [device.id]),
  );
  db.runEach(
    "INSERT OR IGNORE INTO deviceApp VALUES (?, ?)",
    rows.flatMap(({ device, taken }) => (taken.app ? [[device.id, taken.app] as const] : [])),
  );
  // What Graph knows of no version, a profile that does not apply still tells: KNOX is too old, or not there (E1).
  db.runEach(
    "UPDATE device SET knoxVersion = NULL WHERE id = ? AND platform = 'samsungKnox'",
    rows.flatMap(({ device, taken }) => (taken.reason === "belowMinimum" ? [[device.id] as const] : [])),
  );
  writeAssumed(writing);
  const number = blocked.length;
  assume(
    number,
    `An account of the user's own is why a device reports an error (E9), and all that its compliance lacks: ${devicesIn(number)}.`,
  );
  assume(1, "People have made no other mail accounts on their devices (E9).");
  const older = rows.filter(({ isOld }) => isOld).length;
  assume(older, `What an earlier version of a profile said is not known (E8): ${devicesIn(older)} with one.`);
  const androids = db.get<{ count: number }>("SELECT count(*) AS count FROM device WHERE platform = 'androidForWork'")!;
  assume(androids.count, "Gmail and Nine Work are where a profile for them is, and on no other device (E10).");
  assume(
    assumptions.mailServers.length === 0 ? 1 : 0,
    "Mail servers trust all certificates that are deployed (E11, E12).",
  );
  if (rows.length > 0) explain(writing);
}

/** What is said of single devices has the last word. */
function writeAssumed({ context: { db }, assumptions }: Writing): void {
  for (const { deviceName, knoxVersion, apps, accounts } of assumptions.devices) {
    const device = db.get<{ id: string }>("SELECT id FROM device WHERE deviceName = :deviceName", { deviceName });
    if (!device) continue;
    if (knoxVersion) db.run("UPDATE device SET knoxVersion = :knoxVersion WHERE id = :id", { ...device, knoxVersion });
    if (apps) {
      db.run("DELETE FROM deviceApp WHERE deviceId = :id", { id: device.id });
      db.runEach(
        "INSERT OR IGNORE INTO deviceApp VALUES (?, ?)",
        apps.map((app) => [device.id, app]),
      );
    }
    if (!accounts) continue;
    db.run("DELETE FROM userAccount WHERE deviceId = :id", { id: device.id });
    db.runEach(
      "INSERT OR IGNORE INTO userAccount VALUES (?, ?, ?)",
      accounts.map(({ host, emailAddress }) => [device.id, host, emailAddress]),
    );
  }
}

interface Report {
  device: Device;
  taken: Taken;
  /** An older version of the profile is on the device. */
  isOld: boolean;
  row: (string | number | null)[];
}

function readReports({ context, read }: Writing): Report[] {
  const { db } = context;
  const devices = new Map(db.all<Device>("SELECT * FROM device").map((device) => [device.id, device]));
  const users = new Map(db.all<User>("SELECT * FROM user").map((user) => [user.id, user]));
  const profiles = new Map(loadProfiles(context).map((profile) => [profile.id, profile]));
  const states = new Map(read.states.map((state) => [`${state.deviceId} ${state.configurationId}`, state]));
  const find = finder(read.devices);
  const overwriting = new Map<string, Report>();
  return inOrder(read).flatMap(({ entity, statuses }) =>
    statuses.flatMap((status): Report[] => {
      const device = devices.get(find(status)?.id ?? "");
      if (!device) return [];
      const profile = profiles.get(entity.id);
      const reported: Reported = {
        status: status.status,
        state: states.get(`${device.id} ${entity.id}`),
        device,
        user: users.get(device.userId ?? ""),
        profile,
        version: Number(entity.version) || 1,
      };
      const taken = meanings[status.status]?.(reported);
      if (!taken) return [];
      const isOld = taken.installedVersion !== null && isOlder(reported);
      const report = { device, taken, isOld, row: rowOf(device.id, entity.id, status, taken) };
      if (taken.reason === "sameAccount" && taken.installedVersion !== null) {
        // The later one took the place of the earlier (E9).
        overwriting.get(device.id)?.row.splice(6, 2, null, null);
        overwriting.set(device.id, report);
      }
      return [report];
    }),
  );
}

const rowOf = (deviceId: string, profileId: string, status: ReadStatus, taken: Taken): Report["row"] => [
  ...[deviceId, profileId, statusOf(taken.reason), taken.reason, "The device reported so."],
  ...[status.lastReportedDateTime, taken.installedVersion, taken.account ? JSON.stringify(taken.account) : null],
];

/** Has the devices check in, and keeps of it what explains their reports. */
function explain({ context, assume }: Writing): void {
  const { db } = context;
  db.script(`
    CREATE TEMP TABLE told AS SELECT * FROM deviceProfile;
    CREATE UNIQUE INDEX temp.toldByKey ON told (deviceId, profileId);
    CREATE TEMP TABLE toldDevice AS SELECT id, lastSyncDateTime, nextCheckInMs, complianceState FROM device;
    CREATE UNIQUE INDEX temp.toldDeviceById ON toldDevice (id);
    CREATE TEMP TABLE toldApp AS SELECT * FROM deviceApp;
    CREATE TEMP TABLE toldAccount AS SELECT * FROM userAccount;
  `);
  checkIn(context);
  db.script(`
    DELETE FROM deviceProfile WHERE NOT EXISTS (
      SELECT 1 FROM told WHERE told.deviceId = deviceProfile.deviceId AND told.profileId = deviceProfile.profileId
        AND told.status = deviceProfile.status AND told.installedVersion IS deviceProfile.installedVersion);
  `);
  // A report on an older version needs no explanation: the device has not checked in since.
  const left = db.get<{ count: number }>(
    `SELECT count(*) AS count FROM told JOIN deviceConfiguration ON id = profileId
     WHERE ifnull(installedVersion, version) = version AND NOT EXISTS (
       SELECT 1 FROM deviceProfile WHERE deviceProfile.deviceId = told.deviceId AND deviceProfile.profileId = told.profileId)`,
  )!;
  db.script(`
    INSERT OR IGNORE INTO deviceProfile SELECT * FROM told;
    UPDATE deviceProfile SET lastReportedDateTime = told.lastReportedDateTime FROM told
      WHERE told.deviceId = deviceProfile.deviceId AND told.profileId = deviceProfile.profileId;
    UPDATE device SET lastSyncDateTime = toldDevice.lastSyncDateTime, nextCheckInMs = toldDevice.nextCheckInMs,
      complianceState = toldDevice.complianceState FROM toldDevice WHERE toldDevice.id = device.id;
    DELETE FROM deviceApp; INSERT INTO deviceApp SELECT * FROM toldApp;
    DELETE FROM userAccount; INSERT INTO userAccount SELECT * FROM toldAccount;
    DROP TABLE told; DROP TABLE toldDevice; DROP TABLE toldApp; DROP TABLE toldAccount;
    DELETE FROM event; DELETE FROM sqlite_sequence WHERE name = 'event';
  `);
  assume(
    left.count,
    `Reports of devices that nothing known explains are as they were reported: ${left.count} of them.`,
  );
}
