import assert from "node:assert/strict";
import {
  assign,
  configurations,
  groupId,
  intuneText,
  makeProfile,
  openWorld,
  type ProfileKind,
  profileBodies,
  type World,
} from "./world";

const people = {
  users: [
    {
      userPrincipalName: "ann@test.example",
      displayName: "Ann O'Neil",
      mail: "ann@mail.test.example",
      samAccountName: "ann",
    },
    { userPrincipalName: "bob@test.example", displayName: "Bob" },
  ],
  groups: [
    { displayName: "Outer", members: ["Inner"] },
    { displayName: "Inner", members: ["ann@test.example", "PHONE"] },
  ],
  devices: [
    {
      deviceName: "PHONE",
      user: "ann@test.example",
      platform: "ios",
      osVersion: "13.3",
      model: "m",
      manufacturer: "f",
    },
  ],
};
const ios = { displayName: "P", ...profileBodies.ios };
const scep = {
  "@odata.type": "#microsoft.graph.iosScepCertificateProfile",
  displayName: "scep",
  certificateValidityPeriodScale: "years",
  certificateValidityPeriodValue: 1,
  renewalThresholdPercentage: 20,
  subjectNameFormat: "commonName",
  keyUsage: "digitalSignature,keyEncipherment",
  keySize: "size2048",
};
const root = {
  "@odata.type": "#microsoft.graph.iosTrustedRootCertificate",
  displayName: "root",
  trustedRootCertificate: "AAEC",
};
const unknownId = "11111111-1111-4111-8111-111111111111";

const make = async (world: World, body: object): Promise<string> => (await world.post(configurations, body)).body.id;

