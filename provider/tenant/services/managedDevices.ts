/** `/deviceManagement/managedDevices`: devices as Graph shows them, and what an administrator does to one. */
import type { TenantContext } from "../context";
import { deleteDevice } from "../devices/actions";
import type { Device } from "../devices/devices";
import { type DeviceProfile, profilesOn } from "../devices/profiles";
import { badRequest } from "../errors";
import { enumOf, itemType, knownType, type Property, plain } from "../metadata";
import { readEntity } from "../odata";
import { never } from "../plant";
import { type Listing, listRows, pageOf } from "../query";
import { both, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { findConfiguration } from "./configurations";
import { deviceActionRoutes, requestedDevice } from "./deviceActions";
import { findUser, type User } from "./directory";
import { userEntity } from "./directoryObjects";
import { giveProperties } from "./properties";
import { policyPlatform } from "./statuses";

const path = "/deviceManagement/managedDevices";
const { read, write } = scopes.managedDevices;

export const managedDeviceRoutes: readonly Route[] = [
  { method: "GET", path, versions: both, scopes: read, answers: "Collection(managedDevice)", handle: list },
  { method: "GET", path: `${path}/:id`, versions: both, scopes: read, answers: "managedDevice", handle: get },
  { method: "PATCH", path: `${path}/:id`, versions: both, scopes: write, answers: "managedDevice", handle: patch },
  { method: "DELETE", path: `${path}/:id`, versions: both, scopes: write, handle: remove },
  {
    method: "GET",
    path: `${path}/:id/users`,
    versions: both,
    scopes: read,
    answers: "Collection(user)",
    handle: users,
  },
  {
    method: "GET",
    path: `${path}/:id/deviceConfigurationStates`,
    versions: both,
    scopes: read,
    answers: "Collection(deviceConfigurationState)",
    handle: states,
  },
  ...deviceActionRoutes,
];

/** What Graph says of a platform, as SQL. */
const byPlatform = (words: Record<Device["platform"], string>): string =>
  `CASE platform ${Object.entries(words)
    .map(([platform, word]) => `WHEN '${platform}' THEN '${word}'`)
    .join(" ")} END`;

const operatingSystem = byPlatform({
  ios: "iOS",
  samsungKnox: "Android",
  windowsPhone81: "Windows Phone",
  windows10: "Windows",
  androidForWork: "Android",
});

const deviceType = byPlatform({
  ios: "iPhone",
  samsungKnox: "android",
  windowsPhone81: "winMO6",
  windows10: "desktop",
  androidForWork: "androidForWork",
});

const isTrue = (sql: string): string => `json(iif(${sql}, 'true', 'false'))`;

/** What is known of every device, in SQL: a page of them is written out there, in half the time that it takes here. */
const known: Record<string, string> = {
  id: "device.id",
  deviceName: "deviceName",
  managedDeviceName: "deviceName",
  userId: "ifnull(userId, '')",
  userPrincipalName: "ifnull(userPrincipalName, '')",
  userDisplayName: "ifnull(user.displayName, '')",
  emailAddress: "ifnull(mail, '')",
  operatingSystem,
  deviceType,
  osVersion: "osVersion",
  model: "model",
  manufacturer: "manufacturer",
  enrolledDateTime: "enrolledDateTime",
  lastSyncDateTime: "lastSyncDateTime",
  complianceState: "complianceState",
  managementAgent: "iif(enrolled, iif(easDeviceId IS NULL, 'mdm', 'easMdm'), 'eas')",
  managementState: "'managed'",
  azureADDeviceId: "directoryId",
  azureActiveDirectoryDeviceId: "directoryId",
  azureADRegistered: isTrue("enrolled"),
  aadRegistered: isTrue("enrolled"),
  deviceRegistrationState: "iif(enrolled, 'registered', 'notRegistered')",
  easActivated: isTrue("easActivated"),
  easActivationDateTime: "easActivationDateTime",
  easDeviceId: "easDeviceId",
  exchangeAccessState: "exchangeAccessState",
  exchangeAccessStateReason: "exchangeAccessStateReason",
  exchangeLastSuccessfulSyncDateTime: "exchangeLastSuccessfulSyncDateTime",
};

let defaults: Record<string, unknown> | undefined;

/** Every property that Graph's managedDevice has, with what it says where nothing is known. */
function blank(): Record<string, unknown> {
  defaults ??= Object.fromEntries(
    [...knownType("managedDevice").properties.values()].map((each) => [each.name, unknownValue(each)]),
  );
  return defaults;
}

function unknownValue({ type, nullable }: Property): unknown {
  if (itemType(type) !== undefined) return [];
  if (nullable) return null;
  if (type === "Edm.Boolean") return false;
  if (type === "Edm.DateTimeOffset") return never;
  return type.startsWith("Edm.") ? 0 : (enumOf(plain(type))?.members[0]?.name ?? null);
}

/** A device as it is shown: what is known of it, and what it was given. */
interface ShownDevice {
  /** JSON. */
  known: string;
  /** JSON. */
  properties: string | null;
}

const shown = `(
  SELECT device.rowid, device.*, userPrincipalName, properties,
    json_object(${Object.entries(known)
      .map(([name, sql]) => `'${name}', ${sql}`)
      .join(", ")}) AS known
  FROM device LEFT JOIN user ON user.id = userId LEFT JOIN givenProperties ON entityId = device.id
)`;

/** The device of the address as Graph shows it. */
function requestedEntity(context: TenantContext, request: RouteRequest): Entity {
  const { id } = requestedDevice(context, request);
  return deviceEntity(context.db.get<ShownDevice>(`SELECT known, properties FROM ${shown} WHERE id = :id`, { id })!);
}

/** The devices of a user as Graph shows them. */
export const userDevices = ({ db }: TenantContext, userId: string): Entity[] =>
  db
    .all<ShownDevice>(`SELECT known, properties FROM ${shown} WHERE userId = :userId ORDER BY deviceName`, { userId })
    .map(deviceEntity);

const deviceEntity = (device: ShownDevice): Entity => ({
  ...blank(),
  ...JSON.parse(device.known),
  ...(device.properties === null ? {} : JSON.parse(device.properties)),
});

let unknownText: string | undefined;

/** The entity as JSON text: most of it is what nothing is known of, which is written once for all devices. */
function deviceText(device: ShownDevice): string {
  if (device.properties !== null) return JSON.stringify(deviceEntity(device));
  unknownText ??= JSON.stringify(blank(), (name, value) => (Object.hasOwn(known, name) ? undefined : value)).slice(1);
  return `${device.known.slice(0, -1)},${unknownText}`;
}

const listing: Listing = {
  type: "managedDevice",
  table: shown,
  select: "known, properties",
  columns: {
    id: "id",
    deviceName: "deviceName",
    userId: "userId",
    userPrincipalName: "userPrincipalName",
    easDeviceId: "easDeviceId",
    complianceState: "complianceState",
    model: "model",
    manufacturer: "manufacturer",
    osVersion: "osVersion",
    easActivated: "easActivated",
    exchangeAccessState: "exchangeAccessState",
    operatingSystem: `${operatingSystem} COLLATE NOCASE`,
    managedDeviceOwnerType: "ifnull(properties ->> '$.managedDeviceOwnerType', 'unknown') COLLATE NOCASE",
  },
  dialect: "managedDevices",
};

function list(context: TenantContext, request: RouteRequest): Reply {
  const { rows, ...page } = listRows<ShownDevice>(context, request, listing);
  return { status: 200, page: { ...page, rows: () => rows.map(deviceEntity), texts: () => rows.map(deviceText) } };
}

function get(context: TenantContext, request: RouteRequest): Reply {
  return { status: 200, entity: requestedEntity(context, request) };
}

function states(context: TenantContext, request: RouteRequest): Reply {
  const device = requestedDevice(context, request);
  const user = device.userId === null ? undefined : findUser(context, device.userId);
  const entityOf = (row: DeviceProfile): Entity => {
    const profile = findConfiguration(context, row.profileId);
    return {
      id: `${row.profileId}_${device.id}`,
      displayName: profile?.displayName ?? null,
      version: row.installedVersion ?? profile?.version ?? 0,
      platformType: policyPlatform[device.platform],
      state: row.status,
      settingCount: 0,
      settingStates: [],
      userId: user?.id ?? null,
      userPrincipalName: user?.userPrincipalName ?? null,
    };
  };
  const all = profilesOn(context, device.id);
  return { status: 200, page: pageOf(request, { type: "deviceConfigurationState", all, entityOf }) };
}

function users(context: TenantContext, request: RouteRequest): Reply {
  const { userId } = requestedDevice(context, request);
  const user = userId === null ? undefined : findUser(context, userId);
  const entityOf = (each: User) => userEntity(context, each);
  return { status: 200, page: pageOf(request, { type: "user", all: user ? [user] : [], entityOf }) };
}

/** Properties that an administrator can change; the others are what the device says of itself. */
const writable: ReadonlySet<string> = new Set([
  "managedDeviceName",
  "managedDeviceOwnerType",
  "notes",
  "ownerType",
  "roleScopeTagIds",
]);

/** An entity that is sent back whole changes what differs from what it was. */
function patch(context: TenantContext, request: RouteRequest): Reply {
  const before = requestedEntity(context, request);
  const reading = { version: request.version, action: "update", owned: [] } as const;
  const { properties } = readEntity(request.body, "managedDevice", reading);
  const changed = Object.entries(properties).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
  );
  const refused = changed.find(([name]) => !writable.has(name));
  if (refused)
    throw badRequest(
      `The property '${refused[0]}' of a managed device is read-only; what can be changed is ${[...writable].join(", ")}.`,
    );
  giveProperties(context, String(before.id), withOwner(Object.fromEntries(changed)));
  return { status: 200, entity: requestedEntity(context, request) };
}

/** Beta has the owner under two names. */
function withOwner(changes: Entity): Entity {
  const owner = changes.managedDeviceOwnerType ?? changes.ownerType;
  return owner === undefined ? changes : { ...changes, managedDeviceOwnerType: owner, ownerType: owner };
}

function remove(context: TenantContext, request: RouteRequest): Reply {
  deleteDevice(context, requestedDevice(context, request));
  return { status: 204 };
}
