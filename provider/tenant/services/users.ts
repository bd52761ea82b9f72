/** `/users`: people as the directory shows them. */
import type { TenantContext } from "../context";
import { directoryNotFound } from "../errors";
import { isRecord } from "../metadata";
import { readEntity } from "../odata";
import { type Listing, listRows, pageOf } from "../query";
import { both, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { deleteUser, findUser, type User } from "./directory";
import { directoryScopes, invalid, userEntity } from "./directoryObjects";
import { userDevices } from "./managedDevices";
import { givenSql, giveProperties } from "./properties";

const path = "/users";
const read = [...scopes.users.read, ...directoryScopes.read];
const write = [...scopes.users.write, ...directoryScopes.write];

export const userRoutes: readonly Route[] = [
  { method: "GET", path, versions: both, scopes: read, answers: "Collection(user)", handle: list },
  { method: "POST", path, versions: both, scopes: write, answers: "user", handle: create },
  { method: "GET", path: `${path}/:id`, versions: both, scopes: read, answers: "user", handle: get },
  { method: "PATCH", path: `${path}/:id`, versions: both, scopes: write, handle: patch },
  { method: "DELETE", path: `${path}/:id`, versions: both, scopes: write, handle: remove },
  {
    method: "GET",
    path: `${path}/:id/managedDevices`,
    versions: both,
    scopes: scopes.managedDevices.read,
    answers: "Collection(managedDevice)",
    handle: managedDevices,
  },
];

/** Properties that nothing in the tenant looks at, and that a filter may. */
const filteredByGiven = ["department", "givenName", "jobTitle", "surname", "usageLocation"];

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
    mailNickname: givenSql("mailNickname", "substr(userPrincipalName, 1, instr(userPrincipalName, '@') - 1)"),
    userType: givenSql("userType", "'Member'"),
    ...Object.fromEntries(filteredByGiven.map((name) => [name, givenSql(name)])),
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
function shown(context: TenantContext, { query }: RouteRequest, user: User): Entity {
  const entity = userEntity(context, user);
  return query.has("$select") ? entity : Object.fromEntries(byDefault.map((name) => [name, entity[name]]));
}

function list(context: TenantContext, request: RouteRequest): Reply {
  const page = listRows<User>(context, request, listing);
  return { status: 200, page: { ...page, rows: page.rows.map((user) => shown(context, request, user)) } };
}

function requested(context: TenantContext, { parameters }: RouteRequest): User {
  const user = findUser(context, parameters.id!);
  if (!user) throw directoryNotFound(parameters.id!);
  return user;
}

function get(context: TenantContext, request: RouteRequest): Reply {
  return {
    status: 200,
    entity: shown(context, request, requested(context, request)),
  };
}

type Stored = string | number | null;

/** Properties that are columns of the table, with how they are stored. */
const columns: Record<string, (value: unknown) => Stored> = {
  displayName: String,
  userPrincipalName: String,
  mail: (value) => (value === null ? null : String(value)),
  accountEnabled: (value) => (value ? 1 : 0),
};

/** Properties that can be written and that nothing in the tenant looks at. */
const kept: ReadonlySet<string> = new Set([
  "businessPhones",
  "department",
  "givenName",
  "jobTitle",
  "mailNickname",
  "mobilePhone",
  "officeLocation",
  "preferredLanguage",
  "surname",
  "usageLocation",
  "userType",
]);

const required = ["accountEnabled", "displayName", "mailNickname", "userPrincipalName"] as const;

interface UserBody {
  columns: Record<string, Stored>;
  kept: Record<string, unknown>;
  hasPassword: boolean;
}

/** What a body says of a user. A password is looked at, so that what Graph refuses is refused, and goes no further. */
function readUser(context: TenantContext, { body, version }: RouteRequest, before?: User): UserBody {
  const { passwordProfile, ...rest } = isRecord(body) ? body : {};
  if (passwordProfile !== undefined) checkPassword(passwordProfile);
  const { properties } = readEntity(isRecord(body) ? rest : body, "user", { version, action: "update", owned: [] });
  const read: UserBody = { columns: {}, kept: {}, hasPassword: passwordProfile !== undefined };
  for (const [name, value] of Object.entries(properties)) {
    if (required.some((each) => each === name) && (value === null || value === "")) {
      throw invalid(`Invalid value specified for property '${name}' of resource 'User'.`);
    }
    if (Object.hasOwn(columns, name)) read.columns[name] = columns[name]!(value);
    else if (kept.has(name)) read.kept[name] = value;
    else throw invalid(`Property '${name}' is read-only and cannot be set.`);
  }
  checkName(context, read.columns.userPrincipalName, before);
  return read;
}

function checkPassword(profile: unknown): void {
  const given = isRecord(profile) ? profile.password : undefined;
  if (typeof given !== "string" || given === "") throw invalid("'passwordProfile' of a user needs a 'password'.");
}

function checkName(context: TenantContext, name: Stored | undefined, before: User | undefined): void {
  if (name === undefined) return;
  if (!/^[^@\s]+@[^@\s]+$/.test(String(name))) {
    throw invalid(`The userPrincipalName '${String(name).slice(0, 100)}' must have the form name@domain.`);
  }
  const other = findUser(context, String(name));
  if (other && other.id !== before?.id) {
    throw invalid("Another object with the same value for property userPrincipalName already exists.");
  }
}

/** A new user has an Intune licence, as those of a seed have unless it says otherwise. */
function create(context: TenantContext, request: RouteRequest): Reply {
  const body = readUser(context, request);
  const given = { ...body.columns, ...body.kept };
  const missing = body.hasPassword ? required.find((name) => given[name] === undefined) : "passwordProfile";
  if (missing) throw invalid(`A value is required for property '${missing}' of resource 'User'.`);
  const id = context.ids.guid();
  const { userPrincipalName, displayName, mail = null, accountEnabled } = body.columns;
  context.db.run(
    `INSERT INTO user (id, userPrincipalName, displayName, mail, accountEnabled)
     VALUES (:id, :userPrincipalName, :displayName, :mail, :accountEnabled)`,
    { id, userPrincipalName: userPrincipalName!, displayName: displayName!, mail, accountEnabled: accountEnabled! },
  );
  giveProperties(context, id, body.kept);
  return { status: 201, entity: shown(context, request, findUser(context, id)!) };
}

function patch(context: TenantContext, request: RouteRequest): Reply {
  const user = requested(context, request);
  const body = readUser(context, request, user);
  for (const [name, value] of Object.entries(body.columns)) {
    context.db.run(`UPDATE user SET ${name} = :value WHERE id = :id`, { value, id: user.id });
  }
  giveProperties(context, user.id, body.kept);
  return { status: 204 };
}

function remove(context: TenantContext, request: RouteRequest): Reply {
  deleteUser(context, requested(context, request).id);
  return { status: 204 };
}

function managedDevices(context: TenantContext, request: RouteRequest): Reply {
  const all = userDevices(context, requested(context, request).id);
  const entityOf = (device: Entity) => device;
  return { status: 200, page: pageOf(request, { type: "managedDevice", all, entityOf, dialect: "managedDevices" }) };
}