describe("Graph: device configurations", () => {
  for (const kind of Object.keys(profileBodies) as ProfileKind[]) {
    it(`${kind}: made, read, changed, deleted`, async () => {
      const world = openWorld();
      const made = await world.post(configurations, {
        displayName: "P",
        id: "00000000-0000-0000-0000-000000000000",
        ...profileBodies[kind],
      });
      assert.equal(made.status, 201);
      assert.match(made.body["@odata.context"], /\/beta\/\$metadata#deviceManagement\/deviceConfigurations\/\$entity$/);
      const { id } = made.body;
      for (const [name, value] of Object.entries(profileBodies[kind])) assert.deepEqual(made.body[name], value, name);
      assert.deepEqual((await world.get(`${configurations}('${id}')`)).body, made.body);
      await world.post("/simulation/clock", { advance: "1h" });
      const type = profileBodies[kind]["@odata.type"];
      const changed = await world.call("PATCH", `${configurations}/${id}`, { "@odata.type": type, requireSsl: false });
      assert.equal(changed.status, 200);
      assert.deepEqual(
        [changed.body.version, changed.body.requireSsl, changed.body.lastModifiedDateTime],
        [2, false, "2020-03-02T09:00:00Z"],
      );
      assert.equal((await world.call("DELETE", `${configurations}/${id}`)).status, 204);
      assert.equal((await world.get(`${configurations}/${id}`)).status, 404);
    });
  }

  const refusals: [string, object, RegExp][] = [
    ["unknown property", { ...ios, colour: "red" }, /'colour' does not exist on type 'microsoft\.graph\.iosEas/],
    ["property of another type", { ...ios, emailSyncSchedule: "manual" }, /'emailSyncSchedule' does not exist/],
    ["wrong type", { ...ios, requireSsl: "yes" }, /'yes' of 'requireSsl' .* 'Edm\.Boolean'/],
    ["wrong enum member", { ...ios, durationOfEmailToSync: "tenDays" }, /'tenDays'.*oneDay, threeDays/],
    ["wrong flag", { ...ios, easServices: "email,faxes" }, /'email,faxes'.*reminders/],
    ["empty flags", { ...ios, easServices: "" }, /easServices/],
    ["null on non-null", { ...ios, hostName: null }, /'hostName'.*may not be null/],
    ["missing required", { ...ios, hostName: undefined }, /'hostName' is required/],
    ["no discriminator", { ...ios, "@odata.type": undefined }, /'@odata\.type' must name/],
    [
      "unknown discriminator",
      { ...ios, "@odata.type": "#microsoft.graph.faxProfile" },
      /'microsoft\.graph\.faxProfile' could not be resolved/,
    ],
    [
      "abstract discriminator",
      { ...ios, "@odata.type": "#microsoft.graph.easEmailProfileConfigurationBase" },
      /abstract/,
    ],
    ["type of another tree", { "@odata.type": "#microsoft.graph.user" }, /does not derive from/],
    ["name of an object's prototype", { ...ios, constructor: 1 }, /'constructor' does not exist/],
    ["list for an object", [ios], /JSON object/],
    [
      "link to nothing",
      {
        ...ios,
        "identityCertificate@odata.bind": `https://x/beta/deviceManagement/deviceConfigurations('${unknownId}')`,
      },
      /does not exist/,
    ],
    ["link that is none", { ...ios, "faxCertificate@odata.bind": "https://x/y/1" }, /'faxCertificate' does not exist/],
    ["link without an address", { ...ios, "identityCertificate@odata.bind": "here" }, /no address/],
    ["number out of range", { ...scep, certificateValidityPeriodValue: 3e9 }, /Edm\.Int32/],
    ["no base64", { ...root, trustedRootCertificate: "§" }, /Edm\.Binary/],
  ];
  for (const [name, body, message] of refusals) {
    it(`refuses: ${name}`, async () => {
      const world = openWorld();
      const answer = await world.post(configurations, body);
      assert.equal(answer.status, 400);
      assert.equal(answer.body.error.code, "BadRequest");
      assert.match(intuneText(answer), message);
      assert.deepEqual((await world.get(configurations)).body.value, [], "nothing was made");
    });
  }

  it("keeps @classic annotations, ignores others, and puts flags in the order of their values", async () => {
    const world = openWorld();
    const { body } = await world.post(configurations, {
      ...ios,
      "@classic.emailSyncSchedule": "manual",
      "@other.x": 1,
      easServices: "email,calendars",
    });
    assert.deepEqual(
      [body["@classic.emailSyncSchedule"], body["@other.x"], body.easServices],
      ["manual", undefined, "calendars, email"],
    );
    const changed = await world.call("PATCH", `${configurations}/${body.id}`, { "@classic.emailSyncSchedule": null });
    assert.equal(changed.body["@classic.emailSyncSchedule"], null);
  });

  it("refuses to change the type, or properties of a type that is not named", async () => {
    const world = openWorld();
    const id = await make(world, ios);
    const other = await world.call("PATCH", `${configurations}/${id}`, {
      "@odata.type": "#microsoft.graph.windows10EasEmailProfileConfiguration",
      hostName: "x",
    });
    assert.equal(other.status, 400);
    assert.equal((await world.call("PATCH", `${configurations}/${id}`, { hostName: "x" })).status, 400);
    assert.equal((await world.get(`${configurations}/${id}`)).body.version, 1);
  });

  it("links certificates in both forms, on any host, and unlinks them", async () => {
    const world = openWorld();
    const [first, second, trusted] = [await make(world, scep), await make(world, scep), await make(world, root)];
    const bind = `https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations('${first}')`;
    const id = await make(world, { ...ios, "identityCertificate@odata.bind": bind });
    const navigation = `${configurations}('${id}')/microsoft.graph.iosEasEmailProfileConfiguration/identityCertificate`;
    assert.equal((await world.get(navigation)).body.id, first);
    const put = (target: string) =>
      world.call("PUT", `${navigation}/$ref`, {
        "@odata.id": `http://any/beta/deviceManagement/deviceConfigurations/${target}`,
      });
    assert.equal((await put(second)).status, 204);
    assert.ok((await world.get(`${navigation}/$ref`)).body["@odata.id"].endsWith(`('${second}')`));
    const wrong = await put(trusted);
    assert.equal(wrong.status, 400);
    assert.match(intuneText(wrong), /iosTrustedRootCertificate/);
    assert.equal((await world.call("DELETE", `${navigation}/$ref`)).status, 204);
    assert.equal((await world.get(navigation)).status, 404);
    assert.equal((await world.call("DELETE", `${navigation}/$ref`)).status, 404);
    const miscast = `${configurations}('${id}')/microsoft.graph.windows10EasEmailProfileConfiguration/identityCertificate`;
    assert.equal((await world.get(miscast)).status, 404);
  });

  it("filters, casts, counts, selects and expands", async () => {
    const world = openWorld(people);
    const id = await makeProfile(world, "ios", { displayName: "It's" }, ["Outer"]);
    await makeProfile(world, "windows10");
    const names = async (query: string) =>
      (await world.get(`${configurations}${query}`)).body.value.map((row: { displayName: string }) => row.displayName);
    assert.deepEqual(await names("?$filter=displayName eq 'it''s'"), ["It's"]);
    assert.deepEqual(
      await names("?$filter=isof('microsoft.graph.easEmailProfileConfigurationBase') and displayName ne 'windows10'"),
      ["It's"],
    );
    assert.deepEqual(await names("?$filter=(displayName eq 'x' or startswith(displayName,'win'))"), ["windows10"]);
    assert.deepEqual(await names("/microsoft.graph.iosEasEmailProfileConfiguration"), ["It's"]);
    assert.equal((await world.get(`${configurations}/$count`)).body, "2");
    assert.equal((await world.get(`${configurations}?$count=true&$top=1`)).body["@odata.count"], 2);
    const [row] = (await world.get(`${configurations}?$select=description&$expand=assignments&$top=1`)).body.value;
    assert.deepEqual(
      Object.keys(row).filter((name) => !name.includes("@")),
      ["id", "description", "assignments"],
    );
    assert.equal(row.assignments[0].id, `${id}_${await groupId(world, "Outer")}`);
  });

  for (const query of [
    "$filter=colour eq 'red'",
    "$filter=displayName",
    "$filter=displayName eq 5",
    "$filter=((",
    "$top=x",
    "$skiptoken=1",
    "$orderby=colour",
    "$orderby=displayName up",
    "$expand=colours",
    "$select=hostName",
    '$search="displayName:x"',
    "$apply=x",
    "$top=1&$top=2",
  ]) {
    it(`refuses the query ${query}`, async () => {
      const world = openWorld();
      await makeProfile(world, "ios");
      assert.equal((await world.get(`${configurations}?${query}`)).status, 400);
    });
  }

  it("pages: every row once, also when rows go and come in between", async () => {
    const world = openWorld();
    const made: string[] = [];
    for (let index = 0; index < 7; index++) made.push(await makeProfile(world, "ios", { displayName: `P${index}` }));
    const seen: string[] = [];
    let next: string | undefined = `${configurations}?$top=2`;
    while (next !== undefined) {
      const { body } = await world.get(next.replace("http://tenant", ""));
      seen.push(...body.value.map((row: { id: string }) => row.id));
      if (seen.length === 2) await world.call("DELETE", `${configurations}/${made[0]}`);
      next = body["@odata.nextLink"];
    }
    assert.deepEqual(seen, made);
  });

  it("v1.0 shows a beta-only type as its base, and cannot make one (CONTRACT 1)", async () => {
    const world = openWorld();
    const id = await make(world, ios);
    const { body } = await world.get(`/v1.0/deviceManagement/deviceConfigurations/${id}`);
    assert.equal(body["@odata.type"], "#microsoft.graph.deviceConfiguration");
    assert.deepEqual([body.hostName, body.roleScopeTagIds, body.displayName], [undefined, undefined, "P"]);
    assert.equal((await world.post("/v1.0/deviceManagement/deviceConfigurations", ios)).status, 400);
    assert.equal((await world.get(`/v1.0/deviceManagement/deviceConfigurations/${id}/groupAssignments`)).status, 400);
  });
});

describe("Graph: v1.0 on a type that only beta has", () => {
  const patches: [string, object, number][] = [
    ["a property that it knows", { displayName: "Q" }, 200],
    [
      "the same with the type that it shows",
      { "@odata.type": "#microsoft.graph.deviceConfiguration", displayName: "Q" },
      200,
    ],
    ["a property that it has not", { roleScopeTagIds: ["0"] }, 400],
    ["a property of the type", { hostName: "x" }, 400],
    ["the type", { "@odata.type": ios["@odata.type"], displayName: "Q" }, 400],
  ];
  for (const [name, body, status] of patches) {
    it(`changes ${name}: ${status}`, async () => {
      const world = openWorld();
      const id = await make(world, ios);
      const answer = await world.call("PATCH", `/v1.0/deviceManagement/deviceConfigurations/${id}`, body);
      assert.equal(answer.status, status);
      if (status === 200) assert.equal(answer.body["@odata.type"], "#microsoft.graph.deviceConfiguration");
      const { body: stored } = await world.get(`${configurations}/${id}`);
      assert.deepEqual(
        [stored["@odata.type"], stored.hostName, stored.displayName],
        [ios["@odata.type"], "mail.test.example", status === 200 ? "Q" : "P"],
      );
    });
  }
});

describe("Graph: assignments and statuses", () => {
  it("assign replaces the whole set, by either name of the action", async () => {
    const world = openWorld(people);
    const id = await make(world, ios);
    const [outer, inner] = [await groupId(world, "Outer"), await groupId(world, "Inner")];
    await assign(world, id, ["Outer"]);
    const answer = await world.post(`${configurations}('${id}')/microsoft.graph.assign`, {
      assignments: [{ target: { "@odata.type": "microsoft.graph.exclusionGroupAssignmentTarget", groupId: inner } }],
      deviceConfigurationGroupAssignments: [{ targetGroupId: outer, excludeGroup: false }],
    });
    assert.equal(answer.status, 200);
    const shown = (await world.get(`${configurations}/${id}/assignments`)).body.value;
    assert.deepEqual(shown, answer.body.value);
    assert.deepEqual(
      shown.map((row: { target: Record<string, string> }) => [row.target["@odata.type"], row.target.groupId]),
      [
        ["#microsoft.graph.exclusionGroupAssignmentTarget", inner],
        ["#microsoft.graph.groupAssignmentTarget", outer],
      ],
    );
    await assign(world, id, []);
    assert.deepEqual((await world.get(`${configurations}/${id}/assignments`)).body.value, []);
  });

  const wrong: [string, (outer: string) => object, RegExp][] = [
    [
      "unknown group",
      () => ({ "@odata.type": "#microsoft.graph.groupAssignmentTarget", groupId: unknownId }),
      new RegExp(`group '${unknownId}'.*does not exist`),
    ],
    ["no type", (outer) => ({ groupId: outer }), /does not exist on type|abstract/],
    ["no group", () => ({ "@odata.type": "#microsoft.graph.groupAssignmentTarget" }), /needs the id/],
    ["unknown type", () => ({ "@odata.type": "#microsoft.graph.everybodyTarget" }), /could not be resolved/],
  ];
  for (const [name, target, message] of wrong) {
    it(`assign refuses: ${name}, and keeps what was`, async () => {
      const world = openWorld(people);
      const id = await makeProfile(world, "ios", {}, ["Outer"]);
      const answer = await world.post(`${configurations}/${id}/assign`, {
        assignments: [{ target: target(await groupId(world, "Inner")) }],
      });
      assert.equal(answer.status, 400);
      assert.match(intuneText(answer), message);
      assert.equal((await world.get(`${configurations}/${id}/assignments`)).body.value.length, 1);
    });
  }

  it("assignments and group assignments can be made, changed and deleted one by one", async () => {
    const world = openWorld(people);
    const id = await make(world, ios);
    const outer = await groupId(world, "Outer");
    const path = `${configurations}/${id}`;
    const made = await world.post(`${path}/assignments`, {
      target: { "@odata.type": "#microsoft.graph.groupAssignmentTarget", groupId: outer },
    });
    assert.equal(made.status, 201);
    const exclude = { target: { "@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", groupId: outer } };
    assert.equal((await world.call("PATCH", `${path}/assignments/${made.body.id}`, exclude)).status, 200);
    assert.equal((await world.get(`${path}/groupAssignments`)).body.value[0].excludeGroup, true);
    assert.equal((await world.call("DELETE", `${path}/assignments/${made.body.id}`)).status, 204);
    assert.equal(
      (await world.post(`${path}/groupAssignments`, { targetGroupId: outer, excludeGroup: false })).status,
      201,
    );
    assert.equal((await world.get(`${path}/assignments`)).body.value.length, 1);
  });

  it("reports devices, users and overviews", async () => {
    const world = openWorld(people);
    const id = await makeProfile(world, "ios", {}, ["Outer"]);
    await world.post("/simulation/checkIn");
    const path = `${configurations}/${id}`;
    const [device] = (await world.get(`${path}/deviceStatuses`)).body.value;
    assert.deepEqual(
      [device.deviceDisplayName, device.status, device.userPrincipalName, device.platform],
      ["PHONE", "compliant", "ann@test.example", 2],
    );
    const [user] = (await world.get(`${path}/userStatuses`)).body.value;
    assert.deepEqual([user.userDisplayName, user.devicesCount, user.status], ["Ann O'Neil", 1, "compliant"]);
    for (const name of ["deviceStatusOverview", "userStatusOverview"]) {
      assert.equal((await world.get(`${path}/${name}`)).body.successCount, 1);
    }
    const phone = (await world.get("/beta/deviceManagement/managedDevices?$filter=deviceName eq 'phone'")).body
      .value[0];
    const states = await world.get(`/beta/deviceManagement/managedDevices/${phone.id}/deviceConfigurationStates`);
    assert.deepEqual([states.body.value[0].displayName, states.body.value[0].state], ["ios", "compliant"]);
  });
});

describe("Graph: directory and devices", () => {
  it("finds users by id, principal name and filter, with Graph's default properties", async () => {
    const world = openWorld(people);
    const { body } = await world.get("/v1.0/users/ANN@test.example");
    assert.equal(body.displayName, "Ann O'Neil");
    assert.equal(body.proxyAddresses, undefined);
    assert.deepEqual((await world.get(`/v1.0/users('${body.id}')?$select=proxyAddresses`)).body.proxyAddresses, [
      "SMTP:ann@mail.test.example",
    ]);
    for (const filter of ["displayName eq 'Ann O''Neil'", "mail eq 'ann@mail.test.example'"]) {
      assert.equal((await world.get(`/beta/users?$filter=${filter}`)).body.value[0].id, body.id);
    }
    const missing = await world.get("/beta/users/nobody");
    assert.deepEqual([missing.status, missing.body.error.code], [404, "Request_ResourceNotFound"]);
  });

  it("makes, changes and deletes groups, and keeps their members", async () => {
    const world = openWorld(people);
    const body = { displayName: "New", mailEnabled: false, mailNickname: "new", securityEnabled: true };
    const made = await world.post("/v1.0/groups", body);
    assert.equal(made.status, 201);
    const path = `/v1.0/groups/${made.body.id}`;
    assert.equal((await world.call("PATCH", path, { description: "d" })).status, 204);
    const add = (id: string) =>
      world.post(`${path}/members/$ref`, { "@odata.id": `https://graph.microsoft.com/v1.0/directoryObjects/${id}` });
    const inner = await groupId(world, "Inner");
    assert.equal((await add(inner)).status, 204);
    assert.equal((await add(inner)).status, 400);
    assert.equal((await add(unknownId)).status, 404);
    const types = (answer: { body: { value: Record<string, string>[] } }) =>
      answer.body.value.map((row) => row["@odata.type"]).sort();
    assert.deepEqual(types(await world.get(`${path}/members`)), ["#microsoft.graph.group"]);
    assert.deepEqual(types(await world.get(`${path}/transitiveMembers`)), [
      "#microsoft.graph.device",
      "#microsoft.graph.group",
      "#microsoft.graph.user",
    ]);
    assert.deepEqual(types(await world.get(`${path}/transitiveMembers/microsoft.graph.user`)), [
      "#microsoft.graph.user",
    ]);
    assert.equal((await world.call("DELETE", `${path}/members/${inner}/$ref`)).status, 204);
    assert.equal((await world.call("DELETE", `${path}/members/${inner}/$ref`)).status, 404);
    assert.equal((await world.call("DELETE", path)).status, 204);
    assert.equal((await world.get(path)).status, 404);
    for (const wrong of [
      { ...body, mailNickname: undefined },
      { ...body, mailEnabled: true },
      { ...body, groupTypes: ["Unified"] },
    ]) {
      assert.equal((await world.post("/v1.0/groups", wrong)).status, 400);
    }
  });

  it("survives groups that contain each other", async () => {
    const world = openWorld({
      ...people,
      groups: [
        { displayName: "A", members: ["B", "ann@test.example"] },
        { displayName: "B", members: ["A"] },
      ],
    });
    const id = await groupId(world, "B");
    assert.equal((await world.get(`/beta/groups/${id}/transitiveMembers`)).body.value.length, 3);
  });

  it("lists devices; a filter that Intune does not know is ignored", async () => {
    const world = openWorld(people);
    assert.equal((await world.get("/beta/deviceManagement/managedDevices?$filter=imei eq 'x'")).body.value.length, 1);
    const [device] = (await world.get("/v1.0/deviceManagement/managedDevices")).body.value;
    assert.deepEqual([device.deviceName, device.joinType, device.exchangeAccessState], ["PHONE", undefined, "none"]);
    assert.equal((await world.post(`/v1.0/deviceManagement/managedDevices/${device.id}/syncDevice`)).status, 204);
    assert.equal(
      (await world.get(`/v1.0/deviceManagement/managedDevices/${device.id}`)).body.lastSyncDateTime,
      "2020-03-02T08:00:00Z",
    );
  });
});
