/** Actions of an administrator on one managed device; the device shows the latest of each kind. */
import type { TenantContext } from "../context";
import { lock, reboot, retire, wipe } from "../devices/actions";
import { checkIn } from "../devices/checkIn";
import type { Device } from "../devices/devices";
import { badRequest, notFound } from "../errors";
import { both, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { readAction } from "./parameters";
import { givenProperties, giveProperties } from "./properties";

/** Finds the device of a request, and does to it what the body says; gives Graph's name of what was done. */
type Act = (context: TenantContext, device: Device, given: Record<string, unknown>) => string;

const actions: Record<string, Act> = {
  syncDevice: (context, device) => {
    if (!device.enrolled) throw badRequest(`The device '${device.id}' is not enrolled: nothing can be sent to it.`);
    checkIn(context, [device.id]);
    return "syncDevice";
  },
  rebootNow: (context, device) => {
    reboot(context, device);
    return "rebootNow";
  },
  remoteLock: (context, device) => {
    lock(context, device);
    return "remoteLock";
  },
  retire: (context, device) => {
    retire(context, device);
    return "removeCompanyData";
  },
  wipe: (context, device, given) => {
    const keepEnrollment = given.keepEnrollmentData === true;
    wipe(context, device, { keepEnrollment });
    return keepEnrollment ? "factoryResetKeepEnrollmentData" : "factoryReset";
  },
};

/** Parameters that v1.0 has not. */
const betaParameters: Record<string, readonly string[]> = { wipe: ["useProtectedWipe"] };

const path = "/deviceManagement/managedDevices/:id";

export const deviceActionRoutes: readonly Route[] = Object.entries(actions).map(
  ([name, act]): Route => ({
    method: "POST",
    path: `${path}/${name}`,
    versions: both,
    scopes: scopes.deviceActions,
    handle: (context, request) => perform(context, request, name, act),
  }),
);

function perform(context: TenantContext, request: RouteRequest, name: string, act: Act): Reply {
  const device = requestedDevice(context, request);
  const given = readAction(request, name, request.version === "v1.0" ? betaParameters[name] : []);
  note(context, device, act(context, device, given));
  return { status: 204 };
}

interface ActionResult {
  actionName: string;
  actionState: "done";
  startDateTime: string;
  lastUpdatedDateTime: string;
}

/** Actions reach a device at once here, and are done. */
function note(context: TenantContext, { id }: Device, actionName: string): void {
  const now = context.clock.now();
  const before = (givenProperties(context, id).deviceActionResults ?? []) as ActionResult[];
  const result: ActionResult = { actionName, actionState: "done", startDateTime: now, lastUpdatedDateTime: now };
  giveProperties(context, id, {
    deviceActionResults: [...before.filter((each) => each.actionName !== actionName), result],
  });
}

/** The device of the address: by its id, as Graph has no other key. */
export function requestedDevice({ db }: TenantContext, { parameters }: RouteRequest): Device {
  const device = db.get<Device>("SELECT * FROM device WHERE id = :id", { id: parameters.id! });
  if (!device) throw notFound(`The managed device '${parameters.id}' does not exist.`);
  return device;
}
