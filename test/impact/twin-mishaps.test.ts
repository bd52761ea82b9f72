/** Reading a tenant for a twin when things go wrong: throttling, faults, lost rights, and a tenant that changes meanwhile. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import type { GraphOptions } from "../../provider/graph/client";
import { addresses, fewest, probes, twinPermissions } from "../../provider/impact/twin-addresses";
import type { Tenant } from "../../provider/tenant";
import {
  assigned,
  device,
  endpoint,
  group,
  type Holdings,
  id,
  type Mishaps,
  member,
  problem,
  profile,
  said,
  serviceOf,
  user,
  withTwinOf,
} from "./graph-service";

const configurations = "/deviceManagement/deviceConfigurations";
const devices = "/deviceManagement/managedDevices";
const app = {
  "@odata.type": "#microsoft.graph.androidManagedStoreApp",
  id: id(70),
  displayName: "Gmail",
  packageId: "com.google.android.gm",
};

/** Three people with a phone each, in a group that has a profile; pages hold two. */
const holdings: Holdings = {
  "/users": [user(1), user(2), user(3)],
  "/groups": [group(50), group(51)],
  [`/groups/${id(50)}/members`]: [member("user", 1), member("user", 2), member("user", 3)],
  [`/groups/${id(51)}/members`]: [],
  [devices]: [device(10, 1), device(11, 2), device(12, 3)],
  [configurations]: [profile(60), profile(61)],
  [`${configurations}/${id(60)}/assignments`]: [assigned(50)],
  [`${configurations}/${id(61)}/assignments`]: [],
  [`${configurations}/${id(60)}/deviceStatuses`]: [
    said(60, 10, "compliant"),
    said(60, 11, "compliant"),
    said(60, 12, "error"),
  ],
  [`${configurations}/${id(61)}/deviceStatuses`]: [],
  "/deviceAppManagement/mobileApps": [app],
  [`/deviceAppManagement/mobileApps/${id(70)}/assignments`]: [],
  "/deviceManagement/exchangeConnectors": [],
  "/deviceManagement/conditionalAccessSettings": { id: "1", enabled: false },
  "/deviceManagement/exchangeOnPremisesPolicies": [],
};

const tables = [
  "user",
  "directoryGroup",
  "device",
  "member",
  "deviceConfiguration",
  "assignment",
  "deviceProfile",
  "mobileApp",
];
const countsIn = ({ context }: Tenant) =>
  Object.fromEntries(
    tables.map((table) => [table, context.db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)!.n]),
  );
const whole = {
  user: 3,
  directoryGroup: 2,
  device: 3,
  member: 3,
  deviceConfiguration: 2,
  assignment: 1,
  deviceProfile: 3,
  mobileApp: 1,
};

const read = (mishaps: Mishaps, over: Holdings = {}, client: Partial<GraphOptions> = {}) => {
  const service = serviceOf({ ...holdings, ...over }, { pageSize: 2, ...mishaps });
  return withTwinOf(service, (twin) => ({ counts: countsIn(twin), ...service }), {}, client);
};

