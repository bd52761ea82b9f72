/** Quick sync (S1): the records that have changed since the last sync, on Exchange's side or on the tenant's. */
import { ExchangeError } from "../exchange/errors";
import { filterText } from "../exchange/filter";
import { type EasDevice, easDevices, type Run } from "./run";
import { addressesOf, targetingOfAll } from "./scope";
import { settle } from "./settle";

type ChangeKind = "mailbox" | "device" | "member" | "policy";

/** Settles what has changed. */
export function quickSync(run: Run): void {
  const changes = run.context.db.all<{ kind: ChangeKind; key: string }>(
    "SELECT kind, key FROM syncChange WHERE sequence > :mark ORDER BY sequence",
    { mark: run.connector.changeMark },
  );
  if (changes.some(({ kind }) => kind === "policy") || JSON.stringify(run.settings) !== run.connector.settingsMark) {
    // Who is in scope, or what Exchange's own rules say, may have changed for everybody.
    run.targetingOf = targetingOfAll(run.context, run.conditionalAccess);
    for (const record of easDevices(run, {})) settle(run, record);
    return;
  }
  const changed = new Map<string, EasDevice>();
  const add = (records: EasDevice[]) => {
    for (const record of records) changed.set(record.Identity, record);
  };
  add(easDevices(run, { Filter: `uSNChanged -gt ${run.connector.uSNMark}` }));
  for (const { kind, key } of changes) {
    if (kind === "device") add(easDevices(run, { Filter: `DeviceId -eq ${filterText(key)}` }));
    const mailboxes = kind === "mailbox" ? [key] : kind === "member" ? addressesOf(run.context, key) : [];
    for (const mailbox of mailboxes) add(recordsOfMailbox(run, mailbox));
  }
  for (const record of changed.values()) settle(run, record);
}

/** None where the address has no mailbox in this organization. */
function recordsOfMailbox(run: Run, mailbox: string): EasDevice[] {
  try {
    return easDevices(run, { Mailbox: mailbox });
  } catch (error) {
    if (error instanceof ExchangeError && error.kind === "notFound") return [];
    throw error;
  }
}
