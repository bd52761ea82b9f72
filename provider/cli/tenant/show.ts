/** What most verbs of the tenant do: ask it something once, and show the answer to a person or a program. */
import type { Graph } from "../../graph/client";
import { type Out, processOut } from "../out";
import { settingsFor, type TargetOptions, withTenant } from "./target";

export interface ShowOptions extends TargetOptions {
  json?: boolean;
}

/** Asks the tenant that the options name; `--json` gives the answer as it is, else it is put in lines. */
export async function show<T>(
  options: ShowOptions,
  ask: (graph: Graph) => Promise<T>,
  lines: (answer: T, paint: Out["paint"]) => readonly string[],
): Promise<void> {
  const answer = await withTenant(settingsFor(options), ask);
  const out = processOut(options.json);
  if (options.json) out.document(answer);
  lines(answer, out.paint).forEach(out.line);
}
