/** A device checks in: it takes what it is now targeted with, gives up what it no longer is, and reports on each profile. */
import { readSetting, type TenantContext } from "../context";
import { durationMs } from "../duration";
import type { MailAccount } from "./account";
import { bringApps, loadMailApps, type MailApp } from "./apps";
import { bringCertificates } from "./bringCertificates";
import { type Certificate, loadCertificates, loadMailServers, type MailServer } from "./certificates";
import { decide, type OnDevice, type Outcome, type UserAccount } from "./decide";
import { type Device, updateDevice } from "./devices";
import { type DeviceProfile, profilesOn, putProfile, removeProfile } from "./profiles";
import { type Reason, statusOf } from "./reasons";
import { isTargeted, loadProfiles, type Profile, placeOf, userOf } from "./targets";

interface Schedule {
  checkIn: string;
}

/** What there is to check in for; no device changes it. */
export interface Offers {
  everyMs: number;
  profiles: Profile[];
  certificates: Certificate[];
  apps: MailApp[];
  servers: ReadonlyMap<string, MailServer>;
  /** Of email profiles and certificates that exist, assigned or not. */
  names: ReadonlyMap<string, string>;
}

/** What the check-ins of a batch have in common. */
interface Batch extends Offers {
  context: TenantContext;
  now: string;
  nowMs: number;
}

export function offersOf(context: TenantContext): Offers {
  const profiles = loadProfiles(context);
  const certificates = loadCertificates(context);
  return {
    everyMs: durationMs(readSetting<Schedule>(context.db, "schedule")!.checkIn)!,
    profiles,
    certificates,
    apps: loadMailApps(context),
    servers: loadMailServers(context),
    names: new Map([...profiles, ...certificates].map(({ id, displayName }) => [id, displayName])),
  };
}

/**
 * Checks in the devices of these ids, or every enrolled one; devices that are not enrolled never do. Returns how many did.
 * @param offers where many check in one after the other, and only devices change meanwhile: read once for all of them
 */
export function checkIn(
  context: TenantContext,
  deviceIds?: readonly string[],
  offers: Offers = offersOf(context),
): number {
  const { db, clock } = context;
  const batch: Batch = { ...offers, context, now: clock.now(), nowMs: clock.nowMs() };
  return db.transaction(() => {
    let count = 0;
    for (const device of deviceIds ? named(context, deviceIds) : everyOne(context)) {
      checkInOne(batch, device);
      count++;
    }
    return count;
  });
}

function* named({ db }: TenantContext, ids: readonly string[]): Generator<Device> {
  for (const id of ids) {
    const device = db.get<Device>("SELECT * FROM device WHERE id = :id AND enrolled = 1", { id });
    if (device) yield device;
  }
}

/** Devices that are in memory at once: a large fleet never is as a whole. */
const stretch = 1000;

function* everyOne({ db }: TenantContext): Generator<Device> {
  for (let after = 0; ; ) {
    const some = db.all<Device & { number: number }>(
      "SELECT rowid AS number, * FROM device WHERE enrolled = 1 AND rowid > :after ORDER BY rowid LIMIT :stretch",
      { after, stretch },
    );
    if (some.length === 0) return;
    yield* some;
    after = some.at(-1)!.number;
  }
}

