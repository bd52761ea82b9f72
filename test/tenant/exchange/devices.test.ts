/** Devices as Exchange keeps them: attempts to reach a mailbox, filters, wipes, removals and their tombstones. */
import assert from "node:assert/strict";
import { openTenant, type Tenant } from "../../../provider/tenant";
import type { TenantContext } from "../../../provider/tenant/context";
import { ExchangeError } from "../../../provider/tenant/exchange/errors";
import { type CmdletParameters, type ExchangeObject, invokeCommand } from "../../../provider/tenant/exchange/invoke";
import { easId, mailboxOf, makeWorld, organization, primary, seedOf, session, type WorldSpec } from "../sync/world";

const run = (context: TenantContext, cmdlet: string, parameters?: CmdletParameters): ExchangeObject[] =>
  invokeCommand(context, session, cmdlet, parameters).objects;

/** Three devices, one of which is in two mailboxes. */
const world = (exchange: Record<string, unknown> = {}): TenantContext =>
  makeWorld({
    records: [
      [0, 0],
      [1, 1],
      [1, 2],
      [2, 2],
    ],
    exchange,
  });

const idsOf = (objects: ExchangeObject[]) => objects.map(({ UserMailbox, DeviceId }) => `${UserMailbox} ${DeviceId}`);
const one = (user: number, number: number) => `${mailboxOf(user)} ${easId(number)}`;
const identityOf = (user: number, number: number) =>
  `${mailboxOf(user)}\\ExchangeActiveSyncDevices\\EAS§iPhone§${easId(number)}`;

const refusal = (kind: string, message: RegExp) => (error: unknown) =>
  error instanceof ExchangeError && error.kind === kind && message.test(error.message);

