/** What is to become of a resource: how its old state differs from what the program asks for. */

import type { Deployment } from "./deployment";
import { containsUnknowns, type Properties, plain, samePlain, type Value } from "./properties";
import { parsePath, pathCovers, resetPath } from "./property-path";
import type { ResourceState } from "./resource-state";
import { ask } from "./steps";

export interface Difference {
  changed: boolean;
  replace: boolean;
  replaceKeys: string[];
  deleteBeforeReplace: boolean;
}

const NONE: Difference = { changed: false, replace: false, replaceKeys: [], deleteBeforeReplace: false };

function replaceBecauseOf(...replaceKeys: string[]): Difference {
  return { ...NONE, changed: true, replace: true, replaceKeys };
}

/** Compares a resource with its old state. `replaced` tells which resources this operation has replaced. */
export async function differ(
  deployment: Deployment,
  old: ResourceState,
  next: ResourceState,
  replaced: (urn: string) => boolean,
): Promise<Difference> {
  if (triggers(next.replacementTrigger, old.replacementTrigger)) return replaceBecauseOf();
  if (next.replaceWith?.some(replaced)) return replaceBecauseOf("replaceWith");
  if (next.deletedWith && replaced(next.deletedWith)) return replaceBecauseOf("deletedWith");
  // A component became a resource, or the other way round.
  if (old.custom !== next.custom) return replaceBecauseOf("provider");
  if (!next.custom) return { ...NONE, changed: !samePlain(old.inputs ?? {}, next.inputs ?? {}) };
  return askProvider(deployment, old, next.inputs ?? {}, next);
}

/** The provider's own view, with what the resource's options make of it. */
export async function askProvider(
  deployment: Deployment,
  old: ResourceState,
  news: Properties,
  options: Pick<ResourceState, "ignoreChanges" | "replaceOnChanges">,
): Promise<Difference> {
  const olds = { inputs: old.inputs ?? {}, outputs: old.outputs ?? {} };
  const answer = await ask(deployment, old.urn, () => deployment.provider.diff(old.urn, old.id as string, olds, news));
  // A provider that does not say whether anything changed leaves it to the inputs.
  const changedKeys =
    answer.changes === "unknown" ? keysThatDiffer(olds.inputs, ignoring(news, olds.inputs, options.ignoreChanges)) : [];
  const changed = answer.changes === "unknown" ? changedKeys.length > 0 : answer.changes === "some";
  const paths = (options.replaceOnChanges ?? []).flatMap((text) => [parsePath(text) ?? []]);
  const forced = changedKeys.filter((key) => paths.some((path) => pathCovers(path, key)));
  const unhealthy = (old.initErrors?.length ?? 0) > 0 && paths.some((path) => pathCovers(path, "#initerror"));
  const replaceKeys =
    changed || unhealthy ? [...new Set([...answer.replaces, ...forced, ...(unhealthy ? ["#initerror"] : [])])] : [];
  return {
    changed: changed || unhealthy,
    replace: replaceKeys.length > 0,
    replaceKeys,
    deleteBeforeReplace: answer.deleteBeforeReplace,
  };
}

/** The inputs with what the program wants ignored set back to what it was. */
export function ignoring(
  inputs: Properties,
  olds: Properties,
  ignoreChanges: string[] | undefined,
  onInvalid: (path: string) => void = () => {},
): Properties {
  if (!ignoreChanges?.length) return inputs;
  const result = structuredClone(inputs);
  for (const text of ignoreChanges) {
    const path = parsePath(text);
    if (path && !resetPath(path, olds, result)) onInvalid(text);
  }
  return result;
}

function keysThatDiffer(olds: Properties, news: Properties): string[] {
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
  return [...keys].filter((key) => !samePlain(olds[key], news[key]));
}

function triggers(next: Value | undefined, old: Value | undefined): boolean {
  const [after, before] = [plain(next ?? null), plain(old ?? null)];
  if (containsUnknowns(after) || containsUnknowns(before)) return true;
  return after !== null && before !== null && !samePlain(after, before);
}
