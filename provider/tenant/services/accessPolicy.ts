/** Conditional access for on-premises Exchange in Graph: two singletons. */
import type { TenantContext } from "../context";
import { badRequest } from "../errors";
import { readEntity } from "../odata";
import { betaOnly, both, type Reply, type Route, type RouteRequest, scopes } from "../route";
import {
  type ConditionalAccessSettings,
  type ExchangePolicy,
  readConditionalAccess,
  readExchangePolicy,
  writeConditionalAccess,
  writeExchangePolicy,
} from "../sync/policy";
import { findGroup } from "./directory";

const settingsPath = "/deviceManagement/conditionalAccessSettings";
const policyPath = "/deviceManagement/exchangeOnPremisesPolicy";
const ofPolicy = `${policyPath}/conditionalAccessSettings`;
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
];

function getSettings(context: TenantContext): Reply {
  return { status: 200, entity: { ...readConditionalAccess(context) } };
}

function getPolicy(context: TenantContext): Reply {
  return { status: 200, entity: { ...readExchangePolicy(context) } };
}

const changesOf = (request: RouteRequest, type: string) =>
  readEntity(request.body, type, { version: request.version, action: "update", owned: [] }).properties;

function patchSettings(context: TenantContext, request: RouteRequest): Reply {
  const changes = changesOf(request, settingsType) as Partial<ConditionalAccessSettings>;
  const groups = [...(changes.includedGroups ?? []), ...(changes.excludedGroups ?? [])];
  const unknown = groups.filter((id) => !findGroup(context, id));
  if (unknown.length > 0) throw badRequest(`These ids are of no group of the tenant: ${unknown.join(", ")} (C1).`);
  context.db.transaction(() => writeConditionalAccess(context, { ...readConditionalAccess(context), ...changes }));
  return getSettings(context);
}

function patchPolicy(context: TenantContext, request: RouteRequest): Reply {
  const changes = changesOf(request, policyType) as Partial<ExchangePolicy>;
  context.db.transaction(() => writeExchangePolicy(context, { ...readExchangePolicy(context), ...changes }));
  return getPolicy(context);
}
