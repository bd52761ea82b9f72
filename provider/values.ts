/** Values as Pulumi hands them to a provider: plain JSON, in which what is not known yet is a sentinel text. */

/** The SDK's text for a value that is not known yet (`unknownValue` of `@pulumi/pulumi/runtime`). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type Properties = Record<string, unknown>;

export const isUnknown = (value: unknown): boolean => value === UNKNOWN;

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a reference is an id rather than a name. */
export const isGuid = (text: string): boolean => guid.test(text);

/** Whether `value` is, or holds anywhere inside, something that is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (isUnknown(value)) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  if (value !== null && typeof value === "object") return Object.values(value).some(hasUnknown);
  return false;
}

/** Equality of JSON values; an absent property equals one that is undefined or null. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (one == null || other == null) return one == null && other == null;
  if (typeof one !== "object" || typeof other !== "object" || Array.isArray(one) !== Array.isArray(other)) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => same((one as Properties)[name], (other as Properties)[name]));
}

/** Equality of lists in which neither order nor repetition matters. */
export function sameSet(one: unknown, other: unknown): boolean {
  const sorted = (list: unknown) => (Array.isArray(list) ? [...new Set(list.map(String))].sort() : list);
  return same(sorted(one), sorted(other));
}
