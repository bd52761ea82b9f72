/** OData query options on collections: which rows, in which order, how many. What an option does not know is 400. */
import type { TenantContext } from "./context";
import type { Row } from "./db";
import { advancedQuery, badQuery, GraphError } from "./errors";
import { type Filter, type Literal, type Order, parseFilter, parseOrder, testsOf } from "./filter";
import { concreteTypes, enumOf, isA, itemType, knownType, plain } from "./metadata";
import type { Entity, Page, RouteRequest } from "./route";

/** How much of OData a service of Graph has on its collections. */
export type Dialect = "intune" | "directory" | "managedDevices";

/** A collection that is a table. */
export interface Listing {
  /** Graph's type of what its rows are. */
  type: string;
  /** A table, or a join that has the column `rowid`. */
  table: string;
  /** A condition that always holds, with its parameters. */
  where?: string;
  parameters?: Row;
  /** Properties that `$filter` and `$orderby` may name, with their SQL; one of a collection stands for its one item. */
  columns?: Record<string, string>;
  /** Column of the type, where casts and `isof` can be asked. */
  typeColumn?: string;
  /** Properties that `$search` looks through. */
  searched?: readonly string[];
  dialect?: Dialect;
}

interface Rules {
  /** Tests that need `ConsistencyLevel: eventual` and `$count=true`, as the directory's index has them only there. */
  advanced(test: Filter): boolean;
  supports(test: Filter): boolean;
  /** Graph ignores what it does not support here, and gives everything (CONTRACT section 7). */
  silent: boolean;
  /** Highest `$top`; a higher one is refused by the directory and cut by Intune. */
  topMax: number;
  refusesTop: boolean;
  /** Options of collections that it does not have. */
  without: readonly string[];
}

const never = () => false;

const rules: Record<Dialect, Rules> = {
  intune: {
    advanced: never,
    supports: () => true,
    silent: false,
    topMax: 1000,
    refusesTop: false,
    without: ["$search"],
  },
  directory: {
    advanced: (test) =>
      test.kind === "not" ||
      (test.kind === "compare" && test.operator === "ne") ||
      (test.kind === "text" && test.test === "endswith"),
    supports: (test) => !(test.kind === "text" && test.test === "contains"),
    silent: false,
    topMax: 999,
    refusesTop: true,
    without: ["$skip"],
  },
  managedDevices: {
    advanced: never,
    supports: (test) => test.kind === "compare" && (test.operator === "eq" || test.operator === "ne"),
    silent: true,
    topMax: 1000,
    refusesTop: false,
    without: ["$search"],
  },
};

const pageSize = 100;
const listOptions = ["$top", "$skip", "$skiptoken", "$count", "$filter", "$orderby", "$search", "$select", "$expand"];

// --- pages ------------------------------------------------------------------------------------------------------------

/** One page of a table. Pages go on after a row, so that what is made or deleted between two pages shifts nothing. */
export function listRows<R extends object>(context: TenantContext, request: RouteRequest, listing: Listing): Page<R> {
  const { query } = request;
  const rule = rulesFor(request, listing.dialect);
  const { sql, parameters } = condition(request, listing);
  const count = counts(request, listing.dialect)
    ? context.db.get<{ count: number }>(`SELECT count(*) AS count FROM ${listing.table} WHERE ${sql}`, parameters)!
        .count
    : undefined;
  if (request.counting) return { rows: [], count: count! };
  const size = sizeOf(query, rule);
  const order = orderOf(query, listing);
  const token = query.get("$skiptoken");
  const after = token === null ? undefined : afterSql(readToken(token), order, parameters);
  const keys = order.map(({ sql }, index) => `, ${sql} AS orderKey${index}`).join("");
  const rows = context.db.all<R & { rowid: number } & Record<string, string | number>>(
    `SELECT rowid, *${keys} FROM ${listing.table} WHERE ${sql}${after ? ` AND (${after})` : ""}
     ORDER BY ${[...order.map(({ sql, descending }) => `${sql}${descending ? " DESC" : ""}`), "rowid"].join(", ")}
     LIMIT :limit OFFSET :skip`,
    { ...parameters, limit: size + 1, skip: token === null ? (whole(query, "$skip") ?? 0) : 0 },
  );
  const more = rows.length > size;
  if (more) rows.pop();
  const last = rows.at(-1);
  return {
    rows,
    ...(count === undefined ? {} : { count }),
    ...(more && last ? { next: makeToken([...order.map((_, index) => last[`orderKey${index}`]!), last.rowid]) } : {}),
  };
}

