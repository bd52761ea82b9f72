import type { Graph } from "../../graph/client";
import { UserError } from "../../user-error";

const collection = "/deviceManagement/exchangeConnectors";

/** What the command reads of Graph's entity `deviceManagementExchangeConnector`. */
export interface Connector {
  id: string;
  exchangeOrganization: string;
  serverName: string;
  status: string;
  lastSyncDateTime: string;
}

const syncTypes = { quick: "deltaSync", full: "fullSync" } as const;

/** Finds the connector that `name` means, synchronizes it, and reads it again. */
export async function syncConnector(graph: Graph, name: string, kind: keyof typeof syncTypes): Promise<Connector> {
  const { id } = await findConnector(graph, name);
  await graph.post(`${collection}/${id}/sync`, { syncType: syncTypes[kind] });
  return connectorRow(await graph.get<Connector>(`${collection}/${id}`));
}

/** By id, organization or server; upper and lower case are the same. */
async function findConnector(graph: Graph, name: string): Promise<Connector> {
  const connectors = await graph.list<Connector>(collection);
  const means = ({ id, exchangeOrganization, serverName }: Connector) =>
    [id, exchangeOrganization, serverName].some((known) => known?.toLowerCase() === name.toLowerCase());
  const [found, another] = connectors.filter(means);
  if (found && !another) return found;
  const all = connectors.map(
    ({ id, exchangeOrganization, serverName }) => `  ${exchangeOrganization} on ${serverName} (${id})`,
  );
  if (another)
    throw new UserError(`"${name}" means more than one connector; give the id of one of them:\n${all.join("\n")}`);
  throw new UserError(
    connectors.length === 0
      ? `There is no connector "${name}": the tenant has none. Deploy an ExchangeConnector first (intune-mail up).`
      : `There is no connector "${name}". The tenant has:\n${all.join("\n")}`,
  );
}

const connectorRow = ({ id, exchangeOrganization, serverName, status, lastSyncDateTime }: Connector): Connector => ({
  id,
  exchangeOrganization,
  serverName,
  status,
  lastSyncDateTime,
});
