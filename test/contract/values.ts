/** Values of a property, made from the metadata: two that are legal, and some that are not. */
import { bare, concreteTypesOf, isEnum, isFlags, itemOf, membersOf, propertiesOf, type Version } from "./model";

type Pair = readonly [unknown, unknown];
/** What is wrong, a value that is so, and what a refusal names where that is not the property itself. */
export type Wrong = readonly [what: string, value: unknown, named?: string];

interface Primitive {
  legal: Pair;
  wrong: readonly Wrong[];
}

const primitives: Record<string, Primitive> = {
  "Edm.String": {
    legal: ["Größe ‘1’ & <b>", "it's"],
    wrong: [
      ["a number", 1],
      ["an object", {}],
      ["an array", ["x"]],
    ],
  },
  "Edm.Boolean": {
    legal: [true, false],
    wrong: [
      ["a text", "true"],
      ["a number", 1],
    ],
  },
  "Edm.Int32": {
    legal: [2_147_483_647, -1],
    wrong: [
      ["a text", "1"],
      ["a fraction", 1.5],
      ["too large", 2_147_483_648],
      ["a Boolean", true],
    ],
  },
  "Edm.Int64": {
    legal: [5_000_000_000, 0],
    wrong: [
      ["a fraction", 1.5],
      ["a Boolean", true],
    ],
  },
  "Edm.Double": { legal: [1.5, 0], wrong: [["a Boolean", true]] },
  "Edm.DateTimeOffset": {
    legal: ["2020-01-02T03:04:05.1234567Z", "2020-01-02T03:04:05Z"],
    wrong: [
      ["a word", "yesterday"],
      ["no such day", "2020-13-45T00:00:00Z"],
      ["a number", 5],
    ],
  },
  "Edm.Guid": {
    legal: ["0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"],
    wrong: [
      ["a word", "group"],
      ["a number", 7],
    ],
  },
  "Edm.Binary": {
    legal: ["AQID", "BA=="],
    wrong: [
      ["no base64", "§§"],
      ["a number", 7],
    ],
  },
};

const typed = (name: string) => ({ "@odata.type": `#microsoft.graph.${name}` });

function complexOf(name: string, version: Version, index: 0 | 1): Record<string, unknown> {
  const made = concreteTypesOf(name)[0]!;
  const values = propertiesOf(made, version).map((each) => [each.name, legal(each.type, version)[index]]);
  return { ...typed(made), ...Object.fromEntries(values) };
}

/** Two legal values of a type, unlike each other. */
export function legal(type: string, version: Version = "beta"): Pair {
  const item = itemOf(type);
  if (item !== undefined) return [[...legal(item, version)], []];
  const primitive = primitives[type];
  if (primitive) return primitive.legal;
  const name = bare(type);
  if (!isEnum(name)) return [complexOf(name, version, 0), complexOf(name, version, 1)];
  const members = membersOf(name);
  if (isFlags(name)) return [members.slice(-2).join(", "), members[0]];
  return [members[0], members.at(-1)];
}

/** Values that a property of the type must refuse. */
export function wrong(type: string, version: Version = "beta"): readonly Wrong[] {
  const item = itemOf(type);
  if (item !== undefined) {
    const items = wrong(item, version).map(
      ([what, value, named]): Wrong => [`an item that is ${what}`, [value], named],
    );
    return [["no array", legal(item, version)[0]], ["an item that is null", [null]], ...items];
  }
  const primitive = primitives[type];
  if (primitive) return primitive.wrong;
  const name = bare(type);
  if (isEnum(name)) {
    const flags: Wrong[] = isFlags(name) ? [["a known and an unknown member", `${membersOf(name)[0]}, nope`]] : [];
    return [["an unknown member", "nope"], ["an empty text", ""], ["a Boolean", true], ...flags];
  }
  return wrongComplex(name, version);
}

function wrongComplex(name: string, version: Version): Wrong[] {
  const good = complexOf(name, version, 0);
  const inner = propertiesOf(bare(String(good["@odata.type"])), version).flatMap((each) =>
    [...wrong(each.type, version), ...(each.nullable ? [] : [["null", null] as Wrong])].map(
      ([what, value, named = each.name]): Wrong => [
        `one whose ${each.name} is ${what}`,
        { ...good, [each.name]: value },
        named,
      ],
    ),
  );
  return [
    ["a text", "x"],
    ["an array", [good]],
    ["one with an unknown property", { ...good, nope: 1 }, "nope"],
    ["one of another type", { ...typed("user") }, "user"],
    ["one of no type", { ...typed("nope") }, "nope"],
    ...inner,
  ];
}

/** A body with every property of a type at the first or the second of its legal values. */
export function bodyOf(
  type: string,
  version: Version,
  index: 0 | 1,
  instead: Readonly<Record<string, Pair>> = {},
): Record<string, unknown> {
  const values = propertiesOf(type, version)
    .filter(({ name }) => name !== "id")
    .map((each) => [each.name, (instead[each.name] ?? legal(each.type, version))[index]]);
  return { ...typed(type), ...Object.fromEntries(values) };
}
