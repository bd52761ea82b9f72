/** The sign-in service beside Graph: where its addresses are, and tokens for client credentials (CONTRACT section 9). */
import { checkSecret, issueToken, lifetimeSeconds } from "./auth";
import { guidOf, type TenantContext } from "./context";
import type { Answer } from "./handler";

export interface SignInCall {
  method: string;
  /** Of the address, not decoded, without query. */
  path: string;
  /** `https://host:port`, as the caller wrote it. */
  origin: string;
  body: string | undefined;
  authorization: string | null;
}

/** `{tenant}` is any name: a simulated tenant is the only one at its address. */
const addresses = {
  token: /^\/([\w.-]+)\/oauth2\/v2\.0\/token\/?$/,
  configuration: /^\/([\w.-]+)(?:\/v2\.0)?\/\.well-known\/openid-configuration\/?$/,
  keys: /^\/([\w.-]+)\/discovery\/v2\.0\/keys\/?$/,
  instance: /^\/(common)\/discovery\/instance\/?$/,
} as const;
type Address = keyof typeof addresses;

/** Whether a path is one of the sign-in service, which is sent forms rather than JSON. */
export const isSignIn = (path: string): boolean => find(path) !== undefined;

/** Answers a request to the sign-in service; undefined where the path is not one of its addresses. */
export function signIn(context: TenantContext, call: SignInCall): Answer | undefined {
  const found = find(call.path);
  if (!found) return undefined;
  const method = found.address === "token" ? "POST" : "GET";
  if (call.method !== method) {
    return refused(context, refusals.method(method, call.method));
  }
  return answers[found.address](context, call, found.tenant);
}

function find(path: string): { address: Address; tenant: string } | undefined {
  for (const [address, pattern] of Object.entries(addresses)) {
    const tenant = pattern.exec(path)?.[1];
    if (tenant !== undefined) return { address: address as Address, tenant };
  }
  return undefined;
}

const answers: Record<Address, (context: TenantContext, call: SignInCall, tenant: string) => Answer> = {
  token: answerToken,
  configuration: (_context, { origin }, tenant) => answered(configuration(origin, tenant)),
  // Tokens here are random texts, which nothing has signed.
  keys: () => answered({ keys: [] }),
  instance: (_context, { origin }) => {
    const host = hostOf(origin);
    return answered({
      tenant_discovery_endpoint: `${origin}/common/v2.0/.well-known/openid-configuration`,
      "api-version": "1.1",
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    });
  },
};

