/** Mailboxes and their ActiveSync policies: New-, Get-, Set- and Remove-ActiveSyncMailboxPolicy, Set-CasMailbox. */
import assert from "node:assert/strict";
import type { TenantContext } from "../../../provider/tenant/context";
import { ExchangeError } from "../../../provider/tenant/exchange/errors";
import { type CmdletParameters, type ExchangeObject, invokeCommand } from "../../../provider/tenant/exchange/invoke";
import { mailboxOf, makeWorld, session } from "../sync/world";

const run = (context: TenantContext, cmdlet: string, parameters?: CmdletParameters): ExchangeObject[] =>
  invokeCommand(context, session, cmdlet, parameters).objects;

const policies = (context: TenantContext) =>
  run(context, "Get-ActiveSyncMailboxPolicy").map(({ Name, IsDefault }) => `${Name}${IsDefault ? ", default" : ""}`);
const mailbox = (context: TenantContext) => {
  const [{ ActiveSyncMailboxPolicy, ActiveSyncMailboxPolicyIsDefaulted, ActiveSyncEnabled } = {}] = run(
    context,
    "Get-CasMailbox",
    { Identity: mailboxOf(0) },
  );
  return { ActiveSyncMailboxPolicy, ActiveSyncMailboxPolicyIsDefaulted, ActiveSyncEnabled };
};

describe("Exchange: mailbox policies", () => {
  it("an organization has a default one, with the defaults that Microsoft documents", () => {
    const [policy] = run(makeWorld({}), "Get-ActiveSyncMailboxPolicy", { Identity: "default" });
    const { Name, IsDefault, AllowCamera, DevicePasswordEnabled, MinDevicePasswordLength, IrmEnabled } = policy!;
    assert.deepEqual(
      [Name, IsDefault, AllowCamera, DevicePasswordEnabled, MinDevicePasswordLength, IrmEnabled],
      ["Default", true, true, false, 4, null],
    );
  });

  it("are made, changed, renamed, made the default one and removed", () => {
    const context = makeWorld({});
    run(context, "New-ActiveSyncMailboxPolicy", { Name: "Strict", DevicePasswordEnabled: true });
    assert.deepEqual(policies(context), ["Default, default", "Strict"]);
    run(context, "Set-ActiveSyncMailboxPolicy", { Identity: "strict", AllowCamera: false });
    const [strict] = run(context, "Get-ActiveSyncMailboxPolicy", { Identity: "Strict" });
    assert.deepEqual([strict?.DevicePasswordEnabled, strict?.AllowCamera], [true, false]);
    run(context, "Set-CasMailbox", { Identity: mailboxOf(0), ActiveSyncMailboxPolicy: "strict" });
    run(context, "Set-ActiveSyncMailboxPolicy", { Identity: "Strict", Name: "Stricter", IsDefault: true });
    assert.deepEqual(policies(context), ["Default", "Stricter, default"]);
    assert.equal(mailbox(context).ActiveSyncMailboxPolicy, "Stricter");
    run(context, "Set-CasMailbox", { Identity: mailboxOf(0), ActiveSyncMailboxPolicy: "Default" });
    run(context, "Remove-ActiveSyncMailboxPolicy", { Identity: "Default", Confirm: false });
    assert.deepEqual(policies(context), ["Stricter, default"]);
    assert.deepEqual(mailbox(context), {
      ActiveSyncMailboxPolicy: "Stricter",
      ActiveSyncMailboxPolicyIsDefaulted: true,
      ActiveSyncEnabled: true,
    });
  });

  it("Set-CasMailbox turns ActiveSync off and on, and leaves what it does not name", () => {
    const context = makeWorld({});
    run(context, "New-ActiveSyncMailboxPolicy", { Name: "Strict" });
    run(context, "Set-CasMailbox", { Identity: mailboxOf(0), ActiveSyncMailboxPolicy: "Strict" });
    run(context, "Set-CasMailbox", { Identity: mailboxOf(0), ActiveSyncEnabled: false });
    assert.deepEqual(mailbox(context), {
      ActiveSyncMailboxPolicy: "Strict",
      ActiveSyncMailboxPolicyIsDefaulted: false,
      ActiveSyncEnabled: false,
    });
    run(context, "Set-CasMailbox", { Identity: mailboxOf(0), ActiveSyncEnabled: true, ActiveSyncMailboxPolicy: null });
    assert.equal(mailbox(context).ActiveSyncMailboxPolicy, "Default");
  });

  const refusals: Record<string, [cmdlet: string, parameters: CmdletParameters, kind: string, message: RegExp]> = {
    "a name that is taken": ["New-ActiveSyncMailboxPolicy", { Name: "DEFAULT" }, "invalidParameter", /already exists/],
    "no name": ["New-ActiveSyncMailboxPolicy", {}, "invalidParameter", /'Name'/],
    "a setting that is neither true nor false": [
      "New-ActiveSyncMailboxPolicy",
      { Name: "Strict", AllowCamera: "sometimes" },
      "invalidParameter",
      /'AllowCamera': 'sometimes'/,
    ],
    "a list of applications": [
      "New-ActiveSyncMailboxPolicy",
      { Name: "Strict", ApprovedApplicationList: [] },
      "invalidParameter",
      /does not have it/,
    ],
    "a policy that is not there": ["Set-ActiveSyncMailboxPolicy", { Identity: "X" }, "notFound", /'X'/],
    "the default one's removal": [
      "Remove-ActiveSyncMailboxPolicy",
      { Identity: "Default" },
      "invalidParameter",
      /make another one the default/,
    ],
    "a mailbox's policy that is not there": [
      "Set-CasMailbox",
      { Identity: mailboxOf(0), ActiveSyncMailboxPolicy: "X" },
      "notFound",
      /'X'/,
    ],
    "a mailbox that is neither on nor off": [
      "Set-CasMailbox",
      { Identity: mailboxOf(0), ActiveSyncEnabled: "yes" },
      "invalidParameter",
      /'ActiveSyncEnabled'/,
    ],
    "ids that are none": [
      "Set-CasMailbox",
      { Identity: mailboxOf(0), ActiveSyncBlockedDeviceIDs: [1] },
      "invalidParameter",
      /'ActiveSyncBlockedDeviceIDs': give a list/,
    ],
    "a rule with a wildcard": [
      "New-ActiveSyncDeviceAccessRule",
      { Characteristic: "DeviceType", QueryString: "iP*", AccessLevel: "Block" },
      "invalidParameter",
      /without wildcards/,
    ],
  };
  for (const [name, [cmdlet, parameters, kind, message]] of Object.entries(refusals)) {
    it(`refuses ${name}`, () => {
      const context = makeWorld({});
      const refused = (error: unknown) =>
        error instanceof ExchangeError && error.kind === kind && message.test(error.message);
      assert.throws(() => run(context, cmdlet, parameters), refused);
      assert.deepEqual(context.db.all("SELECT * FROM cmdletCount"), []);
    });
  }

  it("Set-ADServerSettings is a setting of the session: nothing is written", () => {
    const context = makeWorld({});
    assert.deepEqual(run(context, "Set-ADServerSettings", { ViewEntireForest: true }), []);
    assert.deepEqual(context.db.all("SELECT * FROM cmdletCount"), []);
  });
});
