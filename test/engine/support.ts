/** A project in a folder of its own, whose program is given as data. */

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { EngineOptions } from "../../provider/engine";

const FIXTURES = join(__dirname, "fixtures");

export interface Declared {
  name: string;
  kind?: "group";
  /** Read by this id, instead of managed. */
  id?: string;
  inputs?: Record<string, unknown>;
  options?: Record<string, unknown>;
}

export interface Program {
  resources: Declared[];
  outputs?: Record<string, unknown>;
  prints?: string[];
  throws?: string;
}

export interface TestProject {
  folder: string;
  /** What every operation on the project takes. */
  options: EngineOptions;
  write(program: Program): void;
  /** Makes a file that the provider looks for. */
  touch(name: string): void;
  /** The calls that reached the provider since the last time. */
  calls(): string[];
  remove(): void;
}

export function makeProject(fixture = "scenario"): TestProject {
  const folder = mkdtempSync(join(tmpdir(), "engine-test-"));
  cpSync(join(FIXTURES, fixture), folder, { recursive: true });
  symlinkSync(resolve(__dirname, "../../node_modules"), join(folder, "node_modules"));
  const calls = join(folder, "calls");
  return {
    folder,
    options: {
      cwd: folder,
      stack: "dev",
      env: {
        SCENARIO_WORLD: folder,
        SCENARIO_PROVIDER: join(FIXTURES, "provider.js"),
        PULUMI_CONFIG_PASSPHRASE: "correct horse",
        PULUMI_BACKEND_URL: `file://${folder}`,
      },
    },
    write: (program) => writeFileSync(join(folder, "program.json"), JSON.stringify(program)),
    touch: (name) => writeFileSync(join(folder, name), ""),
    calls() {
      if (!existsSync(calls)) return [];
      const lines = readFileSync(calls, "utf8").trim().split("\n");
      rmSync(calls);
      return lines;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
