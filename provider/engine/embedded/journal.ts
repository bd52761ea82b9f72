/** Changes to a stack since its state was last written whole: one line of JSON each, appended as they happen. */

import { createHash } from "node:crypto";
import { closeSync, existsSync, fdatasync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { EngineError } from "../engine";

/** The first line: which state the changes are to, and the salt of the secrets in them. */
export interface JournalHead {
  of: string;
  salt: string;
}

export interface Journal {
  append(line: object): void;
  /** Whether anything was appended. */
  written(): boolean;
  close(): void;
}

export function fingerprint(state: string | undefined): string {
  return state === undefined ? "none" : createHash("sha256").update(state).digest("hex");
}

/** A journal that makes its file with the first line, so that an operation without changes leaves no trace. */
export function createJournal(file: string, head: JournalHead): Journal {
  let fd: number | undefined;
  let syncing = false;
  let unsynced = false;

  // A line survives the end of this process once it is written; the disk is asked for more in the background, as
  // waiting for it at each of a thousand steps would take longer than the steps.
  const sync = () => {
    unsynced = syncing;
    if (syncing || fd === undefined) return;
    syncing = true;
    fdatasync(fd, () => {
      syncing = false;
      if (unsynced) sync();
    });
  };

  return {
    append(line) {
      try {
        if (fd === undefined) {
          fd = openSync(file, "w", 0o600);
          writeSync(fd, `${JSON.stringify(head)}\n`);
        }
        writeSync(fd, `${JSON.stringify(line)}\n`);
      } catch (error) {
        throw new EngineError(`The journal ${file} cannot be written: ${(error as Error).message}.`);
      }
      sync();
    },
    written: () => fd !== undefined,
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

/** The lines of a journal that an interrupted operation left; `undefined` where there is none, or it belongs to another state. */
export function readJournal(file: string, of: string): { head: JournalHead; lines: object[] } | undefined {
  if (!existsSync(file)) return undefined;
  const complete = readFileSync(file, "utf8").split("\n").slice(0, -1);
  const parsed = complete.map((line, index) => {
    try {
      return JSON.parse(line) as object;
    } catch {
      throw new EngineError(
        `${file}, line ${index + 1}: not JSON. The journal is damaged; restore it and its state from a backup.`,
      );
    }
  });
  const [head, ...lines] = parsed as [JournalHead | undefined, ...object[]];
  return head?.of === of ? { head, lines } : undefined;
}

export function removeJournal(file: string): void {
  rmSync(file, { force: true });
}
