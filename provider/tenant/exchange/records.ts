/** EAS records as the cmdlets show them: Get-ActiveSyncDevice and Get-ActiveSyncDeviceStatistics. */
import type { TenantContext } from "../context";
import type { Row } from "../db";
import { type Access, type AccessSettings, accessOf } from "./access";
import { ExchangeError } from "./errors";
import { type Column, filterSql } from "./filter";
import { identityOf, keyOf, type Named, type RecordKey, readIdentity } from "./identities";
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
  /** null: that of the last success. */
  lastSyncAttemptTime: string | null;
  deviceFriendlyName: string | null;
  deviceImei: string | null;
  devicePhoneNumber: string | null;
  deviceWipeRequestTime: string | null;
  deviceWipeSentTime: string | null;
  deviceWipeAckTime: string | null;
  uSNChanged: number;
  blocked: 0 | 1;
  allowed: 0 | 1;
}

// --- which records --------------------------------------------------------------------------------------------------

const listed = (list: string) =>
  `EXISTS (SELECT 1 FROM easAccessList entry WHERE entry.organization = record.organization
     AND entry.mailbox = record.mailbox AND entry.deviceId = record.deviceId AND entry.list = '${list}')`;

const ruled = (characteristic: string, column: string) =>
  `(SELECT accessLevel FROM deviceAccessRule rule WHERE rule.organization = record.organization
     AND rule.characteristic = '${characteristic}' AND rule.queryString = record.${column})`;

/** What accessOf (access.ts) says, in SQL: a test holds the two together. */
const ruledLevel = `coalesce(${ruled("DeviceModel", "deviceModel")}, ${ruled("DeviceType", "deviceType")},
  ${ruled("DeviceOS", "deviceOS")}, ${ruled("UserAgent", "userAgent")})`;
const accessState = `CASE WHEN ${listed("blocked")} THEN 'Blocked' WHEN ${listed("allowed")} THEN 'Allowed' ELSE
  CASE coalesce(${ruledLevel}, (SELECT defaultAccessLevel FROM exchangeOrganization WHERE name = record.organization))
    WHEN 'Allow' THEN 'Allowed' WHEN 'Block' THEN 'Blocked' ELSE 'Quarantined' END END`;
const accessStateReason = `CASE WHEN ${listed("blocked")} OR ${listed("allowed")} THEN 'Individual'
  WHEN ${ruledLevel} IS NOT NULL THEN 'DeviceRule' ELSE 'Global' END`;

const text = (sql: string): Column => ({ sql, type: "text" });

/** Records come in this order, so a page goes on after the last Identity of the one before. */
const identity: Column = {
  sql: "",
  type: "text",
  compare: (operator, value, name) => {
    const key = readIdentity(String(value));
    if (!key || operator.endsWith("LIKE")) throw notFound(value);
    return `(record.mailbox, record.deviceId) ${operator} (${name(key.mailbox)}, ${name(key.deviceId)})`;
  },
};

/** The column compares without case by itself; said again in SQL, many joined by -or would not use its index. */
const deviceId: Column = {
  ...text("record.deviceId"),
  compare: (operator, value, name) =>
    value === null || operator.endsWith("LIKE") ? undefined : `record.deviceId ${operator} ${name(String(value))}`,
};

/**
 * The properties that Get-ActiveSyncDevice filters by. The last three are not among those that Microsoft documents:
 * Identity is for reading in pages, uSNChanged and isDeleted are what the directory tells those who poll it for changes.
 */
const filterColumns: Record<string, Column> = {
  ClientType: text("'EAS'"),
  DeviceAccessState: text(`(${accessState})`),
  DeviceAccessStateReason: text(`(${accessStateReason})`),
  DeviceId: deviceId,
  DeviceImei: text("record.deviceImei"),
  DeviceModel: text("record.deviceModel"),
  DeviceOS: text("record.deviceOS"),
  DeviceTelephoneNumber: text("record.devicePhoneNumber"),
  DeviceType: text("record.deviceType"),
  DeviceUserAgent: text("record.userAgent"),
  FirstSyncTime: text("record.firstSyncTime"),
  FriendlyName: text("record.deviceFriendlyName"),
  Identity: identity,
  uSNChanged: { sql: "record.uSNChanged", type: "number" },
  isDeleted: { sql: "0", type: "number" },
};

