/** The cmdlets that the simulated Exchange serves, one row each: what it takes, whether it writes, what it does. */
import type { Row } from "../db";
import { ExchangeError } from "./errors";
import type { CmdletCall, ExchangeObject } from "./invoke";
import { findAccount, rulesOf, serversOf } from "./organizations";
import { cut, levelOf, limitOf, mailboxOf, notFound, oneOf } from "./parameters";
import { activeSyncDevices, deviceStatistics } from "./records";
import { type CmdletName, characteristics, requiredCmdlets } from "./words";

export interface Cmdlet {
  writes: boolean;
  parameters: readonly string[];
  run(call: CmdletCall): ExchangeObject[];
}

const reads = (parameters: readonly string[], run: Cmdlet["run"]): Cmdlet => ({ writes: false, parameters, run });
const writes = (parameters: readonly string[], run: (call: CmdletCall) => void): Cmdlet => ({
  writes: true,
  parameters,
  run: (call) => {
    run(call);
    return [];
  },
});

export const cmdlets = {
  "Get-ActiveSyncDevice": reads(["Identity", "Mailbox", "Filter", "ResultSize"], activeSyncDevices),
  "Get-ActiveSyncDeviceStatistics": reads(["Identity", "Mailbox"], deviceStatistics),
  "Get-CasMailbox": reads(["Identity", "ResultSize"], casMailboxes),
  "Set-CasMailbox": writes(["Identity", "ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs"], setCasMailbox),
  "Get-ActiveSyncOrganizationSettings": reads(["Identity"], ({ organization }) => [
    { Identity: "Mobile Mailbox Settings", DefaultAccessLevel: organization.defaultAccessLevel },
  ]),
  "Set-ActiveSyncOrganizationSettings": writes(["Identity", "DefaultAccessLevel"], (call) => {
    call.context.db.run("UPDATE exchangeOrganization SET defaultAccessLevel = :level WHERE name = :name", {
      level: levelOf(call, "DefaultAccessLevel"),
      name: call.organization.name,
    });
  }),
  "Get-ActiveSyncDeviceAccessRule": reads(["Identity"], accessRules),
  "New-ActiveSyncDeviceAccessRule": writes(["Characteristic", "QueryString", "AccessLevel"], newAccessRule),
  "Set-ActiveSyncDeviceAccessRule": writes(["Identity", "AccessLevel"], (call) => {
    const level = levelOf(call, "AccessLevel");
    onRule(call, "UPDATE deviceAccessRule SET accessLevel = :level", { level });
  }),
  "Remove-ActiveSyncDeviceAccessRule": writes(["Identity"], (call) => onRule(call, "DELETE FROM deviceAccessRule", {})),
  "Get-ExchangeServer": reads(["Identity"], exchangeServers),
  "Get-Recipient": reads(["Identity", "ResultSize"], (call) =>
    mailboxes(call).map((address) => ({
      Identity: address,
      PrimarySmtpAddress: address,
      RecipientType: "UserMailbox",
    })),
  ),
  "Get-Command": reads(["Name"], availableCommands),
} satisfies Partial<Record<CmdletName, Cmdlet>>;

/** The cmdlets of X4 that have a row here; the others are known to Get-Command only. */
export type ServedCmdlet = keyof typeof cmdlets;

function mailboxes(call: CmdletCall): string[] {
  if (call.parameters.Identity !== undefined) return [mailboxOf(call, call.parameters.Identity)];
  const limit = limitOf(call);
  const rows = call.context.db.all<{ address: string }>(
    "SELECT address FROM mailbox WHERE organization = :organization ORDER BY address LIMIT :limit",
    { organization: call.organization.name, limit },
  );
  return cut(call, limit, rows).map((row) => row.address);
}

function casMailboxes(call: CmdletCall): ExchangeObject[] {
  const { db } = call.context;
  return mailboxes(call).map((mailbox) => {
    const values = { organization: call.organization.name, mailbox };
    const lists = db.all<{ deviceId: string; list: string }>(
      "SELECT deviceId, list FROM easAccessList WHERE organization = :organization AND mailbox = :mailbox ORDER BY deviceId",
      values,
    );
    const idsOn = (list: string) => lists.filter((entry) => entry.list === list).map((entry) => entry.deviceId);
    const partner = "SELECT 1 FROM easPartnership WHERE organization = :organization AND mailbox = :mailbox";
    return {
      Identity: mailbox,
      PrimarySmtpAddress: mailbox,
      ActiveSyncEnabled: true,
      ActiveSyncAllowedDeviceIDs: idsOn("allowed"),
      ActiveSyncBlockedDeviceIDs: idsOn("blocked"),
      HasActiveSyncDevicePartnership: db.get(partner, values) !== undefined,
    };
  });
}

