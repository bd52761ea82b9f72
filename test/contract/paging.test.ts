/** Pages of drawn sizes and orders: together they are the collection, in its order, also while it changes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Tenant } from "../../provider/tenant";
import { ask } from "./client";
import { configurationsPath, groupOf, make, openCompany } from "./company";
import { bodyOf } from "./values";

const seed = Number(process.env.FUZZ_SEED ?? 20_200_302);
const numRuns = Number(process.env.FUZZ_RUNS ?? 60);

type Row = Record<string, unknown>;

let tenant: Tenant;

/** Follows `@odata.nextLink` as it is to the end; `between` happens after each page. */
function walk(target: string, between: () => void = () => {}): Row[] {
  const rows: Row[] = [];
  let next: string | undefined = target;
  for (let page = 0; next !== undefined; page++) {
    assert.ok(page < 200, "pages come to an end");
    const { status, body } = ask(tenant, "GET", next);
    assert.equal(status, 200, JSON.stringify(body));
    rows.push(...body.value);
    next = body["@odata.nextLink"]?.replace("http://tenant", "");
    if (next !== undefined) between();
  }
  return rows;
}

const collections: Record<string, { target(): string; columns: string[] }> = {
  configurations: {
    target: () => `/beta${configurationsPath}`,
    columns: ["displayName", "description", "version", "id"],
  },
  users: { target: () => "/v1.0/users", columns: ["displayName", "mail", "userPrincipalName"] },
  devices: {
    target: () => "/beta/deviceManagement/managedDevices",
    columns: ["deviceName", "model", "easDeviceId", "osVersion"],
  },
  members: {
    target: () => `/v1.0/groups/${groupOf(tenant, "All mail users")}/transitiveMembers/microsoft.graph.user`,
    columns: ["displayName", "mail"],
  },
};

/** Null comes first, texts without regard to case. */
const key = (value: unknown) => (typeof value === "string" ? value.toLowerCase() : (value ?? ""));

function inOrder(rows: readonly Row[], order: readonly (readonly [string, boolean])[]): Row[] {
  return [...rows].sort((a, b) => {
    const differing = order.find(([column]) => key(a[column]) !== key(b[column]));
    if (!differing) return 0;
    const [column, descending] = differing;
    return key(a[column])! < key(b[column])! === descending ? 1 : -1;
  });
}

describe(`pages, seed ${seed}`, () => {
  before(() => {
    tenant = openCompany();
    for (let index = 0; index < 25; index++) {
      const body = {
        ...bodyOf("iosTrustedRootCertificate", "beta", 0),
        displayName: `${"aBcDe"[index % 5]}`,
        description: index % 4 ? `${index}` : null,
      };
      make(tenant, `/beta${configurationsPath}`, body);
    }
  });
  after(() => tenant.close());

  for (const [name, { target, columns }] of Object.entries(collections)) {
    it(`of ${name}`, () => {
      const select = `$select=${[...new Set(["id", ...columns])]}`;
      const rows = walk(`${target()}?${select}&$top=999`);
      const order = fc.uniqueArray(fc.tuple(fc.constantFrom(...columns), fc.boolean()), {
        selector: ([column]) => column,
        maxLength: 2,
      });
      fc.assert(
        fc.property(
          order,
          fc.integer({ min: 1, max: rows.length + 1 }),
          fc.integer({ min: 0, max: 5 }),
          (wanted, top, skip) => {
            const options = [select, `$top=${top}`];
            if (wanted.length > 0)
              options.push(`$orderby=${wanted.map(([column, down]) => `${column} ${down ? "desc" : "asc"}`)}`);
            // The directory has no $skip.
            const skipped = name === "users" || name === "members" ? 0 : skip;
            if (skipped > 0) options.push(`$skip=${skipped}`);
            assert.deepEqual(
              walk(`${target()}?${options.join("&").replaceAll(" ", "%20")}`),
              inOrder(rows, wanted).slice(skipped),
            );
          },
        ),
        { seed, numRuns },
      );
    });
  }

  it("what is deleted or made between pages shifts nothing", () => {
    const target = `/beta${configurationsPath}`;
    const first = walk(`${target}?$select=id`).map(({ id }) => id as string);
    const gone = [first[1]!, first.at(-2)!];
    const found = walk(`${target}?$select=id&$top=4`, () => {
      // One behind what was read, one before it, and from then on new ones: the walk still ends, as they are few.
      const id = gone.pop();
      if (id !== undefined) ask(tenant, "DELETE", `${target}/${id}`);
      else make(tenant, target, { ...bodyOf("iosTrustedRootCertificate", "beta", 1), displayName: "late" });
    }).map(({ id }) => id as string);
    assert.equal(new Set(found).size, found.length, "nothing twice");
    const kept = first.filter((id) => id !== first[1] && id !== first.at(-2));
    assert.deepEqual(
      kept.filter((id) => !found.includes(id)),
      [],
      "nothing lost",
    );
  });

  const tokens: [what: string, options: (next: string) => string][] = [
    ["a token of another order", (next) => next.replace("$top=2", "$top=2&$orderby=displayName")],
    ["a token that is none", (next) => next.replace(/skiptoken=[^&]+/, "skiptoken=abc")],
    ["a token twice", (next) => `${next}&$skiptoken=abc`],
  ];
  for (const [what, change] of tokens) {
    it(`${what} is refused`, () => {
      const { body } = ask(tenant, "GET", `/beta${configurationsPath}?$top=2`);
      const answer = ask(tenant, "GET", change(body["@odata.nextLink"].replace("http://tenant", "")));
      assert.equal(answer.status, 400);
    });
  }
});
