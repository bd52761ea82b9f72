/**
 * Requests that nobody thought of: never 500, never without an end, always an answer in Graph's form. Each case is drawn
 * from a seed that a failure prints; FUZZ_SEED repeats one, FUZZ_RUNS looks for longer.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Tenant } from "../../provider/tenant";
import { type Answered, ask, errorProblems } from "./client";
import { configurationsPath, deploy, groupOf, openCompany } from "./company";
import { bodyOf } from "./values";

const seed = Number(process.env.FUZZ_SEED ?? 20_200_302);
const numRuns = Number(process.env.FUZZ_RUNS ?? 1_500);
/** Longer than any answer takes, and shorter than an expression that backtracks. */
const answerMsMax = 2_000;

let tenant: Tenant;
let ids: Record<string, string>;

/** Asks, and holds the answer to what every answer has to be. */
function askSafely(method: string, target: string, body?: unknown, headers?: Record<string, string>): Answered {
  const since = performance.now();
  const answer = ask(tenant, method, target, body, headers);
  const problems = answer.status >= 400 ? errorProblems(answer) : [];
  if (answer.status >= 500 && !target.startsWith("/simulation")) problems.push(`${answer.status}`);
  if (![200, 201, 204].includes(answer.status) && answer.status < 400) problems.push(`status ${answer.status}`);
  const ms = performance.now() - since;
  if (ms > answerMsMax) problems.push(`took ${ms} ms`);
  assert.ok(problems.length === 0, `${method} ${target.slice(0, 500)}: ${problems.join("; ").slice(0, 2000)}`);
  return answer;
}

const hold = <T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void, runs = numRuns) =>
  fc.assert(fc.property(arbitrary, check), { seed, numRuns: runs, endOnFailure: true });

// --- texts --------------------------------------------------------------------------------------------------------------

const odd = fc.constantFrom(
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "' OR 1=1 --",
  "''",
  "%00",
  "\0",
  "\ud800",
  "💌",
  "../../etc/passwd",
  "a".repeat(5_000),
  "null",
  "-0",
  "1e400",
  "9".repeat(40),
);
const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
  { weight: 1, arbitrary: odd },
);

const names = [
  "id",
  "displayName",
  "description",
  "version",
  "createdDateTime",
  "hostName",
  "deviceName",
  "easActivated",
  "accountEnabled",
  "proxyAddresses",
  "mail",
  "complianceState",
  "userPrincipalName",
  "nope",
  "constructor",
];
const name = fc.constantFrom(...names);
const literals = [
  "'x'",
  "'it''s'",
  "''",
  "1",
  "-1.5",
  "true",
  "false",
  "null",
  "2020-03-02T08:00:00Z",
  "2020-03-02",
  "0f8fad5b-d9cb-469f-a165-70867728950e",
  "microsoft.graph.complianceState'compliant'",
  "9".repeat(30),
  "2020-99-99",
];
const literal = fc.oneof(
  fc.constantFrom(...literals),
  text.map((each) => `'${each.replaceAll("'", "''")}'`),
);
const operator = fc.constantFrom("eq", "ne", "gt", "ge", "lt", "le", "has", "EQ", "add");

/** The grammar of filters, and a little beyond it. */
const filter: fc.Arbitrary<string> = fc.letrec<{ any: string; test: string }>((tie) => ({
  test: fc.oneof(
    fc.tuple(name, operator, literal).map((parts) => parts.join(" ")),
    fc
      .tuple(fc.constantFrom("startswith", "startsWith", "endswith", "contains", "substringof"), name, literal)
      .map(([call, property, value]) => `${call}(${property},${value})`),
    fc.tuple(name, fc.array(literal, { maxLength: 4 })).map(([property, values]) => `${property} in (${values})`),
    fc.tuple(name, operator, literal).map(([property, op, value]) => `${property}/any(p:p ${op} ${value})`),
    name.map((property) => `${property}/any()`),
    fc.constantFrom(
      "isof('microsoft.graph.iosEasEmailProfileConfiguration')",
      "isof('x')",
      "isof(microsoft.graph.user)",
    ),
  ),
  any: fc.oneof(
    { depthSize: "medium" },
    tie("test"),
    fc.tuple(tie("any"), fc.constantFrom("and", "or", "AND", "xor"), tie("any")).map((parts) => parts.join(" ")),
    tie("any").map((inner) => `(${inner})`),
    tie("any").map((inner) => `not ${inner}`),
    tie("any").map((inner) => `not(${inner})`),
  ),
})).any;

