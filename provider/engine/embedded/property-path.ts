/** Property paths as resource options name them: `settings.hosts[0].name`, `["a key"]`, `list[*]`. */

import { isObject, isSecret, type Properties, type Value } from "./properties";

export type PropertyPath = (string | number)[];

const STEP = /\.?([^.[\]"]+)|\.?\[(\d+)\]|\.?\[(\*)\]|\.?\["((?:[^"\\]|\\.)*)"\]/y;

/** The steps of a path; `undefined` where the text is not a path. */
export function parsePath(text: string): PropertyPath | undefined {
  const path: PropertyPath = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (!match) return undefined;
    const [, name, index, star, quoted] = match;
    path.push(index !== undefined ? Number(index) : (name ?? star ?? (quoted as string).replace(/\\(.)/g, "$1")));
  }
  return path.length > 0 ? path : undefined;
}

/** Whether `path` names `key` of the resource or something that it is part of. */
export function pathCovers(path: PropertyPath, key: string): boolean {
  return path.length === 1 && (path[0] === "*" || path[0] === key);
}

/** Sets what `path` names in `target` back to its value in `source`; false where one of them has no such element. */
export function resetPath(path: PropertyPath, source: Properties, target: Properties): boolean {
  return reset(path, source, target);
}

function reset(path: PropertyPath, source: Value, target: Value): boolean {
  const [step, ...rest] = path as [string | number, ...PropertyPath];
  const from = isSecret(source) ? (source.value as Value) : source;
  const to = isSecret(target) ? (target.value as Value) : target;
  if (step === "*") {
    const keys = Array.isArray(to) ? [...to.keys()] : isObject(to) ? unionOfKeys(from, to) : [];
    return keys.map((key) => reset([key, ...rest], from, to)).every(Boolean);
  }
  if (Array.isArray(to) && Array.isArray(from)) {
    const index = Number(step);
    if (!(index in from) || !(index in to)) return false;
    if (rest.length > 0) return reset(rest, from[index] as Value, to[index] as Value);
    to[index] = structuredClone(from[index] as Value);
    return true;
  }
  if (!isObject(to) || !isObject(from)) return false;
  const had = Object.hasOwn(from, step);
  if (rest.length > 0) {
    if (!had && !Object.hasOwn(to, step)) return true;
    return had && Object.hasOwn(to, step) && reset(rest, from[step] as Value, to[step] as Value);
  }
  if (had) to[step] = structuredClone(from[step] as Value);
  else delete to[step];
  return true;
}

function unionOfKeys(from: Value, to: { [key: string]: Value }): string[] {
  return [...new Set([...Object.keys(to), ...(isObject(from) ? Object.keys(from) : [])])];
}
