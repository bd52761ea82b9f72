/** What the command asks of a tenant beside Graph: its `/simulation` routes. */
import type { Graph } from "../../graph/client";
import type { Seed } from "../../tenant";
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

export const plantSeed = (graph: Graph, seed: Seed, replace: boolean): Promise<void> =>
  graph.post(`/simulation/seed${replace ? "?replace=true" : ""}`, { ...seed });
