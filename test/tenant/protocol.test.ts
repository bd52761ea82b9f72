import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { request } from "node:http";
import { openTenant, readSeed, ServeError, serveTenant } from "../../provider/tenant";
import { configurations, intuneText, openWorld, profileBodies, seedText, worldOf } from "./world";

const appId = "6f1e1c1e-0000-4000-8000-000000000001";
const secret = "let me in";
const application = (scopes: string[]) => ({
  applications: [{ appId, secretSha256: createHash("sha256").update(secret).digest("hex"), scopes }],
});
const credentials = {
  grant_type: "client_credentials",
  client_id: appId,
  client_secret: secret,
  scope: "https://graph.microsoft.com/.default",
};

describe("protocol", () => {
  const unknown: [string, string][] = [
    ["GET", "/beta/deviceManagement/nothing"],
    ["PUT", configurations],
    ["POST", `${configurations}/1/microsoft.graph.explode`],
  ];
  for (const [method, path] of unknown) {
    it(`an unknown route is 400: ${method} ${path}`, async () => {
      const answer = await openWorld().call(method, path);
      assert.equal(answer.status, 400);
      assert.equal(answer.body.error.code, "No method match route template");
      assert.match(intuneText(answer), new RegExp(`with http verb ${method}`));
    });
  }

  const unknownSegments: [path: string, status: number][] = [
    ["/beta/constructor", 400],
    ["/v2.0/users", 400],
    ["/", 400],
    ["/beta/users/microsoft.graph.group", 400],
    ["/beta/users/$count/$count", 400],
    ["/simulation/nothing", 404],
  ];
  for (const [path, status] of unknownSegments) {
    it(`an unknown segment is ${status}: ${path}`, async () => {
      const answer = await openWorld().get(path);
      assert.equal(answer.status, status);
      assert.doesNotMatch(answer.body.error.message, /Activity ID/);
    });
  }

  it("errors have Graph's shape, ids in body and headers, and the caller's own id back", async () => {
    const answer = await openWorld().call("GET", `${configurations}/x`, undefined, { "client-request-id": "mine" });
    assert.equal(answer.status, 404);
    const { innerError } = answer.body.error;
    assert.deepEqual(innerError, {
      date: "2020-03-02T08:00:00",
      "request-id": answer.headers.get("request-id"),
      "client-request-id": "mine",
    });
    assert.match(answer.body.error.message, /^\{\r\n {2}"_version": 3,\r\n/);
  });

  it("refuses a body that is no JSON, and one that is too long", async () => {
    const { tenant } = openWorld();
    const send = (body: string) => tenant.fetch(new Request(`http://x${configurations}`, { method: "POST", body }));
    assert.equal((await send("{")).status, 400);
    const { status, headers } = await send(`"${"x".repeat(5 * 1024 * 1024)}"`);
    assert.equal(status, 413);
    assert.match(headers.get("request-id") ?? "", /^[\da-f-]{36}$/);
  });

  it("$batch answers each on its own: integer ids, urls with and without slash, and what depends on a failure", async () => {
    const world = openWorld();
    const { body, status } = await world.post("/beta/$batch", {
      requests: [
        {
          id: 1,
          method: "POST",
          url: "deviceManagement/deviceConfigurations",
          body: { displayName: "P", ...profileBodies.ios },
        },
        { id: "2", method: "GET", url: "/deviceManagement/deviceConfigurations?$top=1" },
        { id: "3", method: "GET", url: "/nothing" },
        { id: "4", method: "GET", url: "/users", dependsOn: ["3"] },
        { id: "5", method: "POST", url: "/$batch", body: { requests: [] } },
      ],
    });
    assert.equal(status, 200);
    assert.deepEqual(
      body.responses.map((each: { id: string; status: number }) => [each.id, each.status]),
      [
        ["1", 201],
        ["2", 200],
        ["3", 400],
        ["4", 424],
        ["5", 400],
      ],
    );
    assert.equal(body.responses[1].body.value[0].displayName, "P");
    for (const { headers } of body.responses.slice(0, 3)) {
      const names = Object.keys(headers).filter((name) => name.toLowerCase() === "content-type");
      assert.deepEqual(names, ["Content-Type"], "once, however a client compares names of headers");
    }
  });

  const one = { method: "GET", url: "/users" };
  const batches: [string, unknown][] = [
    ["more than twenty", { requests: Array.from({ length: 21 }, (_, id) => ({ id, ...one })) }],
    [
      "one id twice",
      {
        requests: [
          { id: 1, ...one },
          { id: "1", ...one },
        ],
      },
    ],
    ["a dependency that does not come before", { requests: [{ id: 1, ...one, dependsOn: ["2"] }] }],
    ["no requests", {}],
  ];
  for (const [name, body] of batches) {
    it(`$batch refuses: ${name}`, async () => assert.equal((await openWorld().post("/v1.0/$batch", body)).status, 400));
  }

  it("the clock goes forward only, and by what is written right", async () => {
    const world = openWorld();
    assert.equal(
      (await world.post("/simulation/clock", { now: "2020-03-02T09:00:00Z" })).body.now,
      "2020-03-02T09:00:00Z",
    );
    for (const body of [
      { now: "2020-03-02T08:00:00Z" },
      { advance: "1" },
      { advance: "400d" },
      {},
      { advance: "1h", now: "2021-01-01T00:00:00Z" },
    ]) {
      assert.equal((await world.post("/simulation/clock", body)).status, 400, JSON.stringify(body));
    }
  });

  it("seed wants an empty tenant or to be told, and reset goes back to the seed, ids included", async () => {
    const world = openWorld({ users: [{ userPrincipalName: "a@test.example", displayName: "A" }] });
    const history = async () => (await world.post(configurations, { displayName: "P", ...profileBodies.ios })).body.id;
    const first = await history();
    assert.equal((await world.post("/simulation/reset")).status, 200);
    assert.deepEqual((await world.get(configurations)).body.value, []);
    assert.equal(await history(), first);
    const other = JSON.parse(seedText({ users: [{ userPrincipalName: "b@test.example", displayName: "B" }] }));
    assert.equal((await world.post("/simulation/seed", other)).status, 409);
    assert.equal((await world.post("/simulation/seed?replace=true", { ...other, clock: "noon" })).status, 400);
    assert.equal((await world.get("/beta/users")).body.value[0].displayName, "A");
    assert.equal((await world.post("/simulation/seed?replace=true", other)).status, 200);
    assert.equal((await world.get("/beta/users")).body.value[0].displayName, "B");
  });
});

describe("tokens", () => {
  const open = (scopes: string[]) =>
    worldOf(openTenant({ auth: "required", seed: readSeed(seedText(application(scopes)), "x") }));
  const ask = async (world: ReturnType<typeof open>, form: Record<string, string>) => {
    const response = await world.tenant.fetch(
      new Request("http://x/test.example/oauth2/v2.0/token", { method: "POST", body: new URLSearchParams(form) }),
    );
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it("are given for credentials, work for their scopes, and end by the tenant's clock", async () => {
    const world = open(["DeviceManagementConfiguration.Read.All", "Simulation.ReadWrite.All"]);
    const { body } = await ask(world, credentials);
    const headers = { authorization: `Bearer ${body.access_token}` };
    assert.equal((await world.call("GET", configurations, undefined, headers)).status, 200);
    const denied = await world.call("POST", configurations, { displayName: "P", ...profileBodies.ios }, headers);
    assert.deepEqual([denied.status, denied.body.error.code], [403, "Forbidden"]);
    assert.match(intuneText(denied), /DeviceManagementConfiguration\.ReadWrite\.All/);
    await world.call("POST", "/simulation/clock", { advance: "2h" }, headers);
    const expired = await world.call("GET", configurations, undefined, headers);
    assert.deepEqual([expired.status, expired.body.error.code], [401, "InvalidAuthenticationToken"]);
  });

  it("are nowhere in the file, and neither is the secret", async () => {
    const world = open([]);
    const { body } = await ask(world, credentials);
    const { db } = world.tenant.context;
    const all = JSON.stringify(
      ["application", "token", "setting", "event"].map((table) => db.all(`SELECT * FROM ${table}`)),
    );
    assert.ok(!all.includes(String(body.access_token)) && !all.includes(secret));
  });

  const refusals: [string, Record<string, string>, number, string][] = [
    ["wrong secret", { ...credentials, client_secret: "no" }, 401, "invalid_client"],
    ["unknown application", { ...credentials, client_id: "x" }, 400, "unauthorized_client"],
    ["another grant", { grant_type: "password" }, 400, "unsupported_grant_type"],
  ];
  for (const [name, form, status, error] of refusals) {
    it(`are refused: ${name}`, async () => {
      const answer = await ask(open([]), form);
      assert.deepEqual([answer.status, answer.body.error], [status, error]);
    });
  }

  it("are demanded in every request, in process as well", async () => {
    const world = open([]);
    const callers: Record<string, string>[] = [{}, { authorization: "Bearer made-up" }];
    for (const headers of callers) {
      assert.equal((await world.call("GET", configurations, undefined, headers)).status, 401);
      assert.equal((await world.call("GET", "/simulation/status", undefined, headers)).status, 401);
    }
  });
});

describe("serving", () => {
  it("answers over HTTP what it answers in process", async () => {
    const world = openWorld();
    const served = await serveTenant(world.tenant);
    try {
      const send = (method: string, path: string, body?: object) =>
        fetch(served.url + path, {
          method,
          headers: { authorization: "Bearer any" },
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
      const made = await send("POST", configurations, { displayName: "é", ...profileBodies.ios });
      assert.equal(made.status, 201);
      const { id } = (await made.json()) as { id: string };
      const read = await send("GET", `${configurations}/${id}`);
      assert.match(read.headers.get("content-type") ?? "", /^application\/json;odata\.metadata=minimal/);
      const { "@odata.context": context, ...entity } = (await read.json()) as Record<string, unknown>;
      assert.ok(String(context).startsWith(`${served.url}/beta/`));
      const { "@odata.context": _, ...inProcess } = (await world.get(`${configurations}/${id}`)).body;
      assert.deepEqual(entity, inProcess);
      const gone = await send("DELETE", `${configurations}/${id}`);
      assert.deepEqual([gone.status, await gone.text()], [204, ""]);
    } finally {
      await served.close();
    }
  });

  it("refuses a long body without reading it", async () => {
    const served = await serveTenant(openWorld().tenant);
    try {
      const status = await new Promise((resolve, reject) => {
        const sent = request(
          served.url + configurations,
          { method: "POST", headers: { "content-length": 1e9 } },
          (response) => resolve(response.statusCode),
        );
        sent.on("error", reject);
        sent.flushHeaders();
      });
      assert.equal(status, 413);
    } finally {
      await served.close();
    }
  });

  it("says which port is in use", async () => {
    const { tenant } = openWorld();
    const served = await serveTenant(tenant);
    const port = Number(new URL(served.url).port);
    await assert.rejects(
      serveTenant(tenant, { port }),
      (error) => error instanceof ServeError && error.message.includes(`Port ${port}`),
    );
    await served.close();
  });

  it("leaves this machine only with tokens demanded", async () => {
    await assert.rejects(serveTenant(openWorld().tenant, { host: "0.0.0.0" }), /demand tokens/);
    const served = await serveTenant(openTenant({ auth: "required" }), { host: "0.0.0.0" });
    await served.close();
  });
});

describe("addresses", () => {
  for (const path of [
    "/beta/devicemanagement/deviceconfigurations",
    "/beta/DeviceManagement/DeviceConfigurations",
    "/beta/deviceManagement/deviceConfigurations/",
  ]) {
    it(`are read however their words are written, and written as Graph does: ${path}`, async () => {
      const { status, body } = await openWorld().get(path);
      assert.equal(status, 200);
      assert.equal(body["@odata.context"], "http://tenant/beta/$metadata#deviceManagement/deviceConfigurations");
    });
  }
});
