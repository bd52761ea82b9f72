import assert from "node:assert/strict";
import {
  assign,
  checkIn,
  configurations,
  eventKinds,
  groupId,
  makeProfile,
  openWorld,
  type ProfileKind,
  type World,
} from "./world";

const mail = "ann@mail.test.example";
const kinds: Record<ProfileKind, { platform: string; osVersion: string; knoxVersion?: string; apps?: string[] }> = {
  ios: { platform: "ios", osVersion: "13.3" },
  samsungKnox: { platform: "samsungKnox", osVersion: "9.0", knoxVersion: "4.0" },
  windowsPhone81: { platform: "windowsPhone81", osVersion: "8.1" },
  windows10: { platform: "windows10", osVersion: "10.0.18363" },
  androidForWorkGmail: { platform: "androidForWork", osVersion: "9", apps: ["gmail"] },
  androidForWorkNineWork: { platform: "androidForWork", osVersion: "9", apps: ["nineWork"] },
};
const allKinds = Object.keys(kinds) as ProfileKind[];

/** A tenant with Ann, who is in the groups Mail (by way of Team) and Other, and has one device, D. */
function annWith(kind: ProfileKind, change: object = {}): World {
  return openWorld({
    users: [{ userPrincipalName: "ann@test.example", displayName: "Ann", mail, samAccountName: "ann" }],
    groups: [
      { displayName: "Mail", members: ["Team"] },
      { displayName: "Team", members: ["ann@test.example"] },
      { displayName: "Other", members: ["ann@test.example"] },
      { displayName: "Devices", members: ["D"] },
      { displayName: "Nobody" },
    ],
    devices: [{ deviceName: "D", user: "ann@test.example", model: "m", manufacturer: "f", ...kinds[kind], ...change }],
  });
}

const accounts = async (world: World) => (await world.get("/simulation/devices/D/accounts")).body.value.length;
const installedAccount = (world: World) => {
  const row = world.tenant.context.db.get<{ account: string | null }>(
    "SELECT account FROM deviceProfile WHERE account IS NOT NULL",
  );
  return row && JSON.parse(row.account!);
};
const compliance = (world: World) =>
  world.tenant.context.db.get<{ complianceState: string }>("SELECT complianceState FROM device")!.complianceState;

