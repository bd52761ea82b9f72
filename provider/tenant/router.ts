/** Finds the route of a path: a tree of segments, made once from the rows of routes.ts. */
import { GraphError } from "./errors";
import { typeOf } from "./metadata";
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
  cast?: string;
}

export type Router = (root: Root, method: string, path: string) => Match;

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
  return (root, method, path) => {
    const { segments, cast } = readPath(path);
    const values: string[] = [];
    const top = roots.get(root);
    const found = top && find(top, segments, 0, method, values);
    if (!found) throw noRoute(method, path);
    const parameters: Record<string, string> = {};
    for (const [index, name] of found.names.entries()) parameters[name] = values[index]!;
    return { route: found.route, parameters, ...(cast === undefined ? {} : { cast }) };
  };
}

function plant(root: Node, route: Route): void {
  let node = root;
  const names: string[] = [];
  for (const word of route.path.split("/").filter(Boolean)) {
    if (word.startsWith(":")) {
      names.push(word.slice(1));
      node.parameter ??= newNode();
      node = node.parameter;
    } else {
      if (!node.words.has(word)) node.words.set(word, newNode());
      node = node.words.get(word)!;
    }
  }
  if (node.routes.has(route.method)) throw new Error(`Two routes for ${route.method} ${route.path}`);
  node.routes.set(route.method, { route, names });
}

type Found = { route: Route; names: string[] };

/** A fixed word wins over a parameter; where it leads nowhere, the parameter is tried. */
function find(node: Node, segments: string[], at: number, method: string, values: string[]): Found | undefined {
  if (at === segments.length) return node.routes.get(method);
  const segment = segments[at]!;
  const word = node.words.get(segment);
  const found = word && find(word, segments, at + 1, method, values);
  if (found || !node.parameter) return found;
  values.push(segment);
  const under = find(node.parameter, segments, at + 1, method, values);
  if (!under) values.pop();
  return under;
}

/** Takes a path apart: keys in parentheses become segments, casts come out, bound actions lose their namespace. */
function readPath(path: string): { segments: string[]; cast?: string } {
  const segments: string[] = [];
  let cast: string | undefined;
  for (const part of path.split("/")) {
    if (part === "") continue;
    const keyed = part.includes("(") || part.includes("%28") ? /^([^(]+)\('(.*)'\)$/.exec(decode(part)) : null;
    if (keyed) {
      segments.push(keyed[1]!, keyed[2]!.replaceAll("''", "'"));
      continue;
    }
    const segment = decode(part);
    if (!segment.startsWith("microsoft.graph.")) segments.push(segment);
    else if (typeOf(segment.slice(16))) cast = segment.slice(16);
    else segments.push(segment.slice(16));
  }
  return cast === undefined ? { segments } : { segments, cast };
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
const noRoute = (method: string, path: string) =>
  new GraphError(
    400,
    "No method match route template",
    `No OData route exists that match template ~${path.replace(/\('[^']*'\)/g, "/key").slice(0, 200)} with http verb ${method} for request ${path.slice(0, 200)}.`,
    true,
  );
