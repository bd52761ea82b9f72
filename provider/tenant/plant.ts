/** Puts what a seed says into an empty tenant. */
import { companyOf, type MadeDevice, type MadeUser } from "./company";
import { type TenantContext, writeSetting } from "./context";
import { recount } from "./devices/counters";
import { durationMs } from "./duration";
import { writeMachines } from "./exchange/machines";
import { plantExchange } from "./exchange/plant";
import { groupsOf, inBulk, plantMail, plantMembers } from "./plantCompany";
import { organizationsOf, type Seed, seedId } from "./seed";
import { addMember, type Member } from "./services/directory";

/** Fills a tenant that has tables and no rows; call it inside a transaction. */
export function plantSeed(context: TenantContext, seed: Seed): void {
  writeSetting(context.db, "seed", seed);
  writeSetting(context.db, "tenant", seed.tenant);
  writeSetting(context.db, "schedule", seed.schedule);
  writeSetting(context.db, "random", seed.random);
  writeSetting(context.db, "mailServers", seed.mailServers);
  if (seed.throttling) writeSetting(context.db, "throttling", seed.throttling);
  writeSetting(context.db, "idCount", 0);
  context.clock.set(Date.parse(seed.clock));
  plantApplications(context, seed);
  plantApps(context, seed);
  const company = seed.generated && companyOf(seed.generated, seed.tenant.domain);
  plantUsers(context, seed, seed.users);
  if (company) inBulk(context.db, ["user"], () => plantUsers(context, seed, company.users()));
  plantDevices(context, seed, seed.devices);
  if (company) {
    inBulk(context.db, ["device"], () => plantDevices(context, seed, company.devices()));
    recount(context.db);
  }
  plantGroups(context, seed, [...seed.groups, ...(company ? groupsOf(company) : [])]);
  if (company) inBulk(context.db, ["member"], () => plantMembers(context, seed, company));
  plantExchange(context, organizationsOf(seed, company));
  writeMachines(context, seed.connectorMachines);
  if (company) inBulk(context.db, ["mailbox", "easPartnership"], () => plantMail(context, seed, company));
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

function plantUsers({ db }: TenantContext, seed: Seed, users: Iterable<MadeUser>): void {
  const { domain } = seed.tenant;
  function* rows() {
    for (const { userPrincipalName, displayName, mail, samAccountName, licensed = true } of users) {
      const id = seedId(seed, "user", userPrincipalName);
      const account = [samAccountName ?? null, samAccountName ? domain : null] as const;
      yield [id, userPrincipalName, displayName, mail ?? null, ...account, licensed ? 1 : 0];
    }
  }
  db.runEach(
    `INSERT INTO user (id, userPrincipalName, displayName, mail, onPremisesSamAccountName, onPremisesDomainName, licensed)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    rows(),
  );
}

function plantDevices({ db, clock }: TenantContext, seed: Seed, devices: Iterable<MadeDevice>): void {
  const now = clock.now();
  const startMs = clock.nowMs();
  const everyMs = durationMs(seed.schedule.checkIn)!;
  function* rows() {
    for (const device of devices) {
      const { deviceName: name, user, platform, osVersion, knoxVersion, model, manufacturer, easDeviceId } = device;
      const { enrolled = true, complianceState = "compliant" } = device;
      const { apps = [], accounts = [] } = device;
      const id = seedId(seed, "device", name);
      const compliance = enrolled ? complianceState : "unknown";
      yield [
        ...[id, seedId(seed, "directoryDevice", name), name, user ? seedId(seed, "user", user) : null],
        ...[platform, osVersion, knoxVersion ?? null, model, manufacturer],
        ...[enrolled ? 1 : 0, enrolled ? now : never, compliance, compliance, never],
        ...[startMs + firstCheckIn(id, everyMs), easDeviceId ?? null],
      ];
      // The device's row is there by now: it is asked for the next one.
      for (const app of apps) db.run("INSERT OR IGNORE INTO deviceApp VALUES (:id, :app)", { id, app });
      for (const { host, emailAddress } of accounts) {
        db.run("INSERT OR IGNORE INTO userAccount VALUES (:id, :host, :emailAddress)", { id, host, emailAddress });
      }
    }
  }
  db.runEach(
    `INSERT INTO device (id, directoryId, deviceName, userId, platform, osVersion, knoxVersion, model, manufacturer,
       enrolled, enrolledDateTime, policyComplianceState, complianceState, lastSyncDateTime, nextCheckInMs, easDeviceId)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    rows(),
  );
}

/** Graph's way to say that a date that may not be null has not come yet. */
export const never = "0001-01-01T00:00:00Z";

/** Devices do not check in all at once: the id gives each its minute of the first interval, which is never minute 0. */
function firstCheckIn(id: string, everyMs: number): number {
  const minutes = Math.max(1, Math.floor(everyMs / 60_000));
  return Math.min(everyMs, (1 + (Number.parseInt(id.slice(0, 8), 16) % minutes)) * 60_000);
}

function plantGroups(context: TenantContext, seed: Seed, groups: Seed["groups"]): void {
  const groupId = (name: string) => seedId(seed, "group", name);
  for (const { displayName, description } of groups) {
    context.db.run("INSERT INTO directoryGroup VALUES (:id, :displayName, :description, :mailNickname, :now)", {
      id: groupId(displayName),
      displayName,
      description: description ?? null,
      mailNickname: displayName.replace(/[^A-Za-z0-9]/g, ""),
      now: context.clock.now(),
    });
  }
  for (const { displayName, members } of groups) {
    for (const name of members) addMember(context, groupId(displayName), memberCalled(context, name));
  }
}

/** The one user, device or group of a name; the seed was checked to have it. */
const memberCalled = ({ db }: TenantContext, name: string): Member =>
  db.get<Member>(
    `SELECT id, 'user' AS kind FROM user WHERE userPrincipalName = :name
     UNION ALL SELECT directoryId, 'device' FROM device WHERE deviceName = :name
     UNION ALL SELECT id, 'group' FROM directoryGroup WHERE displayName = :name`,
    { name },
  )!;
