/** `preview`, `up`, `refresh`, `destroy`: what the program says, compared with the tenant and made so. */
import { Command, Option } from "commander";
import type { Operation } from "../../engine";
import { type DeployOptions, deploy } from "../deployment/deploy";
import { documentOf, hasChanges, type Outcome } from "../deployment/document";
import { failureText, outputLines, summary } from "../deployment/lines";
import { Ended } from "../failure";
import { withExamples } from "../help";
import { interruptible } from "../interrupt";
import { type Out, processOut, section } from "../out";
import { engineOption, jsonOption, projectOptions } from "./options";

interface Options extends DeployOptions {
  json?: boolean;
  expectNoChanges?: boolean;
}

interface Verb {
  description: string;
  /** Whether it can be held to find nothing to do. */
  expectable: boolean;
  /** Whether Pulumi's own command would ask first. */
  asks: boolean;
  examples: string[];
}

const verbs = {
  preview: {
    description: "Show what `up` would do, and why; changes nothing.",
    expectable: true,
    asks: false,
    examples: [
      "intune-mail preview",
      "intune-mail preview --stack prod --json",
      "intune-mail preview --expect-no-changes",
    ],
  },
  up: {
    description: "Make the tenant what the program says.",
    expectable: true,
    asks: true,
    examples: [
      "intune-mail up",
      "intune-mail up --cwd infrastructure --stack prod",
      "intune-mail up --engine embedded --json",
    ],
  },
  refresh: {
    description: "Read into the state what the tenant has.",
    expectable: false,
    asks: true,
    examples: ["intune-mail refresh", "intune-mail refresh --json"],
  },
  destroy: {
    description: "Delete all that the stack has made.",
    expectable: false,
    asks: true,
    examples: ["intune-mail destroy", "intune-mail destroy --stack rehearsal"],
  },
} satisfies Record<Operation, Verb>;

export const deploymentVerbs = (): Command[] =>
  Object.entries(verbs).map(([name, verb]) => makeVerb(name as Operation, verb));

function makeVerb(operation: Operation, { description, expectable, asks, examples }: Verb): Command {
  const verb = projectOptions(new Command(operation).description(description))
    .addOption(engineOption())
    .addOption(jsonOption());
  if (expectable) verb.option("--expect-no-changes", "end with exit code 3 if there are changes");
  if (asks) verb.addOption(new Option("-y, --yes", "taken as the Pulumi CLI does; nothing here asks anyway"));
  return withExamples(verb, ...examples).action(async (options: Options) => {
    const out = processOut(options.json);
    await interruptible(
      async (signal) => finish(await deploy(operation, options, out, signal), options, out, signal),
      out.note,
    );
  });
}

/** Writes the end of the operation, and ends with the exit code that it deserves. */
function finish(outcome: Outcome, options: Options, out: Out, signal: AbortSignal): void {
  const { operation, stack, result, failure } = outcome;
  if (options.json) out.document(documentOf(outcome));
  if (signal.aborted) throw new Ended("interrupted", failure);
  if (failure !== undefined) throw new Ended("failed", failureText(operation, stack, result, failure));
  const outputs = operation === "destroy" ? [] : outputLines(result.outputs);
  for (const line of section("Outputs", outputs, out.paint)) out.line(line);
  out.line();
  out.line(`${operation}: ${summary(operation, result)}.`);
  if (options.expectNoChanges && hasChanges(result)) {
    throw new Ended("changes", `${operation} found changes, and --expect-no-changes was given.`);
  }
}
