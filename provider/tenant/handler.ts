/** From a request to its answer: who asks, which route, what it says, and errors in Graph's shape. */
import type { TenantContext } from "./context";

export type AuthMode = "any" | "required";

export function makeHandler(context: TenantContext, auth: AuthMode): (request: Request) => Promise<Response> {
  return async (request) => new Response(`${request.url} ${auth} ${context.clock.now()}`, { status: 501 });
}
