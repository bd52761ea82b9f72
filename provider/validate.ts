import type { z } from "zod";
import type { Failure } from "./resource";
import { isUnknown, type Properties } from "./values";

/** What resources carry for the provider alone; users never give these. */
const ours = ["kind", "__provider", "profileName"];

/** The inputs that a user gave; a property that is undefined or null is one that was not given. */
export const given = (inputs: Properties): Properties =>
  Object.fromEntries(Object.entries(inputs).filter(([name, value]) => value != null && !ours.includes(name)));

/**
 * All failures of one check, each on its property. What is not known yet passes: it is checked again once it is.
 * @param hidden properties whose values no message may show
 */
export function validateWith(schema: z.ZodType, values: unknown, hidden?: RegExp): Failure[] {
  const result = schema.safeParse(values);
  if (result.success) return [];
  return result.error.issues
    .filter((issue) => !isUnknown(at(values, issue.path)))
    .map((issue) => failureOf(issue, values, hidden));
}

function failureOf(issue: z.core.$ZodIssue, values: unknown, hidden: RegExp | undefined): Failure {
  const property = pathText(issue.path);
  const value = at(values, issue.path);
  const shown = (value: unknown) => (hidden?.test(property) ? "that" : JSON.stringify(value));
  switch (issue.code) {
    case "unrecognized_keys": {
      const names = issue.keys.map((key) => `"${key}"`).join(", ");
      return { property: property || issue.keys[0] || "", reason: `has no property ${names}; check the spelling.` };
    }
    case "invalid_value":
      return {
        property,
        reason: value === undefined ? missing(issue.values) : `is ${shown(value)}; allowed: ${list(issue.values)}.`,
      };
    case "invalid_type":
      return {
        property,
        reason: value === undefined ? missing() : `must be ${kindOf(issue.expected)}, not ${shown(value)}.`,
      };
    default:
      return { property, reason: `${issue.message}${value === undefined ? "" : `, not ${shown(value)}`}.` };
  }
}

/** JSON's kinds of value as people say them. */
const kinds: Record<string, string> = {
  string: "a text",
  boolean: "true or false",
  int: "a whole number",
  array: "a list",
};
const kindOf = (expected: string) => kinds[expected] ?? `${/^[aeiou]/.test(expected) ? "an" : "a"} ${expected}`;

const missing = (allowed?: readonly unknown[]) =>
  `is required: nothing is filled in (E2).${allowed ? ` Allowed: ${list(allowed)}.` : ""}`;

const list = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join(", ");

function at(values: unknown, path: readonly PropertyKey[]): unknown {
  let value = values;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value;
}

/** `includedGroups[0]`, as Pulumi writes property paths. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "");
