/** A tenant of a million devices beside one of a thousand: time of what must not grow with the fleet, and memory. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "undici";
import { profiles } from "./programs/profiles";
import { atMost, median, type Row } from "./row";
import { end, type Served, serve } from "./serve";

const small = 1000;
const large = 1_000_000;
const rounds = 200;
const headers = { authorization: "Bearer bench", "content-type": "application/json" };
const devices = "/beta/deviceManagement/managedDevices";

export async function scale(): Promise<Row[]> {
  const few = await measure(small);
  const many = await measure(large);
  const note = `as all of its kind, median of ${rounds} requests, one after the other`;
  return [
    ...Object.keys(few.times).map((name, index) =>
      atMost(2, {
        name: `${name}, 1,000,000 devices beside 1,000`,
        ours: many.times[name]!,
        other: few.times[name]!,
        unit: "ms",
        ...(index === 0 ? { note } : {}),
      }),
    ),
    atMost(1, {
      name: "making 1,000,000 devices, beside its limit",
      ours: many.startSeconds,
      other: 60,
      unit: "s",
      note: `from the start of the process to its first answer; the first overview after an assignment counts: ${many.firstOverviewMs.toFixed(0)} ms`,
    }),
    atMost(1, {
      name: "most memory of the server, beside its limit",
      ours: many.peakMib,
      other: 512,
      unit: "MiB",
      note: `resident, while it made the devices and since; ${many.nowMib.toFixed(0)} MiB at the end, ${few.peakMib.toFixed(0)} MiB with 1,000 devices`,
    }),
  ];
}

interface Measured {
  startSeconds: number;
  firstOverviewMs: number;
  times: Record<string, number>;
  nowMib: number;
  peakMib: number;
}

async function measure(count: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "bench-scale-"));
  const begin = performance.now();
  const served = await serve("large", [String(count), folder]);
  const pool = new Pool(served.url, { connections: 1 });
  const get = async (path: string): Promise<Entity> => ask(pool, "GET", path);
  try {
    const page = (await get(devices)).value!;
    const startSeconds = (performance.now() - begin) / 1000;
    const overview = await assignedProfile(pool, page);
    const beforeOverview = performance.now();
    await get(overview);
    const firstOverviewMs = performance.now() - beforeOverview;
    const { userId, userPrincipalName } = page[50]!;
    const filtered = (filter: string) => `${devices}?$filter=${encodeURIComponent(filter)}`;
    const paths = {
      "first page of devices": devices,
      "devices of a user by id": filtered(`userId eq '${userId}'`),
      "devices of a user by name": filtered(`userPrincipalName eq '${userPrincipalName}'`),
      "managed device overview": "/beta/deviceManagement/managedDeviceOverview",
      "status overview of a profile": overview,
      "first page of a profile's statuses": overview.replace("deviceStatusOverview", "deviceStatuses"),
    };
    const times: Record<string, number> = {};
    for (const [name, path] of Object.entries(paths)) times[name] = await medianTime(() => get(path));
    return { startSeconds, firstOverviewMs, times, ...(await memoryOf(served)) };
  } finally {
    await pool.close();
    await end(served);
    rmSync(folder, { recursive: true });
  }
}

type Entity = Record<string, string> & { value?: Record<string, string>[] };

async function ask(pool: Pool, method: "GET" | "POST", path: string, sent?: object): Promise<Entity> {
  const { statusCode, body } = await pool.request({
    ...{ path, method, headers, headersTimeout: 120_000 },
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
  });
  const text = await body.text();
  if (statusCode >= 300) throw new Error(`${method} ${path} was answered with ${statusCode}: ${text}`);
  return text === "" ? {} : (JSON.parse(text) as Entity);
}

/** The overview of a profile that everyone is to have, and that some devices have reported on. */
async function assignedProfile(pool: Pool, page: Record<string, string>[]): Promise<string> {
  const { platform: _platform, easServices, ...settings } = profiles(1)[0]!;
  const path = "/beta/deviceManagement/deviceConfigurations";
  const type = "#microsoft.graph.iosEasEmailProfileConfiguration";
  const sent = { "@odata.type": type, ...settings, easServices: easServices.join(", ") };
  const { id } = await ask(pool, "POST", path, sent);
  const found = await ask(pool, "GET", `/beta/groups?$filter=${encodeURIComponent("displayName eq 'All mail users'")}`);
  const target = { "@odata.type": "#microsoft.graph.groupAssignmentTarget", groupId: found.value![0]!.id };
  await ask(pool, "POST", `${path}/${id}/assign`, { assignments: [{ target }] });
  const deviceIds = page.filter(({ managementAgent }) => managementAgent !== "eas").map((device) => device.id);
  await ask(pool, "POST", "/simulation/checkIn", { deviceIds });
  return `${path}/${id}/deviceStatusOverview`;
}

async function medianTime(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = -20; round < rounds; round++) {
    const begin = performance.now();
    await work();
    // The first ones warm both up.
    if (round >= 0) times.push(performance.now() - begin);
  }
  return median(times);
}

async function memoryOf({ process }: Served): Promise<{ nowMib: number; peakMib: number }> {
  process.send!("memory");
  const [memory] = await once(process, "message");
  return memory as { nowMib: number; peakMib: number };
}
