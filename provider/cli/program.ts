import { Command } from "commander";
import { exitCodesText, withExamples } from "./help";
import { adoptVerb } from "./verbs/adopt";
import { connectorsVerb } from "./verbs/connectors";
import { deploymentVerbs } from "./verbs/deployment";
import { deviceVerb } from "./verbs/device";
import { impactVerb } from "./verbs/impact";
import { payloadVerb } from "./verbs/payload";
import { stackVerb } from "./verbs/stack";
import { statusVerb } from "./verbs/status";
import { syncVerb } from "./verbs/sync";
import { tenantVerb } from "./verbs/tenant";
import { twinVerb } from "./verbs/twin";

/** By the package's own name: an import of the file would put a second package.json into dist. */
const { version } = require("pulumi-intune-mail/package.json") as { version: string };

/** The whole command; every way out of the parser is an error that is thrown, never an exit. */
export function makeProgram(): Command {
  const program = new Command("intune-mail")
    .description("Company mail on phones and PCs as code, with a tenant to rehearse on.")
    .version(version)
    .helpCommand(false)
    .addHelpText("after", exitCodesText);
  for (const verb of [
    ...deploymentVerbs(),
    impactVerb(),
    adoptVerb(),
    statusVerb(),
    payloadVerb(),
    stackVerb(),
    tenantVerb(),
    connectorsVerb(),
    deviceVerb(),
    syncVerb(),
    twinVerb(),
  ])
    program.addCommand(verb);
  withExamples(
    program,
    "intune-mail preview",
    "intune-mail impact",
    "intune-mail up",
    "intune-mail tenant check-in",
    "intune-mail status",
    "intune-mail connectors",
    'intune-mail sync "Contoso Mail" --full',
  );
  throughout(program, (command) => command.exitOverride().showHelpAfterError("(--help says how to use it)"));
  return program;
}

function throughout(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const verb of command.commands) throughout(verb, change);
}
