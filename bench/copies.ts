/** Programs on copies of one tenant. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Lets `make.ts` of a folder beside this file make a tenant of a size, and runs each program of that folder on a copy of
 * it, one after the other and in a process of its own; gives what each printed.
 */
export function onCopies<Told extends object>(
  of: string,
  size: number,
  programs: readonly (keyof Told & string)[],
): Told {
  const folder = mkdtempSync(join(tmpdir(), `bench-${of}-`));
  const made = join(folder, "made");
  const run = (program: string, ...args: string[]): string => {
    const file = join(__dirname, of, `${program}.ts`);
    return execFileSync(process.execPath, ["--require", "tsx/cjs", file, ...args], { encoding: "utf8" });
  };
  const onCopy = (program: string): unknown => {
    const copy = join(folder, program);
    cpSync(made, copy, { recursive: true });
    const told = JSON.parse(run(program, copy));
    rmSync(copy, { recursive: true });
    return told;
  };
  try {
    run("make", made, String(size));
    return Object.fromEntries(programs.map((program) => [program, onCopy(program)])) as Told;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
