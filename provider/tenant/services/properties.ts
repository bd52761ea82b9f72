/**
 * Properties of users and devices that Graph lets one write and that nothing in the simulation looks at: kept beside the
 * tables, for the few that were given any.
 */
import type { TenantContext } from "../context";

export const propertySchema = `
  CREATE TABLE IF NOT EXISTS givenProperties (
    entityId TEXT PRIMARY KEY,               -- a user or a device
    properties TEXT NOT NULL                 -- JSON
  ) STRICT, WITHOUT ROWID;
`;

/** What an entity was given, by the names of Graph's properties. */
export function givenProperties({ db }: TenantContext, entityId: string): Record<string, unknown> {
  const row = db.get<{ properties: string }>("SELECT properties FROM givenProperties WHERE entityId = :entityId", {
    entityId,
  });
  return row ? (JSON.parse(row.properties) as Record<string, unknown>) : {};
}

/**
 * SQL of a given property, for filters of a listing whose rows have the entity's `id`.
 * @param otherwise SQL of what it is where none was given
 */
export const givenSql = (name: string, otherwise = "NULL"): string =>
  `ifnull((SELECT properties ->> '$.${name}' FROM givenProperties WHERE entityId = id), ${otherwise}) COLLATE NOCASE`;

/** Adds to what an entity was given. */
export function giveProperties(context: TenantContext, entityId: string, changes: Record<string, unknown>): void {
  if (Object.keys(changes).length === 0) return;
  context.db.run(
    "INSERT INTO givenProperties VALUES (:entityId, :properties) ON CONFLICT DO UPDATE SET properties = excluded.properties",
    { entityId, properties: JSON.stringify({ ...givenProperties(context, entityId), ...changes }) },
  );
}

export function forgetProperties({ db }: TenantContext, entityId: string): void {
  db.run("DELETE FROM givenProperties WHERE entityId = :entityId", { entityId });
}
