/** The prerequisites of a connector (X2 to X8a), each failing alone, all at once, and advice; asked without any effect. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { openTenant, type Tenant } from "../../../provider/tenant";
import { requiredCmdlets } from "../../../provider/tenant/exchange/words";
import { checkSeed } from "../../../provider/tenant/seed";
import { supportedSystems } from "../../../provider/tenant/sync/machineChecks";
import { account, easId, mailboxOf, organization, primary, seedOf, type WorldSpec } from "../sync/world";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const password = "correct horse";
const wanted = {
  serverName: primary,
  exchangeConnectorType: "onPremises",
  exchangeOrganization: organization,
  connectorServerName: "CONNECTOR01",
  "@classic.exchangeAccount": account,
  "@classic.exchangeAccountPassword": password,
  "@classic.notificationAccount": "notify@contoso.example",
};

interface Situation {
  body?: object;
  spec?: WorldSpec;
  /** What the machine CONNECTOR01 is; absent: what a connector needs. */
  machine?: object;
}

function open({ spec = {}, machine = {} }: Situation): Tenant {
  const seed = { ...seedOf(spec), connectorMachines: [{ name: "CONNECTOR01", ...machine }] };
  return openTenant({ seed: checkSeed(seed, "of a test") });
}

interface Failure {
  rule: string;
  what: string;
  found: string;
  needed: string;
  message: string;
}

interface Checked {
  failures: Failure[];
  advice: { rule: string; what: string; message: string }[];
}

