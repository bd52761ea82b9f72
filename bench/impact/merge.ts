/** A merge that changes many resources, each for few people: the forecast's own time beside that of the preview it stands on. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { chooseEngine } from "../../provider/engine";
import { forecast } from "../../provider/impact/forecast";
import { planOf } from "../../provider/impact/plan";
import { markdown } from "../../provider/impact/report/markdown";
import { twinOfFolder } from "../../provider/impact/twin";
import { generateSeed, openTenant, type Seed } from "../../provider/tenant";
import { checkIn } from "../../provider/tenant/devices/checkIn";
import { atMost, median, type Row } from "../row";

const profiles = 100;
const devices = 1000;
const rounds = 3;

export async function merge(): Promise<Row> {
  const cwd = join(__dirname, "../programs/fleet");
  const data = join(cwd, ".intune-mail");
  rmSync(data, { recursive: true, force: true });
  const { engine } = chooseEngine("embedded");
  const options = { cwd, stack: "bench", env: { BENCH_COUNT: String(profiles) } };
  try {
    openTenant({ data, seed: offices }).close();
    await engine.up(options);
    const tenant = openTenant({ data });
    checkIn(tenant.context);
    tenant.close();
    const times = [];
    let changed = 0;
    for (let round = 0; round < rounds; round++) {
      const begin = performance.now();
      const previewed = await engine.preview({
        ...options,
        env: { ...options.env, BENCH_HOST: "new.contoso.example" },
      });
      const between = performance.now();
      const plan = planOf(previewed, { project: "bench-fleet", stack: "bench" });
      const impact = await forecast({ twinOf: async () => twinOfFolder(data), plan, horizon: 48 * 3_600_000 });
      markdown(impact);
      times.push({ preview: between - begin, own: performance.now() - between });
      changed = impact.resources.length;
      if (impact.counts.passwordAgain.devices < devices * 0.8) throw new Error("The plan does not reach the devices.");
    }
    return atMost(1, {
      name: `own time of the forecast of ${changed} changed resources on ${devices.toLocaleString("en")} devices, beside its preview`,
      ours: median(times.map(({ own }) => own)) / 1000,
      other: median(times.map(({ preview }) => preview)) / 1000,
      unit: "s",
      note: `copies, plan, 48 hours and the report in Markdown; medians of ${rounds}, the preview by the embedded engine`,
    });
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** A company of iPhones, whose people are in one office each. */
function offices(): Seed {
  const seed = generateSeed({ devices, seed: 1 });
  for (const device of seed.devices) Object.assign(device, { platform: "ios", osVersion: "13.3" });
  const groups = Array.from({ length: profiles }, (_, office) => ({
    ...seed.groups[0]!,
    displayName: `Office ${office}`,
    members: seed.users.filter((_, at) => at % profiles === office).map(({ userPrincipalName }) => userPrincipalName),
  }));
  return { ...seed, groups: [...seed.groups, ...groups] };
}
