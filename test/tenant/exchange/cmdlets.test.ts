import assert from "node:assert/strict";
import type { TenantContext } from "../../../provider/tenant/context";
import { ExchangeError, type ExchangeErrorKind } from "../../../provider/tenant/exchange/errors";
import { type CmdletParameters, type ExchangeObject, invokeCommand } from "../../../provider/tenant/exchange/invoke";
import { requiredCmdlets } from "../../../provider/tenant/exchange/words";
import {
  account,
  easId,
  eventsOf,
  mailboxOf,
  makeWorld,
  second,
  session,
  type WorldSpec,
  writeCount,
} from "../sync/world";

const world = (spec: WorldSpec = {}): TenantContext =>
  makeWorld({
    records: [
      [0, 0],
      [1, 1],
    ],
    ...spec,
  });

const run = (context: TenantContext, cmdlet: string, parameters?: CmdletParameters): ExchangeObject[] =>
  invokeCommand(context, session, cmdlet, parameters).objects;

const stateOf = (context: TenantContext, number: number): string => {
  const [record] = run(context, "Get-ActiveSyncDevice", { Filter: `DeviceId -eq '${easId(number)}'` });
  return `${record?.DeviceAccessState} ${record?.DeviceAccessStateReason}`;
};

describe("Exchange: access of a record", () => {
  const rule = (characteristic: string, queryString: string, accessLevel: string) => ({
    characteristic,
    queryString,
    accessLevel,
  });
  const model = rule("DeviceModel", "iPhone12C1", "Quarantine");
  const type = rule("DeviceType", "iPhone", "Block");
  const rows: [
    name: string,
    exchange: Record<string, unknown>,
    lists: CmdletParameters | undefined,
    expected: string,
  ][] = [
    ["the default", { defaultAccessLevel: "Allow" }, undefined, "Allowed Global"],
    ["the default, Block", { defaultAccessLevel: "Block" }, undefined, "Blocked Global"],
    ["the default, Quarantine", { defaultAccessLevel: "Quarantine" }, undefined, "Quarantined Global"],
    ["a rule before the default", { deviceAccessRules: [type] }, undefined, "Blocked DeviceRule"],
    [
      "a rule of the model before one of the type",
      { deviceAccessRules: [type, model] },
      undefined,
      "Quarantined DeviceRule",
    ],
    [
      "a rule of another type is none of its business",
      { deviceAccessRules: [rule("DeviceType", "WP8", "Block")] },
      undefined,
      "Allowed Global",
    ],
    [
      "the allow list before rules",
      { deviceAccessRules: [type] },
      { ActiveSyncAllowedDeviceIDs: { Add: [easId(0)] } },
      "Allowed Individual",
    ],
    [
      "the block list before the allow list",
      {},
      { ActiveSyncAllowedDeviceIDs: { Add: [easId(0)] }, ActiveSyncBlockedDeviceIDs: { Add: [easId(0)] } },
      "Blocked Individual",
    ],
    ["a list of other devices", {}, { ActiveSyncBlockedDeviceIDs: ["OTHER"] }, "Allowed Global"],
    ["ids in any case", {}, { ActiveSyncBlockedDeviceIDs: [easId(0).toLowerCase()] }, "Blocked Individual"],
  ];
  for (const [name, exchange, lists, expected] of rows) {
    it(name, () => {
      const context = world({ exchange });
      if (lists) run(context, "Set-CasMailbox", { Identity: mailboxOf(0), ...lists });
      assert.equal(stateOf(context, 0), expected);
    });
  }
});

