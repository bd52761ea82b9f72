/**
 * One data folder, one server. The operating system holds the lock, so none is left behind by a process that was killed;
 * programs that only open the tenant's file beside the server need none.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lockFile } from "./db";

/** What `server.json` tells of the server that has the folder. */
export interface Holder {
  url: string;
  pid: number;
}

export interface FolderLock {
  /** Lets others know where the server is. */
  announce(holder: Holder): void;
  release(): void;
}

/** Takes the folder for a server; where another has it, tells which, or `unknown` while that one is starting. */
export function lockFolder(folder: string): FolderLock | { holder: Holder | "unknown" } {
  const announcement = join(folder, "server.json");
  const unlock = lockFile(join(folder, "server.lock"));
  if (!unlock) return { holder: readHolder(announcement) ?? "unknown" };
  // What stands there is of a server that was killed.
  rmSync(announcement, { force: true });
  return {
    announce: (holder) => {
      // Renamed into place, so that nobody reads half of it.
      writeFileSync(`${announcement}.new`, `${JSON.stringify(holder)}\n`);
      renameSync(`${announcement}.new`, announcement);
    },
    release: () => {
      rmSync(announcement, { force: true });
      unlock();
    },
  };
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}
