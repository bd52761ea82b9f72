/** Group assignments of a device configuration: beta's older view of the assignments to groups. */
import type { TenantContext } from "../context";
import { notFound } from "../errors";
import { readEntity } from "../odata";
import { pageOf } from "../query";
import { betaOnly, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import {
  type AssignmentRow,
  assignmentsOf,
  insertAssignment,
  readGroupAssignment,
  replaceAssignment,
  requestedAssignment,
} from "./assignments";
import { configurationEntity, requestedConfiguration } from "./configurations";

const answers = "deviceConfigurationGroupAssignment";
const all = "/deviceManagement/deviceConfigurations/:id/groupAssignments";
const one = `${all}/:assignmentId`;
const { read, write } = scopes.configuration;

export const groupAssignmentRoutes: readonly Route[] = [
  {
    method: "GET",
    path: all,
    versions: betaOnly,
    scopes: read,
    answers: `Collection(${answers})`,
    handle: list,
  },
  { method: "POST", path: all, versions: betaOnly, scopes: write, answers, handle: create },
  { method: "GET", path: one, versions: betaOnly, scopes: read, answers, handle: get },
  { method: "PATCH", path: one, versions: betaOnly, scopes: write, answers, handle: patch },
  { method: "DELETE", path: one, versions: betaOnly, scopes: write, handle: remove },
  {
    method: "GET",
    path: `${one}/deviceConfiguration`,
    versions: betaOnly,
    scopes: read,
    answers: "deviceConfiguration",
    handle: getConfiguration,
  },
];

const entity = (row: AssignmentRow): Entity => ({
  id: row.id,
  targetGroupId: row.groupId,
  excludeGroup: row.targetType === "exclusionGroupAssignmentTarget",
});

function list(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requestedConfiguration(context, request);
  const groups = assignmentsOf(context, id).filter((row) => row.groupId !== null);
  return { status: 200, page: pageOf(request, { type: answers, all: groups, entityOf: entity }) };
}

function create(context: TenantContext, request: RouteRequest): Reply {
  const row = readGroupAssignment(context, requestedConfiguration(context, request).id, request.body);
  return { status: 201, entity: entity(insertAssignment(context, row)) };
}

/** An assignment to all devices or to all users is no group assignment. */
function requested(context: TenantContext, request: RouteRequest): AssignmentRow {
  const row = requestedAssignment(context, request);
  if (row.groupId !== null) return row;
  throw notFound(`The device configuration '${row.configurationId}' has no group assignment '${row.id}'.`);
}

function get(context: TenantContext, request: RouteRequest): Reply {
  return { status: 200, entity: entity(requested(context, request)) };
}

function patch(context: TenantContext, request: RouteRequest): Reply {
  const old = requested(context, request);
  const reading = { version: request.version, action: "update", owned: [] } as const;
  const { properties } = readEntity(request.body, answers, reading);
  const { id: _, ...before } = entity(old);
  const row = readGroupAssignment(context, old.configurationId, { ...before, ...properties });
  return { status: 200, entity: entity(replaceAssignment(context, old, row)) };
}

function remove(context: TenantContext, request: RouteRequest): Reply {
  context.db.run("DELETE FROM assignment WHERE id = :id", { id: requested(context, request).id });
  return { status: 204 };
}

function getConfiguration(context: TenantContext, request: RouteRequest): Reply {
  requested(context, request);
  return { status: 200, entity: configurationEntity(requestedConfiguration(context, request)) };
}
