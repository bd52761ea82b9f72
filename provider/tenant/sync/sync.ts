/**
 * One sync of one connector, quick or full. Each step is a transaction of its own and changes nothing when repeated; the
 * marks up to which all is synced move last. So a sync that ends half-way is simply run again.
 */
import { readSetting, type TenantContext } from "../context";
import { durationMs } from "../duration";
import { badRequest, notFound } from "../errors";
import { ExchangeError } from "../exchange/errors";
import { type Connector, findConnector, updateConnector } from "./connector";
import { fullSync } from "./full";
import { syncRefusal } from "./lifecycle";
import { readConditionalAccess, readExchangePolicy } from "./policy";
import { quickSync } from "./quick";
import { type Run, readSettings, type SyncCounts } from "./run";
import { targetingOfFew } from "./scope";
import { openSession } from "./session";

/** Graph's words: deltaSync is the quick sync (S1), fullSync the full one (S2). */
export type SyncType = "deltaSync" | "fullSync";

const kinds = {
  deltaSync: { name: "quick sync", run: quickSync },
  fullSync: { name: "full sync", run: fullSync },
} as const satisfies Record<SyncType, { name: string; run(run: Run): void }>;

export interface SyncOutcome extends SyncCounts {
  /** Why the sync could not finish; undefined when it did. */
  failure?: string;
}

/**
 * Syncs a connector. What Exchange refuses is no error here, as in Graph's sync action: the connector is then
 * disconnected and its last sync stays what it was.
 */
export function syncConnector(context: TenantContext, connectorId: string, type: SyncType): SyncOutcome {
  const connector = findConnector(context, connectorId);
  if (!connector) throw notFound(`There is no Exchange connector '${connectorId}'.`);
  const refusal = syncRefusal(context);
  if (refusal) throw badRequest(`The connector of '${connector.exchangeOrganization}' cannot sync. ${refusal}`);
  const counts: SyncCounts = { records: 0, writes: 0, mails: 0 };
  try {
    const changeMark = lastChange(context);
    const run = startRun(context, connector, counts);
    kinds[type].run(run);
    finish(run, type, changeMark);
    return counts;
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error;
    fail(context, connector, type, error.message);
    return { ...counts, failure: error.message };
  }
}

function startRun(context: TenantContext, connector: Connector, counts: SyncCounts): Run {
  const invoke = openSession(context, connector);
  const conditionalAccess = readConditionalAccess(context);
  return {
    context,
    connector,
    invoke,
    conditionalAccess,
    policy: readExchangePolicy(context),
    ...readSettings({ invoke }),
    targetingOf: targetingOfFew(context, conditionalAccess),
    counts,
  };
}

const lastChange = ({ db }: TenantContext): number =>
  db.get<{ mark: number }>("SELECT coalesce(max(sequence), 0) AS mark FROM syncChange")!.mark;

function finish({ context, connector, settings, uSN, counts }: Run, type: SyncType, changeMark: number): void {
  const { exchangeOrganization: organization, id } = connector;
  context.db.transaction(() => {
    updateConnector(context, id, {
      status: "connected",
      lastSyncDateTime: context.clock.now(),
      changeMark,
      uSNMark: uSN,
      settingsMark: JSON.stringify(settings),
      ...nextTimes(context, connector, type),
    });
    context.events.add({
      kind: "connectorSynced",
      subjectId: id,
      message: `The ${kinds[type].name} of ${organization} looked at ${counts.records} records and changed ${counts.writes}.`,
      detail: { type, ...counts },
    });
  });
}

function fail(context: TenantContext, connector: Connector, type: SyncType, message: string): void {
  context.db.transaction(() => {
    updateConnector(context, connector.id, { status: "disconnected", ...nextTimes(context, connector, type) });
    context.events.add({
      kind: "connectorSyncFailed",
      subjectId: connector.id,
      message: `The ${kinds[type].name} of ${connector.exchangeOrganization} could not finish: ${message}`,
      detail: { type },
    });
  });
}

/** When the next syncs are due: a full sync is a quick one too. */
function nextTimes(context: TenantContext, connector: Connector, type: SyncType) {
  const schedule = readSetting<{ quickSync?: string; fullSync?: string }>(context.db, "schedule");
  const after = (duration: string) => context.clock.nowMs() + durationMs(duration)!;
  return {
    nextQuickMs: after(schedule?.quickSync ?? "2h"),
    nextFullMs: type === "fullSync" ? after(schedule?.fullSync ?? "24h") : connector.nextFullMs,
  };
}
