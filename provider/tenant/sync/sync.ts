/**
 * One sync of one connector, quick or full. What it does to each page of records is a transaction of its own, together
 * with the mark up to which all is settled, and changes nothing when repeated: a sync that ends half-way is run again,
 * and goes on from where it was.
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
import { type Scope, scopeOf } from "./scope";
import { openSession, type Session } from "./session";

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
  const retries: { count(): number } = { count: () => 0 };
  try {
    const session = openSession(context, connector);
    retries.count = session.retries;
    const run = startRun(context, connector, session, counts);
    kinds[type].run(run);
    finish(run, type);
    return counts;
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error;
    fail(context, connector, { type, ...counts, retries: retries.count() }, error.message);
    return { ...counts, failure: error.message };
  }
}

function startRun(context: TenantContext, connector: Connector, session: Session, counts: SyncCounts): Run {
  const change = lastChange(context);
  const conditionalAccess = readConditionalAccess(context);
  const { settings, uSN } = readSettings(session);
  let scope: Scope | undefined;
  return {
    ...session,
    context,
    connector,
    conditionalAccess,
    policy: readExchangePolicy(context),
    settings,
    scope: () => {
      scope ??= scopeOf(context, conditionalAccess);
      return scope;
    },
    marks: { change, uSN },
    counts,
  };
}

const lastChange = ({ db }: TenantContext): number =>
  db.get<{ mark: number }>("SELECT coalesce(max(sequence), 0) AS mark FROM syncChange")!.mark;

function finish({ context, connector, settings, marks, counts, runspaces, retries }: Run, type: SyncType): void {
  const { exchangeOrganization: organization, id } = connector;
  const detail = { type, ...counts, retries: retries(), runspaces: runspaces.count(), durationMs: runspaces.endMs() };
  context.db.transaction(() => {
    updateConnector(context, id, {
      status: "connected",
      lastSyncDateTime: context.clock.now(),
      changeMark: marks.change,
      uSNMark: marks.uSN,
      settingsMark: JSON.stringify(settings),
      ...nextTimes(context, connector, type, true),
    });
    context.events.add({
      kind: "connectorSynced",
      subjectId: id,
      message: `The ${kinds[type].name} of ${organization} looked at ${counts.records} records and changed ${counts.writes}.`,
      detail,
    });
  });
}

function fail(
  context: TenantContext,
  connector: Connector,
  detail: { type: SyncType } & Record<string, unknown>,
  message: string,
): void {
  const { type } = detail;
  context.db.transaction(() => {
    updateConnector(context, connector.id, { status: "disconnected", ...nextTimes(context, connector, type, false) });
    context.events.add({
      kind: "connectorSyncFailed",
      subjectId: connector.id,
      message: `The ${kinds[type].name} of ${connector.exchangeOrganization} could not finish: ${message}`,
      detail,
    });
  });
}

/** When the next syncs are due: a full sync is a quick one too, and one that could not finish does not wait for a day. */
function nextTimes(context: TenantContext, connector: Connector, type: SyncType, finished: boolean) {
  const schedule = readSetting<{ quickSync?: string; fullSync?: string }>(context.db, "schedule");
  const after = (duration: string) => context.clock.nowMs() + durationMs(duration)!;
  const nextQuickMs = after(schedule?.quickSync ?? "2h");
  const nextFullMs = after(schedule?.fullSync ?? "24h");
  if (type === "deltaSync") return { nextQuickMs, nextFullMs: connector.nextFullMs };
  return { nextQuickMs, nextFullMs: finished ? nextFullMs : Math.min(nextQuickMs, nextFullMs) };
}
