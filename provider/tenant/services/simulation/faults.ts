/** `/simulation/faults` and `throttling`: how the service misbehaves, and how much it takes. */
import { readSetting, type TenantContext, writeSetting } from "../../context";
import { addFault, faultRule, listFaults, removeFaults } from "../../faults";
import type { Reply, Route, RouteRequest } from "../../route";
import { throttlingSeed } from "../../throttle";
import { created, done, missing, ok, read, surface } from "./request";

export const faultRoutes: readonly Route[] = [
  { method: "GET", path: "/faults", ...surface, handle: (context) => ok({ value: listFaults(context) }) },
  { method: "POST", path: "/faults", ...surface, handle: injectFault },
  { method: "DELETE", path: "/faults", ...surface, handle: clearFaults },
  { method: "GET", path: "/faults/:id", ...surface, handle: readFault },
  { method: "DELETE", path: "/faults/:id", ...surface, handle: removeFault },
  { method: "GET", path: "/throttling", ...surface, handle: (context) => ok(throttlingState(context)) },
  { method: "PUT", path: "/throttling", ...surface, handle: setThrottling },
  { method: "DELETE", path: "/throttling", ...surface, handle: clearThrottling },
];

function injectFault(context: TenantContext, request: RouteRequest): Reply {
  return created(addFault(context, read(faultRule, request)));
}

function clearFaults(context: TenantContext): Reply {
  removeFaults(context);
  return done;
}

const noFault = (id: string) => missing(`There is no fault '${id}'; GET /simulation/faults lists them.`);

function readFault(context: TenantContext, { parameters }: RouteRequest): Reply {
  const fault = listFaults(context).find(({ id }) => id === parameters.id);
  if (!fault) throw noFault(parameters.id!);
  return ok(fault);
}

function removeFault(context: TenantContext, { parameters }: RouteRequest): Reply {
  if (!/^\d{1,15}$/.test(parameters.id!) || removeFaults(context, parameters.id) === 0) throw noFault(parameters.id!);
  return done;
}

/** The limits in force; null where there are none. */
const throttlingState = ({ db }: TenantContext) => ({ throttling: readSetting(db, "throttling") ?? null });

/** What the body leaves out has Graph's own limits. */
function setThrottling(context: TenantContext, request: RouteRequest): Reply {
  writeSetting(context.db, "throttling", read(throttlingSeed, request));
  return ok(throttlingState(context));
}

function clearThrottling({ db }: TenantContext): Reply {
  db.run("DELETE FROM setting WHERE name = 'throttling'");
  return done;
}
