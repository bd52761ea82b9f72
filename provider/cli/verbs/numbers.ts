/** Numbers and times as arguments: what is none is wrong usage, said before anything is done. */
import { InvalidArgumentError } from "commander";
import { durationMs } from "../../tenant/duration";

export function whole(text: string): number {
  const number = Number(text);
  if (text !== "" && Number.isInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError("It must be a whole number.");
}

/** From 0 to 1. */
export function share(text: string): number {
  const number = Number(text);
  if (text !== "" && number >= 0 && number <= 1) return number;
  throw new InvalidArgumentError("It must be a number from 0 to 1, such as 0.1.");
}

/** As it was written, for the tenant to read. */
export function duration(text: string): string {
  if (durationMs(text) !== undefined) return text;
  throw new InvalidArgumentError('It must be a number and s, m, h or d, such as "4h".');
}
