/** `pass.ts FOLDER`: the plan is applied to the tenant itself, and all devices check in once, each at its time. */
import { applyPlan } from "../../provider/impact/apply";
import { openTenant } from "../../provider/tenant";
import { advanceTo } from "../../provider/tenant/schedule";
import { replacement } from "./fleet";

async function main() {
  const tenant = openTenant({ data: process.argv[2]! });
  await applyPlan(tenant, replacement(tenant));
  const begin = performance.now();
  advanceTo(tenant.context, tenant.context.clock.nowMs() + 8 * 3_600_000);
  const ms = performance.now() - begin;
  console.log(JSON.stringify({ ms, peakMib: process.resourceUsage().maxRSS / 1024 }));
}
main();
