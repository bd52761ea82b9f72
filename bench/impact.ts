/** A forecast beside one check-in of the same devices, with all of its copies of the tenant. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atMost, type Row } from "./row";

const devices = 100_000;

export async function impact(): Promise<Row[]> {
  const { pass, ours } = measure();
  return [
    atMost(2.5, {
      name: `forecast of a replacement that reaches ${devices.toLocaleString("en")} devices, beside one check-in of them`,
      ours: ours.ms / 1000,
      other: pass.ms / 1000,
      unit: "s",
      note: `two copies of the tenant, the plan on one of them, a check-in of all devices on both, and the comparison; ${ours.again} people's devices ask for a password`,
    }),
    atMost(1, {
      name: "most memory of the forecast, beside its limit",
      ours: ours.peakMib,
      other: 768,
      unit: "MiB",
      note: `resident; the check-in by itself had ${pass.peakMib.toFixed(0)} MiB`,
    }),
  ];
}

interface Timed {
  ms: number;
  peakMib: number;
}

/** Each on a copy of one tenant, in a process of its own. */
function measure(): { pass: Timed; ours: Timed & { again: number } } {
  const folder = mkdtempSync(join(tmpdir(), "bench-impact-"));
  const run = (program: string, ...args: string[]): string => {
    const file = join(__dirname, "impact", `${program}.ts`);
    return execFileSync(process.execPath, ["--require", "tsx/cjs", file, ...args], { encoding: "utf8" });
  };
  const onCopy = (program: string) => {
    const copy = join(folder, program);
    cpSync(join(folder, "made"), copy, { recursive: true });
    const told = JSON.parse(run(program, copy));
    rmSync(copy, { recursive: true });
    return told;
  };
  try {
    run("make", join(folder, "made"), String(devices));
    return { pass: onCopy("pass"), ours: onCopy("ours") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
