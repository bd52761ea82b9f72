/**
 * `-Filter` of Exchange's Get cmdlets, turned into SQL with parameters: comparisons joined by `-and`, any of which may be
 * several joined by `-or`.
 */
import type { Row } from "../db";
import { ExchangeError } from "./errors";

const operators: Record<string, string> = {
  "-eq": "=",
  "-ne": "<>",
  "-gt": ">",
  "-ge": ">=",
  "-lt": "<",
  "-le": "<=",
};
const comparison = /^\(?\s*(\w+)\s+(-\w+)\s+('(?:[^']|'')*'|-?\d+)\s*\)?$/;

/** A property of which a filter may speak: its column, or how to compare it where it is none. */
export type FilterColumn = string | ((operator: string, literal: string, bind: (value: string) => string) => string);

/** SQL conditions of a filter; `columns` names the column of each property that may be asked for. */
export function filterSql(
  filter: string,
  columns: Record<string, FilterColumn>,
): { conditions: string[]; parameters: Row } {
  const parameters: Row = {};
  let count = 0;
  const bind = (value: string | number): string => {
    parameters[`filter${count}`] = value;
    return `:filter${count++}`;
  };
  const compare = (text: string): string => {
    const [, property, operator, literal] = comparison.exec(text.trim()) ?? [];
    const column = property && columns[property];
    const sql = operator && operators[operator.toLowerCase()];
    if (!column || !sql || !literal) {
      const properties = Object.keys(columns).join(", ");
      const message = `Cannot bind parameter 'Filter': '${text}'. Write <property> -eq|-ne|-gt|-ge|-lt|-le <value>; properties are ${properties}.`;
      throw new ExchangeError("invalidParameter", message);
    }
    const value = literal.startsWith("'") ? literal.slice(1, -1).replaceAll("''", "'") : Number(literal);
    return typeof column === "string" ? `${column} ${sql} ${bind(value)}` : column(sql, String(value), bind);
  };
  const conditions = filter.split(/\s+-and\s+/i).map(
    (part) =>
      `(${part
        .split(/\s+-or\s+/i)
        .map(compare)
        .join(" OR ")})`,
  );
  return { conditions, parameters };
}

/** A text as a literal of a filter. */
export const filterText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