describe("Exchange: cmdlets", () => {
  it("Get-ActiveSyncDevice names a record as Exchange does", () => {
    const [record] = run(world(), "Get-ActiveSyncDevice", { Mailbox: mailboxOf(0) });
    assert.equal(record?.Identity, `${mailboxOf(0)}\\ExchangeActiveSyncDevices\\EAS§iPhone§${easId(0)}`);
    assert.equal(record?.ClientType, "EAS");
  });

  it("Get-ActiveSyncDeviceStatistics finds it by that name", () => {
    const context = world();
    const [record] = run(context, "Get-ActiveSyncDevice", { Mailbox: mailboxOf(1) });
    const [statistics] = run(context, "Get-ActiveSyncDeviceStatistics", { Identity: record?.Identity });
    assert.equal(statistics?.DeviceId, easId(1));
    assert.equal(statistics?.LastSuccessSync, "2020-03-02T06:00:00Z");
  });

  it("gives 1,000 objects unless ResultSize says more, and warns", () => {
    const partnerships = Array.from({ length: 1_005 }, (_, number) => ({
      mailbox: mailboxOf(0),
      deviceId: easId(number),
      deviceType: "iPhone",
      deviceModel: "iPhone12C1",
    }));
    const context = world({ exchange: { partnerships } });
    const sizes: [CmdletParameters, number, number][] = [
      [{}, 1_000, 1],
      [{ ResultSize: 3 }, 3, 1],
      [{ ResultSize: 1_005 }, 1_005, 0],
      [{ ResultSize: "Unlimited" }, 1_005, 0],
    ];
    for (const [parameters, count, warnings] of sizes) {
      const result = invokeCommand(context, session, "Get-ActiveSyncDevice", parameters);
      assert.deepEqual([result.objects.length, result.warnings.length], [count, warnings]);
    }
  });

  it("Set-CasMailbox adds, takes and replaces; Get-CasMailbox shows", () => {
    const context = world();
    const set = (ActiveSyncAllowedDeviceIDs: unknown) =>
      run(context, "Set-CasMailbox", { Identity: mailboxOf(0), ActiveSyncAllowedDeviceIDs });
    const shown = () => run(context, "Get-CasMailbox", { Identity: mailboxOf(0) })[0]?.ActiveSyncAllowedDeviceIDs;
    set({ Add: ["A", "B"] });
    assert.deepEqual(shown(), ["A", "B"]);
    set({ Add: ["C"], Remove: ["a"] });
    assert.deepEqual(shown(), ["B", "C"]);
    set(["D", "b"]);
    assert.deepEqual(shown(), ["B", "D"]);
    set([]);
    assert.deepEqual(shown(), []);
  });

  it("device access rules are made, changed and removed by their identity", () => {
    const context = world();
    const rules = () =>
      run(context, "Get-ActiveSyncDeviceAccessRule").map(({ Identity, AccessLevel }) => `${Identity} ${AccessLevel}`);
    run(context, "New-ActiveSyncDeviceAccessRule", {
      Characteristic: "DeviceType",
      QueryString: "iPhone",
      AccessLevel: "Block",
    });
    assert.deepEqual(rules(), ["iPhone (DeviceType) Block"]);
    run(context, "Set-ActiveSyncDeviceAccessRule", { Identity: "iPhone (DeviceType)", AccessLevel: "Allow" });
    assert.deepEqual(rules(), ["iPhone (DeviceType) Allow"]);
    run(context, "Remove-ActiveSyncDeviceAccessRule", { Identity: "iPhone (DeviceType)" });
    assert.deepEqual(rules(), []);
  });

  it("Get-Command lists what the account is allowed", () => {
    const cmdlets = ["Get-Command", "Get-Recipient"];
    const context = world({ exchange: { accounts: [{ name: account, cmdlets }] } });
    assert.deepEqual(
      run(context, "Get-Command").map(({ Name }) => Name),
      cmdlets,
    );
    assert.deepEqual(
      run(world(), "Get-Command").map(({ Name }) => Name),
      [...requiredCmdlets],
    );
  });

  it("Get-ExchangeServer lists the organization's servers, Get-Recipient its mailboxes", () => {
    const context = world();
    assert.deepEqual(
      run(context, "Get-ExchangeServer").map(({ Fqdn }) => Fqdn),
      [session.server, second],
    );
    assert.equal(run(context, "Get-Recipient").length, 4);
  });

  it("names of cmdlets have any case", () => {
    assert.equal(run(world(), "get-casmailbox", { Identity: mailboxOf(0) }).length, 1);
  });

  it("only what writes is an event and counted; it moves the directory's count", () => {
    const context = world();
    const reading = invokeCommand(context, session, "Get-ActiveSyncDevice");
    assert.equal(writeCount(context), 0);
    assert.equal(reading.uSN.before, reading.uSN.after);
    const writing = invokeCommand(context, session, "Set-CasMailbox", {
      Identity: mailboxOf(0),
      ActiveSyncBlockedDeviceIDs: [easId(0)],
    });
    assert.equal(writeCount(context), 1);
    assert.deepEqual(eventsOf(context, "exchangeCmdlet"), [`Set-CasMailbox in Contoso Mail on ${mailboxOf(0)}.`]);
    assert.ok(writing.uSN.after > writing.uSN.before);
    const changed = run(context, "Get-ActiveSyncDevice", { Filter: `uSNChanged -gt ${writing.uSN.before}` });
    assert.deepEqual(
      changed.map(({ DeviceId }) => DeviceId),
      [easId(0)],
    );
  });
});

