/** `/simulation/checkIn` and `devices`: what devices do, and what people do with them. */
import { z } from "zod";
import type { TenantContext } from "../../context";
import { addAccount, approve, removeAccounts } from "../../devices/actions";
import { checkIn } from "../../devices/checkIn";
import { updateDevice } from "../../devices/devices";
import type { Reply, Route, RouteRequest } from "../../route";
import { done, ok, read, refuse, requestedDevice, surface } from "./request";

export const deviceRoutes: readonly Route[] = [
  { method: "POST", path: "/checkIn", ...surface, handle: checkInDevices },
  { method: "PATCH", path: "/devices/:id", ...surface, handle: changeDevice },
  { method: "POST", path: "/devices/:id/approve", ...surface, handle: approveOnDevice },
  { method: "GET", path: "/devices/:id/accounts", ...surface, handle: listAccounts },
  { method: "POST", path: "/devices/:id/accounts", ...surface, handle: makeAccount },
  { method: "DELETE", path: "/devices/:id/accounts", ...surface, handle: deleteAccounts },
];

const checkInBody = z.strictObject({ deviceIds: z.array(z.string().min(1)).optional() });

function checkInDevices(context: TenantContext, request: RouteRequest): Reply {
  const { deviceIds } = read(checkInBody, request);
  const devices = deviceIds?.map((id) => requestedDevice(context, id));
  const outside = devices?.filter((device) => !device.enrolled).map((device) => device.deviceName) ?? [];
  if (outside.length > 0) throw refuse(`Not enrolled, so unable to check in: ${outside.join(", ")}.`);
  return ok({
    checkedIn: checkIn(
      context,
      devices?.map(({ id }) => id),
    ),
  });
}

const changeBody = z.strictObject({
  complianceState: z.enum(["compliant", "noncompliant", "inGracePeriod", "unknown"]).optional(),
  osVersion: z
    .string()
    .regex(/^\d+(\.\d+)*$/)
    .optional(),
  enrolled: z.literal(true, "can only become true; Graph's retire takes a device out").optional(),
  apps: z.array(z.enum(["gmail", "nineWork"])).optional(),
});

/** The device changes by itself: an update, another verdict of its policies, its enrolment, its user's apps. */
function changeDevice(context: TenantContext, request: RouteRequest): Reply {
  const device = requestedDevice(context, request.parameters.id!);
  const { complianceState, osVersion, enrolled, apps } = read(changeBody, request);
  const now = context.clock.now();
  if (enrolled && !device.enrolled) {
    updateDevice(context, device.id, { enrolled: 1, enrolledDateTime: now, nextCheckInMs: context.clock.nowMs() });
    const about = { deviceId: device.id, userId: device.userId ?? undefined };
    const { deviceName } = device;
    context.events.add({ kind: "workplaceJoined", ...about, message: `${deviceName} joined the workplace.` });
    context.events.add({ kind: "deviceEnrolled", ...about, message: `${deviceName} was enrolled.` });
  }
  if (complianceState) {
    const where = { id: device.id };
    const blocked = context.db.get(
      "SELECT 1 FROM deviceProfile WHERE deviceId = :id AND reason = 'duplicateAccount'",
      where,
    );
    updateDevice(context, device.id, {
      policyComplianceState: complianceState,
      complianceState: blocked ? "noncompliant" : complianceState,
    });
  }
  if (osVersion) updateDevice(context, device.id, { osVersion });
  if (apps) {
    context.db.run("DELETE FROM deviceApp WHERE deviceId = :id", { id: device.id });
    for (const app of new Set(apps)) context.db.run("INSERT INTO deviceApp VALUES (:id, :app)", { id: device.id, app });
  }
  return done;
}

function approveOnDevice(context: TenantContext, { parameters }: RouteRequest): Reply {
  return ok({ approved: approve(context, requestedDevice(context, parameters.id!)) });
}

const accountBody = z.strictObject({ hostName: z.string().min(1), emailAddress: z.string().min(3) });

function listAccounts(context: TenantContext, { parameters }: RouteRequest): Reply {
  const { id } = requestedDevice(context, parameters.id!);
  return ok({ value: context.db.all("SELECT hostName, emailAddress FROM userAccount WHERE deviceId = :id", { id }) });
}

function makeAccount(context: TenantContext, request: RouteRequest): Reply {
  const device = requestedDevice(context, request.parameters.id!);
  addAccount(context, device, read(accountBody, request));
  return done;
}

/** Without a body, all accounts that the user made; with one, those of the host or address that it names. */
function deleteAccounts(context: TenantContext, request: RouteRequest): Reply {
  const device = requestedDevice(context, request.parameters.id!);
  return ok({ removed: removeAccounts(context, device, read(accountBody.partial(), request)) });
}
