/** `/users`: people as the directory shows them. */
import type { TenantContext } from "../context";
import { type Device, devicesOfUser } from "../devices/devices";
import { directoryNotFound, GraphError } from "../errors";
import { readEntity } from "../odata";
import { type Listing, listRows, pageOf } from "../query";
import { both, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { findUser, groupsOf, parentsOf, type User } from "./directory";
import { memberEntity, userEntity } from "./directoryObjects";
import { deviceEntity } from "./managedDevices";

const path = "/users";
const { read, write } = scopes.users;
const groups = "Collection(directoryObject)";

export const userRoutes: readonly Route[] = [
  { method: "GET", path, versions: both, scopes: read, answers: "Collection(user)", handle: list },
  { method: "GET", path: `${path}/:id`, versions: both, scopes: read, answers: "user", handle: get },
  { method: "PATCH", path: `${path}/:id`, versions: both, scopes: write, handle: patch },
  { method: "GET", path: `${path}/:id/memberOf`, versions: both, scopes: read, answers: groups, handle: memberOf },
  {
    method: "GET",
    path: `${path}/:id/transitiveMemberOf`,
    versions: both,
    scopes: read,
    answers: groups,
    handle: transitiveMemberOf,
  },
  {
    method: "GET",
    path: `${path}/:id/managedDevices`,
    versions: both,
    scopes: scopes.managedDevices.read,
    answers: "Collection(managedDevice)",
    handle: managedDevices,
  },
];

const listing: Listing = {
  type: "user",
  table: "user",
  columns: {
    id: "id",
    displayName: "displayName",
    userPrincipalName: "userPrincipalName",
    mail: "mail",
    accountEnabled: "accountEnabled",
    onPremisesSamAccountName: "onPremisesSamAccountName",
    proxyAddresses: "'SMTP:' || mail",
  },
  searched: ["displayName", "mail", "userPrincipalName"],
  dialect: "directory",
};

/** What Graph answers without `$select`; the rest of the properties has to be asked for. */
const byDefault = [
  "id",
  "businessPhones",
  "displayName",
  "givenName",
  "jobTitle",
  "mail",
  "mobilePhone",
  "officeLocation",
  "preferredLanguage",
  "surname",
  "userPrincipalName",
];

/** The user with what is asked for, or with what comes unasked. */
function shown({ query }: RouteRequest, user: User): Entity {
  const entity = userEntity(user);
  return query.has("$select") ? entity : Object.fromEntries(byDefault.map((name) => [name, entity[name]]));
}

function list(context: TenantContext, request: RouteRequest): Reply {
  const page = listRows<User>(context, request, listing);
  return { status: 200, page: { ...page, rows: page.rows.map((user) => shown(request, user)) } };
}

function requested(context: TenantContext, { parameters }: RouteRequest): User {
  const user = findUser(context, parameters.id!);
  if (!user) throw directoryNotFound(parameters.id!);
  return user;
}

function get(context: TenantContext, request: RouteRequest): Reply {
  return {
    status: 200,
    entity: shown(request, requested(context, request)),
  };
}

/** Properties that can be changed, with how they are stored; each is its column's name. */
const writable: Record<string, (value: unknown) => string | number | null> = {
  displayName: String,
  userPrincipalName: String,
  mail: (value) => (value === null ? null : String(value)),
  accountEnabled: (value) => (value ? 1 : 0),
};

function patch(context: TenantContext, request: RouteRequest): Reply {
  const user = requested(context, request);
  const { properties } = readEntity(request.body, "user", { version: request.version, action: "update", owned: [] });
  for (const [name, value] of Object.entries(properties)) {
    const store = Object.hasOwn(writable, name) ? writable[name] : undefined;
    if (!store) throw new GraphError(400, "Request_BadRequest", `Property '${name}' is read-only and cannot be set.`);
    context.db.run(`UPDATE user SET ${name} = :value WHERE id = :id`, { value: store(value), id: user.id });
  }
  return { status: 204 };
}

function inGroups(context: TenantContext, request: RouteRequest, ids: readonly string[]): Reply {
  const entityOf = (id: string) => memberEntity(context, { id, kind: "group" });
  return { status: 200, page: pageOf(request, { type: "directoryObject", all: ids, entityOf, dialect: "directory" }) };
}

function memberOf(context: TenantContext, request: RouteRequest): Reply {
  return inGroups(context, request, parentsOf(context, requested(context, request).id));
}

function transitiveMemberOf(context: TenantContext, request: RouteRequest): Reply {
  return inGroups(context, request, groupsOf(context, requested(context, request).id));
}

function managedDevices(context: TenantContext, request: RouteRequest): Reply {
  const all = devicesOfUser(context, requested(context, request).id);
  const entityOf = (device: Device) => deviceEntity(context, device);
  return { status: 200, page: pageOf(request, { type: "managedDevice", all, entityOf, dialect: "managedDevices" }) };
}
