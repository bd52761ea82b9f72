/** Microsoft's own client and types, on a tenant that knows nothing of them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  BatchRequestContent,
  BatchResponseContent,
  GraphError,
  type PageCollection,
  PageIterator,
} from "@microsoft/microsoft-graph-client";
import type * as Graph from "@microsoft/microsoft-graph-types-beta";
import { openTenant, readSeed, type ServedTenant, serveTenant, type Tenant } from "../../provider/tenant";
import { addFault } from "../../provider/tenant/faults";
import { seedText } from "../tenant/world";
import { bodies, identityCertificate, iosProfile } from "./bodies";
import { type GraphClient, openClient, signIn } from "./graphClient";

const path = "/deviceManagement/deviceConfigurations";
const devices = 250;
const appId = "6f1e1c1e-0000-4000-8000-000000000001";
const secret = "let me in";

const seed = readSeed(
  seedText({
    users: [
      { userPrincipalName: "ada@test.example", displayName: "Ada" },
      { userPrincipalName: "ben@test.example", displayName: "Ben" },
    ],
    groups: [{ displayName: "Mail users", members: ["ada@test.example"] }],
    devices: Array.from({ length: devices }, (_, index) => ({
      deviceName: `PHONE-${index}`,
      user: "ada@test.example",
      platform: "ios",
      osVersion: "13.3.1",
      model: "iPhone 11",
      manufacturer: "Apple",
    })),
    applications: [
      {
        appId,
        secretSha256: createHash("sha256").update(secret).digest("hex"),
        scopes: [
          "DeviceManagementConfiguration.ReadWrite.All",
          "DeviceManagementManagedDevices.Read.All",
          "User.Read.All",
          "Group.ReadWrite.All",
        ],
      },
    ],
  }),
  "of the test",
);

describe("Microsoft's client", () => {
  let tenant: Tenant;
  let served: ServedTenant;
  let graph: GraphClient;
  const api = (target: string) => graph.client.api(target);

  const newStatuses = () => graph.statuses.splice(0);

  before(async () => {
    tenant = openTenant({ seed, auth: "required" });
    served = await serveTenant(tenant, { https: {} });
    graph = openClient(served.url, served.certificate!, () => signIn(served, { appId, secret }));
  });
  after(async () => {
    await graph.close();
    await served.close();
    tenant.close();
  });
  beforeEach(() => newStatuses());

  for (const [what, body] of Object.entries(bodies)) {
    it(`makes ${what}, reads it, and finds in it all that it gave`, async () => {
      const made = await api(path).post(body);
      const read = await api(`${path}/${made.id}`).get();
      const given = Object.fromEntries(Object.keys(body).map((name) => [name, withoutTypes(read[name])]));
      assert.deepEqual(given, body);
      await api(`${path}/${made.id}`).delete();
      assert.deepEqual(newStatuses(), [201, 200, 204]);
    });
  }

  it("changes a property, and is told the whole", async () => {
    const { id }: Graph.DeviceConfiguration = await api(path).post(iosProfile);
    const change: Graph.IosEasEmailProfileConfiguration = { requireSsl: false, easServices: "email" };
    const changed = await api(`${path}/${id}`).patch({ "@odata.type": iosProfile["@odata.type"], ...change });
    assert.equal(changed.requireSsl, false);
    assert.equal(changed.version, 2);
    assert.equal(changed.hostName, iosProfile.hostName);
    await api(`${path}/${id}`).delete();
  });

  it("throws what Graph said of a mistake", async () => {
    await assert.rejects(api(path).post({ ...iosProfile, hostNmae: "x" }), (error: GraphError) => {
      assert.ok(error instanceof GraphError);
      assert.equal(error.statusCode, 400);
      assert.equal(error.code, "BadRequest");
      assert.match(error.message, /The property 'hostNmae' does not exist/);
      assert.match(String(error.requestId), /^[0-9a-f-]{36}$/);
      assert.equal(typeof JSON.parse(error.body).innerError.date, "string");
      return true;
    });
    await assert.rejects(api(`${path}/none`).get(), { statusCode: 404 });
    await assert.rejects(api("/deviceAppManagement/mobileApps").get(), { statusCode: 403, code: "Forbidden" });
  });

  it("links by $ref, and by a bind", async () => {
    const certificate: Graph.IosScepCertificateProfile = await api(path).post(identityCertificate);
    const address = `https://graph.microsoft.com/beta${path}('${certificate.id}')`;
    const bound = await api(path).post({ ...iosProfile, "identityCertificate@odata.bind": address });
    const link = `${path}/${bound.id}/microsoft.graph.iosEasEmailProfileConfiguration`;
    assert.equal((await api(`${link}/identityCertificate`).get()).id, certificate.id);
    await api(`${link}/identityCertificate/$ref`).delete();
    await assert.rejects(api(`${link}/identityCertificate`).get(), { statusCode: 404 });
    await api(`${link}/smimeSigningCertificate/$ref`).put({ "@odata.id": address });
    assert.equal((await api(`${link}/smimeSigningCertificate`).get()).id, certificate.id);
  });

  it("adds a member to a group by $ref, and takes it off", async () => {
    const { value: groups }: { value: Graph.Group[] } = await api("/groups")
      .filter("displayName eq 'Mail users'")
      .get();
    const { value: users }: { value: Graph.User[] } = await api("/users")
      .select("id,displayName")
      .orderby("displayName")
      .get();
    const [ada, ben] = users;
    assert.deepEqual([ada?.displayName, ben?.displayName], ["Ada", "Ben"]);
    const members = `/groups/${groups[0]!.id}/members`;
    await api(`${members}/$ref`).post({ "@odata.id": `https://graph.microsoft.com/v1.0/directoryObjects/${ben!.id}` });
    const { value: both }: { value: Graph.DirectoryObject[] } = await api(members).get();
    assert.deepEqual(new Set(both.map(({ id }) => id)), new Set([ada!.id, ben!.id]));
    await api(`${members}/${ben!.id}/$ref`).delete();
    assert.equal((await api(members).get()).value.length, 1);
  });

  it("walks over all devices with its PageIterator", async () => {
    const first: PageCollection = await api("/deviceManagement/managedDevices").select("deviceName").top(60).get();
    const names = new Set<string>();
    const walk = new PageIterator(graph.client, first, (device: Graph.ManagedDevice) => {
      names.add(device.deviceName!);
      return true;
    });
    await walk.iterate();
    assert.equal(names.size, devices);
    assert.equal(walk.isComplete(), true);
    assert.deepEqual(newStatuses(), [200, 200, 200, 200, 200]);
  });

  it("stops in the middle and goes on", async () => {
    const first: PageCollection = await api("/deviceManagement/managedDevices").version("v1.0").get();
    let seen = 0;
    const walk = new PageIterator(graph.client, first, () => ++seen !== 120);
    await walk.iterate();
    assert.equal(seen, 120);
    await walk.resume();
    assert.equal(seen, devices);
  });

  it("counts and filters", async () => {
    const page = await api("/deviceManagement/managedDevices").count(true).filter("deviceName eq 'PHONE-7'").get();
    assert.equal(page["@odata.count"], 1);
    assert.equal((page.value[0] as Graph.ManagedDevice).deviceName, "PHONE-7");
    const eventually = await api("/users")
      .header("ConsistencyLevel", "eventual")
      .count(true)
      .search('"displayName:Ada"')
      .get();
    assert.equal(eventually["@odata.count"], 1);
  });

  it("makes, reads and deletes in a batch of which one step depends on another", async () => {
    // The client takes the host off, and whoever uses it leaves out the version.
    const request = (target: string, init?: RequestInit) => new Request(`https://graph.microsoft.com${target}`, init);
    const content = new BatchRequestContent([
      {
        id: "1",
        request: request(path, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ ...iosProfile, displayName: "Batch 1" }),
        }),
      },
      { id: "2", request: request(path), dependsOn: ["1"] },
      { id: "3", request: request(`${path}/none`), dependsOn: ["2"] },
      { id: "4", request: request(path), dependsOn: ["3"] },
    ]);
    const answer = new BatchResponseContent(await api("/$batch").post(await content.getContent()));
    assert.equal(answer.getResponseById("1").status, 201);
    const listed = (await answer.getResponseById("2").json()) as { value: Graph.DeviceConfiguration[] };
    assert.ok(listed.value.some(({ displayName }) => displayName === "Batch 1"));
    assert.deepEqual([answer.getResponseById("3").status, answer.getResponseById("4").status], [404, 424]);
    const made = (await answer.getResponseById("1").json()) as Graph.DeviceConfiguration;
    await api(`${path}/${made.id}`).delete();
  });

  for (const status of [429, 503, 504]) {
    it(`asks again after ${status}, as often as needed`, async () => {
      addFault(tenant.context, { method: "GET", path: "/users", status, retryAfter: 0, times: 2 });
      assert.equal((await api("/users").get()).value.length, 2);
      assert.deepEqual(newStatuses(), [status, status, 200]);
    });
  }

  it("waits as long as a throttled tenant says", async () => {
    addFault(tenant.context, { method: "GET", path: "/users", status: 429, retryAfter: 1, times: 1 });
    const since = performance.now();
    await api("/users").get();
    assert.ok(performance.now() - since >= 990);
    assert.deepEqual(newStatuses(), [429, 200]);
  });

  it("gives up in the end, with what Graph said", async () => {
    addFault(tenant.context, { method: "GET", path: "/users", status: 429, retryAfter: 0, times: 4 });
    await assert.rejects(api("/users").get(), { statusCode: 429 });
    assert.deepEqual(newStatuses(), [429, 429, 429, 429]);
  });
});

/** The type that Graph adds to a value of a complex type. */
function withoutTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTypes);
  if (typeof value !== "object" || value === null) return value;
  const { "@odata.type": _, ...rest } = value as Record<string, unknown>;
  return rest;
}
