/** `/groups`: security groups and their members. */
import type { TenantContext } from "../context";
import { directoryNotFound } from "../errors";
import { isRecord } from "../metadata";
import { readEntity } from "../odata";
import { type Listing, listRows } from "../query";
import { both, type Reply, type Route, type RouteRequest, scopes } from "../route";
import {
  addMember,
  findGroup,
  forgetMember,
  type Group,
  membersOf,
  removeMember,
  transitiveMembersOf,
} from "./directory";
import {
  directoryCollections,
  directoryObjectRoutes,
  directoryScopes,
  findObject,
  groupEntity,
  invalid,
  memberPage,
} from "./directoryObjects";
import { membershipRoutes } from "./memberships";
import { readReference, takeBinds } from "./references";

const path = "/groups";
const groups = {
  read: [...scopes.groups.read, ...directoryScopes.read],
  write: [...scopes.groups.write, ...directoryScopes.write],
};
const members = {
  read: [...scopes.members.read, ...directoryScopes.read],
  write: [...scopes.members.write, ...directoryScopes.write],
};
const objects = "Collection(directoryObject)";

export const groupRoutes: readonly Route[] = [
  { method: "GET", path, versions: both, scopes: groups.read, answers: "Collection(group)", handle: list },
  { method: "POST", path, versions: both, scopes: groups.write, answers: "group", handle: create },
  { method: "GET", path: `${path}/:id`, versions: both, scopes: groups.read, answers: "group", handle: get },
  { method: "PATCH", path: `${path}/:id`, versions: both, scopes: groups.write, handle: patch },
  { method: "DELETE", path: `${path}/:id`, versions: both, scopes: groups.write, handle: remove },
  {
    method: "GET",
    path: `${path}/:id/members`,
    versions: both,
    scopes: members.read,
    answers: objects,
    handle: listMembers,
  },
  {
    method: "GET",
    path: `${path}/:id/transitiveMembers`,
    versions: both,
    scopes: members.read,
    answers: objects,
    handle: listTransitive,
  },
  { method: "GET", path: `${path}/:id/owners`, versions: both, scopes: members.read, answers: objects, handle: owners },
  { method: "POST", path: `${path}/:id/members/$ref`, versions: both, scopes: members.write, handle: addRef },
  {
    method: "DELETE",
    path: `${path}/:id/members/:memberId/$ref`,
    versions: both,
    scopes: members.write,
    handle: removeRef,
  },
  ...directoryObjectRoutes,
  ...membershipRoutes,
];

const listing: Listing = {
  type: "group",
  table: "directoryGroup",
  columns: {
    id: "id",
    displayName: "displayName",
    mailNickname: "mailNickname",
    description: "description",
    createdDateTime: "createdDateTime",
    // The tenant has plain security groups only.
    securityEnabled: "1",
    mailEnabled: "0",
    groupTypes: "NULL",
  },
  searched: ["displayName", "description"],
  dialect: "directory",
};

function list(context: TenantContext, request: RouteRequest): Reply {
  const page = listRows<Group>(context, request, listing);
  return { status: 200, page: { ...page, rows: page.rows.map(groupEntity) } };
}

function requested(context: TenantContext, { parameters }: RouteRequest): Group {
  const group = findGroup(context, parameters.id!);
  if (!group) throw directoryNotFound(parameters.id!);
  return group;
}

function get(context: TenantContext, request: RouteRequest): Reply {
  return {
    status: 200,
    entity: groupEntity(requested(context, request)),
  };
}

const required = ["displayName", "mailEnabled", "mailNickname", "securityEnabled"] as const;

/** Most links that one request may add. */
const linksMax = 20;

/** What a body says of a group, and the members that it links. */
function readGroup({ body, version }: RouteRequest) {
  if (isRecord(body) && body["owners@odata.bind"] !== undefined) {
    throw invalid("The simulated tenant keeps no owners of groups: leave out 'owners@odata.bind'.");
  }
  const { ids, rest } = takeBinds(body, "members", directoryCollections, linksMax);
  const { properties } = readEntity(rest, "group", { version, action: "update", owned: ["createdDateTime"] });
  return { properties, memberIds: ids };
}

function create(context: TenantContext, request: RouteRequest): Reply {
  const { properties, memberIds } = readGroup(request);
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
  for (const id of memberIds) add(context, group.id, id);
  return { status: 201, entity: groupEntity(group) };
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
  const { properties, memberIds } = readGroup(request);
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
  for (const id of memberIds) add(context, group.id, id);
  return { status: 204 };
}

function remove(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requested(context, request);
  forgetMember(context, id);
  context.db.run("DELETE FROM directoryGroup WHERE id = :id", { id });
  return { status: 204 };
}

function listMembers(context: TenantContext, request: RouteRequest): Reply {
  return memberPage(context, request, membersOf(context, requested(context, request).id));
}

function listTransitive(context: TenantContext, request: RouteRequest): Reply {
  return memberPage(context, request, transitiveMembersOf(context, requested(context, request).id));
}

function owners(context: TenantContext, request: RouteRequest): Reply {
  requested(context, request);
  return memberPage(context, request, []);
}

function addRef(context: TenantContext, request: RouteRequest): Reply {
  const group = requested(context, request);
  add(context, group.id, readReference(request.body, directoryCollections));
  return { status: 204 };
}

function add(context: TenantContext, groupId: string, memberId: string): void {
  if (memberId === groupId) throw invalid(`The group '${groupId}' cannot be a member of itself.`);
  if (addMember(context, groupId, findObject(context, memberId))) return;
  throw invalid("One or more added object references already exist for the following modified properties: 'members'.");
}

function removeRef(context: TenantContext, request: RouteRequest): Reply {
  const { memberId } = request.parameters;
  if (!removeMember(context, requested(context, request).id, memberId!)) throw directoryNotFound(memberId!);
  return { status: 204 };
}
