/** `-Filter` of Exchange's Get cmdlets: comparisons joined by `-and`, turned into SQL with parameters. */
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

/** SQL conditions of a filter; `columns` names the column of each property that may be asked for. */
export function filterSql(filter: string, columns: Record<string, string>): { conditions: string[]; parameters: Row } {
  const conditions: string[] = [];
  const parameters: Row = {};
  for (const [index, part] of filter.split(/\s+-and\s+/i).entries()) {
    const [, property, operator, literal] = comparison.exec(part.trim()) ?? [];
    const column = property && columns[property];
    const sql = operator && operators[operator.toLowerCase()];
    if (!column || !sql || !literal) {
      const properties = Object.keys(columns).join(", ");
      const message = `Cannot bind parameter 'Filter': '${part}'. Write <property> -eq|-ne|-gt|-ge|-lt|-le <value>; properties are ${properties}.`;
      throw new ExchangeError("invalidParameter", message);
    }
    conditions.push(`${column} ${sql} :filter${index}`);
    parameters[`filter${index}`] = literal.startsWith("'")
      ? literal.slice(1, -1).replaceAll("''", "'")
      : Number(literal);
  }
  return { conditions, parameters };
}

/** A text as a literal of a filter. */
export const filterText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
