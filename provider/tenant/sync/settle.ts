/**
 * EAS records, decided, put right in Exchange, and kept: as many as come in a page, in one transaction with the mark up
 * to which all is settled. Settling them twice changes nothing.
 */
import type { TenantEvent } from "../context";
import { ExchangeError } from "../exchange/errors";
import { type CmdletParameters, genericHashTable } from "../exchange/invoke";
import { never } from "../plant";
import { decide, type Verdict } from "./decide";
import { sendQuarantineMail } from "./mail";
import { type EasRecord, forgetRecords, keepRecords, showOnDevices } from "./records";
import { type EasDevice, type Page, type Run, write } from "./run";
import { type Known, situationsOf } from "./situations";
import { eventsOf, type Settled } from "./steps";

/** Moves a mark in the transaction of a chunk; its argument is the last record that was settled, if any was. */
export type Mark = (last: EasDevice | undefined) => void;

/**
 * Settles the records of a page. Where Exchange refuses in the midst of it, what was done until then is kept and marked,
 * and the refusal thrown.
 */
export function settle(run: Run, page: Page, mark: Mark = () => {}): void {
  let refusal: ExchangeError | undefined;
  run.context.db.transaction(() => {
    const judged = situationsOf(run, page.records).map((known) => ({ ...known, verdict: decide(known.situation) }));
    const chunk: Chunk = {
      readMs: page.readMs,
      lastSyncOf: readStatistics(run, judged, page.readMs),
      settled: [],
      gone: [],
    };
    let count = 0;
    try {
      for (const mailbox of mailboxesOf(judged)) {
        settleMailbox(run, mailbox, chunk);
        count += mailbox.length;
      }
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      refusal = error;
    }
    keep(run, chunk);
    run.counts.records += count;
    mark(page.records[count - 1]);
  });
  if (refusal) throw refusal;
}

interface Judged extends Known {
  /** undefined: out of scope. */
  verdict: Verdict | undefined;
}

/** What is known and done of a page. */
interface Chunk {
  readMs: number;
  /** When each record whose statistics were read last synced mail, by its Identity. */
  lastSyncOf: ReadonlyMap<string, { time: string; readMs: number }>;
  settled: Settled[];
  /** Records that were kept and are out of scope now. */
  gone: EasRecord[];
}

/** Records whose statistics go down one pipeline. */
const pipelineSize = 100;

/** Reads the statistics of records that are new to the tenant, or that have changed in Exchange since it last looked. */
function readStatistics(run: Run, judged: readonly Judged[], notBefore: number): Chunk["lastSyncOf"] {
  const found = new Map<string, { time: string; readMs: number }>();
  const asked = judged.filter(
    ({ verdict, before, record }) => verdict && (!before || record.uSNChanged > run.connector.uSNMark),
  );
  for (let from = 0; from < asked.length; from += pipelineSize) {
    const Identity = asked.slice(from, from + pipelineSize).map(({ record }) => record.Identity);
    const { objects, endMs } = run.invoke("Get-ActiveSyncDeviceStatistics", { Identity }, notBefore);
    for (const { Identity, LastSuccessSync } of objects) {
      found.set(Identity as string, { time: LastSuccessSync as string, readMs: endMs });
    }
  }
  return found;
}

/** Records of one mailbox come one after the other: one cmdlet puts them right. */
function* mailboxesOf(judged: readonly Judged[]): Generator<Judged[]> {
  let group: Judged[] = [];
  for (const one of judged) {
    if (group.length > 0 && group[0]!.record.UserMailbox !== one.record.UserMailbox) {
      yield group;
      group = [];
    }
    group.push(one);
  }
  if (group.length > 0) yield group;
}

function settleMailbox(run: Run, judged: readonly Judged[], chunk: Chunk): void {
  const { readMs } = chunk;
  const wrong = judged.filter(({ verdict, record }) => verdict && listOf(record) !== verdict.list);
  const doneMs = wrong.length === 0 ? readMs : write(run, "Set-CasMailbox", listsFor(wrong), readMs).endMs;
  for (const one of judged) {
    const { record, verdict, before, managedDeviceId, userId } = one;
    if (!verdict) {
      if (before) chunk.gone.push(before);
      continue;
    }
    const after: EasRecord = {
      organization: run.connector.exchangeOrganization,
      mailbox: record.UserMailbox,
      deviceId: record.DeviceId,
      managedDeviceId,
      state: verdict.state,
      reason: verdict.reason,
      firstSyncTime: record.FirstSyncTime,
      lastSuccessSync: chunk.lastSyncOf.get(record.Identity)?.time ?? before?.lastSuccessSync ?? never,
    };
    chunk.settled.push({ before, after, verdict, userId, written: wrong.includes(one), readMs, doneMs });
  }
}

/** The list of its mailbox that Exchange shows a record on. */
function listOf({ DeviceAccessState, DeviceAccessStateReason }: EasDevice): Verdict["list"] {
  if (DeviceAccessStateReason !== "Individual") return "none";
  return DeviceAccessState === "Blocked" ? "blocked" : "allowed";
}

/** Parameters of Set-CasMailbox that put each device on the list where it has to be, and on no other. */
function listsFor(judged: readonly Judged[]): CmdletParameters {
  const change = (list: Verdict["list"]) => {
    const ids = (on: boolean) =>
      judged.filter(({ verdict }) => (verdict?.list === list) === on).map(({ record }) => record.DeviceId);
    const [Add, Remove] = [ids(true), ids(false)];
    return genericHashTable({ ...(Add.length > 0 && { Add }), ...(Remove.length > 0 && { Remove }) });
  };
  return {
    Identity: judged[0]!.record.UserMailbox,
    ActiveSyncAllowedDeviceIDs: change("allowed"),
    ActiveSyncBlockedDeviceIDs: change("blocked"),
  };
}

const fields = ["managedDeviceId", "state", "reason", "firstSyncTime", "lastSuccessSync"] as const;
const isKept = ({ before, after }: Settled): boolean =>
  before !== undefined && fields.every((field) => after[field] === before[field]);

/** Keeps what has changed: records, what their devices show, events, mail. */
function keep(run: Run, { settled, gone }: Chunk): void {
  const { context, connector } = run;
  const news = settled.filter((one) => !isKept(one));
  keepRecords(
    context,
    news.map(({ after }) => after),
  );
  forgetRecords(context, connector.exchangeOrganization, gone);
  const devices = new Set<string>();
  for (const record of [...gone, ...news.flatMap(({ before, after }) => (before ? [before, after] : [after]))]) {
    if (record.managedDeviceId !== null) devices.add(record.managedDeviceId);
  }
  showOnDevices(context, [...devices]);
  context.events.addAll(settled.flatMap((one) => [...eventsOf(connector.id, one), ...mailOf(run, one)]));
}

/** The mail of a record that has come into quarantine (C2, step 3). */
function mailOf(run: Run, settled: Settled): TenantEvent[] {
  const { before, verdict } = settled;
  const isNew = before?.state !== "quarantined" && verdict.state === "quarantined" && verdict.reason === "notEnrolled";
  return isNew ? sendQuarantineMail(run, settled) : [];
}
