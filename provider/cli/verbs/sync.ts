/** `sync`: one synchronization of an Exchange connector, now (S3). */
import { Command } from "commander";
import type { Graph } from "../../graph/client";
import { accessCounts } from "../../resources/exchange-health";
import { fromSimulation } from "../../simulation";
import { accessText } from "../connectors/lines";
import { readConnectors } from "../connectors/read";
import { Ended } from "../failure";
import { withExamples } from "../help";
import { processOut } from "../out";
import { exchangeLines, readStatus } from "../tenant/status";
import { type Connector, syncConnector } from "../tenant/sync";
import { settingsFor, type TargetOptions, withTenant } from "../tenant/target";
import { jsonOption, tenantOptions } from "./options";

interface Options extends TargetOptions {
  quick?: boolean;
  full?: boolean;
  json?: boolean;
}

export const syncVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("sync"))
      .description("Synchronize an Exchange connector now, and show who has access to mail.")
      .argument("<connector>", "its id, the name of its Exchange organization, or of its server")
      .option("--quick", "what has changed since the last synchronization (S1)")
      .option("--full", "everything, and put Exchange's settings right (S2)")
      .addOption(jsonOption()),
    'intune-mail sync "Contoso Mail" --full',
    "intune-mail sync cas01.contoso.example --quick --json",
  ).action(async (name: string, options: Options) => {
    if (options.quick === options.full) throw new Ended("usage", "error: give one of --quick and --full");
    const kind = options.quick ? "quick" : "full";
    await withTenant(settingsFor(options), async (graph) => {
      const connector = await syncConnector(graph, name, kind);
      const organization = await organizationOf(graph, connector);
      const counts = organization ? undefined : await accessCounts(graph, connector.id);
      const out = processOut(options.json);
      if (options.json)
        out.document({ version: 1, sync: kind, connector, access: organization?.counts ?? counts ?? null });
      // Graph's action says nothing of how it went: the connector's state does.
      if (connector.status === "disconnected") throw new Ended("failed", await unfinished(graph, connector, kind));
      out.line(
        `${connector.exchangeOrganization} on ${connector.serverName}: ${kind} sync at ${connector.lastSyncDateTime}.`,
      );
      if (organization) exchangeLines([organization]).forEach(out.line);
      else if (counts) out.line(`  ${accessText(counts)} in the tenant`);
    });
  });

/** Of the simulated tenant; another service has no such status. */
async function organizationOf(graph: Graph, { exchangeOrganization }: Connector) {
  const status = await fromSimulation(graph, () => readStatus(graph));
  return status?.exchangeOrganizations.find(({ name }) => name.toLowerCase() === exchangeOrganization.toLowerCase());
}

async function unfinished(
  graph: Graph,
  { id, exchangeOrganization, status }: Connector,
  kind: string,
): Promise<string> {
  const { connectors } = await readConnectors(graph, () => new Date());
  const alerts = connectors.find((connector) => connector.id === id)?.alerts ?? [];
  const why = alerts.map(({ rule, message }) => `  ${rule}: ${message}`);
  return [`The ${kind} sync of ${exchangeOrganization} could not finish; the connector is ${status}.`, ...why].join(
    "\n",
  );
}
