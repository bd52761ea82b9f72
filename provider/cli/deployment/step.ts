/** One step of an engine: what changes by it, from the masked values that engines tell and the resource's own table. */
import type { StepEvent, StepOp } from "../../engine";
import { type Change, changes, describeChange, type OnChange } from "../../on-change";
import { resourceTypes } from "../../resources";
import { type Properties, UNKNOWN } from "../../values";

/** What an engine tells instead of a secret, and of a value that is not known yet. */
export const masks = { secret: "[secret]", unknown: "[unknown]" };

/** Pulumi's short name of a resource's type: `EmailProfile` of `pulumi-nodejs:dynamic/intune:EmailProfile`. */
export const kindOf = (type: string): string => type.slice(type.lastIndexOf(":") + 1);

/** Whether people are shown it: the stack itself and Pulumi's providers are only in the document. */
export const isShown = ({ type }: StepEvent): boolean => !type.startsWith("pulumi:");

/** One change as `--json` gives it. */
export interface ChangeRow {
  property: string;
  old: unknown;
  new: unknown;
  replaces: boolean;
  rule?: string;
  why?: string;
}

/** What changes on the resource; nothing for a new one, where everything does. */
export function changesOf(step: StepEvent): Change[] {
  const table = tableOf(step.type);
  if (!table || !step.oldOutputs || !step.newInputs || step.op === "refresh") return [];
  return changes(table, step.oldOutputs, unmasked(step.newInputs) as Properties);
}

export function changeRows(step: StepEvent): ChangeRow[] {
  return changesOf(step).map(({ property, old, now, onChange }) => {
    const hidden = onChange.does === "update" && onChange.secret;
    const { rule, why } = onChange.does === "replace" ? onChange : {};
    return {
      property,
      old: hidden ? masks.secret : (old ?? null),
      new: hidden ? masks.secret : masked(now ?? null),
      replaces: onChange.does === "replace",
      ...(rule && why ? { rule, why } : {}),
    };
  });
}

/**
 * What changes, a line each. Why something is replaced is told in full once, and then by its rule (`told` remembers).
 * An update in which no difference shows is one of a secret, which is not told.
 */
export function changeLines(step: StepEvent, told: Set<string>): string[] {
  const found = changesOf(step).map((change) => {
    const line = describeChange(change);
    if (change.onChange.does !== "replace") return line;
    const { rule, why } = change.onChange;
    if (told.has(why)) return line.replace(`(${rule}: ${why})`, `(${rule})`);
    told.add(why);
    return line;
  });
  return found.length > 0 || step.op !== "update" ? found : ["a secret value"];
}

function tableOf(type: string): Record<string, OnChange> | undefined {
  return Object.hasOwn(resourceTypes, kindOf(type))
    ? resourceTypes[kindOf(type) as keyof typeof resourceTypes].onChange
    : undefined;
}

/** The tables know the SDK's text for a value that is not known yet. */
const unmasked = (value: unknown) => replaced(value, masks.unknown, UNKNOWN);
const masked = (value: unknown) => replaced(value, UNKNOWN, masks.unknown);

function replaced(value: unknown, from: string, to: string): unknown {
  if (value === from) return to;
  if (Array.isArray(value)) return value.map((item) => replaced(item, from, to));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replaced(item, from, to)]));
}

interface OpWords {
  symbol: string;
  verb: string;
  colour: "green" | "yellow" | "red" | "magenta" | "cyan" | "dim";
  /** How the summary counts it, before and after; absent where another step of the resource is counted. */
  counted?: { planned: string; done: string };
}

/** How each step is called on a line and in the summary. */
export const opWords = {
  same: { symbol: " ", verb: "same", colour: "dim", counted: { planned: "unchanged", done: "unchanged" } },
  create: { symbol: "+", verb: "create", colour: "green", counted: { planned: "to create", done: "created" } },
  update: { symbol: "~", verb: "update", colour: "yellow", counted: { planned: "to update", done: "updated" } },
  replace: { symbol: "+-", verb: "replace", colour: "magenta", counted: { planned: "to replace", done: "replaced" } },
  "create-replacement": { symbol: "++", verb: "create", colour: "green" },
  "delete-replaced": { symbol: "--", verb: "delete", colour: "red" },
  delete: { symbol: "-", verb: "delete", colour: "red", counted: { planned: "to delete", done: "deleted" } },
  read: { symbol: ">", verb: "read", colour: "cyan", counted: { planned: "to read", done: "read" } },
  "read-replacement": { symbol: ">>", verb: "read", colour: "cyan" },
  refresh: { symbol: "~", verb: "refresh", colour: "cyan", counted: { planned: "to refresh", done: "refreshed" } },
  discard: { symbol: "<", verb: "discard", colour: "red", counted: { planned: "to discard", done: "discarded" } },
  import: { symbol: "=", verb: "import", colour: "cyan", counted: { planned: "to import", done: "imported" } },
} satisfies Record<StepOp, OpWords>;
