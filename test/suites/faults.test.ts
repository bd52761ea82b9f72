/** Answers that are lost and objects that are made by half: no second object, and the next run goes on. */
import assert from "node:assert/strict";
import type { Json, Send } from "../../provider/graph/client";
import type { PartlyMadeError } from "../../provider/resource";
import type { Kind } from "../../provider/resources";
import type { Properties } from "../../provider/values";
import { scepInputs, trustedInputs } from "../provider/certificates";
import { profileInputs } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

const configurations = "/deviceManagement/deviceConfigurations";
const connectors = "/deviceManagement/exchangeConnectors";

const lost = () => Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
const answered = (status: number) => () =>
  new Response(JSON.stringify({ error: { code: "Fault", message: "of the test" } }), { status });

/** What a fault does with a request that it hits: before or after the tenant has dealt with it. */
const faults = {
  "the answer is lost": async (send: Send, request: Request) => {
    await send(request);
    throw lost();
  },
  "the answer is a 504 of a gateway": async (send: Send, request: Request) => {
    await send(request);
    return answered(504)();
  },
  "the answer breaks off": async (send: Send, request: Request) => {
    await send(request);
    const body = new ReadableStream({ start: (stream) => stream.error(lost()) });
    return new Response(body, { status: 201 });
  },
  "the answer is another page": async (send: Send, request: Request) => {
    await send(request);
    return new Response("<html>Sign in</html>", { status: 200 });
  },
  "the request is lost": async () => {
    throw lost();
  },
  "the request is refused": async () => answered(500)(),
} satisfies Record<string, (send: Send, request: Request) => Promise<Response>>;

type Fault = keyof typeof faults;

/** Lets one request in `hits`, in the order of coming, meet the fault. */
function faulty(fault: Fault, method: string, path: RegExp) {
  const armed = { times: 0 };
  const between =
    (send: Send): Send =>
    (request) => {
      const hit = armed.times > 0 && request.method === method && path.test(new URL(request.url).pathname);
      if (hit) armed.times--;
      return hit ? faults[fault](send, request) : send(request);
    };
  return { armed, tenant: rehearse(between) };
}

interface Making {
  kind: Kind;
  /** The request that makes the object. */
  method: string;
  path: RegExp;
  inputs(tenant: Rehearsal): Promise<Properties>;
  /** How many of it the tenant has. */
  count(tenant: Rehearsal, inputs: Properties): Promise<number>;
}

const countOf = async (tenant: Rehearsal, path: string) => ((await tenant.raw("GET", path)).value as Json[]).length;

const makings: Making[] = [
  {
    kind: "EmailProfile",
    method: "POST",
    path: /deviceConfigurations$/,
    inputs: async () => profileInputs("ios"),
    count: (tenant) => countOf(tenant, configurations),
  },
  {
    kind: "Deployment",
    method: "POST",
    path: /assign$/,
    inputs: async (tenant) => ({
      kind: "Deployment",
      profileId: (await tenant.cycle("EmailProfile").create(profileInputs("ios"))).id,
      includedGroups: ["iPhone users"],
    }),
    count: (tenant, { profileId }) => countOf(tenant, `${configurations}/${profileId}/assignments`),
  },
  {
    kind: "ExchangeConnector",
    method: "POST",
    path: /exchangeConnectors$/,
    inputs: async () => ({
      kind: "ExchangeConnector",
      exchangeOrganization: "Contoso Mail",
      exchangeConnectorType: "onPremises",
      serverName: "cas01.contoso.example",
      exchangeAccount: { user: "CONTOSO\\svc-intune", password: "Exchange-pa55" },
      notificationAccount: { address: "mail-notifications@contoso.example", password: "Mailbox-pa55" },
    }),
    count: (tenant) => countOf(tenant, connectors),
  },
  {
    kind: "TrustedCertificate",
    method: "POST",
    path: /deviceConfigurations$/,
    inputs: async () => trustedInputs("ios"),
    count: (tenant) => countOf(tenant, configurations),
  },
  {
    kind: "ScepCertificate",
    method: "POST",
    path: /deviceConfigurations$/,
    inputs: async () => scepInputs("androidForWork"),
    count: (tenant) => countOf(tenant, configurations),
  },
  {
    kind: "AppDeployment",
    method: "POST",
    path: /assign$/,
    inputs: async () => ({
      kind: "AppDeployment",
      app: "Gmail",
      intent: "required",
      includedGroups: ["Gmail users"],
    }),
    count: async (tenant) => {
      const apps = (await tenant.raw("GET", "/deviceAppManagement/mobileApps")).value as Json[];
      const counts = apps.map(({ id }) => countOf(tenant, `/deviceAppManagement/mobileApps/${id}/assignments`));
      return (await Promise.all(counts)).reduce((sum, each) => sum + each, 0);
    },
  },
];

