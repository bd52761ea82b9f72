/** Email profiles on devices: what is installed, what waits, and the status that each device reported for each profile. */
import type { TenantContext } from "../context";
import type { Row } from "../db";
import type { Reason, Status } from "./reasons";

export const profileIndex = "CREATE INDEX deviceProfileByProfile ON deviceProfile (profileId, lastReportedDateTime);";

export const profileSchema = `
  CREATE TABLE deviceProfile (
    deviceId TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    profileId TEXT NOT NULL,                 -- outlives the configuration until the next check-in (D4)
    status TEXT NOT NULL,                    -- Graph's complianceStatus
    reason TEXT NOT NULL,                    -- a word of reasons.ts
    message TEXT NOT NULL,                   -- one sentence for a person
    lastReportedDateTime TEXT NOT NULL,
    installedVersion INTEGER,                -- of the configuration; null: not on the device
    account TEXT,                            -- JSON: the mail account that the profile made on the device
    approvedVersion INTEGER,                 -- the newest version that the device's user approved (E8)
    PRIMARY KEY (deviceId, profileId)
  ) STRICT, WITHOUT ROWID;
  ${profileIndex}
  CREATE INDEX deviceProfileByReason ON deviceProfile (reason);
`;

export interface DeviceProfile {
  deviceId: string;
  profileId: string;
  status: Status;
  reason: Reason;
  message: string;
  lastReportedDateTime: string;
  installedVersion: number | null;
  account: string | null;
  approvedVersion: number | null;
}

export function profilesOn({ db }: TenantContext, deviceId: string): DeviceProfile[] {
  return db.all<DeviceProfile>("SELECT * FROM deviceProfile WHERE deviceId = :deviceId", { deviceId });
}

export function putProfile({ db }: TenantContext, row: DeviceProfile): void {
  db.run(
    `INSERT INTO deviceProfile (deviceId, profileId, status, reason, message, lastReportedDateTime, installedVersion, account, approvedVersion)
     VALUES (:deviceId, :profileId, :status, :reason, :message, :lastReportedDateTime, :installedVersion, :account, :approvedVersion)
     ON CONFLICT DO UPDATE SET status = excluded.status, reason = excluded.reason, message = excluded.message,
       lastReportedDateTime = excluded.lastReportedDateTime, installedVersion = excluded.installedVersion,
       account = excluded.account, approvedVersion = excluded.approvedVersion`,
    { ...row } as Row,
  );
}

export function removeProfile({ db }: TenantContext, deviceId: string, profileId: string): void {
  db.run("DELETE FROM deviceProfile WHERE deviceId = :deviceId AND profileId = :profileId", { deviceId, profileId });
}