/** Both lists take a whole list, or a hash table of Add and Remove. */
function setCasMailbox(call: CmdletCall): void {
  const { context, organization, parameters } = call;
  const mailbox = mailboxOf(call, parameters.Identity);
  const lists = { allowed: parameters.ActiveSyncAllowedDeviceIDs, blocked: parameters.ActiveSyncBlockedDeviceIDs };
  for (const [list, value] of Object.entries(lists)) {
    if (value === undefined) continue;
    const values = { organization: organization.name, mailbox, list };
    const whole = Array.isArray(value);
    const { Add = [], Remove = [] } = whole ? { Add: value } : (value as { Add?: string[]; Remove?: string[] });
    const where = "WHERE organization = :organization AND mailbox = :mailbox AND list = :list";
    if (whole) {
      const keep = JSON.stringify(Add.map((id) => String(id).toLowerCase()));
      const others = `${where} AND lower(deviceId) NOT IN (SELECT value FROM json_each(:keep))`;
      context.db.run(`DELETE FROM easAccessList ${others}`, { ...values, keep });
    }
    for (const deviceId of Remove) {
      context.db.run(`DELETE FROM easAccessList ${where} AND deviceId = :deviceId`, { ...values, deviceId });
    }
    for (const deviceId of Add) {
      const sql = "INSERT OR IGNORE INTO easAccessList VALUES (:organization, :mailbox, :deviceId, :list)";
      context.db.run(sql, { ...values, deviceId });
    }
  }
}

const ruleIdentity = (rule: { queryString: string; characteristic: string }) =>
  `${rule.queryString} (${rule.characteristic})`;

function accessRules({ context, organization, parameters }: CmdletCall): ExchangeObject[] {
  return rulesOf(context, organization.name)
    .map((rule) => ({
      Identity: ruleIdentity(rule),
      QueryString: rule.queryString,
      Characteristic: rule.characteristic,
      AccessLevel: rule.accessLevel,
    }))
    .filter((rule) => parameters.Identity === undefined || rule.Identity === parameters.Identity);
}

function newAccessRule(call: CmdletCall): void {
  const { context, organization, parameters } = call;
  const characteristic = characteristics.find((one) => one === parameters.Characteristic);
  if (!characteristic) throw oneOf("Characteristic", parameters.Characteristic, characteristics);
  const queryString = String(parameters.QueryString ?? "");
  const level = levelOf(call, "AccessLevel");
  const made = context.db.run(
    "INSERT OR IGNORE INTO deviceAccessRule VALUES (:organization, :characteristic, :queryString, :level)",
    { organization: organization.name, characteristic, queryString, level },
  );
  if (made === 0) {
    const identity = ruleIdentity({ queryString, characteristic });
    throw new ExchangeError("invalidParameter", `The device access rule '${identity}' already exists.`);
  }
}

/** Changes the rule of the parameter Identity. */
function onRule({ context, organization, parameters }: CmdletCall, sql: string, values: Row): void {
  const changed = context.db.run(
    `${sql} WHERE organization = :organization AND queryString || ' (' || characteristic || ')' = :identity`,
    { ...values, organization: organization.name, identity: String(parameters.Identity ?? "") },
  );
  if (changed === 0) throw notFound(parameters.Identity);
}

/** A server that is down is listed too: the directory does not know. */
function exchangeServers({ context, organization, parameters }: CmdletCall): ExchangeObject[] {
  return serversOf(context, organization.name)
    .filter((server) => parameters.Identity === undefined || server.fqdn === parameters.Identity)
    .map((server) => ({
      Identity: server.fqdn.split(".")[0],
      Fqdn: server.fqdn,
      ServerRole: "ClientAccess",
      AdminDisplayVersion: `Version ${organization.version}`,
    }));
}

function availableCommands({ context, organization, account, parameters }: CmdletCall): ExchangeObject[] {
  const allowed = findAccount(context, organization.name, account)?.cmdlets ?? [...requiredCmdlets];
  return allowed
    .filter((name) => parameters.Name === undefined || name === parameters.Name)
    .map((Name) => ({ Name, CommandType: "Function" }));
}
