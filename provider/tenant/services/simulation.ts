/** `/simulation`: the control surface beside Graph, for what the real world does on its own: time, people, a new start. */
import { z } from "zod";
import { readSetting, type TenantContext } from "../context";
import { addAccount, approve, removeAccounts } from "../devices/actions";
import { checkIn } from "../devices/checkIn";
import { type Device, findDevice, updateDevice } from "../devices/devices";
import { durationMs, durationPattern } from "../duration";
import { GraphError } from "../errors";
import { emptyTenant, plantSeed } from "../plant";
import { type Reply, type Route, type RouteRequest, scopes, simulationOnly as versions } from "../route";
import { advanceTo, nextTask } from "../schedule";
import { checkSeed, type Seed, SeedError } from "../seed";
import { simulationStatus } from "./simulationStatus";

const all = { versions, scopes: scopes.simulation };

export const simulationRoutes: readonly Route[] = [
  { method: "GET", path: "/health", ...all, handle: health },
  { method: "GET", path: "/status", ...all, handle: (context) => ok(simulationStatus(context)) },
  { method: "GET", path: "/clock", ...all, handle: (context) => ok(clockState(context)) },
  { method: "POST", path: "/clock", ...all, handle: moveClock },
  { method: "POST", path: "/seed", ...all, handle: seedTenant },
  { method: "POST", path: "/reset", ...all, handle: resetTenant },
  { method: "POST", path: "/checkIn", ...all, handle: checkInDevices },
  { method: "GET", path: "/events", ...all, handle: listEvents },
  { method: "PATCH", path: "/devices/:id", ...all, handle: changeDevice },
  { method: "POST", path: "/devices/:id/approve", ...all, handle: approveOnDevice },
  { method: "GET", path: "/devices/:id/accounts", ...all, handle: listAccounts },
  { method: "POST", path: "/devices/:id/accounts", ...all, handle: makeAccount },
  { method: "DELETE", path: "/devices/:id/accounts", ...all, handle: deleteAccounts },
];

const ok = (body: unknown): Reply => ({ status: 200, body });
const refuse = (message: string) => new GraphError(400, "BadRequest", message);

/** Reads a body by its schema; all that is wrong is said at once. */
function read<T>(schema: z.ZodType<T>, { body }: RouteRequest): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw refuse(parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; "));
}

function requestedDevice(context: TenantContext, idOrName: string): Device {
  const device = findDevice(context, idOrName);
  if (!device) throw new GraphError(404, "NotFound", `No device has the id or name '${idOrName}'.`);
  return device;
}

function health(context: TenantContext): Reply {
  const tenant = readSetting<Seed["tenant"]>(context.db, "tenant")!;
  return ok({ status: "ok", displayName: tenant.displayName, domain: tenant.domain, clock: context.clock.now() });
}

function clockState(context: TenantContext) {
  const next = nextTask(context);
  return { now: context.clock.now(), next: next ? { name: next.name, due: new Date(next.dueMs).toISOString() } : null };
}

const longestAdvanceMs = 366 * 86_400_000;

const clockBody = z.union([
  z.strictObject({ advance: z.string().regex(durationPattern, 'must be a duration such as "4h"') }),
  z.strictObject({ now: z.iso.datetime() }),
]);

function moveClock(context: TenantContext, request: RouteRequest): Reply {
  const body = read(clockBody, request);
  const nowMs = context.clock.nowMs();
  const targetMs = "now" in body ? Date.parse(body.now) : nowMs + durationMs(body.advance)!;
  if (targetMs < nowMs)
    throw refuse(`The clock is at ${context.clock.now()} and only goes forward; reset the tenant to go back.`);
  if (targetMs - nowMs > longestAdvanceMs) throw refuse("The clock goes forward by at most 366 days at once.");
  const tasks = advanceTo(context, targetMs);
  return ok({ ...clockState(context), tasks });
}

/** A tenant with people, groups, devices or configurations in it is not written over unless that is asked for. */
function seedTenant(context: TenantContext, request: RouteRequest): Reply {
  const seed = checked(request.body);
  const full = ["user", "directoryGroup", "device", "deviceConfiguration"].find((table) =>
    context.db.get(`SELECT 1 FROM ${table} LIMIT 1`),
  );
  if (full && request.query.get("replace") !== "true") {
    throw new GraphError(409, "Conflict", "The tenant is not empty. Add ?replace=true to throw away what it holds.");
  }
  return restart(context, seed);
}

function checked(body: unknown): Seed {
  try {
    return checkSeed(body, "of the request");
  } catch (error) {
    throw error instanceof SeedError ? refuse(error.message) : error;
  }
}

function resetTenant(context: TenantContext): Reply {
  return restart(context, readSetting<Seed>(context.db, "seed")!);
}

function restart(context: TenantContext, seed: Seed): Reply {
  emptyTenant(context);
  plantSeed(context, seed);
  return ok(clockState(context));
}

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

const eventsMax = 1000;

function listEvents(context: TenantContext, { query }: RouteRequest): Reply {
  const [after, deviceId] = [query.get("after") ?? "0", query.get("deviceId")];
  if (!/^\d{1,15}$/.test(after)) throw refuse(`'after' must be the sequence number of an event, not '${after}'.`);
  const rows = context.db.all<{ detail: string | null; sequence: number }>(
    `SELECT * FROM event WHERE sequence > :after AND (:deviceId IS NULL OR deviceId = :deviceId) ORDER BY sequence LIMIT ${eventsMax}`,
    { after: Number(after), deviceId: deviceId === null ? null : requestedDevice(context, deviceId).id },
  );
  const value = rows.map((row) => ({ ...row, detail: row.detail === null ? null : JSON.parse(row.detail) }));
  return ok({ value, next: rows.length === eventsMax ? rows.at(-1)!.sequence : null });
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
    context.events.add({
      kind: "deviceEnrolled",
      deviceId: device.id,
      userId: device.userId ?? undefined,
      message: `${device.deviceName} was enrolled.`,
    });
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
  return { status: 204 };
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
  return { status: 204 };
}

/** Without a body, all accounts that the user made; with one, those of the host or address that it names. */
function deleteAccounts(context: TenantContext, request: RouteRequest): Reply {
  const device = requestedDevice(context, request.parameters.id!);
  return ok({ removed: removeAccounts(context, device, read(accountBody.partial(), request)) });
}
