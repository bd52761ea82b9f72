/** Users, groups and directory objects as scripts write them, and what the directory refuses. */
import assert from "node:assert/strict";
import { groupId, openWorld, type World } from "./world";

const people = {
  users: [
    { userPrincipalName: "ann@test.example", displayName: "Ann" },
    { userPrincipalName: "bob@test.example", displayName: "Bob" },
  ],
  groups: [
    { displayName: "Outer", members: ["Inner"] },
    { displayName: "Inner", members: ["ann@test.example", "PHONE"] },
  ],
  devices: [
    { deviceName: "PHONE", user: "ann@test.example", platform: "ios", osVersion: "13", model: "m", manufacturer: "f" },
  ],
};
const unknownId = "11111111-1111-4111-8111-111111111111";
const secret = "xWwvJ]6NMw+bWH-d";
const eva = {
  accountEnabled: true,
  displayName: "Eva",
  mailNickname: "eva",
  userPrincipalName: "eva@test.example",
  passwordProfile: { forceChangePasswordNextSignIn: true, password: secret },
};
const team = { displayName: "Team", mailEnabled: false, mailNickname: "team", securityEnabled: true };

const userId = async (world: World, name: string): Promise<string> => (await world.get(`/beta/users/${name}`)).body.id;
const objectOf = (id: string) => `https://graph.microsoft.com/v1.0/directoryObjects/${id}`;

