/** How long the tenant of the small company takes to answer for the first time, in a folder that is new. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTenant, readSeed } from "../provider/tenant";
import { atMost, median, type Row } from "./row";

const file = join(__dirname, "../examples/tenants/small.yaml");

export async function tenantStart(): Promise<Row[]> {
  const times: number[] = [];
  for (let run = 0; run < 7; run++) {
    const data = mkdtempSync(join(tmpdir(), "bench-tenant-"));
    const start = performance.now();
    const tenant = openTenant({ data, seed: readSeed(readFileSync(file, "utf8"), file) });
    const answer = await tenant.fetch(new Request("http://tenant/beta/users?$top=1"));
    if (answer.status !== 200) throw new Error(`GET /users was answered with ${answer.status}.`);
    times.push(performance.now() - start);
    tenant.close();
    rmSync(data, { recursive: true });
  }
  const note = `first run ${times[0]!.toFixed(0)} ms, median of 7 ${median(times).toFixed(0)} ms; reading the seed, making the file and one request`;
  return [
    atMost(1, { name: "tenant start, small company, beside its limit", ours: times[0]!, other: 150, unit: "ms", note }),
  ];
}
