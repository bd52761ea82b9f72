/** How long a first full sync of 5,000 phones takes by the simulation's own time, with one runspace to eighteen (X8). */
import { syncConnector } from "../../provider/tenant/sync/sync";
import { summary } from "./summary";
import { connectorId, makeFleet } from "./world";

export interface Parallel {
  runspaces: number;
  seconds: number;
}

/** Throws where the number of runspaces makes any other difference. */
export function parallel(records = 5000): Parallel[] {
  let first: string | undefined;
  return Array.from({ length: 18 }, (_, index) => {
    const { db, ...context } = makeFleet(undefined, records, { runspaces: index + 1 });
    syncConnector({ ...context, db }, connectorId, "fullSync");
    const left = JSON.stringify(summary(db));
    first ??= left;
    if (left !== first) throw new Error(`With ${index + 1} runspaces a sync leaves something else than with one.`);
    const [synced] = db.all<{ runspaces: number; ms: number }>(
      "SELECT detail ->> 'runspaces' AS runspaces, detail ->> 'durationMs' AS ms FROM event WHERE kind = 'connectorSynced'",
    );
    db.close();
    return { runspaces: synced!.runspaces, seconds: synced!.ms / 1000 };
  });
}