describe("directory: users", () => {
  for (const version of ["beta", "v1.0"]) {
    it(`${version}: made, read, changed, deleted`, async () => {
      const world = openWorld(people);
      const made = await world.post(`/${version}/users`, { ...eva, jobTitle: "Clerk", mail: "eva@mail.test.example" });
      assert.equal(made.status, 201);
      assert.deepEqual(
        [made.body.displayName, made.body.jobTitle, made.body.passwordProfile],
        ["Eva", "Clerk", undefined],
      );
      const path = `/${version}/users/${made.body.id}`;
      assert.equal((await world.get(`/${version}/users/EVA@test.example`)).body.id, made.body.id);
      const change = { displayName: "Eve", department: "Mail", accountEnabled: false, businessPhones: ["1"] };
      assert.equal((await world.call("PATCH", path, change)).status, 204);
      const select = "$select=displayName,department,accountEnabled,businessPhones,mailNickname,jobTitle";
      const { "@odata.context": _, id, ...changed } = (await world.get(`${path}?${select}`)).body;
      assert.deepEqual({ id, ...changed }, { id: made.body.id, ...change, mailNickname: "eva", jobTitle: "Clerk" });
      assert.equal((await world.call("DELETE", path)).status, 204);
      for (const method of ["GET", "DELETE"]) assert.equal((await world.call(method, path)).status, 404);
    });
  }

  const refusals: [string, object, RegExp][] = [
    ["no password", { ...eva, passwordProfile: undefined }, /'passwordProfile'/],
    ["a password profile without one", { ...eva, passwordProfile: {} }, /'password'/],
    ["no name to sign in with", { ...eva, userPrincipalName: undefined }, /'userPrincipalName'/],
    ["no display name", { ...eva, displayName: undefined }, /'displayName'/],
    ["an empty display name", { ...eva, displayName: "" }, /'displayName'/],
    ["nothing about its account", { ...eva, accountEnabled: undefined }, /'accountEnabled'/],
    ["a name without a domain", { ...eva, userPrincipalName: "eva" }, /name@domain/],
    ["a name that is taken", { ...eva, userPrincipalName: "ANN@test.example" }, /userPrincipalName already exists/],
    ["an unknown property", { ...eva, colour: "red" }, /'colour' does not exist/],
    ["a read-only property", { ...eva, onPremisesSamAccountName: "eva" }, /'onPremisesSamAccountName' is read-only/],
    ["a value of another type", { ...eva, accountEnabled: "yes" }, /'yes' of 'accountEnabled'/],
    ["a list", [eva], /JSON object/],
  ];
  for (const [name, body, message] of refusals) {
    it(`refuses one with ${name}, and tells no password`, async () => {
      const world = openWorld(people);
      const answer = await world.post("/beta/users", body);
      assert.equal(answer.status, 400);
      assert.match(answer.body.error.message, message);
      assert.ok(!JSON.stringify(answer.body).includes(secret));
      assert.equal((await world.get("/beta/users")).body.value.length, 2, "nobody was made");
    });
  }

  const changes: [string, object][] = [
    ["a name that is taken", { userPrincipalName: "bob@test.example" }],
    ["no name", { displayName: null }],
    ["a null account", { accountEnabled: null }],
    ["an id of on-premises", { onPremisesDomainName: "x" }],
  ];
  for (const [name, change] of changes) {
    it(`refuses to change one to ${name}`, async () => {
      const world = openWorld(people);
      assert.equal((await world.call("PATCH", "/v1.0/users/ann@test.example", change)).status, 400);
      assert.equal((await world.get("/v1.0/users/ann@test.example")).body.displayName, "Ann");
    });
  }

  it("keeps no password, and lets a user keep the own name", async () => {
    const world = openWorld(people);
    assert.equal((await world.post("/beta/users", eva)).status, 201);
    const change = { userPrincipalName: "EVA@test.example", passwordProfile: { password: secret } };
    assert.equal((await world.call("PATCH", "/beta/users/eva@test.example", change)).status, 204);
    const { db } = world.tenant.context;
    const tables = db.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'");
    const all = JSON.stringify(tables.map(({ name }) => db.all(`SELECT * FROM "${name}"`)));
    assert.ok(all.includes("EVA@test.example") && !all.includes(secret.slice(0, 8)));
    assert.ok(!JSON.stringify((await world.get("/simulation/requests")).body).includes(secret));
  });

  it("are counted for those who say that they can wait", async () => {
    const world = openWorld(people);
    const count = (path: string, headers = {}) => world.call("GET", path, undefined, headers);
    const eventual = { consistencylevel: "eventual" };
    assert.equal((await count("/v1.0/users/$count", eventual)).body, "2");
    assert.equal((await count("/v1.0/users/$count?$filter=displayName eq 'ann'", eventual)).body, "1");
    assert.equal((await count("/v1.0/users/$count")).status, 400);
  });

  it("are found by what they were given", async () => {
    const world = openWorld(people);
    await world.post("/beta/users", { ...eva, department: "Mail", userType: "Guest" });
    const names = async (filter: string) =>
      (await world.get(`/v1.0/users?$filter=${filter}&$orderby=displayName`)).body.value.map(
        (each: { displayName: string }) => each.displayName,
      );
    assert.deepEqual(await names("department eq 'mail'"), ["Eva"]);
    assert.deepEqual(await names("userType eq 'Member'"), ["Ann", "Bob"]);
    assert.deepEqual(await names("mailNickname in ('ann','eva')"), ["Ann", "Eva"]);
    assert.deepEqual(await names("startswith(surname,'x')"), []);
  });

  it("deleted, is in no group and has no device any more", async () => {
    const world = openWorld(people);
    const [device] = (await world.get("/beta/users/ann@test.example/managedDevices")).body.value;
    assert.equal((await world.call("DELETE", "/beta/users/ann@test.example")).status, 204);
    const members = await world.get(`/beta/groups/${await groupId(world, "Inner")}/members`);
    assert.deepEqual(
      members.body.value.map((each: Record<string, string>) => each["@odata.type"]),
      ["#microsoft.graph.device"],
    );
    assert.equal((await world.get(`/beta/deviceManagement/managedDevices/${device.id}`)).body.userId, "");
  });
});

