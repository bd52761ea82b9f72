/** `/deviceManagement/managedDevices`: devices as Graph shows them, and what an administrator does to one. */
import type { TenantContext } from "../context";
import { retire } from "../devices/actions";
import { checkIn } from "../devices/checkIn";
import { type Device, findDevice } from "../devices/devices";
import { profilesOn } from "../devices/profiles";
import { badRequest, notFound } from "../errors";
import { enumOf, inVersion, itemType, knownType, type Property, plain } from "../metadata";
import { never } from "../plant";
import { collection, type Listing, listRows, pageOf, refuseOptions, select } from "../query";
import { both, type GraphVersion, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { findConfiguration } from "./configurations";
import { findUser } from "./directory";
import { policyPlatform } from "./statuses";

const path = "/deviceManagement/managedDevices";
const { read } = scopes.managedDevices;
const actions = scopes.deviceActions;

export const managedDeviceRoutes: readonly Route[] = [
  { method: "GET", path, versions: both, scopes: read, handle: list },
  { method: "GET", path: `${path}/:id`, versions: both, scopes: read, handle: get },
  { method: "GET", path: `${path}/:id/deviceConfigurationStates`, versions: both, scopes: read, handle: states },
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

export function deviceEntity(context: TenantContext, device: Device, version: GraphVersion): Record<string, unknown> {
  const user = device.userId === null ? undefined : findUser(context, device.userId);
  const agent = device.enrolled ? (device.easDeviceId ? "easMdm" : "mdm") : "eas";
  return inVersion(version, "managedDevice", {
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
  });
}

const listing: Listing = {
  table: "device",
  filters: {
    id: "id",
    deviceName: "deviceName",
    userId: "userId",
    easDeviceId: "easDeviceId",
    complianceState: "complianceState",
  },
  unknownFilter: "ignore",
};

function list(context: TenantContext, request: RouteRequest): Reply {
  const page = listRows<Device>(context, request, path, listing);
  const rows = page.rows.map((device) => deviceEntity(context, device, request.version));
  return collection(request, "deviceManagement/managedDevices", { ...page, rows });
}

function requested(context: TenantContext, { parameters }: RouteRequest): Device {
  const device = findDevice(context, parameters.id!);
  if (device?.id !== parameters.id) throw notFound(`The managed device '${parameters.id}' does not exist.`);
  return device!;
}

function get(context: TenantContext, request: RouteRequest): Reply {
  refuseOptions(request.query, ["$select"]);
  const entity = select(request, deviceEntity(context, requested(context, request), request.version));
  return {
    status: 200,
    body: { "@odata.context": `${request.base}/$metadata#deviceManagement/managedDevices/$entity`, ...entity },
  };
}

function states(context: TenantContext, request: RouteRequest): Reply {
  const device = requested(context, request);
  const user = device.userId === null ? undefined : findUser(context, device.userId);
  const all = profilesOn(context, device.id).map((row) => {
    const profile = findConfiguration(context, row.profileId);
    return inVersion(request.version, "deviceConfigurationState", {
      id: `${row.profileId}_${device.id}`,
      displayName: profile?.displayName ?? null,
      version: row.installedVersion ?? profile?.version ?? 0,
      platformType: policyPlatform[device.platform],
      state: row.status,
      settingCount: 0,
      settingStates: [],
      userId: user?.id ?? null,
      userPrincipalName: user?.userPrincipalName ?? null,
    });
  });
  const page = pageOf(request, `${path}/${device.id}/deviceConfigurationStates`, all);
  return collection(request, `deviceManagement/managedDevices('${device.id}')/deviceConfigurationStates`, page);
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
