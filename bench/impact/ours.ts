/** `ours.ts FOLDER`: the forecast of the plan over one check-in of each device, copies of the tenant included. */
import { forecast } from "../../provider/impact/forecast";
import { twinOfFolder } from "../../provider/impact/twin";
import { openTenant } from "../../provider/tenant";
import { replacement } from "./fleet";

async function main() {
  const folder = process.argv[2]!;
  const tenant = openTenant({ data: folder });
  const plan = replacement(tenant);
  const begin = performance.now();
  const { counts } = await forecast({ twinOf: async () => twinOfFolder(folder), plan, horizon: 8 * 3_600_000 });
  const ms = performance.now() - begin;
  console.log(
    JSON.stringify({ ms, peakMib: process.resourceUsage().maxRSS / 1024, again: counts.passwordAgain.devices }),
  );
}
main();
