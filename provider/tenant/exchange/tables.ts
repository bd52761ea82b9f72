/**
 * The tables of the simulated Exchange organizations. Only `provider/tenant/exchange` reads or writes them; the connector
 * sees Exchange through cmdlets alone.
 *
 * Each organization counts its changes as Active Directory does (`uSN`), and each EAS record carries the count of its
 * last change (`uSNChanged`), so that "what changed since" can be asked without the clock.
 */

/** Of files from form 3 on. */
const addedTables = `
  CREATE TABLE easTombstone (   -- records that are gone, as the directory remembers them for those who poll for changes
    organization TEXT NOT NULL COLLATE NOCASE,
    mailbox TEXT NOT NULL COLLATE NOCASE,
    deviceId TEXT NOT NULL COLLATE NOCASE,
    deviceType TEXT NOT NULL,
    uSNChanged INTEGER NOT NULL,
    PRIMARY KEY (organization, mailbox, deviceId)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX easTombstoneByChange ON easTombstone (organization, uSNChanged);
  CREATE TABLE mailboxPolicy (
    organization TEXT NOT NULL COLLATE NOCASE REFERENCES exchangeOrganization (name),
    name TEXT NOT NULL COLLATE NOCASE,
    isDefault INTEGER NOT NULL,
    settings TEXT NOT NULL,                  -- JSON: what differs from Exchange's defaults
    PRIMARY KEY (organization, name)
  ) STRICT, WITHOUT ROWID;
`;

const addedTriggers = `
  CREATE TRIGGER exchangeOrganizationAdded AFTER INSERT ON exchangeOrganization BEGIN
    INSERT INTO mailboxPolicy VALUES (NEW.name, 'Default', 1, '{}');
  END;
  CREATE TRIGGER easPartnershipReturned AFTER INSERT ON easPartnership BEGIN
    DELETE FROM easTombstone
      WHERE organization = NEW.organization AND mailbox = NEW.mailbox AND deviceId = NEW.deviceId;
  END;
  CREATE TRIGGER easPartnershipRemoved AFTER DELETE ON easPartnership BEGIN
    UPDATE exchangeOrganization SET uSN = uSN + 1 WHERE name = OLD.organization;
    INSERT OR REPLACE INTO easTombstone
      SELECT OLD.organization, OLD.mailbox, OLD.deviceId, OLD.deviceType, uSN FROM exchangeOrganization
      WHERE name = OLD.organization;
  END;
`;

/** What makes these tables, as form 2 had them, those of form 3. */
export const exchangeUpgrade = `
  ALTER TABLE exchangeOrganization ADD COLUMN premises TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE exchangeAccount ADD COLUMN passwordSha256 TEXT;
  ALTER TABLE exchangeAccount ADD COLUMN runspacesInUse INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE exchangeAccount ADD COLUMN throttling TEXT;
  ALTER TABLE exchangeAccount ADD COLUMN windowFromMs INTEGER;
  ALTER TABLE exchangeAccount ADD COLUMN windowUsed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE mailbox ADD COLUMN activeSyncEnabled INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE mailbox ADD COLUMN mailboxPolicy TEXT;
  ALTER TABLE easPartnership ADD COLUMN lastSyncAttemptTime TEXT;
  ALTER TABLE easPartnership ADD COLUMN deviceFriendlyName TEXT;
  ALTER TABLE easPartnership ADD COLUMN deviceImei TEXT;
  ALTER TABLE easPartnership ADD COLUMN devicePhoneNumber TEXT;
  ALTER TABLE easPartnership ADD COLUMN deviceWipeRequestTime TEXT;
  ALTER TABLE easPartnership ADD COLUMN deviceWipeSentTime TEXT;
  ALTER TABLE easPartnership ADD COLUMN deviceWipeAckTime TEXT;
  ${addedTables}
  INSERT INTO mailboxPolicy SELECT name, 'Default', 1, '{}' FROM exchangeOrganization;
  ${addedTriggers}
`;

