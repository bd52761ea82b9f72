/** What has changed since two marks, one in the tenant's feed and one in Exchange's, and the settling of it. */
import type { TenantContext } from "../context";
import { ExchangeError } from "../exchange/errors";
import { filterText } from "../exchange/filter";
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
  const to = { ...run.marks };
  const seen = new Set<string>();
  const settleNew = ({ records, readMs }: Page, marks: Marks): void => {
    const news = records.filter(({ Identity }) => !seen.has(Identity));
    for (const { Identity } of news) seen.add(Identity);
    // Those of one mailbox come one after the other.
    if (news.length > 0) settle(run, { records: news, readMs });
    mark(marks);
  };
  for (let { change } = since; change < to.change; ) {
    const batch = changesAfter(run, change);
    if (batch.length === 0) break;
    change = batch.at(-1)!.sequence;
    settleNew(changedInTenant(run, batch), { change, uSN: since.uSN });
  }
  for (let { uSN } = since; uSN < to.uSN; ) {
    const upTo = Math.min(uSN + batchSize, to.uSN);
    const page = readPage(run, { Filter: `uSNChanged -gt ${uSN} -and uSNChanged -le ${upTo}` });
    forgetDeleted(run, uSN, upTo);
    uSN = upTo;
    settleNew(page, { change: to.change, uSN });
  }
}

/** Forgets the records that the directory has deleted between two of its counts. */
function forgetDeleted(run: Run, after: number, upTo: number): void {
  const { context, connector } = run;
  const Filter = `uSNChanged -gt ${after} -and uSNChanged -le ${upTo} -and isDeleted -eq $true`;
  const gone = readPage(run, { Filter }).records.flatMap(
    ({ UserMailbox, DeviceId }) => findEasRecord(context, connector.exchangeOrganization, UserMailbox, DeviceId) ?? [],
  );
  context.db.transaction(() => forgetShown(context, connector.exchangeOrganization, gone));
}

const changesAfter = ({ context }: Run, mark: number): Change[] =>
  context.db.all<Change>(
    `SELECT sequence, kind, key FROM syncChange WHERE sequence > :mark ORDER BY sequence LIMIT ${batchSize}`,
    { mark },
  );

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
