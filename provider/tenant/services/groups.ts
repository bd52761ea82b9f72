/** `/groups`: security groups and their members. */
import type { TenantContext } from "../context";
import type { Device } from "../devices/devices";
import { directoryNotFound, GraphError } from "../errors";
import { readEntity, referredId } from "../odata";
import { collection, countRows, type Listing, listRows, pageOf, refuseOptions, select } from "../query";
import { both, type Reply, type Route, type RouteRequest, scopes } from "../route";
import {
  addMember,
  findGroup,
  findUser,
  type Group,
  type Member,
  membersOf,
  removeMember,
  transitiveMembersOf,
} from "./directory";
import { groupEntity, userEntity } from "./directoryObjects";

const path = "/groups";
const { groups, members } = scopes;

export const groupRoutes: readonly Route[] = [
  { method: "GET", path, versions: both, scopes: groups.read, handle: list },
  { method: "POST", path, versions: both, scopes: groups.write, handle: create },
  { method: "GET", path: `${path}/$count`, versions: both, scopes: groups.read, handle: count },
  { method: "GET", path: `${path}/:id`, versions: both, scopes: groups.read, handle: get },
  { method: "PATCH", path: `${path}/:id`, versions: both, scopes: groups.write, handle: patch },
  { method: "DELETE", path: `${path}/:id`, versions: both, scopes: groups.write, handle: remove },
  { method: "GET", path: `${path}/:id/members`, versions: both, scopes: members.read, handle: listMembers },
  {
    method: "GET",
    path: `${path}/:id/transitiveMembers`,
    versions: both,
    scopes: members.read,
    handle: listTransitive,
  },
  { method: "POST", path: `${path}/:id/members/$ref`, versions: both, scopes: members.write, handle: addRef },
  {
    method: "DELETE",
    path: `${path}/:id/members/:memberId/$ref`,
    versions: both,
    scopes: members.write,
    handle: removeRef,
  },
];

const listing: Listing = {
  table: "directoryGroup",
  filters: { id: "id", displayName: "displayName", mailNickname: "mailNickname" },
};

const invalid = (message: string) => new GraphError(400, "Request_BadRequest", message);

function list(context: TenantContext, request: RouteRequest): Reply {
  const page = listRows<Group>(context, request, path, listing);
  return collection(request, "groups", { ...page, rows: page.rows.map(groupEntity) });
}

function count(context: TenantContext, request: RouteRequest): Reply {
  refuseOptions(request.query, ["$filter"]);
  return { status: 200, body: String(countRows(context, request.query, listing)) };
}

function requested(context: TenantContext, { parameters }: RouteRequest): Group {
  const group = findGroup(context, parameters.id!);
  if (!group) throw directoryNotFound(parameters.id!);
  return group;
}

const answer = (request: RouteRequest, group: Group) => ({
  "@odata.context": `${request.base}/$metadata#groups/$entity`,
  ...select(request, groupEntity(group)),
});

function get(context: TenantContext, request: RouteRequest): Reply {
  refuseOptions(request.query, ["$select"]);
  return { status: 200, body: answer(request, requested(context, request)) };
}

const required = ["displayName", "mailEnabled", "mailNickname", "securityEnabled"] as const;

function create(context: TenantContext, request: RouteRequest): Reply {
  const { properties } = readEntity(request.body, "group", {
    version: request.version,
    action: "update",
    owned: ["createdDateTime"],
  });
  const missing = required.find((name) => properties[name] === undefined || properties[name] === null);
  if (missing) throw invalid(`A value is required for property '${missing}' of resource 'Group'.`);
  const { displayName, description, mailNickname, ...rest } = properties;
  onlySecurity(rest);
  const group: Group = {
    id: context.ids.guid(),
    displayName: String(displayName),
    description: typeof description === "string" ? description : null,
    mailNickname: String(mailNickname),
    createdDateTime: context.clock.now(),
  };
  context.db.run(
    "INSERT INTO directoryGroup VALUES (:id, :displayName, :description, :mailNickname, :createdDateTime)",
    { ...group },
  );
  return { status: 201, body: answer(request, group) };
}