function checkInOne(batch: Batch, device: Device): void {
  const { context, now } = batch;
  const before = new Map(profilesOn(context, device.id).map((row) => [row.profileId, row]));
  for (const row of before.values()) {
    if (batch.names.has(row.profileId)) continue;
    takeOff(batch, device, row, "it was deleted (D4)");
    before.delete(row.profileId);
  }
  const user = userOf(context, device);
  const place = placeOf(context, device, user);
  for (const { kind, message } of bringApps(context, batch.apps, device, place)) note(batch, device, kind, message);
  const nameOf = (id: string) => batch.names.get(id) ?? id;
  const certificates = bringCertificates(batch.certificates, before, {
    context,
    device,
    place,
    now,
    nameOf,
    note: (kind, message, id) => note(batch, device, kind, message, id),
  });
  for (const { id } of batch.certificates) before.delete(id);
  const targeted = batch.profiles.filter(({ assignments }) => isTargeted(assignments, place));
  const trust = { certificates, servers: batch.servers, nameOf };
  const start = { device, user, ...belongings(context, device.id), claims: new Map(), trust };
  const outcomes = arrivals(targeted, before, start);
  for (const profile of targeted) report(batch, device, profile, outcomes.get(profile)!, before.get(profile.id));
  giveUp(batch, device, before, outcomes);

  const blocked = [...outcomes.values()].some(({ reason }) => reason === "duplicateAccount");
  const complianceState = blocked ? "noncompliant" : device.policyComplianceState;
  if (complianceState !== device.complianceState) {
    const why = blocked ? "because of a mail account that its user made (E9)" : "as its policies say";
    note(batch, device, "complianceChanged", `${device.deviceName} is ${complianceState}, ${why}.`, undefined, {
      complianceState,
    });
  }
  context.db.run("UPDATE deviceProfile SET lastReportedDateTime = :now WHERE deviceId = :id", { now, id: device.id });
  // One that was asked for does not move the device's own rhythm.
  const nextCheckInMs = device.nextCheckInMs > batch.nowMs ? device.nextCheckInMs : batch.nowMs + batch.everyMs;
  updateDevice(context, device.id, { lastSyncDateTime: now, nextCheckInMs, complianceState });
}

function belongings({ db }: TenantContext, id: string): { apps: Set<string>; accounts: UserAccount[] } {
  const apps = db.all<{ app: string }>("SELECT app FROM deviceApp WHERE deviceId = :id", { id });
  const accounts = db.all<UserAccount>("SELECT hostName, emailAddress FROM userAccount WHERE deviceId = :id", { id });
  return { apps: new Set(apps.map(({ app }) => app)), accounts };
}

/** Decides the targeted profiles in the order of their making, each on what the ones before it left. */
function arrivals(
  targeted: readonly Profile[],
  before: ReadonlyMap<string, DeviceProfile>,
  start: OnDevice,
): Map<Profile, Outcome> {
  const outcomes = new Map<Profile, Outcome>();
  const claims = new Map<string, Profile>();
  let accounts = start.accounts;
  for (const profile of targeted) {
    const outcome = decide(profile, before.get(profile.id), { ...start, accounts, claims });
    outcomes.set(profile, outcome);
    if (outcome.installed) claims.set(profile.type.key(outcome.installed.account), profile);
    if (outcome.displaces) outcomes.set(outcome.displaces, { reason: "sameAccount", message: outcome.message });
    accounts = accounts.filter((account) => !outcome.overwrites?.includes(account));
  }
  return outcomes;
}

/** What is recorded when a profile's report on a device changes; the rest is no news to anyone. */
const news: Partial<Record<Reason, string>> = {
  approvalPending: "approvalAsked",
  appMissing: "appMissing",
  duplicateAccount: "accountBlocked",
  sameAccount: "profilesOverlap",
  userMissing: "profileFailed",
  addressMissing: "profileFailed",
  serverCertificateMissing: "connectionFailed",
  identityCertificateMissing: "connectionFailed",
  chainNotTrusted: "connectionFailed",
};

function report(
  batch: Batch,
  device: Device,
  profile: Profile,
  outcome: Outcome,
  row: DeviceProfile | undefined,
): void {
  const { context } = batch;
  const account = outcome.installed ? JSON.stringify(outcome.installed.account) : null;
  const changed = row?.reason !== outcome.reason || row.message !== outcome.message;
  const kind = news[outcome.reason];
  if (changed && kind) note(batch, device, kind, outcome.message, profile.id);
  if (changed && outcome.reason === "duplicateAccount") {
    note(
      batch,
      device,
      "portalMessage",
      "Your device is not compliant: remove the mail account that you set up yourself, then check in.",
      profile.id,
    );
  }
  overwrite(batch, device, profile, outcome);
  if (account !== (row?.account ?? null)) accountChanged(batch, device, profile, outcome, row);
  if (!changed && account === row.account && outcome.installed?.version === (row.installedVersion ?? undefined)) return;
  putProfile(context, {
    deviceId: device.id,
    profileId: profile.id,
    status: statusOf(outcome.reason),
    reason: outcome.reason,
    message: outcome.message,
    lastReportedDateTime: batch.now,
    installedVersion: outcome.installed?.version ?? null,
    account,
    approvedVersion: row?.approvedVersion ?? null,
  });
}

