/** `connectors`: the health of the Exchange connectors (X10), and the file of their machines (X7, X8). */
import { Command } from "commander";
import { configurationText } from "../connectors/configuration";
import { connectorLines } from "../connectors/lines";
import { readConnectors } from "../connectors/read";
import { Ended } from "../failure";
import { withExamples } from "../help";
import { count, processOut } from "../out";
import { settingsFor, type TargetOptions, withTenant } from "../tenant/target";
import { jsonOption, tenantOptions } from "./options";

interface Options extends TargetOptions {
  expectHealthy?: boolean;
  configuration?: boolean;
  merge?: string;
  json?: boolean;
}

export const connectorsVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("connectors"))
      .description(
        "Show the Exchange connectors' state, last successful sync and health, and what needs somebody (X10).",
      )
      .argument("[connector]", "with --configuration: its id, the name of its Exchange organization, or of its server")
      .option("--expect-healthy", "end with exit code 4 where one needs attention")
      .option("--configuration", "print OnPremisesExchangeConnectorServiceConfiguration.xml for its machine (X7, X8)")
      .option("--merge <file>", "with --configuration: the file that is there; only what differs is changed in it")
      .addOption(jsonOption()),
    "intune-mail connectors",
    "intune-mail connectors --json --expect-healthy",
    'intune-mail connectors "Contoso Mail" --configuration',
  ).action(async (name: string | undefined, options: Options) => {
    const { configuration, merge, json, expectHealthy } = options;
    if (!configuration && (merge !== undefined || name !== undefined)) {
      throw new Ended("usage", "error: a connector and --merge go with --configuration");
    }
    if (configuration && (json || expectHealthy)) {
      throw new Ended("usage", "error: --configuration prints the file alone, without --json and --expect-healthy");
    }
    const out = processOut(json);
    await withTenant(settingsFor(options), async (graph) => {
      if (configuration) return out.raw(await configurationText(graph, name, merge));
      const connectors = await readConnectors(graph, () => new Date());
      if (json) out.document(connectors);
      connectorLines(connectors, out.paint).forEach(out.line);
      if (!expectHealthy || connectors.healthy) return;
      const ill = connectors.connectors.filter(({ health }) => health !== "healthy");
      throw new Ended("unhealthy", `${count(ill.length, "connector needs", "connectors need")} attention.`);
    });
  });
