/** `/simulation/clock`: the tenant's time, and what happens on its own as it moves. */
import { z } from "zod";
import type { TenantContext } from "../../context";
import { durationMs, durationPattern } from "../../duration";
import type { Reply, Route, RouteRequest } from "../../route";
import { advanceTo, nextTask, runUntilIdle } from "../../schedule";
import { ok, read, refuse, surface } from "./request";

export const clockRoutes: readonly Route[] = [
  { method: "GET", path: "/clock", ...surface, handle: (context) => ok(clockState(context)) },
  { method: "POST", path: "/clock", ...surface, handle: moveClock },
];

/** The time, and the task that is due next. */
export function clockState(context: TenantContext) {
  const next = nextTask(context);
  return { now: context.clock.now(), next: next ? { name: next.name, due: new Date(next.dueMs).toISOString() } : null };
}

const longestAdvanceMs = 366 * 86_400_000;

const clockBody = z
  .strictObject({
    advance: z.string().regex(durationPattern, 'must be a duration such as "4h"').optional(),
    now: z.iso.datetime().optional(),
    untilIdle: z.literal(true).optional(),
  })
  .refine((body) => Object.keys(body).length === 1, "give one of advance, now and untilIdle");

function moveClock(context: TenantContext, request: RouteRequest): Reply {
  const { advance, now, untilIdle } = read(clockBody, request);
  if (untilIdle) {
    const run = runUntilIdle(context);
    return ok({ ...clockState(context), ...run });
  }
  const nowMs = context.clock.nowMs();
  const targetMs = now === undefined ? nowMs + durationMs(advance!)! : Date.parse(now);
  if (targetMs < nowMs)
    throw refuse(`The clock is at ${context.clock.now()} and only goes forward; reset the tenant to go back.`);
  if (targetMs - nowMs > longestAdvanceMs) throw refuse("The clock goes forward by at most 366 days at once.");
  const tasks = advanceTo(context, targetMs);
  return ok({ ...clockState(context), tasks });
}
