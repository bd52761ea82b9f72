/** A twin of a tenant that is copied through Graph, as verbs ask for one. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { existingTenant } from "../../impact/twin";
import { readAssumptions } from "../../impact/twin-assume";
import { type TwinOptions, twinOfEndpoint } from "../../impact/twin-graph";
import type { Settings } from "../../settings";
import { fromSimulation } from "../../simulation";
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
    // The tenant's own time, where it is a simulated one.
    const told = await fromSimulation(graph, () => graph.once.get<{ now: string }>("/simulation/clock"));
    const source = settings.endpoint ?? settings.data;
    return twinOfEndpoint(graph, { ...options, source, takenAt, clock: told?.now, assumptions });
  });
}
