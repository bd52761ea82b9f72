/** `/users`: people as the directory shows them. */
import type { TenantContext } from "../context";
import { type Device, devicesOfUser } from "../devices/devices";
import { directoryNotFound, GraphError } from "../errors";
import { readEntity } from "../odata";
import { collection, countRows, type Listing, listRows, pageOf, refuseOptions, select } from "../query";
import { both, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { findGroup, findUser, groupsOf, parentsOf, type User } from "./directory";
import { groupEntity, userEntity } from "./directoryObjects";
import { deviceEntity } from "./managedDevices";

const path = "/users";
const { read, write } = scopes.users;

export const userRoutes: readonly Route[] = [
  { method: "GET", path, versions: both, scopes: read, handle: list },
  { method: "GET", path: `${path}/$count`, versions: both, scopes: read, handle: count },
  { method: "GET", path: `${path}/:id`, versions: both, scopes: read, handle: get },
  { method: "PATCH", path: `${path}/:id`, versions: both, scopes: write, handle: patch },
  { method: "GET", path: `${path}/:id/memberOf`, versions: both, scopes: read, handle: memberOf },
  { method: "GET", path: `${path}/:id/transitiveMemberOf`, versions: both, scopes: read, handle: transitiveMemberOf },
  {
    method: "GET",
    path: `${path}/:id/managedDevices`,
    versions: both,
    scopes: scopes.managedDevices.read,
    handle: managedDevices,
  },
];

const listing: Listing = {
  table: "user",
  filters: { id: "id", displayName: "displayName", userPrincipalName: "userPrincipalName", mail: "mail" },
};

/** What Graph answers without `$select`; the rest of the properties has to be asked for. */
const byDefault =
  "businessPhones,displayName,givenName,jobTitle,mail,mobilePhone,officeLocation,preferredLanguage,surname,userPrincipalName,id";

function withDefault(request: RouteRequest): RouteRequest {
  if (request.query.has("$select")) return request;
  const query = new URLSearchParams(request.query);
  query.set("$select", byDefault);
  return { ...request, query };
}

function list(context: TenantContext, request: RouteRequest): Reply {
  const page = listRows<User>(context, request, path, listing);
  return collection(withDefault(request), "users", { ...page, rows: page.rows.map(userEntity) });
}

function count(context: TenantContext, request: RouteRequest): Reply {
  refuseOptions(request.query, ["$filter"]);
  return { status: 200, body: String(countRows(context, request.query, listing)) };
}

function requested(context: TenantContext, { parameters }: RouteRequest): User {
  const user = findUser(context, parameters.id!);
  if (!user) throw directoryNotFound(parameters.id!);
  return user;
}

function get(context: TenantContext, request: RouteRequest): Reply {
  refuseOptions(request.query, ["$select"]);
  const entity = select(withDefault(request), userEntity(requested(context, request)));
  return { status: 200, body: { "@odata.context": `${request.base}/$metadata#users/$entity`, ...entity } };
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

function groups(context: TenantContext, request: RouteRequest, name: string, ids: readonly string[]): Reply {
  const rows = ids.map((id) => ({ "@odata.type": "#microsoft.graph.group", ...groupEntity(findGroup(context, id)!) }));
  return collection(request, "directoryObjects", pageOf(request, `${path}/${request.parameters.id}/${name}`, rows));
}

function memberOf(context: TenantContext, request: RouteRequest): Reply {
  return groups(context, request, "memberOf", parentsOf(context, requested(context, request).id));
}

function transitiveMemberOf(context: TenantContext, request: RouteRequest): Reply {
  return groups(context, request, "transitiveMemberOf", groupsOf(context, requested(context, request).id));
}

function managedDevices(context: TenantContext, request: RouteRequest): Reply {
  const user = requested(context, request);
  const rows = devicesOfUser(context, user.id).map((device: Device) => deviceEntity(context, device, request.version));
  return collection(
    request,
    `users('${user.id}')/managedDevices`,
    pageOf(request, `${path}/${user.id}/managedDevices`, rows),
  );
}
