/** What cmdlets read from their parameters, refused in Exchange's words. */
import { ExchangeError } from "./errors";
import type { CmdletCall } from "./invoke";
import { hasMailbox, mailboxesCalled } from "./organizations";
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

/** The mailbox that an identity names: by its address, or by its alias, the part before the @. */
export function mailboxOf({ context, organization }: CmdletCall, identity: unknown): string {
  const name = String(identity ?? "");
  if (hasMailbox(context, organization.name, name)) return name;
  const found = name.includes("@") ? [] : mailboxesCalled(context, organization.name, name);
  if (found.length !== 1) throw notFound(identity);
  return found[0]!;
}

export function booleanOf({ parameters }: CmdletCall, parameter: string): boolean | undefined {
  const value = parameters[parameter];
  if (value === undefined || typeof value === "boolean") return value;
  throw new ExchangeError(
    "invalidParameter",
    `Cannot bind parameter '${parameter}': '${value}' is neither true nor false.`,
  );
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
