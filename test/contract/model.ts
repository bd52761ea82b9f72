/**
 * Microsoft's metadata for contract tests. It is read here a second time, apart from the tenant's own reading of it:
 * tests that shared a mistake with the tenant would agree with it.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import {
  addedComplexTypes,
  addedEntityTypes,
  addedEnumTypes,
  addedProperties,
} from "../../provider/tenant/metadata/additions";

export type Version = "beta" | "v1.0";

export interface Property {
  name: string;
  type: string;
  nullable: boolean;
  inV1: boolean;
}

interface Declaration {
  name: string;
  baseType: string | null;
  abstract: boolean;
  inV1?: boolean;
  properties: Property[];
  navigationProperties: Property[];
}

const file = path.join(__dirname, "../../provider/tenant/metadata/csdl-subset.json");
const csdl = JSON.parse(readFileSync(file, "utf8")) as {
  entityTypes: Record<string, Declaration>;
  complexTypes: Record<string, Declaration>;
  enumTypes: Record<string, { isFlags: boolean; members: { name: string }[] }>;
  operations: {
    name: string;
    bindingType: string;
    parameters: Property[];
    returnType: string | null;
    inV1: boolean;
  }[];
};

/** Actions and functions. */
export const operations = csdl.operations;

const declarations = new Map<string, Declaration>();
for (const table of [csdl.entityTypes, csdl.complexTypes, addedEntityTypes, addedComplexTypes]) {
  for (const each of Object.values(table)) declarations.set(each.name, each);
}
const added: Record<string, Property[]> = addedProperties;

/** `#microsoft.graph.x` as `x`. */
export const bare = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** The type of a collection's items, or undefined. */
export const itemOf = (type: string): string | undefined =>
  type.startsWith("Collection(") ? type.slice("Collection(".length, -1) : undefined;

export function declaration(name: string): Declaration {
  const found = declarations.get(name);
  if (!found) throw new Error(`The metadata has no type ${name}`);
  return found;
}

export const isDeclared = (name: string): boolean => declarations.has(name);
const enumTypes: typeof csdl.enumTypes = { ...csdl.enumTypes, ...addedEnumTypes };
export const isEnum = (name: string): boolean => Object.hasOwn(enumTypes, name);
export const isFlags = (name: string): boolean => enumTypes[name]!.isFlags;
export const membersOf = (name: string): string[] => enumTypes[name]!.members.map((member) => member.name);

/** The type itself and what it derives from, the root first. */
function lineOf(name: string): Declaration[] {
  const own = declaration(name);
  return own.baseType === null ? [own] : [...lineOf(bare(own.baseType)), own];
}

export const derives = (name: string, base: string): boolean => lineOf(name).some((each) => each.name === base);

/** Every property that a type has in a version, inherited ones included. */
export function propertiesOf(name: string, version: Version = "beta"): Property[] {
  const all = lineOf(name).flatMap((each) => [...each.properties, ...(added[each.name] ?? [])]);
  return version === "beta" ? all : all.filter(({ inV1 }) => inV1);
}

export const navigationsOf = (name: string): Property[] => lineOf(name).flatMap((each) => each.navigationProperties);

/** Names of the types that can be made and that derive from a base, or are it. */
export const concreteTypesOf = (base: string): string[] =>
  [...declarations.values()].filter(({ name, abstract }) => !abstract && derives(name, base)).map(({ name }) => name);

export const inVersion = (name: string, version: Version): boolean =>
  version === "beta" || (declaration(name).inV1 ?? false);