/** A text with a part of it taken out, doubled, or put elsewhere. */
const mutated = (of: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(of, fc.nat(), fc.nat(6), fc.constantFrom("cut", "double", "insert", "keep"), text)
    .map(([given, at, length, kind, extra]) => {
      const from = given.length === 0 ? 0 : at % given.length;
      const [head, part, tail] = [given.slice(0, from), given.slice(from, from + length), given.slice(from + length)];
      return { cut: head + tail, double: head + part + part + tail, insert: head + extra + part + tail, keep: given }[
        kind
      ];
    });

const deep = fc
  .tuple(fc.constantFrom("(", "not ", "not(", "(id eq '1' and "), fc.integer({ min: 1, max: 2_000 }), fc.boolean())
  .map(([open, times, close]) => `${open.repeat(times)}id eq '1'${close ? ")".repeat(times) : ""}`);

const list = (of: fc.Arbitrary<string>) => fc.array(of, { maxLength: 4 }).map((parts) => parts.join(","));
const expansion = fc.constantFrom(
  "assignments",
  "members",
  "memberOf",
  "members($select=id)",
  "members($top=1;$expand=memberOf)",
  "microsoft.graph.iosEasEmailProfileConfiguration/identityCertificate",
  "assignments(",
  "assignments)",
  "$ref",
  "*",
  "manager",
  "deviceStatuses($filter=status eq 'compliant')",
  "deviceStatusOverview",
  "members($expand=members($expand=members))",
);

const options: Record<string, fc.Arbitrary<string>> = {
  $filter: fc.oneof(
    { weight: 6, arbitrary: mutated(filter) },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: text },
  ),
  $select: mutated(list(fc.oneof(name, fc.constantFrom("*", "microsoft.graph.user/mail", "/", "id/id/id")))),
  $expand: mutated(list(expansion)),
  $orderby: mutated(list(fc.tuple(name, fc.constantFrom("", " asc", " desc", " down")).map((parts) => parts.join("")))),
  $search: mutated(
    fc.constantFrom('"displayName:a"', '"displayName:a" AND "mail:b"', '"displayName:a" OR "x:b"', '"', "AND"),
  ),
  $top: fc.oneof(fc.integer().map(String), text),
  $skip: fc.oneof(fc.integer().map(String), text),
  $count: fc.oneof(fc.constantFrom("true", "false", "TRUE"), text),
  $skiptoken: fc.oneof(
    text,
    fc.json({ maxDepth: 2 }).map((json) => Buffer.from(json).toString("base64url")),
  ),
  $format: fc.constantFrom("json", "xml"),
  top: fc.integer().map(String),
  unknown: text,
};
const query = fc
  .subarray(Object.keys(options), { minLength: 1, maxLength: 4 })
  .chain((chosen) => fc.tuple(...chosen.map((each) => options[each]!.map((value) => [each, value] as const))))
  .map((pairs) => pairs.map(([key, value]) => `${key}=${encode(value)}`).join("&"));

/** As a client would; half of a surrogate pair has no encoding. */
const encode = (value: string): string => encodeURIComponent(value.toWellFormed());

const collections = [
  "/beta/deviceManagement/deviceConfigurations",
  "/v1.0/deviceManagement/deviceConfigurations",
  "/beta/users",
  "/v1.0/groups",
  "/beta/deviceManagement/managedDevices",
  "/beta/deviceAppManagement/mobileApps",
  "/beta/users/$count",
  "/beta/deviceManagement/exchangeConnectors",
  "/v1.0/deviceManagement/managedDevices/$count",
];

// --- bodies -------------------------------------------------------------------------------------------------------------

const value = fc.oneof(fc.jsonValue({ maxDepth: 4 }), odd, fc.constantFrom(1e308, -0, 2 ** 53, 2 ** 31));
const types = [
  "iosEasEmailProfileConfiguration",
  "androidEasEmailProfileConfiguration",
  "iosScepCertificateProfile",
  "androidForWorkGmailEasConfiguration",
  "windows10EasEmailProfileConfiguration",
];

/** A legal body with some of its properties replaced by anything, and some that it should not have. */
const body = fc
  .tuple(
    fc.constantFrom(...types),
    fc.array(fc.tuple(fc.nat(), value), { maxLength: 3 }),
    fc.array(fc.tuple(text, value), { maxLength: 2 }),
  )
  .map(([type, changes, additions]) => {
    const legal = bodyOf(type, "beta", 0);
    const keys = Object.keys(legal);
    // By entries, as JSON is read: an assignment to __proto__ would get lost here already.
    return Object.fromEntries([
      ...Object.entries(legal),
      ...changes.map(([index, each]) => [keys[index % keys.length]!, each] as const),
      ...additions,
    ]);
  });

// --- addresses ----------------------------------------------------------------------------------------------------------

