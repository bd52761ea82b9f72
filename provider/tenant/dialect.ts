/** What each service of Graph has of OData on its collections, and whether a filter keeps to it. */
import { advancedQuery, badQuery, GraphError } from "./errors";
import { type Filter, type Literal, parseFilter, testsOf } from "./filter";
import { concreteTypes, enumOf, isA, itemType, plain, propertyOf, typeOf } from "./metadata";
import type { GraphVersion, RouteRequest } from "./route";

/** A service, by how much of OData it has. */
export type Dialect = "intune" | "directory" | "managedDevices";

export interface Rules {
  /** Tests that need `ConsistencyLevel: eventual` and `$count=true`, as the directory's index has them only there. */
  advanced(test: Filter): boolean;
  supports(test: Filter): boolean;
  /** Graph ignores what it does not support here, and gives everything (CONTRACT section 7). */
  silent: boolean;
  /** Highest `$top`; a higher one is refused by the directory and cut by Intune. */
  topMax: number;
  refusesTop: boolean;
  /** Options of collections that it does not have. */
  without: readonly string[];
}

const never = () => false;

export const rules: Record<Dialect, Rules> = {
  intune: {
    advanced: never,
    supports: () => true,
    silent: false,
    topMax: 1000,
    refusesTop: false,
    without: ["$search"],
  },
  directory: {
    advanced: (test) =>
      (test.kind === "compare" && test.operator === "ne") || (test.kind === "text" && test.test === "endswith"),
    supports: (test) => !(test.kind === "text" && test.test === "contains"),
    silent: false,
    topMax: 999,
    refusesTop: true,
    without: ["$skip"],
  },
  managedDevices: {
    advanced: never,
    supports: (test) => test.kind === "compare" && (test.operator === "eq" || test.operator === "ne"),
    silent: true,
    topMax: 1000,
    refusesTop: false,
    without: ["$search"],
  },
};

interface Filterable {
  type: string;
  dialect?: Dialect | undefined;
  /** Properties that may be named; left out: all of the type, and of those that derive from it by a cast. */
  names?: readonly string[];
}

/** The filter of a request, held against what the service supports; undefined: there is none, or it is ignored. */
export function filterOf(request: RouteRequest, { type, dialect = "intune", names }: Filterable): Filter | undefined {
  const text = request.query.get("$filter");
  if (text === null) return undefined;
  const rule = rules[dialect];
  const read = (): Filter => {
    const filter = parseFilter(text);
    if (hasNot(filter) || testsOf(filter).some(rule.advanced)) {
      if (
        dialect === "directory" &&
        !((request.eventual && request.query.get("$count") === "true") || request.counting)
      ) {
        throw advancedQuery("$filter");
      }
      if (rule.silent) throw badQuery("Negation is not supported.");
    }
    for (const test of testsOf(filter)) {
      checkTest(test, type, names, rule);
      if (test.kind === "isof") checkType(test.type, request.version);
    }
    return filter;
  };
  if (!rule.silent) return read();
  try {
    const filter = read();
    return joinedByAnd(filter) ? asEquals(filter) : undefined;
  } catch (error) {
    if (error instanceof GraphError) return undefined;
    throw error;
  }
}

const hasNot = (filter: Filter): boolean =>
  filter.kind === "not" ||
  ((filter.kind === "and" || filter.kind === "or") && (hasNot(filter.left) || hasNot(filter.right)));

const joinedByAnd = (filter: Filter): boolean =>
  filter.kind === "and" ? joinedByAnd(filter.left) && joinedByAnd(filter.right) : filter.kind !== "or";

/** On managed devices `ne` behaves like `eq` (CONTRACT section 7). */
const asEquals = (filter: Filter): Filter =>
  filter.kind === "and"
    ? { ...filter, left: asEquals(filter.left), right: asEquals(filter.right) }
    : filter.kind === "compare"
      ? { ...filter, operator: "eq" }
      : filter;

/** The type of `isof` is one that the version has. */
function checkType(name: string, version: GraphVersion): void {
  const type = typeOf(plain(name));
  const isKnown = type !== undefined && concreteTypes(type.name).length > 0 && (version === "beta" || type.inV1);
  if (!isKnown) throw badQuery(`The type '${name.slice(0, 100)}' is unknown.`);
}

/** `microsoft.graph.type/property`, or a property alone. */
export function readProperty(path: string): { of?: string; name: string } {
  const [, of, name] = /^(?:microsoft\.)?graph\.(\w+)\/(\w+)$/.exec(path) ?? [];
  return of !== undefined && name !== undefined ? { of, name } : { name: path };
}

/** The name of a property and the kind of its literal fit to the type. */
function checkTest(test: Filter, type: string, names: readonly string[] | undefined, rule: Rules): void {
  if (!rule.supports(test)) throw badQuery("The operator or function is not supported in '$filter' here.");
  if (!("property" in test)) return;
  const { of = type, name } = readProperty(test.property);
  const property = isA(of, type) ? propertyOf(of, name) : undefined;
  if (!property || (names && !names.includes(test.property))) {
    throw badQuery(`The property '${test.property.slice(0, 100)}' cannot be used in the query option '$filter'.`);
  }
  const item = itemType(property.type);
  if ((test.kind === "any") !== (item !== undefined)) {
    throw badQuery(`The property '${test.property}' is ${item ? "a collection: use any()" : "no collection"}.`);
  }
  const tests = test.kind !== "any" ? [test] : test.of ? testsOf(test.of) : [];
  for (const each of tests) checkLiterals(each, item ?? property.type);
}

function checkLiterals(test: Filter, type: string): void {
  const literals = test.kind === "in" ? test.literals : "literal" in test ? [test.literal] : [];
  const wrong = literals.find((literal) => !fits(literal, type));
  if (!wrong) return;
  throw badQuery(
    `A property of type '${type}' cannot be compared with '${String(wrong.value).slice(0, 100)}' in '$filter'.`,
  );
}

const fitting: Record<string, readonly Literal["kind"][]> = {
  "Edm.String": ["string"],
  "Edm.Boolean": ["boolean"],
  "Edm.Int32": ["number"],
  "Edm.Int64": ["number"],
  "Edm.Double": ["number"],
  "Edm.DateTimeOffset": ["date"],
  "Edm.Guid": ["guid", "string"],
};

function fits({ kind, value }: Literal, type: string): boolean {
  if (kind === "null") return true;
  const members = enumOf(plain(type))?.members;
  if (members) return kind === "string" && members.some(({ name }) => name === value);
  return fitting[type]?.includes(kind) ?? false;
}
