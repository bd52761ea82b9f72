/** `/simulation/events` and `requests`: what happened in the tenant, and what was asked of it. */
import { z } from "zod";
import type { TenantContext } from "../../context";
import type { Reply, Route, RouteRequest } from "../../route";
import { done, ok, readQuery, requestedDevice, sequenceNumber, surface } from "./request";

export const eventRoutes: readonly Route[] = [
  { method: "GET", path: "/events", ...surface, handle: listEvents },
  { method: "GET", path: "/requests", ...surface, handle: listRequests },
  { method: "DELETE", path: "/requests", ...surface, handle: clearRequests },
];

const pageMax = 1000;

/** One page of what has a sequence number; `next` is the `after` of the following one. */
const page = <R extends { sequence: number }>(value: readonly R[]): Reply =>
  ok({ value, next: value.length === pageMax ? value.at(-1)!.sequence : null });

const eventQuery = z.strictObject({
  after: sequenceNumber.default(0),
  deviceId: z.string().optional(),
  kind: z.string().optional(),
});

function listEvents(context: TenantContext, request: RouteRequest): Reply {
  const { after, deviceId, kind } = readQuery(eventQuery, request);
  const rows = context.db.all<{ detail: string | null; sequence: number }>(
    `SELECT * FROM event WHERE sequence > :after AND (:deviceId IS NULL OR deviceId = :deviceId)
     AND (:kind IS NULL OR kind = :kind) ORDER BY sequence LIMIT ${pageMax}`,
    { after, deviceId: deviceId === undefined ? null : requestedDevice(context, deviceId).id, kind: kind ?? null },
  );
  return page(rows.map((row) => ({ ...row, detail: row.detail === null ? null : JSON.parse(row.detail) })));
}

const requestQuery = z.strictObject({
  after: sequenceNumber.optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  status: z
    .string()
    .regex(/^\d{1,3}$/, "must be a status such as 201, or 0 for a dropped connection")
    .transform(Number)
    .optional(),
  version: z.enum(["beta", "v1.0"]).optional(),
});

function listRequests({ requests }: TenantContext, request: RouteRequest): Reply {
  return page(requests.list(readQuery(requestQuery, request)).slice(0, pageMax));
}

function clearRequests({ requests }: TenantContext): Reply {
  requests.clear();
  return done;
}
