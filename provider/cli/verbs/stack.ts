/** `stack export`, `stack import`: the state in Pulumi's own form. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import { chooseEngine, type StackExport } from "../../engine";
import { UserError } from "../../user-error";
import type { DeployOptions } from "../deployment/deploy";
import { withExamples } from "../help";
import { processOut } from "../out";
import { engineOption, jsonOption, projectOptions } from "./options";

interface Options extends DeployOptions {
  file?: string;
  json?: boolean;
}

export const stackVerb = (): Command =>
  withExamples(
    new Command("stack").description("Take a stack's state out, or put one in.").helpCommand(false),
    "intune-mail stack export --file state.json",
    "intune-mail stack import --file state.json",
  )
    .addCommand(exportVerb())
    .addCommand(importVerb());

const exportVerb = (): Command =>
  withExamples(
    projectOptions(new Command("export"))
      .description("Write the stack's state, secrets encrypted, as `pulumi stack import` reads it.")
      .option("--file <file>", "write it there, not to stdout")
      .addOption(engineOption())
      .addOption(jsonOption()),
    "intune-mail stack export --file state.json",
    "intune-mail stack export --stack prod",
  ).action(async (options: Options) => {
    const out = processOut();
    const state = await chooseEngine(options.engine, options).engine.exportStack(options);
    const text = `${JSON.stringify(state, null, 2)}\n`;
    if (options.file === undefined) return out.raw(text);
    // Ids and addresses of people's mail: for the owner's eyes.
    writeFileSync(options.file, text, { mode: 0o600 });
    out.note(`Wrote the state of stack ${options.stack} to ${resolve(options.file)}.`);
  });

const importVerb = (): Command =>
  withExamples(
    projectOptions(new Command("import"))
      .description("Replace the stack's state by one that `stack export` or `pulumi stack export` wrote.")
      .option("--file <file>", "read it there, not from stdin")
      .addOption(engineOption())
      .addOption(jsonOption()),
    "intune-mail stack import --file state.json",
    "intune-mail stack import --stack copy --file state.json --json",
  ).action(async (options: Options) => {
    const out = processOut(options.json);
    const state = readState(options.file);
    const { engine } = chooseEngine(options.engine, options);
    await engine.importStack(options, state);
    const { resources } = state.deployment as { resources?: unknown[] };
    const imported = resources?.length ?? 0;
    if (options.json) {
      out.document({ version: 1, operation: "import", engine: engine.name, stack: options.stack, resources: imported });
    }
    out.line(`Stack ${options.stack} has ${imported} resources now.`);
  });

function readState(file: string | undefined): StackExport {
  const source = file === undefined ? "stdin" : resolve(file);
  let state: unknown;
  try {
    state = JSON.parse(readFileSync(file ?? 0, "utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`The state from ${source} is no JSON (${error.message}). Give what \`stack export\` wrote.`);
  }
  const { version, deployment } = (state ?? {}) as Partial<StackExport>;
  if (typeof version !== "number" || typeof deployment !== "object" || deployment === null) {
    throw new UserError(
      `The state from ${source} has no "version" and "deployment". Give what \`stack export\` or \`pulumi stack export\` wrote.`,
    );
  }
  return { version, deployment };
}
