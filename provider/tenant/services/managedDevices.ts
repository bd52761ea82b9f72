/** `/deviceManagement/managedDevices`: devices as Graph shows them, and what an administrator does to one. */
import type { TenantContext } from "../context";
import { retire } from "../devices/actions";
import { checkIn } from "../devices/checkIn";
import { type Device, findDevice } from "../devices/devices";
import { type DeviceProfile, profilesOn } from "../devices/profiles";
import { badRequest, notFound } from "../errors";
import { enumOf, itemType, knownType, type Property, plain } from "../metadata";
import { never } from "../plant";
import { type Listing, listRows, pageOf } from "../query";
import { both, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { findConfiguration } from "./configurations";
import { findUser } from "./directory";
import { policyPlatform } from "./statuses";

const path = "/deviceManagement/managedDevices";
const { read } = scopes.managedDevices;
const actions = scopes.deviceActions;

export const managedDeviceRoutes: readonly Route[] = [
  { method: "GET", path, versions: both, scopes: read, answers: "Collection(managedDevice)", handle: list },
  { method: "GET", path: `${path}/:id`, versions: both, scopes: read, answers: "managedDevice", handle: get },
  {
    method: "GET",
    path: `${path}/:id/deviceConfigurationStates`,
    versions: both,
    scopes: read,
    answers: "Collection(deviceConfigurationState)",
    handle: states,
  },
  { method: "POST", path: `${path}/:id/syncDevice`, versions: both, scopes: actions, handle: syncDevice },
  { method: "POST", path: `${path}/:id/retire`, versions: both, scopes: actions, handle: retireDevice },
];

const operatingSystem: Record<Device["platform"], string> = {
  ios: "iOS",
  samsungKnox: "Android",
  windowsPhone81: "Windows Phone",
  windows10: "Windows",
  androidForWork: "Android",
};

const deviceType: Record<Device["platform"], string> = {
  ios: "iPhone",
  samsungKnox: "android",
  windowsPhone81: "winMO6",
  windows10: "desktop",
  androidForWork: "androidForWork",
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

export function deviceEntity(context: TenantContext, device: Device): Entity {
  const user = device.userId === null ? undefined : findUser(context, device.userId);
  const agent = device.enrolled ? (device.easDeviceId ? "easMdm" : "mdm") : "eas";
  return {
    ...blank(),
    id: device.id,
    deviceName: device.deviceName,
    managedDeviceName: device.deviceName,
    userId: user?.id ?? "",
    userPrincipalName: user?.userPrincipalName ?? "",
    userDisplayName: user?.displayName ?? "",
    emailAddress: user?.mail ?? "",
    operatingSystem: operatingSystem[device.platform],
    deviceType: deviceType[device.platform],
    osVersion: device.osVersion,
    model: device.model,
    manufacturer: device.manufacturer,
    enrolledDateTime: device.enrolledDateTime,
    lastSyncDateTime: device.lastSyncDateTime,
    complianceState: device.complianceState,
    managementAgent: agent,
    managementState: "managed",
    azureADDeviceId: device.directoryId,
    azureActiveDirectoryDeviceId: device.directoryId,
    azureADRegistered: device.enrolled === 1,
    aadRegistered: device.enrolled === 1,
    deviceRegistrationState: device.enrolled ? "registered" : "notRegistered",
    easActivated: device.easActivated === 1,
    easActivationDateTime: device.easActivationDateTime,
    easDeviceId: device.easDeviceId,
    exchangeAccessState: device.exchangeAccessState,
    exchangeAccessStateReason: device.exchangeAccessStateReason,
    exchangeLastSuccessfulSyncDateTime: device.exchangeLastSuccessfulSyncDateTime,
  };
}

const listing: Listing = {
  type: "managedDevice",
  table: "(SELECT device.rowid, device.*, userPrincipalName FROM device LEFT JOIN user ON user.id = userId)",
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
  },
  dialect: "managedDevices",
};

function list(context: TenantContext, request: RouteRequest): Reply {
  const page = listRows<Device>(context, request, listing);
  return { status: 200, page: { ...page, rows: page.rows.map((device) => deviceEntity(context, device)) } };
}

function requested(context: TenantContext, { parameters }: RouteRequest): Device {
  const device = findDevice(context, parameters.id!);
  if (device?.id !== parameters.id) throw notFound(`The managed device '${parameters.id}' does not exist.`);
  return device!;
}

function get(context: TenantContext, request: RouteRequest): Reply {
  return {
    status: 200,
    entity: deviceEntity(context, requested(context, request)),
  };
}

function states(context: TenantContext, request: RouteRequest): Reply {
  const device = requested(context, request);
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

function syncDevice(context: TenantContext, request: RouteRequest): Reply {
  const device = requested(context, request);
  if (!device.enrolled) throw badRequest(`The device '${device.id}' is not enrolled: nothing can be sent to it.`);
  checkIn(context, [device.id]);
  return { status: 204 };
}

function retireDevice(context: TenantContext, request: RouteRequest): Reply {
  retire(context, requested(context, request));
  return { status: 204 };
}
