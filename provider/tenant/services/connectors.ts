/** Exchange connectors in Graph: created with everything checked, reconfigured, synced, removed. */
import type { TenantContext } from "../context";
import { badRequest, conflict, notFound } from "../errors";
import { readParameters } from "../odata";
import { never } from "../plant";
import { pageOf } from "../query";
import { both, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import {
  allConnectors,
  type Connector,
  deleteConnector,
  findConnector,
  insertConnector,
  updateConnector,
} from "../sync/connector";
import type { SetupFailure } from "../sync/setup";
import { type SyncType, syncConnector } from "../sync/sync";
import { accessPolicyRoutes } from "./accessPolicy";
import { entityType, examineChange, examineNew } from "./connectorSetup";

const path = "/deviceManagement/exchangeConnectors";
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

/** The connector's own release, which Graph calls version. */
const agentVersion = "1.0";

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
  const { setup, failures, taken, first, server, organization } = examineNew(context, request);
  if (failures.length > 0) throw badRequest(failureMessage(setup.serverName, taken ? [...failures, taken] : failures));
  if (taken) throw conflict(taken.message);
  const id = context.ids.guid();
  context.db.transaction(() => {
    if (first) replace(context, first, id);
    const { passwords: _, ...kept } = setup;
    insertConnector(context, {
      ...kept,
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

function failureMessage(serverName: string, failures: readonly SetupFailure[]): string {
  const count = failures.length === 1 ? "a problem" : `${failures.length} problems`;
  const said = failures.map(({ message }) => message).join(" ");
  return `The Exchange connector on '${serverName}' cannot be set up, ${count}: ${said}`;
}

/** An organization and a type of server are for life; all else is reconfigured in place. */
function patch(context: TenantContext, request: RouteRequest): Reply {
  const before = requested(context, request);
  const { after, failures, server } = examineChange(context, before, request);
  if (failures.length > 0) throw badRequest(failureMessage(after.serverName, failures));
  const { id: _, passwords: __, ...fields } = after;
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
