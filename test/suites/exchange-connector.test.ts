/** ExchangeConnector (X1 to X3) on a tenant; what happened is looked up by raw requests. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Json } from "../../provider/graph/client";
import { smallCompany } from "../../provider/settings";
import { openTenant, readSeed } from "../../provider/tenant";
import { type Properties, UNKNOWN } from "../../provider/values";
import { present } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

const collection = "/deviceManagement/exchangeConnectors";
const secrets = ["Exchange-pa55", "Mailbox-pa55", "Proxy-pa55", "New-pa55"] as const;
const [exchangePassword, mailboxPassword, proxyPassword, newPassword] = secrets;

const inputs = (over: Properties = {}): Properties =>
  present({
    kind: "ExchangeConnector",
    exchangeOrganization: "Contoso Mail",
    exchangeConnectorType: "onPremises",
    serverName: "cas01.contoso.example",
    exchangeAccount: { user: "CONTOSO\\svc-intune", password: exchangePassword },
    notificationAccount: { address: "mail-notifications@contoso.example", password: mailboxPassword },
    ...over,
  });
const proxy = { host: "proxy.contoso.example", port: 8080, user: "CONTOSO\\svc-proxy", password: proxyPassword };
const hostedServer = {
  exchangeOrganization: "Hosted Mail",
  exchangeConnectorType: "hosted",
  serverName: "mail.hosted.example",
};
const hosted = { ...hostedServer, proxy };

const withoutSecrets = (text: string) => {
  for (const secret of secrets) assert.ok(!text.includes(secret), `a password is shown: ${text}`);
};

describe("an Exchange connector", () => {
  let tenant: Rehearsal;
  let cycle: ReturnType<Rehearsal["cycle"]>;
  beforeEach(() => {
    tenant = rehearse();
    cycle = tenant.cycle("ExchangeConnector");
  });
  afterEach(() => {
    withoutSecrets(tenant.said.join("\n"));
    tenant.close();
  });

  const failures = async (news: Properties, olds: Properties = {}) => {
    const found = ((await cycle.check(olds, news)).failures ?? []).map(
      ({ property, reason }) => `${property} ${reason}`,
    );
    withoutSecrets(found.join("\n"));
    return found;
  };

  async function made(over: Properties = {}): Promise<{ id: string; outs: Properties }> {
    assert.deepEqual(await failures(inputs(over)), []);
    return (await cycle.create(inputs(over))) as { id: string; outs: Properties };
  }

  it("is made, connected, and has synchronized once (X8a, S3)", async () => {
    const { id, outs } = await made();
    const entity = await tenant.raw("GET", `${collection}/${id}`);
    assert.equal(entity.status, "connected");
    assert.ok(!String(entity.lastSyncDateTime).startsWith("0001"), "the first synchronization has run");
    assert.deepEqual([outs.status, outs.lastSyncDateTime], [entity.status, entity.lastSyncDateTime]);
    withoutSecrets(JSON.stringify(entity));
  });

  for (const [name, over] of Object.entries({ onPremises: {}, hosted })) {
    it(`does not differ from itself (${name}), before and after a refresh; passwords are not read back`, async () => {
      const { id, outs } = await made(over);
      assert.equal((await cycle.diff(id, outs, inputs(over))).changes, false);
      const read = await cycle.read(id, outs);
      assert.deepEqual(read, { id, inputs: inputs(over), props: outs });
      const unknowing = await cycle.read(id, { kind: "ExchangeConnector" });
      withoutSecrets(JSON.stringify(unknowing));
      assert.equal((unknowing.props as Properties).serverName, inputs(over).serverName);
    });
  }

  const refused: { name: string; over: Properties; says: RegExp }[] = [
    { name: "no organization", over: { exchangeOrganization: undefined }, says: /^exchangeOrganization is required/ },
    { name: "no accounts (X3)", over: { exchangeAccount: undefined }, says: /^exchangeAccount is required/ },
    {
      name: "another kind of server (X2)",
      over: { exchangeConnectorType: "dedicated" },
      says: /^exchangeConnectorType is "dedicated"; allowed: "onPremises", "hosted"/,
    },
    {
      name: "an address for a server",
      over: { serverName: "https://cas01" },
      says: /^serverName must be the name of a server/,
    },
    {
      name: "a user without domain (X3)",
      over: { exchangeAccount: { user: "svc", password: exchangePassword } },
      says: /^exchangeAccount\.user must be DOMAIN\\user, not "svc"/,
    },
    {
      name: "no password",
      over: { exchangeAccount: { user: "C\\svc" } },
      says: /^exchangeAccount\.password is required/,
    },
    {
      name: "a password that is no text",
      over: { exchangeAccount: { user: "C\\svc", password: { text: exchangePassword } } },
      says: /^exchangeAccount\.password must be a text, not that/,
    },
    {
      name: "an account as one text",
      over: { exchangeAccount: `C\\svc:${exchangePassword}` },
      says: /^exchangeAccount must be an object, not that/,
    },
    {
      name: "a misspelled password",
      over: { exchangeAccount: { user: "C\\svc", pasword: exchangePassword } },
      says: /^exchangeAccount has no property "pasword"/,
    },
    {
      name: "an address that is none",
      over: { notificationAccount: { address: "nobody", password: mailboxPassword } },
      says: /^notificationAccount\.address must be the address of a mailbox/,
    },
    {
      name: "a proxy on premises (X2)",
      over: { proxy },
      says: /^proxy is for exchangeConnectorType: "hosted" only \(X2\)/,
    },
    {
      name: "a proxy's user without password (X2)",
      over: { ...hosted, proxy: { ...proxy, password: undefined } },
      says: /^proxy needs user and password together/,
    },
    {
      name: "a proxy's password without user (X2)",
      over: { ...hosted, proxy: { ...proxy, user: undefined } },
      says: /^proxy needs user and password together/,
    },
    {
      name: "a port that is none",
      over: { ...hosted, proxy: { ...proxy, port: 70000 } },
      says: /^proxy\.port must be 1 to 65535, not 70000/,
    },
    {
      name: "half a port",
      over: { ...hosted, proxy: { ...proxy, port: 80.5 } },
      says: /^proxy\.port must be a whole number, not 80\.5/,
    },
    { name: "a property that does not exist", over: { server: "cas01" }, says: /has no property "server"/ },
  ];
  for (const { name, over, says } of refused) {
    it(`refuses ${name}`, async () => {
      const found = await failures(inputs(over));
      assert.ok(
        found.some((failure) => says.test(failure)),
        found.join("\n") || "nothing was said",
      );
      assert.deepEqual(tenant.requests, [], "nothing is asked of the tenant for inputs that are wrong by themselves");
    });
  }

  it("says everything that is wrong at once", async () => {
    const found = await failures({
      kind: "ExchangeConnector",
      serverName: "https://x",
      exchangeAccount: { user: "svc" },
    });
    assert.deepEqual(found.map((failure) => failure.split(" ")[0]).sort(), [
      "exchangeAccount.password",
      "exchangeAccount.user",
      "exchangeConnectorType",
      "exchangeOrganization",
      "notificationAccount",
      "serverName",
    ]);
  });

  it("lets pass what is not known yet", async () => {
    const account = { user: UNKNOWN, password: UNKNOWN };
    assert.deepEqual(await failures(inputs({ exchangeOrganization: UNKNOWN, exchangeAccount: account })), []);
    assert.deepEqual(await failures(inputs({ exchangeAccount: UNKNOWN, serverName: UNKNOWN })), []);
    assert.deepEqual(await failures(inputs({ exchangeConnectorType: UNKNOWN, proxy: UNKNOWN })), []);
  });

  it("passes on what the tenant says is wrong with the set-up, and makes nothing (X8a)", async () => {
    const wrong = inputs({ serverName: "cas09.contoso.example" });
    await assert.rejects(
      async () => cycle.create(wrong),
      (error: Error) => {
        withoutSecrets(error.message);
        assert.match(error.message, /cas09\.contoso\.example/);
        assert.equal(error.stack, "");
        return true;
      },
    );
    assert.deepEqual((await tenant.raw("GET", collection)).value, []);
  });

  it("is reconfigured in place (X2): only what changed is sent", async () => {
    const { id, outs } = await made();
    const account = { user: "CONTOSO\\svc-intune", password: newPassword };
    const news = inputs({ serverName: "cas02.contoso.example", exchangeAccount: account, casFailoverEnabled: false });
    const diff = await cycle.diff(id, outs, news);
    assert.deepEqual([diff.changes, diff.replaces], [true, []]);
    const { outs: after } = await cycle.update(id, outs, news);
    const entity = await tenant.raw("GET", `${collection}/${id}`);
    assert.deepEqual([entity.serverName, entity["@classic.casFailoverEnabled"]], ["cas02.contoso.example", false]);
    assert.deepEqual((await cycle.read(id, after as Properties)).inputs, news);
  });

  it("gets, changes and loses its proxy in place (X2)", async () => {
    const { id, outs } = await made(hosted);
    const proxyOf = async () => (await tenant.raw("GET", `${collection}/${id}`))["@classic.proxy"];
    assert.deepEqual(await proxyOf(), { host: proxy.host, port: proxy.port, user: proxy.user });
    const open = inputs({ ...hosted, proxy: { host: proxy.host, port: 3128 } });
    const { outs: second } = await cycle.update(id, outs, open);
    assert.deepEqual(await proxyOf(), { host: proxy.host, port: 3128 });
    assert.deepEqual((await cycle.read(id, second as Properties)).inputs, open);
    const none = inputs(hostedServer);
    const { outs: third } = await cycle.update(id, second as Properties, none);
    assert.equal(await proxyOf(), undefined);
    assert.deepEqual((await cycle.read(id, third as Properties)).inputs, none);
  });

  it("shows drift of what somebody changes by hand, the proxy that is gone included", async () => {
    const { id, outs } = await made(hosted);
    const patch = { "@classic.proxy": null, "@classic.parallelCommandSupport": true, connectorServerName: "VM7" };
    await tenant.raw("PATCH", `${collection}/${id}`, patch);
    const read = await cycle.read(id, outs);
    const { proxy: seen, parallelCommandSupport, connectorServerName } = read.inputs as Properties;
    assert.deepEqual([seen, parallelCommandSupport, connectorServerName], [undefined, true, "VM7"]);
    const diff = await cycle.diff(id, read.props as Properties, inputs(hosted));
    assert.deepEqual([diff.changes, diff.replaces], [true, []]);
    await cycle.update(id, read.props as Properties, inputs(hosted));
    assert.deepEqual((await cycle.read(id, outs)).inputs, inputs(hosted));
  });

  const replacing: { property: string; rule: string; over: Properties }[] = [
    { property: "exchangeOrganization", rule: "X1", over: { exchangeOrganization: "Fabrikam Mail" } },
    { property: "exchangeConnectorType", rule: "X2", over: { exchangeConnectorType: "hosted" } },
  ];
  for (const { property, rule, over } of replacing) {
    it(`is replaced where ${property} changes, the new one first, and says why (${rule})`, async () => {
      const { id, outs } = await made();
      const diff = await cycle.diff(id, outs, inputs(over));
      assert.deepEqual([diff.replaces, diff.deleteBeforeReplace], [[property], false]);
      assert.match(tenant.said.join("\n"), new RegExp(`has to be replaced: a new one.*${property}: .*\\(${rule}: `));
      const found = await failures(inputs(over));
      assert.doesNotMatch(found.join(), /serves already/, "it is in nobody's way itself");
    });
  }

  it("hands over to its replacement without a gap, and its own delete then finds nothing (X1, X11)", async () => {
    const { id, outs } = await made();
    const states = async () => {
      const status = await tenant.raw("GET", "/../simulation/status");
      const [organization] = status.exchangeOrganizations as { records: Json[] }[];
      return organization!.records.map(({ mailbox, deviceId, state }) => [mailbox, deviceId, state]);
    };
    const before = await states();
    // As the program's replaceOnChanges has it: all stays the same, and the engine replaces it all the same.
    await cycle.diff(id, outs, inputs());
    const next = (await cycle.create(inputs())) as { id: string; outs: Properties };
    assert.notEqual(next.id, id);
    assert.deepEqual(await states(), before);
    await cycle.delete(id, outs);
    const all = (await tenant.raw("GET", collection)).value as Json[];
    assert.deepEqual(
      all.map((connector) => [connector.id, connector.status]),
      [[next.id, "connected"]],
    );
    const { value: events } = (await tenant.raw("GET", "/../simulation/events")) as { value: Json[] };
    const kinds = events.map(({ kind }) => kind);
    assert.ok(kinds.includes("connectorReplaced"));
    assert.ok(!kinds.includes("connectorRemoved"), "the tenant was never without a connector");
  });

  const replacements: { name: string; refusal?: object; fails?: RegExp }[] = [
    { name: "that goes well" },
    {
      name: "whose first synchronization Exchange does not let finish",
      refusal: { cmdlet: "Get-ActiveSyncDevice", kind: "refused" },
      fails: /first synchronization has not finished/,
    },
  ];
  for (const { name, refusal, fails } of replacements) {
    it(`keeps a device's access at each moment of a replacement ${name} (X1)`, async () => {
      const phone = {
        organization: "Contoso Mail",
        mailbox: "ada.moreau@contoso.example",
        deviceId: "APPLADA0001",
        deviceType: "iPhone",
      };
      const answers: unknown[] = [];
      const attempt = async () => {
        const sent = { ...phone, deviceModel: "iPhone11C8" };
        answers.push((await tenant.raw("POST", "/../simulation/mailAttempts", sent)).answer);
      };
      const watched = rehearse(
        (send) => async (request) => {
          await attempt();
          const response = await send(request);
          await attempt();
          return response;
        },
        tenant.tenant,
      ).cycle("ExchangeConnector");
      // Exchange lets nobody in by itself: the connector's list alone gives access.
      await tenant.raw("PATCH", "/deviceManagement/exchangeOnPremisesPolicy", { defaultAccessLevel: "block" });
      const { id, outs } = await made();
      const cmdlets = async () => {
        const { value } = await tenant.raw("GET", "/../simulation/events");
        return (value as Json[]).filter(({ kind }) => kind === "exchangeCmdlet").length;
      };
      const written = await cmdlets();
      if (refusal) await tenant.raw("PUT", "/../simulation/exchangeRefusals", { value: [refusal] });
      await watched.diff(id, outs, inputs());
      const replacing = async () => watched.create(inputs());
      if (fails) await assert.rejects(replacing, fails);
      else await replacing();
      await watched.delete(id, outs);
      await attempt();
      assert.ok(answers.length > 8, `${answers.length} attempts`);
      assert.deepEqual([...new Set(answers)], ["allowed"]);
      assert.equal(await cmdlets(), written, "nor was it taken away between two attempts");
    });
  }

  it("moves to another organization with the new connector made first, so that one can be made at all (X11)", async () => {
    const { id, outs } = await made();
    await tenant.raw("POST", "/../simulation/clock", { now: "2020-08-01T00:00:00Z" });
    const elsewhere = inputs(hostedServer);
    assert.deepEqual((await cycle.diff(id, outs, elsewhere)).replaces?.sort(), [
      "exchangeConnectorType",
      "exchangeOrganization",
    ]);
    const next = (await cycle.create(elsewhere)) as { id: string; outs: Properties };
    await cycle.delete(id, outs);
    assert.equal((await cycle.read(next.id, next.outs)).id, next.id);
    await cycle.delete(next.id, next.outs);
    await assert.rejects(async () => cycle.create(inputs()), /July 2020.*\(X11\).*hybrid modern authentication/);
  });

  it("may not be the second of its organization, which names the first (X1)", async () => {
    const first = await made();
    const second = rehearse(undefined, tenant.tenant).cycle("ExchangeConnector");
    const { failures: found } = await second.check({}, inputs());
    assert.deepEqual(
      found?.map(({ property }) => property),
      ["exchangeOrganization"],
    );
    assert.match(found?.[0]?.reason ?? "", new RegExp(`connector ${first.id} on cas01.*replaceExisting: true`));
    await assert.rejects(async () => second.create(inputs()), new RegExp(`${first.id}.*\\(X1\\)`));
  });

  it("replaces the first when that is asked for, which then reads as gone (X1)", async () => {
    const first = await made();
    const second = rehearse(undefined, tenant.tenant).cycle("ExchangeConnector");
    const news = inputs({ replaceExisting: true });
    assert.deepEqual((await second.check({}, news)).failures, []);
    const { id, outs } = (await second.create(news)) as { id: string; outs: Properties };
    const all = (await tenant.raw("GET", collection)).value as Json[];
    assert.deepEqual(
      all.map((connector) => connector.id),
      [id],
    );
    assert.notEqual(id, first.id);
    assert.deepEqual(await cycle.read(first.id, first.outs), { id: "", props: {} });
    assert.equal((await second.diff(id, outs, inputs())).changes, false, "asking is nothing that is sent");
  });

  it("is removed, once or twice, and reads as gone (X9)", async () => {
    const { id, outs } = await made();
    await cycle.delete(id, outs);
    assert.equal((await tenant.raw("GET", `${collection}/${id}`)).status, 404);
    await cycle.delete(id, outs);
    assert.deepEqual(await cycle.read(id, outs), { id: "", props: {} });
  });

  const syncs = async (id: string) => {
    const { value } = (await tenant.raw("GET", "/../simulation/events?kind=connectorSynced")) as { value: Json[] };
    return value.filter(({ subjectId }) => subjectId === id).map(({ detail }) => (detail as Json).type);
  };
  const accessInTenant = async () => {
    const { value } = (await tenant.raw("GET", "/../simulation/exchangeConnectors")) as { value: Json[] };
    return value[0]?.access;
  };
  const advance = (duration: string) => tenant.raw("POST", "/../simulation/clock", { advance: duration });

  const onDemand: { name: string; olds?: object; news?: object; runs: string[] }[] = [
    { name: "no sync, then a trigger", news: { type: "quick", trigger: "1" }, runs: ["deltaSync"] },
    { name: "full", news: { type: "full", trigger: "1" }, runs: ["fullSync"] },
    {
      name: "the same trigger",
      olds: { type: "full", trigger: "1" },
      news: { type: "full", trigger: "1" },
      runs: [],
    },
    {
      name: "another type alone",
      olds: { type: "full", trigger: "1" },
      news: { type: "quick", trigger: "1" },
      runs: [],
    },
    {
      name: "another trigger",
      olds: { type: "full", trigger: "1" },
      news: { type: "quick", trigger: "2" },
      runs: ["deltaSync"],
    },
    { name: "taken away", olds: { type: "full", trigger: "1" }, runs: [] },
  ];
  for (const { name, olds, news, runs } of onDemand) {
    it(`synchronizes on demand: ${name} → ${runs.join() || "nothing"} (S3)`, async () => {
      const { id, outs } = await made({ sync: olds });
      assert.deepEqual(await syncs(id), ["fullSync"], "a new one synchronizes once, whatever is asked");
      const wanted = inputs({ sync: news });
      assert.deepEqual(await cycle.check(outs, wanted), { inputs: wanted, failures: [] });
      const { changes } = await cycle.diff(id, outs, wanted);
      assert.equal(changes, runs.length > 0);
      if (changes) {
        const { outs: after } = await cycle.update(id, outs, wanted);
        assert.equal((await cycle.diff(id, after as Properties, wanted)).changes, false);
      }
      assert.deepEqual(await syncs(id), ["fullSync", ...runs]);
    });
  }

  it("says a synchronization that could not finish, and is asked for it again (S3, X7)", async () => {
    const { id, outs } = await made({ casFailoverEnabled: false });
    await tenant.raw("POST", "/../simulation/clock", { now: "2020-03-02T09:00:00Z" });
    tenant.tenant.context.db.run("UPDATE clientAccessServer SET down = :down", {
      down: JSON.stringify([{ from: 0, to: Number.MAX_SAFE_INTEGER }]),
    });
    const wanted = inputs({ casFailoverEnabled: false, sync: { type: "quick", trigger: "1" } });
    await assert.rejects(
      async () => cycle.update(id, outs, wanted),
      /quick synchronization .* could not finish.*\(S3\)/,
    );
    assert.equal((await cycle.diff(id, outs, wanted)).changes, true);
    assert.deepEqual(
      (await cycle.check(outs, inputs({ casFailoverEnabled: false }))).failures,
      [],
      "what stays is let be",
    );
  });

  it("leaves its outputs as they are where a refresh finds only a later time, and tells of all else (X10)", async () => {
    const { id, outs } = await made();
    assert.deepEqual(outs.access, await accessInTenant());
    await advance("5h");
    assert.ok((await syncs(id)).length > 1, "time passed, and syncs with it");
    const { lastSyncDateTime } = await tenant.raw("GET", `${collection}/${id}`);
    assert.notEqual(lastSyncDateTime, outs.lastSyncDateTime);
    assert.deepEqual((await cycle.read(id, outs)).props, outs);
    // Whoever reads it anew gets what is so now.
    const anew = (await cycle.read(id, { kind: "ExchangeConnector" })).props as Properties;
    assert.equal(anew.lastSyncDateTime, lastSyncDateTime);
    const other = (await cycle.read(id, { ...outs, status: "disconnected" })).props as Properties;
    assert.deepEqual([other.status, other.lastSyncDateTime], ["connected", lastSyncDateTime]);
  });

  it("gives the file of its machine, with what differs changed (X7, X8)", async () => {
    const existing = "<Settings>\r\n  <Other/>\r\n  <IsCasFailoverEnabled>true</IsCasFailoverEnabled>\r\n</Settings>";
    const { id, outs } = await made({ existingConfigurationXml: existing, casFailoverEnabled: false });
    assert.equal(
      outs.configurationXml,
      "<Settings>\r\n  <Other/>\r\n  <IsCasFailoverEnabled>false</IsCasFailoverEnabled>\r\n  <EnableParallelCommandSupport>false</EnableParallelCommandSupport>\r\n</Settings>",
    );
    const news = inputs({ parallelCommandSupport: true });
    assert.equal((await cycle.diff(id, outs, news)).changes, true);
    const after = (await cycle.update(id, outs, news)).outs as Properties;
    assert.match(String(after.configurationXml), /<IsCasFailoverEnabled>true<.*<EnableParallelCommandSupport>true</s);
    withoutSecrets(String(after.configurationXml));
    const broken = await failures(inputs({ existingConfigurationXml: "<a><b></a>" }));
    assert.match(broken.join(), /^existingConfigurationXml is not the connector's file\. It is no XML/);
  });

  it("works with a Graph service that has nothing beside Graph: its counts are the tenant's (X10)", async () => {
    const graphOnly = rehearse((send) => (request) => {
      const isBeside = new URL(request.url).pathname.startsWith("/simulation");
      return isBeside ? Promise.resolve(new Response("{}", { status: 404 })) : send(request);
    });
    try {
      const cycle = graphOnly.cycle("ExchangeConnector");
      assert.deepEqual((await cycle.check({}, inputs())).failures, []);
      const { outs } = (await cycle.create(inputs())) as { outs: Properties };
      const overview = await graphOnly.raw("GET", "/deviceManagement/managedDeviceOverview");
      const summary = overview.deviceExchangeAccessStateSummary as Record<string, number>;
      assert.equal((outs.access as Record<string, number>).allowed, summary.allowedDeviceCount);
    } finally {
      graphOnly.close();
    }
  });
});

describe("the prerequisites of an Exchange connector, at preview", () => {
  let tenant: Rehearsal;
  afterEach(() => {
    withoutSecrets([...tenant.said, ...tenant.advised].join("\n"));
    tenant.close();
  });

  type Company = {
    tenant: Json;
    exchangeOrganizations: { accounts: Json[]; clientAccessServers: Json[]; mailboxes: string[] }[];
    connectorMachines?: Json[];
  };

  /** The small company, with something that is not as it must be. */
  function company(change: (company: Company, organization: Company["exchangeOrganizations"][0]) => void): void {
    const seed = parse(readFileSync(smallCompany, "utf8")) as Company;
    change(seed, seed.exchangeOrganizations[0]!);
    tenant = rehearse(undefined, openTenant({ seed: () => readSeed(JSON.stringify(seed), "a company") }));
  }
  const check = async (news: Properties, olds: Properties = {}) => {
    const { failures } = await tenant.cycle("ExchangeConnector").check(olds, news);
    return (failures ?? []).map(({ property, reason }) => `${property} ${reason}`);
  };

  it("are said all at once, of the input that each is about, in a program's words (X2 to X6)", async () => {
    company(({ tenant }, organization) => {
      tenant.signInAccount = { userPrincipalName: "ops@contoso.example", role: "helpDeskOperator" };
      tenant.mobileDeviceManagementAuthority = "configurationManager";
      tenant.directorySynchronization = false;
      organization.accounts = [{ name: "CONTOSO\\svc-intune", licensed: false, cmdlets: ["Get-Command"] }];
      organization.clientAccessServers[0]!.services = ["WinRM"];
      organization.mailboxes = organization.mailboxes.filter((mailbox) => !mailbox.startsWith("mail-notifications"));
    });
    const found = await check(inputs({ connectorServerName: undefined }));
    const needed: [property: string, says: RegExp][] = [
      [
        "exchangeOrganization",
        /^The remote server returned an error: \(400\) Bad Request\. .*helpDeskOperator.*\(X3\)/,
      ],
      ["exchangeOrganization", /authority is configurationManager; it must be intune \(X5\)/],
      ["exchangeOrganization", /directory synchronization is off; it must be configured \(X5\)/],
      ["serverName", /Autodiscover is not configured .*\(X3\)/],
      ["serverName", /EWS is not configured .*\(X3\)/],
      ["exchangeAccount", /has no Intune licence \(X3\)/],
      ["exchangeAccount", /cmdlets that it needs: .*Get-ActiveSyncDevice, .*Set-ADServerSettings.*\(X4\)/],
      ["notificationAccount", /has no mailbox in the organization 'Contoso Mail' \(X3\)/],
    ];
    for (const [property, says] of needed) {
      const there = found.some((text) => text.startsWith(`${property} `) && says.test(text.slice(property.length + 1)));
      assert.ok(there, `${property} ${says}\n${found.join("\n")}`);
    }
    assert.equal(found.length, needed.length, found.join("\n"));
    assert.doesNotMatch(found.join("\n"), /@classic/);
    assert.deepEqual((await tenant.raw("GET", collection)).value, []);
    const { value: events } = (await tenant.raw("GET", "/../simulation/events")) as { value: Json[] };
    assert.deepEqual(events, [], "a check has no effect");
  });

  it("are asked although a trigger or a password is not known yet, and nothing is said of that one (X3)", async () => {
    company((_, organization) => {
      const passwordSha256 = createHash("sha256").update("another").digest("hex");
      organization.accounts = [{ name: "CONTOSO\\svc-intune", licensed: false, passwordSha256 }];
    });
    const account = (password: string) => ({ user: "CONTOSO\\svc-intune", password });
    const sync = { type: "full", trigger: UNKNOWN };
    const licence = /^exchangeAccount .*has no Intune licence \(X3\)\.$/;
    const [one, ...others] = await check(inputs({ sync, exchangeAccount: account(UNKNOWN) }));
    assert.match(one ?? "", licence);
    assert.deepEqual(others, []);
    const both = await check(inputs({ sync }));
    assert.match(both.join("\n"), /^exchangeAccount\.password Access is denied: .* is wrong \(X3\)/m);
    assert.equal(both.length, 2);
    assert.deepEqual(await check(inputs({ exchangeAccount: UNKNOWN })), [], "who signs in is not known");
    assert.deepEqual(await check(inputs({ serverName: UNKNOWN })), []);
  });

  it("of its machine are those that the tenant knows (X5, X6)", async () => {
    company((company) => {
      company.connectorMachines = [
        {
          name: "VM1",
          operatingSystem: "Windows 10",
          serverCore: true,
          memoryGB: 1,
          setupFolder: { renamed: ["a.dll"] },
        },
        { name: "VM2", setupFolder: { secure: false } },
      ];
    });
    const of = async (name: string) => check(inputs({ connectorServerName: name }));
    const found = await of("VM1");
    for (const says of [/Windows 10/, /Server Core/, /1 GB/, /a\.dll.*\(X6\)/]) {
      assert.ok(
        found.some((text) => text.startsWith("connectorServerName ") && says.test(text)),
        `${says}\n${found.join("\n")}`,
      );
    }
    assert.match((await of("VM3")).join(), /^connectorServerName .*VM3/);
    assert.deepEqual(await of("VM2"), []);
    assert.match(tenant.advised.join("\n"), /^warning: .*MicrosoftIntune\.accountcert.*\(X6\)/m);
  });

  it("are asked again only where the set-up changes; what fails of one that stays is a warning (X8a)", async () => {
    company(() => {});
    const cycle = tenant.cycle("ExchangeConnector");
    const { id, outs } = (await cycle.create(inputs())) as { id: string; outs: Properties };
    tenant.tenant.context.db.run("UPDATE exchangeAccount SET licensed = 0");
    assert.deepEqual(await check(inputs(), outs), []);
    assert.match(
      tenant.advised.join("\n"),
      /^warning: Exchange connector of "Contoso Mail": .*no Intune licence \(X3\)/m,
    );
    assert.match((await check(inputs({ casFailoverEnabled: false }), outs)).join(), /no Intune licence/);
    assert.equal((await cycle.diff(id, outs, inputs())).changes, false);
  });

  it("advise for and against several runspaces (X8)", async () => {
    company(() => {});
    assert.deepEqual(await check(inputs({ parallelCommandSupport: true })), []);
    assert.match(tenant.advised.join("\n"), /^warning: .*11 devices: .*is meant for 5000 or more \(X8\)/m);
  });

  it("end with the connector itself, and what there is goes on until then (X11)", async () => {
    company(() => {});
    const to = (now: string) => tenant.raw("POST", "/../simulation/clock", { now });
    const cycle = tenant.cycle("ExchangeConnector");
    const { outs } = (await cycle.create(inputs())) as { outs: Properties };
    await to("2020-08-01T00:00:00Z");
    assert.deepEqual(await check(inputs({ casFailoverEnabled: false }), outs), []);
    tenant.tenant.context.db.run("UPDATE exchangeConnector SET status = 'disconnected'");
    assert.deepEqual(await check(inputs({ casFailoverEnabled: false }), outs), [], "it may be reconfigured");
    const again = await check(inputs({ replaceExisting: true }));
    assert.deepEqual(again, [], "one that has failed may be installed anew");
    assert.equal(
      ((await tenant.cycle("ExchangeConnector").create(inputs({ replaceExisting: true }))).outs as Properties).status,
      "connected",
    );
    const [{ id } = {}] = (await tenant.raw("GET", collection)).value as Json[];
    await cycle.delete(String(id), inputs());
    assert.match(tenant.said.join("\n"), /was deleted, and cannot be made again\. .*\(X11\).*hybrid modern auth/);
    assert.match((await check(inputs())).join(), /^exchangeOrganization .*July 2020.*\(X11\).*hybrid modern auth/);
    // Years of check-ins are of no interest here.
    tenant.tenant.context.clock.set(Date.parse("2024-02-20T00:00:00Z"));
    const trigger = inputs({ sync: { type: "full", trigger: "1" } });
    assert.match(
      (await check(trigger, outs)).join(),
      /^sync cannot run: .*19 February 2024.*\(X11\).*hybrid modern auth/,
    );
    assert.deepEqual(await check(inputs(), outs), []);
    assert.match(tenant.advised.join("\n"), /^warning: .*19 February 2024.*hybrid modern auth/im);
  });

  it("are on another service what can be known of it, and the rest is said (X2, X11)", async () => {
    tenant = rehearse((send) => (request) => {
      const isBeside = new URL(request.url).pathname.startsWith("/simulation");
      return isBeside ? Promise.resolve(new Response("{}", { status: 404 })) : send(request);
    });
    assert.deepEqual(await check(inputs({ serverName: "cas09.contoso.example" })), []);
    assert.match(
      tenant.advised.join("\n"),
      /only the simulated tenant acts upon .*\n.*19 February 2024.*hybrid modern auth/,
    );
  });
});
