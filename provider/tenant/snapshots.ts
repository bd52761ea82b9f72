/**
 * Snapshots of the whole tenant by name, in the tenant's own file: copies of its tables beside them.
 *
 * So a snapshot and a restore are one transaction like any other write: a kill leaves the state before or after it,
 * other processes on the file see no torn one, and no name ever becomes a path.
 */
import { z } from "zod";
import type { TenantContext } from "./context";
import type { Db } from "./db";
import { GraphError } from "./errors";

export const snapshotSchema = `
  CREATE TABLE IF NOT EXISTS snapshot (
    id INTEGER PRIMARY KEY,                  -- its tables are snapshot_<id>_<table>
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    time TEXT NOT NULL,                      -- the tenant's clock
    form INTEGER NOT NULL                    -- user_version of the file then
  ) STRICT;
`;

export const snapshotName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, "must be 1 to 64 letters, digits, dots, hyphens or underscores")
  .refine((name) => !/^\.+$/.test(name), "must be more than dots");

export interface Snapshot {
  name: string;
  /** The tenant's time in it. */
  time: string;
}

interface Row extends Snapshot {
  id: number;
  form: number;
}

/** All snapshots, the oldest first. */
export const listSnapshots = ({ db }: TenantContext): Snapshot[] =>
  db.all<Row>("SELECT * FROM snapshot ORDER BY id").map(shown);

const shown = ({ name, time }: Row): Snapshot => ({ name, time });

/** Keeps the tenant as it is now; a name that is taken is refused, unless the old snapshot is to be replaced. */
export function takeSnapshot({ db, clock }: TenantContext, name: string, replace = false): Snapshot {
  return db.transaction(() => {
    const old = find(db, name);
    if (old && !replace) {
      throw new GraphError(409, "Conflict", `There is a snapshot '${old.name}' already: delete it, or replace it.`);
    }
    if (old) remove(db, old);
    const row = db.get<Row>("INSERT INTO snapshot (name, time, form) VALUES (:name, :time, :form) RETURNING *", {
      name,
      time: clock.now(),
      form: formOf(db),
    })!;
    for (const table of [...tenantTables(db), sequences]) {
      const columns = columnsOf(db, table)
        .map(({ column, kept }) => `${column} AS ${kept}`)
        .join(", ");
      db.script(`CREATE TABLE ${copyOf(row, table)} AS SELECT ${columns} FROM ${quoted(table)}`);
    }
    return shown(row);
  });
}

/** Puts everything back as it was in the snapshot, the clock and the faults included; snapshots stay. */
export function restoreSnapshot({ db }: TenantContext, name: string): Snapshot {
  return db.transaction(() => {
    const row = existing(db, name);
    const form = formOf(db);
    if (row.form !== form) {
      const text = `The snapshot '${row.name}' has form ${row.form} and the tenant form ${form}: another release made it. Take a new one.`;
      throw new GraphError(409, "Conflict", text);
    }
    quietly(db, () => {
      deleteRows(db);
      for (const table of [...tenantTables(db), sequences]) {
        const columns = columnsOf(db, table);
        const list = (key: "column" | "kept") => columns.map((each) => each[key]).join(", ");
        db.script(`DELETE FROM ${quoted(table)}`);
        db.script(
          `INSERT INTO ${quoted(table)} (${list("column")}) SELECT ${list("kept")} FROM ${copyOf(row, table)} ORDER BY rowid`,
        );
      }
    });
    return shown(row);
  });
}

export function deleteSnapshot({ db }: TenantContext, name: string): void {
  db.transaction(() => remove(db, existing(db, name)));
}

/** Takes every row of the tenant out, sequence numbers included; snapshots stay. */
export function emptyTenant({ db }: TenantContext): void {
  quietly(db, () => deleteRows(db));
}

/** Children go first: what refers to a row is looked for in tables that are empty by then. */
function deleteRows(db: Db): void {
  db.script("PRAGMA defer_foreign_keys = ON");
  for (const table of tenantTables(db).reverse()) db.script(`DELETE FROM ${quoted(table)}`);
  db.script(`DELETE FROM ${sequences}`);
}

/** SQLite's own table of the numbers that AUTOINCREMENT has given out. */
const sequences = "sqlite_sequence";

/** Names of the tenant's tables, those that others refer to first. */
const tenantTables = (db: Db): string[] =>
  db
    .all<{ name: string }>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       AND name <> 'snapshot' AND name NOT LIKE 'snapshot\\_%' ESCAPE '\\' ORDER BY rowid`,
    )
    .map(({ name }) => name);

/**
 * Work on whole tables (where none are named, on all) is done without their triggers, as what those keep in step is
 * written as well; and without their indexes, as making one anew is much faster than keeping it up row by row.
 */
export function quietly(db: Db, work: () => void, tables?: readonly string[]): void {
  const dropped = db.all<{ type: string; name: string; sql: string }>(
    `SELECT type, name, sql FROM sqlite_schema WHERE type IN ('trigger', 'index') AND sql IS NOT NULL
       AND (:tables IS NULL OR tbl_name IN (SELECT value FROM json_each(:tables))) ORDER BY rowid`,
    { tables: tables ? JSON.stringify(tables) : null },
  );
  for (const { type, name } of dropped) db.script(`DROP ${type} ${quoted(name)}`);
  work();
  for (const { sql } of dropped) db.script(sql);
}

/** The columns of a table and their names in a copy; rows keep their number, which orders what was made at one time. */
function columnsOf(db: Db, table: string): { column: string; kept: string }[] {
  const columns = db.all<{ name: string; type: string; pk: number }>(
    "SELECT name, type, pk FROM pragma_table_info(:table)",
    { table },
  );
  const named = columns.map(({ name }) => ({ column: quoted(name), kept: quoted(name) }));
  const withoutRowid = db.get("SELECT 1 FROM pragma_table_list WHERE schema = 'main' AND name = :table AND wr = 1", {
    table,
  });
  const keys = columns.filter(({ pk }) => pk > 0);
  const isRowid = keys.length === 1 && keys[0]!.type.toUpperCase() === "INTEGER";
  return withoutRowid || isRowid ? named : [{ column: "rowid", kept: quoted("row number") }, ...named];
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const copyOf = ({ id }: Row, table: string) => quoted(`snapshot_${id}_${table}`);
const formOf = (db: Db): number => db.get<{ user_version: number }>("PRAGMA user_version")!.user_version;
const find = (db: Db, name: string) => db.get<Row>("SELECT * FROM snapshot WHERE name = :name", { name });

function existing(db: Db, name: string): Row {
  const found = find(db, name);
  if (found) return found;
  const names = db.all<Row>("SELECT * FROM snapshot ORDER BY id").map((row) => row.name);
  const there = names.length === 0 ? "none has been taken" : `there are ${names.join(", ")}`;
  throw new GraphError(404, "NotFound", `There is no snapshot '${name}': ${there}.`);
}

function remove(db: Db, row: Row): void {
  const copies = db.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB :pattern",
    { pattern: `snapshot_${row.id}_*` },
  );
  for (const { name } of copies) db.script(`DROP TABLE ${quoted(name)}`);
  db.run("DELETE FROM snapshot WHERE id = :id", { id: row.id });
}