describe("Exchange: filters", () => {
  const all = [one(0, 0), one(1, 1), one(1, 2), one(2, 2)];
  const rows: [filter: string, expected: string[]][] = [
    [`DeviceId -eq 'EAS1'`, [one(1, 1)]],
    [`deviceid -EQ "eas1"`, [one(1, 1)]],
    [`DeviceId -ne 'EAS2'`, [one(0, 0), one(1, 1)]],
    [`DeviceId -like '*2'`, [one(1, 2), one(2, 2)]],
    [`DeviceId -notlike 'EAS*'`, []],
    [`DeviceId -like 'EAS_'`, []],
    [`DeviceId -eq 'EAS0' -or DeviceId -eq 'EAS1'`, [one(0, 0), one(1, 1)]],
    [`DeviceId -eq 'EAS0' -or DeviceId -eq 'EAS2' -and DeviceType -eq 'WP8'`, [one(0, 0)]],
    [`(DeviceId -eq 'EAS0' -or DeviceId -eq 'EAS2') -and DeviceType -eq 'iPhone'`, [one(0, 0), one(1, 2), one(2, 2)]],
    [`-not (DeviceId -eq 'EAS2')`, [one(0, 0), one(1, 1)]],
    ["DeviceImei -eq $null", all],
    ["DeviceImei -ne $null", []],
    [`FirstSyncTime -gt '2020-01-01T00:00:00Z'`, all],
    ["uSNChanged -gt 2", [one(1, 2), one(2, 2)]],
    [`Identity -gt '${identityOf(1, 1)}'`, [one(1, 2), one(2, 2)]],
    [`Identity -le '${identityOf(1, 1)}'`, [one(0, 0), one(1, 1)]],
    [`DeviceAccessState -eq 'Blocked'`, [one(1, 2)]],
    [`DeviceAccessState -eq 'Allowed' -and DeviceAccessStateReason -eq 'Individual'`, [one(2, 2)]],
    [`DeviceAccessStateReason -eq 'Global'`, [one(0, 0), one(1, 1)]],
    ["isDeleted -eq $true", []],
    ["DeviceId -ne 'isDeleted'", all],
    [`DeviceModel -eq 'O''Neill'`, []],
  ];
  const context = world();
  run(context, "Set-CasMailbox", { Identity: mailboxOf(1), ActiveSyncBlockedDeviceIDs: [easId(2)] });
  run(context, "Set-CasMailbox", { Identity: mailboxOf(2), ActiveSyncAllowedDeviceIDs: [easId(2)] });
  // What follows counts from the state at the start.
  context.db.run("UPDATE easPartnership SET uSNChanged = rowid");
  for (const [Filter, expected] of rows) {
    it(Filter, () => assert.deepEqual(idsOf(run(context, "Get-ActiveSyncDevice", { Filter })), expected));
  }

  const wrong: [filter: string, message: RegExp][] = [
    ["DeviceId", /'DeviceId'/],
    ["DeviceId -eq", /-eq\|-ne/],
    ["DeviceId -is 'x'", /'DeviceId -is 'x''/],
    ["Color -eq 'red'", /Properties are ClientType, DeviceAccessState/],
    ["(DeviceId -eq 'x'", /bracket is not closed/],
    ["DeviceId -eq 'x' DeviceId -eq 'y'", /is wrong at 'DeviceId'/],
    ["DeviceId -eq 'x' ; DROP TABLE mail", /is wrong at '; DROP TABLE mail'/],
    ["DeviceId -gt $null", /\$null goes with -eq and -ne/],
    ["uSNChanged -eq 'many'", /It is a number/],
  ];
  for (const [Filter, message] of wrong) {
    it(`refuses ${Filter}`, () => {
      assert.throws(() => run(context, "Get-ActiveSyncDevice", { Filter }), refusal("invalidParameter", message));
    });
  }

  const rules = (AccessLevel: string, ...pairs: [string, string][]) => ({
    deviceAccessRules: pairs.map(([characteristic, queryString]) => ({
      characteristic,
      queryString,
      accessLevel: AccessLevel,
    })),
  });
  const settings: Record<string, Record<string, unknown>> = {
    "the default Block": { defaultAccessLevel: "Block" },
    "the default Quarantine": { defaultAccessLevel: "Quarantine" },
    "a rule of the type": rules("Quarantine", ["DeviceType", "iPhone"]),
    "a rule of the model": rules("Block", ["DeviceModel", "iPhone12C1"]),
    "a rule of another device": rules("Block", ["DeviceModel", "iPhone10C1"], ["UserAgent", "Mail/1"]),
  };
  for (const [name, exchange] of Object.entries(settings)) {
    it(`by state and reason find what is shown: ${name}`, () => {
      const context = world(exchange);
      run(context, "Set-CasMailbox", { Identity: mailboxOf(0), ActiveSyncAllowedDeviceIDs: [easId(0)] });
      const shown = run(context, "Get-ActiveSyncDevice");
      for (const state of ["Allowed", "Blocked", "Quarantined"]) {
        for (const reason of ["Global", "Individual", "DeviceRule"]) {
          const Filter = `DeviceAccessState -eq '${state}' -and DeviceAccessStateReason -eq '${reason}'`;
          const expected = shown.filter(
            (record) => record.DeviceAccessState === state && record.DeviceAccessStateReason === reason,
          );
          assert.deepEqual(idsOf(run(context, "Get-ActiveSyncDevice", { Filter })), idsOf(expected), Filter);
        }
      }
    });
  }

  it("may be long, and not deep", () => {
    const many = (length: number) =>
      Array.from({ length }, (_, number) => `DeviceId -eq 'EAS${number + 1}'`).join(" -or ");
    assert.deepEqual(idsOf(run(context, "Get-ActiveSyncDevice", { Filter: many(1_500) })), [
      one(1, 1),
      one(1, 2),
      one(2, 2),
    ]);
    const long = refusal("invalidParameter", /more than 2000 comparisons/);
    assert.throws(() => run(context, "Get-ActiveSyncDevice", { Filter: many(2_001) }), long);
    for (const Filter of [`${"(".repeat(10_000)}DeviceId`, `${"-not ".repeat(10_000)}DeviceId`]) {
      const deep = refusal("invalidParameter", /nested deeper than 50/);
      assert.throws(() => run(context, "Get-ActiveSyncDevice", { Filter }), deep);
    }
  });

  it("are for other cmdlets as well", () => {
    const classes = run(context, "Get-ActiveSyncDeviceClass", { Filter: "DeviceType -eq 'iPhone'" });
    assert.deepEqual(
      classes.map(({ DeviceType, DeviceModel, LastUpdateTime }) => [DeviceType, DeviceModel, LastUpdateTime]),
      [["iPhone", "iPhone12C1", "2020-01-06T08:00:00Z"]],
    );
    const partners = run(context, "Get-CasMailbox", { Filter: "HasActiveSyncDevicePartnership -eq $false" });
    assert.deepEqual(
      partners.map(({ Identity }) => Identity),
      ["notify@contoso.example"],
    );
    const recipients = run(context, "Get-Recipient", { Filter: "PrimarySmtpAddress -like 'user1*'" });
    assert.deepEqual(
      recipients.map(({ PrimarySmtpAddress }) => PrimarySmtpAddress),
      [mailboxOf(1)],
    );
  });

  it("and ResultSize read everything page by page, each record once", () => {
    const partnerships = Array.from({ length: 25 }, (_, number) => ({
      mailbox: mailboxOf(number % 3),
      deviceId: easId(number),
      deviceType: "iPhone",
      deviceModel: "iPhone12C1",
    }));
    const context = world({ partnerships });
    const found: string[] = [];
    for (let last = ""; ; ) {
      const Filter = last === "" ? {} : { Filter: `Identity -gt '${last}'` };
      const page = run(context, "Get-ActiveSyncDevice", { ResultSize: 10, ...Filter });
      if (page.length === 0) break;
      found.push(...idsOf(page));
      last = page.at(-1)!.Identity as string;
    }
    assert.deepEqual(found, idsOf(run(context, "Get-ActiveSyncDevice", { ResultSize: "Unlimited" })));
    assert.equal(new Set(found).size, 25);
  });
});

