/** EAS records as the cmdlets show them. */
import type { TenantContext } from "../context";
import type { Row } from "../db";
import { accessOf } from "./access";
import { type FilterColumn, filterSql } from "./filter";
import type { CmdletCall, ExchangeObject } from "./invoke";
import { accessSettingsOf } from "./organizations";
import { cut, limitOf, mailboxOf, notFound } from "./parameters";

export interface PartnershipRow {
  mailbox: string;
  deviceId: string;
  deviceType: string;
  deviceModel: string;
  deviceOS: string;
  userAgent: string;
  firstSyncTime: string;
  lastSuccessSync: string;
  uSNChanged: number;
  blocked: 0 | 1;
  allowed: 0 | 1;
}

/** `<Mailbox>\ExchangeActiveSyncDevices\<ClientType>§<DeviceType>§<DeviceId>` */
const identityOf = (row: PartnershipRow) =>
  `${row.mailbox}\\ExchangeActiveSyncDevices\\EAS§${row.deviceType}§${row.deviceId}`;
const identityForm = /^(.+)\\ExchangeActiveSyncDevices\\EAS§[^§]*§(.+)$/;

/** The properties that Get-ActiveSyncDevice filters by; uSNChanged is the directory's own count of changes. */
const filterColumns: Record<string, FilterColumn> = {
  // Records come in the order of their Identity: with -gt and ResultSize a caller pages through all of them.
  Identity: (operator, identity, bind) => {
    const [, mailbox, deviceId] = identityForm.exec(identity) ?? [];
    if (!mailbox || !deviceId) throw notFound(identity);
    return `(record.mailbox, record.deviceId) ${operator} (${bind(mailbox)}, ${bind(deviceId)})`;
  },
  DeviceId: "record.deviceId",
  DeviceType: "record.deviceType",
  DeviceModel: "record.deviceModel",
  DeviceOS: "record.deviceOS",
  DeviceUserAgent: "record.userAgent",
  FirstSyncTime: "record.firstSyncTime",
  uSNChanged: "record.uSNChanged",
};

function partnerships(call: CmdletCall, limit: number): PartnershipRow[] {
  const { context, organization, parameters } = call;
  const conditions = ["record.organization = :organization"];
  const values: Row = { organization: organization.name };
  if (parameters.Identity !== undefined) {
    const [, mailbox, deviceId] = identityForm.exec(String(parameters.Identity)) ?? [];
    if (!mailbox || !deviceId) throw notFound(parameters.Identity);
    conditions.push("record.mailbox = :mailbox", "record.deviceId = :deviceId");
    Object.assign(values, { mailbox, deviceId });
  } else if (parameters.Mailbox !== undefined) {
    conditions.push("record.mailbox = :mailbox");
    values.mailbox = mailboxOf(call, parameters.Mailbox);
  }
  if (parameters.Filter !== undefined) {
    const filter = filterSql(String(parameters.Filter), filterColumns);
    conditions.push(...filter.conditions);
    Object.assign(values, filter.parameters);
  }
  return partnershipRows(context, conditions, values, limit);
}

function piped({ context, organization }: CmdletCall, identities: readonly unknown[]): PartnershipRow[] {
  const keys = identities.map((identity) => {
    const [, mailbox, deviceId] = identityForm.exec(String(identity)) ?? [];
    if (!mailbox || !deviceId) throw notFound(identity);
    return [mailbox, deviceId];
  });
  return context.db.all<PartnershipRow>(
    `SELECT record.*, 0 AS blocked, 0 AS allowed FROM json_each(:keys) AS key CROSS JOIN easPartnership record
       ON record.organization = :organization AND record.mailbox = key.value ->> 0 AND record.deviceId = key.value ->> 1`,
    { organization: organization.name, keys: JSON.stringify(keys) },
  );
}

/** All EAS records of an organization. */
export function partnershipsOf(context: TenantContext, organization: string): PartnershipRow[] {
  return partnershipRows(context, ["record.organization = :organization"], { organization }, -1);
}

const listed = (list: string) =>
  `EXISTS (SELECT 1 FROM easAccessList entry WHERE entry.organization = record.organization
     AND entry.mailbox = record.mailbox AND entry.deviceId = record.deviceId AND entry.list = '${list}')`;

function partnershipRows({ db }: TenantContext, conditions: string[], values: Row, limit: number): PartnershipRow[] {
  return db.all<PartnershipRow>(
    `SELECT record.*, ${listed("blocked")} AS blocked, ${listed("allowed")} AS allowed FROM easPartnership record
     WHERE ${conditions.join(" AND ")} ORDER BY record.mailbox, record.deviceId LIMIT :limit`,
    { ...values, limit },
  );
}

export function activeSyncDevices(call: CmdletCall): ExchangeObject[] {
  const limit = limitOf(call);
  const settings = accessSettingsOf(call.context, call.organization);
  return cut(call, limit, partnerships(call, limit)).map((row) => {
    const { state, reason } = accessOf(settings, row, { blocked: row.blocked === 1, allowed: row.allowed === 1 });
    return {
      Identity: identityOf(row),
      UserMailbox: row.mailbox,
      ClientType: "EAS",
      DeviceId: row.deviceId,
      DeviceType: row.deviceType,
      DeviceModel: row.deviceModel,
      DeviceOS: row.deviceOS,
      DeviceUserAgent: row.userAgent,
      FirstSyncTime: row.firstSyncTime,
      DeviceAccessState: state,
      DeviceAccessStateReason: reason,
      uSNChanged: row.uSNChanged,
    };
  });
}

/** Of one record, of those of a mailbox, or of each whose Identity comes down a pipeline of Get-ActiveSyncDevice. */
export function deviceStatistics(call: CmdletCall): ExchangeObject[] {
  const { Identity } = call.parameters;
  const rows = Array.isArray(Identity) ? piped(call, Identity) : partnerships(call, -1);
  return rows.map((row) => ({
    Identity: identityOf(row),
    DeviceId: row.deviceId,
    DeviceType: row.deviceType,
    DeviceModel: row.deviceModel,
    DeviceOS: row.deviceOS,
    DeviceUserAgent: row.userAgent,
    FirstSyncTime: row.firstSyncTime,
    LastSuccessSync: row.lastSuccessSync,
  }));
}
