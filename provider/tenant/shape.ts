/**
 * From what a route says to what Graph sends: the properties that a version and `$select` leave, what `$expand` adds,
 * and the annotations that `odata.metadata` asks for.
 */
import { badQuery } from "./errors";
import { enumOf, inVersion, isA, itemType, knownType, type Property, plain, typeName, typeOf } from "./metadata";
import { refuseOptions } from "./query";
import type { Entity, Page, Reply, Route, RouteRequest, TextPage } from "./route";
import { type Expansion, type View, viewOf } from "./view";

export type MetadataLevel = "none" | "minimal" | "full";

/** What a client's `Accept` header asks to be told beside the properties. */
export function metadataLevel(accept: string | null): MetadataLevel {
  const level = accept && /odata\.metadata=(none|minimal|full)/i.exec(accept)?.[1]?.toLowerCase();
  return (level as MetadataLevel | undefined) ?? "minimal";
}

export interface Shaping {
  metadata: MetadataLevel;
  /** The path of the address, without keys in parentheses or casts. */
  path: string;
  /** Asks another route on behalf of this request, for `$expand`; undefined: there is none, or nothing there. */
  read(path: string, query: URLSearchParams): { route: Route; request: RouteRequest; reply: Reply } | undefined;
  /** The path of the collection that entities of exactly this type are found in, if there is one. */
  entitySet(type: string): string | undefined;
}

/** What is sent: JSON text where it is at hand, text, or a value to be written as JSON. */
export interface Shaped {
  body?: unknown;
  json?: string;
  mediaType?: string;
}

/** Query options that a route may be given; asked before it does anything. */
export function checkOptions(route: Route, request: RouteRequest): void {
  if (route.answers === undefined && route.versions.includes("simulation")) return;
  // A collection's own options are checked where it is read.
  if (route.method === "GET" && route.answers !== undefined && itemType(route.answers) !== undefined) return;
  refuseOptions(request.query, route.answers === undefined ? [] : ["$select", "$expand"]);
}

export function shape(route: Route, request: RouteRequest, reply: Reply, shaping: Shaping): Shaped {
  if (reply.status === 204) return {};
  if ("body" in reply) return { body: reply.body, ...(reply.mediaType ? { mediaType: reply.mediaType } : {}) };
  if ("json" in reply) {
    const plainForm = shaping.metadata === "minimal" && request.query.size === 0 && request.version === "beta";
    if (plainForm) return { json: reply.json };
    return { body: shapeOne(route, request, JSON.parse(reply.json) as Entity, shaping) };
  }
  if ("entity" in reply) return { body: shapeOne(route, request, reply.entity, shaping) };
  if (request.counting) return { body: String(reply.page.count) };
  return shapePage(route, request, reply.page, shaping);
}

/** The type that an address speaks of: what the route answers, or what the address casts that to. */
function declaredType(route: Route, { cast }: RouteRequest): string {
  const type = itemType(route.answers!) ?? route.answers!;
  return cast !== undefined && isA(cast, type) ? cast : type;
}

function shapeOne(route: Route, request: RouteRequest, entity: Entity, shaping: Shaping): Entity {
  const type = declaredType(route, request);
  const view = viewOf(request, type);
  const { path, metadata } = shaping;
  const keyed = /\/:\w*id$/i.test(route.path);
  const context = `${contextOf(request, keyed ? path.slice(0, path.lastIndexOf("/")) : path, view)}/$entity`;
  const own = route.method === "POST" ? `${path}/${entity.id}` : path;
  return {
    ...(metadata === "none" ? {} : { "@odata.context": context }),
    ...shapeEntity(entity, type, own, request, view, shaping),
  };
}