describe("directory: groups", () => {
  it("are made and changed with members in one request", async () => {
    const world = openWorld(people);
    const [ann, bob, inner] = [
      await userId(world, "ann@test.example"),
      await userId(world, "bob@test.example"),
      await groupId(world, "Inner"),
    ];
    const made = await world.post("/v1.0/groups", {
      ...team,
      "members@odata.bind": [`https://graph.microsoft.com/v1.0/users/${ann}`, objectOf(inner)],
    });
    assert.equal(made.status, 201);
    const path = `/v1.0/groups/${made.body.id}`;
    const members = async () =>
      (await world.get(`${path}/members?$select=id`)).body.value.map((each: { id: string }) => each.id).sort();
    assert.deepEqual(await members(), [ann, inner].sort());
    assert.equal((await world.call("PATCH", path, { "members@odata.bind": [`${objectOf(bob)}`] })).status, 204);
    assert.deepEqual(await members(), [ann, bob, inner].sort());
    const count = await world.call("GET", `${path}/members/$count`, undefined, { consistencylevel: "eventual" });
    assert.equal(count.body, "3");
    assert.deepEqual((await world.get(`${path}/owners`)).body.value, []);
  });

  const binds: [string, (world: World) => unknown, number][] = [
    ["one that is not there", () => [objectOf(unknownId)], 404],
    ["more than twenty", () => Array.from({ length: 21 }, () => objectOf(unknownId)), 400],
    [
      "a link to no directory object",
      () => [`https://x/beta/deviceManagement/deviceConfigurations('${unknownId}')`],
      400,
    ],
    ["what is no address", () => ["ann"], 400],
    ["what is no list", () => objectOf(unknownId), 400],
    [
      "one twice",
      (world) => Promise.all(["ann", "ann"].map(async (name) => objectOf(await userId(world, `${name}@test.example`)))),
      400,
    ],
  ];
  for (const [name, links, status] of binds) {
    it(`refuses members: ${name}; no group is made`, async () => {
      const world = openWorld(people);
      const answer = await world.post("/beta/groups", { ...team, "members@odata.bind": await links(world) });
      assert.equal(answer.status, status);
      assert.equal((await world.get("/beta/groups")).body.value.length, 2);
    });
  }

  it("refuses owners, which the tenant does not keep", async () => {
    const world = openWorld(people);
    const owner = objectOf(await userId(world, "ann@test.example"));
    const answer = await world.post("/beta/groups", { ...team, "owners@odata.bind": [owner] });
    assert.equal(answer.status, 400);
    assert.match(answer.body.error.message, /owners/);
  });

  const links: [string, (self: string) => unknown, number][] = [
    ["to itself", (self) => ({ "@odata.id": objectOf(self) }), 400],
    ["to nothing there", () => ({ "@odata.id": objectOf(unknownId) }), 404],
    [
      "to a device configuration",
      () => ({ "@odata.id": `https://x/beta/deviceManagement/deviceConfigurations/${unknownId}` }),
      400,
    ],
    ["without an address", () => ({}), 400],
    ["with a number", () => ({ "@odata.id": 5 }), 400],
    ["with a property", () => ({ "@odata.id": objectOf(unknownId), displayName: "x" }), 400],
    ["in a list", () => [objectOf(unknownId)], 400],
    ["without a body", () => undefined, 400],
  ];
  for (const [name, body, status] of links) {
    it(`refuses a link ${name}`, async () => {
      const world = openWorld(people);
      const outer = await groupId(world, "Outer");
      assert.equal((await world.post(`/beta/groups/${outer}/members/$ref`, body(outer))).status, status);
      assert.equal((await world.get(`/beta/groups/${outer}/members`)).body.value.length, 1);
    });
  }
});

