import type { Command } from "commander";
import { exitCodes } from "./exit-codes";

/** Adds examples to a verb's help; each runs as it is printed. */
export const withExamples = (verb: Command, ...examples: readonly string[]): Command =>
  verb.addHelpText("after", `\nExamples:\n${examples.map((example) => `  ${example}`).join("\n")}`);

export const exitCodesText = `
Exit codes:
${Object.values(exitCodes)
  .map(({ code, meaning }) => `  ${String(code).padEnd(5)}${meaning}`)
  .join("\n")}`;
