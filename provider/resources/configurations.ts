/** Device configurations of the tenant: read once for a run, so that a preview of many asks no more than that of one; their names and links. */
import type { Graph, Json } from "../graph/client";
import { GraphAnswerError, unlessGone } from "../graph/errors";
import { named } from "../graph/filter";

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

/** Configurations of this name, asked afresh. */
export const configurationsNamed = (graph: Graph, displayName: string): Promise<Json[]> =>
  named(displayName, (query) => graph.list(`${collection}?${query}`));

/** Graph's type of an entity as a cast in a path has it, `microsoft.graph.iosScepCertificateProfile`. */
export const castOf = (entity: Json): string => String(entity["@odata.type"]).replace(/^#/, "");

const linkPath = (id: string, entity: Json, name: string) => `${collection}/${id}/${castOf(entity)}/${name}`;

/** What a link of a configuration leads to; services answer with 404 or with nothing where it is not set. */
export const linkedEntity = (graph: Graph, id: string, entity: Json, name: string): Promise<Json | undefined> =>
  unlessGone(graph.get<Json | undefined>(linkPath(id, entity, name)));

/** Id of what a link leads to, where it is set. */
export const linked = async (...link: Parameters<typeof linkedEntity>): Promise<unknown> =>
  (await linkedEntity(...link))?.id;

/** Takes a link away; Graph keeps it until it is told otherwise, whatever the plain properties say. */
export const unlink = (graph: Graph, id: string, entity: Json, name: string): Promise<void> =>
  unlessGone(graph.delete(`${linkPath(id, entity, name)}/$ref`));
