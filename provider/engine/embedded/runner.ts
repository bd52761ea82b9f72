/** Starts the SDK's own program runner, as Pulumi's language host for Node does. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { EngineError } from "../engine";
import type { Project, StackConfig } from "../project";
import { type Child, resolveFromProgram, startNode } from "./child";

/** The runner's way to say that it has told the user already what went wrong. */
const EXIT_ALREADY_TOLD = 32;

export interface RunOptions {
  project: Project;
  stack: string;
  config: StackConfig;
  env: NodeJS.ProcessEnv;
  dryRun: boolean;
  parallel: number;
  /** Where the program registers its resources and logs. */
  address: string;
  onOutput: (stream: "stdout" | "stderr", line: string) => void;
}

export interface RunningProgram {
  /** Why the program failed; `""` where it has said so itself; `undefined` where it succeeded. */
  failure: Promise<string | undefined>;
  kill(): void;
}

/** Refuses a program of another language, and one that is not there. */
export function assertProgram(project: Project): void {
  if (project.runtime !== "nodejs") {
    throw new EngineError(
      `Project ${project.name} has the runtime "${project.runtime}"; the embedded engine runs "nodejs" only. Use the Pulumi CLI (--engine pulumi).`,
    );
  }
  const program = join(project.programFolder, project.entry);
  if (!existsSync(program)) {
    throw new EngineError(
      `The program of project ${project.name} does not exist (${program}). Write it there, or mend main in Pulumi.yaml.`,
    );
  }
}

/** Runs the program against the engine at `address`. */
export function startProgram(options: RunOptions): RunningProgram {
  const { project } = options;
  const child = startNode(resolveFromProgram(project.programFolder, "cmd/run"), runnerArguments(options), {
    cwd: project.programFolder,
    env: { ...options.env, ...runnerEnvironment(options) },
    nodeArguments: project.options.nodeargs.split(/\s+/).filter(Boolean),
    onStdout: (line) => options.onOutput("stdout", line),
    onStderr: (line) => options.onOutput("stderr", line),
  });
  return { failure: failureOf(child), kill: child.kill };
}

function runnerArguments({ project, stack, dryRun, parallel, address }: RunOptions): string[] {
  const named = {
    monitor: address,
    engine: address,
    organization: "organization",
    project: project.name,
    "root-directory": project.root,
    stack,
    pwd: project.programFolder,
    parallel: String(parallel),
  };
  const args = Object.entries(named).flatMap(([name, value]) => [`--${name}`, value]);
  return [...args, ...(dryRun ? ["--dry-run"] : []), project.entry];
}

function runnerEnvironment({ project, config }: RunOptions): Record<string, string> {
  const values = Object.entries(config.values).map(([key, value]) => [key.replace(":", ":config:"), value]);
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(values)),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(config.secretKeys),
    ...(project.options.typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(project.options.tsconfig && { PULUMI_NODEJS_TSCONFIG_PATH: project.options.tsconfig }),
  };
}

async function failureOf(child: Child): Promise<string | undefined> {
  const { code, signal } = await child.ended;
  if (code === 0) return undefined;
  return code === EXIT_ALREADY_TOLD ? "" : `The program ended with ${signal ?? `exit code ${code}`}.`;
}
