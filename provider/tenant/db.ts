/**
 * The tenant's file: SQLite through Node's own driver, one file, safe against a kill at any moment.
 *
 * WAL journal: readers in other processes (a command beside a running deployment) never block the writer. Every
 * change goes through `transaction`, so what a kill leaves is the state before or after it, never between.
 */
import type { SQLInputValue, StatementSync } from "node:sqlite";

/** Node 22 warns each time that its SQLite is loaded: a line in every preview that tells users nothing. */
function loadSqlite(): typeof import("node:sqlite") {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return require("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

const { DatabaseSync } = loadSqlite();

export type Row = Record<string, SQLInputValue>;

export interface Db {
  /** All rows of a query; parameters are named (`:name` in the SQL). */
  all<R extends object = Row>(sql: string, parameters?: Row): R[];
  /** The first row of a query, if there is one. */
  get<R extends object = Row>(sql: string, parameters?: Row): R | undefined;
  /** Runs a statement and tells how many rows it changed. */
  run(sql: string, parameters?: Row): number;
  /** Runs a statement for each of many rows; their values are for its `?`, in order. */
  runEach(sql: string, rows: Iterable<readonly SQLInputValue[]>): void;
  /** Runs several statements of SQL text, for schemas. */
  script(sql: string): void;
  /** All of `work` happens or none of it; nested calls join the outer one. */
  transaction<T>(work: () => T): T;
  /** All that `work` reads is of one moment, whatever other processes write meanwhile; nested calls join the outer one. */
  snapshot<T>(work: () => T): T;
  /** From now on what is written cannot be undone, nor need it outlast the process: for what is thrown away in the end. */
  keepNoJournal(): void;
  close(): void;
}

/** SQLite's code for a write after a read, where another process has written in between. */
const busySnapshot = 517;

/** The file of a database; undefined for one in memory. */
export const fileOf = (db: Db): string | undefined =>
  db.get<{ file: string }>("SELECT file FROM pragma_database_list WHERE name = 'main'")?.file || undefined;

/** Opens (and makes, where it does not exist) the database; `:memory:` for one that ends with the process. */
export function openDb(file: string): Db {
  const sqlite = new DatabaseSync(file, { timeout: 10_000 });
  sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = sqlite.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
  let depth = 0;
  const within = <T>(begin: string, work: () => T): T => {
    if (depth > 0) return work();
    prepare(begin).run();
    depth++;
    try {
      const result = work();
      prepare("COMMIT").run();
      return result;
    } catch (error) {
      // Where the disk is full, SQLite has ended the transaction itself.
      if (sqlite.isTransaction) prepare("ROLLBACK").run();
      throw error;
    } finally {
      depth--;
    }
  };
  // IMMEDIATE takes the write lock at once: a transaction that reads, then writes, cannot meet a changed state.
  const transaction = <T>(work: () => T): T => within("BEGIN IMMEDIATE", work);
  return {
    all: <R extends object>(sql: string, parameters: Row = {}) => prepare(sql).all(parameters) as R[],
    get: <R extends object>(sql: string, parameters: Row = {}) => prepare(sql).get(parameters) as R | undefined,
    run: (sql, parameters = {}) => Number(prepare(sql).run(parameters).changes),
    runEach: (sql, rows) => {
      const statement = prepare(sql);
      for (const row of rows) statement.run(...row);
    },
    script: (sql) => sqlite.exec(sql),
    transaction,
    snapshot: (work) => {
      try {
        return within("BEGIN", work);
      } catch (error) {
        // Something that is kept for the next reader was to be written.
        if ((error as { errcode?: number }).errcode !== busySnapshot) throw error;
        return transaction(work);
      }
    },
    keepNoJournal: () => {
      // SQLite refuses it to those who defend themselves, as Node does by default since 24.12.
      sqlite.enableDefensive?.(false);
      sqlite.exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;");
    },
    close: () => {
      prepared.clear();
      sqlite.close();
    },
  };
}

/**
 * Takes a file for this process, for as long as it lives or until the given function is called; undefined where another
 * has it. It is a database without content: SQLite has the operating system's locks on every platform, Node has not.
 * Nothing else may open it: POSIX gives up all locks of a process on a file when it closes any handle of that file.
 */
export function lockFile(file: string): (() => void) | undefined {
  const sqlite = new DatabaseSync(file, { timeout: 0 });
  try {
    sqlite.exec("BEGIN EXCLUSIVE");
    return () => sqlite.close();
  } catch (error) {
    sqlite.close();
    if ((error as { errcode?: number }).errcode === 5) return undefined;
    throw error;
  }
}
