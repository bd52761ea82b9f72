/** What Exchange lets an account do at a time: runspaces, throttling, scripted refusals; and what cmdlets cost (X8). */
import assert from "node:assert/strict";
import { openTenant } from "../../../provider/tenant";
import type { TenantContext } from "../../../provider/tenant/context";
import { costMs } from "../../../provider/tenant/exchange/cost";
import { ExchangeError, passingKinds } from "../../../provider/tenant/exchange/errors";
import { type ExchangeSession, invokeCommand } from "../../../provider/tenant/exchange/invoke";
import { readRefusals, refusalSeed, writeRefusals } from "../../../provider/tenant/exchange/refusals";
import { requiredCmdlets } from "../../../provider/tenant/exchange/words";
import { syncConnector } from "../../../provider/tenant/sync/sync";
import {
  accessOfRecords,
  account,
  addConnector,
  easId,
  mailboxOf,
  makeWorld,
  seedOf,
  session,
  writeCount,
} from "../sync/world";

/** ok, or the kind of error. */
function outcome(context: TenantContext, more: Partial<ExchangeSession> = {}, cmdlet = "Get-Command"): string {
  try {
    invokeCommand(context, { ...session, ...more }, cmdlet);
    return "ok";
  } catch (error) {
    if (error instanceof ExchangeError) return error.kind;
    throw error;
  }
}

const retryAfter = (work: () => unknown): number | undefined => {
  try {
    work();
  } catch (error) {
    if (error instanceof ExchangeError) return error.retryAfterSeconds;
    throw error;
  }
  return undefined;
};

const worldWith = (more: object) => makeWorld({ exchange: { accounts: [{ name: account, ...more }] } });

describe("Exchange: runspaces of an account (X8)", () => {
  const rows: [name: string, account: object, runspace: number, expected: string][] = [
    ["the first, where nothing is said", {}, 1, "ok"],
    ["the eighteenth, which is the default's last", {}, 18, "ok"],
    ["the nineteenth", {}, 19, "busy"],
    ["the last of four", { runspaces: 4 }, 4, "ok"],
    ["one more than four", { runspaces: 4 }, 5, "busy"],
    ["the last that others leave", { runspaces: 4, runspacesInUse: 3 }, 1, "ok"],
    ["one that others hold", { runspaces: 4, runspacesInUse: 3 }, 2, "busy"],
  ];
  for (const [name, more, runspace, expected] of rows) {
    it(`${name}: ${expected}`, () => assert.equal(outcome(worldWith(more), { runspace }), expected));
  }
});

describe("Exchange: throttling of an account, by the tenant's time", () => {
  const throttling = { operations: 3, seconds: 60 };
  const times = (context: TenantContext, elapsed: number[]) =>
    elapsed.map((seconds) => outcome(context, { elapsedMs: seconds * 1_000 }));

  it("so many operations in a stretch, then none until it is over", () => {
    const context = worldWith({ throttling });
    assert.deepEqual(times(context, [0, 10, 59, 59, 59.9, 60, 61, 62, 63]), [
      ...["ok", "ok", "ok", "throttled", "throttled"],
      ...["ok", "ok", "ok", "throttled"],
    ]);
  });

  it("runspaces ask out of order, and spend the same stretch", () => {
    const context = worldWith({ throttling });
    assert.deepEqual(times(context, [30, 5, 10, 20]), ["ok", "ok", "ok", "throttled"]);
  });

  it("says when to ask again", () => {
    const context = worldWith({ throttling });
    times(context, [0, 0, 0]);
    const ask = (elapsedMs: number) =>
      retryAfter(() => invokeCommand(context, { ...session, elapsedMs }, "Get-Command"));
    assert.deepEqual([ask(0), ask(20_000), ask(59_500)], [60, 40, 1]);
  });

  it("goes by the clock, and by account", () => {
    const accounts = [{ name: account, throttling }, { name: "CONTOSO\\other" }];
    const context = makeWorld({ exchange: { accounts } });
    assert.deepEqual(times(context, [0, 0, 0, 0]), ["ok", "ok", "ok", "throttled"]);
    assert.equal(outcome(context, { account: "CONTOSO\\other" }), "ok");
    context.clock.set(context.clock.nowMs() + 60_000);
    assert.equal(outcome(context), "ok");
  });

  it("begins anew with a reset", async () => {
    const exchange = { accounts: [{ name: account, throttling }], refusals: [{ kind: "busy", nth: 5 }] };
    const tenant = openTenant({ seed: seedOf({ exchange }) });
    const history = () => times(tenant.context, [0, 0, 0, 0, 61, 62, 63]);
    const first = history();
    assert.deepEqual(first, ["ok", "ok", "ok", "throttled", "ok", "busy", "ok"]);
    await tenant.fetch(new Request("http://tenant/simulation/reset", { method: "POST" }));
    assert.deepEqual(history(), first);
  });
});

