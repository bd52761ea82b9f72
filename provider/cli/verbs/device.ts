/** `device`: what one device has been through. */
import { Command } from "commander";
import { readTimeline, timelineLines } from "../device/timeline";
import { withExamples } from "../help";
import { type ShowOptions, show } from "../tenant/show";
import { jsonOption, tenantOptions } from "./options";

export const deviceVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("device"))
      .description("Show a device's way to company mail in on-premises Exchange, from its first attempt on.")
      .argument("<device>", "id or name of a device, or the EAS id of one that only Exchange knows")
      .requiredOption("--timeline", "the ten steps, each with its simulated time")
      .addOption(jsonOption()),
    "intune-mail device ANNA-IPHONE --timeline",
    "intune-mail device APPL0001 --timeline --json",
  ).action((device: string, options: ShowOptions) =>
    show(
      options,
      (graph) => readTimeline(graph, device),
      ({ value }, paint) => timelineLines(value, paint),
    ),
  );
