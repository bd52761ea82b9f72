/** What the tenant does on its own as its clock moves: devices check in, connectors sync. */
import type { TenantContext } from "./context";
import { checkIn } from "./devices/checkIn";
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
export function nextTask(context: TenantContext): Task | undefined {
  const [first, ...others] = [...checkInTasks(context), ...exchangeTasks(context)];
  return others.reduce((earliest, task) => (task.dueMs < earliest!.dueMs ? task : earliest), first);
}

function checkInTasks({ db }: TenantContext): Task[] {
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
    );
  };
  return [{ dueMs, name: "check-in of devices", run }];
}

/** Moves the clock on to a time, and does on the way, each at its own time, what falls due. Returns how many tasks ran. */
export function advanceTo(context: TenantContext, targetMs: number): number {
  return context.db.transaction(() => {
    let ran = 0;
    for (let task = nextTask(context); task && task.dueMs <= targetMs; task = nextTask(context)) {
      const { dueMs, name } = task;
      context.clock.set(Math.max(context.clock.nowMs(), dueMs));
      task.run(context);
      ran++;
      const next = nextTask(context);
      // A task that stays due would be run for ever.
      if (next?.name === name && next.dueMs <= dueMs)
        throw new Error(`The task '${name}' is due again at the same time`);
    }
    context.clock.set(targetMs);
    return ran;
  });
}
