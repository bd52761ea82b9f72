/** What each device of a tenant has: read from the tenant's tables, a stretch of devices at a time. */
import type { TenantContext } from "../tenant/context";
import { profileTypes } from "../tenant/devices/profileTypes";
import type { Reason } from "../tenant/devices/reasons";
import type { Organization } from "../tenant/exchange/organizations";
import type { RecordRange } from "../tenant/exchange/records";
import { type RecordStatus, recordsOf } from "../tenant/exchange/status";
import type { Whose } from "./crowd";

export interface ProfileState {
  id: string;
  name: string;
  /** An email profile; a certificate otherwise. */
  isMail: boolean;
  reason: Reason;
  message: string;
  version: number | null;
  /** The mail account that is on the device, as JSON; null: none. */
  account: string | null;
}

export interface DeviceState extends Whose {
  id: string;
  name: string;
  platform: string;
  userPrincipalName: string | null;
  /** What it has or is to have; not what is for other devices, which nobody sees. */
  profiles: ProfileState[];
  /** Mail accounts that the user made. */
  own: string[];
  apps: string[];
}

/** Reads a tenant's devices. */
export interface Outcomes {
  /** Whether the tenant has a configuration of this id. */
  has(id: string): boolean;
  /** Up to `size` devices whose ids follow `after`, in the order of their ids. */
  next(after: string, size: number): DeviceState[];
  /** Those whose ids are above `after` and at most `last`. */
  between(after: string, last: string): DeviceState[];
}

const isMailType = (type: string | undefined) => type !== undefined && Object.hasOwn(profileTypes, type);

export function outcomesOf({ db }: TenantContext): Outcomes {
  const configurations = new Map(
    db
      .all<{ id: string; displayName: string; type: string }>("SELECT id, displayName, type FROM deviceConfiguration")
      .map((row) => [row.id, row]),
  );
  type Head = Omit<DeviceState, "profiles" | "own" | "apps">;
  const heads = `SELECT device.rowid AS device, user.rowid AS person, device.id, deviceName AS name, platform, userPrincipalName
    FROM device LEFT JOIN user ON user.id = device.userId WHERE device.id > :after`;

  function complete(devices: Head[], after: string): DeviceState[] {
    const range = { after, last: devices.at(-1)?.id ?? "" };
    const all = new Map(devices.map((head) => [head.id, { ...head, profiles: [], own: [], apps: [] } as DeviceState]));
    const within = (more = "") => `WHERE deviceId > :after AND deviceId <= :last ${more} ORDER BY deviceId`;
    interface Row extends Pick<ProfileState, "reason" | "message" | "account" | "version"> {
      deviceId: string;
      profileId: string;
    }
    for (const { deviceId, profileId, ...row } of db.all<Row>(
      `SELECT deviceId, profileId, reason, message, account, installedVersion AS version FROM deviceProfile
       ${within("AND reason NOT IN ('otherPlatform', 'belowMinimum')")}, profileId`,
      range,
    )) {
      const known = configurations.get(profileId);
      all.get(deviceId)!.profiles.push({
        id: profileId,
        name: known?.displayName ?? profileId,
        isMail: isMailType(known?.type) || row.account !== null,
        ...row,
      });
    }
    for (const { deviceId, account } of db.all<{ deviceId: string; account: string }>(
      `SELECT deviceId, emailAddress || ' on ' || hostName AS account FROM userAccount ${within()}, account`,
      range,
    )) {
      all.get(deviceId)!.own.push(account);
    }
    for (const { deviceId, app } of db.all<{ deviceId: string; app: string }>(
      `SELECT deviceId, app FROM deviceApp ${within()}, app`,
      range,
    )) {
      all.get(deviceId)!.apps.push(app);
    }
    return [...all.values()];
  }

  return {
    has: (id) => configurations.has(id),
    next: (after, size) => complete(db.all<Head>(`${heads} ORDER BY device.id LIMIT :size`, { after, size }), after),
    between: (after, last) =>
      complete(db.all<Head>(`${heads} AND device.id <= :last ORDER BY device.id`, { after, last }), after),
  };
}

/** What is on a device although its server turns it away, or cannot be trusted (E11, E12). */
const unconnected = new Set<Reason>(["serverCertificateMissing", "identityCertificateMissing", "chainNotTrusted"]);

export const cannotConnect = ({ reason }: ProfileState): boolean => unconnected.has(reason);

/** On the device, whatever else is to be said of it. */
export const isThere = ({ account }: ProfileState): boolean => account !== null;

/** Whether mail works on a device, as far as its profiles and its user's own accounts go. */
export const hasMail = ({ profiles, own }: DeviceState): boolean =>
  own.length > 0 || profiles.some((profile) => isThere(profile) && !cannotConnect(profile));

// --- Exchange -----------------------------------------------------------------------------------------------------------

export interface AccessRecord extends Pick<RecordStatus, "mailbox" | "deviceId" | "deviceType" | "state"> {
  reason: string;
}

/** What Exchange gives each device, by mailbox and device; nothing is known of it without a connector. */
export const accessRecords = (context: TenantContext, organization: Organization, range: RecordRange): AccessRecord[] =>
  recordsOf(context, organization, range).map(
    ({ mailbox, deviceId, deviceType, state, reason, DeviceAccessStateReason }) => ({
      ...{ mailbox, deviceId, deviceType, state },
      reason: reason ?? DeviceAccessStateReason,
    }),
  );

export const hasConnector = ({ db }: TenantContext): boolean =>
  db.get("SELECT 1 FROM exchangeConnector LIMIT 1") !== undefined;

// --- events -------------------------------------------------------------------------------------------------------------

export interface Happened {
  time: string;
  kind: string;
  subjectId: string | null;
  message: string;
  detail: string | null;
}

/** Number of the last event so far. */
export const lastEvent = ({ db }: TenantContext): number =>
  db.get<{ last: number | null }>("SELECT max(sequence) AS last FROM event")!.last ?? 0;

/** What happened to a device after an event. */
export const eventsOn = ({ db }: TenantContext, deviceId: string, after: number): Happened[] =>
  db.all<Happened>(
    "SELECT time, kind, subjectId, message, detail FROM event WHERE deviceId = :deviceId AND sequence > :after ORDER BY sequence",
    { deviceId, after },
  );
