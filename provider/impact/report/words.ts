/** Text that holds what a tenant or a program says. Renderers escape both kinds, each in its own way. */

/** A sentence, or a name or value in it that is shown as it is. */
export type Span = string | { name: string };
export type Cell = readonly Span[];

export const name = (text: string, most = 60): Span => ({ name: shortened(text, most) });

/** Names in a row; of more than `most` only how many there are. */
export function names(all: readonly string[], most: number): Cell {
  const shown = all.slice(0, most).flatMap((one, at): Span[] => (at === 0 ? [name(one)] : [", ", name(one)]));
  if (all.length <= most) return shown;
  return most === 0 ? [numbered(all.length)] : [...shown, ` and ${numbered(all.length - most)} more`];
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
