/** The simulated tenant: Microsoft Graph in front, a company with its devices and its Exchange behind. */
import type { AuthMode } from "./auth";
import type { TenantContext } from "./context";
import { openFile, type SeedSource } from "./file";
import { type Handler, makeHandler } from "./handler";

export interface Tenant {
  /** Answers one request; HTTP and the in-process client call the same. */
  fetch(request: Request): Promise<Response>;
  /** The same without a `Request`, for transports. */
  readonly handler: Handler;
  readonly context: TenantContext;
  readonly auth: AuthMode;
  close(): void;
}

export interface TenantOptions {
  /** Folder of the tenant's file; absent: in memory, gone with the process. */
  data?: string;
  /** What the tenant holds when it is new; ignored for one that exists. */
  seed?: SeedSource;
  /** `any`: every caller may do everything. `required`: a token that the tenant issued. */
  auth?: AuthMode;
}

/** Opens the tenant of a folder, or makes it. */
export function openTenant({ data, seed, auth = "any" }: TenantOptions = {}): Tenant {
  const context = openFile(data, seed);
  const handler = makeHandler(context, auth);
  return {
    fetch: (request) => answerFetch(handler, request),
    handler,
    context,
    auth,
    close: () => context.db.close(),
  };
}

export { TenantFileError } from "./file";

import { answerFetch } from "./transport";

export { type GenerateOptions, generateSeed, generateSeedText } from "./generate";
export { readSeed, type Seed, SeedError, seedJsonSchema } from "./seed";
export { type ServedTenant, ServeError, serveTenant } from "./serve";
