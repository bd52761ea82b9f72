/** `/simulation`: the control surface beside Graph, for what the real world does on its own: time, people, a new start. */
import { readSetting, type TenantContext } from "../context";
import type { Reply, Route } from "../route";
import type { Seed } from "../seed";
import { clockRoutes } from "./simulation/clock";
import { deviceRoutes } from "./simulation/devices";
import { eventRoutes } from "./simulation/events";
import { exchangeRoutes } from "./simulation/exchange";
import { exchangeAccessPolicyRoutes } from "./simulation/exchangeAccessPolicy";
import { exchangeConnectorRoutes } from "./simulation/exchangeConnectors";
import { faultRoutes } from "./simulation/faults";
import { ok, surface } from "./simulation/request";
import { seedRoutes } from "./simulation/seed";
import { simulationStatus } from "./simulationStatus";
import { timelineRoutes } from "./timeline";

export const simulationRoutes: readonly Route[] = [
  { method: "GET", path: "/health", ...surface, handle: health },
  { method: "GET", path: "/status", ...surface, handle: (context) => ok(simulationStatus(context)) },
  ...clockRoutes,
  ...deviceRoutes,
  ...timelineRoutes,
  ...seedRoutes,
  ...eventRoutes,
  ...faultRoutes,
  ...exchangeConnectorRoutes,
  ...exchangeAccessPolicyRoutes,
  ...exchangeRoutes,
];

/** Whether it answers, whose it is, and how large. */
function health({ db, clock }: TenantContext): Reply {
  const { displayName, domain } = readSetting<Seed["tenant"]>(db, "tenant")!;
  const counts = db.get(
    `SELECT (SELECT count(*) FROM user) AS users, (SELECT count(*) FROM directoryGroup) AS groups,
       (SELECT count(*) FROM device) AS devices`,
  );
  return ok({ status: "ok", displayName, domain, clock: clock.now(), ...counts });
}
