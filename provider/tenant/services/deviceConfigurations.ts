/** `/deviceManagement/deviceConfigurations`: email profiles of every type, certificates, and the links between them. */

import type { TenantContext } from "../context";
import { badRequest, notFound } from "../errors";
import { concreteTypes } from "../metadata";
import { type EntityBody, type Reading, readEntity, referredId } from "../odata";
import { badQuery, collection, countRows, type Listing, listRows, refuseOptions, select } from "../query";
import { both, type Route, type RouteRequest, scopes } from "../route";
import { assignmentEntities } from "./assignments";
import {
  type ConfigurationRow,
  configurationEntity,
  configurationJson,
  configurationOwned,
  deleteConfiguration,
  insertConfiguration,
  linkedConfiguration,
  putLink,
  removeLink,
  requestedConfiguration,
  updateConfiguration,
} from "./configurations";

export const configurationsPath = "/deviceManagement/deviceConfigurations";
const { read, write } = scopes.configuration;

export const deviceConfigurationRoutes: readonly Route[] = [
  { method: "GET", path: configurationsPath, versions: both, scopes: read, handle: list },
  { method: "GET", path: `${configurationsPath}/$count`, versions: both, scopes: read, handle: count },
  { method: "POST", path: configurationsPath, versions: both, scopes: write, handle: create },
  { method: "GET", path: `${configurationsPath}/:id`, versions: both, scopes: read, handle: get },
  { method: "PATCH", path: `${configurationsPath}/:id`, versions: both, scopes: write, handle: patch },
  { method: "DELETE", path: `${configurationsPath}/:id`, versions: both, scopes: write, handle: remove },
  { method: "GET", path: `${configurationsPath}/:id/:navigation`, versions: both, scopes: read, handle: getLinked },
  { method: "GET", path: `${configurationsPath}/:id/:navigation/$ref`, versions: both, scopes: read, handle: getRef },
  { method: "PUT", path: `${configurationsPath}/:id/:navigation/$ref`, versions: both, scopes: write, handle: putRef },
  {
    method: "DELETE",
    path: `${configurationsPath}/:id/:navigation/$ref`,
    versions: both,
    scopes: write,
    handle: deleteRef,
  },
];

/** A cast in the address leaves the configurations of that type and of those that derive from it. */
function listing({ cast }: RouteRequest): Listing {
  const types = cast === undefined ? undefined : concreteTypes(cast).map((name) => `'${name}'`);
  return {
    table: "deviceConfiguration",
    where: types ? `type IN (${types.join(", ")})` : "TRUE",
    filters: { displayName: "displayName", id: "id" },
    typeColumn: "type",
    options: ["$expand"],
  };
}

/** The entity for an answer, with its assignments where `$expand` asks for them. */
function shown(
  context: TenantContext,
  request: RouteRequest,
  row: ConfigurationRow,
  annotations?: Record<string, unknown>,
): Record<string, unknown> {
  const entity = select(request, configurationEntity(row, request.version, annotations));
  const expand = request.query.get("$expand");
  if (expand === null) return entity;
  if (expand !== "assignments") {
    throw badQuery(`The property '${expand}' cannot be used in the query option '$expand'.`);
  }
  return {
    ...entity,
    "assignments@odata.context": `${request.base}/$metadata#deviceManagement/deviceConfigurations('${row.id}')/assignments`,
    assignments: assignmentEntities(context, row.id, request.version),
  };
}

const oneOf = ({ base }: RouteRequest) => ({
  "@odata.context": `${base}/$metadata#deviceManagement/deviceConfigurations/$entity`,
});

const answer = (context: TenantContext, request: RouteRequest, row: ConfigurationRow) =>
  shown(context, request, row, oneOf(request));

function readBody(request: RouteRequest, action: Reading["action"]): EntityBody {
  return readEntity(request.body, "deviceConfiguration", {
    version: request.version,
    action,
    owned: configurationOwned,
  });
}

function list(context: TenantContext, request: RouteRequest) {
  const { rows, ...page } = listRows<ConfigurationRow>(context, request, configurationsPath, listing(request));
  const value = rows.map((row) => shown(context, request, row));
  return collection({ ...request, query: new URLSearchParams() }, "deviceManagement/deviceConfigurations", {
    ...page,
    rows: value,
  });
}

function count(context: TenantContext, request: RouteRequest) {
  refuseOptions(request.query, ["$filter"]);
  return { status: 200 as const, body: String(countRows(context, request.query, listing(request))) };
}

function create(context: TenantContext, request: RouteRequest) {
  const row = insertConfiguration(context, readBody(request, "create"));
  return { status: 201 as const, body: answer(context, request, row) };
}

function get(context: TenantContext, request: RouteRequest) {
  refuseOptions(request.query, ["$select", "$expand"]);
  const row = requestedConfiguration(context, request);
  if (request.version === "beta" && request.query.size === 0) {
    return { status: 200 as const, json: configurationJson(row, oneOf(request)) };
  }
  return { status: 200 as const, body: answer(context, request, row) };
}

function patch(context: TenantContext, request: RouteRequest) {
  const row = requestedConfiguration(context, request);
  const body = readBody(request, "update");
  if (body.type !== "deviceConfiguration" && body.type !== row.type) {
    throw badRequest(
      `The device configuration '${row.id}' is a microsoft.graph.${row.type}: its type cannot become microsoft.graph.${body.type}.`,
    );
  }
  return { status: 200 as const, body: answer(context, request, updateConfiguration(context, row, body)) };
}

function remove(context: TenantContext, request: RouteRequest) {
  deleteConfiguration(context, requestedConfiguration(context, request).id);
  return { status: 204 as const };
}

function linked(context: TenantContext, request: RouteRequest): ConfigurationRow {
  const row = requestedConfiguration(context, request);
  const target = linkedConfiguration(context, row, request.parameters.navigation!);
  if (!target) throw notFound(`'${request.parameters.navigation}' of the device configuration '${row.id}' is not set.`);
  return target;
}

function getLinked(context: TenantContext, request: RouteRequest) {
  return { status: 200 as const, body: answer(context, request, linked(context, request)) };
}

function getRef(context: TenantContext, request: RouteRequest) {
  const target = linked(context, request);
  return {
    status: 200 as const,
    body: {
      "@odata.context": `${request.base}/$metadata#$ref`,
      "@odata.id": `${request.base}${configurationsPath}('${target.id}')`,
    },
  };
}

function putRef(context: TenantContext, request: RouteRequest) {
  const row = requestedConfiguration(context, request);
  const body = (request.body ?? {}) as Record<string, unknown>;
  putLink(context, row, request.parameters.navigation!, referredId(body["@odata.id"], "@odata.id"));
  return { status: 204 as const };
}

function deleteRef(context: TenantContext, request: RouteRequest) {
  const row = requestedConfiguration(context, request);
  if (!removeLink(context, row, request.parameters.navigation!)) linked(context, request);
  return { status: 204 as const };
}
