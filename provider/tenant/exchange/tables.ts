/**
 * The tables of the simulated Exchange organizations. Only `provider/tenant/exchange` reads or writes them; the connector
 * sees Exchange through cmdlets alone.
 *
 * Each organization counts its changes as Active Directory does (`uSN`), and each EAS record carries the count of its
 * last change (`uSNChanged`), so that "what changed since" can be asked without the clock.
 */

export const exchangeTables = `
  CREATE TABLE exchangeOrganization (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    version TEXT NOT NULL,                   -- 14.3 is Exchange 2010 SP3
    kind TEXT NOT NULL,                      -- onPremises | hosted | dedicated
    domain TEXT NOT NULL,
    defaultAccessLevel TEXT NOT NULL,        -- Allow | Block | Quarantine
    uSN INTEGER NOT NULL DEFAULT 0
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
    PRIMARY KEY (organization, name)
  ) STRICT;
  CREATE TABLE mailbox (
    organization TEXT NOT NULL COLLATE NOCASE REFERENCES exchangeOrganization (name),
    address TEXT NOT NULL COLLATE NOCASE,
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
`;