/** A list that is computed rather than stored. */
interface Computed<T> {
  /** Graph's type of what its items are. */
  type: string;
  all: readonly T[];
  entityOf(item: T): Entity;
  dialect?: Dialect;
}

/** One page of a computed list; only what is looked at is made into entities. */
export function pageOf<T>(request: RouteRequest, { type, all, entityOf, dialect }: Computed<T>): Page {
  const { query, cast } = request;
  const rule = rulesFor(request, dialect);
  const names = [...knownType(cast ?? type).properties.keys()];
  const filter = filterOf(request, { type: cast ?? type, dialect, names });
  const order = query.has("$orderby") ? parseOrder(query.get("$orderby")!) : [];
  const wanted = (entity: Entity) =>
    (cast === undefined || isA(typeName(entity, type), cast)) && (!filter || holds(filter, entity, type));
  const looks = cast !== undefined || filter !== undefined || order.length > 0;
  const entities = looks ? sortBy(all.map(entityOf).filter(wanted), order, cast ?? type) : undefined;
  const length = entities?.length ?? all.length;
  const counted = counts(request, dialect) ? { count: length } : {};
  if (request.counting) return { rows: [], ...counted };
  const size = sizeOf(query, rule);
  const token = query.get("$skiptoken");
  const from = token === null ? (whole(query, "$skip") ?? 0) : Number(readToken(token)[0]);
  const end = from + size;
  return {
    rows: entities?.slice(from, end) ?? all.slice(from, end).map(entityOf),
    ...counted,
    ...(end < length && size > 0 ? { next: makeToken([end]) } : {}),
  };
}

function rulesFor(request: RouteRequest, dialect: Dialect = "intune"): Rules {
  const rule = rules[dialect];
  const usual = listOptions.filter((name) => !rule.without.includes(name));
  refuseOptions(request.query, request.counting ? ["$filter", "$search"] : usual);
  if (dialect === "directory" && request.counting && !request.eventual) throw advancedQuery("$count");
  return rule;
}

const counts = ({ query, counting, eventual }: RouteRequest, dialect?: Dialect): boolean =>
  counting || (query.get("$count") === "true" && (dialect !== "directory" || eventual));

function sizeOf(query: URLSearchParams, { topMax, refusesTop }: Rules): number {
  const top = whole(query, "$top");
  if (top === undefined) return pageSize;
  if (refusesTop && (top < 1 || top > topMax)) {
    throw new GraphError(
      400,
      "Request_BadRequest",
      `Invalid page size specified: '${top}'. Must be between 1 and ${topMax} inclusive.`,
    );
  }
  return Math.min(top, topMax);
}

function whole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text))
    throw badQuery(`The value '${text.slice(0, 60)}' of '${name}' is no whole number from 0 on.`);
  return Number(text);
}

/** Refuses system query options that are not allowed here, and one that is given twice. */
export function refuseOptions(query: URLSearchParams, allowed: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of query.keys()) {
    if (!name.startsWith("$")) continue;
    if (!allowed.includes(name)) {
      const option = `${name.charAt(1).toUpperCase()}${name.slice(2, 40)}`;
      throw badQuery(
        `Query option '${option}' is not allowed. To allow it, set the 'AllowedQueryOptions' property on EnableQueryAttribute or QueryValidationSettings.`,
      );
    }
    if (seen.has(name)) throw badQuery(`The query option '${name}' is given more than once.`);
    seen.add(name);
  }
}

type Key = string | number;

const makeToken = (keys: readonly Key[]): string => Buffer.from(JSON.stringify(keys)).toString("base64url");

function readToken(token: string): Key[] {
  const keys = parsedToken(token);
  const last = keys?.at(-1);
  if (keys && typeof last === "number" && Number.isSafeInteger(last) && last >= 0) return keys;
  throw badQuery("The value of '$skiptoken' is not one that this service gave: follow '@odata.nextLink' as it is.");
}

function parsedToken(token: string): Key[] | undefined {
  try {
    const keys: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    return Array.isArray(keys) && keys.every(isKey) ? keys : undefined;
  } catch {
    return undefined;
  }
}

const isKey = (key: unknown): key is Key => typeof key === "string" || typeof key === "number";

// --- order ------------------------------------------------------------------------------------------------------------

interface OrderSql {
  sql: string;
  descending: boolean;
}

function orderOf(query: URLSearchParams, listing: Listing): OrderSql[] {
  const text = query.get("$orderby");
  if (text === null) return [];
  const { silent } = rules[listing.dialect ?? "intune"];
  const order = parseOrder(text);
  const columns = listing.columns ?? {};
  if (silent && !order.every(({ property }) => Object.hasOwn(columns, property))) return [];
  return order.map(({ property, descending }) => ({ sql: columnOf(property, "$orderby", columns), descending }));
}

