/** `connectors --configuration`: the file of a connector's machine (X7, X8). */
import { readFileSync } from "node:fs";
import { ConfigurationError, configurationXml } from "../../exchange-configuration";
import type { Graph } from "../../graph/client";
import { UserError } from "../../user-error";
import { collection } from "./read";

/** What is kept of a connector's set-up beside Graph's properties. */
interface Kept {
  id: string;
  exchangeOrganization: string | null;
  serverName: string | null;
  "@classic.casFailoverEnabled"?: boolean;
  "@classic.parallelCommandSupport"?: boolean;
}

/** @param merge the file that is there: only what differs is changed in it */
export async function configurationText(graph: Graph, name: string | undefined, merge?: string): Promise<string> {
  const existing = merge === undefined ? undefined : readFileSync(merge, "utf8");
  const connector = chosen(await graph.list<Kept>(collection), name);
  const failover = connector["@classic.casFailoverEnabled"];
  const parallel = connector["@classic.parallelCommandSupport"];
  if (failover === undefined && parallel === undefined) {
    throw new UserError(
      `The service keeps nothing of how connector ${connector.id} is configured: the file on its machine says it (X7, X8).`,
    );
  }
  try {
    const values = { IsCasFailoverEnabled: failover ?? true, EnableParallelCommandSupport: parallel ?? false };
    return configurationXml(values, existing);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new UserError(`${merge} cannot be changed. ${error.message} Mend it, or name another file.`);
  }
}

/** The one that is named, or the only one. */
function chosen(connectors: readonly Kept[], name: string | undefined): Kept {
  const means = ({ id, exchangeOrganization, serverName }: Kept) =>
    name === undefined ||
    [id, exchangeOrganization, serverName].some((known) => known?.toLowerCase() === name.toLowerCase());
  const [found, another] = connectors.filter(means);
  if (found && !another) return found;
  const all = connectors.map(
    ({ id, exchangeOrganization, serverName }) => `  ${exchangeOrganization} on ${serverName} (${id})`,
  );
  if (connectors.length === 0)
    throw new UserError("The tenant has no Exchange connector. Deploy one first (intune-mail up).");
  const which = name === undefined ? "Name one of the connectors" : `"${name}" is not one connector; the tenant has`;
  throw new UserError(`${which}:\n${all.join("\n")}`);
}
