/** A twin of a Graph service that is not our tenant: what its people, devices and policies become, row by row. */
import assert from "node:assert/strict";
import type { Json } from "../../provider/graph/client";
import { twinInfo } from "../../provider/impact/twin";
import { readAssumptions } from "../../provider/impact/twin-assume";
import type { Tenant } from "../../provider/tenant";
import {
  assigned,
  device,
  excluded,
  group,
  type Holdings,
  id,
  member,
  profile,
  said,
  serviceOf,
  user,
  withTwinOf,
} from "./graph-service";

const rows = ({ context }: Tenant, sql: string) => context.db.all(sql).map((row) => ({ ...row }));
const one = (tenant: Tenant, sql: string) => rows(tenant, sql)[0];
const assume = (text: string) => ({ assumptions: readAssumptions(text, "assumed.yaml") });
const devices = "/deviceManagement/managedDevices";
const configurations = "/deviceManagement/deviceConfigurations";
const apps = "/deviceAppManagement/mobileApps";

describe("a twin of any Graph service", () => {
  it("is made where there is nothing but Graph, and nothing in it", async () => {
    const service = serviceOf({});
    await withTwinOf(service, (twin) => assert.equal(one(twin, "SELECT count(*) AS n FROM user")!.n, 0));
    assert.ok(service.asked.every((line) => line.startsWith("GET ") && !line.includes("/simulation")));
  });

  const people: { name: string; over: Json; is: object; assume?: string }[] = [
    { name: "as it is", over: {}, is: { mail: "p1@fabrikam.example", accountEnabled: 1, licensed: 1 } },
    { name: "disabled", over: { accountEnabled: false }, is: { accountEnabled: 0 } },
    { name: "without a licence", over: { assignedLicenses: [] }, is: { licensed: 0 } },
    {
      name: "a guest, without mail",
      over: { userPrincipalName: "a_b.example#EXT#@fabrikam.example", mail: null },
      is: { mail: null, userPrincipalName: "a_b.example#EXT#@fabrikam.example" },
    },
    { name: "with mail that is empty", over: { mail: "" }, is: { mail: null } },
    { name: "without a name", over: { displayName: null }, is: { displayName: "p1@fabrikam.example" } },
    {
      name: "with a licence that the assumptions list in other letters",
      over: { assignedLicenses: [{ skuId: "ABCDEF01-7d42-4136-88ac-31dc755f143f" }] },
      assume: "intuneSkus: [abcdef01-7D42-4136-88ac-31dc755f143f]",
      is: { licensed: 1 },
    },
    {
      name: "with a licence that they do not list",
      over: {},
      assume: "intuneSkus: [abcdef01-7d42-4136-88ac-31dc755f143f]",
      is: { licensed: 0 },
    },
    {
      name: "from a directory on premises",
      over: { onPremisesSamAccountName: "p1", onPremisesDomainName: "corp.example" },
      is: { onPremisesSamAccountName: "p1", onPremisesDomainName: "corp.example" },
    },
  ];
  for (const { name, over, is, assume: text = "" } of people) {
    it(`has a person ${name}`, () =>
      withTwinOf(
        serviceOf({ "/users": [user(1, over)] }),
        (twin) => assert.deepEqual(one(twin, `SELECT ${Object.keys(is).join(", ")} FROM user`), is),
        assume(text),
      ));
  }

  const fleet: { name: string; over: Json; is: object | undefined }[] = [
    { name: "an iPhone", over: {}, is: { platform: "ios", osVersion: "26.1", enrolled: 1, userId: id(1) } },
    { name: "an iPad", over: { operatingSystem: "iPadOS", deviceType: "iPad" }, is: { platform: "ios" } },
    {
      name: "one that says nothing but its type",
      over: { operatingSystem: "", deviceType: "iPad" },
      is: { platform: "ios" },
    },
    {
      name: "a work profile",
      over: { operatingSystem: "Android", deviceType: "androidForWork" },
      is: { platform: "androidForWork", knoxVersion: null },
    },
    {
      name: "Android Enterprise",
      over: { operatingSystem: "Android", deviceType: "androidEnterprise" },
      is: { platform: "androidForWork" },
    },
    {
      name: "a Galaxy",
      over: { operatingSystem: "Android", deviceType: "android", manufacturer: "samsung" },
      is: { platform: "samsungKnox", knoxVersion: "4.0" },
    },
    {
      name: "another Android",
      over: { operatingSystem: "Android", deviceType: "android", manufacturer: "Fairphone" },
      is: { platform: "samsungKnox", knoxVersion: null },
    },
    {
      name: "a Windows Phone",
      over: { operatingSystem: "Windows Phone", deviceType: "windowsPhone" },
      is: { platform: "windowsPhone81" },
    },
    {
      name: "a laptop",
      over: { operatingSystem: "Windows", deviceType: "desktop", osVersion: "10.0.26100.1" },
      is: { platform: "windows10", osVersion: "10.0.26100.1" },
    },
    { name: "a version with words", over: { osVersion: "iOS 18.2 (beta)" }, is: { osVersion: "18.2" } },
    { name: "a Mac: none", over: { operatingSystem: "macOS", deviceType: "macMDM" }, is: undefined },
    {
      name: "something of a kind that nobody knows: none",
      over: { operatingSystem: "HarmonyOS", deviceType: "unknown" },
      is: undefined,
    },
    { name: "one that says nothing at all: none", over: { operatingSystem: null, deviceType: null }, is: undefined },
    { name: "one that nobody uses", over: { userId: "", userPrincipalName: "" }, is: { userId: null } },
    {
      name: "one whose user is known by name alone",
      over: { userId: null, userPrincipalName: "P1@Fabrikam.example" },
      is: { userId: id(1) },
    },
    {
      name: "one of somebody who was deleted",
      over: { userId: id(77), userPrincipalName: "gone@fabrikam.example" },
      is: { userId: null },
    },
    { name: "one that Exchange alone manages", over: { managementAgent: "eas" }, is: { enrolled: 0 } },
    { name: "one without a name", over: { deviceName: null }, is: { deviceName: id(10) } },
    {
      name: "one that never checked in",
      over: { lastSyncDateTime: "0001-01-01T00:00:00Z" },
      is: { lastSyncDateTime: "0001-01-01T00:00:00Z" },
    },
  ];
  for (const { name, over, is } of fleet) {
    it(`has a device: ${name}`, () =>
      withTwinOf(serviceOf({ "/users": [user(1)], [devices]: [device(10, 1, over)] }), (twin) => {
        assert.deepEqual(one(twin, `SELECT ${Object.keys(is ?? { id }).join(", ")} FROM device`), is);
        const said = twinInfo(twin)!.assumed.some((line) => line.startsWith("No mail profile is for these devices"));
        assert.equal(said, is === undefined);
      }));
  }

  const rhythms: [last: string, next: string][] = [
    ["2026-03-02T05:30:00Z", "2026-03-02T13:30:00.000Z"],
    ["2026-03-02T00:00:00Z", "2026-03-02T08:00:00.000Z"],
    ["2026-03-02T08:00:00Z", "2026-03-02T16:00:00.000Z"],
    ["2025-12-24T05:30:00Z", "2026-03-02T13:30:00.000Z"],
  ];
  for (const [last, next] of rhythms) {
    it(`has a device that was there at ${last} check in at ${next}`, () =>
      withTwinOf(serviceOf({ [devices]: [device(10, null, { lastSyncDateTime: last })] }), (twin) => {
        const { at } = one(twin, "SELECT nextCheckInMs AS at FROM device") as { at: number };
        assert.equal(new Date(at).toISOString(), next);
      }));
  }

  it("tells devices apart that share an ActiveSync id or an object in the directory", () => {
    const same = { easDeviceId: "APPL1", azureADDeviceId: id(500) };
    const both = [device(10, null, same), device(11, null, { ...same, easDeviceId: "appl1" })];
    return withTwinOf(serviceOf({ [devices]: both }), (twin) => {
      assert.deepEqual(
        rows(twin, "SELECT easDeviceId FROM device ORDER BY id").map(({ easDeviceId }) => easDeviceId),
        ["APPL1", null],
      );
      assert.equal(one(twin, "SELECT count(DISTINCT directoryId) AS n FROM device")!.n, 2);
    });
  });

  it("has groups in groups, devices in groups by either id, and nobody whom it does not know", () => {
    const holdings: Holdings = {
      "/users": [user(1), user(2, { userPrincipalName: "x_y#EXT#@fabrikam.example" })],
      "/groups": [group(50), group(51)],
      [devices]: [device(10, 1, { azureADDeviceId: id(900).toUpperCase() })],
      [`/groups/${id(50)}/members`]: [
        member("group", 51),
        member("user", 77),
        member("group", 78),
        member("servicePrincipal", 79),
        member("orgContact", 80),
        member("device", 901, { deviceId: id(900) }),
        member("device", 902, { deviceId: id(903) }),
      ],
      [`/groups/${id(51)}/members`]: [member("user", 1), member("user", 2)],
    };
    return withTwinOf(serviceOf(holdings, { pageSize: 2 }), (twin) => {
      assert.deepEqual(rows(twin, "SELECT groupId, memberId, kind FROM member ORDER BY groupId, memberId"), [
        { groupId: id(50), memberId: id(51), kind: "group" },
        { groupId: id(50), memberId: id(901), kind: "device" },
        { groupId: id(51), memberId: id(1), kind: "user" },
        { groupId: id(51), memberId: id(2), kind: "user" },
      ]);
      assert.equal(one(twin, "SELECT directoryId FROM device")!.directoryId, id(901));
    });
  });

  it("has 50 groups, each with its members, though they are asked for at once", async () => {
    const numbers = Array.from({ length: 170 }, (_, index) => index + 1);
    const holdings: Holdings = {
      "/users": numbers.map((number) => user(number)),
      "/groups": numbers.map((number) => group(number + 1000)),
      ...Object.fromEntries(
        numbers.map((number) => [`/groups/${id(number + 1000)}/members`, [member("user", number)]]),
      ),
    };
    await withTwinOf(serviceOf(holdings), (twin) => {
      const found = rows(twin, "SELECT groupId, memberId FROM member ORDER BY groupId");
      assert.deepEqual(
        found,
        numbers.map((number) => ({ groupId: id(number + 1000), memberId: id(number) })),
      );
    });
  });

  describe("with configurations", () => {
    const root = { "@odata.type": "#microsoft.graph.iosTrustedRootCertificate", displayName: "Root" };
    const scep = { "@odata.type": "#microsoft.graph.iosScepCertificateProfile", displayName: "Identity" };
    const holdings: Holdings = {
      "/users": [user(1)],
      "/groups": [group(50), group(51)],
      [`/groups/${id(50)}/members`]: [member("user", 1)],
      [`/groups/${id(51)}/members`]: [],
      [devices]: [device(10, 1)],
      [configurations]: [
        profile(60, { createdDateTime: "2025-03-01T00:00:00Z", displayName: "Later" }),
        profile(61, { createdDateTime: "2025-01-01T00:00:00Z", displayName: "Earlier", version: 7 }),
        profile(62, root),
        profile(63, scep),
        profile(64, { "@odata.type": "#microsoft.graph.windows10PhishingConfiguration" }),
      ],
      ...Object.fromEntries([60, 61, 62, 63].map((number) => [`${configurations}/${id(number)}/assignments`, []])),
      ...Object.fromEntries([60, 61, 62, 63].map((number) => [`${configurations}/${id(number)}/deviceStatuses`, []])),
      [`${configurations}/${id(60)}/assignments`]: [
        assigned(50, { intent: "remove" }),
        excluded(51),
        assigned("allDevicesAssignmentTarget"),
      ],
      [`${configurations}/${id(60)}/microsoft.graph.iosEasEmailProfileConfiguration/identityCertificate`]: {
        id: id(63),
      },
      [`${configurations}/${id(61)}/microsoft.graph.iosEasEmailProfileConfiguration/identityCertificate`]: {
        id: id(999),
      },
      [`${configurations}/${id(63)}/microsoft.graph.iosScepCertificateProfile/rootCertificate`]: { id: id(62) },
    };

    const byPassword = Object.fromEntries(
      Object.entries(holdings).filter(([path]) => !path.endsWith("/identityCertificate")),
    );

    it("takes them in the order of their making, with their versions, links and targets", () =>
      withTwinOf(serviceOf(holdings), (twin) => {
        assert.deepEqual(
          rows(twin, "SELECT displayName, version FROM deviceConfiguration WHERE type LIKE '%Eas%' ORDER BY rowid"),
          [
            { displayName: "Earlier", version: 7 },
            { displayName: "Later", version: 3 },
          ],
        );
        assert.deepEqual(
          rows(twin, "SELECT configurationId, targetId FROM configurationLink ORDER BY configurationId"),
          [
            { configurationId: id(60), targetId: id(63) },
            { configurationId: id(63), targetId: id(62) },
          ],
        );
        assert.deepEqual(rows(twin, "SELECT targetType, groupId, intent FROM assignment ORDER BY targetType"), [
          { targetType: "allDevicesAssignmentTarget", groupId: null, intent: "apply" },
          { targetType: "exclusionGroupAssignmentTarget", groupId: id(51), intent: "apply" },
          { targetType: "groupAssignmentTarget", groupId: id(50), intent: "remove" },
        ]);
        const assumed = twinInfo(twin)!.assumed.join("\n");
        assert.match(assumed, /configurations change nothing about mail.*: windows10PhishingConfiguration 1\./);
      }));

    const reports: { name: string; status: Json; is: object | undefined; states?: Json[] }[] = [
      { name: "that it is there", status: said(60, 10, "compliant"), is: { reason: "installed", installedVersion: 3 } },
      {
        name: "that it is there, by a name alone",
        status: {
          ...said(60, 10, "compliant"),
          id: "status-1",
          deviceDisplayName: "device-10",
          userPrincipalName: "P1@fabrikam.example",
        },
        is: { reason: "installed", installedVersion: 3 },
      },
      {
        name: "that it is there, in an older version, as it is asked itself",
        status: said(60, 10, "compliant", { lastReportedDateTime: "2025-01-31T00:00:00Z" }),
        states: [{ id: `${id(60)}_x`, version: 2 }],
        is: { reason: "installed", installedVersion: 2 },
      },
      {
        name: "what it has had since the second of the last change: it is asked itself",
        status: said(60, 10, "compliant", { lastReportedDateTime: "2025-02-01T00:00:00Z" }),
        states: [{ id: `${id(60)}_x`, version: 2 }],
        is: { reason: "installed", installedVersion: 2 },
      },
      {
        name: "that it stays without an assignment",
        status: said(60, 10, "notAssigned"),
        states: [{ id: `${id(60)}_x`, version: 2 }],
        is: { reason: "retained", installedVersion: 2 },
      },
      {
        name: "that it waits for its user",
        status: said(60, 10, "unknown"),
        states: [{ id: `${id(60)}_x`, version: 2 }],
        is: { reason: "approvalPending", installedVersion: 2 },
      },
      { name: "nothing yet", status: said(60, 10, "unknown"), is: undefined },
      {
        name: "an error: an account of its user's own",
        status: said(60, 10, "error"),
        is: { reason: "duplicateAccount", installedVersion: null },
      },
      { name: "of a device that is gone", status: said(60, 99, "compliant"), is: undefined },
      { name: "in a word that Graph has not had so far", status: said(60, 10, "levitating"), is: undefined },
    ];
    for (const { name, status, is, states } of reports) {
      it(`takes over what a device reports: ${name}`, () => {
        const service = serviceOf({
          ...byPassword,
          [`${configurations}/${id(60)}/assignments`]: [assigned(50)],
          [`${configurations}/${id(60)}/deviceStatuses`]: [status],
          ...(states ? { [`${devices}/${id(10)}/deviceConfigurationStates`]: states } : {}),
        });
        return withTwinOf(service, (twin) => {
          assert.deepEqual(one(twin, "SELECT reason, installedVersion FROM deviceProfile"), is);
          assert.equal(one(twin, "SELECT count(*) AS n FROM event")!.n, 0);
          assert.deepEqual(one(twin, "SELECT lastSyncDateTime, complianceState FROM device"), {
            lastSyncDateTime: "2026-03-02T05:30:00Z",
            complianceState: "compliant",
          });
        });
      });
    }

    const unexplained: { name: string; over: Holdings; is: object }[] = [
      {
        name: "an error of a device that nobody uses",
        over: { [devices]: [device(10, null)] },
        is: { reason: "userMissing", installedVersion: null },
      },
      {
        name: "an error of a profile that is by certificate",
        over: {
          [`${configurations}/${id(60)}/microsoft.graph.iosEasEmailProfileConfiguration/identityCertificate`]: {
            id: id(63),
          },
        },
        is: { reason: "identityCertificateMissing", installedVersion: 3 },
      },
    ];
    for (const { name, over, is } of unexplained) {
      it(`keeps what no check-in explains: ${name}`, () => {
        const service = serviceOf({
          ...holdings,
          [`${configurations}/${id(60)}/assignments`]: [],
          [`${configurations}/${id(60)}/deviceStatuses`]: [said(60, 10, "error")],
          ...over,
        });
        return withTwinOf(service, (twin) => {
          assert.deepEqual(one(twin, "SELECT reason, installedVersion FROM deviceProfile"), is);
          assert.ok(
            twinInfo(twin)!.assumed.some((line) => /nothing known explains are as they were.*: 1 of them/.test(line)),
          );
        });
      });
    }

    it("lets what is said of a device have the last word, over what its reports tell", () => {
      const error = { [`${configurations}/${id(60)}/deviceStatuses`]: [said(60, 10, "error")] };
      return withTwinOf(
        serviceOf({ ...byPassword, ...error }),
        (twin) => assert.equal(one(twin, "SELECT count(*) AS n FROM userAccount")!.n, 0),
        assume("devices: [{ deviceName: device-10, accounts: [] }]"),
      );
    });

    it("leaves devices as they were: when they check in, their apps, and the accounts that their users made", () => {
      const gmail = {
        "@odata.type": "#microsoft.graph.androidManagedStoreApp",
        id: id(70),
        displayName: "Gmail",
        packageId: "com.google.android.gm",
      };
      const work = {
        operatingSystem: "Android",
        deviceType: "androidForWork",
        lastSyncDateTime: "2026-03-02T00:00:00Z",
      };
      const laptop = { operatingSystem: "Windows", deviceType: "desktop", osVersion: "10.0.26100.1" };
      const service = serviceOf({
        ...byPassword,
        [devices]: [device(10, 1), device(11, 1, work), device(12, 1, laptop)],
        [configurations]: [
          profile(60),
          profile(61, { "@odata.type": "#microsoft.graph.windows10EasEmailProfileConfiguration" }),
        ],
        [`${configurations}/${id(60)}/deviceStatuses`]: [said(60, 10, "compliant")],
        [`${configurations}/${id(61)}/assignments`]: [assigned(50)],
        [apps]: [gmail],
        [`${apps}/${id(70)}/assignments`]: [assigned(50, { intent: "required" })],
      });
      const own = "[{ host: mail.fabrikam.example, emailAddress: p1@fabrikam.example }]";
      return withTwinOf(
        service,
        (twin) => {
          assert.equal(one(twin, "SELECT count(*) AS n FROM deviceApp")!.n, 0);
          assert.deepEqual(one(twin, "SELECT deviceId, hostName FROM userAccount"), {
            deviceId: id(12),
            hostName: "mail.fabrikam.example",
          });
          const { at } = one(twin, `SELECT nextCheckInMs AS at FROM device WHERE id = '${id(11)}'`) as { at: number };
          assert.equal(new Date(at).toISOString(), "2026-03-02T08:00:00.000Z");
        },
        assume(`devices: [{ deviceName: DEVICE-12, accounts: ${own} }]`),
      );
    });

    it("takes over which certificates are on a device", () => {
      const statuses = Object.fromEntries(
        [62, 63].map((number) => [`${configurations}/${id(number)}/deviceStatuses`, [said(number, 10, "compliant")]]),
      );
      return withTwinOf(serviceOf({ ...holdings, ...statuses }), (twin) => {
        assert.deepEqual(rows(twin, "SELECT profileId, status FROM deviceProfile ORDER BY profileId"), [
          { profileId: id(62), status: "compliant" },
          { profileId: id(63), status: "compliant" },
        ]);
      });
    });

    it("asks a device with KNOX which version it has of profiles that are in each other's way", () => {
      const knox = { "@odata.type": "#microsoft.graph.androidEasEmailProfileConfiguration" };
      const galaxy = { operatingSystem: "Android", deviceType: "android", manufacturer: "samsung" };
      const old = { lastReportedDateTime: "2025-01-31T00:00:00Z" };
      const service = serviceOf({
        "/users": [user(1)],
        [devices]: [device(10, 1, galaxy)],
        [configurations]: [profile(60, knox)],
        [`${configurations}/${id(60)}/assignments`]: [],
        [`${configurations}/${id(60)}/deviceStatuses`]: [said(60, 10, "conflict", old)],
        [`${devices}/${id(10)}/deviceConfigurationStates`]: [{ id: `${id(60)}_x`, version: 2 }],
      });
      return withTwinOf(service, (twin) => {
        const reported = one(twin, "SELECT reason, installedVersion FROM deviceProfile");
        assert.deepEqual(reported, { reason: "sameAccount", installedVersion: 2 });
      });
    });
  });

  it("has apps of the managed store alone, each once, with what is to be done with them", () => {
    const app = (number: number, type: string, over: Json = {}) => ({
      "@odata.type": `#microsoft.graph.${type}`,
      id: id(number),
      displayName: `App ${number}`,
      publisher: null,
      packageId: `app.${number}`,
      createdDateTime: "2025-01-01T00:00:00Z",
      ...over,
    });
    const holdings: Holdings = {
      "/groups": [group(50)],
      [`/groups/${id(50)}/members`]: [],
      [apps]: [
        app(70, "androidManagedStoreApp", { packageId: "com.google.android.gm" }),
        app(71, "androidForWorkApp", { packageId: "COM.google.android.gm" }),
        app(72, "androidForWorkApp"),
        app(73, "iosVppApp"),
      ],
      ...Object.fromEntries(
        [70, 71, 72].map((number) => [
          `${apps}/${id(number)}/assignments`,
          [assigned(50, { intent: number === 70 ? "available" : "uninstall" })],
        ]),
      ),
    };
    return withTwinOf(serviceOf(holdings), (twin) => {
      assert.deepEqual(
        rows(
          twin,
          "SELECT mobileApp.id, intent FROM mobileApp LEFT JOIN appAssignment ON appId = mobileApp.id ORDER BY 1",
        ),
        [
          { id: id(70), intent: "available" },
          { id: id(72), intent: "uninstall" },
        ],
      );
    });
  });

  describe("with connectors", () => {
    const connector = (number: number, over: Json = {}): Json => ({
      id: id(number),
      exchangeOrganization: "Fabrikam Mail",
      exchangeConnectorType: "onPremises",
      connectorServerName: "connector01",
      exchangeAlias: "notify",
      primarySmtpAddress: "notify@fabrikam.example",
      serverName: "cas01.fabrikam.example",
      status: "connected",
      version: "1.2",
      lastSyncDateTime: "2026-03-02T07:00:00Z",
      ...over,
    });
    const withConnectors = (connectors: Json[], more: Holdings = {}): Holdings => ({
      "/users": [user(1), user(2, { mail: null })],
      [devices]: [
        device(10, 1, {
          easDeviceId: "APPL10",
          exchangeAccessState: "allowed",
          exchangeAccessStateReason: "compliant",
        }),
      ],
      "/deviceManagement/exchangeConnectors": connectors,
      ...more,
    });

    it("keeps when they synced, and when they will", () =>
      withTwinOf(serviceOf(withConnectors([connector(80)])), (twin) => {
        const { nextQuickMs, nextFullMs, ...rest } = one(
          twin,
          "SELECT lastSyncDateTime, status, nextQuickMs, nextFullMs FROM exchangeConnector",
        ) as Record<string, string | number>;
        assert.deepEqual(rest, { lastSyncDateTime: "2026-03-02T07:00:00Z", status: "connected" });
        const times = [nextQuickMs, nextFullMs].map((ms) => new Date(Number(ms)).toISOString());
        assert.deepEqual(times, ["2026-03-02T09:00:00.000Z", "2026-03-03T07:00:00.000Z"]);
      }));

    it("leaves out those that do not sync, and says so", () =>
      withTwinOf(
        serviceOf(
          withConnectors([
            connector(80, { status: "disconnected" }),
            connector(81, { exchangeConnectorType: "dedicated", exchangeOrganization: "Other" }),
          ]),
        ),
        (twin) => {
          assert.deepEqual(rows(twin, "SELECT id, status FROM exchangeConnector"), [
            { id: id(80), status: "disconnected" },
          ]);
          assert.ok(
            twinInfo(twin)!.assumed.some((line) =>
              /^Connectors of a type that does not sync are left out: 1\.$/.test(line),
            ),
          );
        },
      ));

    it("has a mailbox for each who has mail, and what Exchange gives unknown devices", () => {
      const policies = [
        {
          id: "1",
          defaultAccessLevel: "quarantine",
          accessRules: [],
          knownDeviceClasses: [],
          notificationContent: null,
        },
        { id: "2", defaultAccessLevel: "block", accessRules: [], knownDeviceClasses: [], notificationContent: null },
      ];
      const holdings = withConnectors([connector(80)], { "/deviceManagement/exchangeOnPremisesPolicies": policies });
      return withTwinOf(serviceOf(holdings), async (twin) => {
        assert.deepEqual(
          rows(twin, "SELECT address FROM mailbox ORDER BY 1").map(({ address }) => address),
          ["notify@fabrikam.example", "p1@fabrikam.example"],
        );
        assert.equal(
          one(twin, "SELECT defaultAccessLevel FROM exchangeOrganization")!.defaultAccessLevel,
          "Quarantine",
        );
        const answer = await twin.fetch(new Request("http://x/beta/deviceManagement/exchangeOnPremisesPolicies"));
        assert.equal(((await answer.json()) as { value: unknown[] }).value.length, 2);
      });
    });
  });
});
