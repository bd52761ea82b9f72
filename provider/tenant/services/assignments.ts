/** Whom a device configuration is assigned to: `assign`, and assignments one by one. */
import type { TenantContext } from "../context";
import { badRequest, notFound } from "../errors";
import { isRecord, plain } from "../metadata";
import { readEntity, readParameters } from "../odata";
import { pageOf } from "../query";
import { both, type Entity, type GraphVersion, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { requestedConfiguration } from "./configurations";
import { findGroup } from "./directory";

const path = "/deviceManagement/deviceConfigurations/:id";
const { read, write } = scopes.configuration;

const answers = "deviceConfigurationAssignment";
const all = `${path}/assignments`;
const one = `${all}/:assignmentId`;

export const assignmentRoutes: readonly Route[] = [
  {
    method: "POST",
    path: `${path}/assign`,
    versions: both,
    scopes: write,
    answers: `Collection(${answers})`,
    handle: assign,
  },
  { method: "GET", path: all, versions: both, scopes: read, answers: `Collection(${answers})`, handle: list },
  { method: "POST", path: all, versions: both, scopes: write, answers, handle: create },
  { method: "GET", path: one, versions: both, scopes: read, answers, handle: get },
  { method: "PATCH", path: one, versions: both, scopes: write, answers, handle: patch },
  { method: "DELETE", path: one, versions: both, scopes: write, handle: remove },
];

export interface AssignmentRow extends TargetRow {
  id: string;
  configurationId: string;
  intent: "apply" | "remove";
}

const targetTypes = [
  "groupAssignmentTarget",
  "exclusionGroupAssignmentTarget",
  "allDevicesAssignmentTarget",
  "allLicensedUsersAssignmentTarget",
  "configurationManagerCollectionAssignmentTarget",
] as const;
export type TargetType = (typeof targetTypes)[number];

/** What stands for the group in an assignment's id: Intune has fixed ids for its two virtual groups. */
const targetKey: Record<TargetType, (target: Record<string, unknown>) => unknown> = {
  groupAssignmentTarget: (target) => target.groupId,
  exclusionGroupAssignmentTarget: (target) => target.groupId,
  allDevicesAssignmentTarget: () => "adadadad-808e-44e2-905a-0b7873a8a531",
  allLicensedUsersAssignmentTarget: () => "acacacac-9df4-4c7d-9d50-4ef0226f57a9",
  configurationManagerCollectionAssignmentTarget: (target) => target.collectionId,
};

export function assignmentsOf({ db }: TenantContext, configurationId: string): AssignmentRow[] {
  return db.all<AssignmentRow>("SELECT * FROM assignment WHERE configurationId = :configurationId ORDER BY rowid", {
    configurationId,
  });
}

function entity(row: AssignmentRow): Entity {
  return {
    id: row.id,
    source: "direct",
    sourceId: row.configurationId,
    intent: row.intent,
    target: JSON.parse(row.target),
  };
}

/** Replaces the whole set of assignments; an empty one unassigns. */
function assign(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requestedConfiguration(context, request);
  const given = readParameters(
    request.body,
    "assign",
    {
      assignments: "Collection(Edm.Untyped)",
      ...(request.version === "beta" ? { deviceConfigurationGroupAssignments: "Collection(Edm.Untyped)" } : {}),
    },
    request.version,
  );
  if (!given.assignments && !given.deviceConfigurationGroupAssignments) {
    throw badRequest("The action 'assign' needs the parameter 'assignments'; an empty one unassigns.");
  }
  const rows = [
    ...((given.assignments ?? []) as unknown[]).map((each) => readAssignment(context, id, each, request.version)),
    ...((given.deviceConfigurationGroupAssignments ?? []) as unknown[]).map((each) =>
      readGroupAssignment(context, id, each),
    ),
  ];
  context.db.run("DELETE FROM assignment WHERE configurationId = :id", { id });
  for (const row of rows) insertAssignment(context, row);
  return { status: 200, page: { rows: assignmentsOf(context, id).map(entity) } };
}

function readAssignment(
  context: TenantContext,
  configurationId: string,
  body: unknown,
  version: GraphVersion,
): AssignmentRow {
  const { target, intent = "apply" } = givenAssignment(body, version);
  if (!target)
    throw badRequest(`The property 'target' is required on type 'microsoft.graph.${answers}' and is missing.`);
  return makeRow(context, configurationId, target, intent);
}

/** What a body says of an assignment. */
function givenAssignment(
  body: unknown,
  version: GraphVersion,
): { target?: Record<string, unknown>; intent?: AssignmentRow["intent"] } {
  const { properties } = readEntity(body, answers, { version, action: "update", owned: ["source", "sourceId"] });
  const { target, intent } = properties;
  if (target === null) throw badRequest(`The property 'target' of type 'microsoft.graph.${answers}' may not be null.`);
  return {
    ...(isRecord(target) ? { target } : {}),
    ...(intent === "apply" || intent === "remove" ? { intent } : {}),
  };
}

function makeRow(
  context: TenantContext,
  configurationId: string,
  target: Record<string, unknown>,
  intent: AssignmentRow["intent"],
): AssignmentRow {
  const { key, ...read } = readTarget(context, target, `the device configuration '${configurationId}'`);
  return { id: `${configurationId}_${key}`, configurationId, intent, ...read };
}

export interface TargetRow {
  targetType: TargetType;
  groupId: string | null;
  /** JSON of the target as it was given. */
  target: string;
}

/** Reads whom something is assigned to; `key` stands for them in the assignment's id. */
export function readTarget(
  context: TenantContext,
  target: Record<string, unknown>,
  what: string,
): TargetRow & { key: string } {
  const type = plain(String(target["@odata.type"]));
  if (!isTargetType(type)) throw badRequest(`${what} cannot be assigned to a microsoft.graph.${type}.`);
  const key = targetKey[type](target);
  if (typeof key !== "string" || key === "") {
    throw badRequest(`A microsoft.graph.${type} needs the id of what it targets.`);
  }
  if (type === "configurationManagerCollectionAssignmentTarget" && findGroup(context, key)) {
    // Intune does not say more than this about the id of a group in the place of a collection's (CONTRACT section 5).
    throw badRequest("An error has occurred");
  }
  const groupId = type.endsWith("roupAssignmentTarget") ? key : null;
  if (groupId !== null && !findGroup(context, groupId)) {
    throw badRequest(`The group '${groupId}', to which ${what} is to be assigned, does not exist.`);
  }
  const complete = {
    "@odata.type": `#microsoft.graph.${type}`,
    deviceAndAppManagementAssignmentFilterId: null,
    deviceAndAppManagementAssignmentFilterType: "none",
    ...target,
  };
  return { key, targetType: type, groupId, target: JSON.stringify(complete) };
}

const isTargetType = (type: string): type is TargetType => (targetTypes as readonly string[]).includes(type);

/** Reads a group assignment, which is an assignment to a group in another form. */
export function readGroupAssignment(context: TenantContext, configurationId: string, body: unknown): AssignmentRow {
  const { properties } = readEntity(body, "deviceConfigurationGroupAssignment", {
    version: "beta",
    action: "create",
    owned: [],
  });
  const type: TargetType = properties.excludeGroup ? "exclusionGroupAssignmentTarget" : "groupAssignmentTarget";
  return makeRow(
    context,
    configurationId,
    { "@odata.type": `#microsoft.graph.${type}`, groupId: properties.targetGroupId },
    "apply",
  );
}

/**
 * Of two assignments to the same target the second is ignored, as Intune does; including and excluding it is a mistake.
 * Returns the one that is there then.
 */
export function insertAssignment({ db }: TenantContext, row: AssignmentRow): AssignmentRow {
  const before = db.get<AssignmentRow>("SELECT * FROM assignment WHERE id = :id", { id: row.id });
  if (before && before.targetType !== row.targetType) {
    throw badRequest(
      `The group '${row.groupId}' cannot be both included in and excluded from the assignment of '${row.configurationId}'.`,
    );
  }
  if (before) return before;
  db.run("INSERT INTO assignment VALUES (:id, :configurationId, :targetType, :groupId, :intent, :target)", { ...row });
  return row;
}

/** The assignment of the address. */
export function requestedAssignment(context: TenantContext, request: RouteRequest): AssignmentRow {
  const { id } = requestedConfiguration(context, request);
  const { assignmentId } = request.parameters;
  const row = assignmentsOf(context, id).find((each) => each.id === assignmentId);
  if (!row) throw notFound(`The device configuration '${id}' has no assignment '${assignmentId}'.`);
  return row;
}

function list(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requestedConfiguration(context, request);
  return { status: 200, page: pageOf(request, { type: answers, all: assignmentsOf(context, id), entityOf: entity }) };
}

function create(context: TenantContext, request: RouteRequest): Reply {
  const row = readAssignment(context, requestedConfiguration(context, request).id, request.body, request.version);
  return { status: 201, entity: entity(insertAssignment(context, row)) };
}

function get(context: TenantContext, request: RouteRequest): Reply {
  return {
    status: 200,
    entity: entity(requestedAssignment(context, request)),
  };
}

function patch(context: TenantContext, request: RouteRequest): Reply {
  const old = requestedAssignment(context, request);
  const { target = JSON.parse(old.target), intent = old.intent } = givenAssignment(request.body, request.version);
  return {
    status: 200,
    entity: entity(replaceAssignment(context, old, makeRow(context, old.configurationId, target, intent))),
  };
}

/** One that is changed to another target has another id; a target that has an assignment already is refused. */
export function replaceAssignment(context: TenantContext, old: AssignmentRow, row: AssignmentRow): AssignmentRow {
  context.db.run("DELETE FROM assignment WHERE id = :id", { id: old.id });
  if (context.db.get("SELECT id FROM assignment WHERE id = :id", { id: row.id })) {
    throw badRequest(`The device configuration '${row.configurationId}' has the assignment '${row.id}' already.`);
  }
  return insertAssignment(context, row);
}

function remove(context: TenantContext, request: RouteRequest): Reply {
  context.db.run("DELETE FROM assignment WHERE id = :id", { id: requestedAssignment(context, request).id });
  return { status: 204 };
}
