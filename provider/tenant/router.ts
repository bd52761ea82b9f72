/** Finds the route of a path: a tree of segments, made once from the rows of routes.ts. */
import { GraphError } from "./errors";
import { isA, isOperation, itemType, plain, typeOf } from "./metadata";
import type { Root, Route } from "./route";

interface Node {
  words: Map<string, Node>;
  parameter?: Node;
  /** By method, with the names of the parameters on the way. */
  routes: Map<string, { route: Route; names: string[] }>;
}

export interface Match {
  route: Route;
  parameters: Record<string, string>;
  /** The type that the path casts to, at its end … */
  cast?: string;
  /** … or before. */
  castBefore?: string;
  /** The path ends in `/$count`. */
  counting: boolean;
  /** The path as Graph writes it: without casts, `/$count` and parentheses, its keys encoded. */
  path(): string;
}

export interface Router {
  /** The route of an address; throws what Graph answers where it has none. */
  (root: Root, method: string, path: string): Match;
  /** The same without an error. */
  find(root: Root, method: string, path: string): Match | undefined;
}

const newNode = (): Node => ({ words: new Map(), routes: new Map() });

/** Makes a router of rows; two rows for the same address and method are a mistake in the rows. */
export function makeRouter(routes: readonly Route[]): Router {
  const roots = new Map<Root, Node>();
  for (const route of routes) {
    for (const root of route.versions) {
      if (!roots.has(root)) roots.set(root, newNode());
      plant(roots.get(root)!, route);
    }
  }
  const lookUp = (root: Root, method: string, path: string): Match | undefined => {
    const top = roots.get(root);
    const { segments, cast, castAt } = readPath(path);
    const counting = segments.at(-1) === "$count";
    if (counting) segments.pop();
    const values: string[] = [];
    const found = top && walk(top, segments, 0, method, values);
    if (!found || (counting && (method !== "GET" || !found.route.answers?.startsWith("Collection(")))) return undefined;
    if (cast !== undefined) {
      // The cast must be to a type that derives from what the path has led to before it.
      const before = walk(top, segments.slice(0, castAt), 0, "GET", [])?.route.answers;
      if (before === undefined || !isA(cast, itemType(before) ?? before)) return undefined;
      if (root === "v1.0" && !typeOf(cast)!.inV1) return undefined;
    }
    const parameters: Record<string, string> = {};
    for (const [index, name] of found.names.entries()) parameters[name] = values[index]!;
    return {
      route: found.route,
      parameters,
      counting,
      ...(cast === undefined ? {} : castAt === segments.length ? { cast } : { castBefore: cast }),
      path: () => found.route.path.replace(/:(\w+)/g, (_, name: string) => encoded(parameters[name]!)),
    };
  };
  const router = (root: Root, method: string, path: string): Match => {
    const found = lookUp(root, method, path);
    if (!found) throw noRoute(root, method, path);
    return found;
  };
  return Object.assign(router, { find: lookUp });
}

const encoded = (segment: string): string => encodeURIComponent(segment).replaceAll("%24", "$").replaceAll("%40", "@");

function plant(root: Node, route: Route): void {
  let node = root;
  const names: string[] = [];
  for (const word of route.path.split("/").filter(Boolean)) {
    if (word.startsWith(":")) {
      names.push(word.slice(1));
      node.parameter ??= newNode();
      node = node.parameter;
    } else {
      // Graph does not mind how the words of an address are written.
      const key = word.toLowerCase();
      if (!node.words.has(key)) node.words.set(key, newNode());
      node = node.words.get(key)!;
    }
  }
  if (node.routes.has(route.method)) throw new Error(`Two routes for ${route.method} ${route.path}`);
  node.routes.set(route.method, { route, names });
}

type Found = { route: Route; names: string[] };

/** A fixed word wins over a parameter; where it leads nowhere, the parameter is tried. */
function walk(node: Node, segments: string[], at: number, method: string, values: string[]): Found | undefined {
  if (at === segments.length) return node.routes.get(method);
  const segment = segments[at]!;
  const word = node.words.get(segment.toLowerCase());
  const found = word && walk(word, segments, at + 1, method, values);
  if (found || !node.parameter) return found;
  values.push(segment);
  const under = walk(node.parameter, segments, at + 1, method, values);
  if (!under) values.pop();
  return under;
}

interface ReadPath {
  segments: string[];
  cast?: string;
  /** How many segments come before the cast. */
  castAt: number;
}

/** Takes a path apart: keys in parentheses become segments, a cast comes out, operations lose their namespace. */
function readPath(path: string): ReadPath {
  const read: ReadPath = { segments: [], castAt: 0 };
  for (const part of path.split("/")) {
    if (part === "") continue;
    const keyed = part.includes("(") || part.includes("%28") ? /^([^(]+)\('(.*)'\)$/.exec(decode(part)) : null;
    if (keyed) {
      read.segments.push(keyed[1]!, keyed[2]!.replaceAll("''", "'"));
      continue;
    }
    const segment = decode(part);
    const name = plain(segment);
    if (name === segment) read.segments.push(segment);
    else if (isOperation(name)) read.segments.push(name);
    else if (read.cast === undefined && typeOf(name)) {
      read.cast = name;
      read.castAt = read.segments.length;
    } else read.segments.push(segment);
  }
  return read;
}

function decode(part: string): string {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    throw new GraphError(400, "BadRequest", `The segment '${part}' of the path is not well encoded.`);
  }
}

/** Graph's answer for an address that it does not have (CONTRACT section 9). */
function noRoute(root: Root, method: string, path: string): GraphError {
  if (root === "simulation") {
    return new GraphError(404, "NotFound", `The simulation has no ${method} ${path.slice(0, 200)}.`);
  }
  if (root === "adminapi") {
    const only = "POST /adminapi/beta/{organization}/InvokeCommand is all that it has";
    return new GraphError(404, "NotFound", `Exchange's endpoint has no ${method} ${path.slice(0, 200)}; ${only}.`);
  }
  if (root !== "beta" && root !== "v1.0") {
    return new GraphError(400, "BadRequest", "Invalid version. An address of Graph begins with /beta or /v1.0.");
  }
  if (!/^\/device(App)?Management\b/i.test(path)) {
    const segment = path.split("/").findLast(Boolean) ?? "";
    return new GraphError(400, "BadRequest", `Resource not found for the segment '${segment.slice(0, 100)}'.`);
  }
  return new GraphError(
    400,
    "No method match route template",
    `No OData route exists that match template ~${path.replace(/\('[^']*'\)/g, "/key").slice(0, 200)} with http verb ${method} for request ${path.slice(0, 200)}.`,
    true,
  );
}
