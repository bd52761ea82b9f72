/** Exchange connectors in Graph: created with everything checked, reconfigured, synced, removed. */
import { z } from "zod";
import type { TenantContext } from "../context";
import { badRequest, conflict, notFound } from "../errors";
import { type EntityBody, readEntity, readParameters } from "../odata";
import { never } from "../plant";
import { pageOf } from "../query";
import { both, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import {
  allConnectors,
  type Connector,
  type ConnectorAnnotations,
  deleteConnector,
  findConnector,
  findConnectorOf,
  insertConnector,
  updateConnector,
} from "../sync/connector";
import { creationRefusal } from "../sync/lifecycle";
import { checkSetup } from "../sync/setup";
import { type SyncType, syncConnector } from "../sync/sync";
import { accessPolicyRoutes } from "./accessPolicy";

const path = "/deviceManagement/exchangeConnectors";
const entityType = "deviceManagementExchangeConnector";
const read = [...scopes.serviceConfig.read, ...scopes.configuration.read];
const write = [...scopes.serviceConfig.write, ...scopes.configuration.write];

export const connectorRoutes: readonly Route[] = [
  { method: "GET", path, versions: both, scopes: read, answers: `Collection(${entityType})`, handle: list },
  { method: "POST", path, versions: both, scopes: write, answers: entityType, handle: create },
  { method: "GET", path: `${path}/:id`, versions: both, scopes: read, answers: entityType, handle: get },
  { method: "PATCH", path: `${path}/:id`, versions: both, scopes: write, answers: entityType, handle: patch },
  { method: "DELETE", path: `${path}/:id`, versions: both, scopes: write, handle: remove },
  { method: "POST", path: `${path}/:id/sync`, versions: both, scopes: write, handle: sync },
  ...accessPolicyRoutes,
];

/** Properties that only the service writes. */
const owned = ["lastSyncDateTime", "status", "version"];
/** The connector's own release, which Graph calls version. */
const agentVersion = "1.0";

// --- what a body says -----------------------------------------------------------------------------------------------

const password = z.string().min(1);
/** The instance annotations that a connector takes; passwords go no further than this file. */
const annotationSchema = z
  .strictObject({
    "@classic.exchangeAccount": z.string().regex(/^[^\\]+\\[^\\]+$/, "must be domain\\user"),
    "@classic.exchangeAccountPassword": password,
    "@classic.notificationAccount": z.string().min(1).nullable(),
    "@classic.notificationAccountPassword": password.nullable(),
    "@classic.proxy": z
      .strictObject({
        host: z.string().min(1),
        port: z.int().min(1).max(65_535),
        user: z.string().optional(),
        password: password.optional(),
      })
      .nullable(),
    "@classic.replaceExisting": z.boolean(),
    "@classic.casFailoverEnabled": z.boolean(),
    "@classic.parallelCommandSupport": z.boolean(),
  })
  .partial();

type GivenAnnotations = z.infer<typeof annotationSchema>;

/** The annotations of a body; messages name what is wrong and never show a value, which may be a password. */
function readAnnotations({ annotations }: EntityBody): GivenAnnotations {
  // What the tenant gives back about passwords may come back with an entity that is sent whole.
  const given = Object.entries(annotations).filter(([name]) => !name.endsWith("PasswordGiven"));
  const parsed = annotationSchema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "The body"}: ${issue.message}`);
  throw badRequest(`Annotations of the Exchange connector are wrong. ${problems.join("; ")}`);
}

/** What is kept: the annotations before, changed by what was given. */
function keptAnnotations(before: ConnectorAnnotations, given: GivenAnnotations): ConnectorAnnotations {
  const {
    "@classic.exchangeAccountPassword": accountPassword,
    "@classic.notificationAccountPassword": notificationPassword,
    "@classic.notificationAccount": notificationAccount,
    "@classic.proxy": proxy,
    "@classic.replaceExisting": _,
    ...rest
  } = given;
  const kept: ConnectorAnnotations = { ...before, ...rest };
  if (accountPassword !== undefined) kept["@classic.exchangeAccountPasswordGiven"] = true;
  if (notificationPassword) kept["@classic.notificationAccountPasswordGiven"] = true;
  if (notificationAccount !== undefined) kept["@classic.notificationAccount"] = notificationAccount ?? undefined;
  if (proxy !== undefined) {
    const { password: proxyPassword, ...address } = proxy ?? {};
    kept["@classic.proxy"] = proxy === null ? undefined : (address as ConnectorAnnotations["@classic.proxy"]);
    kept["@classic.proxyPasswordGiven"] = proxyPassword === undefined ? undefined : true;
  }
  return kept;
}

const defaultAnnotations: ConnectorAnnotations = {
  "@classic.casFailoverEnabled": true,
  "@classic.parallelCommandSupport": false,
};

function connectorType(value: unknown): Connector["exchangeConnectorType"] {
  if (value === "onPremises" || value === "hosted") return value;
  throw badRequest(
    `The connector type '${value}' cannot be set up: exchangeConnectorType must be onPremises or hosted (X2).`,
  );
}

// --- answers --------------------------------------------------------------------------------------------------------

function entityOf(connector: Connector): Entity {
  const { id, connectorServerName, exchangeAlias, exchangeConnectorType, exchangeOrganization } = connector;
  const { lastSyncDateTime, primarySmtpAddress, serverName, status, version, annotations } = connector;
  return {
    id,
    lastSyncDateTime,
    status,
    primarySmtpAddress,
    serverName,
    connectorServerName,
    exchangeConnectorType,
    version,
    exchangeAlias,
    exchangeOrganization,
    ...annotations,
  };
}

function requested(context: TenantContext, { parameters }: RouteRequest): Connector {
  const connector = findConnector(context, parameters.id!);
  if (!connector) throw notFound(`The Exchange connector '${parameters.id}' does not exist.`);
  return connector;
}

// --- handlers -------------------------------------------------------------------------------------------------------

function list(context: TenantContext, request: RouteRequest): Reply {
  return {
    status: 200,
    page: pageOf(request, { type: entityType, all: allConnectors(context), entityOf }),
  };
}

function get(context: TenantContext, request: RouteRequest): Reply {
  return {
    status: 200,
    entity: entityOf(requested(context, request)),
  };
}

function create(context: TenantContext, request: RouteRequest): Reply {
  const body = readEntity(request.body, entityType, { version: request.version, action: "create", owned });
  const given = readAnnotations(body);
  const properties = body.properties as Partial<Connector>;
  const setup = {
    connectorServerName: properties.connectorServerName ?? null,
    exchangeAlias: properties.exchangeAlias ?? null,
    exchangeConnectorType: connectorType(properties.exchangeConnectorType),
    exchangeOrganization: properties.exchangeOrganization ?? null,
    primarySmtpAddress: properties.primarySmtpAddress ?? null,
    serverName: properties.serverName ?? "",
    annotations: keptAnnotations(defaultAnnotations, given),
  };
  const { failures, server, organization } = checkSetup(context, setup);
  const refusal = creationRefusal(context);
  if (refusal) failures.push(refusal);
  const first = organization && findConnectorOf(context, organization.name);
  const replaces = given["@classic.replaceExisting"] === true;
  const taken =
    first && !replaces
      ? `The organization '${organization.name}' has the connector ${first.id} on the server '${first.serverName}' already; there is one for each organization. Set '@classic.replaceExisting' to true to replace it (X1).`
      : undefined;
  if (failures.length > 0) throw badRequest(failureMessage(setup.serverName, taken ? [...failures, taken] : failures));
  if (taken) throw conflict(taken);
  const id = context.ids.guid();
  context.db.transaction(() => {
    if (first) replace(context, first, id);
    insertConnector(context, {
      ...setup,
      id,
      exchangeOrganization: setup.exchangeOrganization ?? organization!.name,
      lastSyncDateTime: never,
      status: "connectionPending",
      version: agentVersion,
      primaryServer: server!.fqdn,
      currentServer: server!.fqdn,
      discoveredServers: [server!.fqdn],
      changeMark: 0,
      uSNMark: 0,
      settingsMark: "",
      progress: first?.progress ?? null,
      nextQuickMs: context.clock.nowMs(),
      nextFullMs: context.clock.nowMs(),
    });
    context.events.add({
      kind: "connectorCreated",
      subjectId: id,
      message: `The connector of ${organization!.name} connects through ${server!.fqdn}.`,
    });
  });
  // Mobile devices of managed users are found on their own right after a connector connects (S3).
  syncConnector(context, id, "fullSync");
  return { status: 201, entity: entityOf(findConnector(context, id)!) };
}

/** The records are the organization's, not the connector's: the new one takes over what the old one knew (X1). */
function replace(context: TenantContext, first: Connector, by: string): void {
  deleteConnector(context, first.id);
  context.events.add({
    kind: "connectorReplaced",
    subjectId: first.id,
    message: `The connector of ${first.exchangeOrganization} on ${first.serverName} was replaced.`,
    detail: { by },
  });
}

function failureMessage(serverName: string, failures: readonly string[]): string {
  const count = failures.length === 1 ? "a problem" : `${failures.length} problems`;
  return `The Exchange connector on '${serverName}' cannot be set up, ${count}: ${failures.join(" ")}`;
}

/** An organization and a type of server are for life; all else is reconfigured in place. */
function patch(context: TenantContext, request: RouteRequest): Reply {
  const before = requested(context, request);
  const body = readEntity(request.body, entityType, { version: request.version, action: "update", owned });
  const given = readAnnotations(body);
  const changes = body.properties as Partial<Connector>;
  for (const name of ["exchangeOrganization", "exchangeConnectorType"] as const) {
    if (changes[name] !== undefined && changes[name] !== before[name]) {
      throw badRequest(
        `The ${name} of an Exchange connector cannot change from '${before[name]}' to '${changes[name]}': make a new connector.`,
      );
    }
  }
  if (changes.serverName === null) throw badRequest("The serverName of an Exchange connector cannot be null (X2).");
  const after: Connector = { ...before, ...changes, annotations: keptAnnotations(before.annotations, given) };
  const { failures, server } = checkSetup(context, after);
  if (failures.length > 0) throw badRequest(failureMessage(after.serverName, failures));
  const { id: _, ...fields } = after;
  const moved =
    server!.fqdn === before.primaryServer ? {} : { primaryServer: server!.fqdn, currentServer: server!.fqdn };
  context.db.transaction(() => {
    updateConnector(context, before.id, { ...fields, ...moved });
    context.events.add({
      kind: "connectorReconfigured",
      subjectId: before.id,
      message: `The connector of ${before.exchangeOrganization} was reconfigured.`,
    });
  });
  return { status: 200, entity: entityOf(findConnector(context, before.id)!) };
}

/** Exchange's records stay as the last sync left them (X9). */
function remove(context: TenantContext, request: RouteRequest): Reply {
  const { id, exchangeOrganization } = requested(context, request);
  context.db.transaction(() => {
    deleteConnector(context, id);
    context.events.add({
      kind: "connectorRemoved",
      subjectId: id,
      message: `The connector of ${exchangeOrganization} was uninstalled; Exchange's records stay as they are.`,
    });
  });
  return { status: 204 };
}

/** Answers before it is known whether the sync could finish, as Graph does: lastSyncDateTime tells. */
function sync(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requested(context, request);
  const type = "microsoft.graph.deviceManagementExchangeConnectorSyncType";
  const { syncType } = readParameters(request.body, "sync", { syncType: type }, request.version);
  if (syncType === undefined)
    throw badRequest("The action 'sync' needs the parameter 'syncType': fullSync or deltaSync.");
  syncConnector(context, id, syncType as SyncType);
  return { status: 204 };
}
