/** `/simulation`: the control surface beside Graph, for what the real world does on its own: time, people, a new start. */
import { readSetting, type TenantContext } from "../context";
import type { Reply, Route } from "../route";
import type { Seed } from "../seed";
import { clockRoutes } from "./simulation/clock";
import { deviceRoutes } from "./simulation/devices";
import { eventRoutes } from "./simulation/events";
import { faultRoutes } from "./simulation/faults";
import { ok, surface } from "./simulation/request";
import { seedRoutes } from "./simulation/seed";
import { simulationStatus } from "./simulationStatus";

export const simulationRoutes: readonly Route[] = [
  { method: "GET", path: "/health", ...surface, handle: health },
  { method: "GET", path: "/status", ...surface, handle: (context) => ok(simulationStatus(context)) },
  ...clockRoutes,
  ...deviceRoutes,
  ...seedRoutes,
  ...eventRoutes,
  ...faultRoutes,
];

function health(context: TenantContext): Reply {
  const tenant = readSetting<Seed["tenant"]>(context.db, "tenant")!;
  return ok({ status: "ok", displayName: tenant.displayName, domain: tenant.domain, clock: context.clock.now() });
}
