import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { openTenant, readSeed, type Tenant } from "../../provider/tenant";
import { type AuthMode, authenticate, authorize, lifetimeSeconds } from "../../provider/tenant/auth";
import { GraphError } from "../../provider/tenant/errors";
import { isSignIn, signIn } from "../../provider/tenant/signIn";
import { configurations, intuneText, profileBodies, seedText, worldOf } from "./world";

const appId = "6f1e1c1e-0000-4000-8000-000000000001";
const secret = "let me in: 100% & more";
const scope = "https://graph.microsoft.com/.default";
const credentials = { grant_type: "client_credentials", client_id: appId, client_secret: secret, scope };

const open = (scopes: string[] = [], auth: AuthMode = "required"): Tenant =>
  openTenant({
    auth,
    seed: readSeed(
      seedText({
        applications: [{ appId, secretSha256: createHash("sha256").update(secret).digest("hex"), scopes }],
      }),
      "of the test",
    ),
  });

interface Signed {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

async function ask(tenant: Tenant, path: string, init?: RequestInit): Promise<Signed> {
  const response = await tenant.fetch(new Request(`https://login.test.example:4443${path}`, init));
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

const askToken = (tenant: Tenant, form: Record<string, string>, headers: Record<string, string> = {}) =>
  ask(tenant, "/test.example/oauth2/v2.0/token", { method: "POST", body: new URLSearchParams(form), headers });

const tokenOf = async (tenant: Tenant): Promise<string> =>
  String((await askToken(tenant, credentials)).body.access_token);

const basic = (id: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(password)}`).toString("base64")}`,
});

describe("the sign-in service", () => {
  it("gives a token for id and secret in the form", async () => {
    const { status, headers, body } = await askToken(open(), credentials);
    assert.equal(status, 200);
    assert.match(headers.get("cache-control") ?? "", /no-store/);
    const { access_token: token, ...rest } = body;
    assert.match(String(token), /^[\w-]{43}$/);
    assert.deepEqual(rest, { token_type: "Bearer", expires_in: 3599, ext_expires_in: 3599 });
  });

  it("and for those in an HTTP Basic header, each encoded as in a form", async () => {
    const { client_id: _id, client_secret: _secret, ...form } = credentials;
    assert.equal((await askToken(open(), form, basic(appId, secret))).status, 200);
    assert.equal((await askToken(open(), form, basic(appId, "guess"))).body.error, "invalid_client");
  });

  it("an application is found however its id is written", async () => {
    assert.equal((await askToken(open(), { ...credentials, client_id: appId.toUpperCase() })).status, 200);
  });

  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(credentials).filter(([name]) => !names.includes(name)));

  const refusals: [string, Record<string, string>, number, string, number][] = [
    ["nothing at all", {}, 400, "invalid_request", 900144],
    ["no grant", without("grant_type"), 400, "invalid_request", 900144],
    ["no application", without("client_id"), 400, "invalid_request", 900144],
    ["no scope", without("scope"), 400, "invalid_request", 900144],
    ["an empty scope", { ...credentials, scope: "" }, 400, "invalid_request", 900144],
    ["no secret", without("client_secret"), 401, "invalid_client", 7000218],
    [
      "a certificate instead of a secret",
      { ...without("client_secret"), client_assertion: "e.y.J" },
      401,
      "invalid_client",
      700027,
    ],
    ["another grant", { ...credentials, grant_type: "password" }, 400, "unsupported_grant_type", 70003],
    ["a scope of users", { ...credentials, scope: "User.Read" }, 400, "invalid_scope", 70011],
    ["two scopes", { ...credentials, scope: `${scope} ${scope}` }, 400, "invalid_scope", 70011],
    ["a scope of nothing", { ...credentials, scope: "/.default" }, 400, "invalid_scope", 70011],
    ["an unknown application", { ...credentials, client_id: "x" }, 400, "unauthorized_client", 700016],
    ["a wrong secret", { ...credentials, client_secret: "guess" }, 401, "invalid_client", 7000215],
  ];
  for (const [name, form, status, error, code] of refusals) {
    it(`refuses ${name} in its own shape: AADSTS${code}`, async () => {
      const answer = await askToken(open(), form);
      assert.equal(answer.status, status);
      const { error_description: description, trace_id: traceId, timestamp, ...rest } = answer.body;
      assert.deepEqual(rest, { error, error_codes: [code], correlation_id: traceId });
      assert.ok(String(description).startsWith(`AADSTS${code}: `), String(description));
      assert.equal(timestamp, "2020-03-02 08:00:00Z");
      assert.ok(!JSON.stringify(answer.body).includes(secret));
    });
  }

  it("names the parameter that is missing", async () => {
    const { body } = await askToken(open(), without("scope"));
    assert.match(String(body.error_description), /parameter: 'scope'/);
  });

  it("describes itself by addresses on the caller's own origin", async () => {
    const origin = "https://login.test.example:4443";
    const { status, body } = await ask(open(), "/test.example/v2.0/.well-known/openid-configuration");
    assert.equal(status, 200);
    assert.equal(body.issuer, `${origin}/test.example/v2.0`);
    assert.equal(body.token_endpoint, `${origin}/test.example/oauth2/v2.0/token`);
    const addresses = Object.entries(body).filter(([name]) => /_(endpoint|uri)$/.test(name));
    assert.deepEqual(addresses.map(([name]) => name).sort(), ["authorization_endpoint", "jwks_uri", "token_endpoint"]);
    for (const [name, address] of addresses) assert.ok(String(address).startsWith(`${origin}/test.example/`), name);
    assert.deepEqual((await ask(open(), new URL(String(body.jwks_uri)).pathname)).body, { keys: [] });
  });

  it("tells libraries which hosts are its own", async () => {
    const { body } = await ask(open(), "/common/discovery/instance?api-version=1.1&authorization_endpoint=https://x/y");
    assert.deepEqual(body.metadata, [
      {
        preferred_network: "login.test.example:4443",
        preferred_cache: "login.test.example:4443",
        aliases: ["login.test.example:4443"],
      },
    ]);
    const { status } = await ask(open(), new URL(String(body.tenant_discovery_endpoint)).pathname);
    assert.equal(status, 200);
  });

  it("takes POST where it gives tokens, and GET elsewhere", async () => {
    for (const [path, init] of [
      ["/x/oauth2/v2.0/token", {}],
      ["/x/v2.0/.well-known/openid-configuration", { method: "POST" }],
    ] as const) {
      const { status, body } = await ask(open(), path, init);
      assert.deepEqual([status, body.error, body.error_codes], [400, "invalid_request", [900561]]);
    }
  });

  it("leaves every other address to Graph", () => {
    const { context } = open();
    for (const path of ["/", "/beta/users", "/oauth2/v2.0/token", "/a/b/oauth2/v2.0/token", "/x/oauth2/token"]) {
      const call = { method: "POST", path, origin: "http://x", body: "", authorization: null };
      assert.equal(signIn(context, call), undefined, path);
      assert.equal(isSignIn(path), false, path);
    }
  });
});

