/**
 * Simulated time of a sync (X8): each cmdlet goes to the PowerShell runspace that is free first. The tenant's clock stands
 * still meanwhile; what comes out is how long the sync would have taken, and when in it each thing happened.
 */

export interface Runspaces {
  /** How many Exchange gave. */
  count(): number;
  /** The runspace that is free first, by its number from 1, and when in the sync it can begin. */
  next(notBefore: number): { runspace: number; startMs: number };
  /** The runspace is taken until then. */
  keep(runspace: number, untilMs: number): void;
  /** Exchange does not give it. */
  close(runspace: number): void;
  /** When all have ended. */
  endMs(): number;
}

/** What an account may have at a time where its throttling policy says nothing else (PowerShellMaxConcurrency). */
const most = 18;

/** One runspace, or as many as Exchange gives. */
export function openRunspaces(several: boolean): Runspaces {
  /** When each is free; those that were not asked for are free from the start. */
  const free: number[] = Array.from({ length: several ? most : 1 }, () => 0);
  const open = () => free.filter((ms) => ms !== Number.POSITIVE_INFINITY);
  return {
    count: () => open().length,
    next: (notBefore) => {
      let first = 0;
      for (let index = 1; index < free.length; index++) if (free[index]! < free[first]!) first = index;
      return { runspace: first + 1, startMs: Math.max(free[first]!, notBefore) };
    },
    keep: (runspace, untilMs) => {
      free[runspace - 1] = untilMs;
    },
    close: (runspace) => {
      free[runspace - 1] = Number.POSITIVE_INFINITY;
    },
    endMs: () => Math.max(...open()),
  };
}
