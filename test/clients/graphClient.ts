/** Microsoft's own client of Graph for JavaScript, over HTTPS, trusting the certificate that a served tenant made. */
import {
  type AuthenticationProvider,
  Client,
  type Context,
  type Middleware,
  MiddlewareFactory,
} from "@microsoft/microsoft-graph-client";
import { Agent, fetch, type RequestInit } from "undici";
import type { ServedTenant } from "../../provider/tenant";

export interface GraphClient {
  client: Client;
  /** Statuses of what the client was answered, its retries included. */
  statuses: number[];
  close(): Promise<void>;
}

/** Opens a client of a served tenant; `token` is asked for each request. */
export function openClient(url: string, certificate: string, token: () => Promise<string>): GraphClient {
  const dispatcher = new Agent({ connect: { ca: certificate } });
  const statuses: number[] = [];
  // The last of the chain is the one that uses the network; all others are the client's own.
  const transport: Middleware = {
    async execute(context: Context) {
      const init = { ...context.options, dispatcher } as RequestInit;
      const response = await fetch(context.request as string, init);
      statuses.push(response.status);
      context.response = response as unknown as Response;
    },
  };
  const authProvider: AuthenticationProvider = { getAccessToken: token };
  const middleware = [...MiddlewareFactory.getDefaultMiddlewareChain(authProvider).slice(0, -1), transport];
  const { hostname } = new URL(url);
  return {
    client: Client.initWithMiddleware({
      baseUrl: url,
      defaultVersion: "beta",
      customHosts: new Set([hostname]),
      middleware,
    }),
    statuses,
    close: () => dispatcher.close(),
  };
}

/** A token for an application. */
export async function signIn(
  { url, certificate }: ServedTenant,
  { appId, secret }: { appId: string; secret: string },
): Promise<string> {
  const dispatcher = new Agent({ connect: { ca: certificate! } });
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: appId,
    client_secret: secret,
    scope: "https://graph.microsoft.com/.default",
  });
  const response = await fetch(`${url}/common/oauth2/v2.0/token`, { method: "POST", body, dispatcher });
  const { access_token } = (await response.json()) as { access_token: string };
  await dispatcher.close();
  return access_token;
}
