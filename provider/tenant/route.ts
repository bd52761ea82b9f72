/** Shape of an endpoint: one row, read by the router. */
import type { TenantContext } from "./context";

export type GraphVersion = "beta" | "v1.0";

/** First segment of a path: a version of Graph, or the simulation's own control surface. */
export type Root = GraphVersion | "simulation";

export interface RouteRequest {
  version: GraphVersion;
  /** Values of the `:name` segments of the path, decoded. */
  parameters: Record<string, string>;
  /** The type that a `microsoft.graph.…` segment of the path casts to, without its namespace. */
  cast?: string;
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
  /** The body as JSON text, in its place where the text is at hand: nothing is then parsed to be written again. */
  json?: string;
}

export interface Route {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Path after the root; `:name` matches one segment. `/x('1')` reaches `/x/:id`, `/x/microsoft.graph.y` reaches `/x/y`. */
  path: string;
  versions: readonly Root[];
  /** Permissions of which a token needs one. */
  scopes: readonly string[];
  handle(context: TenantContext, request: RouteRequest): Reply;
}

export const both: readonly GraphVersion[] = ["beta", "v1.0"];
export const betaOnly: readonly GraphVersion[] = ["beta"];
export const simulationOnly: readonly Root[] = ["simulation"];

const dual = (permission: string) => ({
  read: [`${permission}.Read.All`, `${permission}.ReadWrite.All`],
  write: [`${permission}.ReadWrite.All`],
});

/** Graph's application permissions, by what a route touches. */
export const scopes = {
  configuration: dual("DeviceManagementConfiguration"),
  serviceConfig: dual("DeviceManagementServiceConfig"),
  apps: dual("DeviceManagementApps"),
  managedDevices: dual("DeviceManagementManagedDevices"),
  deviceActions: ["DeviceManagementManagedDevices.PrivilegedOperations.All"],
  users: dual("User"),
  groups: dual("Group"),
  members: {
    read: ["GroupMember.Read.All", ...dual("Group").read],
    write: ["GroupMember.ReadWrite.All", ...dual("Group").write],
  },
  simulation: ["Simulation.ReadWrite.All"],
} as const;
