/** What cmdlets read from their parameters, refused in Exchange's words. */
import { ExchangeError } from "./errors";
import type { CmdletCall } from "./invoke";
import { hasMailbox } from "./organizations";
import { type AccessLevel, accessLevels } from "./words";

const defaultResultSize = 1000;

/** SQL's LIMIT for ResultSize; one more than asked for, to see whether there is more. */
export function limitOf({ parameters }: CmdletCall): number {
  const size = parameters.ResultSize ?? defaultResultSize;
  if (size === "Unlimited") return -1;
  if (typeof size === "number" && Number.isInteger(size) && size > 0) return size + 1;
  throw new ExchangeError(
    "invalidParameter",
    `Cannot bind parameter 'ResultSize': '${size}'. Give a number or Unlimited.`,
  );
}

export function cut<T>(call: CmdletCall, limit: number, rows: T[]): T[] {
  if (limit < 0 || rows.length < limit) return rows;
  call.warnings.push(
    `There are more results available than are currently displayed (${limit - 1}). To view them, increase the value for the ResultSize parameter.`,
  );
  return rows.slice(0, limit - 1);
}

export function mailboxOf({ context, organization }: CmdletCall, identity: unknown): string {
  const address = String(identity ?? "");
  if (!hasMailbox(context, organization.name, address)) throw notFound(identity);
  return address;
}

export function levelOf({ parameters }: CmdletCall, parameter: string): AccessLevel {
  const level = accessLevels.find((one) => one === parameters[parameter]);
  if (!level) throw oneOf(parameter, parameters[parameter], accessLevels);
  return level;
}

export const oneOf = (parameter: string, value: unknown, allowed: readonly string[]) =>
  new ExchangeError(
    "invalidParameter",
    `Cannot bind parameter '${parameter}': '${value}' is none of ${allowed.join(", ")}.`,
  );
export const notFound = (identity: unknown) =>
  new ExchangeError("notFound", `The operation couldn't be performed because object '${identity}' couldn't be found.`);