describe("Exchange: wipes and removals", () => {
  const statistics = (context: TenantContext, Identity: unknown = identityOf(0, 0)) =>
    run(context, "Get-ActiveSyncDeviceStatistics", { Identity });
  const now = "2020-03-02T08:00:00Z";

  it("Clear-ActiveSyncDevice is noted on the record, and can be cancelled until the device is told", () => {
    const context = world();
    run(context, "Clear-ActiveSyncDevice", { Identity: identityOf(0, 0) });
    const [pending] = statistics(context);
    assert.deepEqual(
      [pending?.Status, pending?.DeviceWipeRequestTime, pending?.DeviceWipeSentTime],
      ["DeviceWipePending", now, null],
    );
    run(context, "Clear-ActiveSyncDevice", { Identity: identityOf(0, 0), Cancel: true });
    assert.equal(statistics(context)[0]?.Status, "DeviceOk");
    run(context, "Clear-ActiveSyncDevice", { Identity: identityOf(0, 0) });
    context.db.run("UPDATE easPartnership SET deviceWipeSentTime = deviceWipeRequestTime");
    assert.throws(
      () => run(context, "Clear-ActiveSyncDevice", { Identity: identityOf(0, 0), Cancel: true }),
      refusal("invalidParameter", /cannot be cancelled/),
    );
  });

  it("Remove-ActiveSyncDevice takes the record, leaves the lists, and those who poll for changes see it", () => {
    const context = world();
    run(context, "Set-CasMailbox", { Identity: mailboxOf(0), ActiveSyncBlockedDeviceIDs: [easId(0)] });
    const { uSN } = invokeCommand(context, session, "Remove-ActiveSyncDevice", { Identity: identityOf(0, 0) });
    assert.equal(uSN.after, uSN.before + 1);
    assert.deepEqual(run(context, "Get-ActiveSyncDevice", { Identity: identityOf(0, 0) }), []);
    const [mailbox] = run(context, "Get-CasMailbox", { Identity: mailboxOf(0) });
    assert.deepEqual(mailbox?.ActiveSyncBlockedDeviceIDs, [easId(0)]);
    assert.equal(mailbox?.HasActiveSyncDevicePartnership, false);
    const deleted = (since: number) =>
      run(context, "Get-ActiveSyncDevice", { Filter: `isDeleted -eq $true -and uSNChanged -gt ${since}` });
    const [tombstone] = deleted(uSN.before);
    assert.deepEqual(tombstone, {
      Identity: identityOf(0, 0),
      UserMailbox: mailboxOf(0),
      DeviceId: easId(0),
      DeviceType: "iPhone",
      isDeleted: true,
      uSNChanged: uSN.after,
    });
    assert.deepEqual(deleted(uSN.after), []);
  });

  const named: Record<string, [Identity: string, kind: string | undefined, message?: RegExp]> = {
    "its full name": [identityOf(0, 0), undefined],
    "its id, which is in one mailbox": [easId(1), undefined],
    "its id in any case": [easId(1).toLowerCase(), undefined],
    "an id that is in two mailboxes": [easId(2), "invalidParameter", /several mailboxes/],
    "a name that is not there": [identityOf(0, 9), "notFound", /EAS9/],
    "an id that is not there": ["EAS9", "notFound", /'EAS9'/],
  };
  for (const [name, [Identity, kind, message]] of Object.entries(named)) {
    it(`a record is named by ${name}`, () => {
      const remove = () => run(world(), "Remove-ActiveSyncDevice", { Identity });
      if (kind === undefined) remove();
      else assert.throws(remove, refusal(kind, message!));
    });
  }

  it("statistics take a list of names, pass over records that are gone, and ask for one or the other", () => {
    const context = world();
    const found = statistics(context, [identityOf(2, 2), identityOf(0, 0), identityOf(0, 9)]);
    assert.deepEqual(found.map(({ DeviceId }) => DeviceId).sort(), [easId(0), easId(2)]);
    assert.equal(run(context, "Get-ActiveSyncDeviceStatistics", { Mailbox: "user1" }).length, 2);
    assert.throws(
      () => run(context, "Get-ActiveSyncDeviceStatistics"),
      refusal("invalidParameter", /Identity or Mailbox/),
    );
  });

  it("WhatIf does nothing, and says so", () => {
    const context = world();
    const parameters = { Identity: identityOf(0, 0), WhatIf: true };
    const { warnings } = invokeCommand(context, session, "Remove-ActiveSyncDevice", parameters);
    assert.match(warnings[0]!, /^What if: Remove-ActiveSyncDevice/);
    assert.equal(run(context, "Get-ActiveSyncDevice").length, 4);
    assert.deepEqual(context.db.all("SELECT * FROM cmdletCount"), []);
  });
});

