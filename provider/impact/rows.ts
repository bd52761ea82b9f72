/** Rows of a forecast, of which there may be more than memory should hold. */
import { openDb } from "../tenant/db";

/** An array is such, and so is a file that is read anew each time that somebody looks through it. */
export interface Rows<Row> extends Iterable<Row> {
  readonly length: number;
}

/** Each row as another, which is made as it is looked at. */
export const mapped = <From, To>(rows: Rows<From>, change: (row: From) => To): Rows<To> => ({
  length: rows.length,
  *[Symbol.iterator]() {
    for (const row of rows) yield change(row);
  },
});

/** Rows that are read together. */
const stretch = 1000;

/**
 * Writes rows to a temporary file, which goes with the last who can look through them.
 * @param order by which they are read, a number and then a name
 */
export function sortedRows<Row extends object>(rows: Iterable<Row>, order: (row: Row) => [number, string]): Rows<Row> {
  const db = openDb("");
  db.keepNoJournal();
  db.script(`PRAGMA cache_size = -16384;
    CREATE TABLE unsorted (first INTEGER, second TEXT, row TEXT); BEGIN`);
  db.runEach("INSERT INTO unsorted VALUES (?, ?, ?)", keyed(rows, order));
  db.script(`CREATE TABLE sorted AS SELECT row FROM unsorted ORDER BY first, second, rowid;
    DROP TABLE unsorted; COMMIT`);
  const { length } = db.get<{ length: number }>("SELECT count(*) AS length FROM sorted")!;
  return {
    length,
    *[Symbol.iterator]() {
      for (let after = 0; after < length; after += stretch) {
        const some = db.all<{ row: string }>(
          "SELECT row FROM sorted WHERE rowid > :after ORDER BY rowid LIMIT :stretch",
          { after, stretch },
        );
        for (const { row } of some) yield JSON.parse(row) as Row;
      }
    },
  };
}

function* keyed<Row extends object>(
  rows: Iterable<Row>,
  order: (row: Row) => [number, string],
): Generator<[number, string, string]> {
  for (const row of rows) yield [...order(row), JSON.stringify(row)];
}
