/** `tenant reset`, `snapshot`, `restore`, `snapshots`: a new start, or one from where the tenant was before. */
import { Command, InvalidArgumentError, Option } from "commander";
import { snapshotName } from "../../tenant/snapshots";
import { withExamples } from "../help";
import {
  deleteSnapshot,
  listSnapshots,
  resetTenant,
  restoreSnapshot,
  snapshotLines,
  takeSnapshot,
} from "../tenant/control";
import { type ShowOptions, show } from "../tenant/show";
import { jsonOption, tenantOptions } from "./options";

export const resetVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("reset"))
      .description("Put the tenant back to its seed; all that happened in it is lost.")
      .addOption(jsonOption()),
    "intune-mail tenant reset",
    "intune-mail tenant reset --data /tmp/rehearsal",
  ).action((options: ShowOptions) => show(options, resetTenant, () => ["The tenant is as its seed says."]));

export const snapshotVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("snapshot"))
      .description("Keep the whole tenant as it is now, under a name.")
      .argument("<name>", "letters, digits, dots, hyphens and underscores", name)
      .option("--replace", "take the place of an older snapshot of that name")
      .addOption(jsonOption()),
    "intune-mail tenant snapshot before-rollout",
    "intune-mail tenant snapshot before-rollout --replace --json",
  ).action((snapshot: string, options: ShowOptions & { replace?: true }) =>
    show(
      options,
      (graph) => takeSnapshot(graph, snapshot, options.replace === true),
      ({ name, time }) => [`Kept the tenant of ${time} as ${name}.`],
    ),
  );

export const restoreVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("restore"))
      .description("Put the whole tenant back to a snapshot, its clock included.")
      .argument("<name>", "a name that `tenant snapshots` lists", name)
      .addOption(jsonOption()),
    "intune-mail tenant restore before-rollout",
    "intune-mail tenant restore before-rollout --endpoint http://127.0.0.1:8080",
  ).action((snapshot: string, options: ShowOptions) =>
    show(
      options,
      (graph) => restoreSnapshot(graph, snapshot),
      ({ now }) => [`The tenant is as ${snapshot} has it, at ${now}.`],
    ),
  );

export const snapshotsVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("snapshots"))
      .description("List the snapshots that have been taken, or delete one.")
      .addOption(new Option("--delete <name>", "delete this one first").argParser(name))
      .addOption(jsonOption()),
    "intune-mail tenant snapshots",
    "intune-mail tenant snapshots --delete before-rollout",
  ).action((options: ShowOptions & { delete?: string }) =>
    show(
      options,
      async (graph) => {
        if (options.delete !== undefined) await deleteSnapshot(graph, options.delete);
        return listSnapshots(graph);
      },
      ({ value }) => snapshotLines(value),
    ),
  );

function name(text: string): string {
  const { error } = snapshotName.safeParse(text);
  if (error) throw new InvalidArgumentError(`The name ${error.issues[0]!.message}.`);
  return text;
}
