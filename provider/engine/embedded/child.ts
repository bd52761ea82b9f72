/** The Node processes that the engine starts: the program and the provider. */

import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { EngineError } from "../engine";
import { PRELOAD } from "./preload";

export interface Child {
  process: ChildProcess;
  /** Code and signal, once the process has ended and its output was read. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  kill(): void;
}

export interface ChildOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  nodeArguments?: string[];
  onStdout: (line: string) => void;
  onStderr: (line: string) => void;
}

/** Starts a script with the Node that runs the engine. */
export function startNode(script: string, args: string[], options: ChildOptions): Child {
  const nodeArguments = [PRELOAD, ...(options.nodeArguments ?? [])];
  const child = spawn(process.execPath, [...nodeArguments, script, ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ["pipe", "pipe", "pipe"],
    // In a group of its own, so that Ctrl-C reaches the engine alone, which then lets what is under way finish.
    detached: true,
  });
  child.stdin.on("error", () => {});
  createInterface({ input: child.stdout }).on("line", options.onStdout);
  createInterface({ input: child.stderr }).on("line", options.onStderr);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  return { process: child, ended, kill: () => child.kill("SIGKILL") };
}

/** The path of a part of the SDK as the program finds it. */
export function resolveFromProgram(programFolder: string, part: string): string {
  try {
    return createRequire(join(programFolder, "package.json")).resolve(`@pulumi/pulumi/${part}`);
  } catch {
    throw new EngineError(
      `The program in ${programFolder} does not find @pulumi/pulumi. Run "npm install" there, with @pulumi/pulumi among its dependencies.`,
    );
  }
}
