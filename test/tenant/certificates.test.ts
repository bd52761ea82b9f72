/** Certificates and apps arrive on devices, and what a connection makes of them: E10 to E12, over the tenant's surface. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { base64Of, pem } from "../provider/certificates";
import { assign, checkIn, configurations, eventKinds, groupId, makeProfile, openWorld, type World } from "./world";

const apps = "/beta/deviceAppManagement/mobileApps";
const host = "mail.contoso.example";

type Platform = "ios" | "samsungKnox" | "androidForWork";
const devices: Record<Platform, object> = {
  ios: { platform: "ios", osVersion: "13.3" },
  samsungKnox: { platform: "samsungKnox", osVersion: "9.0", knoxVersion: "4.0" },
  androidForWork: { platform: "androidForWork", osVersion: "9" },
};

function annWith(platform: Platform, more: object = {}): World {
  return openWorld({
    users: [{ userPrincipalName: "ann@test.example", displayName: "Ann", mail: "ann@contoso.example" }],
    groups: [{ displayName: "Mail", members: ["ann@test.example"] }, { displayName: "Other" }],
    devices: [{ deviceName: "D", user: "ann@test.example", model: "m", manufacturer: "f", ...devices[platform] }],
    ...more,
  });
}

const prefixes = { ios: "ios", samsungKnox: "android", androidForWork: "androidForWork" };

async function certificate(world: World, type: string, more: object, groups: string[]): Promise<string> {
  const body = { "@odata.type": `#microsoft.graph.${type}`, displayName: type, ...more };
  const made = await world.post(configurations, body);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  if (groups.length > 0) await assign(world, made.body.id, groups);
  return made.body.id;
}

const trusted = (world: World, platform: Platform, text: string, groups = ["Mail"], displayName = "Root") =>
  certificate(
    world,
    `${prefixes[platform]}TrustedRootCertificate`,
    { displayName, trustedRootCertificate: base64Of(text) },
    groups,
  );

const scep = (world: World, platform: Platform, rootId: string | undefined, groups = ["Mail"]) =>
  certificate(
    world,
    `${prefixes[platform]}ScepCertificateProfile`,
    {
      displayName: "Identity",
      scepServerUrls: ["https://ndes.test.example"],
      subjectNameFormat: "commonName",
      subjectAlternativeNameType: "none",
      keyUsage: "digitalSignature",
      keySize: "size2048",
      ...(platform === "ios" ? {} : { hashAlgorithm: "sha2" }),
      certificateValidityPeriodScale: "years",
      certificateValidityPeriodValue: 1,
      renewalThresholdPercentage: 20,
      ...(rootId ? { "rootCertificate@odata.bind": `${configurations}('${rootId}')` } : {}),
    },
    groups,
  );

const statusOf = async (world: World, id: string) =>
  (await world.get(`${configurations}/${id}/deviceStatuses`)).body.value.map((row: { status: string }) => row.status);
const alerts = async (world: World) =>
  (await world.get("/simulation/status")).body.alerts.map(
    ({ rule, kind, message }: Record<string, string>) => `${rule} ${kind}: ${message}`,
  );
const now = (world: World) => world.post("/simulation/checkIn", {});

describe("certificates at check-in", () => {
  it("arrive by their own assignments, with the status that Graph has; another platform's do not", async () => {
    const world = annWith("ios");
    const [mine, others, unassigned] = [
      await trusted(world, "ios", pem.root),
      await trusted(world, "samsungKnox", pem.root),
      await trusted(world, "ios", pem.other, []),
    ];
    assert.deepEqual(await statusOf(world, mine), ["unknown"]);
    await now(world);
    assert.deepEqual(await statusOf(world, mine), ["compliant"]);
    assert.deepEqual(await statusOf(world, others), ["notApplicable"]);
    assert.deepEqual(await statusOf(world, unassigned), []);
    const { body } = await world.get(`${configurations}/${mine}/deviceStatusOverview`);
    assert.deepEqual([body.successCount, body.configurationVersion], [1, 1]);
    assert.deepEqual(await eventKinds(world, "D"), ["certificateInstalled"]);
    await now(world);
    assert.deepEqual(await eventKinds(world, "D"), ["certificateInstalled"], "nothing changed");
  });

  it("leave when they are assigned no more, or deleted; they are never retained, and do not retain mail (D3, D4)", async () => {
    const world = annWith("ios");
    const [one, two] = [await trusted(world, "ios", pem.root), await trusted(world, "ios", pem.other)];
    const mail = await makeProfile(world, "ios", {}, ["Mail"]);
    await now(world);
    await assign(world, one, []);
    await world.call("DELETE", `${configurations}/${two}`);
    await assign(world, mail, []);
    await now(world);
    assert.deepEqual((await eventKinds(world, "D")).slice(-3), [
      "certificateRemoved",
      "certificateRemoved",
      "profileRetained",
    ]);
    assert.deepEqual(await statusOf(world, one), []);
  });

  it("E12: a SCEP certificate needs its root on the device, and comes once that is there", async () => {
    const world = annWith("ios");
    const root = await trusted(world, "ios", pem.root, []);
    const [identity, rootless] = [await scep(world, "ios", root), await scep(world, "ios", undefined)];
    await now(world);
    assert.deepEqual([await statusOf(world, identity), await statusOf(world, rootless)], [["error"], ["error"]]);
    assert.deepEqual((await alerts(world)).sort(), [
      "E12 rootCertificateMissing: Identity cannot be issued: Root is not on the device.",
      "E12 rootCertificateMissing: Identity cannot be issued: no trusted certificate is linked to it.",
    ]);
    await assign(world, root, ["Mail"]);
    await now(world);
    assert.deepEqual([await statusOf(world, identity), await statusOf(world, rootless)], [["compliant"], ["error"]]);
  });

  for (const platform of ["ios", "samsungKnox", "androidForWork"] as const) {
    it(`E12: on ${platform} a device without the identity certificate cannot connect, and can once it has it`, async () => {
      const world = annWith(platform);
      await world.call("PATCH", "/simulation/devices/D", platform === "androidForWork" ? { apps: ["gmail"] } : {});
      const root = await trusted(world, platform, pem.root);
      const identity = await scep(world, platform, root, []);
      const mail = await makeProfile(
        world,
        platform === "androidForWork" ? "androidForWorkGmail" : platform,
        {
          hostName: host,
          authenticationMethod: "certificate",
          "identityCertificate@odata.bind": `${configurations}('${identity}')`,
        },
        ["Mail"],
      );
      assert.deepEqual(await checkIn(world, mail), ["D error identityCertificateMissing"]);
      assert.deepEqual(await alerts(world), [
        "E12 identityCertificateMissing: ann@contoso.example cannot connect: its identity certificate Identity is not on the device.",
      ]);
      assert.ok((await eventKinds(world, "D")).includes("connectionFailed"));
      await assign(world, identity, ["Mail"]);
      assert.deepEqual(await checkIn(world, mail), ["D compliant installed"]);
      assert.deepEqual(await alerts(world), []);
      await world.call("DELETE", `${configurations}/${identity}`);
      assert.deepEqual(await checkIn(world, mail), ["D error identityCertificateMissing"]);
      assert.match((await alerts(world))[0], /no identity certificate is linked to its profile/);
    });
  }

  it("E6: a profile that goes from certificate to password asks for one, once its user has approved (E8)", async () => {
    const world = annWith("ios");
    const identity = await scep(world, "ios", await trusted(world, "ios", pem.root));
    const bind = { "identityCertificate@odata.bind": `${configurations}('${identity}')` };
    const mail = await makeProfile(world, "ios", { authenticationMethod: "certificate", ...bind }, ["Mail"]);
    assert.deepEqual(await checkIn(world, mail), ["D compliant installed"]);
    const type = "#microsoft.graph.iosEasEmailProfileConfiguration";
    const change = { "@odata.type": type, authenticationMethod: "usernameAndPassword" };
    await world.call("PATCH", `${configurations}/${mail}`, change);
    await now(world);
    const asked = async () => (await eventKinds(world, "D")).filter((kind) => kind === "passwordAsked").length;
    assert.equal(await asked(), 0);
    await world.post("/simulation/devices/D/approve");
    assert.equal(await asked(), 1);
    await now(world);
    assert.equal(await asked(), 1);
  });

  const rootX509 = new X509Certificate(pem.root);
  const chains: { name: string; servers: object[]; reason: string }[] = [
    { name: "a server of which nothing is said", servers: [], reason: "compliant installed" },
    { name: "a server that trusts all", servers: [{ host }], reason: "compliant installed" },
    {
      name: "a server that trusts the root by name",
      servers: [{ host, trusts: ["root"] }],
      reason: "compliant installed",
    },
    { name: "by SHA-256", servers: [{ host, trusts: [rootX509.fingerprint256] }], reason: "compliant installed" },
    {
      name: "by SHA-1 without colons",
      servers: [{ host, trusts: [rootX509.fingerprint.replaceAll(":", "").toLowerCase()] }],
      reason: "compliant installed",
    },
    {
      name: "a server that trusts another",
      servers: [{ host, trusts: ["Fabrikam"] }],
      reason: "compliant chainNotTrusted",
    },
    { name: "a server that trusts none", servers: [{ host, trusts: [] }], reason: "compliant chainNotTrusted" },
  ];
  for (const { name, servers, reason } of chains) {
    it(`E12: with ${name}, the device is ${reason}`, async () => {
      const world = annWith("ios", { mailServers: servers });
      const identity = await scep(world, "ios", await trusted(world, "ios", pem.root));
      const bind = { "identityCertificate@odata.bind": `${configurations}('${identity}')` };
      const settings = { hostName: `${host}:443`, authenticationMethod: "certificate", ...bind };
      const mail = await makeProfile(world, "ios", settings, ["Mail"]);
      assert.deepEqual(await checkIn(world, mail), [`D ${reason}`]);
      if (reason.endsWith("chainNotTrusted")) {
        assert.match(
          (await alerts(world))[0],
          /E12 .*mail\.contoso\.example does not trust Root, which Identity is issued by/,
        );
      }
    });
  }

  const missing = "compliant serverCertificateMissing";
  const ssl: {
    name: string;
    deploy?: (world: World) => Promise<string>;
    change?: object;
    servers?: object[];
    reason: string;
  }[] = [
    { name: "nothing", reason: missing },
    { name: "nothing, without SSL", change: { requireSsl: false }, reason: "compliant installed" },
    {
      name: "the server's certificate",
      deploy: (world) => trusted(world, "samsungKnox", pem.mail),
      reason: "compliant installed",
    },
    { name: "another certificate", deploy: (world) => trusted(world, "samsungKnox", pem.other), reason: missing },
    {
      name: "the root of a server of which nothing is said",
      deploy: (world) => trusted(world, "samsungKnox", pem.root),
      reason: missing,
    },
    {
      name: "the root that vouches for the server",
      deploy: (world) => trusted(world, "samsungKnox", pem.root),
      servers: [{ host, issuedBy: ["Root"] }],
      reason: "compliant installed",
    },
    {
      name: "the certificate to another group",
      deploy: (world) => trusted(world, "samsungKnox", pem.mail, ["Other"]),
      reason: missing,
    },
    { name: "the certificate for iOS", deploy: (world) => trusted(world, "ios", pem.mail), reason: missing },
    {
      name: "bytes that are no certificate",
      deploy: (world) => trusted(world, "samsungKnox", "QUJD"),
      reason: missing,
    },
  ];
  for (const { name, deploy, change, servers, reason } of ssl) {
    it(`E11: on KNOX with ${name} deployed, the device is ${reason}`, async () => {
      const world = annWith("samsungKnox", { mailServers: servers ?? [] });
      await deploy?.(world);
      const mail = await makeProfile(world, "samsungKnox", { hostName: host, requireSsl: true, ...change }, ["Mail"]);
      assert.deepEqual(await checkIn(world, mail), [`D ${reason}`]);
      const said = await alerts(world);
      if (reason === missing)
        assert.match(said[0], /^E11 .*certificate on the device is that of mail\.contoso\.example\. Deploy/);
      else assert.deepEqual(said, []);
    });
  }

  it("E11: the certificate comes later, and the next check-in connects", async () => {
    const world = annWith("samsungKnox");
    const mail = await makeProfile(world, "samsungKnox", { hostName: host, requireSsl: true }, ["Mail"]);
    assert.deepEqual(await checkIn(world, mail), [`D ${missing}`]);
    await trusted(world, "samsungKnox", pem.mail);
    assert.deepEqual(await checkIn(world, mail), ["D compliant installed"]);
  });
});

describe("apps of the tenant (E10)", () => {
  const gmail = async (world: World) =>
    (await world.get(`${apps}?$filter=${encodeURIComponent("displayName eq 'Gmail'")}`)).body.value[0];
  const target = async (world: World, name: string, type = "groupAssignmentTarget") => ({
    "@odata.type": `#microsoft.graph.${type}`,
    groupId: await groupId(world, name),
  });
  const assignApp = async (world: World, mobileAppAssignments: object[]) =>
    world.post(`${apps}/${(await gmail(world)).id}/assign`, { mobileAppAssignments });

  it("are Gmail and Nine Work where the seed says nothing", async () => {
    const { body } = await annWith("ios").get(apps);
    assert.deepEqual(
      body.value.map((app: Record<string, string>) => [app["@odata.type"], app.displayName, app.packageId]),
      [
        ["#microsoft.graph.androidManagedStoreApp", "Gmail", "com.google.android.gm"],
        ["#microsoft.graph.androidManagedStoreApp", "Nine Work", "com.ninefolders.hd3.work"],
      ],
    );
  });

  it("are those of the seed, where it says so", async () => {
    const app = { displayName: "Gmail", packageId: "com.google.android.gm", type: "androidForWorkApp" };
    const { body } = await annWith("ios", { apps: [app] }).get(apps);
    assert.deepEqual(
      body.value.map((each: Record<string, string>) => each["@odata.type"]),
      ["#microsoft.graph.androidForWorkApp"],
    );
  });

  it("arrive where they are required, and the profile that waited for one is installed", async () => {
    const world = annWith("androidForWork");
    const mail = await makeProfile(world, "androidForWorkGmail", {}, ["Mail"]);
    assert.deepEqual(await checkIn(world, mail), ["D unknown appMissing"]);
    const done = await assignApp(world, [{ intent: "required", target: await target(world, "Mail") }]);
    assert.equal(done.status, 204);
    assert.deepEqual(await checkIn(world, mail), ["D compliant installed"]);
    assert.ok((await eventKinds(world, "D")).includes("appInstalled"));
    assert.equal((await gmail(world)).isAssigned, true);
  });

  it("do not arrive where they are only available, are for others, or the device is excluded", async () => {
    const world = annWith("androidForWork", {
      groups: [
        { displayName: "Mail", members: ["ann@test.example"] },
        { displayName: "Out", members: ["D"] },
        { displayName: "Other" },
      ],
    });
    const mail = await makeProfile(world, "androidForWorkGmail", {}, ["Mail"]);
    const sets = [
      [{ intent: "available", target: await target(world, "Mail") }],
      [{ intent: "required", target: await target(world, "Other") }],
      [
        { intent: "required", target: await target(world, "Mail") },
        { intent: "required", target: await target(world, "Out", "exclusionGroupAssignmentTarget") },
      ],
    ];
    for (const set of sets) {
      assert.equal((await assignApp(world, set)).status, 204);
      assert.deepEqual(await checkIn(world, mail), ["D unknown appMissing"], JSON.stringify(set));
    }
  });

  it("leave where they are to be uninstalled", async () => {
    const world = annWith("androidForWork");
    await world.call("PATCH", "/simulation/devices/D", { apps: ["gmail"] });
    const mail = await makeProfile(world, "androidForWorkGmail", {}, ["Mail"]);
    assert.deepEqual(await checkIn(world, mail), ["D compliant installed"]);
    await assignApp(world, [{ intent: "uninstall", target: await target(world, "Mail") }]);
    assert.deepEqual(await checkIn(world, mail), ["D unknown appMissing"]);
  });

  it("refuse assignments that Graph would", async () => {
    const world = annWith("androidForWork");
    const mail = await target(world, "Mail");
    const refused: Record<string, object[]> = {
      "no intent": [{ target: mail }],
      "no target": [{ intent: "required" }],
      "another word": [{ intent: "wanted", target: mail }],
      "a group that is not there": [
        { intent: "required", target: { ...mail, groupId: "00000000-0000-0000-0000-00000000000a" } },
      ],
      "two intents": [
        { intent: "required", target: mail },
        { intent: "available", target: mail },
      ],
    };
    for (const [name, set] of Object.entries(refused)) assert.equal((await assignApp(world, set)).status, 400, name);
    const { id } = await gmail(world);
    assert.deepEqual((await world.get(`${apps}/${id}/assignments`)).body.value, []);
    assert.equal((await world.get(`${apps}/nothing`)).status, 404);
  });
});
