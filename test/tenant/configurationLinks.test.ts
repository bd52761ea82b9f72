/** What device configurations lead to: certificates, derived credentials, assignments, devices. */
import assert from "node:assert/strict";
import {
  assign,
  configurations,
  groupId,
  intuneText,
  makeProfile,
  openWorld,
  profileBodies,
  type World,
} from "./world";

const company = {
  users: [{ userPrincipalName: "ann@test.example", displayName: "Ann", mail: "ann@test.example" }],
  groups: [
    { displayName: "All", members: ["ann@test.example"] },
    { displayName: "None", members: [] },
  ],
  devices: [
    { deviceName: "PHONE", user: "ann@test.example", platform: "ios", osVersion: "13", model: "m", manufacturer: "f" },
    {
      deviceName: "PC",
      user: "ann@test.example",
      platform: "windows10",
      osVersion: "10",
      model: "m",
      manufacturer: "f",
    },
  ],
  apps: [{ displayName: "Gmail", packageId: "com.google.android.gm" }],
};
const scep = {
  "@odata.type": "#microsoft.graph.iosScepCertificateProfile",
  displayName: "scep",
  certificateValidityPeriodScale: "years",
  certificateValidityPeriodValue: 2,
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
const credential = {
  displayName: "Purebred",
  issuer: "purebred",
  notificationType: "email",
  renewalThresholdPercentage: 20,
};
const credentials = "/beta/deviceManagement/derivedCredentials";
const unknownId = "11111111-1111-4111-8111-111111111111";
const address = (collection: string, id: string) =>
  `https://graph.microsoft.com/beta/deviceManagement/${collection}('${id}')`;

async function made(world: World, path: string, body: object): Promise<string> {
  const answer = await world.post(path, body);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body.id;
}

describe("links of device configurations", () => {
  it("PUT on a collection, and POST on a single link, have no route (IntuneManagement#114)", async () => {
    const world = openWorld(company);
    const id = await makeProfile(world, "ios");
    const body = { "@odata.id": address("deviceConfigurations", await made(world, configurations, scep)) };
    const cast = `${configurations}('${id}')/microsoft.graph.iosEasEmailProfileConfiguration`;
    const tried: [string, string][] = [
      ["PUT", `${cast}/assignments/$ref`],
      ["PUT", `${cast}/deviceStatuses/$ref`],
      ["PUT", `${cast}/faxCertificate/$ref`],
      ["POST", `${cast}/identityCertificate/$ref`],
      ["POST", `${cast}/assignments/$ref`],
    ];
    for (const [method, path] of tried) {
      const answer = await world.call(method, path, body);
      assert.deepEqual([answer.status, answer.body.error.code], [400, "No method match route template"], path);
      assert.match(
        intuneText(answer),
        new RegExp(`No OData route exists that match template ~.*with http verb ${method}`),
      );
    }
  });

  const wrong: [string, (id: string) => unknown, RegExp][] = [
    ["to another collection", (id) => ({ "@odata.id": address("managedDevices", id) }), /one in deviceConfigurations/],
    ["to nothing there", () => ({ "@odata.id": address("deviceConfigurations", unknownId) }), /does not exist/],
    ["without an address", () => ({}), /'@odata\.id'/],
    ["that is no object", (id) => address("deviceConfigurations", id), /'@odata\.id'/],
    ["with a property", (id) => ({ "@odata.id": address("deviceConfigurations", id), keySize: 1 }), /'keySize'/],
  ];
  for (const [name, body, message] of wrong) {
    it(`refuses a certificate ${name}`, async () => {
      const world = openWorld(company);
      const id = await makeProfile(world, "ios");
      const link = `${configurations}/${id}/identityCertificate`;
      const answer = await world.call("PUT", `${link}/$ref`, body(await made(world, configurations, scep)));
      assert.equal(answer.status, 400);
      assert.match(intuneText(answer), message);
      assert.equal((await world.get(link)).status, 404);
    });
  }

  it("refuses a bind to another collection, and makes nothing", async () => {
    const world = openWorld(company);
    const id = await made(world, configurations, scep);
    for (const [name, collection] of [
      ["identityCertificate", "derivedCredentials"],
      ["derivedCredentialSettings", "deviceConfigurations"],
    ]) {
      const bind = { [`${name}@odata.bind`]: address(collection!, id) };
      const answer = await world.post(configurations, { displayName: "P", ...profileBodies.ios, ...bind });
      assert.equal(answer.status, 400);
      assert.match(intuneText(answer), new RegExp(`'${name}@odata\\.bind' is an address in '${collection}'`));
    }
    assert.equal((await world.get(configurations)).body.value.length, 1);
  });

  it("v1.0, which has no type with links, has no links", async () => {
    const world = openWorld(company);
    const id = await makeProfile(world, "ios");
    for (const name of ["identityCertificate", "derivedCredentialSettings", "managedDeviceCertificateStates"]) {
      assert.equal((await world.get(`/v1.0/deviceManagement/deviceConfigurations/${id}/${name}`)).status, 400, name);
    }
  });

  it("changing the method of authentication leaves links as they are (microsoft-graph-docs#5851)", async () => {
    const world = openWorld(company);
    const certificate = await made(world, configurations, scep);
    const id = await makeProfile(world, "ios", {
      authenticationMethod: "certificate",
      "identityCertificate@odata.bind": address("deviceConfigurations", certificate),
    });
    const { body } = await world.call("PATCH", `${configurations}/${id}`, {
      "@odata.type": profileBodies.ios["@odata.type"],
      authenticationMethod: "usernameAndPassword",
    });
    assert.equal(body.authenticationMethod, "usernameAndPassword");
    assert.equal((await world.get(`${configurations}/${id}/identityCertificate`)).body.id, certificate);
  });
});

describe("derived credentials", () => {
  it("are made, read, changed, deleted", async () => {
    const world = openWorld();
    const id = await made(world, credentials, credential);
    const { "@odata.context": _, ...entity } = (await world.get(`${credentials}('${id}')`)).body;
    assert.deepEqual(entity, { id, ...credential, helpUrl: null });
    const changed = await world.call("PATCH", `${credentials}/${id}`, { helpUrl: "https://help.example" });
    assert.deepEqual([changed.status, changed.body.helpUrl], [200, "https://help.example"]);
    assert.equal((await world.get(credentials)).body.value.length, 1);
    assert.equal((await world.call("DELETE", `${credentials}/${id}`)).status, 204);
    for (const method of ["GET", "DELETE"])
      assert.equal((await world.call(method, `${credentials}/${id}`)).status, 404);
    assert.equal((await world.get("/v1.0/deviceManagement/derivedCredentials")).status, 400);
  });

  const wrong: [string, object, RegExp][] = [
    ["an unknown issuer", { ...credential, issuer: "acme" }, /'acme'.*purebred/],
    ["no name", { ...credential, displayName: undefined }, /'displayName' is required/],
    ["an unknown property", { ...credential, colour: "red" }, /'colour'/],
  ];
  for (const [name, body, message] of wrong) {
    it(`refuses ${name}`, async () => {
      const answer = await openWorld().post(credentials, body);
      assert.equal(answer.status, 400);
      assert.match(intuneText(answer), message);
    });
  }

  it("are bound, expanded, unlinked, and gone from profiles when they are deleted", async () => {
    const world = openWorld();
    const [first, second] = [await made(world, credentials, credential), await made(world, credentials, credential)];
    const id = await makeProfile(world, "ios", {
      authenticationMethod: "derivedCredential",
      "derivedCredentialSettings@odata.bind": address("derivedCredentials", first),
    });
    const link = `${configurations}('${id}')/microsoft.graph.iosEasEmailProfileConfiguration/derivedCredentialSettings`;
    assert.equal((await world.get(link)).body.id, first);
    const put = await world.call("PUT", `${link}/$ref`, { "@odata.id": address("derivedCredentials", second) });
    assert.equal(put.status, 204);
    assert.ok((await world.get(`${link}/$ref`)).body["@odata.id"].endsWith(`derivedCredentials('${second}')`));
    assert.equal((await world.call("DELETE", `${link}/$ref`)).status, 204);
    assert.equal((await world.call("DELETE", `${link}/$ref`)).status, 404);
    await world.call("PUT", `${link}/$ref`, { "@odata.id": address("derivedCredentials", first) });
    await world.call("DELETE", `${credentials}/${first}`);
    assert.equal((await world.get(link)).status, 404);
  });

  it("are no link of other types, and no certificate", async () => {
    const world = openWorld();
    const id = await made(world, credentials, credential);
    const knox = await makeProfile(world, "samsungKnox");
    const body = { "@odata.id": address("derivedCredentials", id) };
    assert.equal(
      (await world.call("PUT", `${configurations}/${knox}/derivedCredentialSettings/$ref`, body)).status,
      400,
    );
    assert.equal((await world.get(`${configurations}/${knox}/derivedCredentialSettings`)).status, 400);
    const ios = await makeProfile(world, "ios");
    const wrong = { "@odata.id": address("deviceConfigurations", ios) };
    assert.equal(
      (await world.call("PUT", `${configurations}/${ios}/derivedCredentialSettings/$ref`, wrong)).status,
      400,
    );
  });
});

describe("certificates on devices", () => {
  it("managedDeviceCertificateStates tells what became of each, and nothing of what is not known", async () => {
    const world = openWorld(company);
    const trusted = await made(world, configurations, root);
    const bind = { "rootCertificate@odata.bind": address("deviceConfigurations", trusted) };
    const id = await made(world, configurations, { ...scep, ...bind });
    for (const each of [trusted, id]) await assign(world, each, ["All"]);
    const states = async () => {
      await world.post("/simulation/checkIn");
      return (await world.get(`${configurations}/${id}/managedDeviceCertificateStates`)).body.value;
    };
    const [state, ...others] = await states();
    assert.deepEqual(others, [], "the PC asks for no certificate of a phone");
    const known = {
      deviceDisplayName: "PHONE",
      userDisplayName: "Ann",
      devicePlatform: "iOS",
      certificateIssuanceState: "installed",
      certificateKeyLength: 2048,
      certificateKeyUsage: "keyEncipherment, digitalSignature",
      certificateValidityPeriod: 2,
      certificateValidityPeriodUnits: "years",
      certificateProfileDisplayName: "scep",
      certificateThumbprint: null,
      certificateExpirationDateTime: "0001-01-01T00:00:00Z",
    };
    for (const [name, value] of Object.entries(known)) assert.equal(state[name], value, name);
    await assign(world, trusted, []);
    assert.equal((await states())[0].certificateIssuanceState, "issueFailed", "its root is not there");
  });

  it("a type without them answers 400", async () => {
    const world = openWorld(company);
    for (const id of [await made(world, configurations, root), await makeProfile(world, "ios")]) {
      assert.equal((await world.get(`${configurations}/${id}/managedDeviceCertificateStates`)).status, 400);
    }
  });
});

describe("questions about device configurations", () => {
  it("getTargetedUsersAndDevices gives each device once", async () => {
    const world = openWorld(company);
    const ids = [await makeProfile(world, "ios", {}, ["All"]), await makeProfile(world, "windows10", {}, ["All"])];
    const path = `${configurations}/getTargetedUsersAndDevices`;
    const { status, body } = await world.post(path, { deviceConfigurationIds: ids });
    assert.equal(status, 200);
    const shown = body.value.map((each: Record<string, string>) => [each.deviceName, each.userPrincipalName]);
    assert.deepEqual(
      shown,
      ["PHONE", "PC"].map((name) => [name, "ann@test.example"]),
    );
    assert.deepEqual((await world.post(path, { deviceConfigurationIds: [] })).body.value, []);
    await assign(world, ids[0]!, []);
    assert.deepEqual((await world.post(path, { deviceConfigurationIds: [ids[0]] })).body.value, []);
    assert.equal((await world.post(path, { deviceConfigurationIds: [unknownId] })).status, 404);
  });

  it("hasPayloadLinks tells of each payload, of unknown ones in their own row", async () => {
    const world = openWorld(company);
    const [linked, free] = [await makeProfile(world, "ios", {}, ["All"]), await makeProfile(world, "ios")];
    const { body } = await world.post(`${configurations}/microsoft.graph.hasPayloadLinks`, {
      payloadIds: [linked, free, unknownId],
    });
    assert.deepEqual(
      body.value.map((each: Record<string, unknown>) => [
        each.payloadId,
        each.hasLink,
        each.sources,
        each.error === "",
      ]),
      [
        [linked, true, ["direct"], true],
        [free, false, [], true],
        [unknownId, false, [], false],
      ],
    );
  });

  const refused: [string, string, string, unknown][] = [
    ["no ids", "beta", "getTargetedUsersAndDevices", {}],
    ["no body", "beta", "hasPayloadLinks", undefined],
    ["an unknown parameter", "beta", "hasPayloadLinks", { payloadIds: [], all: true }],
    ["ids that are no texts", "beta", "hasPayloadLinks", { payloadIds: [1] }],
    ["v1.0, which has it not", "v1.0", "hasPayloadLinks", { payloadIds: [] }],
    ["v1.0, which has it not", "v1.0", "getTargetedUsersAndDevices", { deviceConfigurationIds: [] }],
    ["what belongs to no email profile", "beta", "getIosAvailableUpdateVersions", {}],
  ];
  for (const [name, version, action, body] of refused) {
    it(`${action} is refused: ${name}`, async () => {
      const path = `/${version}/deviceManagement/deviceConfigurations/${action}`;
      assert.equal((await openWorld(company).post(path, body)).status, 400);
    });
  }

  for (const action of [
    "assignedAccessMultiModeProfiles",
    "windowsPrivacyAccessControls",
    "getOmaSettingPlainTextValue",
  ]) {
    it(`${action} of a profile has no route`, async () => {
      const world = openWorld(company);
      const id = await makeProfile(world, "windows10");
      assert.equal((await world.post(`${configurations}/${id}/${action}`, {})).status, 400);
    });
  }
});

describe("assignments one by one", () => {
  const target = (type: string, more: object = {}) => ({
    target: { "@odata.type": `#microsoft.graph.${type}`, ...more },
  });

  it("a group assignment can be changed, leads to its profile, and is none of all devices", async () => {
    const world = openWorld(company);
    const id = await makeProfile(world, "ios", {}, ["All"]);
    const path = `${configurations}/${id}`;
    const groups = `${path}/groupAssignments`;
    const [{ id: first }] = (await world.get(groups)).body.value;
    const changed = await world.call("PATCH", `${groups}/${first}`, { excludeGroup: true });
    assert.deepEqual([changed.status, changed.body.excludeGroup, changed.body.id], [200, true, first]);
    const moved = await world.call("PATCH", `${groups}/${first}`, { targetGroupId: await groupId(world, "None") });
    assert.deepEqual([moved.status, moved.body.excludeGroup], [200, true]);
    assert.equal((await world.get(`${groups}/${first}`)).status, 404);
    assert.equal((await world.get(`${groups}/${moved.body.id}/deviceConfiguration`)).body.id, id);
    const all = await world.post(`${path}/assignments`, target("allDevicesAssignmentTarget"));
    for (const method of ["GET", "PATCH", "DELETE"]) {
      assert.equal(
        (await world.call(method, `${groups}/${all.body.id}`, method === "GET" ? undefined : {})).status,
        404,
      );
    }
    assert.equal((await world.call("DELETE", `${groups}/${moved.body.id}`)).status, 204);
  });

  const refused: [string, (id: string) => object, RegExp][] = [
    ["a group that is not there", () => ({ targetGroupId: unknownId }), /does not exist/],
    ["no group", () => ({ targetGroupId: null }), /needs the id/],
    ["an unknown property", () => ({ colour: "red" }), /'colour'/],
    ["a group that has one", (id) => ({ targetGroupId: id }), /already/],
  ];
  for (const [name, body, message] of refused) {
    it(`PATCH of a group assignment refuses ${name}, and keeps what was`, async () => {
      const world = openWorld(company);
      const id = await makeProfile(world, "ios", {}, ["All", "None"]);
      const groups = `${configurations}/${id}/groupAssignments`;
      const before = (await world.get(groups)).body.value;
      const answer = await world.call("PATCH", `${groups}/${before[0].id}`, body(before[1].targetGroupId));
      assert.equal(answer.status, 400);
      assert.match(intuneText(answer), message);
      assert.deepEqual((await world.get(groups)).body.value, before);
    });
  }

  it("a collection's target with the id of a group is the error that says nothing (microsoft-graph-docs#17605)", async () => {
    const world = openWorld(company);
    const path = `${configurations}/${await makeProfile(world, "ios")}`;
    const type = "configurationManagerCollectionAssignmentTarget";
    const answer = await world.post(`${path}/assign`, {
      assignments: [target(type, { collectionId: await groupId(world, "All") })],
    });
    assert.equal(answer.status, 400);
    assert.match(intuneText(answer), /^An error has occurred - Operation ID \(for customer support\): 0{8}/);
    assert.equal(
      (await world.post(`${path}/assign`, { assignments: [target(type, { collectionId: "SMS00001" })] })).status,
      200,
    );
  });

  it("v1.0 neither shows nor takes a target's filter, nor intent and source", async () => {
    const world = openWorld(company);
    const id = await makeProfile(world, "ios");
    const group = { groupId: await groupId(world, "All") };
    const filter = {
      deviceAndAppManagementAssignmentFilterId: unknownId,
      deviceAndAppManagementAssignmentFilterType: "include",
    };
    const path = (version: string) => `/${version}/deviceManagement/deviceConfigurations/${id}`;
    const filtered = { assignments: [target("groupAssignmentTarget", { ...group, ...filter })] };
    assert.equal((await world.post(`${path("v1.0")}/assign`, filtered)).status, 400);
    assert.equal((await world.post(`${path("beta")}/assign`, filtered)).status, 200);
    const [shown] = (await world.get(`${path("v1.0")}/assignments`)).body.value;
    assert.deepEqual(Object.keys(shown).sort(), ["id", "target"]);
    assert.deepEqual(shown.target, { "@odata.type": "#microsoft.graph.groupAssignmentTarget", ...group });
    const one = `${path("v1.0")}/assignments/${shown.id}`;
    assert.equal((await world.call("PATCH", one, { intent: "apply" })).status, 400);
    assert.equal((await world.call("PATCH", one, {})).status, 200);
    const [kept] = (await world.get(`${path("beta")}/assignments`)).body.value;
    assert.equal(kept.target.deviceAndAppManagementAssignmentFilterType, "include", "what v1.0 does not see stays");
    for (const wrong of [{ target: null }, { target: "x" }, [], "x"]) {
      assert.equal((await world.call("PATCH", one, wrong)).status, 400, JSON.stringify(wrong));
    }
  });

  it("assignments of an app are made, read, changed, deleted", async () => {
    const world = openWorld(company);
    const [app] = (await world.get("/beta/deviceAppManagement/mobileApps")).body.value;
    const path = `/beta/deviceAppManagement/mobileApps/${app.id}/assignments`;
    const group = { groupId: await groupId(world, "All") };
    const first = await world.post(path, { intent: "available", ...target("groupAssignmentTarget", group) });
    assert.equal(first.status, 201);
    assert.equal((await world.get(`${path}/${first.body.id}`)).body.intent, "available");
    const changed = await world.call("PATCH", `${path}/${first.body.id}`, { intent: "required" });
    assert.deepEqual(
      [changed.status, changed.body.intent, changed.body.target.groupId],
      [200, "required", group.groupId],
    );
    assert.deepEqual(
      (await world.get(path)).body.value.map(({ id }: { id: string }) => id),
      [changed.body.id],
    );
    for (const wrong of [{ intent: "perhaps" }, { colour: 1 }, { target: { groupId: unknownId } }, []]) {
      assert.equal((await world.call("PATCH", `${path}/${changed.body.id}`, wrong)).status, 400, JSON.stringify(wrong));
    }
    assert.equal((await world.post(path, { intent: "required" })).status, 400);
    const collection = (collectionId: string) =>
      target("configurationManagerCollectionAssignmentTarget", { collectionId });
    for (const id of ["SMS00001", "SMS00002"]) {
      assert.equal((await world.post(path, { intent: "required", ...collection(id) })).status, 201, id);
    }
    const [, second, third] = (await world.get(path)).body.value;
    assert.equal((await world.call("PATCH", `${path}/${second.id}`, collection("SMS00002"))).status, 400, "taken");
    assert.equal((await world.get(`${path}/${third.id}`)).body.target.collectionId, "SMS00002");
    const twice = await world.post(path, { intent: "required", ...collection("SMS00002") });
    assert.deepEqual([twice.status, twice.body.id], [201, third.id], "the second is ignored");
    assert.equal((await world.get(path)).body.value.length, 3);
    assert.equal((await world.call("DELETE", `${path}/${changed.body.id}`)).status, 204);
    assert.equal((await world.call("DELETE", `${path}/${changed.body.id}`)).status, 404);
  });
});
