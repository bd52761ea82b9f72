/** `/simulation/devices/{id}/timeline`: a device's way to its mail, in the ten steps that the documentation gives (C2). */
import { graphTime, type TenantContext } from "../context";
import { findDevice, findDeviceByEasId } from "../devices/devices";
import type { Reply, Route, RouteRequest } from "../route";
import { type StepKind, stepOfKind } from "../sync/steps";
import { missing, ok, surface } from "./simulation/request";

export const timelineRoutes: readonly Route[] = [
  { method: "GET", path: "/devices/:id/timeline", ...surface, handle: timeline },
];

/** One of the ten steps, when it was taken. */
export interface TimelineStep {
  /** 1 to 10; a device that loses its access and gets it back takes some of them again. */
  step: number;
  /** The tenant's time, with what a sync had taken until then. */
  time: string;
  event: StepKind;
  message: string;
  rule: "C2";
}

interface EventRow {
  time: string;
  kind: StepKind;
  message: string;
  afterMs: number | null;
}

/** Of a managed device by its id or name, or of one that only Exchange knows, by its EAS id. */
function timeline(context: TenantContext, { parameters }: RouteRequest): Reply {
  const asked = parameters.id!;
  const device = findDevice(context, asked) ?? findDeviceByEasId(context, asked);
  const easId = device ? device.easDeviceId : asked;
  const rows = context.db.all<EventRow>(
    `SELECT time, kind, message, detail ->> 'afterMs' AS afterMs FROM event
     WHERE kind IN (SELECT value FROM json_each(:kinds)) AND sequence IN (
       SELECT sequence FROM event WHERE deviceId = :deviceId
       UNION SELECT sequence FROM event WHERE deviceId IS NULL AND detail ->> 'deviceId' = :easId COLLATE NOCASE)
     ORDER BY sequence`,
    { kinds: JSON.stringify(Object.keys(stepOfKind)), deviceId: device?.id ?? null, easId },
  );
  if (!device && rows.length === 0) throw missing(`No device has the id, name or EAS id '${asked}'.`);
  return ok({ value: stepsOf(rows) });
}

/** Each at its moment within its sync, and none before the one that it follows. */
function stepsOf(rows: readonly EventRow[]): TimelineStep[] {
  let lastMs = Number.NEGATIVE_INFINITY;
  return rows.map(({ time, kind, message, afterMs }) => {
    lastMs = Math.max(lastMs, Date.parse(time) + (afterMs ?? 0));
    return { step: stepOfKind[kind], time: graphTime(lastMs), event: kind, message, rule: "C2" };
  });
}
