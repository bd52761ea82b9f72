/** OData query options on collections: which rows, how many, in pages. What an option does not know is answered with 400. */

import type { TenantContext } from "./context";
import type { Row } from "./db";
import { GraphError } from "./errors";
import { concreteTypes, plain } from "./metadata";
import type { RouteRequest } from "./route";

/** A collection that is a table. */
export interface Listing {
  table: string;
  /** A condition that always holds, with its parameters. */
  where?: string;
  parameters?: Row;
  /** Properties that `$filter` may compare, with their columns. */
  filters?: Record<string, string>;
  /** Column of the type, where `isof` can be asked. */
  typeColumn?: string;
  /** Intune ignores filters that it does not know on managed devices; the directory refuses them. */
  unknownFilter?: "refuse" | "ignore";
  /** Query options beyond paging, filter, select and count. */
  options?: readonly string[];
}

export interface Page<R> {
  rows: R[];
  /** Total number, where `$count=true` asked for it. */
  count?: number;
  nextLink?: string;
}

const pageSize = 100;
const pageSizeMax = 999;

/** One page of a table. Pages go by row id, so that what is made or deleted between two pages shifts nothing. */
export function listRows<R extends object>(
  context: TenantContext,
  request: RouteRequest,
  path: string,
  listing: Listing,
): Page<R> {
  const { query } = request;
  refuseOptions(query, [...pagingOptions, "$filter", "$select", ...(listing.options ?? [])]);
  const { sql, parameters } = condition(query, listing);
  const size = Math.min(whole(query, "$top") ?? pageSize, pageSizeMax);
  const token = query.get("$skiptoken");
  const after = token === null ? 0 : readToken(token);
  const skip = token === null ? (whole(query, "$skip") ?? 0) : 0;
  const rows = context.db.all<R & { rowid: number }>(
    `SELECT rowid, * FROM ${listing.table} WHERE ${sql} AND rowid > :after ORDER BY rowid LIMIT :limit OFFSET :skip`,
    { ...parameters, after, limit: size + 1, skip },
  );
  const more = rows.length > size;
  if (more) rows.pop();
  return {
    rows,
    ...(query.get("$count") === "true" ? { count: countRows(context, query, listing) } : {}),
    ...(more && size > 0 ? { nextLink: nextLink(request, path, rows.at(-1)!.rowid) } : {}),
  };
}

/** How many rows `$filter` leaves. */
export function countRows({ db }: TenantContext, query: URLSearchParams, listing: Listing): number {
  const { sql, parameters } = condition(query, listing);
  return db.get<{ count: number }>(`SELECT count(*) AS count FROM ${listing.table} WHERE ${sql}`, parameters)!.count;
}

/** One page of a list that is computed rather than stored. */
export function pageOf<R>(request: RouteRequest, path: string, all: readonly R[]): Page<R> {
  const { query } = request;
  refuseOptions(query, [...pagingOptions, "$select"]);
  const size = Math.min(whole(query, "$top") ?? pageSize, pageSizeMax);
  const token = query.get("$skiptoken");
  const from = token === null ? (whole(query, "$skip") ?? 0) : readToken(token);
  const rows = all.slice(from, from + size);
  return {
    rows,
    ...(query.get("$count") === "true" ? { count: all.length } : {}),
    ...(from + size < all.length && size > 0 ? { nextLink: nextLink(request, path, from + size) } : {}),
  };
}

const pagingOptions = ["$top", "$skip", "$skiptoken", "$count"];

export function refuseOptions(query: URLSearchParams, allowed: readonly string[]): void {
  for (const name of query.keys()) {
    if (name.startsWith("$") && !allowed.includes(name)) {
      const option = `${name.charAt(1).toUpperCase()}${name.slice(2)}`;
      throw badQuery(
        `Query option '${option}' is not allowed. To allow it, set the 'AllowedQueryOptions' property on EnableQueryAttribute or QueryValidationSettings.`,
      );
    }
  }
}

/** Graph's answer to a query option that cannot be read. */
export const badQuery = (why: string) =>
  new GraphError(400, "BadRequest", `The query specified in the URI is not valid. ${why}`, true);

function whole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw badQuery(`The value '${text}' of '${name}' is no whole number from 0 on.`);
  return Number(text);
}

function nextLink({ base, query }: RouteRequest, path: string, last: number): string {
  const options = new URLSearchParams(query);
  options.delete("$skip");
  options.set("$skiptoken", Buffer.from(`p${last}`).toString("base64url"));
  return `${base}${path}?${options.toString().replaceAll("%24", "$")}`;
}

