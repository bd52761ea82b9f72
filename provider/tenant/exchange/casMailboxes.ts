/** Mailboxes as the cmdlets show and set them: Get-CasMailbox, Set-CasMailbox, Get-Recipient. */
import { isRecord } from "../metadata";
import { ExchangeError } from "./errors";
import { type Column, filterSql } from "./filter";
import type { CmdletCall, ExchangeObject } from "./invoke";
import { findMailboxPolicy } from "./mailboxPolicies";
import { booleanOf, cut, limitOf, mailboxOf } from "./parameters";

interface MailboxRow {
  address: string;
  activeSyncEnabled: 0 | 1;
  mailboxPolicy: string | null;
  partner: 0 | 1;
}

const filterColumns: Record<string, Column> = {
  PrimarySmtpAddress: { sql: "address", type: "text" },
  ActiveSyncEnabled: { sql: "activeSyncEnabled", type: "number" },
  HasActiveSyncDevicePartnership: { sql: "partner", type: "number" },
};

/** The mailboxes that Identity, Filter and ResultSize say. */
function mailboxes(call: CmdletCall): MailboxRow[] {
  const { context, organization, parameters } = call;
  const one = parameters.Identity === undefined ? undefined : mailboxOf(call, parameters.Identity);
  const filter = parameters.Filter === undefined ? undefined : filterSql(String(parameters.Filter), filterColumns);
  const limit = limitOf(call);
  const rows = context.db.all<MailboxRow>(
    `SELECT * FROM (
       SELECT mailbox.*, EXISTS (SELECT 1 FROM easPartnership record
         WHERE record.organization = mailbox.organization AND record.mailbox = mailbox.address) AS partner
       FROM mailbox WHERE organization = :organization ${one === undefined ? "" : "AND address = :address"}
     ) ${filter ? `WHERE ${filter.condition}` : ""} ORDER BY address LIMIT :limit`,
    {
      organization: organization.name,
      limit,
      ...(one === undefined ? {} : { address: one }),
      ...filter?.parameters,
    },
  );
  return cut(call, limit, rows);
}

export const recipients = (call: CmdletCall): ExchangeObject[] =>
  mailboxes(call).map(({ address }) => ({
    Identity: address,
    PrimarySmtpAddress: address,
    RecipientType: "UserMailbox",
    RecipientTypeDetails: "UserMailbox",
  }));

export function casMailboxes(call: CmdletCall): ExchangeObject[] {
  const { context, organization } = call;
  return mailboxes(call).map(({ address, activeSyncEnabled, mailboxPolicy, partner }) => {
    const lists = context.db.all<{ deviceId: string; list: string }>(
      "SELECT deviceId, list FROM easAccessList WHERE organization = :organization AND mailbox = :mailbox ORDER BY deviceId",
      { organization: organization.name, mailbox: address },
    );
    const idsOn = (list: string) => lists.filter((entry) => entry.list === list).map((entry) => entry.deviceId);
    return {
      Identity: address,
      PrimarySmtpAddress: address,
      ActiveSyncEnabled: activeSyncEnabled === 1,
      ActiveSyncAllowedDeviceIDs: idsOn("allowed"),
      ActiveSyncBlockedDeviceIDs: idsOn("blocked"),
      ActiveSyncMailboxPolicy: mailboxPolicy ?? findMailboxPolicy(call, undefined).name,
      ActiveSyncMailboxPolicyIsDefaulted: mailboxPolicy === null,
      HasActiveSyncDevicePartnership: partner === 1,
    };
  });
}

export function setCasMailbox(call: CmdletCall): void {
  const { context, organization, parameters } = call;
  const mailbox = mailboxOf(call, parameters.Identity);
  const values = { organization: organization.name, mailbox };
  const where = "WHERE organization = :organization AND address = :mailbox";
  const enabled = booleanOf(call, "ActiveSyncEnabled");
  if (enabled !== undefined) {
    context.db.run(`UPDATE mailbox SET activeSyncEnabled = :enabled ${where}`, { ...values, enabled: Number(enabled) });
  }
  const policy = parameters.ActiveSyncMailboxPolicy;
  if (policy !== undefined) {
    const name = policy === null ? null : findMailboxPolicy(call, policy).name;
    context.db.run(`UPDATE mailbox SET mailboxPolicy = :name ${where}`, { ...values, name });
  }
  for (const list of ["allowed", "blocked"] as const) setList(call, mailbox, list);
}

const parameterOf = { allowed: "ActiveSyncAllowedDeviceIDs", blocked: "ActiveSyncBlockedDeviceIDs" } as const;

/** A list takes a whole list, null for none, or a hash table of Add and Remove. */
function setList({ context, organization, parameters }: CmdletCall, mailbox: string, list: "allowed" | "blocked") {
  const parameter = parameterOf[list];
  const value = parameters[parameter];
  if (value === undefined) return;
  const change = isRecord(value);
  const add = idsOf(parameter, change ? entry(value, "Add") : value);
  const remove = change ? idsOf(parameter, entry(value, "Remove")) : [];
  const values = { organization: organization.name, mailbox, list };
  const where = "WHERE organization = :organization AND mailbox = :mailbox AND list = :list";
  if (!change) {
    const keep = JSON.stringify(add.map((id) => id.toLowerCase()));
    const others = `${where} AND lower(deviceId) NOT IN (SELECT value FROM json_each(:keep))`;
    context.db.run(`DELETE FROM easAccessList ${others}`, { ...values, keep });
  }
  for (const deviceId of remove) {
    context.db.run(`DELETE FROM easAccessList ${where} AND deviceId = :deviceId`, { ...values, deviceId });
  }
  for (const deviceId of add) {
    const sql = "INSERT OR IGNORE INTO easAccessList VALUES (:organization, :mailbox, :deviceId, :list)";
    context.db.run(sql, { ...values, deviceId });
  }
}

/** Keys of a hash table have any case. */
const entry = (table: Record<string, unknown>, key: string): unknown =>
  table[key] ?? table[key.toLowerCase()] ?? undefined;

/** One id, or several. */
function idsOf(parameter: string, value: unknown): string[] {
  const ids = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  if (ids.every((id) => typeof id === "string" && id !== "")) return ids as string[];
  const message = `Cannot bind parameter '${parameter}': give a list of device ids, or a hash table of Add and Remove.`;
  throw new ExchangeError("invalidParameter", message);
}