function shapePage(route: Route, request: RouteRequest, page: Page | TextPage, shaping: Shaping): Shaped {
  const type = declaredType(route, request);
  const view = viewOf(request, type);
  const action = route.method === "POST" ? `${request.base}/$metadata#Collection(microsoft.graph.${type})` : undefined;
  const annotations = {
    ...(shaping.metadata === "none" ? {} : { "@odata.context": action ?? contextOf(request, shaping.path, view) }),
    ...(page.count === undefined ? {} : { "@odata.count": page.count }),
    ...(page.next === undefined ? {} : { "@odata.nextLink": nextLink(request, shaping.path, page.next) }),
  };
  const plainForm =
    request.version === "beta" && shaping.metadata === "minimal" && !view.select && view.expand.length === 0;
  if ("texts" in page && plainForm) {
    return { json: `${JSON.stringify(annotations).slice(0, -1)},"value":[${page.texts().join(",")}]}` };
  }
  const rows = "texts" in page ? page.rows() : page.rows;
  const value = rows.map((row) => shapeEntity(row, type, `${shaping.path}/${row.id}`, request, view, shaping));
  return { body: { ...annotations, value } };
}

function nextLink({ base, query, cast }: RouteRequest, path: string, next: string): string {
  const options = new URLSearchParams(query);
  options.delete("$skip");
  options.set("$skiptoken", next);
  const casting = cast === undefined ? "" : `/microsoft.graph.${cast}`;
  return `${base}${path}${casting}?${options.toString().replaceAll("%24", "$")}`;
}

/** `…/$metadata#users('id')/managedDevices(id,deviceName)`: where in the model an answer is from. */
function contextOf({ base, cast }: RouteRequest, path: string, { select }: View): string {
  const segments = path.split("/").filter(Boolean);
  const directory = segments.length > 2 && /^(users|groups)$/.test(segments[0]!) && /[mM]ember/.test(segments[2]!);
  const where = directory ? "directoryObjects" : segments.join("/").replace(keyPattern, "$1('$2')");
  const casting = cast === undefined ? "" : `/microsoft.graph.${cast}`;
  const chosen = select === undefined ? "" : `(${[...select].join(",")})`;
  return `${base}/$metadata#${where}${casting}${chosen}`;
}

const keyPattern =
  /(users|groups|deviceConfigurations|managedDevices|mobileApps|exchangeConnectors|exchangeOnPremisesPolicies)\/([^/]+)/g;

// --- one entity ---------------------------------------------------------------------------------------------------------

function shapeEntity(
  entity: Entity,
  declared: string,
  path: string,
  request: RouteRequest,
  view: View,
  shaping: Shaping,
): Entity {
  const shown = inVersion(request.version, declared, entity);
  const chosen = view.select ? choose(shown, view.select) : shown;
  if (view.expand.length === 0 && shaping.metadata === "minimal") return chosen;
  const type = typeName(entity, declared);
  const place = placeOf(entity, type, path, shaping);
  const expanded: Entity = { ...chosen };
  for (const expansion of view.expand) Object.assign(expanded, expand(expansion, type, place.path, shaping));
  if (shaping.metadata === "none") return withoutAnnotations(expanded);
  return shaping.metadata === "full" ? { ...annotations(expanded, type, place, request), ...expanded } : expanded;
}

function choose(entity: Entity, names: ReadonlySet<string>): Entity {
  const result: Entity = {};
  for (const [name, value] of Object.entries(entity)) {
    if (name === "id" || name.includes("@") || names.has(name)) result[name] = value;
  }
  return result;
}

interface Place {
  /** Where an entity is found, after the version. */
  path: string;
  /** The type that this place has; one that derives from it is reached by a cast. */
  type: string;
}

/** An entity is at home in the collection of its type, wherever it was come upon; a contained one where it is. */
function placeOf(entity: Entity, type: string, path: string, { entitySet }: Shaping): Place {
  const home = knownType(type).line.find((each) => entitySet(each) !== undefined);
  if (home === undefined) return { path, type };
  return { path: `${entitySet(home)}/${encodeURIComponent(String(entity.id))}`, type: home };
}

