/** Who may do what: tokens for the app registrations of the seed, by the tenant's own clock. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { guidOf, type TenantContext } from "./context";
import { GraphError } from "./errors";
import type { Answer } from "./handler";

/** `any`: every caller may do everything. `required`: a token that this tenant issued. */
export type AuthMode = "any" | "required";

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

const lifetimeSeconds = 3_599;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Throws 401 for a caller without a valid token, 403 for one that lacks every one of the scopes. */
export function authorize(context: TenantContext, authorization: string | null, scopes: readonly string[]): void {
  const token = /^Bearer +(.+)$/i.exec(authorization ?? "")?.[1];
  if (!token) throw unauthorized("Access token is empty.");
  const found = context.db.get<{ expiresMs: number; scopes: string }>(
    "SELECT expiresMs, scopes FROM token JOIN application USING (appId) WHERE sha256 = :sha256",
    { sha256: sha256(token) },
  );
  if (!found) throw unauthorized("Access token validation failure. This tenant has not issued the token.");
  if (found.expiresMs <= context.clock.nowMs()) throw unauthorized("Lifetime validation failed, the token is expired.");
  const granted = JSON.parse(found.scopes) as string[];
  if (!scopes.some((scope) => granted.includes(scope))) {
    throw new GraphError(
      403,
      "Forbidden",
      `Application is not authorized to perform this operation. Application must have one of the following scopes: ${scopes.join(", ")}`,
      true,
    );
  }
}

const unauthorized = (message: string) => new GraphError(401, "InvalidAuthenticationToken", message);

/** Answers a request for a token by client credentials; failures have the shape of the sign-in service, not of Graph. */
export function issueToken(context: TenantContext, form: URLSearchParams): Answer {
  if (form.get("grant_type") !== "client_credentials") {
    return refused(
      context,
      400,
      "unsupported_grant_type",
      70003,
      "The app requested an unsupported grant type: use client_credentials.",
    );
  }
  const appId = (form.get("client_id") ?? "").toLowerCase();
  const application = context.db.get<{ secretSha256: string }>(
    "SELECT secretSha256 FROM application WHERE appId = :appId",
    { appId },
  );
  if (!application) {
    return refused(
      context,
      400,
      "unauthorized_client",
      700016,
      `Application with identifier '${appId}' was not found in the directory.`,
    );
  }
  const given = sha256(form.get("client_secret") ?? "");
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(application.secretSha256))) {
    return refused(context, 401, "invalid_client", 7000215, `Invalid client secret provided for app '${appId}'.`);
  }
  // The one thing not drawn from the seed: a token that could be foreseen would be no secret, and it shapes no history.
  const token = randomBytes(32).toString("base64url");
  const nowMs = context.clock.nowMs();
  context.db.run("DELETE FROM token WHERE expiresMs <= :nowMs", { nowMs });
  context.db.run("INSERT INTO token VALUES (:sha256, :appId, :expiresMs)", {
    sha256: sha256(token),
    appId,
    expiresMs: nowMs + lifetimeSeconds * 1000,
  });
  return {
    status: 200,
    headers: { "cache-control": "no-store" },
    body: { token_type: "Bearer", expires_in: lifetimeSeconds, ext_expires_in: lifetimeSeconds, access_token: token },
  };
}

function refused(context: TenantContext, status: number, error: string, code: number, description: string): Answer {
  const traceId = guidOf(`trace/${error}/${context.clock.now()}`);
  return {
    status,
    headers: { "cache-control": "no-store" },
    body: {
      error,
      error_description: `AADSTS${code}: ${description} Trace ID: ${traceId}`,
      error_codes: [code],
      timestamp: context.clock.now().replace("T", " "),
      trace_id: traceId,
      correlation_id: traceId,
    },
  };
}
