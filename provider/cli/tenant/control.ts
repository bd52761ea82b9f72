/** What the command asks of a tenant beside Graph: its `/simulation` routes. */
import type { Graph } from "../../graph/client";
import { GraphAnswerError } from "../../graph/errors";
import type { Seed } from "../../tenant";
import { UserError } from "../../user-error";
import { columns } from "../out";

interface Clock {
  now: string;
  /** What the tenant does next on its own. */
  next: { name: string; due: string } | null;
  /** How much was done on the way. */
  tasks?: number;
}

export const readClock = (graph: Graph): Promise<Clock> => graph.get("/simulation/clock");

export const moveClock = (graph: Graph, advance: string): Promise<Clock> =>
  graph.post("/simulation/clock", { advance });

export function clockText({ now, next, tasks }: Clock): string[] {
  return columns([
    ["now", now],
    ...(tasks === undefined ? [] : [["done", `${tasks} check-ins and syncs`]]),
    ["next", next ? `${next.due}  ${next.name}` : "nothing is due"],
  ]);
}

/** All devices check in where none are named. */
export const checkInDevices = (graph: Graph, devices?: readonly string[]): Promise<{ checkedIn: number }> =>
  graph.post("/simulation/checkIn", devices ? { deviceIds: devices } : {});

export const resetTenant = (graph: Graph): Promise<void> => graph.post("/simulation/reset", {});

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
