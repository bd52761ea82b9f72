/** Options that several verbs have. */
import { type Command, Option } from "commander";

/** Which project, and which stack of it. */
export const projectOptions = (verb: Command): Command =>
  verb
    .option("--cwd <dir>", "folder of the project, or one below it", ".")
    .option("--stack <name>", "name of the stack", "dev");

export const engineOption = (): Option =>
  new Option("--engine <which>", "Pulumi's own command, the embedded engine, or the first where it is installed")
    .choices(["auto", "pulumi", "embedded"])
    .default("auto");

export const jsonOption = (): Option => new Option("--json", "one JSON document on stdout, and nothing else");

/** Which tenant: the project's own, or one that is served. */
export const tenantOptions = (verb: Command): Command =>
  projectOptions(verb)
    .option("--data <dir>", "folder of the embedded tenant (default: .intune-mail of the project)")
    .option("--endpoint <url>", "a tenant that is served, instead of the embedded one")
    .option("--token <token>", "bearer token for it; better in INTUNE_MAIL_TOKEN, as others see arguments");