/** The same of the directory's tombstones. */
const tombstoneColumns: Record<string, Column> = {
  DeviceId: text("record.deviceId"),
  DeviceType: text("record.deviceType"),
  Identity: identity,
  uSNChanged: { sql: "record.uSNChanged", type: "number" },
  isDeleted: { sql: "1", type: "number" },
};

interface Wanted {
  conditions: string[];
  values: Row;
  deleted: boolean;
  /** What it asks for has an index, which is better than the one of the order. */
  few?: boolean;
}

function wantedBy(call: CmdletCall): Wanted {
  const { organization, parameters } = call;
  const conditions = ["record.organization = :organization"];
  const values: Row = { organization: organization.name };
  if (parameters.Identity !== undefined && parameters.Identity !== null) {
    conditions.push("record.mailbox = :mailbox", "record.deviceId = :deviceId");
    Object.assign(values, keyOf(call, parameters.Identity));
  } else if (parameters.Mailbox !== undefined) {
    conditions.push("record.mailbox = :mailbox");
    values.mailbox = mailboxOf(call, parameters.Mailbox);
  }
  if (parameters.Filter === undefined) return { conditions, values, deleted: false };
  const asked = String(parameters.Filter);
  const ofRecords = filterSql(asked, filterColumns);
  const deleted = ofRecords.properties.has("isDeleted");
  const filter = deleted ? filterSql(asked, tombstoneColumns) : ofRecords;
  conditions.push(filter.condition);
  Object.assign(values, filter.parameters);
  const few = [...filter.properties].every((property) => property === "DeviceId" || property === "uSNChanged");
  return { conditions, values, deleted, few };
}

const order = "ORDER BY record.mailbox, record.deviceId LIMIT :limit";
/** The same, and SQLite's planner does not take the index of the order for it. */
const orderOfFew = "ORDER BY +record.mailbox, record.deviceId LIMIT :limit";

function partnershipRows(
  { db }: TenantContext,
  conditions: string[],
  values: Row,
  limit: number,
  few = false,
): PartnershipRow[] {
  return db.all<PartnershipRow>(
    `SELECT record.*, ${listed("blocked")} AS blocked, ${listed("allowed")} AS allowed FROM easPartnership record
     WHERE ${conditions.join(" AND ")} ${few ? orderOfFew : order}`,
    { ...values, limit },
  );
}

/** Records by their keys: those that follow one, up to another, and at most so many. */
export interface RecordRange {
  after?: RecordKey | undefined;
  last?: RecordKey | undefined;
  limit?: number;
}

/** EAS records of an organization in the order of their keys: all, or those of a range. */
export function partnershipsOf(
  context: TenantContext,
  organization: string,
  { after, last, limit = -1 }: RecordRange = {},
): PartnershipRow[] {
  const key = "(record.mailbox, record.deviceId)";
  const conditions = [
    "record.organization = :organization",
    ...(after ? [`${key} > (:afterMailbox, :afterDevice)`] : []),
    ...(last ? [`${key} <= (:lastMailbox, :lastDevice)`] : []),
  ];
  const values = {
    organization,
    ...(after && { afterMailbox: after.mailbox, afterDevice: after.deviceId }),
    ...(last && { lastMailbox: last.mailbox, lastDevice: last.deviceId }),
  };
  return partnershipRows(context, conditions, values, limit);
}

/** One EAS record. */
export function findPartnership(
  context: TenantContext,
  organization: string,
  { mailbox, deviceId }: RecordKey,
): PartnershipRow | undefined {
  const conditions = [
    "record.organization = :organization",
    "record.mailbox = :mailbox",
    "record.deviceId = :deviceId",
  ];
  return partnershipRows(context, conditions, { organization, mailbox, deviceId }, 1)[0];
}

/** How many EAS records an organization has; left out: all together. */
export const countPartnerships = ({ db }: TenantContext, organization?: string): number =>
  db.get<{ count: number }>(
    `SELECT count(*) AS count FROM easPartnership ${organization === undefined ? "" : "WHERE organization = :organization"}`,
    organization === undefined ? {} : { organization },
  )!.count;

/** What Exchange gives a record. */
export const accessOfRow = (settings: AccessSettings, row: PartnershipRow): Access =>
  accessOf(settings, row, { blocked: row.blocked === 1, allowed: row.allowed === 1 });

// --- Get-ActiveSyncDevice -------------------------------------------------------------------------------------------

