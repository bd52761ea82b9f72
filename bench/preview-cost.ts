/** Requests that a preview of many profiles makes, each with a deployment to a group of its own; counted by the server. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { chooseEngine } from "../provider/engine";
import { openTenant, serveTenant } from "../provider/tenant";
import { atMost, type Row } from "./row";

const profiles = 100;
const requestsMax = 20;

export async function previewCost(): Promise<Row[]> {
  const tenant = openTenant();
  const asked: string[] = [];
  const handler: typeof tenant.handler = (request) => {
    asked.push(`${request.method} ${request.target}`);
    return tenant.handler(request);
  };
  const server = await serveTenant({ ...tenant, handler });
  const cwd = join(__dirname, "programs/fleet");
  const folder = join(cwd, ".intune-mail");
  rmSync(folder, { recursive: true, force: true });
  const { engine } = chooseEngine("embedded");
  const env = { INTUNE_MAIL_ENDPOINT: server.url, BENCH_COUNT: String(profiles) };
  const options = { cwd, stack: "bench", env };
  const previewed = async (name: string): Promise<Row> => {
    asked.length = 0;
    await engine.preview(options);
    const writes = asked.filter((request) => !request.startsWith("GET ") && !request.endsWith("/$batch"));
    if (writes.length > 0) throw new Error(`A preview wrote: ${writes[0]}.`);
    const figures = { ours: asked.length, other: requestsMax, unit: "requests" };
    return atMost(1, { name: `${name} preview of ${profiles} profiles and deployments, beside its limit`, ...figures });
  };
  try {
    for (let index = 0; index < profiles; index++) await makeGroup(server.url, `Office ${index}`);
    const first = await previewed("first");
    await engine.up(options);
    return [first, await previewed("no-op")];
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await server.close();
    tenant.close();
  }
}

async function makeGroup(url: string, displayName: string): Promise<void> {
  const group = { displayName, mailEnabled: false, mailNickname: displayName.replace(" ", ""), securityEnabled: true };
  const headers = { authorization: "Bearer bench", "content-type": "application/json" };
  const made = await fetch(`${url}/beta/groups`, { method: "POST", headers, body: JSON.stringify(group) });
  if (made.status !== 201) throw new Error(`POST /groups was answered with ${made.status}.`);
}
