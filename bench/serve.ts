/** Servers of the bench, each in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Served {
  url: string;
  process: ChildProcess;
}

/** Starts a server of `servers/`, which says its address when it is ready; `message` is sent to it first. */
export async function serve(name: string, args: readonly string[], message?: string): Promise<Served> {
  const file = join(__dirname, "servers", `${name}.ts`);
  const child = spawn(process.execPath, ["--require", "tsx/cjs", file, ...args], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  if (message !== undefined) child.send(message);
  for await (const url of createInterface({ input: child.stdout! })) return { url, process: child };
  throw new Error(`The ${name} server ended before it said its address.`);
}

/** Ends a server, and waits until it has gone. */
export async function end({ process }: Served): Promise<void> {
  const gone = new Promise((resolve) => process.once("exit", resolve));
  process.kill();
  await gone;
}
