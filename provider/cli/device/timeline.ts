/** A device's way to its mail, as its tenant tells it. */
import type { Graph } from "../../graph/client";
import type { TimelineStep } from "../../tenant/services/timeline";
import { columns, type Out } from "../out";

export const readTimeline = (graph: Graph, device: string): Promise<{ value: TimelineStep[] }> =>
  graph.get(`/simulation/devices/${encodeURIComponent(device)}/timeline`);

/** The ten steps, as the documentation has them (C2). */
const steps: Record<number, string> = {
  1: "tries to reach a mailbox",
  2: "blocked, the client is told",
  3: "quarantined, mail to the user",
  4: "workplace join",
  5: "enrolment",
  6: "mapped to its device record",
  7: "EAS id registered",
  8: "device state stored",
  9: "access allowed",
  10: "the client is told",
};

export function timelineLines(taken: readonly TimelineStep[], paint: Out["paint"]): string[] {
  if (taken.length === 0) return ["The device has not taken any of the ten steps to company mail yet (C2)."];
  const [head, ...rows] = columns([
    ["step", "time", "", ""],
    ...taken.map(({ step, time, message }) => [String(step).padStart(4), time, steps[step] ?? "", message]),
  ]);
  return [paint.bold(head!), ...rows];
}
