/** `tenant …`: the tenant to rehearse on, embedded in the project or served. */
import { Command, InvalidArgumentError, Option } from "commander";
import { durationMs } from "../../tenant/duration";
import { withExamples } from "../help";
import { count, processOut } from "../out";
import { checkInDevices, clockText, moveClock, readClock, resetTenant } from "../tenant/control";
import { readStatus, statusLines } from "../tenant/status";
import { settingsFor, type TargetOptions, withTenant } from "../tenant/target";
import { jsonOption, tenantOptions } from "./options";
import { generateVerb, seedVerb } from "./seed";
import { serveVerb } from "./serve";

interface Options extends TargetOptions {
  json?: boolean;
}

export const tenantVerb = (): Command => {
  const tenant = withExamples(
    new Command("tenant").description("Serve, seed, look at and move the tenant to rehearse on.").helpCommand(false),
    "intune-mail tenant status",
    "intune-mail tenant clock --advance 4h",
  );
  for (const verb of [serveVerb(), seedVerb(), resetVerb(), statusVerb(), clockVerb(), checkInVerb(), generateVerb()]) {
    tenant.addCommand(verb);
  }
  return tenant;
};

const resetVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("reset")).description(
      "Put the tenant back to its seed; all that happened in it is lost.",
    ),
    "intune-mail tenant reset",
    "intune-mail tenant reset --data /tmp/rehearsal",
  ).action(async (options: Options) => {
    await withTenant(settingsFor(options), resetTenant);
    processOut().line("The tenant is as its seed says.");
  });

const statusVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("status"))
      .description("Show profiles on devices, alerts, connectors, and who has access to Exchange.")
      .addOption(jsonOption()),
    "intune-mail tenant status",
    "intune-mail tenant status --endpoint http://127.0.0.1:8080 --json",
  ).action(async (options: Options) => {
    const status = await withTenant(settingsFor(options), readStatus);
    const out = processOut(options.json);
    if (options.json) out.document(status);
    statusLines(status, out.paint).forEach(out.line);
  });

const clockVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("clock"))
      .description("Show the tenant's time, or move it; what is due on the way happens.")
      .addOption(new Option("--advance <duration>", "how far to move it, such as 90m, 4h or 2d").argParser(duration))
      .addOption(jsonOption()),
    "intune-mail tenant clock",
    "intune-mail tenant clock --advance 4h",
  ).action(async (options: Options & { advance?: string }) => {
    const { advance } = options;
    const clock = await withTenant(settingsFor(options), (graph) =>
      advance === undefined ? readClock(graph) : moveClock(graph, advance),
    );
    const out = processOut(options.json);
    if (options.json) out.document(clock);
    clockText(clock).forEach(out.line);
  });

const checkInVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("check-in"))
      .description("Let devices fetch their profiles now: all of them, or those that are named.")
      .option("--device <id or name...>", "one device or several")
      .addOption(jsonOption()),
    "intune-mail tenant check-in",
    "intune-mail tenant check-in --device ADA-IPHONE --json",
  ).action(async (options: Options & { device?: string[] }) => {
    const result = await withTenant(settingsFor(options), (graph) => checkInDevices(graph, options.device));
    const out = processOut(options.json);
    if (options.json) out.document(result);
    out.line(`${count(result.checkedIn, "device")} checked in.`);
  });

function duration(text: string): string {
  if (durationMs(text) !== undefined) return text;
  throw new InvalidArgumentError('It must be a number and s, m, h or d, such as "4h".');
}
