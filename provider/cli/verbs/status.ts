/** `status`: how every email profile fares, on which devices, and why (D2). */
import { Command } from "commander";
import { withExamples } from "../help";
import { processOut } from "../out";
import { statusLines } from "../status/lines";
import { readStatus } from "../status/read";
import { settingsFor, type TargetOptions, withTenant } from "../tenant/target";
import { jsonOption, tenantOptions } from "./options";

interface Options extends TargetOptions {
  profile?: string;
  json?: boolean;
}

export const statusVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("status"))
      .description("Show how all email profiles fare: on how many devices, what needs attention, what people saw.")
      .option("--profile <name or id>", "one profile, with every device that needs attention")
      .addOption(jsonOption()),
    "intune-mail status",
    'intune-mail status --profile "Mail on iPhones"',
    "intune-mail status --json",
  ).action(async (options: Options) => {
    const out = processOut(options.json);
    out.progress("Reading profiles");
    const reading = withTenant(settingsFor(options), (graph) => readStatus(graph, options.profile));
    const status = await reading.finally(() => out.progress());
    if (options.json) out.document(status);
    statusLines(status, out.paint, options.profile !== undefined).forEach(out.line);
  });
