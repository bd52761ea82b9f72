/** What devices and users say of a configuration: statuses and overviews, as Graph has them. */
import type { TenantContext } from "../context";
import type { Device } from "../devices/devices";
import { countStatuses, type StatusRow, statusesOf, type UserStatus, userStatuses } from "../devices/status";
import { enumOf } from "../metadata";
import { never } from "../plant";
import { pageOf } from "../query";
import { both, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { type ConfigurationRow, requestedConfiguration } from "./configurations";

const path = "/deviceManagement/deviceConfigurations/:id";
const { read } = scopes.configuration;

const deviceStatus = "deviceConfigurationDeviceStatus";
const userStatus = "deviceConfigurationUserStatus";
const ofDevices = "deviceConfigurationDeviceOverview";
const ofUsers = "deviceConfigurationUserOverview";
const row = { method: "GET", versions: both, scopes: read } as const;

export const statusRoutes: readonly Route[] = [
  { ...row, path: `${path}/deviceStatuses`, answers: `Collection(${deviceStatus})`, handle: listDevices },
  { ...row, path: `${path}/userStatuses`, answers: `Collection(${userStatus})`, handle: listUsers },
  { ...row, path: `${path}/deviceStatusOverview`, answers: ofDevices, handle: deviceOverview },
  { ...row, path: `${path}/userStatusOverview`, answers: ofUsers, handle: userOverview },
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

function listDevices(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requestedConfiguration(context, request);
  const entityOf = (row: StatusRow) => deviceEntity(id, row);
  return { status: 200, page: pageOf(request, { type: deviceStatus, all: statusesOf(context, id), entityOf }) };
}

function listUsers(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requestedConfiguration(context, request);
  const all = userStatuses(statusesOf(context, id));
  const entityOf = ({ userId, ...row }: UserStatus) => ({ id: `${id}_${userId}`, ...row });
  return { status: 200, page: pageOf(request, { type: userStatus, all, entityOf }) };
}

function deviceOverview(context: TenantContext, request: RouteRequest): Reply {
  const row = requestedConfiguration(context, request);
  const statuses = statusesOf(context, row.id);
  return { status: 200, entity: overview(row, countStatuses(statuses), statuses) };
}

function userOverview(context: TenantContext, request: RouteRequest): Reply {
  const row = requestedConfiguration(context, request);
  const statuses = userStatuses(statusesOf(context, row.id));
  const { notApplicablePlatformCount: _, ...counts } = countStatuses(statuses);
  return { status: 200, entity: overview(row, counts, statuses) };
}

function overview(
  { id, version }: ConfigurationRow,
  counts: object,
  statuses: readonly { lastReportedDateTime: string }[],
): Entity {
  // Graph's dates sort as text.
  const dates = statuses.map((each) => each.lastReportedDateTime).sort();
  return { id, ...counts, lastUpdateDateTime: dates.at(-1) ?? never, configurationVersion: version };
}
