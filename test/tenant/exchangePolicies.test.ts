/** On-premises Exchange policies and conditional access in Graph, and the singletons that all of Intune is under. */
import assert from "node:assert/strict";
import { groupId, intuneText, openWorld } from "./world";

const policies = "/beta/deviceManagement/exchangeOnPremisesPolicies";
const singleton = "/beta/deviceManagement/exchangeOnPremisesPolicy";
const html = "<p>Größe</p>";
const policy = {
  defaultAccessLevel: "quarantine",
  notificationContent: Buffer.from(html).toString("base64"),
  accessRules: [{ deviceClass: { name: "iPhone", type: "family" }, accessLevel: "allow" }],
};

describe("Graph: on-premises Exchange policies", () => {
  it("are a collection; the singleton is its first", async () => {
    const world = openWorld();
    const [first] = (await world.get(policies)).body.value;
    assert.equal((await world.get(singleton)).body.id, first.id);
    const made = await world.post(policies, policy);
    assert.equal(made.status, 201);
    const { "@odata.context": context, ...entity } = (await world.get(`${policies}('${made.body.id}')`)).body;
    assert.match(context, /\$metadata#deviceManagement\/exchangeOnPremisesPolicies\/\$entity$/);
    assert.equal(Buffer.from(entity.notificationContent, "base64").toString(), html);
    assert.deepEqual([entity.defaultAccessLevel, entity.knownDeviceClasses], ["quarantine", []]);
    assert.equal((await world.get(singleton)).body.id, first.id, "one that is made later is not in force");
    const changed = await world.call("PATCH", `${policies}/${made.body.id}`, { defaultAccessLevel: "block" });
    assert.deepEqual([changed.status, changed.body.defaultAccessLevel], [200, "block"]);
    assert.equal((await world.get(singleton)).body.defaultAccessLevel, "none");
    assert.equal((await world.call("DELETE", `${policies}/${first.id}`)).status, 204);
    assert.equal((await world.get(singleton)).body.id, made.body.id, "the next one takes its place");
    assert.equal((await world.call("DELETE", `${policies}/${made.body.id}`)).status, 204);
    assert.equal((await world.get(singleton)).body.defaultAccessLevel, "none");
    assert.equal((await world.get(policies)).body.value.length, 1);
  });

  it("take the singleton's changes, rules as a whole, types with and without #", async () => {
    const world = openWorld();
    const rule = (name: string, hash: string) => ({
      "@odata.type": `${hash}microsoft.graph.deviceManagementExchangeAccessRule`,
      deviceClass: { "@odata.type": `${hash}microsoft.graph.deviceManagementExchangeDeviceClass`, name, type: "model" },
      accessLevel: "block",
    });
    for (const [name, hash] of [
      ["A", "#"],
      ["B", ""],
    ] as const) {
      const changed = await world.call("PATCH", singleton, { accessRules: [rule(name, hash)] });
      assert.equal(changed.status, 200);
      assert.deepEqual(
        changed.body.accessRules.map((each: { deviceClass: { name: string } }) => each.deviceClass.name),
        [name],
      );
    }
    const [first] = (await world.get(policies)).body.value;
    assert.equal(first.accessRules[0].deviceClass.name, "B");
    const known = { knownDeviceClasses: [{ name: "x", type: "family" }] };
    assert.deepEqual((await world.call("PATCH", singleton, known)).body.knownDeviceClasses, [], "the service's own");
  });

  it("know the kinds of devices that connectors see", async () => {
    const world = openWorld({
      users: [{ userPrincipalName: "ann@test.example", displayName: "Ann", mail: "ann@test.example" }],
      exchangeOrganizations: [
        {
          name: "Test",
          domain: "test.example",
          clientAccessServers: [{ fqdn: "cas.test.example" }],
          accounts: [{ name: "TEST\\svc" }],
          mailboxes: ["ann@test.example"],
          partnerships: [
            { mailbox: "ann@test.example", deviceId: "E1", deviceType: "iPhone", deviceModel: "iPhone12C1" },
            { mailbox: "ann@test.example", deviceId: "E2", deviceType: "iPhone", deviceModel: "iPhone11C1" },
          ],
        },
      ],
    });
    assert.deepEqual((await world.get(singleton)).body.knownDeviceClasses, [], "no connector looks");
    const connector = await world.post("/beta/deviceManagement/exchangeConnectors", {
      serverName: "cas.test.example",
      exchangeConnectorType: "onPremises",
      "@classic.exchangeAccount": "TEST\\svc",
      "@classic.exchangeAccountPassword": "x",
      "@classic.notificationAccount": "ann@test.example",
      "@classic.notificationAccountPassword": "x",
    });
    assert.equal(connector.status, 201, JSON.stringify(connector.body));
    assert.deepEqual((await world.get(singleton)).body.knownDeviceClasses, [
      { name: "iPhone", type: "family" },
      { name: "iPhone11C1", type: "model" },
      { name: "iPhone12C1", type: "model" },
    ]);
  });

  const wrong: [string, unknown, RegExp][] = [
    ["content that is no base64", { notificationContent: "§" }, /'notificationContent'.*Edm\.Binary/],
    ["an unknown level", { defaultAccessLevel: "maybe" }, /'maybe'.*quarantine/],
    ["no level", { defaultAccessLevel: null }, /may not be null/],
    ["a rule of an unknown kind", { accessRules: [{ deviceClass: { name: "x", type: "make" } }] }, /'make'.*model/],
    ["a rule with an unknown property", { accessRules: [{ level: "block" }] }, /'level' does not exist/],
    ["rules that are no list", { accessRules: {} }, /'accessRules'/],
    ["the settings that it leads to", { conditionalAccessSettings: {} }, /navigation property/],
    ["an unknown property", { colour: "red" }, /'colour'/],
    ["a list", [], /JSON object/],
  ];
  for (const [name, body, message] of wrong) {
    it(`refuse ${name}, made or changed`, async () => {
      const world = openWorld();
      for (const [method, path, sent] of [
        ["PATCH", singleton, body],
        ["POST", policies, Array.isArray(body) ? body : { ...policy, ...(body as object) }],
      ] as const) {
        const answer = await world.call(method, path, sent);
        assert.equal(answer.status, 400, method);
        assert.match(intuneText(answer), message);
      }
      assert.equal((await world.get(policies)).body.value.length, 1);
    });
  }

  it("are 404 by an unknown id, refuse a missing level, and are not in v1.0", async () => {
    const world = openWorld();
    const paths = [`${policies}/x`, `${policies}/x/conditionalAccessSettings`];
    for (const path of paths) {
      assert.equal((await world.get(path)).status, 404);
      assert.equal((await world.call("PATCH", path, {})).status, 404);
    }
    assert.equal((await world.call("DELETE", paths[0]!)).status, 404);
    assert.match(intuneText(await world.post(policies, {})), /'defaultAccessLevel' is required/);
    for (const name of ["exchangeOnPremisesPolicy", "exchangeOnPremisesPolicies"]) {
      assert.equal((await world.get(`/v1.0/deviceManagement/${name}`)).status, 400);
    }
  });
});

describe("Graph: conditional access settings", () => {
  it("are the same at each of their addresses", async () => {
    const world = openWorld({ groups: [{ displayName: "All" }] });
    const [{ id }] = (await world.get(policies)).body.value;
    const addresses = [
      "/beta/deviceManagement/conditionalAccessSettings",
      "/v1.0/deviceManagement/conditionalAccessSettings",
      `${singleton}/conditionalAccessSettings`,
      `${policies}('${id}')/conditionalAccessSettings`,
    ];
    const group = await groupId(world, "All");
    for (const [index, address] of addresses.entries()) {
      const change = { enabled: index % 2 === 0, includedGroups: [group] };
      assert.equal((await world.call("PATCH", address, change)).status, 200);
      for (const other of addresses) {
        const { body } = await world.get(other);
        assert.deepEqual([body.enabled, body.includedGroups], [change.enabled, [group]], other);
      }
    }
    const expanded = await world.get(`${singleton}?$expand=conditionalAccessSettings`);
    assert.deepEqual(expanded.body.conditionalAccessSettings.includedGroups, [group]);
    const unknown = await world.call("PATCH", addresses[0]!, {
      excludedGroups: ["11111111-1111-4111-8111-111111111111"],
    });
    assert.equal(unknown.status, 400);
  });
});

describe("Graph: the singletons of Intune", () => {
  for (const version of ["beta", "v1.0"]) {
    it(`${version}: are there, can be read, and nothing else`, async () => {
      const world = openWorld();
      const { body } = await world.get(`/${version}/deviceManagement?$select=subscriptionState`);
      assert.equal(body.subscriptionState, "active");
      const management = (await world.get(`/${version}/deviceManagement`)).body;
      assert.equal(management.legacyPcManangementEnabled, version === "beta" ? false : undefined);
      assert.equal((await world.get(`/${version}/deviceAppManagement`)).status, 200);
      for (const method of ["POST", "PATCH", "PUT", "DELETE"]) {
        assert.equal((await world.call(method, `/${version}/deviceManagement`, {})).status, 400, method);
      }
      assert.equal((await world.get(`/${version}/deviceManagement/auditEvents`)).status, 400);
    });
  }
});
