/** What can go wrong while a connector syncs; each gives the connector that the organization has afterwards. */
import fc from "fast-check";
import type { TenantContext } from "../../../provider/tenant/context";
import { type Refusal, writeRefusals } from "../../../provider/tenant/exchange/refusals";
import { deleteConnector, findConnector, insertConnector } from "../../../provider/tenant/sync/connector";

type Sync = (context: TenantContext, id: string) => unknown;
export type Mishap = (context: TenantContext, id: string, sync: Sync) => string;

const named = (name: string, mishap: Mishap): Mishap => Object.assign(mishap, { [fc.toStringMethod]: () => name });

/** A tenant whose process ends at its n-th write to the file; what its open transaction wrote is then not there. */
export function cutAt(context: TenantContext, writes: number): TenantContext {
  let left = writes;
  const write = <T>(work: () => T): T => {
    if (left-- === 0) throw new Error("cut");
    return work();
  };
  const db: TenantContext["db"] = {
    ...context.db,
    run: (sql, parameters) => write(() => context.db.run(sql, parameters)),
    runEach: (sql, rows) => {
      for (const row of rows) write(() => context.db.runEach(sql, [row]));
    },
  };
  const addAll: TenantContext["events"]["addAll"] = (events) => {
    for (const event of events) write(() => context.events.add(event));
  };
  return { ...context, db, events: { add: (event) => addAll([event]), addAll } };
}

const refusing = (refusal: Omit<Refusal, "seed" | "retryAfterSeconds">): Mishap =>
  named(`refusal ${JSON.stringify(refusal)}`, (context, id, sync) => {
    writeRefusals(context, [{ seed: 1, retryAfterSeconds: 5, ...refusal }]);
    sync(context, id);
    return id;
  });

const kinds = fc.constantFrom<Refusal["kind"]>("throttled", "busy", "refused", "timeout");

/** From the clock's time on, or from a moment of the sync, until a later one. */
const setDown = ({ db, clock }: TenantContext, server: string, fromMs: number, toMs: number): void => {
  const down = JSON.stringify([{ from: clock.nowMs() + fromMs, to: clock.nowMs() + toMs }]);
  db.run("UPDATE clientAccessServer SET down = :down WHERE fqdn LIKE :server", { down, server });
};

/** One server, or all, which go down before the sync or while it runs. */
const downs = fc.tuple(fc.constantFrom("%01.%", "%02.%", "%"), fc.nat({ max: 800 })).map(([server, fromMs]) =>
  named(`${server} is down from ${fromMs} ms on`, (context, id, sync) => {
    setDown(context, server, fromMs, 3_600_000);
    sync(context, id);
    return id;
  }),
);

const cuts = fc.nat({ max: 40 }).map((writes) =>
  named(`the process ends at write ${writes}`, (context, id, sync) => {
    try {
      sync(cutAt(context, writes), id);
    } catch (error) {
      if ((error as Error).message !== "cut") throw error;
    }
    return id;
  }),
);

/** The machine fails in the midst of a sync, and another one takes its place (X7). */
const replacements = fc.tuple(cuts, fc.boolean()).map(([cut, synced]) =>
  named(`${fc.stringify(cut)}, and the connector is replaced`, (context, id, sync) => {
    cut(context, id, sync);
    const { id: _, ...before } = findConnector(context, id)!;
    const next = context.ids.guid();
    deleteConnector(context, id);
    // As a connector that has just been made: it knows what the one before it had not finished, and nothing else.
    const fresh = { changeMark: 0, uSNMark: 0, settingsMark: "", currentServer: before.primaryServer };
    insertConnector(context, { ...before, ...fresh, id: next });
    if (synced) sync(context, next);
    return next;
  }),
);

export const mishaps: fc.Arbitrary<Mishap> = fc.oneof(
  fc.constant(
    named("nothing", (context, id, sync) => {
      sync(context, id);
      return id;
    }),
  ),
  fc.tuple(kinds, fc.integer({ min: 1, max: 12 })).map(([kind, nth]) => refusing({ kind, nth })),
  fc.tuple(kinds, fc.double({ min: 0.05, max: 0.7, noNaN: true })).map(([kind, rate]) => refusing({ kind, rate })),
  kinds.map((kind) => refusing({ kind, cmdlet: "Set-CasMailbox" })),
  // Between two mailboxes: the next sync goes on from there.
  fc.integer({ min: 2, max: 3 }).map((nth) => refusing({ kind: "refused", cmdlet: "Set-CasMailbox", nth })),
  downs,
  cuts,
  replacements,
);

/** Nothing goes wrong any more. */
export function undo(context: TenantContext): void {
  writeRefusals(context, []);
  context.db.run("UPDATE clientAccessServer SET down = '[]'");
}
