/** `/deviceManagement/derivedCredentials`: issuers of derived credentials, and which email profiles use one (beta). */
import type { TenantContext } from "../context";
import { badRequest, notFound } from "../errors";
import { knownType, plain } from "../metadata";
import { readEntity } from "../odata";
import { pageOf } from "../query";
import { betaOnly, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { type ConfigurationRow, requestedConfiguration } from "./configurations";
import { readReference } from "./references";

const path = "/deviceManagement/derivedCredentials";
const collection = "derivedCredentials";
const answers = "deviceManagementDerivedCredentialSettings";
/** The navigation property of a configuration that leads to one. */
export const derivedCredentialLink = "derivedCredentialSettings";
const link = `/deviceManagement/deviceConfigurations/:id/${derivedCredentialLink}`;
const { read, write } = scopes.configuration;
const row = { versions: betaOnly } as const;

export const derivedCredentialRoutes: readonly Route[] = [
  { ...row, method: "GET", path, scopes: read, answers: `Collection(${answers})`, handle: list },
  { ...row, method: "POST", path, scopes: write, answers, handle: create },
  { ...row, method: "GET", path: `${path}/:id`, scopes: read, answers, handle: get },
  { ...row, method: "PATCH", path: `${path}/:id`, scopes: write, answers, handle: patch },
  { ...row, method: "DELETE", path: `${path}/:id`, scopes: write, handle: remove },
  { ...row, method: "GET", path: link, scopes: read, answers, handle: getLinked },
  { ...row, method: "GET", path: `${link}/$ref`, scopes: read, handle: getRef },
  { ...row, method: "PUT", path: `${link}/$ref`, scopes: write, handle: putRef },
  { ...row, method: "DELETE", path: `${link}/$ref`, scopes: write, handle: deleteRef },
];

interface CredentialRow {
  id: string;
  properties: string;
}

const entity = ({ id, properties }: CredentialRow): Entity => ({ id, ...(JSON.parse(properties) as Entity) });

const find = ({ db }: TenantContext, id: string) =>
  db.get<CredentialRow>("SELECT * FROM derivedCredential WHERE id = :id", { id });

function requested(context: TenantContext, { parameters }: RouteRequest): CredentialRow {
  const found = find(context, parameters.id!);
  if (!found) throw notFound(`The derived credential settings '${parameters.id}' do not exist.`);
  return found;
}

function list(context: TenantContext, request: RouteRequest): Reply {
  const all = context.db.all<CredentialRow>("SELECT * FROM derivedCredential ORDER BY rowid");
  return { status: 200, page: pageOf(request, { type: answers, all, entityOf: entity }) };
}

function get(context: TenantContext, request: RouteRequest): Reply {
  return { status: 200, entity: entity(requested(context, request)) };
}

function create(context: TenantContext, request: RouteRequest): Reply {
  const { properties } = readEntity(request.body, answers, { version: "beta", action: "create", owned: [] });
  const made = { id: context.ids.guid(), properties: JSON.stringify(properties) };
  context.db.run("INSERT INTO derivedCredential VALUES (:id, :properties)", made);
  return { status: 201, entity: entity(made) };
}

function patch(context: TenantContext, request: RouteRequest): Reply {
  const { id, properties: before } = requested(context, request);
  const { properties } = readEntity(request.body, answers, { version: "beta", action: "update", owned: [] });
  const changed = { id, properties: JSON.stringify({ ...(JSON.parse(before) as object), ...properties }) };
  context.db.run("UPDATE derivedCredential SET properties = :properties WHERE id = :id", changed);
  return { status: 200, entity: entity(changed) };
}

function remove(context: TenantContext, request: RouteRequest): Reply {
  context.db.run("DELETE FROM derivedCredential WHERE id = :id", { id: requested(context, request).id });
  return { status: 204 };
}

// --- links ------------------------------------------------------------------------------------------------------------

/** Whether links of this name lead from the type to derived credentials. */
const leadsToCredentials = (type: string, navigation: string): boolean =>
  plain(knownType(type).navigations.get(navigation)?.type ?? "") === answers;

/** Lets an email profile use the credentials of an issuer. */
export function linkCredential(context: TenantContext, { id, type }: ConfigurationRow, credentialId: string): void {
  if (!leadsToCredentials(type, derivedCredentialLink)) {
    throw badRequest(`The type 'microsoft.graph.${type}' has no navigation property '${derivedCredentialLink}'.`);
  }
  if (!find(context, credentialId)) {
    throw badRequest(
      `The derived credential settings '${credentialId}', to which '${derivedCredentialLink}' is to be linked, do not exist.`,
    );
  }
  context.db.run(
    "INSERT INTO derivedCredentialLink VALUES (:id, :credentialId) ON CONFLICT DO UPDATE SET credentialId = excluded.credentialId",
    { id, credentialId },
  );
}

function linked(context: TenantContext, request: RouteRequest): CredentialRow {
  const { id, type } = requestedConfiguration(context, request);
  if (!leadsToCredentials(type, derivedCredentialLink)) {
    throw badRequest(`The type 'microsoft.graph.${type}' has no navigation property '${derivedCredentialLink}'.`);
  }
  const found = context.db.get<CredentialRow>(
    `SELECT derivedCredential.* FROM derivedCredentialLink JOIN derivedCredential ON derivedCredential.id = credentialId
     WHERE configurationId = :id`,
    { id },
  );
  if (!found) throw notFound(`'${derivedCredentialLink}' of the device configuration '${id}' is not set.`);
  return found;
}

function getLinked(context: TenantContext, request: RouteRequest): Reply {
  return { status: 200, entity: entity(linked(context, request)) };
}

function getRef(context: TenantContext, request: RouteRequest): Reply {
  const { id } = linked(context, request);
  const annotations = {
    "@odata.context": `${request.base}/$metadata#$ref`,
    "@odata.id": `${request.base}${path}('${id}')`,
  };
  return { status: 200, body: annotations };
}

function putRef(context: TenantContext, request: RouteRequest): Reply {
  linkCredential(context, requestedConfiguration(context, request), readReference(request.body, [collection]));
  return { status: 204 };
}

function deleteRef(context: TenantContext, request: RouteRequest): Reply {
  linked(context, request);
  context.db.run("DELETE FROM derivedCredentialLink WHERE configurationId = :id", { id: request.parameters.id! });
  return { status: 204 };
}
