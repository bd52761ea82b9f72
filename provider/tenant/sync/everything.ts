/**
 * Looks at every record, a page at a time, in the order in which Exchange has them. How far it came is kept with each
 * page: where a sync of the organization could not finish, the next that looks at everything goes on from there.
 */
import { policyChanged, settleChanges } from "./changes";
import { inChunks } from "./chunks";
import { type Progress, updateConnector } from "./connector";
import { forgetShown, keptBetween, type RecordKey } from "./records";
import { allPages, type EasDevice, type Page, type Run } from "./run";
import { settle } from "./settle";

/** Settles all records, and forgets those that Exchange no longer has. */
export function settleEverything(run: Run): void {
  const { context } = run;
  const progress = resumable(run) ?? { after: null, marks: { ...run.marks }, settings: JSON.stringify(run.settings) };
  // What has changed since it stopped may be of records that it had passed.
  if (progress.after) settleChanges(run, progress.marks);
  inChunks(context, settlePages(run, progress));
}

function* settlePages(run: Run, progress: Progress): Generator<void> {
  const { context, connector } = run;
  const moveTo = (after: Progress["after"]) =>
    updateConnector(context, connector.id, { progress: after && { ...progress, after } });
  let { after: last } = progress;
  for (const page of allPages(run, last?.identity ?? "")) {
    const from = last;
    settle(run, page, (settled) => {
      if (!settled) return;
      last = keyOf(settled);
      forgetOthers(run, from, last, page);
      moveTo(last);
    });
    yield;
  }
  forgetOthers(run, last, null, undefined);
  moveTo(null);
}

const keyOf = ({ Identity, UserMailbox, DeviceId }: EasDevice) => ({
  identity: Identity,
  mailbox: UserMailbox,
  deviceId: DeviceId,
});

/** Where the last one stopped, unless what decides has changed for everybody since. */
function resumable({ context, connector, settings }: Run): Progress | undefined {
  const { progress } = connector;
  if (!progress || progress.settings !== JSON.stringify(settings)) return undefined;
  return policyChanged(context, progress.marks.change) ? undefined : progress;
}

/** Forgets what is kept between two records and was not in the page: Exchange no longer has it. */
function forgetOthers(
  { context, connector }: Run,
  after: RecordKey | null,
  upTo: RecordKey | null,
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
