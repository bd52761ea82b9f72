/** Rows of a forecast, of which there may be more than memory holds. */

/** An array is such, and so is a table that is read anew each time that somebody looks through it. */
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
