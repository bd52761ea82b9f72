/** Requests a second: one profile read through HTTP, beside a bare `node:http` server that sends the same JSON. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Pool } from "undici";
import { profiles } from "./programs/profiles";
import { atLeast, median, type Row } from "./row";

const rounds = 5;
const roundMs = 1500;
const atOnce = 32;

export async function http(): Promise<Row[]> {
  const tenant = await serve("tenant");
  try {
    const { path, body } = await profileAt(tenant.url);
    const bare = await serve("bare", body);
    try {
      const ours: number[] = [];
      const other: number[] = [];
      for (let round = 0; round <= rounds; round++) {
        const pair = [await perSecond(tenant.url, path), await perSecond(bare.url, path)] as const;
        // The first round warms both up.
        if (round > 0) ours.push(pair[0]) && other.push(pair[1]);
      }
      const note = `medians of ${rounds} rounds in turn, ${atOnce} requests at once on ${atOnce} connections`;
      const figures = { ours: median(ours), other: median(other) };
      return [atLeast(0.5, { name: "GET one profile, beside bare node:http", ...figures, unit: "req/s", note })];
    } finally {
      bare.process.kill();
    }
  } finally {
    tenant.process.kill();
  }
}

async function serve(name: string, ...args: string[]): Promise<{ url: string; process: ChildProcess }> {
  const file = join(__dirname, "servers", `${name}.ts`);
  const child = spawn(process.execPath, ["--require", "tsx/cjs", file, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const url of createInterface({ input: child.stdout })) return { url, process: child };
  throw new Error(`The ${name} server ended before it said its address.`);
}

async function profileAt(url: string): Promise<{ path: string; body: string }> {
  const { platform: _platform, easServices, ...settings } = profiles(1)[0]!;
  const path = "/beta/deviceManagement/deviceConfigurations";
  const headers = { authorization: "Bearer bench", "content-type": "application/json" };
  const type = "#microsoft.graph.iosEasEmailProfileConfiguration";
  const sent = JSON.stringify({ "@odata.type": type, ...settings, easServices: easServices.join(", ") });
  const made = (await (await fetch(url + path, { method: "POST", headers, body: sent })).json()) as { id: string };
  const body = await (await fetch(`${url}${path}/${made.id}`, { headers })).text();
  return { path: `${path}/${made.id}`, body };
}

async function perSecond(url: string, path: string): Promise<number> {
  const pool = new Pool(url, { connections: atOnce });
  const headers = { authorization: "Bearer bench" };
  let count = 0;
  const start = performance.now();
  const caller = async () => {
    while (performance.now() - start < roundMs) {
      const { statusCode, body } = await pool.request({ path, method: "GET", headers });
      if (statusCode !== 200) throw new Error(`GET ${path} was answered with ${statusCode}.`);
      await body.dump();
      count++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  const seconds = (performance.now() - start) / 1000;
  await pool.close();
  return count / seconds;
}