describe("directory: memberships and objects", () => {
  const holders: [string, (world: World) => Promise<string>, string[]][] = [
    ["a user by name", async () => "users/ann@test.example", ["Inner", "Outer"]],
    ["a user by id", async (world) => `users/${await userId(world, "ann@test.example")}`, ["Inner", "Outer"]],
    ["a group", async (world) => `groups/${await groupId(world, "Inner")}`, ["Outer"]],
    ["an object", async (world) => `directoryObjects/${await userId(world, "ann@test.example")}`, ["Inner", "Outer"]],
    ["a user in no group", async () => "users/bob@test.example", []],
  ];
  for (const [name, pathOf, names] of holders) {
    it(`getMemberGroups and checkMemberGroups of ${name}`, async () => {
      const world = openWorld(people);
      const path = `/v1.0/${await pathOf(world)}`;
      const expected = (await Promise.all(names.map((each) => groupId(world, each)))).sort();
      const all = await world.post(`${path}/getMemberGroups`, { securityEnabledOnly: false });
      assert.deepEqual(all.body.value.sort(), expected);
      const groupIds = [await groupId(world, "Outer"), unknownId];
      const checked = await world.post(`${path}/checkMemberGroups`, { groupIds });
      assert.deepEqual(checked.body.value, names.includes("Outer") ? [groupIds[0]] : []);
    });
  }

  const wrong: [string, string, unknown, number][] = [
    ["nobody's groups", "users/nobody/getMemberGroups", {}, 404],
    ["an unknown parameter", "users/ann@test.example/getMemberGroups", { all: true }, 400],
    ["a parameter of another type", "users/ann@test.example/getMemberGroups", { securityEnabledOnly: "no" }, 400],
    ["no group ids", "users/ann@test.example/checkMemberGroups", {}, 400],
    ["too many group ids", "users/ann@test.example/checkMemberGroups", { groupIds: Array(21).fill(unknownId) }, 400],
    ["no ids", "directoryObjects/getByIds", { types: ["user"] }, 400],
    ["an unknown type", "directoryObjects/getByIds", { ids: [], types: ["fax"] }, 400],
    ["too many ids", "directoryObjects/getByIds", { ids: Array(1001).fill(unknownId) }, 400],
  ];
  for (const [name, path, body, status] of wrong) {
    it(`refuses ${name}`, async () =>
      assert.equal((await openWorld(people).post(`/beta/${path}`, body)).status, status));
  }

  it("gives objects by id, of the types that are asked for, without those that are not there", async () => {
    const world = openWorld(people);
    const inner = await groupId(world, "Inner");
    const members = (await world.get(`/beta/groups/${inner}/members`)).body.value;
    const ids = [...members.map((each: { id: string }) => each.id), inner, unknownId];
    const types = async (body: object) =>
      (await world.post("/v1.0/directoryObjects/getByIds", body)).body.value
        .map((each: Record<string, string>) => each["@odata.type"])
        .sort();
    const [device, group, user] = ["device", "group", "user"].map((type) => `#microsoft.graph.${type}`);
    assert.deepEqual(await types({ ids }), [device, group, user]);
    assert.deepEqual(await types({ ids, types: ["group", "device"] }), [device, group]);
    assert.deepEqual(await types({ ids, types: ["directoryObject"] }), [device, group, user]);
    const one = await world.get(`/v1.0/directoryObjects/${inner}`);
    assert.deepEqual([one.body["@odata.type"], one.body.displayName], [group, "Inner"]);
    assert.equal((await world.get(`/v1.0/directoryObjects/${inner}/microsoft.graph.user`)).status, 404);
    assert.equal((await world.get(`/v1.0/directoryObjects/${unknownId}`)).status, 404);
  });

  it("gives the groups above a group", async () => {
    const world = openWorld({ ...people, groups: [...people.groups, { displayName: "Top", members: ["Outer"] }] });
    const path = `/beta/groups/${await groupId(world, "Inner")}`;
    const names = async (navigation: string) =>
      (await world.get(`${path}/${navigation}`)).body.value
        .map((each: { displayName: string }) => each.displayName)
        .sort();
    assert.deepEqual(await names("memberOf"), ["Outer"]);
    assert.deepEqual(await names("transitiveMemberOf"), ["Outer", "Top"]);
  });
});

describe("a cast to what all objects of the directory are", () => {
  it("leaves every member in the list", async () => {
    const world = openWorld({
      users: [{ userPrincipalName: "ann@test.example", displayName: "Ann" }],
      groups: [{ displayName: "Inner" }, { displayName: "Outer", members: ["Inner", "ann@test.example"] }],
    });
    const path = `/beta/groups/${await groupId(world, "Outer")}/members`;
    assert.equal((await world.get(path)).body.value.length, 2);
    assert.equal((await world.get(`${path}/microsoft.graph.directoryObject`)).body.value.length, 2);
    assert.equal((await world.get(`${path}/microsoft.graph.user`)).body.value.length, 1);
  });
});
