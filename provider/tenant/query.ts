/** OData query options on collections: which rows, in which order, how many. What an option does not know is 400. */
import type { TenantContext } from "./context";
import type { Row } from "./db";
import { type Dialect, filterOf, type Rules, rules } from "./dialect";
import { advancedQuery, badQuery, GraphError } from "./errors";
import { parseOrder } from "./filter";
import { holds, notSortable, sortBy } from "./filterEntities";
import { condition } from "./filterSql";
import { isA, typeName } from "./metadata";
import type { Entity, Page, RouteRequest } from "./route";

/** A collection that is a table. */
export interface Listing {
  /** Graph's type of what its rows are. */
  type: string;
  /** A table, or a join that has the column `rowid`. */
  table: string;
  /** What is read of each row; left out: all columns. */
  select?: string;
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
    `SELECT rowid, ${listing.select ?? "*"}${keys} FROM ${listing.table} WHERE ${sql}${after ? ` AND (${after})` : ""}
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
  if (query.has("$search")) throw badQuery("The query option '$search' cannot be used here: use '$filter'.");
  const filter = filterOf(request, { type: cast ?? type, ...(dialect && { dialect }) });
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

function counts({ query, counting, eventual }: RouteRequest, dialect?: Dialect): boolean {
  const asked = query.get("$count") ?? "false";
  if (asked !== "true" && asked !== "false") {
    throw badQuery(`The value '${asked.slice(0, 60)}' of '$count' is neither true nor false.`);
  }
  return counting || (asked === "true" && (dialect !== "directory" || eventual));
}

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

/** Graph takes its own query options without `$` as well. */
const bareOptions = /^(top|skip|skiptoken|count|filter|orderby|search|select|expand)$/;

export function optionsOf(text: string): URLSearchParams {
  const query = new URLSearchParams(text);
  if (text === "" || ![...query.keys()].some((name) => bareOptions.test(name))) return query;
  const dollar = ([name, value]: [string, string]): [string, string] => [
    bareOptions.test(name) ? `$${name}` : name,
    value,
  ];
  return new URLSearchParams([...query].map(dollar));
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
  return order.map(({ property, descending }) => ({ sql: keyOf(property, columns), descending }));
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
function keyOf(property: string, columns: Record<string, string>): string {
  if (!Object.hasOwn(columns, property)) throw notSortable(property);
  return `ifnull(${columns[property]}, '') COLLATE NOCASE`;
}
