/** What the simulated tenant says of Exchange connectors beside Graph, and Graph's own counts where it is another service. */
import type { Graph, Json } from "../graph/client";
import { GraphAnswerError, unlessGone } from "../graph/errors";
import { fromSimulation } from "../simulation";

/** One prerequisite that does not hold (X2 to X8a, X11). */
export interface CheckFailure {
  rule: string;
  /** A property or annotation of the connector, or what of the tenant. */
  what: string;
  found: string;
  needed: string;
  message: string;
}

export interface ConnectorCheck {
  failures: CheckFailure[];
  /** What is better otherwise, and stops nothing (X6, X8). */
  advice: { rule: string; what: string; message: string }[];
}

/** EAS records, or devices, by what they may do with mail. */
export interface AccessCounts {
  allowed: number;
  blocked: number;
  quarantined: number;
  unknown: number;
}

const path = "/simulation/exchangeConnectors";

/** Has a set-up checked without any effect; another service finds out when the connector is made. */
export async function checkConnector(graph: Graph, body: Json): Promise<ConnectorCheck | undefined> {
  try {
    return await fromSimulation(graph, () => graph.post<ConnectorCheck>(`${path}/check`, body));
  } catch (error) {
    // One that cannot check what is asked says so when the connector is made.
    if (error instanceof GraphAnswerError && (error.status === 400 || error.status === 404)) return undefined;
    throw error;
  }
}

interface Health {
  lifecycle: { creation: string | null; sync: string | null };
  value: { id: string; access: AccessCounts }[];
}

const healthOf = (graph: Graph) => fromSimulation(graph, () => graph.get<Health>(path));

/** Why no connector can be made, and why nothing syncs, by the tenant's clock (X11). */
export const lifecycleOf = async (graph: Graph): Promise<Health["lifecycle"] | undefined> =>
  (await healthOf(graph))?.lifecycle;

/** Of the connector's organization; Graph counts the devices of the whole tenant. */
export async function accessCounts(graph: Graph, id: string): Promise<AccessCounts | undefined> {
  const health = await healthOf(graph);
  if (health) return health.value.find((connector) => connector.id === id)?.access;
  const overview = await unlessGone(graph.get("/deviceManagement/managedDeviceOverview"));
  const summary = overview?.deviceExchangeAccessStateSummary as Record<string, number> | null | undefined;
  if (!summary) return undefined;
  const { allowedDeviceCount = 0, blockedDeviceCount = 0, quarantinedDeviceCount = 0 } = summary;
  const { unknownDeviceCount = 0, unavailableDeviceCount = 0 } = summary;
  return {
    allowed: allowedDeviceCount,
    blocked: blockedDeviceCount,
    quarantined: quarantinedDeviceCount,
    unknown: unknownDeviceCount + unavailableDeviceCount,
  };
}

export interface Foreseen {
  before: Omit<AccessCounts, "unknown"> | null;
  after: Omit<AccessCounts, "unknown"> | null;
}

/** Has an access policy tried without any effect; undefined where the service is another, or older. */
export const foreseeAccess = (graph: Graph, policy: Json): Promise<Foreseen | undefined> =>
  fromSimulation(graph, () => unlessGone(graph.post<Foreseen>("/simulation/exchangeAccessPolicy/check", policy)));
