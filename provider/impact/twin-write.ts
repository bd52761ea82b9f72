/** Puts what was read of a tenant into an empty one: people, groups, devices, configurations and apps. */
import type { Json } from "../graph/client";
import { guidOf, type TenantContext } from "../tenant/context";
import { plain } from "../tenant/metadata";
import { never } from "../tenant/plant";
import { inBulk } from "../tenant/plantCompany";
import { counted, peopleIn } from "./report/words";
import type { Assumptions } from "./twin-assume";
import { hasKnox, platformOf, versionOf } from "./twin-device";
import type { ReadConfiguration, ReadDevice, ReadTenant, ReadUser } from "./twin-read";

/** Where a writer says what it assumed; nothing is said of what concerns nobody. */
export type Assume = (number: number, text: string) => void;

export interface Writing {
  context: TenantContext;
  read: ReadTenant;
  assumptions: Assumptions;
  assume: Assume;
  /** How long a device waits from one check-in to the next. */
  everyMs: number;
}

/** SKU of Intune alone; others include it, and which do is for the assumptions to say. */
const intuneSku = "061f9ace-7d42-4136-88ac-31dc755f143f";

export function writeUsers({ context, read, assumptions, assume }: Writing): void {
  const skus = assumptions.intuneSkus?.map((sku) => sku.toLowerCase());
  const hasIntune = ({ assignedLicenses = [] }: ReadUser) =>
    assignedLicenses.some(({ skuId }) => skus?.includes(skuId.toLowerCase()) ?? true);
  const doubtful = ({ assignedLicenses = [] }: ReadUser) =>
    skus === undefined && assignedLicenses.length > 0 && !assignedLicenses.some(({ skuId }) => skuId === intuneSku);
  const number = read.users.filter(doubtful).length;
  assume(number, `Licences include Intune (C1): ${peopleIn(number)} of whom nothing but other licences is known.`);
  inBulk(context.db, ["user"], () =>
    context.db.runEach(
      `INSERT INTO user (id, userPrincipalName, displayName, mail, onPremisesSamAccountName, onPremisesDomainName,
         accountEnabled, licensed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      read.users.map((user) => [
        user.id,
        user.userPrincipalName,
        user.displayName ?? user.userPrincipalName,
        user.mail || null,
        user.onPremisesSamAccountName ?? null,
        user.onPremisesDomainName ?? null,
        user.accountEnabled === false ? 0 : 1,
        hasIntune(user) ? 1 : 0,
      ]),
    ),
  );
}

export function writeGroups({ context, read }: Writing): void {
  const { db, clock } = context;
  db.runEach(
    "INSERT INTO directoryGroup VALUES (?, ?, ?, ?, ?)",
    read.groups.map(({ id, displayName, description, mailNickname, createdDateTime }) => [
      id,
      displayName,
      description ?? null,
      mailNickname ?? "",
      createdDateTime ?? clock.now(),
    ]),
  );
  const kept = {
    user: new Set(read.users.map(({ id }) => id)),
    group: new Set(read.groups.map(({ id }) => id)),
    device: new Set(db.all<{ id: string }>("SELECT directoryId AS id FROM device").map(({ id }) => id)),
  };
  inBulk(db, ["member"], () =>
    db.runEach(
      "INSERT OR IGNORE INTO member VALUES (?, ?, ?)",
      read.groups.flatMap(({ id, members }) =>
        members
          .filter((member) => kept[member.kind].has(member.id))
          .map((member) => [id, member.id, member.kind] as const),
      ),
    ),
  );
}

// --- devices ----------------------------------------------------------------------------------------------------------

export function writeDevices(writing: Writing): void {
  const { context, read, assumptions, assume, everyMs } = writing;
  const assumed = new Map(assumptions.devices.map((one) => [one.deviceName.toLowerCase(), one]));
  const users = new Map(
    read.users.flatMap(({ id, userPrincipalName: name }) => [[id, id] as const, [name.toLowerCase(), id] as const]),
  );
  const userOf = ({ userId, userPrincipalName }: ReadDevice) =>
    users.get(userId ?? "") ?? users.get((userPrincipalName ?? "").toLowerCase()) ?? null;
  const unique = { name: onceOnly(), eas: onceOnly(), directory: onceOnly() };
  const directoryIds = directoryIdsOf(read);
  const nowMs = context.clock.nowMs();
  const counts = { knox: 0, renamed: 0, left: new Map<string, number>() };
  const rows = read.devices.flatMap((device) => {
    const platform = platformOf(device);
    if (platform === undefined) {
      const what = device.operatingSystem || "an unknown system";
      counts.left.set(what, (counts.left.get(what) ?? 0) + 1);
      return [];
    }
    const given = device.deviceName || device.id;
    const known = assumed.get(given.toLowerCase());
    const knox = hasKnox(platform, device) ? (known?.knoxVersion ?? assumptions.knoxVersion) : null;
    if (knox !== null && known?.knoxVersion === undefined) counts.knox++;
    const deviceName = unique.name(given) ?? `${given} (${device.id.slice(0, 8)})`;
    if (deviceName !== given) counts.renamed++;
    const directoryId = directoryIds.get((device.azureADDeviceId ?? "").toLowerCase()) ?? device.azureADDeviceId;
    return [
      [
        ...[device.id, (directoryId && unique.directory(directoryId)) || guidOf(`directory ${device.id}`), deviceName],
        ...[userOf(device), platform, versionOf(device.osVersion), knox, device.model ?? "", device.manufacturer ?? ""],
        ...[device.managementAgent === "eas" ? 0 : 1, device.enrolledDateTime ?? never],
        ...[device.complianceState, device.complianceState, device.lastSyncDateTime ?? never],
        ...[nextCheckIn(device, nowMs, everyMs), device.easDeviceId ? unique.eas(device.easDeviceId) : null],
        ...[device.easActivated ? 1 : 0, device.easActivationDateTime ?? never],
        ...[device.exchangeAccessState ?? "none", device.exchangeAccessStateReason ?? "none"],
        device.exchangeLastSuccessfulSyncDateTime ?? never,
      ],
    ];
  });
  inBulk(context.db, ["device"], () =>
    context.db.runEach(`INSERT INTO device VALUES (${Array(21).fill("?").join(", ")})`, rows),
  );
  assume(
    counts.knox,
    `Samsung devices have KNOX ${assumptions.knoxVersion}, unless a profile does not apply to them (E1): ${counts.knox} of them.`,
  );
  assume(
    counts.renamed,
    `Devices that share their name with another are told apart by their ids: ${counts.renamed} of them.`,
  );
  const left = [...counts.left].map(([what, number]) => `${what} ${number}`);
  assume(left.length, `No mail profile is for these devices, which are left out: ${left.join(", ")}.`);
}

/** Gives what was not given before, without regard to case; null for the rest. */
function onceOnly(): (text: string) => string | null {
  const seen = new Set<string>();
  return (text) => {
    const before = seen.size;
    return seen.add(text.toLowerCase()).size > before ? text : null;
  };
}

/** A device's object in the directory has another id than the device itself there; members of groups tell of both. */
function directoryIdsOf({ groups }: ReadTenant): Map<string, string> {
  const devices = groups.flatMap(({ members }) => members.filter(({ kind }) => kind === "device"));
  return new Map(devices.map(({ id, deviceId }) => [(deviceId ?? id).toLowerCase(), id]));
}

/** A device keeps the rhythm of its last check-in; one that never had any gets a minute by its id. */
function nextCheckIn({ id, lastSyncDateTime }: ReadDevice, nowMs: number, everyMs: number): number {
  const lastMs = Date.parse(lastSyncDateTime ?? never);
  if (lastMs < 0 || Number.isNaN(lastMs)) return nowMs + 1 + (Number.parseInt(id.slice(0, 8), 16) % everyMs || 0);
  return nextAfter(lastMs, nowMs, everyMs);
}

/** The first time from now on that is a whole number of intervals after the last one. */
export const nextAfter = (lastMs: number, nowMs: number, everyMs: number): number =>
  lastMs + everyMs * Math.max(1, Math.ceil((nowMs - lastMs) / everyMs));

// --- configurations and apps --------------------------------------------------------------------------------------------

/** What a configuration's row has beside its properties. */
const ofRow = ["id", "@odata.type", "displayName", "version", "createdDateTime", "lastModifiedDateTime"];
/** What an answer says about itself. */
const ofAnswer = /^(@odata\.|supportsScopeTags$|assignments$)|@odata\.(context|associationLink|navigationLink)$/;

const propertiesOf = ({ entity }: ReadConfiguration): string =>
  JSON.stringify(
    Object.fromEntries(Object.entries(entity).filter(([name]) => !ofRow.includes(name) && !ofAnswer.test(name))),
  );

/** Oldest first: that is the order in which devices take them. */
export const inOrder = ({ configurations }: ReadTenant): ReadConfiguration[] =>
  [...configurations].sort((one, other) => createdMs(one) - createdMs(other));

const createdMs = ({ entity }: ReadConfiguration): number => Date.parse(String(entity.createdDateTime)) || 0;

export function writeConfigurations({ context, read, assume }: Writing): void {
  const { db, clock } = context;
  const configurations = inOrder(read);
  db.runEach(
    "INSERT INTO deviceConfiguration VALUES (?, ?, ?, ?, ?, ?, ?)",
    configurations.map((configuration) => {
      const { entity, type } = configuration;
      const { id, displayName, version, createdDateTime, lastModifiedDateTime } = entity;
      const made = String(createdDateTime ?? clock.now());
      const changed = String(lastModifiedDateTime ?? made);
      return [id, type, String(displayName), Number(version) || 1, made, changed, propertiesOf(configuration)];
    }),
  );
  const ids = new Set(configurations.map(({ entity }) => entity.id));
  db.runEach(
    "INSERT OR IGNORE INTO configurationLink VALUES (?, ?, ?)",
    configurations.flatMap(({ entity, links }) =>
      links
        .filter(({ targetId }) => ids.has(targetId))
        .map(({ navigation, targetId }) => [entity.id, navigation, targetId] as const),
    ),
  );
  db.runEach(
    "INSERT OR IGNORE INTO assignment VALUES (?, ?, ?, ?, ?, ?)",
    configurations.flatMap(({ entity, assignments }) =>
      assignments
        .filter(isTargeted)
        .map(({ id, intent, target }) => [
          assignmentId(entity.id, id),
          entity.id,
          ...targetOf(target),
          intent === "remove" ? "remove" : "apply",
          JSON.stringify(target),
        ]),
    ),
  );
  const filtered = configurations.flatMap(({ assignments }) => assignments.filter(hasFilter)).length;
  assume(
    filtered,
    `Filters of assignments let every device through: ${counted(filtered, "assignment has", "assignments have")} one.`,
  );
  const others = [...read.others].map(([type, number]) => `${type} ${number}`);
  assume(others.length, `These configurations change nothing about mail, and are left out: ${others.join(", ")}.`);
}

/** Graph begins the id of an assignment with that of what is assigned; not every service may, and twins need unique ones. */
const assignmentId = (of: string, id: unknown): string => (String(id).startsWith(of) ? String(id) : `${of}_${id}`);

/** Whether it is assigned to somebody whom the tenant knows of; others, such as scope tags, get no profile by it. */
const isTargeted = ({ target }: Json): boolean =>
  /(group|allDevices|allLicensedUsers|configurationManagerCollection)AssignmentTarget$/i.test(targetOf(target)[0]) &&
  !/scopeTag/i.test(targetOf(target)[0]);

const hasFilter = ({ target }: Json): boolean =>
  !["none", undefined, null].includes(
    (target as { deviceAndAppManagementAssignmentFilterType?: string | null })
      .deviceAndAppManagementAssignmentFilterType,
  );

/** The two columns of whom something is assigned to. */
function targetOf(target: unknown): [type: string, groupId: string | null] {
  const { "@odata.type": type, groupId } = target as Record<string, string | undefined>;
  return [plain(String(type)), groupId ?? null];
}

export function writeApps({ context, read }: Writing): void {
  const { db, clock } = context;
  const seen = onceOnly();
  const apps = read.apps.filter(({ entity }) => seen(String(entity.packageId ?? entity.id)) !== null);
  db.runEach(
    "INSERT INTO mobileApp VALUES (?, ?, ?, ?, ?, ?)",
    apps.map(({ entity, type }) => {
      const { id, displayName, publisher, packageId, createdDateTime } = entity;
      return [
        id,
        type,
        String(displayName),
        (publisher as string | null) ?? null,
        String(packageId ?? id),
        String(createdDateTime ?? clock.now()),
      ];
    }),
  );
  db.runEach(
    "INSERT OR IGNORE INTO appAssignment VALUES (?, ?, ?, ?, ?, ?)",
    apps.flatMap(({ entity, assignments }) =>
      assignments
        .filter(isTargeted)
        .map(({ id, intent, target }) => [
          assignmentId(entity.id, id),
          entity.id,
          String(intent),
          ...targetOf(target),
          JSON.stringify(target),
        ]),
    ),
  );
}
