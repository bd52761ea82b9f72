/** What an account may have at a time: runspaces, and operations in a stretch of the tenant's time (X8). */
import type { TenantContext } from "../context";
import { ExchangeError } from "./errors";
import type { Account } from "./organizations";

export interface Use {
  /** Number of the runspace, from 1. */
  runspace: number;
  /** Time that has gone by since the clock's. */
  elapsedMs: number;
}

/** Counts an operation of an account; throws where it is one too many. A stretch begins with the first one after another. */
export function spend(context: TenantContext, account: Account, { runspace, elapsedMs }: Use): void {
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
  const atMs = context.clock.nowMs() + elapsedMs;
  const lengthMs = seconds * 1_000;
  // Runspaces work at the same time, so operations are not asked in order.
  const underWay = account.windowFromMs !== null && Math.abs(atMs - account.windowFromMs) < lengthMs;
  const fromMs = underWay ? account.windowFromMs! : atMs;
  const used = underWay ? account.windowUsed : 0;
  if (used >= operations) {
    const wait = Math.ceil((fromMs + lengthMs - atMs) / 1_000);
    throw new ExchangeError(
      "throttled",
      `The account '${name}' has run ${operations} cmdlets in ${seconds} seconds, which is all that it may. Try again after ${wait} seconds.`,
      wait,
    );
  }
  context.db.run(
    `UPDATE exchangeAccount SET windowFromMs = :fromMs, windowUsed = :used
     WHERE organization = :organization AND name = :name`,
    { fromMs, used: used + 1, organization: account.organization, name },
  );
}

const busySeconds = 5;
