/** `/groups`: security groups and their members. */
import type { TenantContext } from "../context";
import { directoryNotFound, GraphError } from "../errors";
import { readEntity, referredId } from "../odata";
import { type Listing, listRows, pageOf } from "../query";
import { both, type Reply, type Route, type RouteRequest, scopes } from "../route";
import {
  addMember,
  findGroup,
  type Group,
  type Member,
  membersOf,
  parentsOf,
  removeMember,
  transitiveMembersOf,
} from "./directory";
import { findObject, groupEntity, memberEntity } from "./directoryObjects";

const path = "/groups";
const { groups, members } = scopes;
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
  {
    method: "GET",
    path: `${path}/:id/memberOf`,
    versions: both,
    scopes: members.read,
    answers: objects,
    handle: memberOf,
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

const invalid = (message: string) => new GraphError(400, "Request_BadRequest", message);

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

function answerMembers(context: TenantContext, request: RouteRequest, members: readonly Member[]): Reply {
  const { cast } = request;
  const all = cast === undefined ? members : members.filter(({ kind }) => kind === cast);
  const entityOf = (member: Member) => memberEntity(context, member);
  return { status: 200, page: pageOf(request, { type: "directoryObject", all, entityOf, dialect: "directory" }) };
}

function listMembers(context: TenantContext, request: RouteRequest): Reply {
  return answerMembers(context, request, membersOf(context, requested(context, request).id));
}

function listTransitive(context: TenantContext, request: RouteRequest): Reply {
  return answerMembers(context, request, transitiveMembersOf(context, requested(context, request).id));
}

function memberOf(context: TenantContext, request: RouteRequest): Reply {
  const groups = parentsOf(context, requested(context, request).id);
  return answerMembers(
    context,
    request,
    groups.map((id) => ({ id, kind: "group" })),
  );
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
