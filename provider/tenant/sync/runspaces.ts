/**
 * Simulated time of a sync (X8): each cmdlet goes to the PowerShell runspace that is free first. The tenant's clock stands
 * still meanwhile; what comes out is how long the sync would have taken, and when in it each thing happened.
 */

export interface Runspaces {
  readonly count: number;
  /** The runspace that is free first, by its number from 1, and when in the sync it can begin. */
  next(notBefore: number): { runspace: number; startMs: number };
  /** The runspace is busy until then. */
  keep(runspace: number, untilMs: number): void;
  /** When all are done. */
  endMs(): number;
}

export function openRunspaces(count: number): Runspaces {
  const free: number[] = Array.from({ length: count }, () => 0);
  return {
    count,
    next: (notBefore) => {
      let first = 0;
      for (let index = 1; index < count; index++) if (free[index]! < free[first]!) first = index;
      return { runspace: first + 1, startMs: Math.max(free[first]!, notBefore) };
    },
    keep: (runspace, untilMs) => {
      free[runspace - 1] = untilMs;
    },
    endMs: () => Math.max(...free),
  };
}
