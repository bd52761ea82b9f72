/** What devices and users say of a configuration: statuses and overviews, as Graph has them. */
import type { TenantContext } from "../context";
import { deviceCounts, lastReport, userCounts } from "../devices/counters";
import type { Device } from "../devices/devices";
import { type StatusRow, statusesFor, statusTable, userStatuses, userTable } from "../devices/status";
import { notFound } from "../errors";
import { enumOf } from "../metadata";
import { never } from "../plant";
import { type Listing, listRows, pageOf } from "../query";
import { both, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { type ConfigurationRow, requestedConfiguration } from "./configurations";
import { overviewRoutes } from "./managedDeviceOverview";

const path = "/deviceManagement/deviceConfigurations/:id";
const { read } = scopes.configuration;

const deviceStatus = "deviceConfigurationDeviceStatus";
const userStatus = "deviceConfigurationUserStatus";
const ofDevices = "deviceConfigurationDeviceOverview";
const ofUsers = "deviceConfigurationUserOverview";
const ofSettings = "settingStateDeviceSummary";
const row = { method: "GET", versions: both, scopes: read } as const;

export const statusRoutes: readonly Route[] = [
  { ...row, path: `${path}/deviceStatuses`, answers: `Collection(${deviceStatus})`, handle: listDevices },
  { ...row, path: `${path}/deviceStatuses/:statusId`, answers: deviceStatus, handle: getDevice },
  { ...row, path: `${path}/userStatuses`, answers: `Collection(${userStatus})`, handle: listUsers },
  { ...row, path: `${path}/userStatuses/:statusId`, answers: userStatus, handle: getUser },
  { ...row, path: `${path}/deviceSettingStateSummaries`, answers: `Collection(${ofSettings})`, handle: listSettings },
  { ...row, path: `${path}/deviceStatusOverview`, answers: ofDevices, handle: deviceOverview },
  { ...row, path: `${path}/userStatusOverview`, answers: ofUsers, handle: userOverview },
  ...overviewRoutes,
];

/** Graph's policyPlatformType for each kind of device. */
export const policyPlatform: Record<Device["platform"], string> = {
  ios: "iOS",
  samsungKnox: "android",
  windowsPhone81: "windowsPhone81",
  windows10: "windows10AndLater",
  androidForWork: "androidForWork",
};

const platformNumber = (platform: Device["platform"]): number =>
  enumOf("policyPlatformType")!.members.find(({ name }) => name === policyPlatform[platform])!.value;

const deviceEntity = (configurationId: string, row: StatusRow) => ({
  id: `${configurationId}_${row.deviceId}`,
  deviceDisplayName: row.deviceName,
  userName: row.userDisplayName,
  deviceModel: row.model,
  platform: platformNumber(row.platform),
  complianceGracePeriodExpirationDateTime: never,
  status: row.status,
  lastReportedDateTime: row.lastReportedDateTime,
  userPrincipalName: row.userPrincipalName,
});

const userEntity = (context: TenantContext, configurationId: string, userId: string): Entity | undefined => {
  const [status] = userStatuses(statusesFor(context, configurationId, "userId", userId));
  if (!status) return undefined;
  const { userId: _, ...rest } = status;
  return { id: `${configurationId}_${userId}`, ...rest };
};

const deviceListing: Listing = {
  type: deviceStatus,
  table: statusTable,
  columns: {
    deviceDisplayName: "deviceName",
    userName: "userDisplayName",
    userPrincipalName: "userPrincipalName",
    deviceModel: "model",
    status: "status",
    lastReportedDateTime: "lastReportedDateTime",
  },
};

const userListing: Listing = {
  type: userStatus,
  table: userTable,
  columns: { userDisplayName: "userDisplayName", userPrincipalName: "userPrincipalName" },
};

function listDevices(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requestedConfiguration(context, request);
  const page = listRows<StatusRow>(context, request, { ...deviceListing, parameters: { profileId: id } });
  return { status: 200, page: { ...page, rows: page.rows.map((row) => deviceEntity(id, row)) } };
}

function listUsers(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requestedConfiguration(context, request);
  const page = listRows<{ userId: string }>(context, request, { ...userListing, parameters: { profileId: id } });
  return { status: 200, page: { ...page, rows: page.rows.map(({ userId }) => userEntity(context, id, userId)!) } };
}

/** The id of a status is the configuration's, `_`, and that of the device or user. */
function requestedStatus(context: TenantContext, request: RouteRequest): { id: string; of: string } {
  const { id } = requestedConfiguration(context, request);
  const { statusId } = request.parameters;
  return { id, of: statusId!.startsWith(`${id}_`) ? statusId!.slice(id.length + 1) : "" };
}

const noStatus = ({ parameters }: RouteRequest) =>
  notFound(`The device configuration '${parameters.id}' has no status '${parameters.statusId}'.`);

function getDevice(context: TenantContext, request: RouteRequest): Reply {
  const { id, of } = requestedStatus(context, request);
  const [row] = statusesFor(context, id, "deviceId", of);
  if (!row) throw noStatus(request);
  return { status: 200, entity: deviceEntity(id, row) };
}

function getUser(context: TenantContext, request: RouteRequest): Reply {
  const { id, of } = requestedStatus(context, request);
  const entity = userEntity(context, id, of);
  if (!entity) throw noStatus(request);
  return { status: 200, entity };
}

/** Devices here report on a profile as a whole, so there is no setting of which more could be said. */
function listSettings(context: TenantContext, request: RouteRequest): Reply {
  requestedConfiguration(context, request);
  return { status: 200, page: pageOf(request, { type: ofSettings, all: [], entityOf: (none: Entity) => none }) };
}

function deviceOverview(context: TenantContext, request: RouteRequest): Reply {
  const row = requestedConfiguration(context, request);
  return { status: 200, entity: overview(context, row, deviceCounts(context, row.id)) };
}

function userOverview(context: TenantContext, request: RouteRequest): Reply {
  const row = requestedConfiguration(context, request);
  return { status: 200, entity: overview(context, row, userCounts(context, row.id)) };
}

const overview = (context: TenantContext, { id, version }: ConfigurationRow, counts: object): Entity => ({
  id,
  ...counts,
  lastUpdateDateTime: lastReport(context, id) ?? never,
  configurationVersion: version,
});
