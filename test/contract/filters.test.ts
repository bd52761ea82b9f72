/** Filters that are legal, drawn from a seed: the tenant's SQL, its computed lists and a plain evaluation agree on the rows. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Tenant } from "../../provider/tenant";
import { ask, messageOf } from "./client";
import { configurationsPath, deploy, groupOf, openCompany } from "./company";
import { derives } from "./model";

const seed = Number(process.env.FUZZ_SEED ?? 20_200_302);
const numRuns = Number(process.env.FUZZ_RUNS ?? 400);

type Row = Record<string, unknown>;
type Literal = string | number | boolean | null | { date: string };

type Tree =
  | { kind: "and" | "or"; of: [Tree, Tree] }
  | { kind: "not"; of: Tree }
  | { kind: "compare"; property: string; operator: Operator; literal: Literal }
  | { kind: "in"; property: string; literals: Literal[] }
  | { kind: "text"; call: "startswith" | "endswith" | "contains"; property: string; text: string }
  | { kind: "isof"; type: string };

type Operator = "eq" | "ne" | "gt" | "ge" | "lt" | "le";

// --- as text ------------------------------------------------------------------------------------------------------------

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

const literalText = (literal: Literal): string =>
  typeof literal === "string"
    ? quoted(literal)
    : literal !== null && typeof literal === "object"
      ? literal.date
      : String(literal);

function textOf(tree: Tree): string {
  switch (tree.kind) {
    case "and":
    case "or":
      return `(${textOf(tree.of[0])}) ${tree.kind} (${textOf(tree.of[1])})`;
    case "not":
      return `not (${textOf(tree.of)})`;
    case "compare":
      return `${tree.property} ${tree.operator} ${literalText(tree.literal)}`;
    case "in":
      return `${tree.property} in (${tree.literals.map(literalText).join(", ")})`;
    case "text":
      return `${tree.call}(${tree.property}, ${quoted(tree.text)})`;
    case "isof":
      return `isof('microsoft.graph.${tree.type}')`;
  }
}

// --- evaluated ----------------------------------------------------------------------------------------------------------

/** Graph looks at texts without regard to case; dates are moments. */
const key = (value: unknown): string | number | boolean =>
  typeof value === "string" ? value.toLowerCase() : (value as number | boolean);

function isTrue(tree: Tree, row: Row): boolean {
  switch (tree.kind) {
    case "and":
      return isTrue(tree.of[0], row) && isTrue(tree.of[1], row);
    case "or":
      return isTrue(tree.of[0], row) || isTrue(tree.of[1], row);
    case "not":
      return !isTrue(tree.of, row);
    case "compare":
      return compares(row[tree.property], tree.operator, tree.literal);
    case "in":
      return tree.literals.some((literal) => compares(row[tree.property], "eq", literal));
    case "isof":
      return derives(String(row["@odata.type"]).replace("#microsoft.graph.", ""), tree.type);
    case "text": {
      const [value, text] = [row[tree.property], tree.text.toLowerCase()];
      if (typeof value !== "string") return false;
      const parts = { startswith: value.toLowerCase().startsWith(text), endswith: value.toLowerCase().endsWith(text) };
      return { ...parts, contains: value.toLowerCase().includes(text) }[tree.call];
    }
  }
}

function compares(value: unknown, operator: Operator, literal: Literal): boolean {
  const isDate = literal !== null && typeof literal === "object";
  // Nothing is before or after null, and nothing else is equal to it.
  if (literal === null || value === null || value === undefined) {
    const isSame = literal === null && (value ?? null) === null;
    return operator === "eq" ? isSame : operator === "ne" && !isSame;
  }
  const [a, b] = isDate ? [Date.parse(String(value)), Date.parse(literal.date)] : [key(value), key(literal)];
  return { eq: a === b, ne: a !== b, gt: a > b, ge: a >= b, lt: a < b, le: a <= b }[operator];
}

// --- drawn --------------------------------------------------------------------------------------------------------------

const equality = ["eq", "ne"] as const;
const operators = [...equality, "gt", "ge", "lt", "le"] as const;

