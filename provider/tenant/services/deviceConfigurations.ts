/** `/deviceManagement/deviceConfigurations`: email profiles of every type, certificates, and the links between them. */

import type { TenantContext } from "../context";
import { badRequest, notFound } from "../errors";
import { isRecord } from "../metadata";
import { type EntityBody, type Reading, readEntity } from "../odata";
import { type Listing, listRows } from "../query";
import { betaOnly, both, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { certificateStateRoutes } from "./certificateStates";
import { configurationActionRoutes } from "./configurationActions";
import {
  type ConfigurationRow,
  configurationEntity,
  configurationJson,
  configurationOwned,
  deleteConfiguration,
  insertConfiguration,
  isLink,
  linkedConfiguration,
  putLink,
  removeLink,
  requestedConfiguration,
  updateConfiguration,
} from "./configurations";
import { derivedCredentialLink, derivedCredentialRoutes, linkCredential } from "./derivedCredentials";
import { deviceManagementRoutes } from "./deviceManagement";
import { groupAssignmentRoutes } from "./groupAssignments";
import { noLinkRoute, readReference, referredIn } from "./references";

export const configurationsPath = "/deviceManagement/deviceConfigurations";
const { read, write } = scopes.configuration;

const answers = "deviceConfiguration";
const one = `${configurationsPath}/:id`;
const link = `${one}/:navigation`;

export const deviceConfigurationRoutes: readonly Route[] = [
  {
    method: "GET",
    path: configurationsPath,
    versions: both,
    scopes: read,
    answers: `Collection(${answers})`,
    handle: list,
  },
  { method: "POST", path: configurationsPath, versions: both, scopes: write, answers, handle: create },
  { method: "GET", path: one, versions: both, scopes: read, answers, handle: get },
  { method: "PATCH", path: one, versions: both, scopes: write, answers, handle: patch },
  { method: "DELETE", path: one, versions: both, scopes: write, handle: remove },
  // Only types that v1.0 has not have links.
  { method: "GET", path: link, versions: betaOnly, scopes: read, answers, handle: getLinked },
  { method: "GET", path: `${link}/$ref`, versions: betaOnly, scopes: read, handle: getRef },
  { method: "PUT", path: `${link}/$ref`, versions: betaOnly, scopes: write, handle: putRef },
  { method: "DELETE", path: `${link}/$ref`, versions: betaOnly, scopes: write, handle: deleteRef },
  ...certificateStateRoutes,
  ...configurationActionRoutes,
  ...derivedCredentialRoutes,
  ...deviceManagementRoutes,
  ...groupAssignmentRoutes,
];

const listing: Listing = {
  type: "deviceConfiguration",
  table: "deviceConfiguration",
  columns: {
    id: "id",
    displayName: "displayName",
    description: "properties ->> '$.description'",
    version: "version",
    createdDateTime: "createdDateTime",
    lastModifiedDateTime: "lastModifiedDateTime",
  },
  typeColumn: "type",
};

function readBody({ body, version }: RouteRequest, action: Reading["action"]): EntityBody {
  const read = readEntity(body, "deviceConfiguration", { version, action, owned: configurationOwned });
  if (!isRecord(body)) return read;
  for (const { navigation } of read.links) {
    const name = `${navigation}@odata.bind`;
    referredIn(body[name], name, [
      navigation === derivedCredentialLink ? "derivedCredentials" : "deviceConfigurations",
    ]);
  }
  return read;
}

function setLinks(context: TenantContext, row: ConfigurationRow, { links }: EntityBody): void {
  for (const { navigation, targetId } of links) {
    if (navigation === derivedCredentialLink) linkCredential(context, row, targetId);
    else putLink(context, row, navigation, targetId);
  }
}

function list(context: TenantContext, request: RouteRequest): Reply {
  const page = listRows<ConfigurationRow>(context, request, listing);
  return { status: 200, page: { ...page, rows: page.rows.map((row) => configurationEntity(row)) } };
}

function create(context: TenantContext, request: RouteRequest): Reply {
  const body = readBody(request, "create");
  const row = insertConfiguration(context, body);
  setLinks(context, row, body);
  return answer(request, 201, row);
}

function answer({ base }: RouteRequest, status: 200 | 201, row: ConfigurationRow): Reply {
  const annotations = { "@odata.context": `${base}/$metadata#deviceManagement/deviceConfigurations/$entity` };
  return { status, json: configurationJson(row, annotations) };
}

function get(context: TenantContext, request: RouteRequest): Reply {
  return answer(request, 200, requestedConfiguration(context, request));
}

function patch(context: TenantContext, request: RouteRequest): Reply {
  const row = requestedConfiguration(context, request);
  const body = readBody(request, "update");
  if (body.type !== "deviceConfiguration" && body.type !== row.type) {
    throw badRequest(
      `The device configuration '${row.id}' is a microsoft.graph.${row.type}: its type cannot become microsoft.graph.${body.type}.`,
    );
  }
  setLinks(context, row, body);
  return answer(request, 200, updateConfiguration(context, row, body));
}

function remove(context: TenantContext, request: RouteRequest): Reply {
  deleteConfiguration(context, requestedConfiguration(context, request).id);
  return { status: 204 };
}

function linked(context: TenantContext, request: RouteRequest): ConfigurationRow {
  const row = requestedConfiguration(context, request);
  const target = linkedConfiguration(context, row, request.parameters.navigation!);
  if (!target) throw notFound(`'${request.parameters.navigation}' of the device configuration '${row.id}' is not set.`);
  return target;
}

function getLinked(context: TenantContext, request: RouteRequest): Reply {
  return {
    status: 200,
    entity: configurationEntity(linked(context, request)),
  };
}

function getRef(context: TenantContext, request: RouteRequest): Reply {
  const target = linked(context, request);
  return {
    status: 200,
    body: {
      "@odata.context": `${request.base}/$metadata#$ref`,
      "@odata.id": `${request.base}${configurationsPath}('${target.id}')`,
    },
  };
}

function putRef(context: TenantContext, request: RouteRequest): Reply {
  const row = requestedConfiguration(context, request);
  if (!isLink(row.type, request.parameters.navigation!)) throw noLinkRoute(request, "PUT");
  putLink(context, row, request.parameters.navigation!, readReference(request.body, ["deviceConfigurations"]));
  return { status: 204 };
}

function deleteRef(context: TenantContext, request: RouteRequest): Reply {
  const row = requestedConfiguration(context, request);
  if (!removeLink(context, row, request.parameters.navigation!)) linked(context, request);
  return { status: 204 };
}
