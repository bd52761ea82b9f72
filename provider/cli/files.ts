import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Writes the whole file or leaves what was there; folders on the way are made. For the owner's eyes: it names people. */
export function writeWhole(file: string, text: string | Iterable<string>): void {
  const beside = `${file}.${process.pid}.tmp`;
  mkdirSync(dirname(file), { recursive: true });
  try {
    const opened = openSync(beside, "w", 0o600);
    try {
      for (const piece of typeof text === "string" ? [text] : text) writeFileSync(opened, piece);
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    // The message is to name the file that was asked for.
    throw Object.assign(error as Error, { path: file });
  }
}
