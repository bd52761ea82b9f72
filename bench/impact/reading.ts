/** What a twin of a tenant behind Graph costs that tenant: counted by its server. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copied } from "../../provider/cli/impact/copy";
import { settingsFor } from "../../provider/cli/tenant/target";
import { openTenant, serveTenant } from "../../provider/tenant";
import { atMost, type Row } from "../row";
import { makeFleet } from "./fleet";

const devices = 5000;
/** Users, devices and what they report come by the thousand; members of groups, too. */
const requestsMax = 5;

export async function reading(): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), "bench-reading-"));
  await makeFleet(folder, devices);
  const tenant = openTenant({ data: folder });
  let asked = 0;
  const handler: typeof tenant.handler = (request) => {
    asked++;
    return tenant.handler(request);
  };
  const server = await serveTenant({ ...tenant, handler }, { port: 0 });
  try {
    const begin = performance.now();
    const twin = await copied(settingsFor({ cwd: folder, stack: "dev", endpoint: server.url }), undefined, {});
    const seconds = (performance.now() - begin) / 1000;
    twin.close();
    return atMost(1, {
      name: "requests of a twin for 1,000 devices, beside their limit",
      ours: (asked / devices) * 1000,
      other: requestsMax,
      unit: "requests",
      note: `of ${devices.toLocaleString("en")} devices that have reported on the newest version, in ${seconds.toFixed(1)} s, the server in the same process; a device that Graph leaves a doubt of costs a twentieth of a request more`,
    });
  } finally {
    await server.close();
    tenant.close();
    rmSync(folder, { recursive: true });
  }
}
