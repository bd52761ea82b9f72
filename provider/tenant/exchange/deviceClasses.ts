/** The kinds of mobile devices that an organization's mailboxes have been synced with. */
import type { Db } from "../db";

/** Families (`DeviceType`) and models of the devices with a partnership in one of these organizations. */
export const deviceClassesIn = (db: Db, organizations: readonly string[]) =>
  db.all<{ name: string; type: "family" | "model" }>(
    `WITH seen AS (
       SELECT deviceType, deviceModel FROM easPartnership WHERE organization IN (SELECT value FROM json_each(:organizations))
     ) SELECT DISTINCT deviceType AS name, 'family' AS type FROM seen
       UNION SELECT DISTINCT deviceModel, 'model' FROM seen ORDER BY type, name`,
    { organizations: JSON.stringify(organizations) },
  );
