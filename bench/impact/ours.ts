/** `ours.ts FOLDER`: the forecast of the plan over one check-in of each device, copies of the tenant included. */
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../provider/cli/files";
import { forecast } from "../../provider/impact/forecast";
import { markdown } from "../../provider/impact/report/markdown";
import { impactText } from "../../provider/impact/schema";
import { twinOfFolder } from "../../provider/impact/twin";
import { openTenant } from "../../provider/tenant";
import { replacement } from "./fleet";

async function main() {
  const folder = process.argv[2]!;
  const tenant = openTenant({ data: folder });
  const plan = replacement(tenant);
  const begin = performance.now();
  const impact = await forecast({ twinOf: async () => twinOfFolder(folder), plan, horizon: 8 * 3_600_000 });
  const ms = performance.now() - begin;
  const file = join(folder, "impact.json");
  markdown(impact);
  writeWhole(file, impactText(impact));
  const written = statSync(file).size;
  rmSync(file);
  const again = impact.counts.passwordAgain.devices;
  console.log(JSON.stringify({ ms, peakMib: process.resourceUsage().maxRSS / 1024, again, written }));
}
main();