for (const { kind, method, path, inputs, count } of makings) {
  describe(`${kind}: while it is made`, () => {
    for (const fault of Object.keys(faults) as Fault[]) {
      const effect = fault.startsWith("the answer");
      it(`${fault}: ${effect ? "it is found, and is one" : "an error, nothing is there, and the next try makes it"}`, async () => {
        const { tenant, armed } = faulty(fault, method, path);
        const wanted = await inputs(tenant);
        const cycle = tenant.cycle(kind);
        armed.times = 1;
        if (effect) {
          const { id, outs } = await cycle.create(wanted);
          assert.equal((await cycle.diff(id, outs, wanted)).changes, false);
          assert.notEqual((await cycle.read(id, outs)).id, "");
        } else {
          await assert.rejects(async () => cycle.create(wanted), /ECONNRESET|500 Fault/);
          assert.equal(await count(tenant, wanted), 0);
          await cycle.create(wanted);
        }
        assert.equal(armed.times, 0, "the fault was met");
        assert.equal(await count(tenant, wanted), 1);
        tenant.close();
      });
    }
  });
}

describe("a connector that replaces another (X1), whose answer is lost", () => {
  it("is found: the new one, not the old", async () => {
    const { tenant, armed } = faulty("the answer is lost", "POST", /exchangeConnectors$/);
    const wanted = await makings[2]!.inputs(tenant);
    const first = await tenant.cycle("ExchangeConnector").create(wanted);
    armed.times = 1;
    const second = await tenant.cycle("ExchangeConnector").create({ ...wanted, replaceExisting: true });
    assert.notEqual(second.id, first.id);
    assert.equal(await countOf(tenant, connectors), 1);
    tenant.close();
  });
});

const never = "0001-01-01T00:00:00Z";

/** A service that synchronizes no connector by itself, and fails when it is asked for the first time. */
function unsynchronized(first: (send: Send, request: Request) => Promise<Response>) {
  let asked = 0;
  return (send: Send): Send =>
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/sync") && asked++ === 0) return first(send, request);
      const response = await send(request);
      const isList = request.method === "GET" && pathname.endsWith(connectors);
      if (asked > 1 || !response.ok || isList || !pathname.includes(connectors)) return response;
      return new Response(JSON.stringify({ ...((await response.json()) as Json), lastSyncDateTime: never }), response);
    };
}

describe("an object that is made by half", () => {
  async function halfMade(request: Promise<unknown>): Promise<PartlyMadeError> {
    const thrown = await request.then(
      () => assert.fail("it did not fail"),
      (error: PartlyMadeError) => error,
    );
    assert.equal(thrown.stack, "");
    assert.deepEqual(thrown.reasons, [thrown.message]);
    assert.ok(Object.values(thrown.properties).every((value) => value !== undefined));
    return thrown;
  }

  const first: { name: string; sync: (send: Send, request: Request) => Promise<Response>; says: RegExp }[] = [
    { name: "is refused", sync: faults["the request is refused"], says: /sync was answered with 500 Fault/ },
    { name: "is not answered", sync: faults["the request is lost"], says: /sync got no answer.*ECONNRESET/ },
    {
      name: "does not finish",
      sync: async () => new Response(null, { status: 204 }),
      says: /first synchronization has not finished: its status is connected \(X8a\)/,
    },
  ];
  for (const { name, sync, says } of first) {
    it(`is a connector whose first synchronization ${name}: recorded whole, and synchronized by the next run`, async () => {
      const tenant = rehearse(unsynchronized(sync));
      const wanted = { ...(await makings[2]!.inputs(tenant)), __provider: "the shim" };
      const cycle = tenant.cycle("ExchangeConnector");
      const half = await halfMade(cycle.create(wanted));
      const { status: _status, lastSyncDateTime, ...inputs } = half.properties;
      assert.deepEqual(inputs, wanted, "state gets all inputs, with the shim");
      assert.equal(lastSyncDateTime, never);
      assert.match(half.message, says);
      const { outs } = await cycle.update(half.id, half.properties, wanted);
      assert.notEqual((outs as Properties).lastSyncDateTime, never);
      assert.equal(tenant.requests.filter((request) => request.endsWith("/sync")).length, 1);
      assert.equal(await countOf(tenant, connectors), 1);
      tenant.close();
    });
  }

  it("is a deployment whose status cannot be read: recorded whole, and nothing differs then", async () => {
    const { tenant, armed } = faulty("the request is refused", "GET", /deviceStatusOverview$/);
    const wanted = { ...(await makings[1]!.inputs(tenant)), __provider: "the shim" };
    armed.times = 1;
    const cycle = tenant.cycle("Deployment");
    const half = await halfMade(cycle.create(wanted));
    const { includedGroupIds, excludedGroupIds: _excluded, ...inputs } = half.properties;
    assert.deepEqual(inputs, wanted);
    assert.equal((includedGroupIds as string[]).length, 1);
    assert.equal((await cycle.diff(half.id, half.properties, wanted)).changes, false);
    const { outs } = await cycle.update(half.id, half.properties, wanted);
    assert.ok((outs as Properties).status);
    tenant.close();
  });
});
