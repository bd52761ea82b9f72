/** `tenant …`: the tenant to rehearse on, embedded in the project or served. */
import { Command } from "commander";
import { withExamples } from "../help";
import { type ShowOptions, show } from "../tenant/show";
import { readStatus, statusLines } from "../tenant/status";
import { checkInVerb, clockVerb } from "./clock";
import { eventsVerb, healthVerb, requestsVerb } from "./events";
import { faultVerb, throttlingVerb } from "./faults";
import { jsonOption, tenantOptions } from "./options";
import { generateVerb, seedVerb } from "./seed";
import { serveVerb } from "./serve";
import { resetVerb, restoreVerb, snapshotsVerb, snapshotVerb } from "./snapshots";

const verbs = [
  serveVerb,
  seedVerb,
  resetVerb,
  snapshotVerb,
  restoreVerb,
  snapshotsVerb,
  healthVerb,
  statusVerb,
  eventsVerb,
  clockVerb,
  checkInVerb,
  faultVerb,
  throttlingVerb,
  requestsVerb,
  generateVerb,
];

export const tenantVerb = (): Command => {
  const tenant = withExamples(
    new Command("tenant").description("Serve, seed, look at and move the tenant to rehearse on.").helpCommand(false),
    "intune-mail tenant status",
    "intune-mail tenant clock --advance 4h",
  );
  for (const verb of verbs) tenant.addCommand(verb());
  return tenant;
};

function statusVerb(): Command {
  return withExamples(
    tenantOptions(new Command("status"))
      .description("Show profiles on devices, alerts, connectors, and who has access to Exchange.")
      .addOption(jsonOption()),
    "intune-mail tenant status",
    "intune-mail tenant status --endpoint http://127.0.0.1:8080 --json",
  ).action((options: ShowOptions) => show(options, readStatus, statusLines));
}
