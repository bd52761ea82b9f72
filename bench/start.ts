/** `npm start` from a clean clone with a warm package cache, and the deployment part of it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atMost, type Row } from "./row";

export async function start(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-start-"));
  try {
    execFileSync("git", ["clone", "--quiet", join(__dirname, ".."), folder]);
    const begin = performance.now();
    const output = execFileSync("npm", ["start"], { cwd: folder, encoding: "utf8" });
    const all = (performance.now() - begin) / 1000;
    const times = [...output.matchAll(/(set-up|preview|up|check-in|sync) (\d+(?:\.\d+)?) s/g)];
    const of = (part: string) => Number(times.find((match) => match[1] === part)?.[2] ?? Number.NaN);
    const note = `npm start took ${all.toFixed(1)} s in all: ${times.map((match) => match[0]).join(", ")}`;
    return [
      atMost(1, {
        name: "npm start, deployment part, beside its limit",
        ours: of("preview") + of("up"),
        other: 10,
        unit: "s",
        note,
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
