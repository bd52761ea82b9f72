/** Device configurations as stored: email profiles, certificates, what they link to and whom they are assigned to. */
import type { TenantContext } from "../context";
import { badRequest, notFound } from "../errors";
import { isA, itemType, knownType, type Property, plain } from "../metadata";
import type { EntityBody } from "../odata";
import type { Entity, RouteRequest } from "../route";

/** Tables that form 2 of the file has not. */
export const derivedCredentialSchema = `
  CREATE TABLE IF NOT EXISTS derivedCredential (
    id TEXT PRIMARY KEY,
    properties TEXT NOT NULL                 -- JSON
  ) STRICT;
  CREATE TABLE IF NOT EXISTS derivedCredentialLink (
    configurationId TEXT PRIMARY KEY REFERENCES deviceConfiguration (id) ON DELETE CASCADE,
    credentialId TEXT NOT NULL REFERENCES derivedCredential (id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
`;

export const configurationSchema = `
  CREATE TABLE deviceConfiguration (
    id TEXT PRIMARY KEY,
    type TEXT NOT NULL,                      -- Graph's type, without namespace
    displayName TEXT NOT NULL COLLATE NOCASE, -- not unique in Graph
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
  ${derivedCredentialSchema}
`;

export interface ConfigurationRow {
  id: string;
  type: string;
  displayName: string;
  version: number;
  createdDateTime: string;
  lastModifiedDateTime: string;
  properties: string;
}

/** Properties that only the service writes. */
export const configurationOwned = ["createdDateTime", "lastModifiedDateTime", "version", "supportsScopeTags"] as const;

export function findConfiguration({ db }: TenantContext, id: string): ConfigurationRow | undefined {
  return db.get<ConfigurationRow>("SELECT * FROM deviceConfiguration WHERE id = :id", { id });
}

/** The configuration of the address; a cast in the address must be to a type that it has. */
export function requestedConfiguration(context: TenantContext, request: RouteRequest): ConfigurationRow {
  const id = request.parameters.id!;
  const row = findConfiguration(context, id);
  if (!row) throw notFound(`The device configuration '${id}' does not exist.`);
  const cast = request.cast ?? request.castBefore;
  if (cast && !isA(row.type, cast)) {
    throw notFound(`The device configuration '${id}' is a microsoft.graph.${row.type}, not a microsoft.graph.${cast}.`);
  }
  return row;
}

/** A configuration as Graph shows it. */
export const configurationEntity = (row: ConfigurationRow): Entity =>
  // Onto the small object: to spread both into a third one costs more than reading the row.
  Object.assign(headOf(row), JSON.parse(row.properties));

/** The same as JSON text, after the annotations of its answer: the row has most of it as text, which need not be read. */
export function configurationJson(row: ConfigurationRow, annotations: Entity): string {
  const head = JSON.stringify(Object.assign(annotations, headOf(row)));
  return row.properties === "{}" ? head : `${head.slice(0, -1)},${row.properties.slice(1)}`;
}

const headOf = (row: ConfigurationRow): Entity => ({
  "@odata.type": `#microsoft.graph.${row.type}`,
  id: row.id,
  lastModifiedDateTime: row.lastModifiedDateTime,
  createdDateTime: row.createdDateTime,
  displayName: row.displayName,
  version: row.version,
  supportsScopeTags: true,
});

/** Makes a configuration of a body that was read with `create`; its links are set on their own. */
export function insertConfiguration(context: TenantContext, body: EntityBody): ConfigurationRow {
  const { displayName, ...properties } = body.properties;
  const now = context.clock.now();
  const row: ConfigurationRow = {
    id: context.ids.guid(),
    type: body.type,
    displayName: displayName as string,
    version: 1,
    createdDateTime: now,
    lastModifiedDateTime: now,
    properties: JSON.stringify({
      ...properties,
      roleScopeTagIds: properties.roleScopeTagIds ?? ["0"],
      ...body.annotations,
    }),
  };
  context.db.run(
    `INSERT INTO deviceConfiguration
     VALUES (:id, :type, :displayName, :version, :createdDateTime, :lastModifiedDateTime, :properties)`,
    { ...row },
  );
  return row;
}