/** Tests that a column can be put to, with values of the rows so that some of them hold. */
function testsOf(property: string, rows: readonly Row[]): fc.Arbitrary<Tree>[] {
  const values = [...new Set(rows.map((row) => row[property]))].filter((value) => value !== undefined);
  const known = fc.constantFrom(...(values.length > 0 ? values : [null]));
  const sample = values.find((value) => value !== null);
  const literal: fc.Arbitrary<Literal> = known.map((value) => {
    const isDate = typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value);
    return isDate ? { date: value as string } : (value as Literal);
  });
  // Members of an enumeration are as they are.
  if (property === "status") {
    return equality.map((operator) =>
      literal.map((each): Tree => ({ kind: "compare", property, operator, literal: each })),
    );
  }
  const isText = typeof sample === "string" && !/^\d{4}-\d\d-\d\dT/.test(sample);
  // Without regard to case, of the letters of ASCII and but for ids.
  const isId = /(^i|I)d$/.test(property);
  const upper = (each: string) => each.replace(/[a-z]+/g, (part) => part.toUpperCase());
  const flipped = literal.chain(
    (each): fc.Arbitrary<Literal> =>
      typeof each === "string" ? fc.constantFrom(each, isId ? each : upper(each), `${each}x`, "") : fc.constant(each),
  );
  const compared = fc
    .tuple(fc.constantFrom(...(typeof sample === "boolean" ? equality : operators)), flipped)
    .filter(([operator, each]) => each !== null || operator === "eq" || operator === "ne")
    .map(([operator, each]): Tree => ({ kind: "compare", property, operator, literal: each }));
  const among = fc
    .array(
      flipped.filter((each): each is Exclude<Literal, null> => each !== null),
      { minLength: 1, maxLength: 3 },
    )
    .map((literals): Tree => ({ kind: "in", property, literals }));
  const text = fc
    .tuple(fc.constantFrom("startswith", "endswith", "contains"), known, fc.nat(6), fc.nat(6))
    .map(([call, value, from, length]): Tree => {
      const part = String(value ?? "x");
      const piece =
        call === "startswith"
          ? part.slice(0, length)
          : call === "endswith"
            ? part.slice(-length - 1)
            : part.slice(from, from + length + 1);
      return { kind: "text", call: call as "contains", property, text: piece };
    });
  return [compared, ...(sample === undefined ? [] : [among]), ...(isText ? [text] : [])];
}

const treeOf = (tests: readonly fc.Arbitrary<Tree>[]): fc.Arbitrary<Tree> =>
  fc.letrec<{ tree: Tree; test: Tree }>((tie) => ({
    test: fc.oneof(...tests),
    tree: fc.oneof(
      { depthSize: "small" },
      tie("test"),
      fc
        .tuple(fc.constantFrom("and", "or"), tie("tree"), tie("tree"))
        .map(([kind, a, b]): Tree => ({ kind: kind as "and", of: [a, b] })),
      tie("tree").map((of): Tree => ({ kind: "not", of })),
    ),
  })).tree;

interface Collection {
  /** Where it is, once the tenant is there. */
  target(): string;
  columns: readonly string[];
  /** Tests that only it has, or has not. */
  types?: readonly string[];
  without?: (tree: Tree) => boolean;
}

const isContains = (tree: Tree): boolean =>
  tree.kind === "text"
    ? tree.call === "contains"
    : "of" in tree && [tree.of].flat().some((each) => isContains(each as Tree));

let tenant: Tenant;
let ids: Record<string, string>;

