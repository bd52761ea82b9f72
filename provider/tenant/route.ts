/** Shape of an endpoint: one row, read by the router. */
import type { TenantContext } from "./context";

export type GraphVersion = "beta" | "v1.0";

export interface RouteRequest {
  version: GraphVersion;
  /** Values of the `:name` segments of the path, decoded. */
  parameters: Record<string, string>;
  /** Query options, `$`-prefixed names as they came. */
  query: URLSearchParams;
  /** The parsed JSON body; undefined where there is none. */
  body: unknown;
  /** The address that the caller used, up to and with the version, for `@odata.context` and `@odata.nextLink`. */
  base: string;
}

export interface Reply {
  status: 200 | 201 | 204;
  /** JSON body; absent with 204. A string is sent as text/plain (`/$count`). */
  body?: unknown;
}

export interface Route {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Path after the version; `:name` matches one segment, and both `/x/:id` and `/x(':id')` reach it. */
  path: string;
  versions: readonly GraphVersion[];
  /** Permissions of which a token needs one. */
  scopes: readonly string[];
  handle(context: TenantContext, request: RouteRequest): Reply;
}

export const both: readonly GraphVersion[] = ["beta", "v1.0"];
export const betaOnly: readonly GraphVersion[] = ["beta"];