describe("Exchange: scripted refusals", () => {
  const refuse = (context: TenantContext, ...refusals: object[]) =>
    writeRefusals(
      context,
      refusals.map((refusal) => refusalSeed.parse(refusal)),
    );
  const some = (context: TenantContext, count: number, cmdlet?: string) =>
    Array.from({ length: count }, () => outcome(context, {}, cmdlet));

  const rows: [name: string, refusal: object, expected: string[]][] = [
    ["all", { kind: "busy" }, ["busy", "busy", "busy", "busy"]],
    ["the third", { kind: "throttled", nth: 3 }, ["ok", "ok", "throttled", "ok"]],
    ["every second", { kind: "refused", every: 2 }, ["ok", "cmdletNotAllowed", "ok", "cmdletNotAllowed"]],
    ["twice", { kind: "timeout", times: 2 }, ["timeout", "timeout", "ok", "ok"]],
    ["none of a rate of 0", { kind: "busy", rate: 0 }, ["ok", "ok", "ok", "ok"]],
    ["all of a rate of 1", { kind: "busy", rate: 1 }, ["busy", "busy", "busy", "busy"]],
    ["those of another cmdlet: none", { kind: "busy", cmdlet: "Set-CasMailbox" }, ["ok", "ok", "ok", "ok"]],
    ["those of another account: none", { kind: "busy", account: "CONTOSO\\other" }, ["ok", "ok", "ok", "ok"]],
    ["those of this account", { kind: "busy", account: account.toLowerCase(), nth: 1 }, ["busy", "ok", "ok", "ok"]],
  ];
  for (const [name, refusal, expected] of rows) {
    it(name, () => {
      const context = makeWorld({});
      refuse(context, refusal);
      assert.deepEqual(some(context, 4), expected);
    });
  }

  it("by a rate are drawn from the seed: the same twice, another with another seed", () => {
    const drawn = (seed: number) => {
      const context = makeWorld({});
      refuse(context, { kind: "busy", rate: 0.5, seed });
      return some(context, 40);
    };
    assert.deepEqual(drawn(1), drawn(1));
    assert.notDeepEqual(drawn(1), drawn(2));
    const count = drawn(1).filter((each) => each === "busy").length;
    assert.ok(count > 8 && count < 32, `${count} of 40`);
  });

  it("of the seed are those of their organization", () => {
    const context = makeWorld({ exchange: { refusals: [{ kind: "throttled", nth: 1, retryAfterSeconds: 7 }] } });
    assert.deepEqual(
      readRefusals(context).map(({ organization }) => organization),
      ["Contoso Mail"],
    );
    assert.equal(
      retryAfter(() => invokeCommand(context, session, "Get-Command")),
      7,
    );
    assert.equal(outcome(context), "ok");
  });

  it("are not taken back by the rollback that they bring about", () => {
    const context = makeWorld({});
    refuse(context, { kind: "busy", nth: 1 });
    const again = () => context.db.transaction(() => void invokeCommand(context, session, "Get-Command"));
    assert.throws(again, ExchangeError);
    again();
  });

  const kinds: [kind: string, ran: boolean][] = [
    ["throttled", false],
    ["busy", false],
    ["refused", false],
    ["timeout", true],
  ];
  for (const [kind, ran] of kinds) {
    it(`${kind}: the cmdlet has ${ran ? "run, and its answer is lost" : "not run"}`, () => {
      const context = makeWorld({});
      refuse(context, { kind, times: 1 });
      const parameters = { Identity: mailboxOf(0), ActiveSyncBlockedDeviceIDs: [easId(0)] };
      assert.throws(() => invokeCommand(context, session, "Set-CasMailbox", parameters), ExchangeError);
      assert.equal(writeCount(context), ran ? 1 : 0);
    });
  }

  for (const kind of ["throttled", "busy", "timeout"] as const) {
    it(`a connector gets past ${kind}, and the end is the same`, () => {
      const end = (refusals: object[]) => {
        const context = makeWorld({
          devices: [{ user: 0 }],
          records: [
            [0, 0],
            [1, 1],
          ],
        });
        refuse(context, ...refusals);
        const failures = [];
        const id = addConnector(context);
        for (let tries = 0; tries < 5; tries++) failures.push(syncConnector(context, id, "fullSync").failure);
        assert.equal(failures.at(-1), undefined);
        return accessOfRecords(context);
      };
      assert.ok(passingKinds.has(kind));
      assert.deepEqual(end([{ kind, every: 3, times: 6 }]), end([]));
    });
  }

  it("are written down as they are meant", () => {
    const wrong = { kind: "busy", nth: 1, every: 2 };
    assert.match(refusalSeed.safeParse(wrong).error!.message, /at most one of nth, every and rate/);
    assert.equal(refusalSeed.safeParse({ kind: "lazy" }).success, false);
    assert.equal(refusalSeed.safeParse({ kind: "busy", cmdlet: "Get-Mailman" }).success, false);
  });
});

describe("Exchange: what cmdlets cost", () => {
  it("each of X4 has a price that grows with its objects", () => {
    for (const cmdlet of requiredCmdlets) {
      assert.ok(costMs(cmdlet, 0) > 0, cmdlet);
      if (cmdlet !== "Set-ADServerSettings") assert.ok(costMs(cmdlet, 100) > costMs(cmdlet, 1), cmdlet);
    }
  });

  it("a write costs more than a read, a page less than its records one by one", () => {
    assert.ok(costMs("Set-CasMailbox") > costMs("Get-CasMailbox"));
    assert.ok(costMs("Get-ActiveSyncDevice", 1_000) < 1_000 * costMs("Get-ActiveSyncDevice"));
  });
});