describe("Exchange: refusals", () => {
  const down = [{ from: "2020-03-02T07:00:00Z", to: "2020-03-02T09:00:00Z" }];
  const server = (more: object) => ({ clientAccessServers: [{ fqdn: session.server, ...more }] });
  const user = mailboxOf(0);
  interface Row {
    name: string;
    kind: ExchangeErrorKind;
    message: RegExp;
    exchange?: Record<string, unknown>;
    session?: { server: string; account: string };
    cmdlet?: string;
    parameters?: CmdletParameters;
  }
  const rows: Row[] = [
    {
      name: "a server that is down",
      kind: "serverDown",
      message: /cas01.*does not answer/,
      exchange: server({ down }),
    },
    { name: "a server without WinRM", kind: "serverDown", message: /WinRM/, exchange: server({ services: ["EWS"] }) },
    {
      name: "a server that is not there",
      kind: "serverDown",
      message: /cas09/,
      session: { server: "cas09", account },
    },
    {
      name: "an account that is not there",
      kind: "accessDenied",
      message: /'CONTOSO\\nobody': Access is denied/,
      session: { ...session, account: "CONTOSO\\nobody" },
    },
    {
      name: "a cmdlet that the account lacks (X4)",
      kind: "cmdletNotAllowed",
      message: /Set-CasMailbox/,
      exchange: { accounts: [{ name: account, cmdlets: ["Get-CasMailbox"] }] },
      cmdlet: "Set-CasMailbox",
    },
    { name: "a cmdlet that does not exist", kind: "notFound", message: /'Get-Mailman'/, cmdlet: "Get-Mailman" },
    {
      name: "a parameter that does not exist",
      kind: "invalidParameter",
      message: /parameter name 'Color'/,
      parameters: { Color: 1 },
    },
    { name: "a ResultSize", kind: "invalidParameter", message: /'ResultSize': '-1'/, parameters: { ResultSize: -1 } },
    {
      name: "a filter by a property that has none",
      kind: "invalidParameter",
      message: /'Filter': 'Color -eq 'red''/,
      parameters: { Filter: "Color -eq 'red'" },
    },
    { name: "a mailbox", kind: "notFound", message: /nobody@x/, parameters: { Mailbox: "nobody@x" } },
    {
      name: "a state where a level belongs",
      kind: "invalidParameter",
      message: /'Allowed' is none of Allow, Block, Quarantine/,
      cmdlet: "Set-ActiveSyncOrganizationSettings",
      parameters: { DefaultAccessLevel: "Allowed" },
    },
    {
      name: "a rule that is not there",
      kind: "notFound",
      message: /'X \(DeviceType\)'/,
      cmdlet: "Remove-ActiveSyncDeviceAccessRule",
      parameters: { Identity: "X (DeviceType)" },
    },
    {
      name: "a rule that is there already",
      kind: "invalidParameter",
      message: /'iPhone \(DeviceType\)' already exists/,
      exchange: { deviceAccessRules: [{ characteristic: "DeviceType", queryString: "iPhone", accessLevel: "Block" }] },
      cmdlet: "New-ActiveSyncDeviceAccessRule",
      parameters: { Characteristic: "DeviceType", QueryString: "iPhone", AccessLevel: "Allow" },
    },
    {
      name: "a list of a mailbox that is not there",
      kind: "notFound",
      message: /nobody@x/,
      cmdlet: "Set-CasMailbox",
      parameters: { Identity: "nobody@x", ActiveSyncBlockedDeviceIDs: [user] },
    },
  ];
  for (const { name, kind, message, exchange, cmdlet = "Get-ActiveSyncDevice", parameters, ...row } of rows) {
    it(name, () => {
      const context = makeWorld({ exchange });
      const refused = (error: unknown) =>
        error instanceof ExchangeError && error.kind === kind && message.test(error.message);
      assert.throws(() => invokeCommand(context, row.session ?? session, cmdlet, parameters), refused);
      assert.equal(writeCount(context), 0);
      assert.deepEqual(eventsOf(context, "exchangeCmdlet"), []);
    });
  }
});