function readToken(token: string): number {
  const match = /^p(\d{1,15})$/.exec(Buffer.from(token, "base64url").toString());
  if (!match)
    throw badQuery("The value of '$skiptoken' is not one that this service gave: follow '@odata.nextLink' as it is.");
  return Number(match[1]);
}

function condition(query: URLSearchParams, listing: Listing): { sql: string; parameters: Row } {
  const parameters: Row = { ...listing.parameters };
  const always = listing.where ?? "TRUE";
  const filter = query.get("$filter");
  if (filter !== null && filter.length > 4000) throw badQuery("The filter is longer than 4000 characters.");
  if (filter === null) return { sql: always, parameters };
  try {
    return { sql: `${always} AND (${filterSql(filter, listing, parameters)})`, parameters };
  } catch (error) {
    if (listing.unknownFilter === "ignore" && error instanceof GraphError)
      return { sql: always, parameters: { ...listing.parameters } };
    throw error;
  }
}

/** Compiles a filter to SQL: `and`, `or`, parentheses, `eq`, `ne`, `startswith`, `isof`. */
function filterSql(filter: string, listing: Listing, parameters: Row): string {
  const tokens = filter.match(/'(?:[^']|'')*'|[()]|,|[^\s(),']+/g) ?? [];
  let at = 0;
  const fail = () => badQuery(`The filter '${filter.slice(0, 200)}' cannot be read at '${tokens[at] ?? "its end"}'.`);
  const take = (expected?: string): string => {
    const token = tokens[at];
    if (token === undefined || (expected !== undefined && token !== expected)) throw fail();
    at++;
    return token;
  };
  const column = (name: string): string => {
    const found = listing.filters && Object.hasOwn(listing.filters, name) ? listing.filters[name] : undefined;
    if (!found) throw badQuery(`The property '${name}' cannot be used in the query option '$filter'.`);
    return found;
  };
  const literal = (): string => {
    const token = take();
    if (!token.startsWith("'")) throw fail();
    return token.slice(1, -1).replaceAll("''", "'");
  };
  const bind = (value: string): string => {
    const name = `filter${Object.keys(parameters).length}`;
    parameters[name] = value;
    return `:${name}`;
  };
  const call: Record<string, () => string> = {
    isof: () => {
      if (!listing.typeColumn) throw fail();
      return `${listing.typeColumn} IN (${concreteTypes(plain(literal())).map(bind).join(", ")})`;
    },
    startswith: () => {
      const name = column(take());
      take(",");
      const start = bind(literal());
      return `substr(${name}, 1, length(${start})) = ${start} COLLATE NOCASE`;
    },
  };
  const comparison: Record<string, string> = { eq: "=", ne: "<>" };
  const term = (): string => {
    const word = take();
    if (word === "(") return grouped(or);
    if (tokens[at] === "(") {
      const apply = Object.hasOwn(call, word) ? call[word] : undefined;
      if (!apply) throw fail();
      take("(");
      return grouped(apply);
    }
    const operator = take();
    if (!Object.hasOwn(comparison, operator)) throw fail();
    return `${column(word)} ${comparison[operator]} ${bind(literal())}`;
  };
  const grouped = (inner: () => string): string => {
    const sql = inner();
    take(")");
    return `(${sql})`;
  };
  const chain = (word: string, next: () => string) => (): string => {
    let sql = next();
    while (tokens[at] === word) {
      take();
      sql += ` ${word.toUpperCase()} ${next()}`;
    }
    return sql;
  };
  const or: () => string = chain("or", chain("and", term));
  const sql = or();
  if (at < tokens.length) throw fail();
  return sql;
}

/** Leaves of an entity what `$select` names; its type, id and annotations of the answer stay. */
export function select(request: RouteRequest, entity: Record<string, unknown>): Record<string, unknown> {
  const names = request.query
    .get("$select")
    ?.split(",")
    .map((name) => name.trim());
  if (!names || names.includes("*")) return entity;
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(entity)) {
    if (name === "id" || name.includes("@") || names.includes(name)) result[name] = value;
  }
  return result;
}

/** The answer for a page of entities. */
export function collection(request: RouteRequest, context: string, page: Page<Record<string, unknown>>) {
  return {
    status: 200 as const,
    body: {
      "@odata.context": `${request.base}/$metadata#${context}`,
      ...(page.count === undefined ? {} : { "@odata.count": page.count }),
      ...(page.nextLink === undefined ? {} : { "@odata.nextLink": page.nextLink }),
      value: page.rows.map((row) => select(request, row)),
    },
  };
}