const directoryExpansionMax = 20;

function expand({ navigation, of, query }: Expansion, type: string, path: string, shaping: Shaping): Entity {
  const property = knownType(type).navigations.get(navigation);
  if (!property || (of !== undefined && !isA(type, of))) return {};
  const many = itemType(property.type) !== undefined;
  const options = new URLSearchParams(query);
  if (many && !options.has("$top")) {
    options.set("$top", String(/^\/(users|groups)\//.test(path) ? directoryExpansionMax : 999));
  }
  const found = shaping.read(`${path}/${navigation}`, options);
  if (!found) {
    if (many) throw badQuery(`The property '${navigation}' cannot be used in the query option '$expand'.`);
    return { [navigation]: null };
  }
  const { context, next, value } = inner(found, { ...shaping, path: `${path}/${navigation}` });
  return {
    ...(shaping.metadata === "none" ? {} : { [`${navigation}@odata.context`]: context }),
    ...(next === undefined ? {} : { [`${navigation}@odata.nextLink`]: next }),
    [navigation]: value,
  };
}

function inner(found: { route: Route; request: RouteRequest; reply: Reply }, shaping: Shaping) {
  const shaped = shape(found.route, found.request, found.reply, shaping);
  const body = (shaped.json === undefined ? shaped.body : JSON.parse(shaped.json)) as Entity;
  const { "@odata.context": context, "@odata.nextLink": next, "@odata.count": _count, ...rest } = body;
  return { context, next, value: "page" in found.reply ? rest.value : rest };
}

// --- annotations --------------------------------------------------------------------------------------------------------

/** Control information is left out of every level of a value; what instances are annotated with stays. */
function withoutAnnotations(value: Entity): Entity {
  const bare = (each: unknown): unknown =>
    Array.isArray(each)
      ? each.map(bare)
      : typeof each === "object" && each !== null
        ? withoutAnnotations(each as Entity)
        : each;
  const kept = Object.entries(value).filter(([name]) => !name.includes("@odata.") || name.endsWith("@odata.nextLink"));
  return Object.fromEntries(kept.map(([name, each]) => [name, bare(each)]));
}

/** What `odata.metadata=full` adds: type, address, the types of properties, and links of navigation properties. */
function annotations(entity: Entity, type: string, place: Place, { base, version }: RouteRequest): Entity {
  const known = knownType(type);
  const shown = version === "beta" || known.inV1 ? known : knownType(known.line.find((name) => typeOf(name)?.inV1)!);
  const cast = shown.name === place.type ? "" : `/microsoft.graph.${shown.name}`;
  const address = place.path.slice(1).replace(keyPattern, "$1('$2')");
  const result: Entity = {
    "@odata.type": `#microsoft.graph.${shown.name}`,
    "@odata.id": address,
    "@odata.editLink": `${address}${cast}`,
  };
  for (const name of Object.keys(entity)) {
    const property = shown.properties.get(name);
    const said = property && typeAnnotation(property);
    if (said) result[`${name}@odata.type`] = said;
  }
  for (const { name, inV1 } of shown.navigations.values()) {
    if (version === "v1.0" && !inV1) continue;
    result[`${name}@odata.associationLink`] = `${base}/${address}${cast}/${name}/$ref`;
    result[`${name}@odata.navigationLink`] = `${base}/${address}${cast}/${name}`;
  }
  return result;
}

/** The type of a property, where JSON does not tell it. */
function typeAnnotation({ type }: Property): string | undefined {
  const item = itemType(type);
  if (item !== undefined) return `#Collection(${item.replace(/^Edm\./, "")})`;
  if (/^Edm\.(String|Boolean|Int32|Double)$/.test(type)) return undefined;
  return type.startsWith("Edm.") ? `#${type.slice(4)}` : enumOf(plain(type)) ? `#${type}` : undefined;
}
