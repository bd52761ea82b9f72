/** `-Filter` of Exchange's Get cmdlets (OPATH): comparisons joined by -and, -or, -not, turned into SQL with parameters. */
import type { Row } from "../db";
import { ExchangeError } from "./errors";

type Value = string | number | null;

export interface Column {
  sql: string;
  type: "text" | "number";
  /** Says a comparison in its own way, where a mere column does not; `undefined`: as any other. */
  compare?(operator: string, value: Value, name: (value: Value) => string): string | undefined;
}

export interface Filter {
  condition: string;
  parameters: Row;
  /** The properties that it asks for. */
  properties: ReadonlySet<string>;
}

const operators: Record<string, string> = {
  "-eq": "=",
  "-ne": "<>",
  "-gt": ">",
  "-ge": ">=",
  "-lt": "<",
  "-le": "<=",
  "-like": "LIKE",
  "-notlike": "NOT LIKE",
};

const token =
  /\s*(?:([()])|(-[a-z]+)|'((?:[^']|'')*)'|"((?:[^"]|"")*)"|(-?\d+(?:\.\d+)?)|\$(true|false|null)\b|([a-z]\w*))/iy;

type Token = { text: string; value?: Value };

const constants: Record<string, Value> = { true: 1, false: 0, null: null };

function tokens(filter: string): Token[] {
  const found: Token[] = [];
  for (let at = 0; at < filter.trimEnd().length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(filter);
    if (!match) throw wrong(filter, filter.slice(at).trim());
    const [, bracket, operator, single, double, number, constant, word] = match;
    if (single !== undefined) found.push({ text: match[0], value: single.replaceAll("''", "'") });
    else if (double !== undefined) found.push({ text: match[0], value: double.replaceAll('""', '"') });
    else if (number !== undefined) found.push({ text: number, value: Number(number) });
    else if (constant !== undefined) found.push({ text: match[0], value: constants[constant.toLowerCase()]! });
    else found.push({ text: (bracket ?? operator ?? word)! });
  }
  return found;
}

const wrong = (filter: string, part: string, why = "Write <property> -eq|-ne|-gt|-ge|-lt|-le|-like|-notlike <value>") =>
  new ExchangeError(
    "invalidParameter",
    `Cannot bind parameter 'Filter': '${filter.slice(0, 200)}' is wrong at '${part.slice(0, 50)}'. ${why}.`,
  );

/** Brackets and -not within one another, and comparisons in all: what SQLite takes to plan grows with their square. */
const depthMax = 50;
const comparisonsMax = 2_000;

/** SQLite takes expressions that are wide, and none that is deep: many conditions are joined as a tree. */
function balanced(parts: readonly string[], word: string): string {
  if (parts.length === 1) return parts[0]!;
  const half = Math.ceil(parts.length / 2);
  return `(${balanced(parts.slice(0, half), word)} ${word} ${balanced(parts.slice(half), word)})`;
}

/** The SQL condition of a filter; `columns` has the properties that may be asked for. */
export function filterSql(filter: string, columns: Record<string, Column>): Filter {
  const rest = tokens(filter);
  const parameters: Row = {};
  const properties = new Set<string>();
  let count = 0;
  let comparisons = 0;
  const name = (value: Value): string => {
    const key = `filter${count++}`;
    parameters[key] = value;
    return `:${key}`;
  };
  const is = (text: string) => rest[0]?.value === undefined && rest[0]?.text.toLowerCase() === text;
  const joined = (operator: string, word: string, next: () => string) => {
    const parts = [next()];
    while (is(operator)) {
      rest.shift();
      parts.push(next());
    }
    return balanced(parts, word);
  };
  const any = (depth = 0): string => joined("-or", "OR", () => all(depth));
  const all = (depth: number): string => joined("-and", "AND", () => one(depth));
  const one = (depth = 0): string => {
    if (depth > depthMax) throw wrong(filter, rest[0]!.text, `It is nested deeper than ${depthMax}`);
    if (is("-not")) {
      rest.shift();
      return `NOT ${one(depth + 1)}`;
    }
    if (!is("(")) return comparison();
    rest.shift();
    const inner = any(depth + 1);
    if (!is(")")) throw wrong(filter, rest[0]?.text ?? "its end", "A bracket is not closed");
    rest.shift();
    return inner;
  };
  const comparison = (): string => {
    const [property, operator, literal] = rest.splice(0, 3);
    const known = Object.keys(columns).find((each) => each.toLowerCase() === property?.text.toLowerCase());
    const sql = operators[operator?.text.toLowerCase() ?? ""];
    if (known === undefined || property?.value !== undefined) {
      throw wrong(filter, property?.text ?? "its end", `Properties are ${Object.keys(columns).join(", ")}`);
    }
    if (!sql || literal?.value === undefined) {
      throw wrong(
        filter,
        [property, operator, literal]
          .map((each) => each?.text ?? "")
          .join(" ")
          .trim(),
      );
    }
    properties.add(known);
    if (++comparisons > comparisonsMax) throw wrong(filter, known, `It has more than ${comparisonsMax} comparisons`);
    const column = columns[known]!;
    return column.compare?.(sql, literal.value, name) ?? compared(filter, known, column, sql, literal.value, name);
  };
  const condition = any();
  if (rest.length > 0) throw wrong(filter, rest[0]!.text);
  return { condition, parameters, properties };
}

function compared(
  filter: string,
  property: string,
  { sql, type }: Column,
  operator: string,
  value: Value,
  name: (value: Value) => string,
): string {
  if (value === null) {
    if (operator === "=" || operator === "<>") return `${sql} IS ${operator === "<>" ? "NOT " : ""}NULL`;
    throw wrong(filter, property, "$null goes with -eq and -ne");
  }
  if (type === "number") {
    const number = Number(value);
    if (Number.isNaN(number) || operator.endsWith("LIKE")) throw wrong(filter, property, "It is a number");
    return `${sql} ${operator} ${name(number)}`;
  }
  if (!operator.endsWith("LIKE")) return `${sql} ${operator} ${name(String(value))} COLLATE NOCASE`;
  const pattern = String(value)
    .replace(/[\\%_]/g, "\\$&")
    .replaceAll("*", "%");
  return `${sql} ${operator} ${name(pattern)} ESCAPE '\\'`;
}

/** A text as a literal of a filter. */
export const filterText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