/** The rows after the last one of the page before: later in the first column that differs. */
function afterSql(keys: readonly Key[], order: readonly OrderSql[], parameters: Row): string {
  if (keys.length !== order.length + 1) {
    throw badQuery("The value of '$skiptoken' belongs to another order: follow '@odata.nextLink' as it is.");
  }
  const columns = [...order, { sql: "rowid", descending: false }];
  for (const [index, key] of keys.entries()) parameters[`after${index}`] = key;
  const later = columns.map(({ sql, descending }, index) => {
    const same = columns.slice(0, index).map((column, before) => `${column.sql} = :after${before}`);
    return `(${[...same, `${sql} ${descending ? "<" : ">"} :after${index}`].join(" AND ")})`;
  });
  return later.join(" OR ");
}

/** What is null comes first, as SQL and Graph have it. */
function columnOf(property: string, option: string, columns: Record<string, string>): string {
  if (!Object.hasOwn(columns, property)) {
    throw badQuery(`The property '${property.slice(0, 100)}' cannot be used in the query option '${option}'.`);
  }
  return option === "$orderby" ? `ifnull(${columns[property]}, '') COLLATE NOCASE` : columns[property]!;
}

function sortBy(entities: readonly Entity[], order: readonly Order[], type: string): Entity[] {
  for (const { property } of order) {
    const known = knownType(type).properties.get(property);
    if (!known || itemType(known.type) !== undefined) columnOf(property, "$orderby", {});
  }
  const keyed = (entity: Entity, { property }: Order) => comparable(entity[property] ?? "");
  return [...entities].sort((a, b) => {
    for (const each of order) {
      const [x, y] = [keyed(a, each), keyed(b, each)];
      if (x !== y) return x < y === each.descending ? 1 : -1;
    }
    return 0;
  });
}

// --- filter -----------------------------------------------------------------------------------------------------------

interface Filterable {
  type: string;
  dialect?: Dialect | undefined;
  /** Properties that may be named. */
  names: readonly string[];
}

/** The filter of a request, held against what the service supports; undefined: there is none, or it is ignored. */
function filterOf(request: RouteRequest, { type, dialect = "intune", names }: Filterable): Filter | undefined {
  const text = request.query.get("$filter");
  if (text === null) return undefined;
  const rule = rules[dialect];
  const read = (): Filter => {
    const filter = parseFilter(text);
    if (hasNot(filter) || testsOf(filter).some(rule.advanced)) {
      if (
        dialect === "directory" &&
        !((request.eventual && request.query.get("$count") === "true") || request.counting)
      ) {
        throw advancedQuery("$filter");
      }
      if (rule.silent) throw badQuery("Negation is not supported.");
    }
    for (const test of testsOf(filter)) checkTest(test, type, names, rule);
    return filter;
  };
  if (!rule.silent) return read();
  try {
    const filter = read();
    return joinedByAnd(filter) ? asEquals(filter) : undefined;
  } catch (error) {
    if (error instanceof GraphError) return undefined;
    throw error;
  }
}

const hasNot = (filter: Filter): boolean =>
  filter.kind === "not" ||
  ((filter.kind === "and" || filter.kind === "or") && (hasNot(filter.left) || hasNot(filter.right)));

const joinedByAnd = (filter: Filter): boolean =>
  filter.kind === "and" ? joinedByAnd(filter.left) && joinedByAnd(filter.right) : filter.kind !== "or";

/** On managed devices `ne` behaves like `eq` (CONTRACT section 7). */
const asEquals = (filter: Filter): Filter =>
  filter.kind === "and"
    ? { ...filter, left: asEquals(filter.left), right: asEquals(filter.right) }
    : filter.kind === "compare"
      ? { ...filter, operator: "eq" }
      : filter;

/** The name of a property and the kind of its literal fit to the type. */
function checkTest(test: Filter, type: string, names: readonly string[], rule: Rules): void {
  if (!rule.supports(test)) throw badQuery("The operator or function is not supported in '$filter' here.");
  if (test.kind === "isof") {
    if (concreteTypes(plain(test.type)).length === 0)
      throw badQuery(`The type '${test.type.slice(0, 100)}' is unknown.`);
    return;
  }
  if (!("property" in test)) return;
  const property = knownType(type).properties.get(test.property);
  if (!names.includes(test.property) || !property) {
    throw badQuery(`The property '${test.property.slice(0, 100)}' cannot be used in the query option '$filter'.`);
  }
  const item = itemType(property.type);
  if ((test.kind === "any") !== (item !== undefined)) {
    throw badQuery(`The property '${test.property}' is ${item ? "a collection: use any()" : "no collection"}.`);
  }
  const tests = test.kind !== "any" ? [test] : test.of ? testsOf(test.of) : [];
  for (const each of tests) checkLiterals(each, item ?? property.type);
}

