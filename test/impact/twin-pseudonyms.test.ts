/** Pseudonyms: of all that Graph and a file of assumptions can name, no person and no device is in the twin's file. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json } from "../../provider/graph/client";
import { saveTwin } from "../../provider/impact/twin";
import { readAssumptions } from "../../provider/impact/twin-assume";
import { advanceTo } from "../../provider/tenant/schedule";
import {
  assigned,
  device,
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

const configurations = "/deviceManagement/deviceConfigurations";

/** Each of these is one place where somebody is named; no two are alike, so that what is left over tells where from. */
const upn = "Quilla.Upn@fabrikam.example";
const mail = "Quilla.Mail@mail.fabrikam.example";
const holdings: Holdings = {
  "/users": [
    user(1, {
      displayName: "Quilla Displayname",
      userPrincipalName: upn,
      mail,
      onPremisesSamAccountName: "quillasam",
      onPremisesDomainName: "corp.example",
      mobilePhone: "+41 79 quillaphone",
    }),
    user(2, {
      userPrincipalName: "quillaguest_other.example#EXT#@fabrikam.example",
      displayName: "Quilla Guest",
      mail: null,
    }),
  ],
  "/groups": [group(50, { displayName: "Everybody", description: "Ask Quilla Groupdescription" })],
  [`/groups/${id(50)}/members`]: [
    member("user", 1, { displayName: "Quilla Member" }),
    member("device", 901, { deviceId: id(900), displayName: "QUILLA-MEMBERDEVICE" }),
  ],
  "/deviceManagement/managedDevices": [
    device(10, 1, {
      deviceName: "QUILLA-IPHONE",
      userPrincipalName: upn,
      userDisplayName: "Quilla Ofdevice",
      emailAddress: "quilla.ofdevice@fabrikam.example",
      easDeviceId: "QUILLAEAS1",
      serialNumber: "QUILLASERIAL",
      imei: "quillaimei",
      phoneNumber: "quillanumber",
      azureADDeviceId: id(900),
    }),
    device(11, 1, {
      deviceName: "Quilla's second",
      userId: "",
      userPrincipalName: upn.toUpperCase(),
      easDeviceId: "quillaeas2",
    }),
  ],
  [configurations]: [profile(60, { description: "Made by Quilla Profiledescription" })],
  [`${configurations}/${id(60)}/assignments`]: [assigned(50)],
  [`${configurations}/${id(60)}/deviceStatuses`]: [
    {
      ...said(60, 10, "error"),
      deviceDisplayName: "QUILLA-IPHONE",
      userName: "Quilla Username",
      userPrincipalName: upn,
    },
    { ...said(60, 11, "compliant"), id: "by name", deviceDisplayName: "quilla's second", userPrincipalName: upn },
  ],
  "/deviceManagement/exchangeConnectors": [
    {
      id: id(80),
      exchangeOrganization: "Fabrikam Mail",
      exchangeConnectorType: "onPremises",
      connectorServerName: "connector01",
      exchangeAlias: "quilla.alias",
      primarySmtpAddress: "quilla.smtp@fabrikam.example",
      serverName: "cas01.fabrikam.example",
      status: "connected",
      version: "1.2",
      lastSyncDateTime: "2026-03-02T07:00:00Z",
      "@classic.exchangeAccount": "FABRIKAM\\quilla.account",
      "@classic.notificationAccount": "quilla.notify@fabrikam.example",
      "@classic.proxy": { host: "proxy.fabrikam.example", port: 8080, user: "FABRIKAM\\quilla.proxy" },
    },
  ],
  "/deviceManagement/exchangeOnPremisesPolicies": [
    {
      id: "1",
      defaultAccessLevel: "block",
      accessRules: [],
      knownDeviceClasses: [],
      notificationContent: "<p>Call Quilla Notification</p>",
    },
  ],
};
const assumed = `
devices:
  - { deviceName: quilla-iphone, accounts: [{ host: mail.fabrikam.example, emailAddress: ${mail} }, { host: other.example, emailAddress: quilla.own@other.example }] }
exchangeOrganizations:
  - name: Fabrikam Mail
    domain: fabrikam.example
    clientAccessServers: [{ fqdn: cas01.fabrikam.example }]
    accounts: [{ name: 'FABRIKAM\\quilla.account' }, { name: 'FABRIKAM\\quilla.other' }]
    mailboxes: [${mail}, quilla.notify@fabrikam.example, quilla.smtp@fabrikam.example]
    partnerships:
      - { mailbox: ${mail}, deviceId: QUILLAUNKNOWN, deviceType: iPhone, deviceModel: iPhone, deviceFriendlyName: Quilla's phone, deviceImei: quillaimei2, devicePhoneNumber: quillaphone2 }
`;

/** The file of the twin, and what has become of each device a day later. */
async function made(pseudonyms: boolean): Promise<{ bytes: string; outcome: Json[]; names: Json[] }> {
  const folder = mkdtempSync(join(tmpdir(), "twin-pseudonyms-"));
  try {
    return await withTwinOf(
      serviceOf(holdings),
      (twin) => {
        const rows = (sql: string) => twin.context.db.all<Json>(sql).map((row) => ({ ...row }));
        const names = rows(
          `SELECT user.id, user.userPrincipalName, mail, deviceName, easDeviceId, hostName, emailAddress FROM user
           LEFT JOIN device ON userId = user.id LEFT JOIN userAccount ON deviceId = device.id ORDER BY 1, device.id`,
        );
        advanceTo(twin.context, twin.context.clock.nowMs() + 86_400_000);
        const outcome = rows(
          `SELECT id, reason, status, complianceState, exchangeAccessState, exchangeAccessStateReason FROM device
           LEFT JOIN deviceProfile ON deviceId = id ORDER BY id`,
        );
        return { bytes: readFileSync(saveTwin(twin, folder)).toString("latin1"), outcome, names };
      },
      { pseudonyms, assumptions: readAssumptions(assumed, "assumed.yaml") },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("pseudonyms", () => {
  it("are in the place of every name, in the file of a twin that has lived for a day", async () => {
    const { bytes } = await made(true);
    assert.deepEqual(bytes.match(/.{0,24}quilla.{0,24}/gi) ?? [], []);
    assert.ok(bytes.includes("Everybody") && bytes.includes("mail.fabrikam.example") && bytes.includes("Mail 60"));
  });

  it("change nothing about what happens", async () => {
    const [plain, other] = [await made(false), await made(true)];
    assert.ok(plain.bytes.includes("Quilla"), "the test has names to lose");
    assert.deepEqual(new Set(plain.outcome.map(({ reason }) => reason)), new Set(["duplicateAccount", "installed"]));
    assert.deepEqual(other.outcome, plain.outcome);
  });

  it("are one for each name, with the domain that it had, and others in another twin", async () => {
    const [one, other] = [await made(true), await made(true)];
    const [first] = one.names;
    assert.match(String(first!.userPrincipalName), /^p[0-9a-f]{12}@fabrikam\.example$/);
    assert.match(String(first!.mail), /^p[0-9a-f]{12}@mail\.fabrikam\.example$/);
    assert.match(String(first!.deviceName), /^device-[0-9a-f]{12}$/);
    assert.equal(first!.emailAddress, first!.mail);
    const all = one.names.flatMap((row) => [row.userPrincipalName, row.mail, row.deviceName, row.easDeviceId]);
    const others = new Set(
      other.names.flatMap((row) => [row.userPrincipalName, row.mail, row.deviceName, row.easDeviceId]),
    );
    assert.deepEqual(
      all.filter((name) => name !== null && others.has(name)),
      [],
    );
  });
});
