/** Email profiles on devices: what is installed, what waits, and the status that each device reported for each profile. */

export const profileSchema = `
  CREATE TABLE deviceProfile (
    deviceId TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    profileId TEXT NOT NULL,                 -- outlives the configuration until the next check-in (D4)
    status TEXT NOT NULL,                    -- Graph's complianceStatus
    reason TEXT NOT NULL,                    -- a word of reasons.ts
    message TEXT NOT NULL,                   -- one sentence for a person
    lastReportedDateTime TEXT NOT NULL,
    installedVersion INTEGER,                -- of the configuration; null: not on the device
    installedDateTime TEXT,
    account TEXT,                            -- JSON: the mail account that the profile made on the device
    approvedVersion INTEGER,                 -- the newest version that the device's user approved (E8)
    PRIMARY KEY (deviceId, profileId)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deviceProfileByProfile ON deviceProfile (profileId, status);
`;
