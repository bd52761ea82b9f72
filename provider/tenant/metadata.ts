/**
 * Microsoft's own description of Graph's types (metadata/csdl-subset.json, with additions.ts), as the tenant asks it: which properties a
 * type has in a version, with those it inherits. The provider's schemas are never looked at, so that each checks the other.
 */
import { addedComplexTypes, addedEntityTypes, addedEnumTypes, addedProperties } from "./metadata/additions";
import csdl from "./metadata/csdl-subset.json";
import type { GraphVersion } from "./route";

export interface Property {
  name: string;
  /** `Edm.String`, `microsoft.graph.x`, or `Collection(…)` of one. */
  type: string;
  nullable: boolean;
  inV1: boolean;
}

export interface Type {
  name: string;
  /** Itself and all that it derives from, nearest first. */
  line: readonly string[];
  abstract: boolean;
  inV1: boolean;
  properties: ReadonlyMap<string, Property>;
  /** Navigation properties, by name: the type they lead to, or a collection of it. */
  navigations: ReadonlyMap<string, Property>;
}

export interface Enum {
  flags: boolean;
  members: readonly { name: string; value: number }[];
}

export interface CsdlEnum {
  isFlags: boolean;
  members: { name: string; value: number }[];
  inV1?: boolean;
}

/** An action or a function of the model. */
export interface Operation {
  kind: "Action" | "Function";
  name: string;
  bindingType: string;
  parameters: { name: string; type: string; nullable: boolean }[];
  returnType: string | null;
  inV1: boolean;
}

export interface CsdlType {
  name: string;
  baseType: string | null;
  abstract: boolean;
  inV1?: boolean;
  properties: Property[];
  navigationProperties: (Property & { containsTarget?: boolean })[];
}

const extract = csdl as unknown as {
  entityTypes: Record<string, CsdlType>;
  complexTypes: Record<string, CsdlType>;
  enumTypes: Record<string, CsdlEnum>;
  operations: Operation[];
};

/** The extract with what is added to it. */
export const model = {
  ...extract,
  entityTypes: { ...extract.entityTypes, ...addedEntityTypes } as Record<string, CsdlType>,
  complexTypes: { ...extract.complexTypes, ...addedComplexTypes } as Record<string, CsdlType>,
  enumTypes: { ...extract.enumTypes, ...addedEnumTypes } as Record<string, CsdlEnum>,
};
for (const [name, properties] of Object.entries(addedProperties)) {
  const type = model.entityTypes[name]!;
  model.entityTypes[name] = { ...type, properties: [...type.properties, ...properties] };
}

const types = new Map<string, Type>();

/** The entity or complex type of this name, without namespace. */
export function typeOf(name: string): Type | undefined {
  const known = types.get(name);
  if (known) return known;
  // Names come from callers, who may ask for what every object of JavaScript has.
  const table = [model.entityTypes, model.complexTypes].find((each) => Object.hasOwn(each, name));
  const own = table?.[name];
  if (!own) return undefined;
  const base = own.baseType === null ? undefined : typeOf(plain(own.baseType));
  const type: Type = {
    name,
    line: [name, ...(base?.line ?? [])],
    abstract: own.abstract,
    inV1: own.inV1 ?? false,
    properties: new Map([...(base?.properties ?? []), ...own.properties.map((each) => [each.name, each] as const)]),
    navigations: new Map([
      ...(base?.navigations ?? []),
      ...own.navigationProperties.map((each) => [each.name, each] as const),
    ]),
  };
  types.set(name, type);
  return type;
}

export const enumOf = (name: string): Enum | undefined => {
  const found = model.enumTypes[name];
  return found && { flags: found.isFlags, members: found.members };
};

const operations = new Set(model.operations.map(({ name }) => name));

/** Whether this is the name of an action or a function, which a path may have with its namespace. */
export const isOperation = (name: string): boolean => operations.has(name);

/** A type of the metadata that is sure to be there. */
export function knownType(name: string): Type {
  const type = typeOf(name);
  if (!type) throw new Error(`The metadata has no type ${name}`);
  return type;
}

export const isA = (name: string, base: string): boolean => typeOf(name)?.line.includes(base) ?? false;

/** `microsoft.graph.x`, or `graph.x` by the alias that `$metadata` declares, with or without `#`, as `x`. */
export const plain = (name: string): string => name.replace(/^#?(microsoft\.)?graph\./, "");

/** The type of a collection's items; undefined for a single value. */
export const itemType = (type: string): string | undefined => /^Collection\((.*)\)$/.exec(type)?.[1];

/** Names of the types of this line that can be made. */
export const concreteTypes = (base: string): string[] =>
  Object.keys(model.entityTypes).filter((name) => isA(name, base) && !model.entityTypes[name]!.abstract);

/**
 * A property of a type that can be named in queries. Of a directoryObject the directory takes those of what it is, users
 * or groups, though the model has them there only.
 */
export function propertyOf(type: string, name: string): Property | undefined {
  const types = type === "directoryObject" ? [type, ...concreteTypes(type)] : [type];
  return types.map((each) => knownType(each).properties.get(name)).find((property) => property !== undefined);
}

/** The type of an entity where one of a declared type is expected: its own, where it says so. */
export const typeName = (entity: Record<string, unknown>, declared: string): string =>
  plain(String(entity["@odata.type"] ?? declared));

/** What of a value a version of Graph shows: v1.0 lacks properties, and whole types, that beta has. */
export function inVersion(
  version: GraphVersion,
  declared: string,
  entity: Record<string, unknown>,
): Record<string, unknown> {
  if (version === "beta") return entity;
  const shown =
    typeOf(typeName(entity, declared))
      ?.line.map(knownType)
      .find((each) => each.inV1) ?? knownType(declared);
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(entity)) {
    if (name === "@odata.type") result[name] = `#microsoft.graph.${shown.name}`;
    else if (name.includes("@")) result[name] = value;
    else {
      const property = shown.properties.get(name);
      if (property?.inV1) result[name] = valueInVersion(version, property.type, value);
    }
  }
  return result;
}

function valueInVersion(version: GraphVersion, type: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => valueInVersion(version, itemType(type) ?? type, each));
  return isRecord(value) ? inVersion(version, plain(type), value) : value;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
