/** Conditional access for on-premises Exchange in Graph: settings, and the policies of which the first is in force. */
import type { TenantContext } from "../context";
import { badRequest, notFound } from "../errors";
import { deviceClassesIn } from "../exchange/deviceClasses";
import { readEntity } from "../odata";
import { pageOf } from "../query";
import { betaOnly, both, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { allConnectors } from "../sync/connector";
import {
  type ConditionalAccessSettings,
  type DeviceClass,
  type ExchangePolicy,
  emptyExchangePolicy,
  readConditionalAccess,
  readExchangePolicy,
  readOtherPolicies,
  writeConditionalAccess,
  writeExchangePolicy,
  writeOtherPolicies,
} from "../sync/policy";
import { findGroup } from "./directory";

const settingsPath = "/deviceManagement/conditionalAccessSettings";
const policyPath = "/deviceManagement/exchangeOnPremisesPolicy";
const ofPolicy = `${policyPath}/conditionalAccessSettings`;
const policiesPath = "/deviceManagement/exchangeOnPremisesPolicies";
const onePolicy = `${policiesPath}/:id`;
const ofOne = `${onePolicy}/conditionalAccessSettings`;
const { read, write } = scopes.configuration;
const settingsType = "onPremisesConditionalAccessSettings";
const policyType = "deviceManagementExchangeOnPremisesPolicy";

export const accessPolicyRoutes: readonly Route[] = [
  { method: "GET", path: settingsPath, versions: both, scopes: read, answers: settingsType, handle: getSettings },
  { method: "PATCH", path: settingsPath, versions: both, scopes: write, answers: settingsType, handle: patchSettings },
  { method: "GET", path: ofPolicy, versions: betaOnly, scopes: read, answers: settingsType, handle: getSettings },
  { method: "PATCH", path: ofPolicy, versions: betaOnly, scopes: write, answers: settingsType, handle: patchSettings },
  { method: "GET", path: policyPath, versions: betaOnly, scopes: read, answers: policyType, handle: getPolicy },
  { method: "PATCH", path: policyPath, versions: betaOnly, scopes: write, answers: policyType, handle: patchPolicy },
  {
    method: "GET",
    path: policiesPath,
    versions: betaOnly,
    scopes: read,
    answers: `Collection(${policyType})`,
    handle: listPolicies,
  },
  { method: "POST", path: policiesPath, versions: betaOnly, scopes: write, answers: policyType, handle: createPolicy },
  { method: "GET", path: onePolicy, versions: betaOnly, scopes: read, answers: policyType, handle: getPolicy },
  { method: "PATCH", path: onePolicy, versions: betaOnly, scopes: write, answers: policyType, handle: patchPolicy },
  { method: "DELETE", path: onePolicy, versions: betaOnly, scopes: write, handle: removePolicy },
  { method: "GET", path: ofOne, versions: betaOnly, scopes: read, answers: settingsType, handle: getSettings },
  { method: "PATCH", path: ofOne, versions: betaOnly, scopes: write, answers: settingsType, handle: patchSettings },
];

/** Properties of a policy that only the service writes. */
const ownedByPolicy = ["knownDeviceClasses"] as const;

/** The settings are one for the tenant, whichever policy they are asked of. */
function getSettings(context: TenantContext, request: RouteRequest): Reply {
  requestedPolicy(context, request);
  return { status: 200, entity: { ...readConditionalAccess(context) } };
}

const changesOf = (request: RouteRequest, type: string, owned: readonly string[] = []) =>
  readEntity(request.body, type, { version: request.version, action: "update", owned }).properties;

function patchSettings(context: TenantContext, request: RouteRequest): Reply {
  requestedPolicy(context, request);
  const changes = changesOf(request, settingsType) as Partial<ConditionalAccessSettings>;
  const groups = [...(changes.includedGroups ?? []), ...(changes.excludedGroups ?? [])];
  const unknown = groups.filter((id) => !findGroup(context, id));
  if (unknown.length > 0) throw badRequest(`These ids are of no group of the tenant: ${unknown.join(", ")} (C1).`);
  context.db.transaction(() => writeConditionalAccess(context, { ...readConditionalAccess(context), ...changes }));
  return getSettings(context, request);
}

// --- policies ---------------------------------------------------------------------------------------------------------

/** The policy in force first. */
const allPolicies = (context: TenantContext): ExchangePolicy[] => [
  readExchangePolicy(context),
  ...readOtherPolicies(context),
];

function requestedPolicy(context: TenantContext, { parameters }: RouteRequest): ExchangePolicy {
  if (parameters.id === undefined) return readExchangePolicy(context);
  const found = allPolicies(context).find(({ id }) => id === parameters.id);
  if (!found) throw notFound(`The on-premises Exchange policy '${parameters.id}' does not exist.`);
  return found;
}

function writePolicies(
  context: TenantContext,
  [first = emptyExchangePolicy, ...others]: readonly ExchangePolicy[],
): void {
  writeExchangePolicy(context, first);
  writeOtherPolicies(context, others);
}

const policyEntity = (context: TenantContext, policy: ExchangePolicy): Entity => ({
  ...policy,
  knownDeviceClasses: knownDeviceClasses(context),
});

/** What the connectors see in their organizations. */
const knownDeviceClasses = (context: TenantContext): DeviceClass[] =>
  deviceClassesIn(
    context.db,
    allConnectors(context).map(({ exchangeOrganization }) => exchangeOrganization),
  );

function listPolicies(context: TenantContext, request: RouteRequest): Reply {
  const entityOf = (policy: ExchangePolicy) => policyEntity(context, policy);
  return { status: 200, page: pageOf(request, { type: policyType, all: allPolicies(context), entityOf }) };
}

function getPolicy(context: TenantContext, request: RouteRequest): Reply {
  return { status: 200, entity: policyEntity(context, requestedPolicy(context, request)) };
}

function createPolicy(context: TenantContext, request: RouteRequest): Reply {
  const reading = { version: request.version, action: "create", owned: ownedByPolicy } as const;
  const given = readEntity(request.body, policyType, reading).properties as unknown as Omit<ExchangePolicy, "id">;
  const policy: ExchangePolicy = { ...given, id: context.ids.guid() };
  writeOtherPolicies(context, [...readOtherPolicies(context), policy]);
  return { status: 201, entity: policyEntity(context, policy) };
}

function patchPolicy(context: TenantContext, request: RouteRequest): Reply {
  const changes = changesOf(request, policyType, ownedByPolicy) as Partial<ExchangePolicy>;
  const policy = { ...requestedPolicy(context, request), ...changes };
  writePolicies(
    context,
    allPolicies(context).map((each) => (each.id === policy.id ? policy : each)),
  );
  return { status: 200, entity: policyEntity(context, policy) };
}

/** Where the policy in force is deleted, the next one takes its place, or Graph's empty one. */
function removePolicy(context: TenantContext, request: RouteRequest): Reply {
  const { id } = requestedPolicy(context, request);
  writePolicies(
    context,
    allPolicies(context).filter((each) => each.id !== id),
  );
  return { status: 204 };
}
