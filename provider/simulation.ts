/** Whether the service is the simulated tenant, which answers more than Graph does. */
import type { Graph } from "./graph/client";
import { GraphAnswerError } from "./graph/errors";

/** Only the simulated tenant has a clock. */
export async function isSimulated(graph: Graph): Promise<boolean> {
  try {
    await graph.once.get("/simulation/clock");
    return true;
  } catch (error) {
    if (error instanceof GraphAnswerError) return false;
    throw error;
  }
}

/** What the simulated tenant answers; undefined where the service is another. */
export const fromSimulation = async <T>(graph: Graph, ask: () => Promise<T>): Promise<T | undefined> =>
  (await isSimulated(graph)) ? ask() : undefined;