function checkLiterals(test: Filter, type: string): void {
  const literals = test.kind === "in" ? test.literals : "literal" in test ? [test.literal] : [];
  const wrong = literals.find((literal) => !fits(literal, type));
  if (!wrong) return;
  throw badQuery(
    `A property of type '${type}' cannot be compared with '${String(wrong.value).slice(0, 100)}' in '$filter'.`,
  );
}

const fitting: Record<string, readonly Literal["kind"][]> = {
  "Edm.String": ["string"],
  "Edm.Boolean": ["boolean"],
  "Edm.Int32": ["number"],
  "Edm.Int64": ["number"],
  "Edm.Double": ["number"],
  "Edm.DateTimeOffset": ["date"],
  "Edm.Guid": ["guid", "string"],
};

function fits({ kind, value }: Literal, type: string): boolean {
  if (kind === "null") return true;
  const members = enumOf(plain(type))?.members;
  if (members) return kind === "string" && members.some(({ name }) => name === value);
  return fitting[type]?.includes(kind) ?? false;
}

// --- in SQL -----------------------------------------------------------------------------------------------------------

function condition(request: RouteRequest, listing: Listing): { sql: string; parameters: Row } {
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
      const values = filter.literals.filter(({ value }) => value !== null).map((literal) => bind(sqlValue(literal)));
      const nulls = values.length < filter.literals.length ? ` OR ${sql(filter.property)} IS NULL` : "";
      return `(${sql(filter.property)} IN (${values.join(", ")})${nulls})`;
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

function compareSql(column: string, { operator, literal }: Extract<Filter, { kind: "compare" }>, bind: Bind): string {
  if (literal.value === null) return `${column} IS ${operator === "ne" ? "NOT " : ""}NULL`;
  const value = bind(sqlValue(literal));
  if (literal.kind === "date")
    return `unixepoch(${column}, 'subsec') ${operators[operator]} unixepoch(${value}, 'subsec')`;
  return operator === "ne" ? `${column} IS NOT ${value}` : `${column} ${operators[operator]} ${value}`;
}

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

// --- on computed lists ------------------------------------------------------------------------------------------------

const typeName = (entity: Entity, type: string): string => plain(String(entity["@odata.type"] ?? type));

/** Graph compares texts without regard to case. */
const comparable = (value: unknown): string | number | boolean =>
  typeof value === "string" ? value.toLowerCase() : typeof value === "number" ? value : Boolean(value);

function holds(filter: Filter, entity: Entity, type: string): boolean {
  switch (filter.kind) {
    case "and":
      return holds(filter.left, entity, type) && holds(filter.right, entity, type);
    case "or":
      return holds(filter.left, entity, type) || holds(filter.right, entity, type);
    case "not":
      return !holds(filter.of, entity, type);
    case "isof":
      return isA(typeName(entity, type), plain(filter.type));
    case "any": {
      const items = (entity[filter.property] ?? []) as unknown[];
      return items.some((item) => !filter.of || holds(filter.of, { "": item }, type));
    }
    case "in":
      return filter.literals.some((literal) => compares("eq", entity[filter.property], literal));
    case "compare":
      return compares(filter.operator, entity[filter.property], filter.literal);
    case "text": {
      const [value, text] = [entity[filter.property], String(filter.literal.value ?? "").toLowerCase()];
      return typeof value === "string" && textHolds[filter.test](value.toLowerCase(), text);
    }
  }
}

const textHolds: Record<Extract<Filter, { kind: "text" }>["test"], (value: string, text: string) => boolean> = {
  startswith: (value, text) => value.startsWith(text),
  endswith: (value, text) => value.endsWith(text),
  contains: (value, text) => value.includes(text),
};

function compares(operator: keyof typeof operators, value: unknown, { kind, value: literal }: Literal): boolean {
  const missing = value === null || value === undefined;
  if (literal === null) return operator === "ne" ? !missing : operator === "eq" && missing;
  if (missing) return operator === "ne";
  const [a, b] =
    kind === "date"
      ? [Date.parse(String(value)), Date.parse(String(literal))]
      : [comparable(value), comparable(literal)];
  const holding: Record<keyof typeof operators, boolean> = {
    eq: a === b,
    ne: a !== b,
    gt: a > b,
    ge: a >= b,
    lt: a < b,
    le: a <= b,
  };
  return holding[operator];
}