describe("check-in", () => {
  for (const kind of allKinds) {
    it(`E1: ${kind} installs on its own platform and leaves the others untouched`, async () => {
      for (const other of allKinds) {
        const world = annWith(other);
        const id = await makeProfile(world, kind, {}, ["Mail"]);
        const apps = kinds[other].platform === kinds[kind].platform && other !== kind;
        const expected =
          other === kind ? "compliant installed" : apps ? "unknown appMissing" : "notApplicable otherPlatform";
        assert.deepEqual(await checkIn(world, id), [`D ${expected}`], other);
        assert.equal(installedAccount(world) !== undefined, other === kind);
      }
    });
  }

  const minimums: [string, ProfileKind, object, string][] = [
    ["iOS 7.1.2", "ios", { osVersion: "7.1.2" }, "notApplicable belowMinimum"],
    ["iOS 8", "ios", { osVersion: "8" }, "compliant installed"],
    ["KNOX 3.9", "samsungKnox", { knoxVersion: "3.9" }, "notApplicable belowMinimum"],
    ["no KNOX", "samsungKnox", { knoxVersion: undefined }, "notApplicable belowMinimum"],
    ["KNOX 10, which is not below 4", "samsungKnox", { knoxVersion: "10.0" }, "compliant installed"],
    ["Windows Phone 8.0", "windowsPhone81", { osVersion: "8.0" }, "notApplicable belowMinimum"],
    ["Windows 8.1", "windows10", { osVersion: "8.1" }, "notApplicable belowMinimum"],
  ];
  for (const [name, kind, change, expected] of minimums) {
    it(`E1: ${name}`, async () => {
      const world = annWith(kind, change);
      const id = await makeProfile(world, kind, {}, ["Mail"]);
      assert.deepEqual(await checkIn(world, id), [`D ${expected}`]);
    });
  }

  const sources: [string, ProfileKind, object, { userName: string; emailAddress: string }][] = [
    ["names", "ios", {}, { userName: "ann@test.example", emailAddress: mail }],
    [
      "addresses",
      "ios",
      { usernameSource: "primarySmtpAddress", emailAddressSource: "userPrincipalName" },
      { userName: mail, emailAddress: "ann@test.example" },
    ],
    [
      "account of the domain",
      "windows10",
      { usernameAADSource: "samAccountName", userDomainNameSource: "netBiosDomainName" },
      { userName: "TEST\\ann", emailAddress: mail },
    ],
    ["short name on Android", "samsungKnox", { usernameSource: "username" }, { userName: "ann", emailAddress: mail }],
  ];
  for (const [name, kind, change, expected] of sources) {
    it(`E4: user name and address from ${name}`, async () => {
      const world = annWith(kind);
      await checkIn(world, await makeProfile(world, kind, change, ["Mail"]));
      const { userName, emailAddress } = installedAccount(world);
      assert.deepEqual({ userName, emailAddress }, expected);
    });
  }

  it("E4: says what is missing for a device without user", async () => {
    const world = annWith("ios", { user: undefined });
    const id = await makeProfile(world, "ios", {}, ["Devices"]);
    assert.deepEqual(await checkIn(world, id), ["D error userMissing"]);
  });

  it("E6: asks for the password with a password profile, never with a certificate", async () => {
    for (const [authenticationMethod, asked] of [
      ["usernameAndPassword", true],
      ["certificate", false],
    ] as const) {
      const world = annWith("ios");
      await checkIn(world, await makeProfile(world, "ios", { authenticationMethod }, ["Mail"]));
      assert.equal((await eventKinds(world, "D")).includes("passwordAsked"), asked);
    }
  });

  it("E8: a changed profile waits for its user, with the old settings on the device", async () => {
    const world = annWith("ios");
    const id = await makeProfile(world, "ios", {}, ["Mail"]);
    await checkIn(world, id);
    await world.call("PATCH", `${configurations}/${id}`, {
      "@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration",
      accountName: "New",
    });
    assert.deepEqual(await checkIn(world, id), ["D unknown approvalPending"]);
    assert.equal(installedAccount(world).settings.accountName, "Work");
    await checkIn(world, id);
    assert.equal((await eventKinds(world, "D")).filter((kind) => kind === "approvalAsked").length, 1);
    assert.deepEqual((await world.post("/simulation/devices/D/approve")).body, { approved: 1 });
    assert.equal(installedAccount(world).settings.accountName, "New");
    assert.deepEqual(await checkIn(world, id), ["D compliant installed"]);
  });

  it("E8: an account as an older release kept it, with what is not set, prompts nobody", async () => {
    const world = annWith("ios");
    const id = await makeProfile(world, "ios", {}, ["Mail"]);
    await checkIn(world, id);
    world.tenant.context.db.run(
      "UPDATE deviceProfile SET account = json_set(account, '$.settings.useOAuth', NULL, '$.settings.requireSmime', NULL)",
    );
    assert.equal(installedAccount(world).settings.useOAuth, null);
    assert.deepEqual(await checkIn(world, id), ["D compliant installed"]);
  });

  it("E8: a change that no device sees prompts nobody", async () => {
    const world = annWith("ios");
    const id = await makeProfile(world, "ios", {}, ["Mail"]);
    await checkIn(world, id);
    await world.call("PATCH", `${configurations}/${id}`, { displayName: "Renamed", description: "d" });
    assert.deepEqual(await checkIn(world, id), ["D compliant installed"]);
  });

  const same = { host: "MAIL.test.example", emailAddress: mail };
  const elsewhere = { host: "old.test.example", emailAddress: mail };
  const other = { host: "mail.test.example", emailAddress: "private@test.example" };
  /** What is expected for an account of the user's own: the profile's report, and how many such accounts are left. */
  const duplicates: [ProfileKind, object, string, number][] = [
    ["ios", same, "error duplicateAccount", 1],
    ["ios", elsewhere, "compliant installed", 1],
    ["ios", other, "compliant installed", 1],
    ["windows10", same, "compliant installed", 0],
    ["windows10", elsewhere, "compliant installed", 1],
    ["windowsPhone81", same, "compliant installed", 0],
    ["windowsPhone81", elsewhere, "compliant installed", 1],
    ["samsungKnox", same, "compliant installed", 0],
    ["samsungKnox", elsewhere, "compliant installed", 0],
    ["samsungKnox", other, "compliant installed", 1],
    ["androidForWorkGmail", same, "compliant installed", 1],
    ["androidForWorkNineWork", same, "compliant installed", 1],
  ];
  for (const [kind, account, expected, left] of duplicates) {
    it(`E9: ${kind} with the user's account ${JSON.stringify(account)}`, async () => {
      const world = annWith(kind, { accounts: [account] });
      const id = await makeProfile(world, kind, {}, ["Mail"]);
      assert.deepEqual(await checkIn(world, id), [`D ${expected}`]);
      assert.equal(await accounts(world), left);
    });
  }

  it("E9: on iOS the device is not compliant until the account is removed, and then the profile arrives", async () => {
    const world = annWith("ios", { accounts: [same] });
    const id = await makeProfile(world, "ios", {}, ["Mail"]);
    await checkIn(world, id);
    assert.equal(compliance(world), "noncompliant");
    await world.call("DELETE", "/simulation/devices/D/accounts", { emailAddress: mail });
    assert.equal(compliance(world), "noncompliant");
    assert.deepEqual(await checkIn(world, id), ["D compliant installed"]);
    assert.equal(compliance(world), "compliant");
    const happened = await eventKinds(world, "D");
    for (const kind of ["accountBlocked", "portalMessage", "complianceChanged", "accountRemoved", "profileInstalled"]) {
      assert.ok(happened.includes(kind), kind);
    }
  });

  it("E9: KNOX overwrites the account each time the user makes it", async () => {
    const world = annWith("samsungKnox");
    const id = await makeProfile(world, "samsungKnox", {}, ["Mail"]);
    await checkIn(world, id);
    for (let time = 1; time <= 2; time++) {
      await world.post("/simulation/devices/D/accounts", { hostName: "old.test.example", emailAddress: mail });
      await checkIn(world, id);
      assert.equal(await accounts(world), 0);
      assert.equal((await eventKinds(world, "D")).filter((kind) => kind === "accountOverwritten").length, time);
    }
  });

  it("E9: two KNOX profiles with one address overwrite each other at every check-in", async () => {
    const world = annWith("samsungKnox");
    const first = await makeProfile(world, "samsungKnox", { displayName: "one" }, ["Mail"]);
    const second = await makeProfile(world, "samsungKnox", { displayName: "two", hostName: "two.test.example" }, [
      "Mail",
    ]);
    for (let time = 1; time <= 3; time++) {
      assert.deepEqual(await checkIn(world, first), ["D conflict sameAccount"]);
      assert.deepEqual(await checkIn(world, second), ["D conflict sameAccount"]);
      assert.equal((await eventKinds(world, "D")).filter((kind) => kind === "accountOverwritten").length, time * 2);
      assert.equal(installedAccount(world).hostName, "two.test.example");
    }
  });

  it("E9: two iOS profiles with one host and address do not: the first stays", async () => {
    const world = annWith("ios");
    const first = await makeProfile(world, "ios", { displayName: "one" }, ["Mail"]);
    const second = await makeProfile(world, "ios", { displayName: "two" }, ["Mail"]);
    assert.deepEqual(await checkIn(world, first), ["D compliant installed"]);
    assert.deepEqual(await checkIn(world, second), ["D conflict sameAccount"]);
  });

  it("E10: an Android for Work profile waits for its app, with an alert that names it", async () => {
    for (const [kind, app, name] of [
      ["androidForWorkGmail", "gmail", "Gmail"],
      ["androidForWorkNineWork", "nineWork", "Nine Work"],
    ] as const) {
      const world = annWith(kind, { apps: [] });
      const id = await makeProfile(world, kind, {}, ["Mail"]);
      assert.deepEqual(await checkIn(world, id), ["D unknown appMissing"]);
      const { alerts } = (await world.get("/simulation/status")).body;
      assert.match(alerts[0].message, new RegExp(`${name} app`));
      await world.call("PATCH", "/simulation/devices/D", { apps: [app] });
      assert.deepEqual(await checkIn(world, id), ["D compliant installed"]);
      assert.deepEqual((await world.get("/simulation/status")).body.alerts, []);
    }
  });

  const targets: [string, string[], string[]][] = [
    ["nested group of the user", ["Mail"], ["D compliant installed"]],
    ["group of the device", ["Devices"], ["D compliant installed"]],
    ["group of neither", ["Nobody"], []],
    ["included and excluded", ["Mail", "-Devices"], []],
    ["excluded only", ["-Mail"], []],
  ];
  for (const [name, groups, expected] of targets) {
    it(`D1: ${name}`, async () => {
      const world = annWith("ios");
      const id = await makeProfile(world, "ios", {}, groups);
      assert.deepEqual(await checkIn(world, id), expected);
    });
  }

  it("D1: all devices, and all licensed users", async () => {
    for (const [type, licensed, count] of [
      ["allDevices", false, 1],
      ["allLicensedUsers", true, 1],
      ["allLicensedUsers", false, 0],
    ] as const) {
      const world = annWith("ios");
      world.tenant.context.db.run("UPDATE user SET licensed = :licensed", { licensed: licensed ? 1 : 0 });
      const id = await makeProfile(world, "ios");
      await world.post(`${configurations}/${id}/assign`, {
        assignments: [{ target: { "@odata.type": `#microsoft.graph.${type}AssignmentTarget` } }],
      });
      assert.equal((await checkIn(world, id)).length, count, `${type} ${licensed}`);
    }
  });

  it("D2: a device that has not checked in since is pending", async () => {
    const world = annWith("ios");
    const id = await makeProfile(world, "ios", {}, ["Mail"]);
    const overview = await world.get(`${configurations}/${id}/deviceStatusOverview`);
    assert.equal(overview.body.pendingCount, 1);
    await checkIn(world, id);
    const after = await world.get(`${configurations}/${id}/deviceStatusOverview`);
    assert.deepEqual([after.body.pendingCount, after.body.successCount], [0, 1]);
  });

  it("D3: the only email profile stays when it is no longer assigned, and is reported as retained", async () => {
    const world = annWith("ios");
    const id = await makeProfile(world, "ios", {}, ["Mail"]);
    await checkIn(world, id);
    await assign(world, id, []);
    assert.deepEqual(await checkIn(world, id), ["D notAssigned retained"]);
    await checkIn(world, id);
    assert.equal((await eventKinds(world, "D")).filter((kind) => kind === "profileRetained").length, 1);
    const other = await makeProfile(world, "ios", { displayName: "next", hostName: "next.test.example" }, ["Mail"]);
    assert.deepEqual(await checkIn(world, other), ["D compliant installed"]);
    assert.deepEqual(await checkIn(world, id), []);
  });

  it("D3: one of two goes, and a device in another targeted group keeps its profile", async () => {
    const world = annWith("ios");
    const one = await makeProfile(world, "ios", { displayName: "one" }, ["Mail", "Other"]);
    const two = await makeProfile(world, "ios", { displayName: "two", hostName: "two.test.example" }, ["Mail"]);
    await checkIn(world, one);
    await assign(world, one, ["Other"]);
    assert.deepEqual(await checkIn(world, one), ["D compliant installed"]);
    await assign(world, one, []);
    assert.deepEqual(await checkIn(world, one), []);
    assert.deepEqual(await checkIn(world, two), ["D compliant installed"]);
  });

  it("D4: a deleted profile leaves at the next check-in, even as the only one", async () => {
    const world = annWith("ios");
    const id = await makeProfile(world, "ios", {}, ["Mail"]);
    await checkIn(world, id);
    await world.call("DELETE", `${configurations}/${id}`);
    assert.ok(installedAccount(world));
    await checkIn(world, id);
    assert.equal(installedAccount(world), undefined);
    assert.ok((await eventKinds(world, "D")).includes("profileRemoved"));
  });

  it("D5: membership that changes takes effect at the next check-in", async () => {
    const world = annWith("ios");
    const id = await makeProfile(world, "ios", {}, ["Nobody"]);
    assert.deepEqual(await checkIn(world, id), []);
    const [nobody, ann] = [await groupId(world, "Nobody"), (await world.get("/beta/users/ann@test.example")).body.id];
    await world.post(`/beta/groups/${nobody}/members/$ref`, {
      "@odata.id": `https://graph.microsoft.com/v1.0/directoryObjects/${ann}`,
    });
    assert.deepEqual(await checkIn(world, id), ["D compliant installed"]);
  });

  it("retire takes the profiles along and ends check-ins", async () => {
    const world = annWith("ios");
    const id = await makeProfile(world, "ios", {}, ["Mail"]);
    await checkIn(world, id);
    const device = (await world.get("/beta/deviceManagement/managedDevices")).body.value[0].id;
    assert.equal((await world.post(`/beta/deviceManagement/managedDevices/${device}/retire`)).status, 204);
    assert.equal(installedAccount(world), undefined);
    assert.equal((await world.post(`/beta/deviceManagement/managedDevices/${device}/syncDevice`)).status, 400);
    assert.deepEqual((await world.post("/simulation/checkIn")).body, { checkedIn: 0 });
  });

  it("by the clock, each device checks in once in every interval", async () => {
    const world = annWith("ios");
    const id = await makeProfile(world, "ios", {}, ["Mail"]);
    const moved = await world.post("/simulation/clock", { advance: "24h" });
    assert.deepEqual([moved.body.now, moved.body.tasks], ["2020-03-03T08:00:00Z", 3]);
    const status = (await world.get("/simulation/status")).body.profiles[0];
    assert.equal(status.id, id);
    assert.equal(status.counts.successCount, 1);
  });
});
