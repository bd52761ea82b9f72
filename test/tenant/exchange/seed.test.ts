import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { invokeCommand } from "../../../provider/tenant/exchange/invoke";
import { exchangeOrganizationSeed, exchangeReferences } from "../../../provider/tenant/exchange/seed";
import { exchangeStatus } from "../../../provider/tenant/exchange/status";
import { openFile } from "../../../provider/tenant/file";
import { checkSeed, readSeed } from "../../../provider/tenant/seed";
import { checkSetup } from "../../../provider/tenant/sync/setup";
import { mailboxOf, makeWorld, seedOf, session } from "../sync/world";

const fine = {
  name: "Contoso Mail",
  domain: "contoso.example",
  clientAccessServers: [{ fqdn: "cas01.contoso.example" }],
  mailboxes: ["ada@contoso.example"],
};
const record = { mailbox: "ada@contoso.example", deviceId: "A1", deviceType: "iPhone", deviceModel: "iPhone12C1" };

describe("Exchange: seed", () => {
  it("fills in what is usual", () => {
    const { version, kind, defaultAccessLevel, clientAccessServers } = exchangeOrganizationSeed.parse(fine);
    assert.deepEqual(
      { version, kind, defaultAccessLevel },
      { version: "14.3", kind: "onPremises", defaultAccessLevel: "Allow" },
    );
    assert.deepEqual(clientAccessServers[0]?.services, ["WinRM", "Autodiscover", "EWS"]);
  });

  const refusals: [name: string, change: object, path: string][] = [
    ["an unknown field", { color: "red" }, ""],
    ["no server", { clientAccessServers: [] }, "clientAccessServers"],
    ["a state where a level belongs", { defaultAccessLevel: "Allowed" }, "defaultAccessLevel"],
    ["an account without a domain", { accounts: [{ name: "svc-intune" }] }, "accounts.0.name"],
    [
      "a cmdlet that no connector needs",
      { accounts: [{ name: "C\\s", cmdlets: ["Get-Mailman"] }] },
      "accounts.0.cmdlets",
    ],
    [
      "a record of a mailbox that is not there",
      { partnerships: [{ ...record, mailbox: "b@x" }] },
      "partnerships.0.mailbox",
    ],
    ["a record twice", { partnerships: [record, { ...record, deviceId: "a1" }] }, "partnerships.1"],
    ["a proxy on premises (X2)", { proxy: { host: "proxy", port: 80 } }, "proxy"],
    ["a password in plain text (X3)", { accounts: [{ name: "C\\s", password: "x" }] }, "accounts.0"],
    [
      "a password that is no SHA-256",
      { accounts: [{ name: "C\\s", passwordSha256: "x" }] },
      "accounts.0.passwordSha256",
    ],
    ["an account without runspaces", { accounts: [{ name: "C\\s", runspaces: 0 }] }, "accounts.0.runspaces"],
    ["a trust twice", { trusts: [{ domain: "a.example" }, { domain: "A.example" }] }, "trusts.1"],
    ["a refusal of two minds", { refusals: [{ kind: "busy", nth: 1, every: 2 }] }, "refusals.0.nth"],
    [
      "an individual access that is a level",
      { partnerships: [{ ...record, individualAccess: "Block" }] },
      "partnerships.0.individualAccess",
    ],
    ["a mailbox twice", { mailboxes: ["ada@contoso.example", "ADA@contoso.example"] }, "mailboxes.1"],
  ];
  for (const [name, change, at] of refusals) {
    it(`refuses ${name}`, () => {
      const parsed = exchangeOrganizationSeed.safeParse({ ...fine, ...change });
      assert.deepEqual(
        parsed.error?.issues.map((issue) => issue.path.join(".")),
        [at],
      );
    });
  }

  it("refuses what does not fit between organizations and with groups, all at once", () => {
    const one = exchangeOrganizationSeed.parse(fine);
    const other = exchangeOrganizationSeed.parse({
      ...fine,
      name: "contoso mail",
      conditionalAccess: { includedGroups: ["Everyone", "Nobody"] },
    });
    assert.deepEqual(
      exchangeReferences([one, other], (group) => group === "Everyone"),
      [
        'exchangeOrganizations[1].name: "contoso mail" is already that of exchangeOrganizations[0].name',
        'exchangeOrganizations[1].clientAccessServers[0].fqdn: "cas01.contoso.example" is already that of exchangeOrganizations[0].clientAccessServers[0].fqdn',
        'exchangeOrganizations[1].conditionalAccess.includedGroups[1]: "Nobody" is no group of this seed',
      ],
    );
  });

  const machineRefusals: [name: string, machine: object, path: RegExp][] = [
    ["an unknown field", { color: "red" }, /connectorMachines\[0\]: .*color/],
    ["16 bits", { bits: 16 }, /connectorMachines\[0\]\.bits/],
    ["a version that is none", { dotNetFramework: "four" }, /connectorMachines\[0\]\.dotNetFramework: .*such as 4\.5/],
    [
      "a host without a port",
      { unreachable: ["manage.microsoft.com"] },
      /connectorMachines\[0\]\.unreachable\[0\]: .*host:port/,
    ],
  ];
  for (const [name, machine, problem] of machineRefusals) {
    it(`refuses a machine with ${name} (X5)`, () => {
      const seed = { ...seedOf({}), connectorMachines: [{ name: "M", ...machine }] };
      assert.throws(
        () => checkSeed(seed, "of a test"),
        (error: Error) => problem.test(error.message),
      );
    });
  }

  it("refuses two machines of one name", () => {
    const seed = { ...seedOf({}), connectorMachines: [{ name: "M" }, { name: "m" }] };
    assert.throws(
      () => checkSeed(seed, "of a test"),
      /connectorMachines\[1\]\.name: "m" is already that of connectorMachines\[0\]/,
    );
  });

  it("records have what it says of them", () => {
    const partnerships = [
      {
        ...record,
        mailbox: mailboxOf(0),
        individualAccess: "Blocked",
        deviceImei: "356",
        lastSyncAttemptTime: "2020-03-02T07:00:00Z",
      },
      { ...record, mailbox: mailboxOf(1), individualAccess: "Allowed", deviceFriendlyName: "Ada's phone" },
      { ...record, mailbox: mailboxOf(2) },
    ];
    const context = makeWorld({ exchange: { partnerships, defaultAccessLevel: "Quarantine" } });
    const shown = (cmdlet: string, ...names: string[]) =>
      [0, 1, 2].map((user) => {
        const [one] = invokeCommand(context, session, cmdlet, { Mailbox: mailboxOf(user) }).objects;
        return names.map((name) => one?.[name]);
      });
    assert.deepEqual(
      shown("Get-ActiveSyncDevice", "DeviceAccessState", "DeviceAccessStateReason", "DeviceImei", "FriendlyName"),
      [
        ["Blocked", "Individual", "356", null],
        ["Allowed", "Individual", null, "Ada's phone"],
        ["Quarantined", "Global", null, null],
      ],
    );
    assert.deepEqual(shown("Get-ActiveSyncDeviceStatistics", "LastSyncAttemptTime"), [
      ["2020-03-02T07:00:00Z"],
      ["2020-03-02T06:00:00Z"],
      ["2020-03-02T06:00:00Z"],
    ]);
  });

  it("a tenant is not made of such a seed", () => {
    const exchange = { conditionalAccess: { includedGroups: ["Nobody"] } };
    assert.throws(() => makeWorld({ exchange }), /includedGroups\[0\].*"Nobody" is no group/);
  });

  it("the small company has an organization with two servers and records", () => {
    const file = path.join(__dirname, "../../../examples/tenants/small.yaml");
    const context = openFile(undefined, readSeed(readFileSync(file, "utf8"), file));
    const [organization] = exchangeStatus(context).organizations;
    assert.equal(organization?.name, "Contoso Mail");
    assert.deepEqual(organization?.counts, { allowed: 11, blocked: 0, quarantined: 0 });
  });

  describe("examples/tenants/premises.yaml", () => {
    const file = path.join(__dirname, "../../../examples/tenants/premises.yaml");
    const context = openFile(undefined, readSeed(readFileSync(file, "utf8"), file));
    const setup = (
      serverName: string,
      user: string,
      machine: string,
      proxy?: { host: string; port: number; user: string },
    ) => {
      const domain = serverName.split(".").slice(1).join(".");
      const { failures, advice } = checkSetup(context, {
        connectorServerName: machine,
        exchangeConnectorType: proxy ? "hosted" : "onPremises",
        exchangeOrganization: null,
        serverName,
        primarySmtpAddress: `mail-notifications@${domain}`,
        annotations: {
          "@classic.exchangeAccount": user,
          "@classic.exchangeAccountPasswordGiven": true,
          "@classic.casFailoverEnabled": true,
          "@classic.parallelCommandSupport": true,
          ...(proxy ? { "@classic.proxy": proxy } : {}),
        },
        passwords: proxy ? { proxy: "proxy of the example" } : {},
      });
      return { failures: failures.map(({ rule }) => rule).sort(), advice: advice.map(({ rule }) => rule).sort() };
    };
    const cas01 = "cas01.contoso.example";
    const proxy = { host: "proxy.contoso.example", port: 8080, user: "CONTOSO\\svc-proxy" };
    const rows: [name: string, Parameters<typeof setup>, failures: string[], advice: string[]][] = [
      ["all is well", [cas01, "CONTOSO\\svc-intune", "CONNECTOR01"], [], ["X8"]],
      ["just enough", [cas01, "CONTOSO\\svc-intune", "CONNECTOR02"], [], ["X6", "X8", "X8"]],
      ["behind a firewall, one-way trust", [cas01, "CONTOSO\\svc-intune", "CONNECTOR03"], Array(5).fill("X5"), ["X8"]],
      ["wrong in every way", [cas01, "CONTOSO\\svc-intune", "LAPTOP17"], [...Array(7).fill("X5"), "X6"], ["X8", "X8"]],
      ["nothing but WinRM", ["cas03.contoso.example", "CONTOSO\\svc-intune", "CONNECTOR01"], ["X3", "X3"], ["X8"]],
      ["an account that others use", [cas01, "CONTOSO\\svc-shared", "CONNECTOR01"], [], ["X8", "X8"]],
      ["an account that may read", [cas01, "CONTOSO\\svc-readonly", "CONNECTOR01"], ["X4"], ["X8"]],
      ["an account without a licence", [cas01, "CONTOSO\\svc-unlicensed", "CONNECTOR01"], ["X3"], ["X8"]],
      ["by the proxy", ["mail.fabrikam.example", "FABRIKAM\\svc-intune", "CONNECTOR02", proxy], [], ["X6", "X8", "X8"]],
      [
        "too old, and a strange domain",
        ["mail.attic.example", "ATTIC\\svc-intune", "CONNECTOR01"],
        ["X5", "X5"],
        ["X8"],
      ],
    ];
    for (const [name, given, failures, advice] of rows) {
      it(name, () => assert.deepEqual(setup(...given), { failures, advice }));
    }
  });
});
