/** The syncs that connectors run on their own (S1, S2), for the tenant's scheduler. */
import type { TenantContext } from "../context";
import type { Task } from "../schedule";
import { allConnectors } from "./connector";
import { noSyncFrom, syncRefusal } from "./lifecycle";
import { syncConnector } from "./sync";

/** The next sync of each kind of each connector, up to the end of support (X11). */
export function exchangeTasks(context: TenantContext): Task[] {
  if (syncRefusal(context)) return [];
  const end = Date.parse(noSyncFrom);
  return allConnectors(context)
    .flatMap(({ id, exchangeOrganization, nextQuickMs, nextFullMs }): Task[] => [
      // The full sync comes first where both are due at once: it then is the quick one, too.
      {
        dueMs: nextFullMs,
        name: `full sync of ${exchangeOrganization}`,
        run: (then) => void syncConnector(then, id, "fullSync"),
      },
      {
        dueMs: nextQuickMs,
        name: `quick sync of ${exchangeOrganization}`,
        run: (then) => void syncConnector(then, id, "deltaSync"),
      },
    ])
    .filter(({ dueMs }) => dueMs < end);
}