const hostOf = (origin: string) => origin.replace(/^\w+:\/\//, "");

const answered = (body: object): Answer => ({ status: 200, headers: jsonHeaders, body });

const jsonHeaders = {
  "cache-control": "no-store",
  pragma: "no-cache",
  "content-type": "application/json; charset=utf-8",
};

/** OpenID Connect's description of the service; every address is on the caller's own origin. */
function configuration(origin: string, tenant: string): object {
  const host = hostOf(origin);
  return {
    issuer: `${origin}/${tenant}/v2.0`,
    token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
    jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    grant_types_supported: ["client_credentials"],
    response_types_supported: ["token"],
    response_modes_supported: ["query"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: [".default"],
    tenant_region_scope: "NA",
    cloud_instance_name: host,
    cloud_graph_host_name: host,
    msgraph_host: host,
  };
}

// --- tokens -----------------------------------------------------------------------------------------------------------

function answerToken(context: TenantContext, { body, authorization }: SignInCall, tenant: string): Answer {
  const form = new URLSearchParams(body ?? "");
  const basic = basicCredentials(authorization);
  const of = (name: string) => form.get(name) || undefined;
  const grantType = of("grant_type");
  const appId = (basic?.id ?? of("client_id"))?.toLowerCase();
  const secret = basic?.secret ?? of("client_secret");
  const scope = of("scope");

  if (!grantType) return refused(context, refusals.missing("grant_type"));
  if (grantType !== "client_credentials") return refused(context, refusals.grantType(grantType));
  if (!appId) return refused(context, refusals.missing("client_id"));
  if (!scope) return refused(context, refusals.missing("scope"));
  if (!/^[^\s/]\S*\/\.default$/.test(scope)) return refused(context, refusals.scope(scope));
  if (!secret) {
    return refused(context, of("client_assertion") ? refusals.assertion(appId) : refusals.noSecret(appId));
  }
  const checked = checkSecret(context, appId, secret);
  if (checked === "unknown") return refused(context, refusals.application(appId, tenant));
  if (checked === "wrong") return refused(context, refusals.secret(appId));
  return answered({
    token_type: "Bearer",
    expires_in: lifetimeSeconds,
    ext_expires_in: lifetimeSeconds,
    access_token: issueToken(context, appId),
  });
}

/** HTTP Basic: id and secret are each encoded as in a form before they are joined (RFC 6749, section 2.3.1). */
function basicCredentials(authorization: string | null): { id: string; secret: string } | undefined {
  const encoded = /^Basic +([\w+/=-]+) *$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [id = "", ...rest] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  const decoded = (text: string) => new URLSearchParams(`x=${text.replaceAll("&", "%26")}`).get("x") ?? "";
  return { id: decoded(id), secret: decoded(rest.join(":")) };
}

// --- refusals ---------------------------------------------------------------------------------------------------------

interface Refusal {
  status: 400 | 401;
  error: string;
  code: number;
  description: string;
}

const invalidRequest = (code: number, description: string): Refusal => ({
  status: 400,
  error: "invalid_request",
  code,
  description,
});
const invalidClient = (code: number, description: string): Refusal => ({
  status: 401,
  error: "invalid_client",
  code,
  description,
});

const refusals = {
  method: (allowed: string, given: string) =>
    invalidRequest(900561, `The endpoint only accepts ${allowed} requests. Received a ${given} request.`),
  missing: (name: string) =>
    invalidRequest(900144, `The request body must contain the following parameter: '${name}'.`),
  grantType: (given: string): Refusal => ({
    status: 400,
    error: "unsupported_grant_type",
    code: 70003,
    description: `The app requested an unsupported grant type '${given}': use client_credentials.`,
  }),
  scope: (given: string): Refusal => ({
    status: 400,
    error: "invalid_scope",
    code: 70011,
    description:
      "The provided request must include a 'scope' input parameter. The provided value for the input parameter " +
      `'scope' is not valid. The scope ${given} is not valid: client credentials take one that ends in /.default.`,
  }),
  application: (appId: string, tenant: string): Refusal => ({
    status: 400,
    error: "unauthorized_client",
    code: 700016,
    description: `Application with identifier '${appId}' was not found in the directory '${tenant}'.`,
  }),
  noSecret: (appId: string) =>
    invalidClient(
      7000218,
      `The request body must contain the following parameter: 'client_assertion' or 'client_secret' (app '${appId}').`,
    ),
  assertion: (appId: string) =>
    invalidClient(
      700027,
      `The certificate with which the client assertion is signed is not registered on app '${appId}': use its secret.`,
    ),
  secret: (appId: string) => invalidClient(7000215, `Invalid client secret provided for app '${appId}'.`),
};

/** A failure has the shape of the sign-in service, not of Graph. */
function refused({ clock }: TenantContext, { status, error, code, description }: Refusal): Answer {
  const now = clock.now();
  const traceId = guidOf(`trace/${error}/${now}`);
  const timestamp = `${now.slice(0, 10)} ${now.slice(11, 19)}Z`;
  return {
    status,
    headers: jsonHeaders,
    body: {
      error,
      error_description: `AADSTS${code}: ${description} Trace ID: ${traceId} Correlation ID: ${traceId} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: traceId,
      correlation_id: traceId,
    },
  };
}
