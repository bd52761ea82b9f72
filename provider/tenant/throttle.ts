/** Limits of requests in a sliding window, for the tenant and for each application in it (CONTRACT section 9). */
import { z } from "zod";
import { GraphError } from "./errors";

/** What a seed says of the limits; a tenant whose seed says nothing has none. */
export const throttlingSeed = z.strictObject({
  windowSeconds: z
    .int()
    .min(1)
    .max(3_600)
    .default(20)
    .describe("Length of the sliding window in which requests count."),
  tenant: z.int().positive().default(4_000).describe("Requests of all callers in a window."),
  application: z
    .int()
    .positive()
    .default(2_000)
    .describe("Requests of one application in a window; callers without a token of the tenant count as one."),
  retryAfter: z
    .boolean()
    .default(true)
    .describe("false: a refusal does not say when to ask again, as Intune's at times do not."),
});
export type Throttling = z.output<typeof throttlingSeed>;

/** A refusal, and after how many seconds the same request passes; undefined where callers are not to be told. */
export interface Throttled {
  retryAfter: number | undefined;
}

/** Counts a request and tells whether it is one too many; one that is refused does not count. */
export type Throttle = (settings: Throttling | undefined, appId: string | undefined) => Throttled | undefined;

export const tooManyRequests = ({ retryAfter }: Throttled): GraphError =>
  new GraphError(429, "TooManyRequests", "Please retry again later.", false, retryAfter);

/** Counts requests in real time, as callers wait in real time; the tenant's clock does not matter here. */
export function makeThrottle(elapsedMs: () => number = () => performance.now()): Throttle {
  let windowSeconds = 0;
  let windows = new Map<string, Window>();
  return (settings, appId) => {
    if (!settings || settings.windowSeconds !== windowSeconds) {
      windowSeconds = settings?.windowSeconds ?? 0;
      windows = new Map();
    }
    if (!settings) return undefined;
    const nowMs = elapsedMs();
    const windowOf = (name: string) => {
      if (!windows.has(name)) windows.set(name, makeWindow(windowSeconds));
      return windows.get(name)!;
    };
    const counted: [Window, number][] = [
      [windowOf("tenant"), settings.tenant],
      [windowOf(`application ${appId ?? ""}`), settings.application],
    ];
    const waitMs = Math.max(...counted.map(([window, limit]) => window.waitMs(nowMs, limit)));
    if (waitMs > 0) return { retryAfter: settings.retryAfter ? Math.ceil(waitMs / 1_000) : undefined };
    for (const [window] of counted) window.add(nowMs);
    return undefined;
  };
}

interface Window {
  /** Time until one more request keeps to the limit; 0 if it does now. */
  waitMs(nowMs: number, limit: number): number;
  add(nowMs: number): void;
}

/**
 * A counter for each second, in a ring. One second more than the window is looked at, as its first is over in part only:
 * no stretch of the window's length, wherever it begins, ever has more requests than the limit.
 */
function makeWindow(windowSeconds: number): Window {
  const counts = new Array<number>(windowSeconds + 1).fill(0);
  let sum = 0;
  let second = 0;
  const slot = (of: number) => of % counts.length;
  const forward = (to: number) => {
    if (to - second >= counts.length) {
      counts.fill(0);
      sum = 0;
    }
    for (let next = Math.max(second + 1, to - counts.length + 1); next <= to; next++) {
      sum -= counts[slot(next)]!;
      counts[slot(next)] = 0;
    }
    second = Math.max(second, to);
  };
  return {
    waitMs: (nowMs, limit) => {
      forward(Math.floor(nowMs / 1_000));
      let left = sum;
      if (left < limit) return 0;
      for (let old = second - counts.length + 1; old <= second; old++) {
        if (old >= 0) left -= counts[slot(old)]!;
        if (left < limit) return (old + counts.length) * 1_000 - nowMs;
      }
      throw new RangeError(`A limit of ${limit} lets nothing pass.`);
    },
    add: (nowMs) => {
      forward(Math.floor(nowMs / 1_000));
      counts[slot(second)]! += 1;
      sum += 1;
    },
  };
}
