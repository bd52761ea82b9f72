/** What the tenant does on its own as its clock moves: devices check in, connectors sync. */
import { createHash } from "node:crypto";
import { readSetting, type TenantContext } from "./context";
import { checkIn, type Offers, offersOf } from "./devices/checkIn";
import { durationMs } from "./duration";
import { exchangeTasks } from "./sync/schedule";

export interface Task {
  /** The tenant's time at which it is due. */
  dueMs: number;
  /** For messages, such as `quick sync of Contoso Mail`. */
  name: string;
  /** Does it; afterwards the task is due later or not at all. */
  run(context: TenantContext): void;
}

/** The task that is due first; check-ins go before syncs of the same moment, so that a sync sees what they changed. */
export function nextTask(context: TenantContext, offers?: Offers): Task | undefined {
  const [first, ...others] = [...checkInTasks(context, offers), ...exchangeTasks(context)];
  return others.reduce((earliest, task) => (task.dueMs < earliest!.dueMs ? task : earliest), first);
}

function checkInTasks({ db }: TenantContext, offers?: Offers): Task[] {
  const dueMs = db.get<{ dueMs: number | null }>(
    "SELECT min(nextCheckInMs) AS dueMs FROM device WHERE enrolled = 1",
  )!.dueMs;
  if (dueMs === null) return [];
  const run = (context: TenantContext) => {
    const due = context.db.all<{ id: string }>(
      "SELECT id FROM device WHERE enrolled = 1 AND nextCheckInMs <= :dueMs ORDER BY nextCheckInMs, rowid",
      { dueMs },
    );
    checkIn(
      context,
      due.map(({ id }) => id),
      offers,
    );
  };
  return [{ dueMs, name: "check-in of devices", run }];
}

/** Moves the clock on to a time, and does on the way, each at its own time, what falls due. Returns how many tasks ran. */
export function advanceTo(context: TenantContext, targetMs: number): number {
  return context.db.transaction(() => {
    // Nobody but devices and connectors changes anything on the way.
    const offers = offersOf(context);
    let ran = 0;
    for (let task = nextTask(context, offers); task && task.dueMs <= targetMs; ) {
      const { dueMs, name } = task;
      context.clock.set(Math.max(context.clock.nowMs(), dueMs));
      task.run(context);
      ran++;
      const next = nextTask(context, offers);
      // A task that stays due would be run for ever.
      if (next?.name === name && next.dueMs <= dueMs)
        throw new Error(`The task '${name}' is due again at the same time`);
      task = next;
    }
    context.clock.set(targetMs);
    return ran;
  });
}

/** A tenant that changes for ever must not keep its caller waiting for ever. */
export const longestRunMs = 30 * 86_400_000;

export interface Run {
  /** How far the clock went. */
  advancedMs: number;
  tasks: number;
  /** False: things still changed when the longest run had ended. */
  idle: boolean;
}

/**
 * Lets time pass until nothing that is due changes anything. Check-ins and syncs recur for ever, so idle is when a whole
 * period of every one of them has gone by and devices, profiles and Exchange records are as they were.
 */
export function runUntilIdle(context: TenantContext): Run {
  return context.db.transaction(() => {
    const startMs = context.clock.nowMs();
    const periodMs = longestPeriodMs(context);
    const run: Run = { advancedMs: 0, tasks: 0, idle: false };
    let before = stateOf(context);
    while (!run.idle && run.advancedMs < longestRunMs) {
      if (!nextTask(context)) return { ...run, idle: true };
      run.advancedMs = Math.min(run.advancedMs + periodMs, longestRunMs);
      run.tasks += advanceTo(context, startMs + run.advancedMs);
      const after = stateOf(context);
      run.idle = after === before;
      before = after;
    }
    return run;
  });
}

/** The longest of the periods of what recurs; syncs recur where there is a connector. */
function longestPeriodMs({ db }: TenantContext): number {
  const { checkIn, quickSync, fullSync } = readSetting<Record<string, string>>(db, "schedule")!;
  const syncs = db.get("SELECT 1 FROM exchangeConnector LIMIT 1") ? [quickSync!, fullSync!] : [];
  return Math.max(...[checkIn!, ...syncs].map((text) => durationMs(text)!));
}

/** What tasks change, without the times at which they ran. */
const states = [
  `SELECT id, enrolled, complianceState, easActivated, exchangeAccessState, exchangeAccessStateReason
   FROM device ORDER BY id`,
  `SELECT deviceId, profileId, status, reason, message, installedVersion, account, approvedVersion
   FROM deviceProfile ORDER BY deviceId, profileId`,
  "SELECT deviceId, app FROM deviceApp ORDER BY deviceId, app",
  "SELECT deviceId, hostName, emailAddress FROM userAccount ORDER BY deviceId, hostName, emailAddress",
  "SELECT id, status, currentServer FROM exchangeConnector ORDER BY id",
  "SELECT organization, mailbox, deviceId, state, reason FROM easRecord ORDER BY organization, mailbox, deviceId",
  "SELECT organization, mailbox, deviceId, list FROM easAccessList ORDER BY organization, mailbox, deviceId, list",
  "SELECT organization, characteristic, queryString, accessLevel FROM deviceAccessRule ORDER BY 1, 2, 3",
  "SELECT name, defaultAccessLevel FROM exchangeOrganization ORDER BY name",
  "SELECT max(id) FROM mail",
];

/** A hash of it; two that are the same mean that nothing has changed. */
export function stateOf({ db }: TenantContext): string {
  const hash = createHash("sha256");
  for (const sql of states) hash.update(JSON.stringify(db.all(sql)));
  return hash.digest("hex");
}