describe("callers", () => {
  const advance = (tenant: Tenant, seconds: number) =>
    tenant.context.clock.set(tenant.context.clock.nowMs() + seconds * 1000);

  it("are known by a token of the tenant, with the scopes of their application", async () => {
    const tenant = open(["User.Read.All"]);
    const caller = authenticate(tenant.context, `Bearer ${await tokenOf(tenant)}`, "required");
    assert.deepEqual(caller, { appId, scopes: ["User.Read.All"] });
    assert.doesNotThrow(() => authorize(caller, ["User.Read.All", "User.ReadWrite.All"]));
    assert.throws(
      () => authorize(caller, ["Group.Read.All", "Group.ReadWrite.All"]),
      (error) => error instanceof GraphError && error.status === 403 && /Group\.Read\.All/.test(error.message),
    );
  });

  it("may do everything where no tokens are demanded, and are known all the same", async () => {
    const tenant = open([], "any");
    const token = await tokenOf(tenant);
    const rows: [string | null, string | undefined][] = [
      [null, undefined],
      ["Bearer anything", undefined],
      ["Basic x", undefined],
      [`Bearer ${"x".repeat(43)}`, undefined],
      [`bearer ${token}`, appId],
    ];
    for (const [authorization, known] of rows) {
      const caller = authenticate(tenant.context, authorization, "any");
      assert.deepEqual(caller, { appId: known, scopes: "any" });
      assert.doesNotThrow(() => authorize(caller, ["Group.ReadWrite.All"]));
    }
  });

  it("have until the tenant's clock says that the token has ended, and are told so for a day", async () => {
    const tenant = open();
    const token = await tokenOf(tenant);
    const known = () => authenticate(tenant.context, `Bearer ${token}`, "required");
    advance(tenant, lifetimeSeconds - 1);
    assert.equal(known().appId, appId);
    advance(tenant, 1);
    assert.throws(known, /Lifetime validation failed, the token is expired/);
    await tokenOf(tenant);
    assert.throws(known, /is expired/);
    advance(tenant, 24 * 3600);
    await tokenOf(tenant);
    assert.throws(known, /has not issued the token/);
  });

  const strangers: [string, string | undefined, RegExp][] = [
    ["no header", undefined, /^Access token is empty\.$/],
    ["no token", "Bearer ", /^Access token is empty\.$/],
    ["another scheme", "Basic dTpw", /must be the word Bearer and a token/],
    ["two tokens", "Bearer one two", /must be the word Bearer and a token/],
    ["a token of another tenant", `Bearer ${"A".repeat(43)}`, /has not issued the token/],
    ["a token of Microsoft", `Bearer ${"e30".repeat(600)}.${"e30".repeat(600)}.x`, /has not issued the token/],
  ];
  for (const [name, authorization, message] of strangers) {
    it(`are refused with 401 and told where tokens are: ${name}`, async () => {
      const world = worldOf(open());
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const { status, body, headers: got } = await world.call("GET", configurations, undefined, headers);
      assert.deepEqual([status, body.error.code], [401, "InvalidAuthenticationToken"]);
      assert.match(body.error.message, message);
      assert.match(
        got.get("www-authenticate") ?? "",
        /^Bearer realm="", authorization_uri="http:\/\/tenant\/common\/oauth2\/authorize", client_id="/,
      );
    });
  }

  it("without the scope of a route get 403 as Intune gives it", async () => {
    const world = worldOf(open(["DeviceManagementConfiguration.Read.All"]));
    const headers = { authorization: `Bearer ${await tokenOf(world.tenant)}` };
    const denied = await world.call("POST", configurations, { displayName: "P", ...profileBodies.ios }, headers);
    assert.deepEqual([denied.status, denied.body.error.code], [403, "Forbidden"]);
    assert.match(intuneText(denied), /one of the following scopes: DeviceManagementConfiguration\.ReadWrite\.All/);
    assert.equal(denied.headers.get("www-authenticate"), null);
  });
});