export function activeSyncDevices(call: CmdletCall): ExchangeObject[] {
  const limit = limitOf(call);
  const { conditions, values, deleted, few } = wantedBy(call);
  if (deleted) return cut(call, limit, tombstones(call, conditions, values, limit));
  const settings = accessSettingsOf(call.context, call.organization);
  return cut(call, limit, partnershipRows(call.context, conditions, values, limit, few)).map((row) => {
    const { state, reason } = accessOfRow(settings, row);
    return {
      Identity: identityOf(row),
      UserMailbox: row.mailbox,
      ClientType: "EAS",
      DeviceId: row.deviceId,
      DeviceType: row.deviceType,
      DeviceModel: row.deviceModel,
      DeviceOS: row.deviceOS,
      DeviceUserAgent: row.userAgent,
      DeviceImei: row.deviceImei,
      DeviceTelephoneNumber: row.devicePhoneNumber,
      FriendlyName: row.deviceFriendlyName,
      FirstSyncTime: row.firstSyncTime,
      DeviceAccessState: state,
      DeviceAccessStateReason: reason,
      uSNChanged: row.uSNChanged,
    };
  });
}

type Tombstone = Named & { uSNChanged: number };

const tombstones = ({ context }: CmdletCall, conditions: string[], values: Row, limit: number): ExchangeObject[] =>
  context.db
    .all<Tombstone>(`SELECT record.* FROM easTombstone record WHERE ${conditions.join(" AND ")} ${order}`, {
      ...values,
      limit,
    })
    .map((row) => ({
      Identity: identityOf(row),
      UserMailbox: row.mailbox,
      DeviceId: row.deviceId,
      DeviceType: row.deviceType,
      isDeleted: true,
      uSNChanged: row.uSNChanged,
    }));

// --- Get-ActiveSyncDeviceStatistics ---------------------------------------------------------------------------------

/** Identity may be a list, as of records that come down PowerShell's pipeline: those that are not there are passed over. */
export function deviceStatistics(call: CmdletCall): ExchangeObject[] {
  const { Identity, Mailbox } = call.parameters;
  if (Identity === undefined && Mailbox === undefined) {
    const message = "Parameter set cannot be resolved using the specified named parameters: give Identity or Mailbox.";
    throw new ExchangeError("invalidParameter", message);
  }
  if (Array.isArray(Identity)) return recordsNamed(call, Identity).map(statisticsOf);
  const { conditions, values } = wantedBy(call);
  return partnershipRows(call.context, conditions, values, -1).map(statisticsOf);
}

function recordsNamed(call: CmdletCall, identities: readonly unknown[]): PartnershipRow[] {
  const keys = JSON.stringify(
    identities.map((each) => {
      const { mailbox, deviceId } = keyOf(call, each);
      return [mailbox, deviceId];
    }),
  );
  return call.context.db.all<PartnershipRow>(
    `SELECT record.* FROM json_each(:keys) named CROSS JOIN easPartnership record
     ON record.organization = :organization AND record.mailbox = named.value ->> 0 AND record.deviceId = named.value ->> 1`,
    { keys, organization: call.organization.name },
  );
}

function wipeStatus({ deviceWipeRequestTime, deviceWipeAckTime }: PartnershipRow): string {
  if (deviceWipeRequestTime === null) return "DeviceOk";
  return deviceWipeAckTime === null ? "DeviceWipePending" : "DeviceWipeSucceeded";
}

const statisticsOf = (row: PartnershipRow): ExchangeObject => ({
  Identity: identityOf(row),
  DeviceId: row.deviceId,
  DeviceType: row.deviceType,
  DeviceModel: row.deviceModel,
  DeviceOS: row.deviceOS,
  DeviceUserAgent: row.userAgent,
  DeviceIMEI: row.deviceImei,
  DeviceFriendlyName: row.deviceFriendlyName,
  DevicePhoneNumber: row.devicePhoneNumber,
  FirstSyncTime: row.firstSyncTime,
  LastSyncAttemptTime: row.lastSyncAttemptTime ?? row.lastSuccessSync,
  LastSuccessSync: row.lastSuccessSync,
  DeviceWipeRequestTime: row.deviceWipeRequestTime,
  DeviceWipeSentTime: row.deviceWipeSentTime,
  DeviceWipeAckTime: row.deviceWipeAckTime,
  Status: wipeStatus(row),
});
