/** The health of all connectors: through Graph, and from the simulated tenant what Graph has no place for (X10). */
import type { Graph } from "../../graph/client";
import { fromSimulation } from "../../simulation";
import type { ConnectorHealth, ConnectorsHealth } from "../../tenant/services/simulation/exchangeConnectors";
import { alertsOf } from "./alerts";
import type { ConnectorRow, ConnectorsDocument } from "./document";

/** Graph's deviceManagementExchangeConnector. */
type Entity = Pick<
  ConnectorRow,
  "id" | "exchangeOrganization" | "exchangeConnectorType" | "serverName" | "connectorServerName" | "status"
> & { lastSyncDateTime: string };

export const collection = "/deviceManagement/exchangeConnectors";

/** @param now the time of this machine, for a service that has none of its own to tell */
export async function readConnectors(graph: Graph, now: () => Date): Promise<ConnectorsDocument> {
  const [entities, beside] = await Promise.all([
    graph.list<Entity>(collection),
    fromSimulation(graph, () => graph.get<ConnectorsHealth>("/simulation/exchangeConnectors")),
  ]);
  const clock = beside?.clock ?? now().toISOString();
  const connectors = entities.map((entity) =>
    rowOf(
      entity,
      beside?.value.find(({ id }) => id === entity.id),
      Date.parse(clock),
    ),
  );
  return {
    version: 1,
    simulation: beside !== undefined,
    clock,
    healthy: connectors.every(({ health }) => health === "healthy"),
    connectors,
  };
}

function rowOf(entity: Entity, health: ConnectorHealth | undefined, nowMs: number): ConnectorRow {
  const { id, exchangeOrganization, exchangeConnectorType, serverName, connectorServerName, status } = entity;
  // Graph has no null there: a date of the year 1 means never.
  const never = entity.lastSyncDateTime.startsWith("0001-01-01");
  const lastSyncMs = never ? null : Date.parse(entity.lastSyncDateTime);
  const alerts = alertsOf({ status, serverName, lastSyncMs, health, nowMs });
  return {
    id,
    exchangeOrganization,
    exchangeConnectorType,
    serverName,
    connectorServerName,
    status,
    lastSyncDateTime: never ? null : entity.lastSyncDateTime,
    health: alerts[0]?.severity ?? "healthy",
    currentServer: health?.currentServer ?? null,
    servers: health?.servers ?? null,
    access: health?.access ?? null,
    alerts,
  };
}