export const exchangeTables = `
  CREATE TABLE exchangeOrganization (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    version TEXT NOT NULL,                   -- 14.3 is Exchange 2010 SP3
    kind TEXT NOT NULL,                      -- onPremises | hosted | dedicated
    domain TEXT NOT NULL,
    defaultAccessLevel TEXT NOT NULL,        -- Allow | Block | Quarantine
    uSN INTEGER NOT NULL DEFAULT 0,
    premises TEXT NOT NULL DEFAULT '{}'      -- JSON: trusts, proxy
  ) STRICT;
  CREATE TABLE clientAccessServer (
    fqdn TEXT PRIMARY KEY COLLATE NOCASE,
    organization TEXT NOT NULL COLLATE NOCASE REFERENCES exchangeOrganization (name),
    position INTEGER NOT NULL,               -- its place in the seed
    services TEXT NOT NULL,                  -- JSON: WinRM, Autodiscover, EWS
    down TEXT NOT NULL                       -- JSON: [{from, to}] in milliseconds of the tenant's clock
  ) STRICT;
  CREATE TABLE exchangeAccount (
    organization TEXT NOT NULL COLLATE NOCASE REFERENCES exchangeOrganization (name),
    name TEXT NOT NULL COLLATE NOCASE,       -- domain\\user
    licensed INTEGER NOT NULL,
    cmdlets TEXT,                            -- JSON; null: all
    runspaces INTEGER NOT NULL,
    passwordSha256 TEXT,                     -- null: any password is taken
    runspacesInUse INTEGER NOT NULL DEFAULT 0, -- by others than the connector
    throttling TEXT,                         -- JSON: {operations, seconds}; null: none
    windowFromMs INTEGER,                    -- when the stretch of throttling began that is under way
    windowUsed INTEGER NOT NULL DEFAULT 0,   -- operations in it
    PRIMARY KEY (organization, name)
  ) STRICT;
  CREATE TABLE mailbox (
    organization TEXT NOT NULL COLLATE NOCASE REFERENCES exchangeOrganization (name),
    address TEXT NOT NULL COLLATE NOCASE,
    activeSyncEnabled INTEGER NOT NULL DEFAULT 1,
    mailboxPolicy TEXT,                      -- null: the organization's default one
    PRIMARY KEY (organization, address)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE easPartnership (
    organization TEXT NOT NULL COLLATE NOCASE,
    mailbox TEXT NOT NULL COLLATE NOCASE,
    deviceId TEXT NOT NULL COLLATE NOCASE,
    deviceType TEXT NOT NULL,
    deviceModel TEXT NOT NULL,
    deviceOS TEXT NOT NULL,
    userAgent TEXT NOT NULL,
    firstSyncTime TEXT NOT NULL,
    lastSuccessSync TEXT NOT NULL,
    uSNChanged INTEGER NOT NULL DEFAULT 0,
    lastSyncAttemptTime TEXT,                -- null: that of the last success
    deviceFriendlyName TEXT,
    deviceImei TEXT,
    devicePhoneNumber TEXT,
    deviceWipeRequestTime TEXT,              -- of Clear-ActiveSyncDevice …
    deviceWipeSentTime TEXT,                 -- … of the device's next attempt, which is told …
    deviceWipeAckTime TEXT,                  -- … and which says that it is done
    PRIMARY KEY (organization, mailbox, deviceId),
    FOREIGN KEY (organization, mailbox) REFERENCES mailbox (organization, address)
  ) STRICT;
  CREATE INDEX easPartnershipByDevice ON easPartnership (organization, deviceId);
  CREATE INDEX easPartnershipByChange ON easPartnership (organization, uSNChanged);
  CREATE TABLE easAccessList (  -- ActiveSyncAllowedDeviceIDs and ActiveSyncBlockedDeviceIDs
    organization TEXT NOT NULL COLLATE NOCASE,
    mailbox TEXT NOT NULL COLLATE NOCASE,
    deviceId TEXT NOT NULL COLLATE NOCASE,
    list TEXT NOT NULL,                      -- allowed | blocked
    PRIMARY KEY (organization, mailbox, deviceId, list),
    FOREIGN KEY (organization, mailbox) REFERENCES mailbox (organization, address)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE deviceAccessRule (
    organization TEXT NOT NULL COLLATE NOCASE REFERENCES exchangeOrganization (name),
    characteristic TEXT NOT NULL,
    queryString TEXT NOT NULL,
    accessLevel TEXT NOT NULL,
    PRIMARY KEY (organization, characteristic, queryString)
  ) STRICT, WITHOUT ROWID;
${addedTables}
  CREATE TABLE cmdletCount (    -- cmdlets that wrote
    organization TEXT NOT NULL COLLATE NOCASE REFERENCES exchangeOrganization (name),
    cmdlet TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (organization, cmdlet)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE mail (
    id INTEGER PRIMARY KEY,
    organization TEXT NOT NULL COLLATE NOCASE REFERENCES exchangeOrganization (name),
    time TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL COLLATE NOCASE,
    kind TEXT NOT NULL,                      -- quarantine
    deviceId TEXT NOT NULL COLLATE NOCASE,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,                      -- HTML
    UNIQUE (organization, recipient, deviceId, kind)
  ) STRICT;

  CREATE TRIGGER easPartnershipAdded AFTER INSERT ON easPartnership BEGIN
    UPDATE exchangeOrganization SET uSN = uSN + 1 WHERE name = NEW.organization;
    UPDATE easPartnership SET uSNChanged = (SELECT uSN FROM exchangeOrganization WHERE name = NEW.organization)
      WHERE rowid = NEW.rowid;
  END;
  CREATE TRIGGER easPartnershipChanged
  AFTER UPDATE OF deviceType, deviceModel, deviceOS, userAgent, firstSyncTime, lastSuccessSync ON easPartnership BEGIN
    UPDATE exchangeOrganization SET uSN = uSN + 1 WHERE name = NEW.organization;
    UPDATE easPartnership SET uSNChanged = (SELECT uSN FROM exchangeOrganization WHERE name = NEW.organization)
      WHERE rowid = NEW.rowid;
  END;
  CREATE TRIGGER easAccessListed AFTER INSERT ON easAccessList BEGIN
    UPDATE exchangeOrganization SET uSN = uSN + 1 WHERE name = NEW.organization;
    UPDATE easPartnership SET uSNChanged = (SELECT uSN FROM exchangeOrganization WHERE name = NEW.organization)
      WHERE organization = NEW.organization AND mailbox = NEW.mailbox AND deviceId = NEW.deviceId;
  END;
  CREATE TRIGGER easAccessUnlisted AFTER DELETE ON easAccessList BEGIN
    UPDATE exchangeOrganization SET uSN = uSN + 1 WHERE name = OLD.organization;
    UPDATE easPartnership SET uSNChanged = (SELECT uSN FROM exchangeOrganization WHERE name = OLD.organization)
      WHERE organization = OLD.organization AND mailbox = OLD.mailbox AND deviceId = OLD.deviceId;
  END;
${addedTriggers}`;
