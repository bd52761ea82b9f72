/** What a sync has left behind, for two programs to be compared. */
import type { Db } from "../../provider/tenant/db";

export const summary = (db: Pick<Db, "all">) => ({
  records: db.all("SELECT state, reason, count(*) AS count FROM easRecord GROUP BY state, reason ORDER BY state"),
  lists: db.all("SELECT list, count(*) AS count, max(deviceId) AS last FROM easAccessList GROUP BY list"),
  events: db.all(
    `SELECT kind, count(*) AS count, sum(length(message)) AS size FROM event WHERE kind <> 'connectorSynced'
     GROUP BY kind ORDER BY kind`,
  ),
  devices: db.all(
    `SELECT easActivated, exchangeAccessState, exchangeAccessStateReason, exchangeLastSuccessfulSyncDateTime, count(*) AS count
     FROM device GROUP BY 1, 2, 3, 4 ORDER BY 2`,
  ),
  uSN: db.all("SELECT uSN FROM exchangeOrganization"),
});
