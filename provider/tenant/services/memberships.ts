/** `getMemberGroups` and `checkMemberGroups`: which groups something of the directory is in, nested ones included. */
import type { TenantContext } from "../context";
import { readParameters } from "../odata";
import { both, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { findUser, groupsOf } from "./directory";
import { directoryScopes, findObject, invalid } from "./directoryObjects";
import { textsOf } from "./parameters";

const read: Record<string, readonly string[]> = {
  users: [...scopes.users.read, ...directoryScopes.read],
  groups: [...scopes.members.read, ...directoryScopes.read],
  directoryObjects: directoryScopes.read,
};

export const membershipRoutes: readonly Route[] = Object.entries(read).flatMap(([collection, scopes]): Route[] => [
  { method: "POST", path: `/${collection}/:id/getMemberGroups`, versions: both, scopes, handle: getMemberGroups },
  { method: "POST", path: `/${collection}/:id/checkMemberGroups`, versions: both, scopes, handle: checkMemberGroups },
]);

/** A user may be named by its user principal name as well. */
function groupsAbove(context: TenantContext, { parameters }: RouteRequest): string[] {
  const id = findUser(context, parameters.id!)?.id ?? parameters.id!;
  return groupsOf(context, findObject(context, id).id);
}

const answer = ({ base }: RouteRequest, value: string[]): Reply => ({
  status: 200,
  body: { "@odata.context": `${base}/$metadata#Collection(Edm.String)`, value },
});

/** The tenant has security groups only, so that `securityEnabledOnly` changes nothing. */
function getMemberGroups(context: TenantContext, request: RouteRequest): Reply {
  readParameters(request.body ?? {}, "getMemberGroups", { securityEnabledOnly: "Edm.Boolean" }, request.version);
  return answer(request, groupsAbove(context, request));
}

const groupIdsMax = 20;

function checkMemberGroups(context: TenantContext, request: RouteRequest): Reply {
  const action = "checkMemberGroups";
  const given = readParameters(request.body, action, { groupIds: "Collection(Edm.String)" }, request.version);
  const ids = textsOf(given, "groupIds", action);
  if (ids.length > groupIdsMax) {
    throw invalid(`The action '${action}' takes at most ${groupIdsMax} group ids, and was given ${ids.length}.`);
  }
  const above = new Set(groupsAbove(context, request));
  return answer(
    request,
    ids.filter((id) => above.has(id)),
  );
}
