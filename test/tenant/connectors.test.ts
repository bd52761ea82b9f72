import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { exchangeStatus } from "../../provider/tenant/exchange/status";
import { openTenant, readSeed, type Tenant } from "../../provider/tenant/index";
import { noNewConnectorsFrom, noSyncFrom } from "../../provider/tenant/sync/lifecycle";
import {
  accessOfRecords,
  account,
  eventsOf,
  organization,
  primary,
  second,
  seedOf,
  type WorldSpec,
} from "./sync/world";

const connectors = "/deviceManagement/exchangeConnectors";
const password = "correct horse battery";
const wanted = {
  serverName: primary,
  exchangeConnectorType: "onPremises",
  exchangeOrganization: organization,
  "@classic.exchangeAccount": account,
  "@classic.exchangeAccountPassword": password,
  "@classic.notificationAccount": "notify@contoso.example",
  "@classic.notificationAccountPassword": password,
};

type Entity = Record<string, unknown>;

/** A request as a client makes it; the message of an Intune error is taken out of its JSON. */
async function call(tenant: Tenant, method: string, address: string, body?: object, version = "beta") {
  const request = new Request(`http://tenant/${version}${address}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const response = await tenant.fetch(request);
  const text = await response.text();
  const entity = (text ? JSON.parse(text) : {}) as Entity & {
    error?: { code: string; message: string };
    value?: Entity[];
  };
  const said = entity.error?.message ?? "";
  return {
    status: response.status,
    entity,
    message: said.startsWith("{") ? (JSON.parse(said).Message as string) : said,
  };
}

const open = (spec: WorldSpec = {}) =>
  openTenant({
    seed: seedOf({
      devices: [{ user: 0 }],
      records: [
        [0, 0],
        [1, 1],
      ],
      ...spec,
    }),
  });

const make = (tenant: Tenant, changes: object = {}) => call(tenant, "POST", connectors, { ...wanted, ...changes });

async function made(tenant: Tenant, changes: object = {}): Promise<string> {
  const { status, entity, message } = await make(tenant, changes);
  assert.equal(status, 201, message);
  return entity.id as string;
}

describe("exchangeConnectors: create", () => {
  it("connects, and has synced when it answers (X8a, S3)", async () => {
    const tenant = open();
    const { status, entity } = await make(tenant);
    assert.equal(status, 201);
    assert.equal(entity["@odata.context"], "http://tenant/beta/$metadata#deviceManagement/exchangeConnectors/$entity");
    assert.equal(entity.status, "connected");
    assert.equal(entity.lastSyncDateTime, "2020-03-02T08:00:00Z");
    assert.deepEqual(Object.values(accessOfRecords(tenant.context)), [
      "allowed Allowed/Individual compliant",
      "quarantined Blocked/Individual notEnrolled",
    ]);
  });

  it("the small company then has devices allowed, blocked and quarantined", async () => {
    const file = path.join(__dirname, "../../examples/tenants/small.yaml");
    const tenant = openTenant({ seed: readSeed(readFileSync(file, "utf8"), file) });
    await made(tenant, { "@classic.notificationAccount": "mail-notifications@contoso.example" });
    assert.deepEqual(exchangeStatus(tenant.context).organizations[0]?.counts, {
      allowed: 8,
      blocked: 1,
      quarantined: 2,
    });
  });

  it("gives annotations back, and keeps no password (X3)", async () => {
    const tenant = open({ exchange: { kind: "hosted" } });
    const proxy = { host: "proxy.contoso.example", port: 8080, user: "CONTOSO\\proxy" };
    const id = await made(tenant, {
      exchangeConnectorType: "hosted",
      "@classic.proxy": { ...proxy, password },
      "@classic.parallelCommandSupport": true,
    });
    const { entity } = await call(tenant, "GET", `${connectors}/${id}`, undefined, "v1.0");
    assert.deepEqual(entity["@classic.proxy"], proxy);
    assert.equal(entity["@classic.proxyPasswordGiven"], true);
    assert.equal(entity["@classic.exchangeAccount"], account);
    assert.equal(entity["@classic.exchangeAccountPasswordGiven"], true);
    assert.equal(entity["@classic.parallelCommandSupport"], true);
    assert.equal(entity["@classic.casFailoverEnabled"], true);
    const tables = tenant.context.db.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'");
    for (const { name } of tables) {
      const rows = tenant.context.db.all(`SELECT * FROM "${name}"`);
      assert.ok(!JSON.stringify(rows).includes(password), `the table ${name} holds the password`);
    }
  });

  it("takes the host name of a server, and the organization from it", async () => {
    const { status, entity } = await make(open(), { serverName: "CAS02", exchangeOrganization: undefined });
    assert.equal(status, 201);
    assert.equal(entity.exchangeOrganization, organization);
  });

  interface Refusal {
    name: string;
    change?: object;
    spec?: WorldSpec;
    status?: number;
    messages: RegExp[];
  }
  const down = [{ from: "2020-03-02T07:00:00Z", to: "2020-03-02T09:00:00Z" }];
  const signIn = { userPrincipalName: "helpdesk@contoso.example", role: "helpDeskOperator" };
  const refusals: Refusal[] = [
    {
      name: "X2 a server that is not there",
      change: { serverName: "cas09" },
      messages: [/'cas09' was not found.*cas01/],
    },
    {
      name: "X8a a server that is down",
      spec: { exchange: { clientAccessServers: [{ fqdn: primary, down }] } },
      messages: [/'cas01\.contoso\.example' does not answer at 2020-03-02T08:00:00Z/],
    },
    {
      name: "X1 another organization",
      change: { exchangeOrganization: "Fabrikam" },
      messages: [/'Contoso Mail', not to 'Fabrikam'/],
    },
    {
      name: "X2 a hosted organization",
      spec: { exchange: { kind: "hosted" } },
      messages: [/is hosted; a connector of type onPremises/],
    },
    {
      name: "X2 a type that cannot be set up",
      change: { exchangeConnectorType: "serviceToService" },
      messages: [/onPremises or hosted/],
    },
    { name: "X5 Exchange 2010 SP2", spec: { exchange: { version: "14.2" } }, messages: [/runs Exchange 14\.2; 14\.3/] },
    { name: "X3 no account", change: { "@classic.exchangeAccount": undefined }, messages: [/No account for Exchange/] },
    {
      name: "X3 no password",
      change: { "@classic.exchangeAccountPassword": undefined },
      messages: [/'CONTOSO\\svc-intune' needs a password/],
    },
    {
      name: "X3 an account that is not there",
      change: { "@classic.exchangeAccount": "CONTOSO\\nobody" },
      messages: [/Access is denied: 'CONTOSO\\nobody'/],
    },
    {
      name: "X3 an account without a licence",
      spec: { exchange: { accounts: [{ name: account, licensed: false }] } },
      messages: [/no Intune licence/],
    },
    {
      name: "X4 all cmdlets that are missing",
      spec: { exchange: { accounts: [{ name: account, cmdlets: ["Get-CasMailbox", "Get-Command"] }] } },
      messages: [
        /not allowed 19 of the cmdlets/,
        /Set-CasMailbox, Get-ActiveSyncMailboxPolicy/,
        /Set-ADServerSettings/,
      ],
    },
    {
      name: "X3 Autodiscover and EWS missing",
      spec: { exchange: { clientAccessServers: [{ fqdn: primary, services: ["WinRM"] }] } },
      messages: [/Autodiscover is not configured/, /EWS is not configured/],
    },
    {
      name: "X3 a notification account without a mailbox",
      change: { "@classic.notificationAccount": "nobody@contoso.example" },
      messages: [/'nobody@contoso\.example' has no mailbox/],
    },
    {
      name: "X3 a sign-in account that is too little",
      spec: { tenant: { signInAccount: signIn } },
      messages: [
        /The remote server returned an error: \(400\) Bad Request/,
        /helpdesk@contoso\.example.*intuneServiceAdministrator/,
      ],
    },
    {
      name: "X5 another management authority, no directory synchronization",
      spec: { tenant: { mobileDeviceManagementAuthority: "office365", directorySynchronization: false } },
      messages: [/authority is office365; it must be intune/, /directory synchronization is off/],
    },
    {
      name: "X2 a proxy on premises",
      change: { "@classic.proxy": { host: "proxy", port: 80 } },
      messages: [/A proxy is for a hosted server/],
    },
    {
      name: "all failures at once",
      change: { exchangeOrganization: "Fabrikam", "@classic.notificationAccount": "nobody@contoso.example" },
      spec: { exchange: { version: "8.3", accounts: [{ name: account, licensed: false }] } },
      messages: [/4 problems/, /Fabrikam/, /8\.3/, /licence/, /nobody@contoso/],
    },
    {
      name: "an annotation that does not exist",
      change: { "@classic.exchangeAcount": "x\\y" },
      messages: [/exchangeAcount/],
    },
    {
      name: "a proxy without a port",
      change: { "@classic.proxy": { host: "proxy", password } },
      messages: [/^(?!.*correct horse).*@classic\.proxy\.port/],
    },
    { name: "a property that does not exist", change: { color: "red" }, messages: [/color/] },
    {
      name: "X11 a tenant without an active connector, from July 2020 on",
      spec: { clock: noNewConnectorsFrom },
      messages: [/cannot create one.*hybrid modern authentication/],
    },
    {
      name: "X11 from 19 February 2024 on",
      spec: { clock: noSyncFrom },
      messages: [/nothing syncs any more.*hybrid modern authentication/],
    },
  ];
  for (const { name, change, spec, messages, status: expected = 400 } of refusals) {
    it(`refuses: ${name}`, async () => {
      const tenant = open(spec);
      const { status, message } = await make(tenant, change);
      assert.equal(status, expected);
      for (const pattern of messages) assert.match(message, pattern);
      assert.deepEqual((await call(tenant, "GET", connectors)).entity.value, []);
      assert.deepEqual(eventsOf(tenant.context, "exchangeCmdlet"), []);
    });
  }

  it("the last moment at which a tenant can create its first connector (X11)", async () => {
    const { status } = await make(open({ clock: "2020-06-30T23:59:59Z" }));
    assert.equal(status, 201);
  });
});

describe("exchangeConnectors: one for each organization (X1)", () => {
  it("a second one is a conflict that names the first", async () => {
    const tenant = open();
    const id = await made(tenant);
    const { status, message } = await make(tenant, { serverName: second });
    assert.equal(status, 409);
    assert.match(message, new RegExp(`${id}.*'${primary}'`));
  });

  it("replaces the first when asked to, also after July 2020, and takes over its records (X11)", async () => {
    const tenant = open();
    const first = await made(tenant);
    const before = accessOfRecords(tenant.context);
    tenant.context.clock.set(Date.parse("2021-01-01T00:00:00Z"));
    const id = await made(tenant, { serverName: second, "@classic.replaceExisting": true });
    assert.notEqual(id, first);
    assert.equal((await call(tenant, "GET", `${connectors}/${first}`)).status, 404);
    assert.deepEqual(accessOfRecords(tenant.context), before);
    assert.equal(eventsOf(tenant.context, "quarantineMailSent").length, 1);
    assert.equal(eventsOf(tenant.context, "exchangeCmdlet").length, 2);
  });
});

describe("exchangeConnectors: reconfigure, sync, delete", () => {
  it("PATCH changes what it names, in place", async () => {
    const tenant = open();
    const id = await made(tenant);
    const { status, entity } = await call(tenant, "PATCH", `${connectors}/${id}`, {
      serverName: "cas02",
      "@classic.casFailoverEnabled": false,
    });
    assert.equal(status, 200);
    assert.equal(entity.serverName, "cas02");
    assert.equal(entity["@classic.casFailoverEnabled"], false);
    assert.equal(entity["@classic.exchangeAccountPasswordGiven"], true);
    assert.equal(exchangeStatus(tenant.context).connectors[0]?.server, second);
  });

  it("PATCH takes back what GET gave", async () => {
    const tenant = open();
    const address = `${connectors}/${await made(tenant)}`;
    const { entity } = await call(tenant, "GET", address);
    const { status, entity: after } = await call(tenant, "PATCH", address, entity);
    assert.equal(status, 200);
    assert.deepEqual(after, entity);
  });

  const refusals: [name: string, change: object, message: RegExp][] = [
    ["another organization", { exchangeOrganization: "Fabrikam" }, /cannot change from 'Contoso Mail' to 'Fabrikam'/],
    ["another type", { exchangeConnectorType: "hosted" }, /cannot change from 'onPremises' to 'hosted'/],
    ["a server that is not there", { serverName: "cas09" }, /'cas09' was not found/],
    ["no server", { serverName: null }, /cannot be null/],
    ["an account that is not there", { "@classic.exchangeAccount": "CONTOSO\\nobody" }, /Access is denied/],
  ];
  for (const [name, change, expected] of refusals) {
    it(`PATCH refuses ${name}, and changes nothing`, async () => {
      const tenant = open();
      const address = `${connectors}/${await made(tenant)}`;
      const before = await call(tenant, "GET", address);
      const { status, message } = await call(tenant, "PATCH", address, change);
      assert.equal(status, 400);
      assert.match(message, expected);
      assert.deepEqual(await call(tenant, "GET", address), before);
    });
  }

  for (const action of ["sync", "microsoft.graph.sync"]) {
    it(`${action} answers 204, and lastSyncDateTime tells`, async () => {
      const tenant = open();
      const address = `${connectors}/${await made(tenant)}`;
      tenant.context.clock.set(Date.parse("2020-03-02T09:30:00Z"));
      for (const syncType of ["fullSync", "deltaSync"]) {
        const { status, entity } = await call(tenant, "POST", `${address}/${action}`, { syncType });
        assert.equal(status, 204);
        assert.deepEqual(entity, {});
      }
      assert.equal((await call(tenant, "GET", address)).entity.lastSyncDateTime, "2020-03-02T09:30:00Z");
    });
  }

  it("sync refuses another word, and none", async () => {
    const tenant = open();
    const address = `${connectors}/${await made(tenant)}/sync`;
    assert.equal((await call(tenant, "POST", address, { syncType: "quick" })).status, 400);
    assert.equal((await call(tenant, "POST", address, {})).status, 400);
  });

  it("sync answers 204 when no server answers: the status is then disconnected", async () => {
    const tenant = open();
    const address = `${connectors}/${await made(tenant)}`;
    tenant.context.db.run("UPDATE clientAccessServer SET services = '[]'");
    assert.equal((await call(tenant, "POST", `${address}/sync`, { syncType: "deltaSync" })).status, 204);
    assert.equal((await call(tenant, "GET", address)).entity.status, "disconnected");
  });

  it("DELETE leaves Exchange's records as they are (X9)", async () => {
    const tenant = open();
    const id = await made(tenant);
    const before = accessOfRecords(tenant.context);
    assert.equal((await call(tenant, "DELETE", `${connectors}/${id}`)).status, 204);
    assert.deepEqual(accessOfRecords(tenant.context), before);
    for (const method of ["GET", "DELETE"]) {
      assert.equal((await call(tenant, method, `${connectors}/${id}`)).status, 404);
    }
  });
});

describe("access policy of on-premises Exchange", () => {
  const settings = "/deviceManagement/conditionalAccessSettings";
  const policy = "/deviceManagement/exchangeOnPremisesPolicy";

  it("conditionalAccessSettings are read and changed, in both versions", async () => {
    const tenant = open();
    for (const version of ["beta", "v1.0"]) {
      const { status, entity } = await call(tenant, "PATCH", settings, { enabled: false }, version);
      assert.equal(status, 200);
      assert.equal(entity.enabled, false);
      assert.deepEqual((await call(tenant, "GET", settings, undefined, version)).entity, entity);
    }
    const under = await call(tenant, "GET", `${policy}/conditionalAccessSettings`);
    assert.equal(under.entity.enabled, false);
  });

  it("refuses a group that is not there (C1)", async () => {
    const includedGroups = ["11111111-2222-4333-8444-555555555555"];
    const { status, message } = await call(open(), "PATCH", settings, { includedGroups });
    assert.equal(status, 400);
    assert.match(message, /11111111/);
  });

  it("exchangeOnPremisesPolicy is beta only, and keeps what it is given", async () => {
    const tenant = open();
    const accessRules = [{ deviceClass: { name: "iPhone", type: "family" }, accessLevel: "block" }];
    const { status, entity } = await call(tenant, "PATCH", policy, { defaultAccessLevel: "quarantine", accessRules });
    assert.equal(status, 200);
    assert.equal(entity.defaultAccessLevel, "quarantine");
    assert.equal((await call(tenant, "GET", policy)).entity.defaultAccessLevel, "quarantine");
    assert.equal((await call(tenant, "GET", policy, undefined, "v1.0")).status, 400);
    await made(tenant);
    const [exchange] = exchangeStatus(tenant.context).organizations;
    assert.equal(exchange?.defaultAccessLevel, "Quarantine");
    assert.equal(eventsOf(tenant.context, "exchangeSettingCorrected").length, 2);
  });

  it("refuses a level that does not exist", async () => {
    const { status } = await call(open(), "PATCH", policy, { defaultAccessLevel: "Allow" });
    assert.equal(status, 400);
  });
});