const collections: Record<string, Collection> = {
  users: {
    target: () => "/beta/users",
    columns: ["displayName", "userPrincipalName", "mail", "accountEnabled", "onPremisesSamAccountName"],
    without: isContains,
  },
  groups: {
    target: () => "/beta/groups",
    columns: ["displayName", "description", "mailNickname", "createdDateTime"],
    without: isContains,
  },
  configurations: {
    target: () => `/beta${configurationsPath}`,
    columns: ["id", "displayName", "description", "version", "createdDateTime", "lastModifiedDateTime"],
    types: [
      "iosEasEmailProfileConfiguration",
      "easEmailProfileConfigurationBase",
      "iosCertificateProfileBase",
      "deviceConfiguration",
    ],
  },
  apps: {
    target: () => "/beta/deviceAppManagement/mobileApps",
    columns: ["displayName", "publisher", "createdDateTime"],
    types: ["androidManagedStoreApp", "mobileApp"],
  },
  "statuses of devices": {
    target: () => `/beta${configurationsPath}/${ids.iosEasEmailProfileConfiguration}/deviceStatuses`,
    columns: ["deviceDisplayName", "userName", "deviceModel", "status", "lastReportedDateTime"],
  },
  "members of a group": {
    target: () => `/beta/groups/${groupOf(tenant, "All mail users")}/transitiveMembers/microsoft.graph.user`,
    columns: ["displayName", "mail", "accountEnabled"],
    without: isContains,
  },
};

describe(`filters, seed ${seed}`, () => {
  before(() => {
    tenant = openCompany();
    ids = deploy(tenant);
    for (const [index, id] of Object.values(ids).entries()) {
      const body = { "@odata.type": undefined, description: index % 3 === 0 ? null : `Mail for Floor ${index % 5}` };
      ask(tenant, "PATCH", `/beta${configurationsPath}/${id}`, body);
    }
  });
  after(() => tenant.close());

  const headers = { consistencylevel: "eventual" };
  const list = (target: string, options: string) =>
    ask(tenant, "GET", `${target}?${options}&$top=999`, undefined, headers);

  for (const [name, { target, columns, types = [], without = () => false }] of Object.entries(collections)) {
    it(name, () => {
      const select = `$select=${["id", ...columns]}`;
      const rows: Row[] = list(target(), select).body.value;
      assert.ok(rows.length > 1, "a collection that shows something");
      const isof = types.map((type): fc.Arbitrary<Tree> => fc.constant({ kind: "isof", type }));
      const trees = treeOf([...columns.flatMap((column) => testsOf(column, rows)), ...isof]).filter(
        (tree) => !without(tree),
      );
      fc.assert(
        fc.property(trees, (tree) => {
          const answer = list(target(), `${select}&$count=true&$filter=${encodeURIComponent(textOf(tree))}`);
          assert.equal(answer.status, 200, `${textOf(tree)}: ${messageOf(answer)}`);
          const wanted = rows.filter((row) => isTrue(tree, row)).map(({ id }) => id);
          const found = answer.body.value.map(({ id }: Row) => id);
          assert.deepEqual(found, wanted, textOf(tree));
          assert.equal(answer.body["@odata.count"], wanted.length);
        }),
        { seed, numRuns },
      );
    });
  }

  it("of devices, tests for equality that are joined by and hold, and all else is ignored", () => {
    const target = "/beta/deviceManagement/managedDevices";
    const columns = ["deviceName", "model", "manufacturer", "osVersion", "easDeviceId", "easActivated"];
    const rows: Row[] = list(target, `$select=${["id", ...columns]}`).body.value;
    const trees = treeOf(columns.flatMap((column) => testsOf(column, rows)));
    const isPlain = (tree: Tree): boolean =>
      tree.kind === "and" ? tree.of.every(isPlain) : tree.kind === "compare" && ["eq", "ne"].includes(tree.operator);
    // There, ne is what eq is.
    const asEqual = (tree: Tree): Tree =>
      tree.kind === "and"
        ? { ...tree, of: [asEqual(tree.of[0]), asEqual(tree.of[1])] }
        : tree.kind === "compare"
          ? { ...tree, operator: "eq" }
          : tree;
    fc.assert(
      fc.property(trees, (tree) => {
        const answer = list(target, `$select=id&$filter=${encodeURIComponent(textOf(tree))}`);
        const wanted = isPlain(tree) ? rows.filter((row) => isTrue(asEqual(tree), row)) : rows;
        assert.deepEqual(
          answer.body.value.map(({ id }: Row) => id),
          wanted.map(({ id }) => id),
          textOf(tree),
        );
      }),
      { seed, numRuns },
    );
  });
});
