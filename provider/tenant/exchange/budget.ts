/** What an account may have at a time: runspaces, and operations in a stretch of the tenant's time (X8). */
import type { TenantContext } from "../context";
import type { Db } from "../db";
import { ExchangeError } from "./errors";
import type { Account } from "./organizations";

export interface Use {
  /** Number of the runspace, from 1. */
  runspace: number;
  /** When, by the tenant's clock and what has gone by since. */
  atMs: number;
}

interface Window {
  fromMs: number;
  used: number;
}

/** By account. Exchange keeps budgets in its servers' memory, and so does the simulation: they end with the process. */
const windows = new WeakMap<Db, Map<string, Window>>();

/** Counts an operation of an account; throws where it is one too many. */
export function spend(context: TenantContext, account: Account, { runspace, atMs }: Use): void {
  const { name, runspaces, runspacesInUse, throttling } = account;
  const free = runspaces - runspacesInUse;
  if (runspace > free) {
    const others = runspacesInUse > 0 ? `, of which something else holds ${runspacesInUse}` : "";
    throw new ExchangeError(
      "busy",
      `The account '${name}' is allowed a maximum of ${runspaces} concurrent shells${others}; runspace ${runspace} cannot be opened (X8).`,
      busySeconds,
    );
  }
  if (!throttling) return;
  const { operations, seconds } = throttling;
  const window = windowOf(context.db, account, atMs, seconds * 1_000);
  if (window.used >= operations) {
    const wait = Math.ceil((window.fromMs + seconds * 1_000 - atMs) / 1_000);
    throw new ExchangeError(
      "throttled",
      `The account '${name}' has run ${operations} cmdlets in ${seconds} seconds, which is all that it may. Try again after ${wait} seconds.`,
      wait,
    );
  }
  window.used++;
}

const busySeconds = 5;

/** A stretch begins with the first operation after the one before it. */
function windowOf(db: Db, { organization, name }: Account, atMs: number, lengthMs: number): Window {
  const all = windows.get(db) ?? new Map<string, Window>();
  windows.set(db, all);
  const key = `${organization}\n${name}`.toLowerCase();
  const known = all.get(key);
  // Runspaces work at the same time, so operations are not asked in order; a clock that was set back begins anew.
  if (known && atMs > known.fromMs - lengthMs && atMs < known.fromMs + lengthMs) return known;
  const begun = { fromMs: atMs, used: 0 };
  all.set(key, begun);
  return begun;
}
