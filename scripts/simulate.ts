/**
 * `npm run simulate -- [--seed K] [--hours H]`: hours of mishaps for two connectors, then a day of calm. Exits with 1 where
 * the syncs have not put everything right by then, and says how to see it again.
 */
import { parseArgs } from "node:util";
import { runCampaign } from "../test/tenant/sync/campaign";

function number(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} must be a whole number, not '${text}'.`);
}

function main(): void {
  const { values } = parseArgs({
    options: { seed: { type: "string", default: "1" }, hours: { type: "string", default: "168" } },
  });
  const seed = number("seed", values.seed);
  const hours = number("hours", values.hours);
  const { events, wrong } = runCampaign(seed, hours);
  console.log(`Seed ${seed}: ${hours} hours of mishaps, 25 hours of calm.`);
  for (const [kind, count] of Object.entries(events)) console.log(`${String(count).padStart(8)}  ${kind}`);
  if (wrong.length === 0) {
    console.log("Everything is as the rules say, and one more full sync changes nothing.");
    return;
  }
  console.error(`${wrong.join("\n")}\nSee it again: npm run simulate -- --seed ${seed} --hours ${hours}`);
  process.exitCode = 1;
}

try {
  main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
