/** Puts what a seed says into an empty tenant. */
import { type TenantContext, writeSetting } from "./context";
import { durationMs } from "./duration";
import { plantExchange } from "./exchange/seed";
import { type Seed, seedId } from "./seed";
import { addMember, type MemberKind } from "./services/directory";

/** Fills a tenant that has tables and no rows; call it inside a transaction. */
export function plantSeed(context: TenantContext, seed: Seed): void {
  writeSetting(context.db, "seed", seed);
  writeSetting(context.db, "tenant", seed.tenant);
  writeSetting(context.db, "schedule", seed.schedule);
  writeSetting(context.db, "random", seed.random);
  writeSetting(context.db, "mailServers", seed.mailServers);
  writeSetting(context.db, "idCount", 0);
  context.clock.set(Date.parse(seed.clock));
  plantApplications(context, seed);
  plantUsers(context, seed);
  plantDevices(context, seed);
  plantGroups(context, seed);
  plantApps(context, seed);
  plantExchange(context, seed.exchangeOrganizations);
}

/** Takes every row out, sequence numbers included: the tenant is as new, without a seed. */
export function emptyTenant({ db }: TenantContext): void {
  const tables = db.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence')",
  );
  db.script("PRAGMA defer_foreign_keys = ON");
  for (const { name } of tables) db.run(`DELETE FROM "${name}"`);
}

function plantApplications({ db }: TenantContext, seed: Seed): void {
  for (const { appId, secretSha256, scopes } of seed.applications) {
    db.run("INSERT INTO application VALUES (:appId, :secretSha256, :scopes)", {
      appId: appId.toLowerCase(),
      secretSha256,
      scopes: JSON.stringify(scopes),
    });
  }
}

/** Also for a file of an older form, which has none. */
export function plantApps({ db, clock }: TenantContext, seed: Seed): void {
  for (const { displayName, packageId, publisher, type } of seed.apps) {
    db.run("INSERT INTO mobileApp VALUES (:id, :type, :displayName, :publisher, :packageId, :now)", {
      id: seedId(seed, "app", packageId),
      type,
      displayName,
      publisher: publisher ?? null,
      packageId,
      now: clock.now(),
    });
  }
}

function plantUsers({ db }: TenantContext, seed: Seed): void {
  for (const user of seed.users) {
    db.run(
      `INSERT INTO user (id, userPrincipalName, displayName, mail, onPremisesSamAccountName, onPremisesDomainName, licensed)
       VALUES (:id, :userPrincipalName, :displayName, :mail, :samAccountName, :domain, :licensed)`,
      {
        id: seedId(seed, "user", user.userPrincipalName),
        userPrincipalName: user.userPrincipalName,
        displayName: user.displayName,
        mail: user.mail ?? null,
        samAccountName: user.samAccountName ?? null,
        domain: user.samAccountName ? seed.tenant.domain : null,
        licensed: user.licensed ? 1 : 0,
      },
    );
  }
}

function plantDevices(context: TenantContext, seed: Seed): void {
  const { db, clock } = context;
  const now = clock.now();
  const startMs = clock.nowMs();
  const everyMs = durationMs(seed.schedule.checkIn)!;
  for (const device of seed.devices) {
    const id = seedId(seed, "device", device.deviceName);
    db.run(
      `INSERT INTO device (id, directoryId, deviceName, userId, platform, osVersion, knoxVersion, model, manufacturer,
         enrolled, enrolledDateTime, policyComplianceState, complianceState, lastSyncDateTime, nextCheckInMs, easDeviceId)
       VALUES (:id, :directoryId, :deviceName, :userId, :platform, :osVersion, :knoxVersion, :model, :manufacturer,
         :enrolled, :now, :compliance, :compliance, :lastSync, :nextCheckInMs, :easDeviceId)`,
      {
        id,
        directoryId: seedId(seed, "directoryDevice", device.deviceName),
        deviceName: device.deviceName,
        userId: device.user ? seedId(seed, "user", device.user) : null,
        platform: device.platform,
        osVersion: device.osVersion,
        knoxVersion: device.knoxVersion ?? null,
        model: device.model,
        manufacturer: device.manufacturer,
        enrolled: device.enrolled ? 1 : 0,
        now: device.enrolled ? now : never,
        compliance: device.enrolled ? device.complianceState : "unknown",
        lastSync: never,
        nextCheckInMs: startMs + firstCheckIn(id, everyMs),
        easDeviceId: device.easDeviceId ?? null,
      },
    );
    for (const app of device.apps) db.run("INSERT OR IGNORE INTO deviceApp VALUES (:id, :app)", { id, app });
    for (const { host, emailAddress } of device.accounts) {
      db.run("INSERT OR IGNORE INTO userAccount VALUES (:id, :host, :emailAddress)", { id, host, emailAddress });
    }
  }
}

/** Graph's way to say that a date that may not be null has not come yet. */
export const never = "0001-01-01T00:00:00Z";

/** Devices do not check in all at once: the id gives each its minute of the first interval, which is never minute 0. */
function firstCheckIn(id: string, everyMs: number): number {
  const minutes = Math.max(1, Math.floor(everyMs / 60_000));
  return Math.min(everyMs, (1 + (Number.parseInt(id.slice(0, 8), 16) % minutes)) * 60_000);
}

function plantGroups(context: TenantContext, seed: Seed): void {
  const members = new Map<string, { id: string; kind: MemberKind }>([
    ...seed.users.map(({ userPrincipalName: name }) => entry(name, "user", seedId(seed, "user", name))),
    ...seed.devices.map(({ deviceName: name }) => entry(name, "device", seedId(seed, "directoryDevice", name))),
    ...seed.groups.map(({ displayName: name }) => entry(name, "group", seedId(seed, "group", name))),
  ]);
  const groupId = (name: string) => seedId(seed, "group", name);
  for (const { displayName, description } of seed.groups) {
    context.db.run("INSERT INTO directoryGroup VALUES (:id, :displayName, :description, :mailNickname, :now)", {
      id: groupId(displayName),
      displayName,
      description: description ?? null,
      mailNickname: displayName.replace(/[^A-Za-z0-9]/g, ""),
      now: context.clock.now(),
    });
  }
  for (const group of seed.groups) {
    for (const member of group.members)
      addMember(context, groupId(group.displayName), members.get(member.toLowerCase())!);
  }
}

const entry = (name: string, kind: MemberKind, id: string) => [name.toLowerCase(), { id, kind }] as const;
