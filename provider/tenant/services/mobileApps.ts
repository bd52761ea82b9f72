/** `/deviceAppManagement/mobileApps`: the apps that the tenant has, and whom each is assigned to (E10). */
import type { TenantContext } from "../context";
import { badRequest, notFound } from "../errors";
import { enumOf, isRecord } from "../metadata";
import { readEntity, readParameters } from "../odata";
import { pageOf } from "../query";
import { both, type Entity, type GraphVersion, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { readTarget, type TargetRow } from "./assignments";

const path = "/deviceAppManagement/mobileApps";
const { read, write } = scopes.apps;
const assignmentType = "mobileAppAssignment";
const one = `${path}/:id/assignments/:assignmentId`;

export const mobileAppRoutes: readonly Route[] = [
  { method: "GET", path, versions: both, scopes: read, answers: "Collection(mobileApp)", handle: list },
  { method: "GET", path: `${path}/:id`, versions: both, scopes: read, answers: "mobileApp", handle: get },
  {
    method: "GET",
    path: `${path}/:id/assignments`,
    versions: both,
    scopes: read,
    answers: "Collection(mobileAppAssignment)",
    handle: listAssignments,
  },
  {
    method: "POST",
    path: `${path}/:id/assignments`,
    versions: both,
    scopes: write,
    answers: assignmentType,
    handle: createAssignment,
  },
  { method: "GET", path: one, versions: both, scopes: read, answers: assignmentType, handle: getAssignment },
  { method: "PATCH", path: one, versions: both, scopes: write, answers: assignmentType, handle: patchAssignment },
  { method: "DELETE", path: one, versions: both, scopes: write, handle: removeAssignment },
  { method: "POST", path: `${path}/:id/assign`, versions: both, scopes: write, handle: assign },
];

export const appSchema = `
  CREATE TABLE mobileApp (                   -- approved in the managed Google Play store; the seed says which
    id TEXT PRIMARY KEY,
    type TEXT NOT NULL,                      -- androidManagedStoreApp | androidForWorkApp
    displayName TEXT NOT NULL COLLATE NOCASE,
    publisher TEXT,
    packageId TEXT NOT NULL UNIQUE,
    createdDateTime TEXT NOT NULL
  ) STRICT;
  CREATE TABLE appAssignment (
    id TEXT PRIMARY KEY,                     -- app id, _, target id, _, number of the intent
    appId TEXT NOT NULL REFERENCES mobileApp (id) ON DELETE CASCADE,
    intent TEXT NOT NULL,                    -- Graph's installIntent
    targetType TEXT NOT NULL,
    groupId TEXT,
    target TEXT NOT NULL                     -- JSON of the target as given
  ) STRICT;
  CREATE INDEX appAssignmentByApp ON appAssignment (appId);
`;

export interface AppRow {
  id: string;
  type: string;
  displayName: string;
  publisher: string | null;
  packageId: string;
  createdDateTime: string;
}

export type InstallIntent = "available" | "required" | "uninstall" | "availableWithoutEnrollment";

export interface AppAssignmentRow extends TargetRow {
  id: string;
  appId: string;
  intent: InstallIntent;
}

export const appAssignmentsOf = ({ db }: TenantContext, appId: string): AppAssignmentRow[] =>
  db.all<AppAssignmentRow>("SELECT * FROM appAssignment WHERE appId = :appId ORDER BY rowid", { appId });

function requested({ db }: TenantContext, { parameters }: RouteRequest): AppRow {
  const app = db.get<AppRow>("SELECT * FROM mobileApp WHERE id = :id", { id: parameters.id! });
  if (!app) throw notFound(`The app '${parameters.id}' does not exist.`);
  return app;
}

function entity(context: TenantContext, app: AppRow): Entity {
  return {
    "@odata.type": `#microsoft.graph.${app.type}`,
    id: app.id,
    displayName: app.displayName,
    description: null,
    publisher: app.publisher,
    createdDateTime: app.createdDateTime,
    lastModifiedDateTime: app.createdDateTime,
    isFeatured: false,
    publishingState: "published",
    isAssigned: appAssignmentsOf(context, app.id).length > 0,
    roleScopeTagIds: ["0"],
    packageId: app.packageId,
    appIdentifier: app.packageId,
    appStoreUrl: `https://play.google.com/store/apps/details?id=${app.packageId}`,
  };
}

function list(context: TenantContext, request: RouteRequest): Reply {
  const all = context.db.all<AppRow>("SELECT * FROM mobileApp ORDER BY rowid");
  const entityOf = (app: AppRow) => entity(context, app);
  return { status: 200, page: pageOf(request, { type: "mobileApp", all, entityOf }) };
}

function get(context: TenantContext, request: RouteRequest): Reply {
  return {
    status: 200,
    entity: entity(context, requested(context, request)),
  };
}

const assignmentEntity = (row: AppAssignmentRow): Entity => ({
  id: row.id.slice(row.appId.length + 1),
  intent: row.intent,
  source: "direct",
  sourceId: row.appId,
  target: JSON.parse(row.target),
  settings: null,
});

function listAssignments(context: TenantContext, request: RouteRequest): Reply {
  const all = appAssignmentsOf(context, requested(context, request).id);
  return { status: 200, page: pageOf(request, { type: "mobileAppAssignment", all, entityOf: assignmentEntity }) };
}

/** Replaces the whole set of assignments; an empty one unassigns. */
function assign(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requested(context, request);
  const given = readParameters(
    request.body,
    "assign",
    { mobileAppAssignments: "Collection(Edm.Untyped)" },
    request.version,
  );
  const bodies = (given.mobileAppAssignments ?? []) as unknown[];
  const rows = bodies.map((body) => readAssignment(context, id, body, request.version));
  context.db.run("DELETE FROM appAssignment WHERE appId = :id", { id });
  for (const row of rows) insert(context, row);
  return { status: 204 };
}

function readAssignment(
  context: TenantContext,
  appId: string,
  body: unknown,
  version: GraphVersion,
  before?: AppAssignmentRow,
): AppAssignmentRow {
  const { properties } = readEntity(body, assignmentType, { version, action: "update", owned: ["source", "sourceId"] });
  const intent = (properties.intent ?? before?.intent) as InstallIntent | undefined;
  const given = properties.target ?? (before && JSON.parse(before.target));
  if (!intent || !isRecord(given)) {
    throw badRequest(`The type 'microsoft.graph.${assignmentType}' needs the properties 'intent' and 'target'.`);
  }
  const { key, ...target } = readTarget(context, given, `the app '${appId}'`);
  const number = enumOf("installIntent")!.members.find(({ name }) => name === intent)!.value;
  return { id: `${appId}_${key}_${number}_0`, appId, intent, ...target };
}

/** An assignment's id without the intent: app and target. */
const targetIn = (id: string): string => id.replace(/\d+_0$/, "");

/** The assignment that the app has to the same target, if any. */
const sameTarget = (context: TenantContext, row: AppAssignmentRow): AppAssignmentRow | undefined =>
  appAssignmentsOf(context, row.appId).find(({ id }) => targetIn(id) === targetIn(row.id));

/**
 * Of two assignments to the same target the second is ignored; including and excluding it, or two intents, is a mistake.
 * Returns the one that is there then.
 */
function insert(context: TenantContext, row: AppAssignmentRow): AppAssignmentRow {
  const before = sameTarget(context, row);
  if (before && (before.targetType !== row.targetType || before.intent !== row.intent)) {
    throw badRequest(`The app '${row.appId}' has two assignments to '${row.groupId ?? row.targetType}' that disagree.`);
  }
  if (before) return before;
  context.db.run("INSERT INTO appAssignment VALUES (:id, :appId, :intent, :targetType, :groupId, :target)", { ...row });
  return row;
}

function requestedAssignment(context: TenantContext, request: RouteRequest): AppAssignmentRow {
  const app = requested(context, request);
  const { assignmentId } = request.parameters;
  const row = appAssignmentsOf(context, app.id).find(({ id }) => id === `${app.id}_${assignmentId}`);
  if (!row) throw notFound(`The app '${app.id}' has no assignment '${assignmentId}'.`);
  return row;
}

function createAssignment(context: TenantContext, request: RouteRequest): Reply {
  const row = readAssignment(context, requested(context, request).id, request.body, request.version);
  return { status: 201, entity: assignmentEntity(insert(context, row)) };
}

function getAssignment(context: TenantContext, request: RouteRequest): Reply {
  return { status: 200, entity: assignmentEntity(requestedAssignment(context, request)) };
}

/** One that is changed to another target or intent has another id. */
function patchAssignment(context: TenantContext, request: RouteRequest): Reply {
  const old = requestedAssignment(context, request);
  const row = readAssignment(context, old.appId, request.body, request.version, old);
  context.db.run("DELETE FROM appAssignment WHERE id = :id", { id: old.id });
  const other = sameTarget(context, row);
  if (other)
    throw badRequest(
      `The app '${old.appId}' has the assignment '${assignmentEntity(other).id}' to this target already.`,
    );
  insert(context, row);
  return { status: 200, entity: assignmentEntity(row) };
}

function removeAssignment(context: TenantContext, request: RouteRequest): Reply {
  context.db.run("DELETE FROM appAssignment WHERE id = :id", { id: requestedAssignment(context, request).id });
  return { status: 204 };
}
