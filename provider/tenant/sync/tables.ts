/**
 * The tables of the connectors and their sync engine.
 *
 * `syncChange` is the change feed of a quick sync (S1): triggers on the directory and on devices note each key whose
 * decision may have changed, once, under its newest number. A connector keeps the number up to which it has synced.
 * Columns that syncs write themselves are not watched, and nothing is noted while there is no connector.
 */

const watched = "EXISTS (SELECT 1 FROM exchangeConnector)";
/** Deletes first: a conflict clause here would give way to that of the statement which fires the trigger. */
const note = (kind: string, key: string) =>
  `DELETE FROM syncChange WHERE kind = '${kind}' AND key = ${key};
   INSERT INTO syncChange (kind, key) SELECT '${kind}', ${key} WHERE ${key} IS NOT NULL;`;

/** Events of devices that only Exchange knows, by their EAS id. */
const eventIndex = `CREATE INDEX eventByEasId ON event (detail ->> 'deviceId' COLLATE NOCASE)
    WHERE deviceId IS NULL AND detail ->> 'deviceId' IS NOT NULL;`;

/** What makes these tables, as form 2 had them, those of form 3. */
export const syncUpgrade = `ALTER TABLE exchangeConnector ADD COLUMN progress TEXT;
  ALTER TABLE exchangeConnector ADD COLUMN serverInformation TEXT NOT NULL DEFAULT '[]';
  ${eventIndex}`;

export const syncTables = `
  CREATE TABLE exchangeConnector (
    id TEXT PRIMARY KEY,
    connectorServerName TEXT,
    exchangeAlias TEXT,
    exchangeConnectorType TEXT NOT NULL,
    exchangeOrganization TEXT NOT NULL UNIQUE COLLATE NOCASE,
    lastSyncDateTime TEXT NOT NULL,
    primarySmtpAddress TEXT,
    serverName TEXT NOT NULL,                -- as it was given; primaryServer is the server that it means
    status TEXT NOT NULL,
    version TEXT NOT NULL,
    annotations TEXT NOT NULL,               -- JSON; passwords are never in it
    primaryServer TEXT NOT NULL,
    currentServer TEXT NOT NULL,             -- another one while the primary is down (X7)
    discoveredServers TEXT NOT NULL,         -- JSON
    serverInformation TEXT NOT NULL DEFAULT '[]', -- JSON: what the last full sync read of the servers (S2)
    changeMark INTEGER NOT NULL DEFAULT 0,   -- syncChange.sequence up to which it has synced
    uSNMark INTEGER NOT NULL DEFAULT 0,      -- Exchange's count of changes up to which it has synced
    settingsMark TEXT NOT NULL DEFAULT '',   -- JSON of the access settings that Exchange had then
    nextQuickMs INTEGER NOT NULL,
    nextFullMs INTEGER NOT NULL,
    progress TEXT                            -- JSON: how far a sync came that could not finish; null: none
  ) STRICT;
  CREATE TABLE easRecord (                   -- EAS records in scope, as the last sync mapped and decided them
    organization TEXT NOT NULL COLLATE NOCASE,
    mailbox TEXT NOT NULL COLLATE NOCASE,
    deviceId TEXT NOT NULL COLLATE NOCASE,
    managedDeviceId TEXT,
    state TEXT NOT NULL,                     -- allowed | blocked | quarantined
    reason TEXT NOT NULL,                    -- an exchangeAccessStateReason
    firstSyncTime TEXT NOT NULL,
    lastSuccessSync TEXT NOT NULL,
    PRIMARY KEY (organization, mailbox, deviceId)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX easRecordByDevice ON easRecord (managedDeviceId);
  ${eventIndex}
  CREATE TABLE syncChange (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,                      -- mailbox | device | member | policy
    key TEXT NOT NULL,                       -- address | easDeviceId | id of a user or group | empty
    UNIQUE (kind, key)
  ) STRICT;

  CREATE TRIGGER userAddedForSync AFTER INSERT ON user WHEN ${watched} BEGIN
    ${note("mailbox", "NEW.mail")} ${note("mailbox", "NEW.userPrincipalName")}
  END;
  CREATE TRIGGER userChangedForSync AFTER UPDATE OF mail, userPrincipalName, licensed ON user WHEN ${watched} BEGIN
    ${note("mailbox", "OLD.mail")} ${note("mailbox", "OLD.userPrincipalName")}
    ${note("mailbox", "NEW.mail")} ${note("mailbox", "NEW.userPrincipalName")}
  END;
  CREATE TRIGGER userRemovedForSync AFTER DELETE ON user WHEN ${watched} BEGIN
    ${note("mailbox", "OLD.mail")} ${note("mailbox", "OLD.userPrincipalName")}
  END;
  CREATE TRIGGER memberAddedForSync AFTER INSERT ON member WHEN NEW.kind <> 'device' AND ${watched} BEGIN
    ${note("member", "NEW.memberId")}
  END;
  CREATE TRIGGER memberRemovedForSync AFTER DELETE ON member WHEN OLD.kind <> 'device' AND ${watched} BEGIN
    ${note("member", "OLD.memberId")}
  END;
  CREATE TRIGGER deviceAddedForSync AFTER INSERT ON device WHEN ${watched} BEGIN
    ${note("device", "NEW.easDeviceId")}
  END;
  CREATE TRIGGER deviceChangedForSync
  AFTER UPDATE OF easDeviceId, enrolled, enrolledDateTime, complianceState ON device WHEN ${watched} BEGIN
    ${note("device", "OLD.easDeviceId")} ${note("device", "NEW.easDeviceId")}
  END;
  CREATE TRIGGER deviceRemovedForSync AFTER DELETE ON device WHEN ${watched} BEGIN
    ${note("device", "OLD.easDeviceId")}
  END;
`;
