/** Reads the body of a request as Graph would: every property held against the metadata, the first mistake answered with 400. */
import { badRequest } from "./errors";
import { type Enum, enumOf, isA, isRecord, itemType, type Property, plain, type Type, typeOf } from "./metadata";
import type { GraphVersion } from "./route";

export interface EntityBody {
  /** Its type, without namespace. */
  type: string;
  /** What was given, enum flags in the order of their values; properties that the service owns are left out. */
  properties: Record<string, unknown>;
  /** Links that were given as `name@odata.bind`. */
  links: { navigation: string; targetId: string }[];
  /** Instance annotations that the tenant keeps and gives back: those that begin with `@classic.`. */
  annotations: Record<string, unknown>;
}

export interface Reading {
  version: GraphVersion;
  /** `create` demands every property that may not be null; `update` takes what there is. */
  action: "create" | "update";
  /** Properties that only the service writes: their type is checked, their value ignored. */
  owned: readonly string[];
}

/** Reads an entity of the given type, or of one that derives from it and is named by `@odata.type`. */
export function readEntity(body: unknown, base: string, reading: Reading): EntityBody {
  if (!isRecord(body)) throw badRequest("The request needs a JSON object as its body.");
  const type = bodyType(body, base, reading.version);
  if (type.abstract && reading.action === "create") {
    throw badRequest(
      `Cannot create an abstract class: '@odata.type' must name a type that derives from ${full(base)}.`,
    );
  }
  const result: EntityBody = { type: type.name, properties: {}, links: [], annotations: {} };
  for (const [name, value] of Object.entries(body)) {
    const at = name.indexOf("@");
    if (name.startsWith("@classic.")) result.annotations[name] = value;
    else if (at > 0 && name.slice(at) === "@odata.bind") result.links.push(readBind(type, name.slice(0, at), value));
    else if (at === -1) {
      const read = readProperty(type, name, value, reading.version);
      if (!reading.owned.includes(name) && name !== "id") result.properties[name] = read;
    }
  }
  if (reading.action === "create") complete(type, result.properties, reading);
  return result;
}

/** Reads the parameters of an action: each must be one of `parameters`, which gives its type. */
export function readParameters(
  body: unknown,
  action: string,
  parameters: Record<string, string>,
  version: GraphVersion,
) {
  if (!isRecord(body)) throw badRequest(`The action '${action}' needs a JSON object as its body.`);
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (name.includes("@")) continue;
    const type = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (!type)
      throw badRequest(
        `The parameter '${name}' in the request payload is not a valid parameter for the operation '${action}'.`,
      );
    result[name] = value === null ? null : readValue(type, value, name, version);
  }
  return result;
}

const full = (name: string) => `microsoft.graph.${name}`;

function bodyType(body: Record<string, unknown>, base: string, version: GraphVersion): Type {
  const given = body["@odata.type"];
  if (given === undefined) return typeOf(base)!;
  const name = typeof given === "string" ? plain(given) : "";
  const type = typeOf(name);
  if (!type || (version === "v1.0" && !type.inV1)) {
    throw badRequest(`A type named '${shown(given).replace(/^#/, "")}' could not be resolved by the model.`);
  }
  if (!isA(name, base))
    throw badRequest(`The type '${full(name)}' does not derive from '${full(base)}', which is expected here.`);
  return type;
}

function readProperty(type: Type, name: string, value: unknown, version: GraphVersion): unknown {
  const property = type.properties.get(name);
  if (!property || (version === "v1.0" && !property.inV1)) {
    const hint = type.navigations.has(name)
      ? ` '${name}' is a navigation property: use its own address or '${name}@odata.bind'.`
      : "";
    throw badRequest(
      `The property '${name}' does not exist on type '${full(type.name)}'. Make sure to only use property names that are defined by the type.${hint}`,
    );
  }
  if (value === null) {
    if (property.nullable) return null;
    throw badRequest(
      `The property '${name}' of type '${property.type}' may not be null: it is declared Nullable=false.`,
    );
  }
  return readValue(property.type, value, name, version);
}

function readValue(type: string, value: unknown, name: string, version: GraphVersion): unknown {
  const item = itemType(type);
  if (item !== undefined) {
    if (!Array.isArray(value)) throw wrongType(name, type, value);
    return value.map((each) => readValue(item, each, name, version));
  }
  if (type.startsWith("Edm.")) {
    const check = primitives[type];
    if (check && !check(value)) throw wrongType(name, type, value);
    return value;
  }
  const members = enumOf(plain(type));
  return members ? readEnum(members, type, value, name) : readComplex(plain(type), value, name, version);
}