function overwrite(
  batch: Batch,
  device: Device,
  profile: Profile,
  { overwrites = [], displaces, message }: Outcome,
): void {
  for (const { hostName, emailAddress } of overwrites) {
    batch.context.db.run(
      "DELETE FROM userAccount WHERE deviceId = :deviceId AND hostName = :hostName AND emailAddress = :emailAddress",
      { deviceId: device.id, hostName, emailAddress },
    );
    const text = `${profile.displayName} overwrote the account ${emailAddress} on ${hostName} that the user had made.`;
    note(batch, device, "accountOverwritten", text, profile.id, { hostName, emailAddress });
  }
  if (displaces) note(batch, device, "accountOverwritten", message, profile.id, { displacedProfileId: displaces.id });
}

const byCertificate = ({ settings }: MailAccount) => settings.authenticationMethod === "certificate";

function accountChanged(
  batch: Batch,
  device: Device,
  profile: Profile,
  outcome: Outcome,
  row: DeviceProfile | undefined,
): void {
  const old = row?.installedVersion != null;
  if (!outcome.installed) {
    if (old) note(batch, device, "profileRemoved", `${profile.displayName} is no longer on the device.`, profile.id);
    return;
  }
  const { emailAddress, hostName } = outcome.installed.account;
  const text = `${profile.displayName} ${old ? "was changed" : "was installed"} for ${emailAddress} on ${hostName}.`;
  note(batch, device, old ? "profileUpdated" : "profileInstalled", text, profile.id);
  const hadPassword = row?.account != null && !byCertificate(JSON.parse(row.account) as MailAccount);
  if (!hadPassword && !byCertificate(outcome.installed.account)) {
    note(batch, device, "passwordAsked", `The device asks for the password of ${emailAddress}.`, profile.id);
  }
}

/** Profiles that no longer target the device go; the only email profile on it cannot be taken off this way (D3). */
function giveUp(
  batch: Batch,
  device: Device,
  before: ReadonlyMap<string, DeviceProfile>,
  outcomes: ReadonlyMap<Profile, Outcome>,
): void {
  const kept = new Set([...outcomes.keys()].map(({ id }) => id));
  const leaving = [...before.values()].filter((row) => !kept.has(row.profileId));
  let left = [
    ...outcomes.values(),
    ...leaving.filter((row) => row.installedVersion !== null).map(() => ({ installed: true })),
  ].filter(({ installed }) => installed !== undefined).length;
  for (const row of leaving) {
    const name = batch.names.get(row.profileId)!;
    if (row.installedVersion === null) removeProfile(batch.context, device.id, row.profileId);
    else if (left > 1) {
      takeOff(batch, device, row, "no group of the device or its user is assigned to it any more");
      left--;
    } else if (row.reason !== "retained") {
      const message = `${name} stays, because it is the only email profile on the device (D3).`;
      note(batch, device, "profileRetained", message, row.profileId);
      putProfile(batch.context, { ...row, status: statusOf("retained"), reason: "retained", message });
    }
  }
}

function takeOff(batch: Batch, device: Device, row: DeviceProfile, why: string): void {
  removeProfile(batch.context, device.id, row.profileId);
  if (row.installedVersion === null) return;
  // Of what was deleted, this alone still tells: email profiles have an account on the device, certificates none.
  const [what, kind] =
    row.account === null ? ["A certificate", "certificateRemoved"] : ["An email profile", "profileRemoved"];
  const name = batch.names.get(row.profileId) ?? what;
  note(batch, device, kind!, `${name} was taken off the device: ${why}.`, row.profileId);
}

function note(
  batch: Batch,
  device: Device,
  kind: string,
  message: string,
  subjectId?: string,
  detail?: Record<string, unknown>,
): void {
  const { id: deviceId, userId } = device;
  batch.context.events.add({ kind, deviceId, userId: userId ?? undefined, subjectId, message, detail });
}
