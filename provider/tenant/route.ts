/** Shape of an endpoint: one row, read by the router; what it says is put into Graph's form by shape.ts. */
import type { TenantContext } from "./context";

export type GraphVersion = "beta" | "v1.0";

/** First segment of a path: a version of Graph, Exchange's REST endpoint, or the simulation's own control surface. */
export type Root = GraphVersion | "adminapi" | "simulation";

export interface RouteRequest {
  version: GraphVersion;
  /** Values of the `:name` segments of the path, decoded. */
  parameters: Record<string, string>;
  /** The type that the path casts its answer to, by a `microsoft.graph.…` segment at its end, without the namespace. */
  cast?: string;
  /** The same in the middle of the path: the type that must have what the path goes on with. */
  castBefore?: string;
  /** Query options, those of OData with `$`. */
  query: URLSearchParams;
  /** The address ends in `/$count`: of a collection only the number is asked for. */
  counting: boolean;
  /** `ConsistencyLevel: eventual` was sent, without which the directory refuses its advanced queries. */
  eventual: boolean;
  /** Callers need not prove who they are. */
  trusted: boolean;
  /** A header of the request, by its name in lower case. */
  header(name: string): string | null;
  /** The parsed JSON body; undefined where there is none. */
  body: unknown;
  /** The address that the caller used, up to and with the version, for links in answers. */
  base: string;
}

/** An entity as beta has it: `@odata.type` where its type is not the one that the route names. */
export type Entity = Record<string, unknown>;

/** One page of a collection. */
export interface Page<R = Entity> {
  rows: R[];
  /** Total number, where `$count=true` or `/$count` asked for it. */
  count?: number;
  /** Where the next page begins, for `$skiptoken`. */
  next?: string;
}

/** A page whose rows are there both ways, made when they are asked for. */
export interface TextPage extends Omit<Page, "rows"> {
  rows(): Entity[];
  /** As JSON text, in beta's form without options. */
  texts(): string[];
}

export type Reply =
  | { status: 204 }
  | { status: 200 | 201; entity: Entity }
  | { status: 200; page: Page | TextPage }
  /** An entity as JSON text, in beta's form without options: nothing is then parsed to be written again. */
  | { status: 200 | 201; json: string }
  /** As it is: a string goes as text/plain, or as the media type given. */
  | { status: 200 | 201; body: unknown; mediaType?: string };

export interface Route {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Path after the root; `:name` matches one segment. `/x('1')` reaches `/x/:id`, `/x/microsoft.graph.y` reaches `/x/y`. */
  path: string;
  versions: readonly Root[];
  /** Permissions of which a token needs one; empty: none is needed. */
  scopes: readonly string[];
  /** Graph's type of what it answers, `x` or `Collection(x)`; absent where that is nothing, or no entity. */
  answers?: string;
  /** `false`: the work cannot be done inside of a transaction, and sees to its own. */
  transaction?: false;
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