const words = [
  "deviceManagement",
  "deviceConfigurations",
  "managedDevices",
  "users",
  "groups",
  "members",
  "$ref",
  "$count",
  "$batch",
  "$metadata",
  "assign",
  "assignments",
  "microsoft.graph.assign",
  "microsoft.graph.iosEasEmailProfileConfiguration",
  "microsoft.graph.user",
  "deviceStatuses",
  "exchangeConnectors",
  "sync",
  "deviceConfigurations('x')",
  "users('ada@contoso.example')",
  "identityCertificate",
  "('')",
  "('%27')",
  "%00",
  "%",
  "%zz",
  "%2e%2e",
  "..",
  ".",
  "",
  "%2F",
  "%c0%af",
  "__proto__",
  "constructor",
  "me",
  "(",
  "()",
  "users()",
  "💌",
];
const address = fc
  .tuple(
    fc.constantFrom("beta", "v1.0", "v2.0", "simulation", "BETA", ""),
    fc.array(fc.oneof(fc.constantFrom(...words), text.map(encode)), { maxLength: 7 }),
  )
  .map(([root, segments]) => `/${[root, ...segments].join("/")}`);
const method = fc.constantFrom("GET", "POST", "PATCH", "PUT", "DELETE");
const headers = fc.record(
  {
    accept: fc.oneof(
      fc.constantFrom("application/json;odata.metadata=full", "application/json;odata.metadata=none", "text/html"),
      text,
    ),
    consistencylevel: fc.constantFrom("eventual", "session"),
    "client-request-id": text,
    authorization: fc.oneof(fc.constantFrom("Bearer x", "Basic y"), text),
  },
  { requiredKeys: [] },
);

