/** A Graph service that is not our tenant: pages of what a test says, batches, and whatever goes wrong. */
import { type GraphOptions, graphClient, type Json, type Send } from "../../provider/graph/client";
import { twinOfEndpoint } from "../../provider/impact/twin-graph";
import type { Tenant } from "../../provider/tenant";

/** Collections and entities by path, below the version. */
export type Holdings = Record<string, Json | readonly Json[]>;

export interface Service {
  send: Send;
  /** `GET /users?…` of every request, those in batches one by one. */
  asked: string[];
  waits: number[];
}

export interface Mishaps {
  /** Answers in the service's stead, where it gives something. */
  between?: (request: Request, path: string, asked: number) => Response | undefined;
  pageSize?: number;
  batches?: boolean;
}

export const endpoint = "https://graph.example";
export const problem = (status: number, code: string, message = code, headers: Record<string, string> = {}): Response =>
  Response.json({ error: { code, message } }, { status, headers });

/** What Graph has of everything that a twin is read from, where a test says nothing else. */
const nothing: Holdings = {
  "/users": [],
  "/groups": [],
  "/deviceManagement/managedDevices": [],
  "/deviceManagement/deviceConfigurations": [],
  "/deviceAppManagement/mobileApps": [],
};

export function serviceOf(holdings: Holdings, { between, pageSize = 100, batches = true }: Mishaps = {}): Service {
  const all: Holdings = { ...nothing, ...holdings };
  const service: Service = { asked: [], waits: [], send };

  async function send(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.replace("/beta", "");
    if (path === "/$batch" && batches) return batch(request);
    service.asked.push(`${request.method} ${path}${url.search}`);
    return between?.(request, path, service.asked.length) ?? answer(url, path);
  }

  function answer(url: URL, path: string): Response {
    const found = all[path];
    if (found === undefined) return problem(404, "ResourceNotFound", `Resource not found for the segment ${path}.`);
    if (!Array.isArray(found)) return Response.json(found);
    const skip = Number(url.searchParams.get("$skiptoken") ?? 0);
    const value = found.slice(skip, skip + pageSize);
    if (skip + pageSize >= found.length) return Response.json({ value });
    url.searchParams.set("$skiptoken", String(skip + pageSize));
    return Response.json({ value, "@odata.nextLink": url.href });
  }

  async function batch(request: Request): Promise<Response> {
    type Part = { id: string; method: string; url: string };
    const { requests } = (await request.json()) as { requests: Part[] };
    const headers = Object.fromEntries(request.headers);
    const responses = requests.map(async ({ id, method, url }) => {
      const response = await send(new Request(`${endpoint}/beta${url}`, { method, headers }));
      const body = await response.json();
      return { id, status: response.status, headers: Object.fromEntries(response.headers), body };
    });
    return Response.json({ responses: (await Promise.all(responses)).reverse() });
  }

  return service;
}

type Options = Partial<Parameters<typeof twinOfEndpoint>[1]>;

/** A twin of such a service, which is closed after the test has looked at it. */
export async function withTwinOf<T>(
  service: Service,
  look: (twin: Tenant) => T | Promise<T>,
  options: Options = {},
  client: Partial<GraphOptions> = {},
): Promise<T> {
  const sleep = async (ms: number) => void service.waits.push(ms);
  const graph = graphClient({ endpoint, send: service.send, sleep, ...client });
  const twin = await twinOfEndpoint(graph, { source: endpoint, takenAt: "2026-03-02T08:00:00Z", ...options });
  try {
    return await look(twin);
  } finally {
    twin.close();
  }
}

// --- what Graph has -----------------------------------------------------------------------------------------------------

/** An id of Graph's, by a number. */
export const id = (number: number): string => `${String(number).padStart(8, "0")}-0000-4000-8000-000000000000`;

export const user = (number: number, over: Json = {}): Json => ({
  id: id(number),
  displayName: `Person ${number}`,
  userPrincipalName: `p${number}@fabrikam.example`,
  mail: `p${number}@fabrikam.example`,
  accountEnabled: true,
  onPremisesSamAccountName: null,
  onPremisesDomainName: null,
  assignedLicenses: [{ skuId: "061f9ace-7d42-4136-88ac-31dc755f143f" }],
  ...over,
});

export const group = (number: number, over: Json = {}): Json => ({
  id: id(number),
  displayName: `Group ${number}`,
  description: null,
  mailNickname: `group${number}`,
  createdDateTime: "2025-01-01T00:00:00Z",
  ...over,
});

export const member = (kind: string, number: number, over: Json = {}): Json => ({
  "@odata.type": `#microsoft.graph.${kind}`,
  id: id(number),
  ...over,
});

export const device = (number: number, of: number | null, over: Json = {}): Json => ({
  id: id(number),
  deviceName: `DEVICE-${number}`,
  userId: of === null ? "" : id(of),
  userPrincipalName: of === null ? "" : `p${of}@fabrikam.example`,
  operatingSystem: "iOS",
  deviceType: "iPhone",
  osVersion: "26.1",
  model: "iPhone 17",
  manufacturer: "Apple",
  enrolledDateTime: "2025-06-01T00:00:00Z",
  lastSyncDateTime: "2026-03-02T05:30:00Z",
  complianceState: "compliant",
  managementAgent: "mdm",
  azureADDeviceId: id(number + 100_000),
  easDeviceId: "",
  easActivated: false,
  easActivationDateTime: "0001-01-01T00:00:00Z",
  exchangeAccessState: "none",
  exchangeAccessStateReason: "none",
  exchangeLastSuccessfulSyncDateTime: "0001-01-01T00:00:00Z",
  ...over,
});

export const profile = (number: number, over: Json = {}): Json => ({
  "@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration",
  id: id(number),
  displayName: `Mail ${number}`,
  description: null,
  version: 3,
  createdDateTime: "2025-02-01T00:00:00Z",
  lastModifiedDateTime: "2025-02-01T00:00:00Z",
  accountName: "Mail",
  hostName: "mail.fabrikam.example",
  usernameSource: "userPrincipalName",
  emailAddressSource: "primarySmtpAddress",
  durationOfEmailToSync: "oneWeek",
  authenticationMethod: "usernameAndPassword",
  requireSsl: true,
  easServices: "emails",
  easServicesUserOverrideEnabled: false,
  blockMovingMessagesToOtherEmailAccounts: false,
  blockSendingEmailFromThirdPartyApps: false,
  blockSyncingRecentlyUsedEmailAddresses: false,
  requireSmime: false,
  useOAuth: false,
  ...over,
});

export const assigned = (to: number | string, over: Json = {}): Json => ({
  id: `assignment-${to}`,
  intent: "apply",
  target:
    typeof to === "number"
      ? { "@odata.type": "#microsoft.graph.groupAssignmentTarget", groupId: id(to) }
      : { "@odata.type": `#microsoft.graph.${to}` },
  ...over,
});

export const excluded = (to: number): Json => ({
  ...assigned(to),
  target: { "@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", groupId: id(to) },
});

export const said = (configuration: number, device: number, status: string, over: Json = {}): Json => ({
  id: `${id(configuration)}_${id(device)}`,
  deviceDisplayName: `DEVICE-${device}`,
  userPrincipalName: null,
  status,
  lastReportedDateTime: "2026-03-02T05:30:00Z",
  ...over,
});
