/** Who calls, and what he may do: tokens for the app registrations of the seed, by the tenant's own clock. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { TenantContext } from "./context";
import { GraphError } from "./errors";

/** `any`: every caller may do everything. `required`: a token that this tenant issued. */
export type AuthMode = "any" | "required";

/** Who sent a request. */
export interface Caller {
  /** Of the token, where this tenant issued it. */
  appId: string | undefined;
  scopes: readonly string[] | "any";
}

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

/** How long a token is good, in seconds of the tenant's clock. */
export const lifetimeSeconds = 3_599;
/** A token is remembered this long after its end, so that its refusal says that it has ended. */
const rememberedMs = 24 * 60 * 60 * 1000;

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
/** Form of the tokens that this tenant issues; nothing else is worth a look into the file. */
const issuedForm = /^[\w-]{43}$/;

/** Tells who calls. Throws 401 where tokens are demanded and there is no valid one. */
export function authenticate(context: TenantContext, authorization: string | null, mode: AuthMode): Caller {
  const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
  const issued = token !== undefined && issuedForm.test(token) ? findToken(context, token) : undefined;
  if (mode === "any") return { appId: issued?.appId, scopes: "any" };
  if (token === undefined) {
    const isEmpty = /^(Bearer *)?$/i.test(authorization ?? "");
    throw unauthorized(
      isEmpty
        ? "Access token is empty."
        : "Access token validation failure. The Authorization header must be the word Bearer and a token.",
    );
  }
  if (!issued) throw unauthorized("Access token validation failure. This tenant has not issued the token.");
  if (issued.expiresMs <= context.clock.nowMs()) {
    throw unauthorized("Lifetime validation failed, the token is expired.");
  }
  return { appId: issued.appId, scopes: JSON.parse(issued.scopes) as string[] };
}

/** Throws 403 for a caller that has none of the scopes. */
export function authorize(caller: Caller, scopes: readonly string[]): void {
  const granted = caller.scopes;
  if (granted === "any" || scopes.some((scope) => granted.includes(scope))) return;
  throw new GraphError(
    403,
    "Forbidden",
    `Application is not authorized to perform this operation. Application must have one of the following scopes: ${scopes.join(", ")}`,
    true,
  );
}

/** The `WWW-Authenticate` header of a 401: where tokens are to be had, and for which application (Graph's own id). */
export const challenge = (origin: string): string =>
  `Bearer realm="", authorization_uri="${origin}/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`;

/** Whether the tenant has the application, and whether the secret is its own. */
export function checkSecret({ db }: TenantContext, appId: string, secret: string): "unknown" | "wrong" | "right" {
  const application = db.get<{ secretSha256: string }>("SELECT secretSha256 FROM application WHERE appId = :appId", {
    appId,
  });
  if (!application) return "unknown";
  return timingSafeEqual(Buffer.from(sha256(secret)), Buffer.from(application.secretSha256)) ? "right" : "wrong";
}

/** Makes a token for an application, and remembers what it can be known by. */
export function issueToken({ db, clock }: TenantContext, appId: string): string {
  // The one thing not drawn from the seed: a token that could be foreseen would be no secret, and it shapes no history.
  const token = randomBytes(32).toString("base64url");
  const nowMs = clock.nowMs();
  db.transaction(() => {
    db.run("DELETE FROM token WHERE expiresMs <= :forgottenMs", { forgottenMs: nowMs - rememberedMs });
    db.run("INSERT INTO token VALUES (:sha256, :appId, :expiresMs)", {
      sha256: sha256(token),
      appId,
      expiresMs: nowMs + lifetimeSeconds * 1000,
    });
  });
  return token;
}

const findToken = ({ db }: TenantContext, token: string) =>
  db.get<{ appId: string; expiresMs: number; scopes: string }>(
    "SELECT appId, expiresMs, scopes FROM token JOIN application USING (appId) WHERE sha256 = :sha256",
    { sha256: sha256(token) },
  );

const unauthorized = (message: string) => new GraphError(401, "InvalidAuthenticationToken", message);
