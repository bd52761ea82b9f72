/**
 * `npm run bench [-- --json FILE] [-- --only NAME]`: every figure beside what a user would have instead, in one run.
 * Exits with 1 where a bound is missed.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { engine } from "./engine";
import { http } from "./http";
import { impact } from "./impact";
import { previewCost } from "./preview-cost";
import { type Row, table } from "./row";
import { scale } from "./scale";
import { start } from "./start";
import { sync } from "./sync";
import { tenantStart } from "./tenant-start";

const groups: Record<string, () => Promise<Row[]>> = {
  "tenant-start": tenantStart,
  http,
  scale,
  "preview-cost": previewCost,
  engine,
  start,
  sync,
  impact,
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "string" }, only: { type: "string", multiple: true } } });
  const names = values.only ?? Object.keys(groups);
  const rows: Row[] = [];
  for (const name of names) {
    const group = groups[name];
    if (!group) throw new Error(`There is no group "${name}"; there are ${Object.keys(groups).join(", ")}.`);
    process.stderr.write(`${name} …\n`);
    rows.push(...(await group()));
  }
  console.log(table(rows));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  process.exitCode = rows.every((row) => row.ok) ? 0 : 1;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 2;
});
