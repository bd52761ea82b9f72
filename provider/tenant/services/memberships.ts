/** Which groups something of the directory is in: `memberOf`, and with nested ones `transitiveMemberOf`, `getMemberGroups` and `checkMemberGroups`. */
import type { TenantContext } from "../context";
import { directoryNotFound } from "../errors";
import { readParameters } from "../odata";
import { both, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { findGroup, findUser, groupsOf, parentsOf } from "./directory";
import { directoryScopes, findObject, invalid, memberPage } from "./directoryObjects";
import { textsOf } from "./parameters";

const read: Record<string, readonly string[]> = {
  users: [...scopes.users.read, ...directoryScopes.read],
  groups: [...scopes.members.read, ...directoryScopes.read],
  directoryObjects: directoryScopes.read,
};

const finders = { users: findUser, groups: findGroup } as const;

/** Groups as a list of directory objects, by where they are asked for. */
const lists: Record<string, (context: TenantContext, id: string) => string[]> = {
  memberOf: parentsOf,
  transitiveMemberOf: groupsOf,
};

export const membershipRoutes: readonly Route[] = [
  ...Object.entries(read).flatMap(([collection, scopes]): Route[] => [
    { method: "POST", path: `/${collection}/:id/getMemberGroups`, versions: both, scopes, handle: getMemberGroups },
    { method: "POST", path: `/${collection}/:id/checkMemberGroups`, versions: both, scopes, handle: checkMemberGroups },
  ]),
  ...Object.entries(finders).flatMap(([collection, find]) =>
    Object.entries(lists).map(
      ([name, listed]): Route => ({
        method: "GET",
        path: `/${collection}/:id/${name}`,
        versions: both,
        scopes: read[collection]!,
        answers: "Collection(directoryObject)",
        handle: (context, request) => {
          const found = find(context, request.parameters.id!);
          if (!found) throw directoryNotFound(request.parameters.id!);
          const groups = listed(context, found.id).map((id) => ({ id, kind: "group" }) as const);
          return memberPage(context, request, groups);
        },
      }),
    ),
  ),
];

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
