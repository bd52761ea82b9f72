/** What must always hold of the sync engine (SPEC S4), over generated companies, histories and mishaps. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { TenantContext } from "../../../provider/tenant/context";
import { allMail } from "../../../provider/tenant/sync/mail";
import { readConditionalAccess, writeConditionalAccess } from "../../../provider/tenant/sync/policy";
import { type SyncType, syncConnector } from "../../../provider/tenant/sync/sync";
import { type Change, changes, worlds } from "./changes";
import { cutAt, type Mishap, mishaps, undo } from "./mishaps";
import { expectedOf, wrongAfterSync } from "./oracle";
import {
  addConnector,
  addFabrikam,
  devicesNow,
  fabrikam,
  makeTwo,
  organization,
  type WorldSpec,
  writeCount,
} from "./world";

/** Rounds of changes; a sync of each organization comes after each. */
const histories = fc.array(fc.array(changes, { maxLength: 4 }), { minLength: 1, maxLength: 5 });
const types = fc.constantFrom<SyncType>("deltaSync", "fullSync");

/** Everything that two worlds of equal history must agree on. */
const outcome = (context: TenantContext) => ({
  lists: context.db.all("SELECT * FROM easAccessList ORDER BY organization, mailbox, deviceId, list"),
  records: context.db.all("SELECT * FROM easRecord ORDER BY organization, mailbox, deviceId"),
  devices: devicesNow(context),
  mails: allMail(context)
    .map(({ organization: of, recipient, deviceId }) => `${of} ${recipient} ${deviceId}`)
    .sort(),
});

interface Played {
  context: TenantContext;
  /** Its connectors. */
  ids: string[];
}

const syncAll = ({ context, ids }: Played, type: SyncType) => ids.map((id) => syncConnector(context, id, type));

/** A new world, whose connectors have not synced. */
function begin(spec: WorldSpec): Played {
  const context = makeTwo(spec);
  return { context, ids: [addConnector(context), addFabrikam(context)] };
}

/** Plays a history in a new world: a full sync at first (S3), then one of the type after each round. */
function play(spec: WorldSpec, history: Change[][], type: SyncType): Played {
  const world = begin(spec);
  syncAll(world, "fullSync");
  for (const round of history) {
    for (const change of round) change(world.context);
    syncAll(world, type);
  }
  return world;
}

/** Holds every record of both organizations against the oracle. */
function assertRight(context: TenantContext): void {
  for (const each of [organization, fabrikam]) {
    assert.deepEqual(wrongAfterSync(context, expectedOf(context, each), each), [], each);
  }
}

/** A seed and a path of an earlier failure play it again. */
const { SYNC_SEED: seed, SYNC_PATH: path } = process.env;
const runs = { numRuns: 100, ...(seed && { seed: Number(seed) }), ...(path && { path }) };

/** fast-check's own report, and the command that plays the failure again. */
function check<T>(property: fc.IProperty<T>): void {
  const details = fc.check(property, runs);
  if (!details.failed) return;
  const again = `SYNC_SEED=${details.seed} SYNC_PATH=${details.counterexamplePath} npx mocha test/tenant/sync/properties.test.ts`;
  throw new Error(`${fc.defaultReportMessage(details)}\nPlay it again: ${again}`);
}

describe("sync: over generated companies and histories (S4)", function () {
  this.timeout(120_000);

  it("quick syncs give what full syncs would, and what the rules say", () => {
    check(
      fc.property(worlds, histories, (spec, history) => {
        const quick = play(spec, history, "deltaSync");
        const full = play(spec, history, "fullSync");
        assert.deepEqual(outcome(quick.context), outcome(full.context));
        assertRight(quick.context);
      }),
    );
  });

  it("quick and full syncs in any order, with none after some changes, end by a quick one as by a full one", () => {
    const steps = fc.array(fc.oneof(changes, types), { maxLength: 20 });
    check(
      fc.property(worlds, steps, types, (spec, history, last) => {
        const world = play(spec, [], "fullSync");
        for (const step of history) {
          if (typeof step === "string") syncAll(world, step);
          else step(world.context);
        }
        syncAll(world, last);
        assertRight(world.context);
      }),
    );
  });

  it("a second sync without a change writes nothing and mails nobody", () => {
    check(
      fc.property(worlds, histories, types, (spec, history, type) => {
        const world = play(spec, history, type);
        const { context } = world;
        const before = { outcome: outcome(context), writes: writeCount(context) };
        for (const counts of syncAll(world, "deltaSync")) {
          assert.deepEqual(counts, { records: 0, writes: 0, mails: 0 });
        }
        for (const { writes } of syncAll(world, "fullSync")) assert.equal(writes, 0);
        assert.deepEqual({ outcome: outcome(context), writes: writeCount(context) }, before);
      }),
    );
  });

  it("records out of scope keep what Exchange has", () => {
    check(
      fc.property(worlds, histories, types, (spec, history, type) => {
        const world = play(spec, history, "deltaSync");
        const { context } = world;
        writeConditionalAccess(context, { ...readConditionalAccess(context), enabled: false });
        const before = outcome(context).lists;
        for (const { writes } of syncAll(world, type)) assert.equal(writes, 0);
        assert.deepEqual(outcome(context).lists, before);
      }),
    );
  });

  it("a sync that is cut anywhere and run again ends the same, without a second mail", () => {
    const last = fc.array(changes, { maxLength: 6 });
    check(
      fc.property(worlds, histories, last, types, fc.nat({ max: 40 }), (spec, history, round, type, writes) => {
        const whole = play(spec, [...history, round], type);
        const world = play(spec, history, type);
        for (const change of round) change(world.context);
        try {
          syncAll({ ...world, context: cutAt(world.context, writes) }, type);
        } catch (error) {
          assert.equal((error as Error).message, "cut");
        }
        syncAll(world, type);
        assert.deepEqual(outcome(world.context), outcome(whole.context));
      }),
    );
  });

  it("a sync that Exchange does not let finish and that is run again ends the same, without a second mail", () => {
    const last = fc.array(changes, { maxLength: 6 });
    check(
      fc.property(worlds, histories, last, types, mishaps, (spec, history, round, type, mishap) => {
        const whole = play(spec, [...history, round], type);
        const world = play(spec, history, type);
        for (const change of round) change(world.context);
        disturb(world, mishap, type);
        undo(world.context);
        syncAll(world, type);
        assert.deepEqual(outcome(world.context), outcome(whole.context));
      }),
    );
  });

  it("whatever goes wrong in whatever syncs, the first that nothing hinders puts all right", () => {
    const lastRound = fc.array(changes, { maxLength: 4 });
    const rounds = fc.array(fc.tuple(fc.array(changes, { maxLength: 4 }), types, mishaps), { maxLength: 6 });
    check(
      fc.property(worlds, rounds, lastRound, types, (spec, history, round, last) => {
        // Nothing is in order yet, so that what goes wrong first has much to go wrong with.
        const world = begin(spec);
        for (const [round, type, mishap] of history) {
          for (const change of round) change(world.context);
          disturb(world, mishap, type);
        }
        undo(world.context);
        for (const change of round) change(world.context);
        syncAll(world, last);
        assertRight(world.context);
        for (const { writes, mails } of syncAll(world, "fullSync")) assert.deepEqual([writes, mails], [0, 0]);
      }),
    );
  });
});

/** Syncs both organizations while something goes wrong. */
function disturb(world: Played, mishap: Mishap, type: SyncType): void {
  world.ids = world.ids.map((id) => mishap(world.context, id, (context, each) => syncConnector(context, each, type)));
}
