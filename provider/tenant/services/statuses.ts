/** What devices and users say of a configuration: statuses and overviews, as Graph has them. */
import type { TenantContext } from "../context";
import type { Device } from "../devices/devices";
import { countStatuses, type StatusRow, statusesOf, userStatuses } from "../devices/status";
import { enumOf, inVersion } from "../metadata";
import { never } from "../plant";
import { collection, pageOf, refuseOptions, select } from "../query";
import { both, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { type ConfigurationRow, requestedConfiguration } from "./configurations";

const path = "/deviceManagement/deviceConfigurations/:id";
const { read } = scopes.configuration;

export const statusRoutes: readonly Route[] = [
  { method: "GET", path: `${path}/deviceStatuses`, versions: both, scopes: read, handle: listDevices },
  { method: "GET", path: `${path}/userStatuses`, versions: both, scopes: read, handle: listUsers },
  { method: "GET", path: `${path}/deviceStatusOverview`, versions: both, scopes: read, handle: deviceOverview },
  { method: "GET", path: `${path}/userStatusOverview`, versions: both, scopes: read, handle: userOverview },
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
  const rows = statusesOf(context, id).map((row) => deviceEntity(id, row));
  return page(request, id, "deviceStatuses", "deviceConfigurationDeviceStatus", rows);
}

function listUsers(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requestedConfiguration(context, request);
  const rows = userStatuses(statusesOf(context, id)).map(({ userId, ...row }) => ({ id: `${id}_${userId}`, ...row }));
  return page(request, id, "userStatuses", "deviceConfigurationUserStatus", rows);
}

function page(request: RouteRequest, id: string, name: string, type: string, all: Record<string, unknown>[]): Reply {
  const found = pageOf(request, `/deviceManagement/deviceConfigurations/${id}/${name}`, all);
  const rows = found.rows.map((row) => inVersion(request.version, type, row));
  return collection(request, `deviceManagement/deviceConfigurations('${id}')/${name}`, { ...found, rows });
}

function deviceOverview(context: TenantContext, request: RouteRequest): Reply {
  const row = requestedConfiguration(context, request);
  const statuses = statusesOf(context, row.id);
  return overview(
    request,
    row,
    "deviceStatusOverview",
    "deviceConfigurationDeviceOverview",
    countStatuses(statuses),
    statuses,
  );
}

function userOverview(context: TenantContext, request: RouteRequest): Reply {
  const row = requestedConfiguration(context, request);
  const statuses = userStatuses(statusesOf(context, row.id));
  const { notApplicablePlatformCount: _, ...counts } = countStatuses(statuses);
  return overview(request, row, "userStatusOverview", "deviceConfigurationUserOverview", counts, statuses);
}

function overview(
  request: RouteRequest,
  row: ConfigurationRow,
  name: string,
  type: string,
  counts: object,
  statuses: readonly { lastReportedDateTime: string }[],
): Reply {
  refuseOptions(request.query, ["$select"]);
  // Graph's dates sort as text.
  const lastUpdateDateTime =
    statuses
      .map((each) => each.lastReportedDateTime)
      .sort()
      .at(-1) ?? never;
  const configurationVersion = row.version;
  return {
    status: 200,
    body: {
      "@odata.context": `${request.base}/$metadata#deviceManagement/deviceConfigurations('${row.id}')/${name}/$entity`,
      ...select(
        request,
        inVersion(request.version, type, { id: row.id, ...counts, lastUpdateDateTime, configurationVersion }),
      ),
    },
  };
}
