/**
 * Looks at every record, a page at a time, in the order in which Exchange has them. How far it came is kept with each
 * page: where a sync of the organization could not finish, the next that looks at everything goes on from there.
 */
import type { TenantContext } from "../context";
import { ExchangeError } from "../exchange/errors";
import { policyChanged, settleChanges } from "./changes";
import { type Progress, updateConnector } from "./connector";
import { forgetShown, keptBetween, type RecordKey } from "./records";
import { allPages, type EasDevice, type Page, type Run } from "./run";
import { settle } from "./settle";

/** Settles all records, and forgets those that Exchange no longer has. */
export function settleEverything(run: Run): void {
  const { context, connector } = run;
  const progress = resumable(run) ?? { after: null, marks: { ...run.marks }, settings: JSON.stringify(run.settings) };
  // What has changed since it stopped may be of records that it had passed.
  if (progress.after) settleChanges(run, progress.marks);
  const moveTo = (after: Progress["after"]) =>
    updateConnector(context, connector.id, { progress: after && { ...progress, after } });
  let last = progress.after;
  const keyOf = ({ Identity, UserMailbox, DeviceId }: EasDevice) => ({
    identity: Identity,
    mailbox: UserMailbox,
    deviceId: DeviceId,
  });
  const settlePage = (page: Page): void => {
    const from = last ?? undefined;
    settle(run, page, (settled) => {
      if (!settled) return;
      last = keyOf(settled);
      forgetOthers(run, from, last, page);
      moveTo(last);
    });
  };
  const pages = allPages(run, last?.identity ?? "");
  withCache(context, () => {
    while (inTransaction(context, () => takeSome(pages, settlePage)));
  });
  context.db.transaction(() => {
    forgetOthers(run, last ?? undefined, undefined, undefined);
    moveTo(null);
  });
}

/** Pages of one transaction: each end of one makes SQLite wait for the disk. */
const pagesTogether = 10;

/** What such a transaction changes has to be at hand: devices and their events come in no order. */
const cacheKib = 64 * 1024;

function withCache({ db }: TenantContext, work: () => void): void {
  const { cache_size: before } = db.get<{ cache_size: number }>("PRAGMA cache_size")!;
  db.script(`PRAGMA cache_size = ${-cacheKib}`);
  try {
    work();
  } finally {
    db.script(`PRAGMA cache_size = ${before}; PRAGMA shrink_memory`);
  }
}

/** Gives some of the pages to `work`; false when there are no more. */
function takeSome(pages: Iterator<Page>, work: (page: Page) => void): boolean {
  for (let count = 0; count < pagesTogether; count++) {
    const { value, done } = pages.next();
    if (done) return false;
    work(value);
  }
  return true;
}

/** Runs work in a transaction which keeps what was done before Exchange refused. */
function inTransaction<T>(context: TenantContext, work: () => T): T {
  const { result, refusal } = context.db.transaction(() => {
    try {
      return { result: work() };
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      return { refusal: error };
    }
  }) as { result: T; refusal?: ExchangeError };
  if (refusal) throw refusal;
  return result;
}

/** Where the last one stopped, unless what decides has changed for everybody since. */
function resumable({ context, connector, settings }: Run): Progress | undefined {
  const { progress } = connector;
  if (!progress || progress.settings !== JSON.stringify(settings)) return undefined;
  return policyChanged(context, progress.marks.change) ? undefined : progress;
}

/** Forgets what is kept between two records and was not in the page: Exchange no longer has it. */
function forgetOthers(
  { context, connector }: Run,
  after: RecordKey | undefined,
  upTo: RecordKey | undefined,
  page: Page | undefined,
): void {
  const organization = connector.exchangeOrganization;
  const present = new Set(page?.records.map(({ UserMailbox, DeviceId }) => textOf(UserMailbox, DeviceId)));
  const gone = keptBetween(context, organization, after, upTo).filter(
    ({ mailbox, deviceId }) => !present.has(textOf(mailbox, deviceId)),
  );
  forgetShown(context, organization, gone);
}

const textOf = (mailbox: string, deviceId: string): string => `${mailbox} ${deviceId}`.toLowerCase();
