/** A twin of a tenant that is copied through Graph, as verbs ask for one. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Graph } from "../../graph/client";
import { GraphAnswerError } from "../../graph/errors";
import { existingTenant } from "../../impact/twin";
import { readAssumptions } from "../../impact/twin-assume";
import { type TwinOptions, twinOfEndpoint } from "../../impact/twin-graph";
import type { Settings } from "../../settings";
import type { Tenant } from "../../tenant";
import { withTenant } from "../tenant/target";

/** @param assume the file of what Graph does not tell */
export async function copied(
  settings: Settings,
  assume: string | undefined,
  options: Pick<TwinOptions, "pseudonyms" | "progress">,
): Promise<Tenant> {
  const takenAt = new Date().toISOString();
  // Read first: a mistake in it is to be known before a large tenant is read.
  const assumptions = assume === undefined ? undefined : readAssumptions(readFileSync(assume, "utf8"), resolve(assume));
  // One that is not there is not to be made for the sake of a copy.
  if (settings.endpoint === undefined) existingTenant(settings.data);
  return withTenant(settings, async (graph) => {
    const source = settings.endpoint ?? settings.data;
    return twinOfEndpoint(graph, { ...options, source, takenAt, ...(await clockOf(graph)), assumptions });
  });
}

/** The tenant's own time, where it is a simulated one; another service has none. */
async function clockOf(graph: Graph): Promise<Pick<TwinOptions, "clock" | "assumed">> {
  try {
    return { clock: (await graph.once.get<{ now: string }>("/simulation/clock")).now };
  } catch (error) {
    if (!(error instanceof GraphAnswerError)) throw error;
    if (error.status !== 403) return {};
    return {
      assumed: [
        "The tenant's time is this machine's: its own is for applications with Simulation.ReadWrite.All alone.",
      ],
    };
  }
}
