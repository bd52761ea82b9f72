/** Requests a second through HTTP, beside a bare `node:http` server that sends the same JSON. */
import { Pool } from "undici";
import { profiles } from "./programs/profiles";
import { atLeast, median, type Row } from "./row";
import { end, serve } from "./serve";

const rounds = 5;
const roundMs = 1500;
const atOnce = 32;
const headers = { authorization: "Bearer bench", "content-type": "application/json" };
const configurations = "/beta/deviceManagement/deviceConfigurations";

/** What is asked again and again: the paths by turns, and the bound of the ratio. */
interface Figure {
  name: string;
  method: "GET" | "POST";
  paths: string[];
  sent?: string;
  least: number;
}

export async function http(): Promise<Row[]> {
  const tenant = await serve("large", ["1000"]);
  try {
    const rows: Row[] = [];
    for (const figure of await figures(tenant.url)) rows.push(await beside(tenant.url, figure));
    return rows;
  } finally {
    await end(tenant);
  }
}

async function figures(url: string): Promise<Figure[]> {
  const { platform: _platform, easServices, ...settings } = profiles(1)[0]!;
  const type = "#microsoft.graph.iosEasEmailProfileConfiguration";
  const profile = JSON.stringify({ "@odata.type": type, ...settings, easServices: easServices.join(", ") });
  const { id } = JSON.parse(await ask(url, { method: "POST", path: configurations, sent: profile })) as { id: string };
  const part = { method: "GET", url: `/deviceManagement/deviceConfigurations/${id}` };
  const requests = Array.from({ length: 20 }, (_, index) => ({ id: String(index), ...part }));
  return [
    { name: "GET one profile", method: "GET", paths: [`${configurations}/${id}`], least: 0.5 },
    { name: "list 1,000 devices by pages of 100", method: "GET", paths: await pages(url), least: 1 / 3 },
    { name: "$batch of 20", method: "POST", paths: ["/beta/$batch"], sent: JSON.stringify({ requests }), least: 1 / 3 },
    { name: "POST a profile", method: "POST", paths: [configurations], sent: profile, least: 1 / 3 },
  ];
}

/** The addresses of all pages of devices. */
async function pages(url: string): Promise<string[]> {
  const found: string[] = [];
  let next: string | undefined = "/beta/deviceManagement/managedDevices?$top=100";
  while (next) {
    found.push(next);
    const page = JSON.parse(await ask(url, { method: "GET", path: next })) as { "@odata.nextLink"?: string };
    next = page["@odata.nextLink"]?.replace(url, "");
  }
  return found;
}

async function ask(url: string, { method, path, sent }: { method: string; path: string; sent?: string }) {
  const answer = await fetch(url + path, { method, headers, ...(sent === undefined ? {} : { body: sent }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${text}`);
  return text;
}

async function beside(url: string, figure: Figure): Promise<Row> {
  const body = await ask(url, { ...figure, path: figure.paths[0]! });
  const bare = await serve("bare", [], body);
  try {
    const ours: number[] = [];
    const other: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const pair = [await perSecond(url, figure), await perSecond(bare.url, figure)] as const;
      // The first round warms both up.
      if (round > 0) ours.push(pair[0]) && other.push(pair[1]);
    }
    const note = `medians of ${rounds} rounds in turn, ${atOnce} requests at once on ${atOnce} connections, answers of ${body.length} characters`;
    return atLeast(figure.least, {
      name: `${figure.name}, beside bare node:http`,
      ours: median(ours),
      other: median(other),
      unit: "req/s",
      note,
    });
  } finally {
    await end(bare);
  }
}

async function perSecond(url: string, { method, paths, sent }: Figure): Promise<number> {
  const pool = new Pool(url, { connections: atOnce });
  let count = 0;
  const start = performance.now();
  const caller = async () => {
    while (performance.now() - start < roundMs) {
      const path = paths[count % paths.length]!;
      const { statusCode, body } = await pool.request({ path, method, headers, body: sent });
      if (statusCode >= 300) throw new Error(`${method} ${path} was answered with ${statusCode}.`);
      // Without a limit of its own it would cut the connection at 128 KiB.
      await body.dump({ limit: Number.MAX_SAFE_INTEGER });
      count++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  const seconds = (performance.now() - start) / 1000;
  await pool.close();
  return count / seconds;
}
