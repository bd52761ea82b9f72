/** What holds for every cmdlet of X4: who may run it, what it takes, and what it refuses without a trace. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Cmdlet, cmdlets, findCmdlet } from "../../../provider/tenant/exchange/cmdlets";
import { ExchangeError, type ExchangeErrorKind } from "../../../provider/tenant/exchange/errors";
import { filterText } from "../../../provider/tenant/exchange/filter";
import { type CmdletParameters, invokeCommand } from "../../../provider/tenant/exchange/invoke";
import { requiredCmdlets } from "../../../provider/tenant/exchange/words";
import { account, mailboxOf, makeWorld, organization, primary, session } from "../sync/world";

/** Parameters with which a cmdlet succeeds in the world below. */
const device = `${mailboxOf(0)}\\ExchangeActiveSyncDevices\\EAS§iPhone§EAS0`;
const rule = "WP8 (DeviceType)";
const good: Record<string, CmdletParameters> = {
  "Set-ActiveSyncOrganizationSettings": { DefaultAccessLevel: "Quarantine" },
  "Set-CasMailbox": { Identity: mailboxOf(0), ActiveSyncBlockedDeviceIDs: ["X"] },
  "New-ActiveSyncMailboxPolicy": { Name: "Strict" },
  "Set-ActiveSyncMailboxPolicy": { Identity: "Spare", AllowCamera: false },
  "Remove-ActiveSyncMailboxPolicy": { Identity: "Spare" },
  "New-ActiveSyncDeviceAccessRule": { Characteristic: "DeviceType", QueryString: "iPhone", AccessLevel: "Block" },
  "Set-ActiveSyncDeviceAccessRule": { Identity: rule, AccessLevel: "Allow" },
  "Remove-ActiveSyncDeviceAccessRule": { Identity: rule },
  "Get-ActiveSyncDeviceStatistics": { Identity: device },
  "Clear-ActiveSyncDevice": { Identity: device },
  "Remove-ActiveSyncDevice": { Identity: device },
};

const world = (exchange: Record<string, unknown> = {}) => {
  const context = makeWorld({
    records: [[0, 0]],
    exchange: {
      deviceAccessRules: [{ characteristic: "DeviceType", queryString: "WP8", accessLevel: "Block" }],
      ...exchange,
    },
  });
  context.db.run("INSERT INTO mailboxPolicy VALUES (:organization, 'Spare', 0, '{}')", { organization });
  return context;
};

type World = ReturnType<typeof world>;
const content = ({ db }: World) =>
  JSON.stringify(
    ["exchangeOrganization", "mailbox", "mailboxPolicy", "easPartnership", "easAccessList", "deviceAccessRule"].map(
      (table) => db.all(`SELECT * FROM ${table} ORDER BY 1, 2`),
    ),
  );

describe("Exchange: every cmdlet", () => {
  for (const name of requiredCmdlets) {
    const row: Cmdlet = cmdlets[name];

    it(`${name} ${row.writes ? "writes, is an event and is counted" : "reads, and leaves no trace"}`, () => {
      const context = world();
      const before = content(context);
      const { objects, uSN } = invokeCommand(context, session, name.toUpperCase(), good[name]);
      const counted = context.db.all("SELECT cmdlet, count FROM cmdletCount");
      assert.deepEqual(
        counted.map(({ cmdlet, count }) => `${cmdlet} ${count}`),
        row.writes ? [`${name} 1`] : [],
      );
      assert.equal(content(context) !== before, row.writes);
      assert.equal(context.db.all("SELECT * FROM event WHERE kind = 'exchangeCmdlet'").length, row.writes ? 1 : 0);
      assert.ok(uSN.after >= uSN.before);
      const silent = row.writes || name === "Set-ADServerSettings";
      assert.equal(objects.length > 0, !silent, "what it gives back");
    });

    const lacking = { accounts: [{ name: account, cmdlets: requiredCmdlets.filter((one) => one !== name) }] };
    const down = [{ from: "2020-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" }];
    const refusals: [why: string, kind: ExchangeErrorKind, exchange: object, parameters: object][] = [
      ["an account that lacks it (X4)", "cmdletNotAllowed", lacking, {}],
      ["a server that is down", "serverDown", { clientAccessServers: [{ fqdn: primary, down }] }, {}],
      ["a parameter that it does not have", "invalidParameter", {}, { Colour: "red" }],
      ...(row.unsimulated ?? []).map((parameter): (typeof refusals)[number] => [
        `-${parameter}`,
        "invalidParameter",
        {},
        { [parameter]: true },
      ]),
    ];
    it(`${name} is refused: ${refusals.map(([why]) => why).join(", ")}`, () => {
      for (const [why, kind, exchange, parameters] of refusals) {
        const context = world(exchange as Record<string, unknown>);
        const before = content(context);
        const refused = (error: unknown) => error instanceof ExchangeError && error.kind === kind;
        assert.throws(() => invokeCommand(context, session, name, { ...good[name], ...parameters }), refused, why);
        assert.equal(content(context), before, why);
      }
    });
  }

  it("has its name in any case", () => {
    for (const name of requiredCmdlets) assert.equal(findCmdlet(name.toLowerCase()), name);
    assert.equal(findCmdlet("Get-Mailman"), undefined);
  });
});

describe("Exchange: filters of any text", () => {
  const words = fc.constantFrom(
    ..."DeviceId DeviceType Identity uSNChanged isDeleted -eq -ne -gt -like -and -or -not ( ) 'EAS0' 'x''y' \"*\" 5 $null $true ' ; --".split(
      " ",
    ),
  );
  const context = world();
  const asked = (Filter: string) => {
    try {
      return invokeCommand(context, session, "Get-ActiveSyncDevice", { Filter }).objects.length;
    } catch (error) {
      if (error instanceof ExchangeError) return error.kind;
      throw error;
    }
  };

  it("find records or are refused in Exchange's words, and change nothing", () => {
    const before = content(context);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words, { maxLength: 9 }).map((parts) => parts.join(" ")),
        ),
        (filter) => {
          assert.ok([0, 1, "invalidParameter", "notFound"].includes(asked(filter)), filter);
        },
      ),
      { numRuns: 500 },
    );
    assert.equal(content(context), before);
  });

  it("find a device by any id that is written as filterText writes it", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (id) => {
        const expected = id.toLowerCase() === "eas0" ? 1 : 0;
        assert.equal(asked(`DeviceId -eq ${filterText(id)}`), expected);
      }),
      { numRuns: 200 },
    );
  });
});