/** Changes what a body read with `update` gives; each change is a new version. */
export function updateConfiguration(context: TenantContext, row: ConfigurationRow, body: EntityBody): ConfigurationRow {
  const { displayName = row.displayName, ...properties } = body.properties;
  const updated: ConfigurationRow = {
    ...row,
    displayName: displayName as string,
    version: row.version + 1,
    lastModifiedDateTime: context.clock.now(),
    properties: JSON.stringify({ ...JSON.parse(row.properties), ...properties, ...body.annotations }),
  };
  context.db.run(
    `UPDATE deviceConfiguration SET displayName = :displayName, version = :version,
       lastModifiedDateTime = :lastModifiedDateTime, properties = :properties WHERE id = :id`,
    {
      id: updated.id,
      displayName: updated.displayName,
      version: updated.version,
      lastModifiedDateTime: updated.lastModifiedDateTime,
      properties: updated.properties,
    },
  );
  return updated;
}

/** Deletes a configuration; devices lose an installed email profile at their next check-in only (D4). */
export function deleteConfiguration({ db }: TenantContext, id: string): void {
  db.run("DELETE FROM deviceProfile WHERE profileId = :id AND installedVersion IS NULL", { id });
  db.run("DELETE FROM deviceConfiguration WHERE id = :id", { id });
}

/** Links a configuration to another one, which must exist and be of the type that the navigation property leads to. */
export function putLink(context: TenantContext, row: ConfigurationRow, navigation: string, targetId: string): void {
  const expected = plain(singleNavigation(row.type, navigation).type);
  const target = findConfiguration(context, targetId);
  if (!target)
    throw badRequest(
      `The device configuration '${targetId}', to which '${navigation}' is to be linked, does not exist.`,
    );
  if (!isA(target.type, expected)) {
    throw badRequest(
      `'${navigation}' of microsoft.graph.${row.type} leads to microsoft.graph.${expected}, and '${targetId}' is a microsoft.graph.${target.type}.`,
    );
  }
  context.db.run(
    "INSERT INTO configurationLink VALUES (:id, :navigation, :targetId) ON CONFLICT DO UPDATE SET targetId = excluded.targetId",
    { id: row.id, navigation, targetId },
  );
}

/** The configuration that a navigation property leads to, if it is set. */
export function linkedConfiguration(
  context: TenantContext,
  row: ConfigurationRow,
  navigation: string,
): ConfigurationRow | undefined {
  singleNavigation(row.type, navigation);
  return context.db.get<ConfigurationRow>(
    `SELECT deviceConfiguration.* FROM configurationLink JOIN deviceConfiguration ON deviceConfiguration.id = targetId
     WHERE configurationId = :id AND navigation = :navigation`,
    { id: row.id, navigation },
  );
}

export function removeLink({ db }: TenantContext, row: ConfigurationRow, navigation: string): boolean {
  singleNavigation(row.type, navigation);
  return (
    db.run("DELETE FROM configurationLink WHERE configurationId = :id AND navigation = :navigation", {
      id: row.id,
      navigation,
    }) > 0
  );
}

/** Whether a type has a single-valued navigation property of this name to a device configuration. */
export function isLink(type: string, navigation: string): boolean {
  const property = knownType(type).navigations.get(navigation);
  return (
    property !== undefined && itemType(property.type) === undefined && isA(plain(property.type), "deviceConfiguration")
  );
}

function singleNavigation(type: string, navigation: string): Property {
  const property = knownType(type).navigations.get(navigation);
  if (!property || !isLink(type, navigation)) {
    throw badRequest(
      `The type 'microsoft.graph.${type}' has no single-valued navigation property '${navigation}' to a device configuration.`,
    );
  }
  return property;
}
