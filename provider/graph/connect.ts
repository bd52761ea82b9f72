import { readFileSync } from "node:fs";
import { Agent, fetch as undiciFetch } from "undici";
import type { Settings } from "../settings";
import { openTenant, readSeed, SeedError, type Tenant, TenantFileError } from "../tenant";
import { UserError } from "../user-error";
import { type Graph, graphClient, type Send } from "./client";
import { clientCredentials } from "./token";

/** A client for the tenant that the settings name: over HTTP(S), or the embedded one in process. */
export function connect(settings: Settings): Graph {
  return settings.endpoint === undefined ? embedded(settings) : remote(settings, settings.endpoint);
}

function remote(settings: Settings, endpoint: string): Graph {
  const agent = new Agent({ connections: 16, headersTimeout: 60_000, connect: { timeout: 10_000 } });
  const send = overHttp(agent);
  const { token, client } = settings;
  return graphClient({
    endpoint,
    send,
    ...(token ? { token: async () => token } : client ? { token: clientCredentials(client, send) } : {}),
    close: () => agent.close(),
  });
}

/** undici's own fetch, as it knows the pool; the two Request classes differ, so the request is taken apart. */
export const overHttp =
  (agent: Agent): Send =>
  async (request) => {
    const body = request.body === null ? null : await request.text();
    const headers = Object.fromEntries(request.headers);
    const response = await undiciFetch(request.url, { method: request.method, headers, body, dispatcher: agent });
    return response as unknown as Response;
  };

/** No server and no socket: the client calls what the tenant's server would call. */
function embedded(settings: Settings): Graph {
  const tenant = opened(settings);
  return graphClient({
    endpoint: "http://embedded",
    send: (request) => tenant.fetch(request),
    close: async () => tenant.close(),
  });
}

function opened({ data, seed }: Settings): Tenant {
  try {
    return openTenant({ data, seed: () => seedFrom(seed) });
  } catch (error) {
    if (error instanceof TenantFileError || error instanceof SeedError) throw new UserError(error.message);
    throw error;
  }
}

export function seedFrom(file: string) {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new UserError(
      `The seed file ${file} cannot be read. Set intune:seed, or --seed where a tenant is served, to a file that exists (see examples/tenants).`,
    );
  }
  return readSeed(text, file);
}