describe("reading a Graph service", () => {
  it("has all of it where nothing goes wrong", async () => {
    assert.deepEqual((await read({})).counts, whole);
  });

  const passing: { name: string; mishaps: Mishaps; waits: number[] }[] = [
    { name: "has no $batch", mishaps: { batches: false }, waits: [] },
    {
      name: "throttles, and says how long",
      mishaps: {
        between: (_, path, asked) =>
          asked === 20 ? problem(429, "TooManyRequests", path, { "retry-after": "9" }) : undefined,
      },
      waits: [9000],
    },
    {
      name: "throttles, and does not say how long",
      mishaps: { between: (_, path, asked) => (asked === 20 ? problem(429, "TooManyRequests", path) : undefined) },
      waits: [1000],
    },
    {
      name: "fails for a moment, in the middle of its pages",
      mishaps: {
        between: once((request) =>
          request.url.includes("skiptoken") ? problem(503, "ServiceUnavailable") : undefined,
        ),
      },
      waits: [1000],
    },
  ];
  for (const { name, mishaps, waits } of passing) {
    it(`comes through where it ${name}`, async () => {
      const { counts, waits: waited } = await read(mishaps);
      assert.deepEqual([counts, waited], [whole, waits]);
    });
  }

  it("gets another token where one has run out on the way", async () => {
    const tokens = ["old", "new"];
    const refused: (string | undefined)[] = [];
    let spent = false;
    const between: Mishaps["between"] = (request, path) => {
      if (path === devices) spent = true;
      return spent && request.headers.get("authorization") !== "Bearer new"
        ? problem(401, "InvalidAuthenticationToken")
        : undefined;
    };
    const token = async (old: string | undefined) => {
      refused.push(old);
      return old === undefined && !refused.includes("old") ? tokens[0]! : tokens[1]!;
    };
    assert.deepEqual((await read({ between }, {}, { token })).counts, whole);
    assert.ok(refused.includes("old"));
  });

  const failing: { name: string; mishaps: Mishaps; says: RegExp }[] = [
    {
      name: "a page that fails for good",
      mishaps: {
        between: ({ url }) =>
          /skiptoken/.test(url) && /managedDevices/.test(url)
            ? problem(500, "InternalServerError", "An error has occurred.")
            : undefined,
      },
      says: /^GET \/beta\/deviceManagement\/managedDevices was answered with 500 InternalServerError: An error has occurred\./,
    },
    {
      name: "throttling without an end",
      mishaps: {
        between: (_, path) =>
          path === devices ? problem(429, "TooManyRequests", "Wait.", { "retry-after": "1" }) : undefined,
      },
      says: /was answered with 429 TooManyRequests: Wait\. The tenant throttles; run again later/,
    },
    {
      name: "pages that lead to another host, who would get the token",
      mishaps: {
        between: (_, path) =>
          path === "/users"
            ? Response.json({ value: [], "@odata.nextLink": "https://evil.example/beta/users?p=2" })
            : undefined,
      },
      says: /^GET \/users\S* got an answer from https:\/\/graph\.example that is not Graph's \(its next page is https:\/\/evil\.example/,
    },
    {
      name: "pages that lead round in a circle",
      mishaps: {
        between: ({ url }, path) =>
          path === "/groups" ? Response.json({ value: [], "@odata.nextLink": url }) : undefined,
      },
      says: /^GET \/groups\S* got an answer .* that is not Graph's \(its next page is/,
    },
    {
      name: "a token that is not taken",
      mishaps: { between: () => problem(401, "InvalidAuthenticationToken", "Access token has expired.") },
      says: /401 InvalidAuthenticationToken: Access token has expired\. Check the token or client credentials/,
    },
    {
      name: "something else in the place of the service",
      mishaps: {
        batches: false,
        between: () => new Response("<html>Sign in</html>", { headers: { "content-type": "text/html" } }),
      },
      says: /got an answer from https:\/\/graph\.example that is not Graph's \(it is no JSON: <html>/,
    },
    {
      name: "a right that is lacking where it is not looked for before: of members that are hidden",
      mishaps: {
        between: (_, path) =>
          path.endsWith("/members")
            ? problem(403, "Authorization_RequestDenied", "Insufficient privileges.")
            : undefined,
      },
      says: /^The application may not read \/groups\/:id\/members\. Grant it GroupMember\.Read\.All \(application permission/,
    },
  ];
  for (const { name, mishaps, says } of failing) {
    it(`says what went wrong: ${name}`, async () => {
      await assert.rejects(read(mishaps), (error: Error) => {
        assert.match(error.message, says);
        assert.equal(error.constructor.name === "TypeError", false);
        return true;
      });
      assert.deepEqual(
        readdirSync(tmpdir()).filter((one) => one.startsWith(`intune-mail-twin-${process.pid}-`)),
        [],
      );
    });
  }

  describe("without a permission", () => {
    const denying = (...paths: string[]): Mishaps => ({
      between: (_, path) => (paths.includes(path) ? problem(403, "Forbidden", "Insufficient privileges.") : undefined),
    });
    for (const probe of probes) {
      it(`for ${addresses[probe]} says which, and asks for nothing else`, async () => {
        const service = serviceOf(holdings, denying(addresses[probe]));
        await assert.rejects(
          withTwinOf(service, () => {}),
          {
            message:
              `The application may not read ${addresses[probe]}. Grant it ${fewest([probe])[0]} ` +
              `(application permissions, with admin consent); a twin needs ${twinPermissions.join(", ")}.`,
          },
        );
        assert.equal(service.asked.length, probes.length);
      });
    }

    it("for anything says all of them at once", async () => {
      const all = probes.map((probe) => addresses[probe]);
      await assert.rejects(read(denying(...all)), (error: Error) => {
        assert.ok(
          error.message.startsWith(
            `The application may not read ${all.join(", ")}. Grant it ${twinPermissions.join(", ")} (`,
          ),
        );
        return true;
      });
    });
  });

  describe("that changes meanwhile", () => {
    const gone = (...paths: string[]): Mishaps => ({
      between: (_, path) =>
        paths.some((one) => path.startsWith(one)) ? problem(404, "ResourceNotFound", "It does not exist.") : undefined,
    });
    const rows: { name: string; mishaps?: Mishaps; over?: Holdings; counts: Partial<typeof whole> }[] = [
      {
        name: "a device is on two pages",
        over: { [devices]: [device(10, 1), device(11, 2), device(11, 2), device(12, 3)] },
        counts: {},
      },
      { name: "a person is on two pages", over: { "/users": [user(1), user(2), user(2), user(3)] }, counts: {} },
      {
        name: "a name goes from one person to another",
        over: { "/users": [user(1), user(2), user(3), user(4, { userPrincipalName: "P1@fabrikam.example" })] },
        counts: { member: 2 },
      },
      { name: "a group is on two pages", over: { "/groups": [group(50), group(51), group(51)] }, counts: {} },
      {
        name: "a member is on two pages",
        over: {
          [`/groups/${id(50)}/members`]: [member("user", 1), member("user", 2), member("user", 2), member("user", 3)],
        },
        counts: {},
      },
      {
        name: "a profile is on two pages",
        over: { [configurations]: [profile(60), profile(61), profile(61)] },
        counts: {},
      },
      { name: "an app is on two pages", over: { "/deviceAppManagement/mobileApps": [app, app, app] }, counts: {} },
      {
        name: "a status is on two pages",
        over: {
          [`${configurations}/${id(60)}/deviceStatuses`]: [
            said(60, 10, "compliant"),
            said(60, 11, "compliant"),
            said(60, 11, "compliant"),
            said(60, 12, "error"),
          ],
        },
        counts: {},
      },
      { name: "a group is deleted", mishaps: gone(`/groups/${id(51)}/members`), counts: { directoryGroup: 1 } },
      {
        name: "a profile is deleted",
        mishaps: gone(`${configurations}/${id(60)}/`),
        counts: { deviceConfiguration: 1, assignment: 0, deviceProfile: 0 },
      },
      {
        name: "an app is deleted",
        mishaps: gone(`/deviceAppManagement/mobileApps/${id(70)}/`),
        counts: { mobileApp: 0 },
      },
    ];
    for (const { name, mishaps = {}, over = {}, counts } of rows) {
      it(`is of what is there: ${name}`, async () => {
        assert.deepEqual((await read(mishaps, over)).counts, { ...whole, ...counts });
      });
    }
  });

  it("asks for the tenant alone, with its own token", async () => {
    const { asked } = await read(
      {
        between: ({ url, headers }) => {
          assert.ok(url.startsWith(`${endpoint}/beta/`), url);
          assert.equal(headers.get("authorization"), "Bearer secret");
          return undefined;
        },
      },
      {},
      { token: async () => "secret" },
    );
    assert.ok(asked.every((line) => line.startsWith("GET ")));
  });
});

/** A mishap that happens one time. */
function once(between: NonNullable<Mishaps["between"]>): NonNullable<Mishaps["between"]> {
  let has = false;
  return (...args) => {
    const answer = has ? undefined : between(...args);
    has ||= answer !== undefined;
    return answer;
  };
}
