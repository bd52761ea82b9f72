/** Text that holds what a tenant or a program says. Renderers escape both kinds, each in its own way. */

/** A sentence, or a name or value in it that is shown as it is. */
export type Span = string | { name: string };
export type Cell = readonly Span[];

export const name = (text: string, most = 60): Span => ({ name: shortened(text, most) });

/**
 * Names in a row; of more than `most` only how many there are.
 * @param count of all, where the list has some of them
 */
export function names(some: readonly string[], most: number, count = some.length): Cell {
  const shown = some.slice(0, most).flatMap((one, at): Span[] => (at === 0 ? [name(one)] : [", ", name(one)]));
  const more = count - Math.min(some.length, most);
  if (more === 0) return shown;
  return most === 0 ? [numbered(count)] : [...shown, ` and ${numbered(more)} more`];
}

/** At most so many characters, none of them cut in two. */
export function shortened(text: string, most: number): string {
  const plain = visible(text);
  const characters = [...plain];
  return characters.length <= most ? plain : `${characters.slice(0, most - 1).join("")}…`;
}

/**
 * Text on one line, of characters that are seen: controls would move a terminal's cursor, and marks of direction or of
 * no width make a name look like another.
 */
export const visible = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .replace(/[\p{Cf}\p{Co}\p{Cn}]/gu, "�");

export const numbered = (number: number): string => number.toLocaleString("en-US");
export const counted = (number: number, one: string, many: string): string =>
  `${numbered(number)} ${number === 1 ? one : many}`;
export const peopleIn = (number: number): string => counted(number, "person", "people");
export const devicesIn = (number: number): string => counted(number, "device", "devices");

/** `2 h`, `3 days`: how long something is, as short as it can be said. */
export function span(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return counted(minutes, "minute", "minutes");
  const hours = Math.round(minutes / 60);
  return hours <= 72 ? counted(hours, "hour", "hours") : counted(Math.round(hours / 24), "day", "days");
}

/** A time as people read it; anything else as it is. */
export const time = (iso: string): string => iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*Z$/, "$1 $2 UTC");

/** A time, and how far it is from another. */
export function timeFrom(iso: string, start: string): string {
  const ms = Date.parse(iso) - Date.parse(start);
  if (Number.isNaN(ms) || ms < 0) return time(iso);
  return `${time(iso)} (${ms < 60_000 ? "at once" : `in ${span(ms)}`})`;
}
