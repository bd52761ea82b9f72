/** Device configurations as stored: email profiles, certificates, what they link to and whom they are assigned to. */
export const configurationSchema = `
  CREATE TABLE deviceConfiguration (
    id TEXT PRIMARY KEY,
    type TEXT NOT NULL,                      -- Graph's type, without namespace
    displayName TEXT NOT NULL,               -- not unique in Graph
    version INTEGER NOT NULL,
    createdDateTime TEXT NOT NULL,
    lastModifiedDateTime TEXT NOT NULL,
    properties TEXT NOT NULL                 -- JSON: the other properties, and instance annotations that are kept
  ) STRICT;
  CREATE INDEX configurationByName ON deviceConfiguration (displayName);
  CREATE INDEX configurationByType ON deviceConfiguration (type);
  CREATE TABLE configurationLink (           -- single-valued navigation properties, such as identityCertificate
    configurationId TEXT NOT NULL REFERENCES deviceConfiguration (id) ON DELETE CASCADE,
    navigation TEXT NOT NULL,
    targetId TEXT NOT NULL REFERENCES deviceConfiguration (id) ON DELETE CASCADE,
    PRIMARY KEY (configurationId, navigation)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX linkByTarget ON configurationLink (targetId);
  CREATE TABLE assignment (
    id TEXT PRIMARY KEY,                     -- configuration id, _, target id
    configurationId TEXT NOT NULL REFERENCES deviceConfiguration (id) ON DELETE CASCADE,
    targetType TEXT NOT NULL,                -- groupAssignmentTarget, exclusionGroupAssignmentTarget, …
    groupId TEXT,
    intent TEXT NOT NULL DEFAULT 'apply',    -- apply | remove
    target TEXT NOT NULL                     -- JSON of the target as given
  ) STRICT;
  CREATE INDEX assignmentByConfiguration ON assignment (configurationId);
  CREATE INDEX assignmentByGroup ON assignment (groupId);
`;
