/** What every part of an operation shares: the stack, its provider, whom to tell, and how it is stopped. */

import type { Project } from "../project";
import type { Provider } from "./provider-host";
import type { Report } from "./report";
import type { Snapshot } from "./snapshot";

export interface Deployment {
  project: Project;
  stack: string;
  dryRun: boolean;
  snapshot: Snapshot;
  provider: Provider;
  report: Report;
  /** Aborted by a failure or by the user: what is under way is finished, nothing new starts. */
  stop: AbortController;
  /** Runs provider calls, so many at once. */
  limit: Limit;
}

/** Thrown where something would start after the operation was stopped. The reason has been told already. */
export class Stopped extends Error {}

export function assertRunning(deployment: Deployment): void {
  if (deployment.stop.signal.aborted) throw new Stopped("the operation was stopped");
}

/** Tells an error and stops the operation. */
export function fail(deployment: Deployment, message: string, urn?: string): Stopped {
  deployment.report.diagnostic("error", message, urn);
  deployment.stop.abort();
  return new Stopped(message);
}

export interface Limit {
  <T>(work: () => Promise<T>): Promise<T>;
  /** When nothing is under way or waiting. */
  idle(): Promise<void>;
}

/** At most `count` at once; the others wait in order. */
export function createLimit(count: number): Limit {
  const waiting: (() => void)[] = [];
  const idlers: (() => void)[] = [];
  let running = 0;
  const limit = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else if (--running === 0) for (const resolve of idlers.splice(0)) resolve();
    }
  };
  const idle = () => (running === 0 ? Promise.resolve() : new Promise<void>((resolve) => idlers.push(resolve)));
  return Object.assign(limit, { idle });
}
