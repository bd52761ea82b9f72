/** What can be asked of several device configurations at once: whom they target, and whether anything assigns them (beta). */
import type { TenantContext } from "../context";
import { targeted } from "../devices/targets";
import { notFound } from "../errors";
import { betaOnly, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { assignmentsOf } from "./assignments";
import { findConfiguration } from "./configurations";
import { readAction, textsOf } from "./parameters";

const path = "/deviceManagement/deviceConfigurations";
/** Actions, and yet they change nothing. */
const row = { method: "POST", versions: betaOnly, scopes: scopes.configuration.read } as const;

export const configurationActionRoutes: readonly Route[] = [
  {
    ...row,
    path: `${path}/getTargetedUsersAndDevices`,
    answers: "Collection(deviceConfigurationTargetedUserAndDevice)",
    handle: targetedDevices,
  },
  { ...row, path: `${path}/hasPayloadLinks`, answers: "Collection(hasPayloadLinkResultItem)", handle: payloadLinks },
];

interface TargetedDevice extends Entity {
  deviceId: string;
}

function targetedDevices(context: TenantContext, request: RouteRequest): Reply {
  const name = "getTargetedUsersAndDevices";
  const ids = textsOf(readAction(request, name), "deviceConfigurationIds", name);
  const unknown = ids.find((id) => !findConfiguration(context, id));
  if (unknown !== undefined) throw notFound(`The device configuration '${unknown}' does not exist.`);
  const devices = ids.flatMap((profileId) =>
    context.db.all<TargetedDevice>(
      `SELECT device.id AS deviceId, deviceName, userId, user.displayName AS userDisplayName, userPrincipalName,
         lastSyncDateTime AS lastCheckinDateTime
       FROM device LEFT JOIN user ON user.id = userId WHERE ${targeted} ORDER BY device.rowid`,
      { profileId },
    ),
  );
  return { status: 200, page: { rows: [...new Map(devices.map((row) => [row.deviceId, row])).values()] } };
}

/** A payload that is unknown is told of in its own row, as the others are not to blame for it. */
function payloadLinks(context: TenantContext, request: RouteRequest): Reply {
  const ids = textsOf(readAction(request, "hasPayloadLinks"), "payloadIds", "hasPayloadLinks");
  const rowOf = (payloadId: string): Entity => {
    if (!findConfiguration(context, payloadId)) {
      return { payloadId, hasLink: false, error: `The payload '${payloadId}' does not exist.`, sources: [] };
    }
    const hasLink = assignmentsOf(context, payloadId).length > 0;
    return { payloadId, hasLink, error: "", sources: hasLink ? ["direct"] : [] };
  };
  return { status: 200, page: { rows: ids.map(rowOf) } };
}