const integer = (lowest: number, highest: number) => (value: unknown) =>
  typeof value === "number" && Number.isInteger(value) && value >= lowest && value <= highest;
const text = (pattern: RegExp) => (value: unknown) => typeof value === "string" && pattern.test(value);

const primitives: Record<string, (value: unknown) => boolean> = {
  "Edm.String": (value) => typeof value === "string",
  "Edm.Boolean": (value) => typeof value === "boolean",
  "Edm.Int16": integer(-32_768, 32_767),
  "Edm.Int32": integer(-2_147_483_648, 2_147_483_647),
  "Edm.Int64": integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  "Edm.Double": (value) => typeof value === "number",
  "Edm.Single": (value) => typeof value === "number",
  "Edm.Guid": text(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i),
  "Edm.Binary": text(/^(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2,3}=*)?$/),
  "Edm.DateTimeOffset": (value) =>
    text(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)$/)(value) &&
    !Number.isNaN(Date.parse(value as string)),
};

function readEnum({ flags, members }: Enum, type: string, value: unknown, name: string): string {
  const given = typeof value === "string" ? (flags ? value.split(",").map((word) => word.trim()) : [value]) : [];
  const unknown = given.find((word) => !members.some((member) => member.name === word));
  if (given.length === 0 || unknown !== undefined) {
    throw badRequest(
      `Cannot convert the literal '${shown(value)}' of '${name}' to the expected type '${type}'. It has the members ${members.map((member) => member.name).join(", ")}.`,
    );
  }
  return members
    .filter((member) => given.includes(member.name))
    .map((member) => member.name)
    .join(", ");
}

function readComplex(base: string, value: unknown, name: string, version: GraphVersion): Record<string, unknown> {
  if (!isRecord(value)) throw wrongType(name, full(base), value);
  const type = bodyType(value, base, version);
  if (type.abstract)
    throw badRequest(`The value of '${name}' needs an '@odata.type': '${full(type.name)}' is abstract.`);
  const result: Record<string, unknown> = { "@odata.type": `#${full(type.name)}` };
  for (const [key, each] of Object.entries(value)) {
    if (!key.includes("@")) result[key] = readProperty(type, key, each, version);
  }
  return result;
}

function readBind(type: Type, navigation: string, value: unknown): { navigation: string; targetId: string } {
  const property = type.navigations.get(navigation);
  if (!property || itemType(property.type) !== undefined) {
    throw badRequest(
      `The property '${navigation}' does not exist on type '${full(type.name)}' as a single-valued navigation property.`,
    );
  }
  return { navigation, targetId: readAddress(value, `${navigation}@odata.bind`).id };
}

/** An address of an entity, on any host: `…/deviceConfigurations('id')` or `…/deviceConfigurations/id`. */
export function readAddress(value: unknown, name: string): { collection: string; id: string } {
  const found = typeof value === "string" ? addressForm.exec(decoded(value)) : null;
  if (!found) throw badRequest(`The value '${shown(value)}' of '${name}' is no address of an entity.`);
  return { collection: found[1]!, id: (found[2] ?? found[3])! };
}

const addressForm = /([A-Za-z]+)(?:\('([^'/]+)'\)|\/([^'/()?#]+))\/?$/;

/** What is not well encoded is no address. */
function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return "";
  }
}

/** A service fills in what .NET would, `false`, and asks for anything else that may not be null. */
function complete(type: Type, properties: Record<string, unknown>, { owned, version }: Reading): void {
  for (const property of type.properties.values()) {
    if (property.name in properties || owned.includes(property.name) || property.name === "id") continue;
    if (version === "v1.0" && !property.inV1) continue;
    properties[property.name] = initial(property, type);
  }
}

function initial(property: Property, type: Type): unknown {
  if (property.nullable) return null;
  if (itemType(property.type) !== undefined) return [];
  if (property.type === "Edm.Boolean") return false;
  throw badRequest(`The property '${property.name}' is required on type '${full(type.name)}' and is missing.`);
}

const wrongType = (name: string, type: string, value: unknown) =>
  badRequest(`Cannot convert the value '${shown(value)}' of '${name}' to the expected type '${type}'.`);

function shown(value: unknown): string {
  const json = typeof value === "string" ? value : JSON.stringify(value);
  return json === undefined ? "" : json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