describe(`fuzz, seed ${seed}`, function () {
  this.timeout(120_000);
  before(() => {
    tenant = openCompany();
    ids = deploy(tenant);
  });
  after(() => tenant.close());

  it("queries of collections", () => {
    hold(fc.tuple(fc.constantFrom(...collections), query, headers), ([collection, options, given]) => {
      askSafely("GET", `${collection}?${options}`, undefined, given);
    });
  });

  it("queries of single entities and of computed lists", () => {
    const members = `/beta/groups/${groupOf(tenant, "All mail users")}`;
    const profile = `/beta${configurationsPath}/${ids.iosEasEmailProfileConfiguration}`;
    const targets = [
      members,
      `${members}/members`,
      `${members}/transitiveMembers`,
      profile,
      `${profile}/deviceStatuses`,
      `${profile}/assignments`,
      `${profile}/identityCertificate`,
      "/beta/users/ada@contoso.example/managedDevices",
    ];
    hold(fc.tuple(fc.constantFrom(...targets), query, headers), ([target, options, given]) => {
      askSafely("GET", `${target}?${options}`, undefined, given);
    });
  });

  it("query strings that are none", () => {
    hold(fc.tuple(fc.constantFrom(...collections), text), ([collection, options]) => {
      askSafely("GET", `${collection}?${options}`);
    });
  });

  it("bodies of configurations", () => {
    const count = () => ask(tenant, "GET", `/beta${configurationsPath}/$count`).body;
    const before = Number(count());
    let made = 0;
    hold(fc.tuple(body, fc.boolean()), ([given, changes]) => {
      const target = `/beta${configurationsPath}`;
      if (changes) askSafely("PATCH", `${target}/${ids.iosEasEmailProfileConfiguration}`, given);
      else if (askSafely("POST", target, given).status === 201) made++;
      assert.ok(!Object.hasOwn(Object.prototype, "polluted"));
    });
    assert.equal(Number(count()), before + made, "what was refused left nothing");
  });

  it("bodies of everything else that takes one", () => {
    const one = `/beta${configurationsPath}/${ids.androidEasEmailProfileConfiguration}`;
    const group = `/beta/groups/${groupOf(tenant, "Samsung users")}`;
    const targets: [string, string, object][] = [
      [
        "POST",
        `${one}/assign`,
        { assignments: [{ target: { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" } }] },
      ],
      [
        "POST",
        `${one}/assignments`,
        { target: { "@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget" } },
      ],
      [
        "PUT",
        `${one}/identityCertificate/$ref`,
        { "@odata.id": `x/deviceConfigurations('${ids.androidScepCertificateProfile}')` },
      ],
      ["POST", `${group}/members/$ref`, { "@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/x" }],
      ["PATCH", group, { displayName: "G" }],
      ["POST", "/beta/groups", { displayName: "G", mailEnabled: false, mailNickname: "g", securityEnabled: true }],
      ["PATCH", "/v1.0/users/ada@contoso.example", { mail: "ada@contoso.example", accountEnabled: true }],
      ["PATCH", "/v1.0/deviceManagement/conditionalAccessSettings", { enabled: true, includedGroups: [] }],
      ["PATCH", "/beta/deviceManagement/exchangeOnPremisesPolicy", { defaultAccessLevel: "allow", accessRules: [] }],
      [
        "POST",
        "/beta/deviceManagement/exchangeConnectors",
        { serverName: "cas01", exchangeConnectorType: "onPremises" },
      ],
    ];
    const given = fc.oneof(
      value,
      fc
        .tuple(
          fc.constantFrom("@odata.id", "@odata.type", "target", "assignments", "accessRules", "groupId", "__proto__"),
          value,
        )
        .map(([key, each]) => Object.fromEntries([[key, each]])),
    );
    hold(fc.tuple(fc.constantFrom(...targets), given, fc.boolean()), ([[verb, target, legal], change, merges]) => {
      const isObject = typeof change === "object" && change !== null && !Array.isArray(change);
      askSafely(
        verb,
        target,
        merges && isObject ? Object.fromEntries([...Object.entries(legal), ...Object.entries(change)]) : change,
      );
    });
  });

  it("links", () => {
    const profile = `/beta${configurationsPath}/${ids.iosEasEmailProfileConfiguration}`;
    const good = `https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations('${ids.iosScepCertificateProfile}')`;
    const members = `/beta/groups/${groupOf(tenant, "iPhone users")}/members/$ref`;
    const link = mutated(mutated(fc.constantFrom(good, "https://graph.microsoft.com/v1.0/directoryObjects/%41%42")));
    hold(fc.oneof(link, fc.constantFrom("x('%')", "x/%c0%af", "x('%00')")), (given) => {
      askSafely("PUT", `${profile}/identityCertificate/$ref`, { "@odata.id": given });
      askSafely("POST", members, { "@odata.id": given });
      askSafely("PATCH", profile, {
        "@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration",
        "smimeSigningCertificate@odata.bind": given,
      });
    });
  });

  it("bodies that are no JSON, or nested beyond reason", () => {
    const nested = fc
      .tuple(fc.constantFrom("[", '{"a":', '{"@odata.type":'), fc.integer({ min: 1, max: 20_000 }))
      .map(([open, times]) => open.repeat(times));
    const closed = fc.integer({ min: 1, max: 20_000 }).map((times) => `${"[".repeat(times)}${"]".repeat(times)}`);
    const inside = closed.map(
      (json) => `{"@odata.type":"#microsoft.graph.iosTrustedRootCertificate","displayName":${json}}`,
    );
    hold(
      fc.oneof(
        text,
        nested,
        closed,
        inside,
        closed.map((json) => `{"requests":${json}}`),
      ),
      (given) => {
        for (const target of [`/beta${configurationsPath}`, "/beta/$batch"]) askSafely("POST", target, given);
      },
      200,
    );
  });

  it("addresses", () => {
    hold(fc.tuple(method, address, fc.option(value, { nil: undefined }), headers), ([verb, target, given, sent]) => {
      // Verbs of the simulation may end what the other requests are asked of.
      if (verb === "GET" || !target.startsWith("/simulation")) askSafely(verb, target, given, sent);
    });
  });

  it("batches", () => {
    const id = fc.oneof(fc.integer({ max: 9 }), fc.constantFrom("1", "2", "3", "a"), value);
    const part = fc.record(
      {
        id,
        method: fc.oneof(method, value),
        url: fc.oneof(
          address.map((each) => each.replace(/^\/\w*/, "")),
          fc.constantFrom("/$batch", "$batch", "users", "//users", "?"),
          value,
        ),
        body: value,
        headers: fc.oneof(fc.constantFrom({ ConsistencyLevel: "eventual" }, {}), value),
        dependsOn: fc.oneof(fc.array(id, { maxLength: 2 }), value),
      },
      { requiredKeys: ["id", "method", "url"] },
    );
    const sane = fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 20 }),
        method: fc.constantFrom("GET", "PATCH"),
        url: fc.oneof(fc.constantFrom("/users", "groups?$top=1", "/$batch"), address),
      }),
      { selector: (each) => each.id, maxLength: 20 },
    );
    hold(fc.oneof(fc.array(part, { maxLength: 22 }), sane, value), (requests) => {
      const { status, body: answered } = askSafely("POST", "/beta/$batch", { requests });
      if (status !== 200) return;
      const statuses = answered.responses.map((each: { status: number }) => each.status);
      assert.ok(
        statuses.every((each: number) => each < 500),
        `${statuses}`,
      );
      assert.equal(statuses.length, (requests as unknown[]).length);
    });
  });
});
