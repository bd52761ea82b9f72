/** Filters and orders of lists that are computed rather than stored: the same questions, asked of entities. */
import { readProperty } from "./dialect";
import { badQuery } from "./errors";
import type { Comparison, Filter, Literal, Order } from "./filter";
import { isA, itemType, plain, propertyOf, typeName } from "./metadata";
import type { Entity } from "./route";

/** Graph compares texts without regard to case. */
const comparable = (value: unknown): string | number | boolean =>
  typeof value === "string" ? value.toLowerCase() : typeof value === "number" ? value : Boolean(value);

/** What an entity has of a property; of one that belongs to a type that it is not of, nothing. */
function readValue(entity: Entity, property: string, type: string): unknown {
  const { of, name } = readProperty(property);
  return of === undefined || isA(typeName(entity, type), of) ? entity[name] : undefined;
}

export function holds(filter: Filter, entity: Entity, type: string): boolean {
  switch (filter.kind) {
    case "and":
      return holds(filter.left, entity, type) && holds(filter.right, entity, type);
    case "or":
      return holds(filter.left, entity, type) || holds(filter.right, entity, type);
    case "not":
      return !holds(filter.of, entity, type);
    case "isof":
      return isA(typeName(entity, type), plain(filter.type));
    case "any": {
      const items = (readValue(entity, filter.property, type) ?? []) as unknown[];
      return items.some((item) => !filter.of || holds(filter.of, { "": item }, type));
    }
    case "in":
      return filter.literals.some((literal) => compares("eq", readValue(entity, filter.property, type), literal));
    case "compare":
      return compares(filter.operator, readValue(entity, filter.property, type), filter.literal);
    case "text": {
      const [value, text] = [
        readValue(entity, filter.property, type),
        String(filter.literal.value ?? "").toLowerCase(),
      ];
      return typeof value === "string" && textHolds[filter.test](value.toLowerCase(), text);
    }
  }
}

const textHolds: Record<Extract<Filter, { kind: "text" }>["test"], (value: string, text: string) => boolean> = {
  startswith: (value, text) => value.startsWith(text),
  endswith: (value, text) => value.endsWith(text),
  contains: (value, text) => value.includes(text),
};

function compares(operator: Comparison, value: unknown, { kind, value: literal }: Literal): boolean {
  const missing = value === null || value === undefined;
  if (literal === null) return operator === "ne" ? !missing : operator === "eq" && missing;
  if (missing) return operator === "ne";
  const [a, b] =
    kind === "date"
      ? [Date.parse(String(value)), Date.parse(String(literal))]
      : [comparable(value), comparable(literal)];
  const holding: Record<Comparison, boolean> = {
    eq: a === b,
    ne: a !== b,
    gt: a > b,
    ge: a >= b,
    lt: a < b,
    le: a <= b,
  };
  return holding[operator];
}

export const notSortable = (property: string) =>
  badQuery(`The property '${property.slice(0, 100)}' cannot be used in the query option '$orderby'.`);

export function sortBy(entities: readonly Entity[], order: readonly Order[], type: string): Entity[] {
  for (const { property } of order) {
    const known = propertyOf(type, property);
    if (!known || itemType(known.type) !== undefined) throw notSortable(property);
  }
  const keyed = (entity: Entity, { property }: Order) => comparable(entity[property] ?? "");
  return [...entities].sort((a, b) => {
    for (const each of order) {
      const [x, y] = [keyed(a, each), keyed(b, each)];
      if (x !== y) return x < y === each.descending ? 1 : -1;
    }
    return 0;
  });
}
