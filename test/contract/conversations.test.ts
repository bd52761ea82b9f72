/** Conversations of clients with Graph, replayed over HTTP (`test/fixtures/graph`). */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type ServedTenant, serveTenant, type Tenant } from "../../provider/tenant";
import { openCompany } from "./company";

interface Step {
  does: string;
  request: [method: string, target: string, body?: unknown, headers?: Record<string, string>];
  status: number;
  keep?: Record<string, string>;
  expect?: unknown;
  first?: string[];
  absent?: string[];
  text?: string;
  code?: string;
  intune?: string;
}

const folder = path.join(__dirname, "../fixtures/graph");

const at = (value: unknown, place: string): unknown => {
  const found = value as Record<string, unknown>;
  if (Object.hasOwn(found, place)) return found[place];
  const [first, ...rest] = place.split(".");
  return rest.length === 0 ? undefined : at(found[first!], rest.join("."));
};

/** Whether what was found has what is wanted: see the README of the fixtures. */
function differences(found: unknown, wanted: unknown, where = ""): string[] {
  if (typeof wanted === "string" && /^\/.+\/$/s.test(wanted)) {
    return new RegExp(wanted.slice(1, -1)).test(String(found)) ? [] : [`${where}: ${found} does not match ${wanted}`];
  }
  if (typeof wanted !== "object" || wanted === null) {
    return found === wanted ? [] : [`${where}: ${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`];
  }
  if (typeof found !== "object" || found === null) return [`${where}: ${found} is no object`];
  if (Array.isArray(wanted) && (!Array.isArray(found) || found.length !== wanted.length)) {
    return [`${where}: ${JSON.stringify(found)} has not ${wanted.length} items`];
  }
  return Object.entries(wanted).flatMap(([name, each]) => differences(at(found, name), each, `${where}/${name}`));
}

async function replay({ url }: ServedTenant, step: Step, kept: Map<string, string>): Promise<void> {
  const fill = <T>(value: T): T =>
    JSON.parse(
      JSON.stringify(value).replace(/\{(\w+)\}/g, (whole, name: string) =>
        kept.has(name) ? JSON.stringify(kept.get(name)).slice(1, -1) : whole,
      ),
    ) as T;
  const [method, target, body, headers = {}] = fill(step.request);
  const response = await fetch(target.startsWith("http") ? target : url + target, {
    method,
    headers: { ...(body ? { "content-type": "application/json" } : {}), ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  assert.equal(response.status, step.status, `${method} ${target}: ${text}`);
  if (step.text !== undefined) assert.equal(text, step.text);
  if (!response.headers.get("content-type")?.startsWith("application/json")) return;
  const answer = JSON.parse(text) as Record<string, unknown>;
  if (step.expect !== undefined) assert.deepEqual(differences(answer, fill(step.expect)), []);
  if (step.first) assert.deepEqual(Object.keys(answer).slice(0, step.first.length), step.first);
  for (const name of step.absent ?? []) assert.ok(!Object.hasOwn(answer, name), name);
  const error = answer.error as { code: string; message: string } | undefined;
  if (step.code !== undefined) assert.equal(error?.code, step.code);
  if (step.intune !== undefined) {
    const { Message } = JSON.parse(error!.message) as { Message: string };
    assert.ok(Message.includes(fill(step.intune)), Message);
  }
  for (const [name, place] of Object.entries(step.keep ?? {})) kept.set(name, String(at(answer, place)));
}

describe("conversations", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  assert.ok(files.length > 0);
  for (const file of files) {
    const { shows, steps } = JSON.parse(readFileSync(path.join(folder, file), "utf8")) as {
      shows: string;
      steps: Step[];
    };
    describe(`${file}: ${shows}`, () => {
      let tenant: Tenant;
      let served: ServedTenant;
      const kept = new Map<string, string>();
      before(async () => {
        tenant = openCompany();
        served = await serveTenant(tenant);
        kept.set("base", served.url);
      });
      after(async () => {
        await served.close();
        tenant.close();
      });
      for (const step of steps) it(`${step.does}: ${step.status}`, () => replay(served, step, kept));
    });
  }
});