describe("Exchange: attempts to reach a mailbox (C2)", () => {
  const phone = { mailbox: mailboxOf(0), deviceId: "NEW1", deviceType: "iPhone", deviceModel: "iPhone12C1" };
  const open = (spec: WorldSpec = {}) => openTenant({ seed: seedOf({ devices: [{ user: 0 }], ...spec }) });

  async function attempt(tenant: Tenant, body: object = phone) {
    const response = await tenant.fetch(
      new Request("http://tenant/simulation/mailAttempts", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  const later = ({ context }: Tenant) => context.clock.set(context.clock.nowMs() + 60_000);
  const statistics = ({ context }: Tenant) =>
    run(context, "Get-ActiveSyncDeviceStatistics", { Mailbox: mailboxOf(0) })[0]!;

  it("the first one makes the record; a later one touches it", async () => {
    const tenant = open();
    const first = await attempt(tenant);
    assert.equal(first.status, 200);
    assert.deepEqual(first.body, {
      organization,
      mailbox: mailboxOf(0),
      deviceId: "NEW1",
      answer: "allowed",
      told: "The client may use the mailbox.",
      server: primary,
      DeviceAccessState: "Allowed",
      DeviceAccessStateReason: "Global",
      firstSyncTime: "2020-03-02T08:00:00Z",
      lastSuccessSync: "2020-03-02T08:00:00Z",
    });
    later(tenant);
    await attempt(tenant, { ...phone, deviceOS: "iOS 13.4" });
    const { FirstSyncTime, LastSyncAttemptTime, LastSuccessSync, DeviceOS } = statistics(tenant);
    assert.deepEqual(
      { FirstSyncTime, LastSyncAttemptTime, LastSuccessSync, DeviceOS },
      {
        FirstSyncTime: "2020-03-02T08:00:00Z",
        LastSyncAttemptTime: "2020-03-02T08:01:00Z",
        LastSuccessSync: "2020-03-02T08:01:00Z",
        DeviceOS: "iOS 13.4",
      },
    );
  });

  const answers: Record<string, [exchange: Record<string, unknown>, answer: string, state: string, reason: string]> = {
    "the default Allow": [{}, "allowed", "Allowed", "Global"],
    "the default Block": [{ defaultAccessLevel: "Block" }, "blocked", "Blocked", "Global"],
    "the default Quarantine": [{ defaultAccessLevel: "Quarantine" }, "quarantined", "Quarantined", "Global"],
    "a rule": [
      { deviceAccessRules: [{ characteristic: "DeviceType", queryString: "iPhone", accessLevel: "Block" }] },
      "blocked",
      "Blocked",
      "DeviceRule",
    ],
  };
  for (const [name, [exchange, answer, state, reason]] of Object.entries(answers)) {
    it(`are answered by ${name}: ${answer}; only success moves LastSuccessSync`, async () => {
      const tenant = open({ exchange });
      const { body } = await attempt(tenant);
      assert.deepEqual([body.answer, body.DeviceAccessState, body.DeviceAccessStateReason], [answer, state, reason]);
      assert.equal(body.lastSuccessSync, answer === "allowed" ? "2020-03-02T08:00:00Z" : null);
      assert.equal(statistics(tenant).LastSyncAttemptTime, "2020-03-02T08:00:00Z");
    });
  }

  it("a blocked one is no news to those who poll for changes, a new or allowed one is", async () => {
    const tenant = open({ exchange: { defaultAccessLevel: "Block" } });
    const uSN = () => invokeCommand(tenant.context, session, "Get-ActiveSyncDevice").uSN.after;
    const before = uSN();
    await attempt(tenant);
    const made = uSN();
    assert.ok(made > before);
    later(tenant);
    await attempt(tenant);
    assert.equal(uSN(), made);
    run(tenant.context, "Set-ActiveSyncOrganizationSettings", { DefaultAccessLevel: "Allow" });
    await attempt(tenant);
    assert.ok(uSN() > made);
  });

  it("of a mailbox whose ActiveSync is off are blocked", async () => {
    const tenant = open();
    run(tenant.context, "Set-CasMailbox", { Identity: mailboxOf(0), ActiveSyncEnabled: false });
    assert.equal((await attempt(tenant)).body.answer, "blocked");
  });

  it("a device that is to be wiped is told, and says that it is done", async () => {
    const tenant = open();
    await attempt(tenant);
    run(tenant.context, "Clear-ActiveSyncDevice", { Identity: "NEW1" });
    later(tenant);
    assert.equal((await attempt(tenant)).body.answer, "wiped");
    const { Status, DeviceWipeSentTime, DeviceWipeAckTime, LastSuccessSync } = statistics(tenant);
    const then = "2020-03-02T08:01:00Z";
    assert.deepEqual([Status, DeviceWipeSentTime, DeviceWipeAckTime], ["DeviceWipeSucceeded", then, then]);
    assert.equal(LastSuccessSync, "2020-03-02T08:00:00Z");
  });

  it("no server answers: no record", async () => {
    const down = [{ from: "2020-03-02T07:00:00Z", to: "2020-03-02T09:00:00Z" }];
    const tenant = open({ exchange: { clientAccessServers: [{ fqdn: primary, down }] } });
    const { body } = await attempt(tenant);
    assert.deepEqual([body.answer, body.server, body.DeviceAccessState], ["unreachable", null, null]);
    assert.deepEqual(tenant.context.db.all("SELECT * FROM easPartnership"), []);
  });

  it("are events, those of a managed device under its id", async () => {
    const tenant = open();
    await attempt(tenant);
    await attempt(tenant, { ...phone, deviceId: easId(0) });
    const events = tenant.context.db.all<{ deviceId: string | null; message: string; detail: string }>(
      "SELECT deviceId, message, detail FROM event WHERE kind = 'mailAttempted' ORDER BY sequence",
    );
    const device = tenant.context.db.get<{ id: string }>("SELECT id FROM device")!;
    assert.deepEqual(
      events.map(({ deviceId }) => deviceId),
      [null, device.id],
    );
    assert.match(events[0]!.message, /NEW1 tries to reach the mailbox user0@contoso\.example\. The client may use/);
    const { organization: where, mailbox, deviceId, answer } = JSON.parse(events[0]!.detail);
    assert.deepEqual([where, mailbox, deviceId, answer], [organization, mailboxOf(0), "NEW1", "allowed"]);
  });

  const refused: Record<string, [body: object, status: number, message: RegExp]> = {
    "a mailbox that is not there": [{ ...phone, mailbox: "nobody@x" }, 404, /'nobody@x'/],
    "an organization without it": [{ ...phone, organization: "Fabrikam" }, 404, /'Fabrikam'/],
    "mistakes, all at once": [{ ...phone, deviceId: "", color: "red" }, 400, /deviceId.*color/],
  };
  for (const [name, [body, status, message]] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      const answer = await attempt(open(), body);
      assert.equal(answer.status, status);
      assert.match((answer.body.error as { message: string }).message, message);
    });
  }
});
