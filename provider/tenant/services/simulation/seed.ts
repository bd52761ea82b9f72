/** `/simulation/seed`, `reset` and `snapshots`: a new start, or one from where the tenant was before. */
import { z } from "zod";
import { readSetting, type TenantContext } from "../../context";
import { GraphError } from "../../errors";
import { plantSeed } from "../../plant";
import type { Reply, Route, RouteRequest } from "../../route";
import { checkSeed, type Seed, SeedError } from "../../seed";
import {
  deleteSnapshot,
  emptyTenant,
  listSnapshots,
  restoreSnapshot,
  snapshotName,
  takeSnapshot,
} from "../../snapshots";
import { clockState } from "./clock";
import { created, done, ok, read, refuse, surface } from "./request";

export const seedRoutes: readonly Route[] = [
  { method: "POST", path: "/seed", ...surface, handle: seedTenant },
  { method: "POST", path: "/reset", ...surface, handle: resetTenant },
  { method: "GET", path: "/snapshots", ...surface, handle: (context) => ok({ value: listSnapshots(context) }) },
  { method: "POST", path: "/snapshots", ...surface, handle: snapshotTenant },
  { method: "POST", path: "/snapshots/:name/restore", ...surface, handle: restoreTenant },
  { method: "DELETE", path: "/snapshots/:name", ...surface, handle: forgetSnapshot },
];

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

const snapshotBody = z.strictObject({ name: snapshotName, replace: z.boolean().optional() });

function snapshotTenant(context: TenantContext, request: RouteRequest): Reply {
  const { name, replace } = read(snapshotBody, request);
  return created(takeSnapshot(context, name, replace));
}

function restoreTenant(context: TenantContext, { parameters }: RouteRequest): Reply {
  restoreSnapshot(context, parameters.name!);
  return ok(clockState(context));
}

function forgetSnapshot(context: TenantContext, { parameters }: RouteRequest): Reply {
  deleteSnapshot(context, parameters.name!);
  return done;
}
