/** A collection's condition in SQL: what it always is, what the address casts to, `$filter` and `$search`. */
import type { Row } from "./db";
import { filterOf } from "./dialect";
import { advancedQuery, badQuery } from "./errors";
import type { Filter, Literal } from "./filter";
import { concreteTypes, plain } from "./metadata";
import type { Listing } from "./query";
import type { RouteRequest } from "./route";

export function condition(request: RouteRequest, listing: Listing): { sql: string; parameters: Row } {
  const parameters: Row = { ...listing.parameters };
  const all = [listing.where ?? "TRUE"];
  const bind = (value: string | number): string => {
    const name = `filter${Object.keys(parameters).length}`;
    parameters[name] = value;
    return `:${name}`;
  };
  if (request.cast !== undefined && listing.typeColumn) {
    all.push(`${listing.typeColumn} IN (${concreteTypes(request.cast).map(bind).join(", ")})`);
  }
  const filter = filterOf(request, { ...listing, names: Object.keys(listing.columns ?? {}) });
  if (filter) all.push(filterSql(filter, listing, bind));
  const search = request.query.get("$search");
  if (search !== null) {
    if (!request.eventual) throw advancedQuery("$search");
    all.push(searchSql(search, listing, bind));
  }
  return { sql: all.map((each) => `(${each})`).join(" AND "), parameters };
}

type Bind = (value: string | number) => string;

const operators = { eq: "=", ne: "<>", gt: ">", ge: ">=", lt: "<", le: "<=" } as const;

function filterSql(filter: Filter, listing: Listing, bind: Bind, item?: string): string {
  const sql = (property: string) => (property === "" ? item! : listing.columns![property]!);
  switch (filter.kind) {
    case "and":
    case "or":
      return `(${filterSql(filter.left, listing, bind, item)} ${filter.kind} ${filterSql(filter.right, listing, bind, item)})`;
    case "not":
      // What compares with null is neither true nor false in SQL, and false in OData.
      return `NOT ifnull(${filterSql(filter.of, listing, bind, item)}, FALSE)`;
    case "compare":
      return compareSql(sql(filter.property), filter, bind);
    case "in": {
      const isOne = (literal: Literal) =>
        compareSql(sql(filter.property), { operator: "eq", property: filter.property, literal }, bind);
      return `(${filter.literals.map(isOne).join(" OR ")})`;
    }
    case "text":
      return textSql[filter.test](sql(filter.property), bind(String(filter.literal.value ?? "")));
    case "isof": {
      if (!listing.typeColumn) throw badQuery("The function 'isof' cannot be used in '$filter' here.");
      return `${listing.typeColumn} IN (${concreteTypes(plain(filter.type)).map(bind).join(", ")})`;
    }
    case "any": {
      const column = sql(filter.property);
      return `ifnull(${filter.of ? filterSql(filter.of, listing, bind, column) : `${column} IS NOT NULL`}, FALSE)`;
    }
  }
}

type Comparing = Omit<Extract<Filter, { kind: "compare" }>, "kind">;

/** Graph compares texts without regard to case; ids are compared as they are, which their indexes are for. */
function compareSql(column: string, { operator, property, literal }: Comparing, bind: Bind): string {
  if (literal.value === null) return `${column} IS ${operator === "ne" ? "NOT " : ""}NULL`;
  const value = bind(sqlValue(literal));
  if (literal.kind === "date")
    return `unixepoch(${column}, 'subsec') ${operators[operator]} unixepoch(${value}, 'subsec')`;
  const test = operator === "ne" ? "IS NOT" : operators[operator];
  return `${column} ${test} ${value}${literal.kind === "string" && !idName.test(property) ? " COLLATE NOCASE" : ""}`;
}

const idName = /(^i|I)d$/;

const sqlValue = ({ value }: Literal): string | number => (typeof value === "boolean" ? Number(value) : value!);

const textSql: Record<Extract<Filter, { kind: "text" }>["test"], (column: string, text: string) => string> = {
  startswith: (column, text) => `substr(${column}, 1, length(${text})) = ${text} COLLATE NOCASE`,
  endswith: (column, text) =>
    `(length(${column}) >= length(${text}) AND substr(${column}, -length(${text}), length(${text})) = ${text} COLLATE NOCASE)`,
  contains: (column, text) => `instr(lower(${column}), lower(${text})) > 0`,
};

/** `"property:words"`, joined by AND and OR: a word of the property begins with what is searched. */
function searchSql(search: string, { columns = {}, searched = [] }: Listing, bind: Bind): string {
  const parts = search.trim().split(/\s+(AND|OR)\s+/);
  return parts
    .map((part, index) => {
      if (index % 2 === 1) return part;
      const clause = /^"(\w+):([^"]+)"$/.exec(part.trim());
      if (!clause || !searched.includes(clause[1]!)) {
        throw badQuery(
          `The value '${part.slice(0, 100)}' of '$search' must be "property:text" with one of ${searched.join(", ")}.`,
        );
      }
      return `instr(lower(' ' || ifnull(${columns[clause[1]!]}, '')), lower(${bind(` ${clause[2]!.trim()}`)})) > 0`;
    })
    .join(" ");
}
