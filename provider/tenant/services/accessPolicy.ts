/** Conditional access for on-premises Exchange in Graph: two singletons. */
import type { TenantContext } from "../context";
import { badRequest } from "../errors";
import { readEntity } from "../odata";
import { refuseOptions, select } from "../query";
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

export const accessPolicyRoutes: readonly Route[] = [
  { method: "GET", path: settingsPath, versions: both, scopes: read, handle: getSettings },
  { method: "PATCH", path: settingsPath, versions: both, scopes: write, handle: patchSettings },
  { method: "GET", path: ofPolicy, versions: betaOnly, scopes: read, handle: getSettings },
  { method: "PATCH", path: ofPolicy, versions: betaOnly, scopes: write, handle: patchSettings },
  { method: "GET", path: policyPath, versions: betaOnly, scopes: read, handle: getPolicy },
  { method: "PATCH", path: policyPath, versions: betaOnly, scopes: write, handle: patchPolicy },
];

const answer = (request: RouteRequest, name: string, entity: object): Reply => ({
  status: 200,
  body: {
    "@odata.context": `${request.base}/$metadata#deviceManagement/${name}/$entity`,
    ...select(request, { ...entity }),
  },
});

const settingsAnswer = (context: TenantContext, request: RouteRequest) =>
  answer(request, "conditionalAccessSettings", readConditionalAccess(context));

const policyAnswer = (context: TenantContext, request: RouteRequest) =>
  answer(request, "exchangeOnPremisesPolicy", readExchangePolicy(context));

const changesOf = (request: RouteRequest, type: string) =>
  readEntity(request.body, type, { version: request.version, action: "update", owned: [] }).properties;

function getSettings(context: TenantContext, request: RouteRequest): Reply {
  refuseOptions(request.query, ["$select"]);
  return settingsAnswer(context, request);
}

function patchSettings(context: TenantContext, request: RouteRequest): Reply {
  const changes = changesOf(request, "onPremisesConditionalAccessSettings") as Partial<ConditionalAccessSettings>;
  const groups = [...(changes.includedGroups ?? []), ...(changes.excludedGroups ?? [])];
  const unknown = groups.filter((id) => !findGroup(context, id));
  if (unknown.length > 0) throw badRequest(`These ids are of no group of the tenant: ${unknown.join(", ")} (C1).`);
  context.db.transaction(() => writeConditionalAccess(context, { ...readConditionalAccess(context), ...changes }));
  return settingsAnswer(context, request);
}

function getPolicy(context: TenantContext, request: RouteRequest): Reply {
  refuseOptions(request.query, ["$select"]);
  return policyAnswer(context, request);
}

function patchPolicy(context: TenantContext, request: RouteRequest): Reply {
  const changes = changesOf(request, "deviceManagementExchangeOnPremisesPolicy") as Partial<ExchangePolicy>;
  context.db.transaction(() => writeExchangePolicy(context, { ...readExchangePolicy(context), ...changes }));
  return policyAnswer(context, request);
}
