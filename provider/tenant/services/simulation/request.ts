/** What the routes under `/simulation` have in common: how they read a request, refuse it and answer it. */
import { z } from "zod";
import type { TenantContext } from "../../context";
import { type Device, findDevice } from "../../devices/devices";
import { GraphError } from "../../errors";
import { type Reply, type RouteRequest, scopes, simulationOnly } from "../../route";

/** Of every row of the surface. */
export const surface = { versions: simulationOnly, scopes: scopes.simulation };

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const done: Reply = { status: 204 };
export const refuse = (message: string) => new GraphError(400, "BadRequest", message);
export const missing = (message: string) => new GraphError(404, "NotFound", message);

/** Reads a body by its schema; all that is wrong is said at once. */
export const read = <T>(schema: z.ZodType<T>, { body }: Pick<RouteRequest, "body">): T =>
  checked(schema, body ?? {}, "body");

/** Reads the options after the question mark. */
export const readQuery = <T>(schema: z.ZodType<T>, { query }: RouteRequest): T =>
  checked(schema, Object.fromEntries(query), "query");

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refuse(parsed.error.issues.map(({ path, message }) => `${path.join(".") || what}: ${message}`).join("; "));
}

/** A number in the query, such as that of the last event that is known. */
export const sequenceNumber = z
  .string()
  .regex(/^\d{1,15}$/, "must be a sequence number")
  .transform(Number);

export function requestedDevice(context: TenantContext, idOrName: string): Device {
  const device = findDevice(context, idOrName);
  if (!device) throw missing(`No device has the id or name '${idOrName}'.`);
  return device;
}
