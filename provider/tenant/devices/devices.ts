/** Managed devices as the tenant knows them: the tables, and the questions that the rest of the tenant asks them. */

import type { TenantContext } from "../context";
import type { Row } from "../db";

export const deviceSchema = `
  CREATE TABLE device (
    id TEXT PRIMARY KEY,
    directoryId TEXT NOT NULL,               -- its object in the directory, which groups list as member
    deviceName TEXT NOT NULL COLLATE NOCASE,
    userId TEXT REFERENCES user (id) ON DELETE SET NULL,
    platform TEXT NOT NULL,                  -- a DevicePlatform
    osVersion TEXT NOT NULL,
    knoxVersion TEXT,
    model TEXT NOT NULL,
    manufacturer TEXT NOT NULL,
    enrolled INTEGER NOT NULL,               -- 0: known from Exchange only, or retired
    enrolledDateTime TEXT NOT NULL,
    policyComplianceState TEXT NOT NULL,     -- what the compliance policies say on their own
    complianceState TEXT NOT NULL,           -- the same, or noncompliant while a user's account blocks a profile (E9)
    lastSyncDateTime TEXT NOT NULL,
    nextCheckInMs INTEGER NOT NULL,
    easDeviceId TEXT,
    easActivated INTEGER NOT NULL DEFAULT 0,
    easActivationDateTime TEXT NOT NULL DEFAULT '0001-01-01T00:00:00Z',
    exchangeAccessState TEXT NOT NULL DEFAULT 'none',
    exchangeAccessStateReason TEXT NOT NULL DEFAULT 'none',
    exchangeLastSuccessfulSyncDateTime TEXT NOT NULL DEFAULT '0001-01-01T00:00:00Z'
  ) STRICT;
  -- Not of the table itself: a million devices are planted without them.
  CREATE UNIQUE INDEX deviceByDirectoryId ON device (directoryId);
  CREATE UNIQUE INDEX deviceByName ON device (deviceName);
  CREATE UNIQUE INDEX deviceByEasId ON device (easDeviceId);
  CREATE INDEX deviceByUser ON device (userId);
  CREATE INDEX deviceByCheckIn ON device (enrolled, nextCheckInMs);
  CREATE TABLE deviceApp (
    deviceId TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    app TEXT NOT NULL,                       -- gmail | nineWork
    PRIMARY KEY (deviceId, app)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE userAccount (                 -- mail accounts that the user made without Intune (E9)
    deviceId TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    hostName TEXT NOT NULL COLLATE NOCASE,
    emailAddress TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (deviceId, hostName, emailAddress)
  ) STRICT, WITHOUT ROWID;
`;

export const devicePlatforms = ["ios", "samsungKnox", "windowsPhone81", "windows10", "androidForWork"] as const;
export type DevicePlatform = (typeof devicePlatforms)[number];

export interface Device {
  id: string;
  directoryId: string;
  deviceName: string;
  userId: string | null;
  platform: DevicePlatform;
  osVersion: string;
  knoxVersion: string | null;
  model: string;
  manufacturer: string;
  enrolled: 0 | 1;
  enrolledDateTime: string;
  policyComplianceState: string;
  complianceState: string;
  lastSyncDateTime: string;
  nextCheckInMs: number;
  easDeviceId: string | null;
  easActivated: 0 | 1;
  easActivationDateTime: string;
  exchangeAccessState: string;
  exchangeAccessStateReason: string;
  exchangeLastSuccessfulSyncDateTime: string;
}

/** The device of this id or name. */
export function findDevice({ db }: TenantContext, idOrName: string): Device | undefined {
  return db.get<Device>("SELECT * FROM device WHERE id = :key OR deviceName = :key", { key: idOrName });
}

/** The device whose Exchange ActiveSync client has this id: how an EAS record is mapped to a device record (C2, step 6). */
export function findDeviceByEasId({ db }: TenantContext, easDeviceId: string): Device | undefined {
  return db.get<Device>("SELECT * FROM device WHERE easDeviceId = :easDeviceId", { easDeviceId });
}

/** Writes fields of a device; names are those of the table. */
export function updateDevice({ db }: TenantContext, deviceId: string, fields: Partial<Omit<Device, "id">>): void {
  const sets = Object.keys(fields).map((name) => `${name} = :${name}`);
  if (sets.length > 0)
    db.run(`UPDATE device SET ${sets.join(", ")} WHERE id = :id`, { ...(fields as Row), id: deviceId });
}