const post = (tenant: Tenant, address: string, body: object) =>
  tenant.fetch(
    new Request(`http://tenant${address}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  );

async function check(situation: Situation): Promise<Checked> {
  const tenant = open(situation);
  const before = tenant.context.db.get("SELECT count(*) AS count FROM event");
  const response = await post(tenant, "/simulation/exchangeConnectors/check", { ...wanted, ...situation.body });
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  assert.deepEqual(tenant.context.db.all("SELECT * FROM exchangeConnector"), []);
  assert.deepEqual(tenant.context.db.get("SELECT count(*) AS count FROM event"), before);
  tenant.close();
  return answer as Checked;
}

const exchange = (more: object): WorldSpec => ({ exchange: more as Record<string, unknown> });
const ofAccount = (more: object) => exchange({ accounts: [{ name: account, ...more }] });
const hosted = { exchangeConnectorType: "hosted" };
const proxy = { host: "proxy.contoso.example", port: 8080, user: "CONTOSO\\proxy", passwordSha256: sha256("p") };
const throughProxy = exchange({ kind: "hosted", proxy });
const systems = `${supportedSystems.join(", ")}, 64-bit`;
const down = [{ from: "2020-03-02T07:00:00Z", to: "2020-03-02T09:00:00Z" }];
const signInAccount = { userPrincipalName: "helpdesk@contoso.example", role: "helpDeskOperator" };
const twoWay = `a trust with contoso.example, both ways`;

/** Each row fails in one way: its rule, what it is about, what is found and needed, and words of the message. */
const rows: Record<
  string,
  Situation & { fails: [rule: string, what: string, found: string, needed: string, ...message: RegExp[]] }
> = {
  "a server that is not there": {
    body: { serverName: "cas09" },
    fails: ["X2", "serverName", "cas09", "cas01.contoso.example, cas02.contoso.example", /'cas09' was not found/],
  },
  "a server that does not answer": {
    spec: exchange({ clientAccessServers: [{ fqdn: primary, down }] }),
    fails: ["X8a", "serverName", "no answer", "an answer", /at 2020-03-02T08:00:00Z/],
  },
  "a server of another organization": {
    body: { exchangeOrganization: "Fabrikam" },
    fails: ["X1", "exchangeOrganization", "Fabrikam", organization],
  },
  "a hosted organization for a connector on premises": {
    spec: exchange({ kind: "hosted" }),
    fails: ["X2", "exchangeConnectorType", "hosted", "onPremises"],
  },
  "an organization on premises for a hosted connector": {
    body: hosted,
    fails: ["X2", "exchangeConnectorType", "onPremises", "hosted or dedicated"],
  },
  "Exchange 2010 SP2": {
    spec: exchange({ version: "14.2" }),
    fails: ["X5", "exchangeOrganization", "14.2", "14.3", /2010 SP3/],
  },
  "no WinRM": {
    spec: exchange({ clientAccessServers: [{ fqdn: primary, services: ["Autodiscover", "EWS"] }] }),
    fails: ["X5", "serverName", "Autodiscover, EWS", "WinRM"],
  },
  "no Autodiscover": {
    spec: exchange({ clientAccessServers: [{ fqdn: primary, services: ["WinRM", "EWS"] }] }),
    fails: ["X3", "serverName", "WinRM, EWS", "Autodiscover"],
  },
  "no EWS": {
    spec: exchange({ clientAccessServers: [{ fqdn: primary, services: ["WinRM", "Autodiscover"] }] }),
    fails: ["X3", "serverName", "WinRM, Autodiscover", "EWS"],
  },
  "no account": {
    body: { "@classic.exchangeAccount": undefined },
    fails: ["X3", "@classic.exchangeAccount", "none", "domain\\user"],
  },
  "an account that is not there": {
    body: { "@classic.exchangeAccount": "CONTOSO\\nobody" },
    fails: ["X3", "@classic.exchangeAccount", "CONTOSO\\nobody", `an account of the organization '${organization}'`],
  },
  "no password": {
    body: { "@classic.exchangeAccountPassword": undefined },
    fails: ["X3", "@classic.exchangeAccountPassword", "none", "a password"],
  },
  "a wrong password": {
    spec: ofAccount({ passwordSha256: sha256("battery staple") }),
    fails: [
      "X3",
      "@classic.exchangeAccountPassword",
      "another password",
      "the account's password",
      /Access is denied/,
      /^(?!.*correct horse)/,
    ],
  },
  "an account without a licence": {
    spec: ofAccount({ licensed: false }),
    fails: ["X3", "@classic.exchangeAccount", "no licence", "an Intune licence"],
  },
  "cmdlets that are missing": {
    spec: ofAccount({ cmdlets: requiredCmdlets.filter((name) => !/^(Set-CasMailbox|Clear-|Get-Command)/.test(name)) }),
    fails: [
      "X4",
      "@classic.exchangeAccount",
      "18 of 21 cmdlets",
      "Set-CasMailbox, Clear-ActiveSyncDevice, Get-Command",
      /not allowed 3 of the cmdlets/,
    ],
  },
  "no notification account": {
    body: { "@classic.notificationAccount": undefined },
    fails: ["X3", "@classic.notificationAccount", "none", "the address of a mailbox"],
  },
  "a notification account without a mailbox": {
    body: { "@classic.notificationAccount": "nobody@contoso.example" },
    fails: [
      "X3",
      "@classic.notificationAccount",
      "nobody@contoso.example",
      `a mailbox in the organization '${organization}'`,
    ],
  },
  "a proxy on premises": {
    body: { "@classic.proxy": { host: "proxy", port: 80 } },
    fails: ["X2", "@classic.proxy", "proxy:80", "none"],
  },
  "no proxy, where there is no other way": {
    body: hosted,
    spec: throughProxy,
    fails: ["X2", "@classic.proxy", "none", "proxy.contoso.example:8080 with an account"],
  },
  "another proxy": {
    body: { ...hosted, "@classic.proxy": { host: "proxy.contoso.example", port: 80 } },
    spec: throughProxy,
    fails: ["X2", "@classic.proxy", "proxy.contoso.example:80", "proxy.contoso.example:8080 with an account"],
  },
  "a proxy that asks for an account": {
    body: { ...hosted, "@classic.proxy": { host: "proxy.contoso.example", port: 8080 } },
    spec: throughProxy,
    fails: ["X2", "@classic.proxy", "proxy.contoso.example:8080", "proxy.contoso.example:8080 with an account"],
  },
  "a wrong password for the proxy": {
    body: { ...hosted, "@classic.proxy": { ...proxy, passwordSha256: undefined, password } },
    spec: throughProxy,
    fails: ["X2", "@classic.proxy", "another password", "the account's password", /^(?!.*correct horse)/],
  },
  "a sign-in account that is too little": {
    spec: { tenant: { signInAccount } },
    fails: [
      "X3",
      "signInAccount",
      "helpDeskOperator",
      "intuneServiceAdministrator",
      /The remote server returned an error: \(400\) Bad Request/,
    ],
  },
  "another management authority": {
    spec: { tenant: { mobileDeviceManagementAuthority: "office365" } },
    fails: ["X5", "mobileDeviceManagementAuthority", "office365", "intune"],
  },
  "no directory synchronization": {
    spec: { tenant: { directorySynchronization: false } },
    fails: ["X5", "directorySynchronization", "off", "configured"],
  },
  "no machine": {
    body: { connectorServerName: undefined },
    fails: ["X5", "connectorServerName", "none", "CONNECTOR01", /No machine/],
  },
  "a machine that is not there": {
    body: { connectorServerName: "CONNECTOR09" },
    fails: ["X5", "connectorServerName", "CONNECTOR09", "CONNECTOR01"],
  },
  "Windows 10": {
    machine: { operatingSystem: "Windows 10" },
    fails: ["X5", "connectorServerName", "Windows 10, 64-bit", systems],
  },
  "Windows Server 2008 SP2 in 32 bits": {
    machine: { operatingSystem: "Windows Server 2008 SP2", bits: 32 },
    fails: ["X5", "connectorServerName", "Windows Server 2008 SP2, 32-bit", systems],
  },
  "Server Core": {
    machine: { serverCore: true },
    fails: ["X5", "connectorServerName", "Server Core", "a server with desktop"],
  },
  "a slow processor": {
    machine: { processorGHz: 1.5 },
    fails: ["X5", "connectorServerName", "1.5 GHz", "1.6 GHz"],
  },
  "little memory": { machine: { memoryGB: 1 }, fails: ["X5", "connectorServerName", "1 GB", "2 GB", /memory/] },
  "a full disk": { machine: { freeDiskGB: 9.9 }, fails: ["X5", "connectorServerName", "9.9 GB", "10 GB", /free disk/] },
  "no .NET Framework": {
    machine: { dotNetFramework: null },
    fails: ["X5", "connectorServerName", "none", "4.5, full", /\.NET Framework/],
  },
  ".NET Framework 4": {
    machine: { dotNetFramework: "4.0" },
    fails: ["X5", "connectorServerName", "4.0", "4.5, full"],
  },
  "the client profile of .NET Framework": {
    machine: { dotNetFrameworkFull: false },
    fails: ["X5", "connectorServerName", "4.5, client profile", "4.5, full"],
  },
  "no PowerShell": { machine: { powerShell: null }, fails: ["X5", "connectorServerName", "none", "2.0", /PowerShell/] },
  "PowerShell 1.0": { machine: { powerShell: "1.0" }, fails: ["X5", "connectorServerName", "1.0", "2.0"] },
  "a machine in a workgroup": {
    machine: { domain: null },
    fails: ["X5", "connectorServerName", "no domain", twoWay],
  },
  "a machine in a strange domain": {
    machine: { domain: "fabrikam.example" },
    fails: ["X5", "connectorServerName", "fabrikam.example, no trust", twoWay],
  },
  "a domain that is trusted, and does not trust": {
    machine: { domain: "fabrikam.example" },
    spec: exchange({ trusts: [{ domain: "fabrikam.example", direction: "outgoing" }] }),
    fails: ["X5", "connectorServerName", "contoso.example trusts fabrikam.example only", twoWay],
  },
  "a domain that trusts, and is not trusted": {
    machine: { domain: "fabrikam.example" },
    spec: exchange({ trusts: [{ domain: "fabrikam.example", direction: "incoming" }] }),
    fails: ["X5", "connectorServerName", "fabrikam.example trusts contoso.example only", twoWay],
  },
  "port 80 to the service": {
    machine: { unreachable: ["manage.microsoft.com:80"] },
    fails: ["X5", "connectorServerName", "closed", "manage.microsoft.com:80"],
  },
  "port 443 to the service's subdomains": {
    machine: { unreachable: ["*.manage.microsoft.com:443"] },
    fails: ["X5", "connectorServerName", "closed", "*.manage.microsoft.com:443"],
  },
  "port 443 to Exchange": {
    machine: { unreachable: ["cas0*.contoso.example:*"] },
    fails: ["X5", "connectorServerName", "closed", "cas01.contoso.example:443", /WinRM, Autodiscover and EWS/],
  },
  "the port of the proxy": {
    body: { ...hosted, "@classic.proxy": { host: "proxy", port: 8080 } },
    spec: exchange({ kind: "hosted" }),
    machine: { unreachable: ["proxy:8080"] },
    fails: ["X5", "connectorServerName", "closed", "proxy:8080"],
  },
  "files of the setup that are moved and renamed": {
    machine: { setupFolder: { moved: ["MicrosoftIntune.accountcert"], renamed: ["Exchange_Connector_Setup.exe"] } },
    fails: [
      "X6",
      "connectorServerName",
      "MicrosoftIntune.accountcert is moved, Exchange_Connector_Setup.exe is renamed",
      "all files as they were unpacked",
    ],
  },
  "a tenant without an active connector, from July 2020 on": {
    spec: { clock: "2020-07-01T00:00:00Z" },
    fails: ["X11", "clock", "2020-07-01T00:00:00Z", "hybrid modern authentication", /hybrid modern authentication/],
  },
  "the end of support": {
    spec: { clock: "2024-02-19T00:00:00Z" },
    fails: ["X11", "clock", "2024-02-19T00:00:00Z", "hybrid modern authentication", /nothing syncs/],
  },
};

describe("Exchange: set-up of a connector", () => {
  it("has nothing to say where all is well", async () => {
    assert.deepEqual(await check({}), { failures: [], advice: [] });
  });

  const wells: Record<string, Situation> = {
    ...Object.fromEntries(
      supportedSystems.map((operatingSystem) => [operatingSystem, { machine: { operatingSystem } }]),
    ),
    "a machine that is just enough": { machine: { processorGHz: 1.6, memoryGB: 2, freeDiskGB: 10 } },
    "later .NET Framework and PowerShell": { machine: { dotNetFramework: "4.7.2", powerShell: "5.1" } },
    "a trust both ways": {
      machine: { domain: "FABRIKAM.example" },
      spec: exchange({ trusts: [{ domain: "fabrikam.example" }] }),
    },
    "the right password": { spec: ofAccount({ passwordSha256: sha256(password) }) },
    "Exchange Online Dedicated, which has no version": {
      body: hosted,
      spec: exchange({ kind: "dedicated", version: "8.0" }),
    },
    "the proxy and its account": {
      body: { ...hosted, "@classic.proxy": { ...proxy, passwordSha256: undefined, password: "p" } },
      spec: throughProxy,
      machine: { unreachable: ["*.contoso.example:443"] },
    },
    "a machine by its name in any case": { body: { connectorServerName: "connector01" } },
  };
  for (const [name, situation] of Object.entries(wells)) {
    it(`takes ${name}`, async () => assert.deepEqual((await check(situation)).failures, []));
  }

  for (const [name, { fails, ...situation }] of Object.entries(rows)) {
    const [rule, what, found, needed, ...messages] = fails;
    it(`${rule} refuses ${name}`, async () => {
      const { failures } = await check(situation);
      assert.deepEqual(
        failures.map(({ message: _, ...failure }) => failure),
        [{ rule, what, found, needed }],
      );
      const { message } = failures[0]!;
      for (const pattern of [new RegExp(`\\(${rule}\\)`), ...messages]) assert.match(message, pattern);
    });
  }

  it("says all failures at once, those of making it in the same words", async () => {
    const situation: Situation = {
      body: { "@classic.notificationAccount": "nobody@contoso.example", exchangeOrganization: "Fabrikam" },
      spec: {
        tenant: { signInAccount, directorySynchronization: false, mobileDeviceManagementAuthority: "unknown" },
        exchange: {
          version: "8.3",
          clientAccessServers: [{ fqdn: primary, services: [] }],
          accounts: [{ name: account, licensed: false, cmdlets: [], passwordSha256: sha256("x") }],
        },
      },
      machine: {
        operatingSystem: "Windows XP",
        bits: 32,
        serverCore: true,
        processorGHz: 1,
        memoryGB: 1,
        freeDiskGB: 1,
        dotNetFramework: null,
        powerShell: null,
        domain: null,
        unreachable: ["*:*"],
        setupFolder: { moved: ["a"] },
      },
    };
    const { failures } = await check(situation);
    const counts: Record<string, number> = {};
    for (const { rule } of failures) counts[rule] = (counts[rule] ?? 0) + 1;
    // X5: two of the tenant, version, WinRM, seven of the machine, domain, six of the service and one of Exchange.
    assert.deepEqual(counts, { X1: 1, X3: 6, X4: 1, X5: 19, X6: 1 });
    const response = await post(open(situation), "/beta/deviceManagement/exchangeConnectors", {
      ...wanted,
      ...situation.body,
    });
    assert.equal(response.status, 400);
    const { error } = (await response.json()) as { error: { message: string } };
    const said = JSON.parse(error.message).Message as string;
    assert.match(said, /28 problems/);
    for (const { message } of failures) assert.ok(said.includes(message), message);
  });

  it("a seed without machines asks nothing about them (X5)", async () => {
    const tenant = openTenant({ seed: seedOf({}) });
    const body = { ...wanted, connectorServerName: undefined };
    const response = await post(tenant, "/simulation/exchangeConnectors/check", body);
    assert.deepEqual(await response.json(), { failures: [], advice: [] });
  });

  it("a second connector is in the way of itself alone, and a change is checked by its id (X1)", async () => {
    const accounts = [{ name: account }, { name: "CONTOSO\\svc-other" }];
    const tenant = open({ spec: exchange({ accounts }) });
    const made = await post(tenant, "/beta/deviceManagement/exchangeConnectors", wanted);
    assert.equal(made.status, 201);
    const { id } = (await made.json()) as { id: string };
    const asked = async (query: string, body: object) =>
      (await (await post(tenant, `/simulation/exchangeConnectors/check${query}`, body)).json()) as Checked;
    const { failures } = await asked("", wanted);
    assert.deepEqual(
      failures.map(({ rule, what, found }) => [rule, what, found]),
      [["X1", "exchangeOrganization", `the connector ${id}`]],
    );
    assert.deepEqual((await asked("", { ...wanted, "@classic.replaceExisting": true })).failures, []);
    assert.deepEqual((await asked(`?id=${id}`, { serverName: "cas02" })).failures, []);
    const changedAccount = { "@classic.exchangeAccount": "CONTOSO\\svc-other" };
    const other = await asked(`?id=${id}`, changedAccount);
    assert.deepEqual(
      other.failures.map(({ rule, what }) => [rule, what]),
      [["X3", "@classic.exchangeAccountPassword"]],
    );
    assert.deepEqual(
      (await asked(`?id=${id}`, { ...changedAccount, "@classic.exchangeAccountPassword": "x" })).failures,
      [],
    );
    const changed = await asked(`?id=${id}`, { serverName: "cas09" });
    assert.deepEqual(
      changed.failures.map(({ rule }) => rule),
      ["X2"],
    );
    assert.equal((await post(tenant, "/simulation/exchangeConnectors/check?id=x", {})).status, 404);
  });
});

describe("Exchange: advice on a set-up", () => {
  const many = (count: number) =>
    exchange({
      partnerships: Array.from({ length: count }, (_, number) => ({
        mailbox: mailboxOf(0),
        deviceId: easId(number),
        deviceType: "iPhone",
        deviceModel: "iPhone12C1",
      })),
    });
  const parallel = { "@classic.parallelCommandSupport": true };
  const advised: Record<string, Situation & { says: [rule: string, what: string, message: RegExp][] }> = {
    "few devices, one runspace": { spec: many(4_999), says: [] },
    "many devices, one runspace": {
      spec: many(5_000),
      says: [["X8", "@classic.parallelCommandSupport", /has 5000 devices: from 5000 on, turn on/]],
    },
    "many devices, several runspaces": { spec: many(5_000), body: parallel, says: [] },
    "few devices, several runspaces": {
      body: parallel,
      says: [["X8", "@classic.parallelCommandSupport", /has 0 devices.*meant for 5000 or more/]],
    },
    "a minimal machine, several runspaces": {
      spec: many(5_000),
      body: parallel,
      machine: { memoryGB: 2 },
      says: [["X8", "@classic.parallelCommandSupport", /2 GB of memory.*not for old or slow hardware/]],
    },
    "an account that something else uses": {
      spec: { exchange: { ...many(5_000).exchange, accounts: [{ name: account, runspacesInUse: 3 }] } },
      body: parallel,
      says: [["X8", "@classic.exchangeAccount", /Of the 18 runspaces.*holds 3/]],
    },
    "an insecure folder": {
      machine: { setupFolder: { path: "D:\\Public", secure: false } },
      says: [["X6", "connectorServerName", /D:\\Public.*delete MicrosoftIntune\.accountcert/]],
    },
  };
  for (const [name, { says, ...situation }] of Object.entries(advised)) {
    it(name, async () => {
      const { failures, advice } = await check(situation);
      assert.deepEqual(failures, []);
      assert.deepEqual(
        advice.map(({ rule, what }) => [rule, what]),
        says.map(([rule, what]) => [rule, what]),
      );
      for (const [index, [, , message]] of says.entries()) assert.match(advice[index]!.message, message);
    });
  }
});
