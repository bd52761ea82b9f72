/** App registrations and the tokens they get, for a tenant that demands them. */

export const tokenSchema = `
  CREATE TABLE application (
    appId TEXT PRIMARY KEY,
    secretSha256 TEXT NOT NULL,
    scopes TEXT NOT NULL                     -- JSON array
  ) STRICT;
  CREATE TABLE token (
    sha256 TEXT PRIMARY KEY,                 -- of the token, which is nowhere in the file
    appId TEXT NOT NULL REFERENCES application (appId) ON DELETE CASCADE,
    expiresMs INTEGER NOT NULL               -- by the tenant's clock
  ) STRICT;
`;
