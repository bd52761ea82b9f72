/** Holds what the tenant answers to Microsoft's metadata: types, nullability, enums, flags, and nothing that is unknown. */
import {
  bare,
  declaration,
  derives,
  inVersion,
  isDeclared,
  isEnum,
  isFlags,
  itemOf,
  membersOf,
  navigationsOf,
  type Property,
  propertiesOf,
  type Version,
} from "./model";

export interface Expectation {
  version: Version;
  /** Every property that the type has in the version must be there, as Intune answers. */
  whole: boolean;
}

type Entity = Record<string, unknown>;

const primitives: Record<string, (value: unknown) => boolean> = {
  "Edm.String": (value) => typeof value === "string",
  "Edm.Boolean": (value) => typeof value === "boolean",
  "Edm.Int32": (value) => Number.isInteger(value) && Math.abs(value as number) <= 2 ** 31,
  "Edm.Int64": (value) => Number.isSafeInteger(value),
  "Edm.Double": (value) => typeof value === "number",
  "Edm.Guid": (value) => typeof value === "string" && /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/.test(value),
  "Edm.Binary": (value) => typeof value === "string" && Buffer.from(value, "base64").toString("base64") === value,
  "Edm.DateTimeOffset": (value) =>
    typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$/.test(value),
};

/** What is wrong with a single entity; the context of the answer is looked at where the answer is. */
export function entityProblems(value: unknown, declared: string, expectation: Expectation, where = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${where}: is no object`];
  const entity = value as Entity;
  const named = entity["@odata.type"];
  const type = named === undefined ? declared : bare(String(named));
  const problems = typeProblems(named, declared, expectation.version).map((problem) => `${where}: ${problem}`);
  if (problems.length > 0) return problems;
  const { version } = expectation;
  const properties = new Map(propertiesOf(type, version).map((each) => [each.name, each]));
  for (const [name, each] of Object.entries(entity)) {
    if (name.includes("@")) problems.push(...annotationProblems(name, each, where));
    else if (properties.has(name)) {
      problems.push(...propertyProblems(each, properties.get(name)!, expectation, `${where}/${name}`));
    } else problems.push(...navigationProblems(name, each, type, expectation, where));
  }
  const missing = [...properties.keys()].filter((name) => !Object.hasOwn(entity, name));
  if (expectation.whole && missing.length > 0) problems.push(`${where}: ${type} without ${missing.join(", ")}`);
  return problems;
}

function typeProblems(named: unknown, declared: string, version: Version): string[] {
  if (named === undefined) {
    return declaration(declared).abstract ? [`has no @odata.type, and ${declared} is abstract`] : [];
  }
  const type = bare(String(named));
  if (String(named) !== `#microsoft.graph.${type}`) return [`@odata.type is ${named}`];
  if (!isDeclared(type) || !derives(type, declared)) return [`${type} is no ${declared}`];
  return inVersion(type, version) ? [] : [`${type} is not in ${version}`];
}

const annotation =
  /^(@odata\.(type|context|id|editLink|etag)|@classic\.\w+|\w+@odata\.(type|context|count|nextLink|associationLink|navigationLink))$/;

const annotationProblems = (name: string, value: unknown, where: string): string[] => {
  if (!annotation.test(name)) return [`${where}: unknown annotation ${name}`];
  if (!name.startsWith("@classic.") && !name.endsWith("count") && typeof value !== "string")
    return [`${where}: ${name}`];
  return [];
};

function navigationProblems(name: string, value: unknown, type: string, given: Expectation, where: string): string[] {
  const navigation = navigationsOf(type).find((each) => each.name === name);
  if (!navigation || (given.version === "v1.0" && !navigation.inV1)) return [`${where}: ${type} has no ${name}`];
  const item = itemOf(navigation.type);
  const inner = { ...given, whole: false };
  if (item === undefined)
    return value === null ? [] : entityProblems(value, bare(navigation.type), inner, `${where}/${name}`);
  if (!Array.isArray(value)) return [`${where}/${name}: is no array`];
  return value.flatMap((each, index) => entityProblems(each, bare(item), inner, `${where}/${name}[${index}]`));
}

function propertyProblems(value: unknown, property: Property, given: Expectation, where: string): string[] {
  if (value === null) return property.nullable ? [] : [`${where}: is null, and ${property.type} may not be`];
  return valueProblems(value, property.type, given, where);
}

function valueProblems(value: unknown, type: string, given: Expectation, where: string): string[] {
  const item = itemOf(type);
  if (item !== undefined) {
    if (!Array.isArray(value)) return [`${where}: is no array`];
    return value.flatMap((each, index) => valueProblems(each, item, given, `${where}[${index}]`));
  }
  const wrong = [`${where}: ${JSON.stringify(value)} is no ${type}`];
  if (type.startsWith("Edm.")) return primitives[type]!(value) ? [] : wrong;
  const name = bare(type);
  if (!isEnum(name)) return entityProblems(value, name, given, where);
  const members = typeof value === "string" ? (isFlags(name) ? value.split(", ") : [value]) : [undefined];
  return members.every((member) => member !== undefined && membersOf(name).includes(member)) ? [] : wrong;
}

/** What is wrong with the answer to a GET: one entity, or a collection of them. */
export function answerProblems(body: unknown, answers: string, expectation: Expectation): string[] {
  const { "@odata.context": context, ...rest } = (body ?? {}) as Entity;
  const problems =
    typeof context === "string" && context.startsWith(`http://tenant/${expectation.version}/$metadata#`)
      ? []
      : [`@odata.context is ${context}`];
  const item = itemOf(answers);
  if (item === undefined) return [...problems, ...entityProblems(rest, answers, expectation)];
  const { value, "@odata.count": count, "@odata.nextLink": next, ...more } = rest;
  if (Object.keys(more).length > 0) problems.push(`beside the collection: ${Object.keys(more)}`);
  if (count !== undefined && !Number.isInteger(count)) problems.push(`@odata.count is ${count}`);
  if (next !== undefined && !String(next).startsWith("http://tenant/")) problems.push(`@odata.nextLink is ${next}`);
  if (!Array.isArray(value)) return [...problems, "value is no array"];
  return [...problems, ...value.flatMap((each, index) => entityProblems(each, item, expectation, `[${index}]`))];
}
