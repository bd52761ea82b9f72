/** A tenant in memory, a client for it in process, and the resources' life cycles on that client. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { adviser } from "../../provider/adviser";
import { type Graph, graphClient, type Json, type Send } from "../../provider/graph/client";
import { lifeCycle } from "../../provider/resource";
import { type Kind, resourceTypes } from "../../provider/resources";
import { smallCompany } from "../../provider/settings";
import { openTenant, readSeed, type Tenant } from "../../provider/tenant";

export interface Rehearsal {
  tenant: Tenant;
  graph: Graph;
  /** What the provider said to the user. */
  said: string[];
  /** What it advised. */
  advised: string[];
  /** Ends the run: the program has named all that it has. */
  complete(): void;
  cycle(kind: Kind): ReturnType<typeof lifeCycle>;
  /** The second path: a raw request to the tenant; the body of a success, or the status of anything else. */
  raw(method: string, path: string, body?: Json): Promise<Json & { status?: number }>;
  /** How many requests the provider made, by method. */
  requests: string[];
  close(): void;
}

/**
 * @param between stands between client and tenant, to lose an answer for example
 * @param tenant one that is there already: a second run of a program, which knows nothing of the first
 */
export function rehearse(between: (send: Send) => Send = (send) => send, tenant = smallTenant()): Rehearsal {
  const requests: string[] = [];
  const send = between((request) => {
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    return tenant.fetch(request);
  });
  const graph = graphClient({ endpoint: "http://tenant.example", send, sleep: async () => {} });
  const said: string[] = [];
  const say = (message: string) => said.push(message);
  const advised: string[] = [];
  const advise = adviser(
    () => graph,
    (line) => advised.push(line),
  );
  const cycles = new Map(
    Object.entries(resourceTypes).map(([kind, type]) => [kind, lifeCycle(type, () => graph, say, advise)] as const),
  );
  return {
    tenant,
    graph,
    said,
    advised,
    complete: () => advise.complete(),
    requests,
    cycle: (kind) => cycles.get(kind)!,
    raw: (method, path, body) => raw(tenant, method, path, body),
    close: () => tenant.close(),
  };
}

/** The small company, and a second Exchange organization: one that is hosted (X2). */
function smallTenant(): Tenant {
  const company = parse(readFileSync(smallCompany, "utf8")) as { exchangeOrganizations: object[] };
  const [first] = company.exchangeOrganizations;
  company.exchangeOrganizations.push({
    ...first,
    name: "Hosted Mail",
    kind: "hosted",
    clientAccessServers: [{ fqdn: "mail.hosted.example" }],
    partnerships: [],
    conditionalAccess: undefined,
  });
  return openTenant({ seed: () => readSeed(JSON.stringify(company), "the small company") });
}

async function raw(tenant: Tenant, method: string, path: string, body?: Json): Promise<Json & { status?: number }> {
  const headers = { "content-type": "application/json" };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const response = await tenant.fetch(new Request(`http://tenant.example/beta${path}`, init));
  const text = await response.text();
  return response.ok ? (text === "" ? {} : JSON.parse(text)) : { status: response.status };
}
