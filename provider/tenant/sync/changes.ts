/** What has changed since two marks, one in the tenant's feed and one in Exchange's, and the settling of it. */
import type { TenantContext } from "../context";
import { ExchangeError } from "../exchange/errors";
import { filterText } from "../exchange/filter";
import { inChunks } from "./chunks";
import { findEasRecord, forgetShown } from "./records";
import { type EasDevice, type Marks, type Page, type Run, readPage } from "./run";
import { addressesOf } from "./scope";
import { settle } from "./settle";

type ChangeKind = "mailbox" | "device" | "member" | "policy";
interface Change {
  sequence: number;
  kind: ChangeKind;
  key: string;
}

/** Whether the settings of conditional access have changed since a mark. */
export const policyChanged = ({ db }: TenantContext, mark: number): boolean =>
  db.get("SELECT 1 FROM syncChange WHERE kind = 'policy' AND sequence > :mark", { mark }) !== undefined;

/** Changes of the tenant that are looked at together, and of Exchange's count. */
const batchSize = 500;

/**
 * Settles what has changed since the marks. They move with each batch, so that a sync that could not finish goes on from
 * there.
 */
export function settleChanges(run: Run, since: Marks, mark: (marks: Marks) => void = () => {}): void {
  if (since.change < run.marks.change || since.uSN < run.marks.uSN) {
    inChunks(run.context, settleBatches(run, since, mark));
  }
}

function* settleBatches(run: Run, since: Marks, mark: (marks: Marks) => void): Generator<void> {
  const to = { ...run.marks };
  const seen = new Set<string>();
  const settleNew = ({ records, readMs }: Page): void => {
    const news = records.filter(({ Identity }) => !seen.has(Identity));
    for (const { Identity } of news) seen.add(Identity);
    if (news.length > 0) settle(run, { records: news, readMs });
  };
  for (let { change } = since; change < to.change; ) {
    const batch = changesAfter(run, change);
    if (batch.length === 0) break;
    settleNew(changedInTenant(run, batch));
    change = batch.at(-1)!.sequence;
    mark({ change, uSN: since.uSN });
    yield;
  }
  for (let { uSN } = since; uSN < to.uSN; ) {
    const upTo = Math.min(uSN + batchSize, to.uSN);
    settleNew(readPage(run, { Filter: `uSNChanged -gt ${uSN} -and uSNChanged -le ${upTo}` }));
    forgetDeleted(run, uSN, upTo);
    uSN = upTo;
    mark({ change: to.change, uSN });
    yield;
  }
}

const changesAfter = ({ context }: Run, mark: number): Change[] =>
  context.db.all<Change>(
    `SELECT sequence, kind, key FROM syncChange WHERE sequence > :mark ORDER BY sequence LIMIT ${batchSize}`,
    { mark },
  );

/** Forgets the records that the directory has deleted between two of its counts. */
function forgetDeleted(run: Run, after: number, upTo: number): void {
  const { context, connector } = run;
  const Filter = `uSNChanged -gt ${after} -and uSNChanged -le ${upTo} -and isDeleted -eq $true`;
  const gone = readPage(run, { Filter }).records.flatMap(
    ({ UserMailbox, DeviceId }) => findEasRecord(context, connector.exchangeOrganization, UserMailbox, DeviceId) ?? [],
  );
  forgetShown(context, connector.exchangeOrganization, gone);
}

/** Devices that one filter asks for. */
const filterSize = 50;

/** The records of what has changed in the tenant, those of a mailbox together. */
function changedInTenant(run: Run, changes: readonly Change[]): Page {
  const found = new Map<string, EasDevice>();
  let readMs = 0;
  const add = (page: Page): void => {
    for (const record of page.records) found.set(record.Identity, record);
    readMs = Math.max(readMs, page.readMs);
  };
  const devices = changes.filter(({ kind }) => kind === "device").map(({ key }) => `DeviceId -eq ${filterText(key)}`);
  for (let from = 0; from < devices.length; from += filterSize) {
    add(readPage(run, { Filter: devices.slice(from, from + filterSize).join(" -or ") }));
  }
  for (const { kind, key } of changes) {
    const mailboxes = kind === "mailbox" ? [key] : kind === "member" ? addressesOf(run.context, key) : [];
    for (const mailbox of mailboxes) add(recordsOfMailbox(run, mailbox));
  }
  const records = [...found.values()].sort((one, other) => (one.UserMailbox < other.UserMailbox ? -1 : 1));
  return { records, readMs };
}

/** None where the address has no mailbox in this organization. */
function recordsOfMailbox(run: Run, Mailbox: string): Page {
  try {
    return readPage(run, { Mailbox });
  } catch (error) {
    if (error instanceof ExchangeError && error.kind === "notFound") return { records: [], readMs: 0 };
    throw error;
  }
}
