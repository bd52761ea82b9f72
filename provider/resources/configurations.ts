/** What the tenant has of device configurations, read once for a run: a preview of many asks no more than that of one. */
import type { Graph, Json } from "../graph/client";
import { GraphAnswerError } from "../graph/errors";

export const collection = "/deviceManagement/deviceConfigurations";

export const configurationPath = (id: unknown): string => `${collection}/${encodeURIComponent(String(id))}`;

/**
 * All configurations with their assignments, as they were when the run first asked. What it lacks may have been made
 * since, and what it has may be gone: what stands in somebody's way is looked up afresh.
 */
export async function allConfigurations(graph: Graph): Promise<Json[]> {
  try {
    return await graph.once.list(`${collection}?$expand=assignments&$top=999`);
  } catch (error) {
    // The assignments are for advice only; a service that does not give them along is no hindrance.
    if (error instanceof GraphAnswerError && error.status === 400) return graph.once.list(collection);
    throw error;
  }
}

/** One configuration by its id: from what the run has read, else from the service; one that is not there is a 404. */
export async function configurationOf(graph: Graph, id: unknown): Promise<Json> {
  const found = (await allConfigurations(graph)).find((entity) => entity.id === id);
  return found ?? graph.get(configurationPath(id));
}
