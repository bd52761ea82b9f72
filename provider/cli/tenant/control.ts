/** What the command asks of a tenant beside Graph: its `/simulation` routes. */
import type { Graph } from "../../graph/client";
import { GraphAnswerError } from "../../graph/errors";
import type { Seed } from "../../tenant";
import type { Fault, FaultRule } from "../../tenant/faults";
import type { LoggedRequest } from "../../tenant/requestLog";
import type { Snapshot } from "../../tenant/snapshots";
import type { Throttling } from "../../tenant/throttle";
import { UserError } from "../../user-error";
import { columns } from "../out";

// --- time -------------------------------------------------------------------------------------------------------------

export interface Clock {
  now: string;
  /** What the tenant does next on its own. */
  next: { name: string; due: string } | null;
  /** How much was done on the way. */
  tasks?: number;
  /** Whether nothing changes any more; where it was let run until then. */
  idle?: boolean;
}

export type ClockMove = { advance: string } | { now: string } | { untilIdle: true };

export const readClock = (graph: Graph): Promise<Clock> => graph.get("/simulation/clock");

export const moveClock = (graph: Graph, move: ClockMove): Promise<Clock> =>
  graph.post("/simulation/clock", { ...move });

export function clockText({ now, next, tasks, idle }: Clock): string[] {
  return columns([
    ["now", now],
    ...(tasks === undefined ? [] : [["done", `${tasks} check-ins and syncs`]]),
    ...(idle === undefined
      ? []
      : [["idle", idle ? "yes: what recurs changes nothing" : "no: it changes something still"]]),
    ["next", next ? `${next.due}  ${next.name}` : "nothing is due"],
  ]);
}

/** All devices check in where none are named. */
export const checkInDevices = (graph: Graph, devices?: readonly string[]): Promise<{ checkedIn: number }> =>
  graph.post("/simulation/checkIn", devices ? { deviceIds: devices } : {});

// --- a new start ------------------------------------------------------------------------------------------------------

export const resetTenant = (graph: Graph): Promise<Clock> => graph.post("/simulation/reset", {});

/** Fills a tenant that is there already; one that holds something only where that is to be thrown away. */
export async function plantSeed(graph: Graph, seed: Seed, replace: boolean): Promise<void> {
  try {
    await graph.post(`/simulation/seed${replace ? "?replace=true" : ""}`, { ...seed });
  } catch (error) {
    if (!(error instanceof GraphAnswerError) || error.status !== 409) throw error;
    throw new UserError(
      "The tenant is not empty. Give --replace to throw away what it holds, or choose another --data.",
    );
  }
}

export const listSnapshots = (graph: Graph): Promise<{ value: Snapshot[] }> => graph.get("/simulation/snapshots");

export const takeSnapshot = (graph: Graph, name: string, replace: boolean): Promise<Snapshot> =>
  graph.post("/simulation/snapshots", { name, replace });

export const restoreSnapshot = (graph: Graph, name: string): Promise<Clock> =>
  graph.post(`${snapshotPath(name)}/restore`, {});

export const deleteSnapshot = (graph: Graph, name: string): Promise<void> => graph.delete(snapshotPath(name));

const snapshotPath = (name: string) => `/simulation/snapshots/${encodeURIComponent(name)}`;

export const snapshotLines = (snapshots: readonly Snapshot[]): string[] =>
  snapshots.length === 0
    ? ["No snapshot has been taken."]
    : columns([["snapshot", "the tenant's time in it"], ...snapshots.map(({ name, time }) => [name, time])]);

// --- faults and limits --------------------------------------------------------------------------------------------------

export const listFaults = (graph: Graph): Promise<{ value: Fault[] }> => graph.get("/simulation/faults");
export const addFault = (graph: Graph, rule: FaultRule): Promise<Fault> =>
  graph.post("/simulation/faults", { ...rule });
export const removeFault = (graph: Graph, id: string): Promise<void> =>
  graph.delete(`/simulation/faults/${encodeURIComponent(id)}`);
export const removeFaults = (graph: Graph): Promise<void> => graph.delete("/simulation/faults");

