/** `sync`: one synchronization of an Exchange connector, now (S3). */
import { Command } from "commander";
import { UserError } from "../../user-error";
import { Ended } from "../failure";
import { withExamples } from "../help";
import { processOut } from "../out";
import { exchangeLines, readStatus } from "../tenant/status";
import { syncConnector } from "../tenant/sync";
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
      const { exchangeOrganizations } = await readStatus(graph);
      const organization = exchangeOrganizations.find((each) => each.name === connector.exchangeOrganization);
      if (!organization) throw new UserError(`The tenant no longer has an organization for connector ${connector.id}.`);
      const out = processOut(options.json);
      if (options.json) out.document({ version: 1, sync: kind, connector, access: organization.counts });
      out.line(
        `${connector.exchangeOrganization} on ${connector.serverName}: ${kind} sync at ${connector.lastSyncDateTime}.`,
      );
      exchangeLines([organization]).forEach(out.line);
    });
  });
