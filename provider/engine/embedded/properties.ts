/** Property values as they travel between program, engine and provider: JSON, in which marked objects stand for secrets and references. */

import { isDeepStrictEqual } from "node:util";

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Properties = { [key: string]: Value };
type Marked = { [key: string]: Value };

/** The key whose value tells what a marked object stands for. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
/** Stands for a value that is not known before the operation. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

/** The dynamic provider's text: noise for a reader, and the same in every resource. */
const PROVIDER_TEXT = "__provider";

export function isObject(value: Value | undefined): value is { [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSecret(value: Value | undefined): value is Marked {
  return isObject(value) && value[SIGNATURE] === SECRET;
}

export function makeSecret(value: Value): Marked {
  return { [SIGNATURE]: SECRET, value };
}

/** Whether `found` holds for the value or for anything inside it. */
function some(value: Value, found: (inner: Value) => boolean): boolean {
  if (found(value)) return true;
  if (Array.isArray(value)) return value.some((item) => some(item, found));
  return isObject(value) && Object.values(value).some((item) => some(item, found));
}

export const containsSecrets = (value: Value): boolean => some(value, isSecret);
export const containsUnknowns = (value: Value): boolean => some(value, (inner) => inner === UNKNOWN);
export const containsAssets = (value: Value): boolean =>
  some(value, (inner) => isObject(inner) && (inner[SIGNATURE] === ASSET || inner[SIGNATURE] === ARCHIVE));

/** Copies a value, with `replace` deciding what to put instead of marked objects. */
function mapMarked(value: Value, replace: (marked: Marked) => Value): Value {
  if (Array.isArray(value)) return value.map((item) => mapMarked(item, replace));
  if (!isObject(value)) return value;
  if (SIGNATURE in value) return replace(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapMarked(item, replace)]));
}

/** The value without marks, as a provider that knows neither secrets nor references takes it. */
export function plain(value: Value): Value {
  return mapMarked(value, (marked) => {
    if (marked[SIGNATURE] === SECRET) return plain(marked.value ?? null);
    if (marked[SIGNATURE] === OUTPUT) return "value" in marked ? plain(marked.value as Value) : UNKNOWN;
    if (marked[SIGNATURE] === RESOURCE) return referenceId(marked);
    return marked;
  });
}

/** A reference to a resource is its id; to a component, which has none, its URN. */
function referenceId(reference: Marked): Value {
  const id = plain(reference.id ?? null);
  if (id === null) return reference.urn ?? null;
  return id === "" ? UNKNOWN : id;
}

export function plainProperties(properties: Properties): Properties {
  return plain(properties) as Properties;
}

/** Whether two values are the same to a provider. */
export function samePlain(a: Value | undefined, b: Value | undefined): boolean {
  return isDeepStrictEqual(plain(a ?? null), plain(b ?? null));
}

/** What a person may see: `[secret]` and `[unknown]` instead of such values, the provider's text left out. */
export function masked(properties: Properties | undefined): Record<string, unknown> | undefined {
  if (!properties) return undefined;
  const shown = Object.entries(properties).filter(([key]) => key !== PROVIDER_TEXT);
  return Object.fromEntries(shown.map(([key, value]) => [key, maskedValue(value)]));
}

function maskedValue(value: Value): Value {
  const hidden = mapMarked(value, (marked) => {
    if (marked[SIGNATURE] === SECRET) return "[secret]";
    if (marked[SIGNATURE] === RESOURCE) return referenceId(marked);
    return "[unknown]";
  });
  return replaceUnknowns(hidden);
}

function replaceUnknowns(value: Value): Value {
  if (value === UNKNOWN) return "[unknown]";
  if (Array.isArray(value)) return value.map(replaceUnknowns);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceUnknowns(item)]));
}

/** Marks in `after` what was secret in `before`, because the dynamic provider takes and gives plain values only. */
export function keepSecrets(after: Properties, before: Properties | undefined): Properties {
  for (const [key, old] of Object.entries(before ?? {})) {
    const value = after[key];
    if (value === undefined || isSecret(value)) continue;
    if (isObject(value) && isObject(old) && !isSecret(old)) keepSecrets(value, old);
    else if (containsSecrets(old)) after[key] = makeSecret(value);
  }
  return after;
}
