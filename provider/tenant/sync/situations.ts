/** What the tenant knows of many EAS records at a time: one query joins them with devices, users and what was kept. */
import type { Device } from "../devices/devices";
import { ruledAccess } from "../exchange/access";
import { never } from "../plant";
import type { AccessReason, AccessState, ComplianceState, Situation } from "./decide";
import type { EasRecord } from "./records";
import type { EasDevice, Run } from "./run";

export interface Known {
  record: EasDevice;
  situation: Situation;
  managedDeviceId: string | null;
  userId: string | undefined;
  /** As the last sync left it. */
  before: EasRecord | undefined;
}

interface KnownRow extends Pick<Device, "enrolled" | "enrolledDateTime"> {
  position: number;
  managedDeviceId: string | null;
  complianceState: ComplianceState;
  userId: string | null;
  licensed: 0 | 1;
  included: 0 | 1;
  excluded: 0 | 1;
  keptDeviceId: string | null;
  state: AccessState | null;
  reason: AccessReason;
  firstSyncTime: string;
  lastSuccessSync: string;
}

/** By the user's own memberships, however many groups there are in the list. */
const inOneOf = (groups: string) =>
  `EXISTS (SELECT 1 FROM member WHERE memberId = user.id AND +groupId IN (SELECT value FROM json_each(:${groups})))`;

const sql = `SELECT key.key AS position,
    device.id AS managedDeviceId, device.enrolled, device.enrolledDateTime, device.complianceState,
    user.id AS userId, user.licensed, ${inOneOf("included")} AS included, ${inOneOf("excluded")} AS excluded,
    kept.managedDeviceId AS keptDeviceId, kept.state, kept.reason, kept.firstSyncTime, kept.lastSuccessSync
  FROM json_each(:keys) AS key
  LEFT JOIN device ON device.easDeviceId = key.value ->> 1
  LEFT JOIN user ON user.rowid = (SELECT rowid FROM user WHERE mail = key.value ->> 0 OR userPrincipalName = key.value ->> 0)
  LEFT JOIN easRecord AS kept
    ON kept.organization = :organization AND kept.mailbox = key.value ->> 0 AND kept.deviceId = key.value ->> 1`;

/** The situation of each record, in their order. */
export function situationsOf(run: Run, records: readonly EasDevice[]): Known[] {
  const { included, excluded } = run.scope();
  const organization = run.connector.exchangeOrganization;
  const keys = JSON.stringify(records.map(({ UserMailbox, DeviceId }) => [UserMailbox, DeviceId]));
  const rows = run.context.db.all<KnownRow>(sql, { organization, keys, included, excluded });
  return rows.map((row) => {
    const record = records[row.position]!;
    const { managedDeviceId, keptDeviceId, userId, state, reason, firstSyncTime, lastSuccessSync } = row;
    return {
      record,
      situation: situationOf(run, record, row),
      managedDeviceId,
      userId: userId ?? undefined,
      before:
        state === null
          ? undefined
          : {
              organization,
              mailbox: record.UserMailbox,
              deviceId: record.DeviceId,
              managedDeviceId: keptDeviceId,
              state,
              reason,
              firstSyncTime,
              lastSuccessSync,
            },
    };
  });
}

function situationOf(run: Run, record: EasDevice, row: KnownRow): Situation {
  const { managedDeviceId, enrolled, enrolledDateTime, complianceState, userId, licensed, included, excluded } = row;
  return {
    policy: run.conditionalAccess,
    record: {
      ruled: ruledAccess(run.settings, {
        deviceModel: record.DeviceModel,
        deviceType: record.DeviceType,
        deviceOS: record.DeviceOS,
        userAgent: record.DeviceUserAgent,
      }),
    },
    device:
      managedDeviceId === null
        ? undefined
        : { enrolled: enrolled === 1, everEnrolled: enrolled === 1 || enrolledDateTime !== never, complianceState },
    user:
      userId === null ? undefined : { licensed: licensed === 1, included: included === 1, excluded: excluded === 1 },
  };
}