function onlySecurity(properties: Record<string, unknown>): void {
  const fixed: Record<string, unknown> = { mailEnabled: false, securityEnabled: true, groupTypes: [] };
  for (const [name, value] of Object.entries(properties)) {
    if (JSON.stringify(value) === JSON.stringify(fixed[name])) continue;
    throw invalid(`The simulated tenant has plain security groups only: '${name}' cannot be ${JSON.stringify(value)}.`);
  }
}

function patch(context: TenantContext, request: RouteRequest): Reply {
  const group = requested(context, request);
  const { properties } = readEntity(request.body, "group", {
    version: request.version,
    action: "update",
    owned: ["createdDateTime"],
  });
  const {
    displayName = group.displayName,
    description = group.description,
    mailNickname = group.mailNickname,
    ...rest
  } = properties;
  onlySecurity(rest);
  if (!displayName || !mailNickname) throw invalid("'displayName' and 'mailNickname' of a group cannot be empty.");
  context.db.run(
    "UPDATE directoryGroup SET displayName = :displayName, description = :description, mailNickname = :mailNickname WHERE id = :id",
    {
      id: group.id,
      displayName: String(displayName),
      description: description === null ? null : String(description),
      mailNickname: String(mailNickname),
    },
  );
  return { status: 204 };
}

function remove(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requested(context, request);
  context.db.run("DELETE FROM member WHERE memberId = :id", { id });
  context.db.run("DELETE FROM directoryGroup WHERE id = :id", { id });
  return { status: 204 };
}

function memberEntity(context: TenantContext, { id, kind }: Member): Record<string, unknown> {
  if (kind === "user") return { "@odata.type": "#microsoft.graph.user", ...userEntity(findUser(context, id)!) };
  if (kind === "group") return { "@odata.type": "#microsoft.graph.group", ...groupEntity(findGroup(context, id)!) };
  const device = context.db.get<Device>("SELECT * FROM device WHERE directoryId = :id", { id })!;
  return { "@odata.type": "#microsoft.graph.device", id, deviceId: id, displayName: device.deviceName };
}

function answerMembers(context: TenantContext, request: RouteRequest, name: string, all: readonly Member[]): Reply {
  const found = pageOf(request, `${path}/${request.parameters.id}/${name}`, all);
  const rows = found.rows.map((member) => memberEntity(context, member));
  return collection(request, "directoryObjects", { ...found, rows });
}

/** Members of one kind only, where the address casts to it: `/members/microsoft.graph.user`. */
const ofKind =
  ({ cast }: RouteRequest) =>
  (member: Member) =>
    cast === undefined || cast === member.kind;

function listMembers(context: TenantContext, request: RouteRequest): Reply {
  const all = membersOf(context, requested(context, request).id).filter(ofKind(request));
  return answerMembers(context, request, "members", all);
}

function listTransitive(context: TenantContext, request: RouteRequest): Reply {
  const all = transitiveMembersOf(context, requested(context, request).id).filter(ofKind(request));
  return answerMembers(context, request, "transitiveMembers", all);
}

/** The user, group or device of an id of the directory. */
function findObject(context: TenantContext, id: string): Member {
  if (findUser(context, id)?.id === id) return { id, kind: "user" };
  if (findGroup(context, id)) return { id, kind: "group" };
  if (context.db.get("SELECT id FROM device WHERE directoryId = :id", { id })) return { id, kind: "device" };
  throw directoryNotFound(id);
}

function addRef(context: TenantContext, request: RouteRequest): Reply {
  const group = requested(context, request);
  const body = (request.body ?? {}) as Record<string, unknown>;
  const member = findObject(context, referredId(body["@odata.id"], "@odata.id"));
  if (!addMember(context, group.id, member)) {
    throw invalid(
      "One or more added object references already exist for the following modified properties: 'members'.",
    );
  }
  return { status: 204 };
}

function removeRef(context: TenantContext, request: RouteRequest): Reply {
  const { memberId } = request.parameters;
  if (!removeMember(context, requested(context, request).id, memberId!)) throw directoryNotFound(memberId!);
  return { status: 204 };
}
