/** The Node processes that the engine starts: the program and the provider. */

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { EngineError } from "../engine";
import { PRELOAD } from "./preload";

/** How long a process may take to end. */
const PATIENCE_MS = 2000;

/** Where Node keeps compiled code by itself: half of a small program's time goes into compiling the SDK. */
const COMPILE_CACHE = join(tmpdir(), "node-compile-cache");

export interface Child {
  /** Code and signal, once the process has ended and its output was read. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Asks the process to end, by closing its input, and makes it end where it does not. */
  end(): Promise<void>;
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
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...options.env },
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
  const kill = () => child.kill("SIGKILL");
  return {
    ended,
    kill,
    async end() {
      child.stdin.end();
      const timer = setTimeout(kill, PATIENCE_MS);
      await ended.catch(() => {});
      clearTimeout(timer);
    },
  };
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
