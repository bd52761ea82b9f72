/** One operation at a time on a stack: a lock file that names the process that holds it. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { EngineError } from "../engine";

interface Holder {
  pid: number;
  host: string;
}

/** Takes the lock and returns what releases it. A lock whose process is dead is taken over. */
export function takeLock(file: string, stack: string): () => void {
  const holder: Holder = { pid: process.pid, host: hostname() };
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(file, JSON.stringify(holder), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const other = readHolder(file);
    if (other && isAlive(other)) {
      throw new EngineError(
        `Stack ${stack} is in use by process ${other.pid} on ${other.host}. Wait until it is done; if it is no ` +
          `longer running, delete ${file}.`,
      );
    }
    rmSync(file, { force: true });
  }
  throw new EngineError(`Stack ${stack} is in use by another process. Wait until it is done; see ${file}.`);
}

/** A lock that cannot be read was left half-written by a process that died. */
function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