export const faultLines = (faults: readonly Fault[]): string[] =>
  faults.length === 0
    ? ["No fault is injected."]
    : columns([
        ["fault", "requests", "which", "effect", "seen", "struck"],
        ...faults.map((fault) => [
          fault.id,
          `${fault.method ?? "any"} ${fault.version ? `/${fault.version}` : ""}${fault.path ?? "any path"}`,
          which(fault),
          effect(fault),
          String(fault.seen),
          String(fault.struck),
        ]),
      ]);

/** Which of the requests that it is about: `number 3`, `every 2, at most 5`. */
function which({ nth, every, rate, times }: FaultRule): string {
  if (nth !== undefined) return `number ${nth}`;
  const often = every !== undefined ? `every ${every}` : rate !== undefined ? `${rate * 100} %` : "all";
  return times === undefined ? often : `${often}, at most ${times}`;
}

const effect = ({ status, retryAfter, delayMs, drop }: FaultRule): string =>
  [
    ...(status === undefined ? [] : [`status ${status}`]),
    ...(retryAfter === undefined ? [] : [`retry after ${retryAfter} s`]),
    ...(drop === undefined ? [] : [`drop ${drop} effect`]),
    ...(delayMs === undefined ? [] : [`delay ${delayMs} ms`]),
  ].join(", ");

export interface Limits {
  throttling: Throttling | null;
}

export const readLimits = (graph: Graph): Promise<Limits> => graph.get("/simulation/throttling");

export async function setLimits(graph: Graph, limits: Partial<Throttling> | "off"): Promise<Limits> {
  if (limits === "off") await graph.delete("/simulation/throttling");
  else await graph.put("/simulation/throttling", { ...limits });
  return readLimits(graph);
}

export const limitLines = ({ throttling }: Limits): string[] =>
  throttling === null
    ? ["Requests are not limited."]
    : [
        `In ${throttling.windowSeconds} seconds: ${throttling.tenant} requests, ${throttling.application} of one application; ` +
          `above that 429${throttling.retryAfter ? " with Retry-After" : " without Retry-After"}.`,
      ];

// --- what happened ------------------------------------------------------------------------------------------------------

export interface Event {
  sequence: number;
  time: string;
  kind: string;
  message: string;
}

interface Page<T> {
  value: T[];
  next: number | null;
}

/** All pages after a sequence number. */
async function readAll<T>(graph: Graph, path: string, options: Record<string, string | undefined>): Promise<T[]> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) if (value !== undefined) query.set(name, value);
  const items: T[] = [];
  for (let next: number | null = 0; next !== null; query.set("after", String(next))) {
    const page: Page<T> = await graph.get<Page<T>>(`/simulation/${path}?${query}`);
    items.push(...page.value);
    next = page.next;
  }
  return items;
}

export const readEvents = (
  graph: Graph,
  filter: { kind?: string; deviceId?: string; after?: string },
): Promise<Event[]> => readAll(graph, "events", filter);

export const eventLines = (events: readonly Event[]): string[] =>
  events.length === 0
    ? ["Nothing has happened."]
    : columns(events.map(({ sequence, time, kind, message }) => [String(sequence), time, kind, message]));

export const readRequests = (
  graph: Graph,
  filter: { method?: string; path?: string; status?: string; after?: string },
): Promise<LoggedRequest[]> => readAll(graph, "requests", filter);

export const clearRequests = (graph: Graph): Promise<void> => graph.delete("/simulation/requests");

export const requestLines = (requests: readonly LoggedRequest[]): string[] =>
  requests.length === 0
    ? ["No request has been kept."]
    : columns([
        ...requests.map(({ sequence, time, status, method, version, path, query, fault }) => [
          String(sequence),
          time,
          status === 0 ? "dropped" : String(status),
          method,
          `/${version}${path}${query ? `?${query}` : ""}${fault ? `  (fault ${fault})` : ""}`,
        ]),
      ]);

export interface Health {
  status: string;
  displayName: string;
  domain: string;
  clock: string;
  users: number;
  groups: number;
  devices: number;
}

export const readHealth = (graph: Graph): Promise<Health> => graph.get("/simulation/health");
