import { hasUnknown, type Properties, same } from "./values";

/** What a change of a property does. A replacement always says why, in words that end up before the user. */
export type OnChange =
  | { does: "update"; same?: (old: unknown, now: unknown) => boolean; secret?: boolean }
  | { does: "replace"; why: string; rule: string }
  /** Says something to the provider only (`adopt`): kept in state, nothing is sent. */
  | { does: "record" };

export const update = { does: "update" } as const;
export const record = { does: "record" } as const;
/** An update in which values that `same` calls equal are no change. */
export const updateWhen = (same: (old: unknown, now: unknown) => boolean) => ({ does: "update", same }) as const;
/** An update whose values are never shown. */
export const updateSecret = { does: "update", secret: true } as const;
export const replace = (rule: string, why: string) => ({ does: "replace", rule, why }) as const;

/** Whether two values of a property are the same to its resource. */
export const equal = (onChange: OnChange | undefined, one: unknown, other: unknown): boolean =>
  (onChange?.does === "update" && onChange.same ? onChange.same : same)(one, other);

export interface Change {
  property: string;
  old: unknown;
  now: unknown;
  onChange: OnChange;
}

/**
 * What differs between the outputs in state and new inputs, by the table that the resource declares. A value that is
 * not known yet counts as a change: better to announce a replacement that does not come than to hide one that does.
 */
export function changes(table: Record<string, OnChange>, olds: Properties, news: Properties): Change[] {
  return Object.entries(table)
    .filter(([property, onChange]) => {
      if (onChange.does === "record") return false;
      return hasUnknown(news[property]) || !equal(onChange, olds[property], news[property]);
    })
    .map(([property, onChange]) => ({ property, old: olds[property], now: news[property], onChange }));
}

/** A change in one line: `hostName: "a" → "b"`, and for a replacement why. Secret values are not shown. */
export function describeChange(change: Change): string {
  const { onChange, property } = change;
  const shown = (value: unknown) => {
    if (value == null) return "(none)";
    if (hasUnknown(value)) return "(not known yet)";
    return JSON.stringify(value);
  };
  const values =
    onChange.does === "update" && onChange.secret ? "(secret)" : `${shown(change.old)} → ${shown(change.now)}`;
  const why = onChange.does === "replace" ? ` (${onChange.rule}: ${onChange.why})` : "";
  return `${property}: ${values}${why}`;
}
