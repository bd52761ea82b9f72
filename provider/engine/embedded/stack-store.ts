/** Where a stack's state is kept: `<project>/.intune-mail/stacks/<project>/<stack>.json`, with a journal and a lock beside it. */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { EngineError, type StackExport } from "../engine";
import { type Passphrase, privateFolder } from "../passphrase";
import { type Project, stackFile } from "../project";
import {
  openOperations,
  openResource,
  openResources,
  parseCheckpoint,
  saltOf,
  sealResource,
  writeCheckpoint,
} from "./checkpoint";
import { createJournal, fingerprint, readJournal, removeJournal } from "./journal";
import { takeLock } from "./lock";
import type { ResourceState } from "./resource-state";
import { type Crypter, newCrypter, openCrypter } from "./secrets";
import { type Change, createSnapshot, type Snapshot } from "./snapshot";

export interface StackStore {
  snapshot: Snapshot;
  export(): StackExport;
  /** Writes the state whole, folding the journal in. Nothing is written where nothing changed. */
  save(): void;
  close(): void;
}

export interface OpenOptions {
  project: Project;
  stack: string;
  passphrase: Passphrase;
  /** The salt of the stack's configuration, for a state that has none of its own yet. */
  configSalt?: string;
  /** Whether changes are kept. Then no other process may change the stack meanwhile. */
  write: boolean;
}

/** Refuses a stack that no operation has made yet: most likely its name is mistyped. */
export function assertStackExists({ project, stack }: OpenOptions): void {
  const file = stackFile(project, stack);
  if (existsSync(file) || existsSync(`${file}.journal`)) return;
  const there = existsSync(dirname(file)) ? readdirSync(dirname(file)).filter((name) => name.endsWith(".json")) : [];
  const names = there.map((name) => name.slice(0, -".json".length)).join(", ");
  throw new EngineError(
    `Project ${project.name} has no stack "${stack}" (${file}). ${names ? `It has: ${names}.` : 'It has none; run "up" first.'}`,
  );
}

/** Opens a stack's state. What an interrupted run had done is taken from its journal. */
export async function openStack(options: OpenOptions): Promise<StackStore> {
  const file = stackFile(options.project, options.stack);
  if (!options.write) return load(options, file, () => {});
  privateFolder(options.project.root);
  mkdirSync(dirname(file), { recursive: true });
  const unlock = takeLock(`${file}.lock`, options.stack);
  try {
    return await load(options, file, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function load(options: OpenOptions, file: string, unlock: () => void): Promise<StackStore> {
  const journalFile = `${file}.journal`;
  const text = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const checkpoint = text === undefined ? undefined : parseCheckpoint(parseJson(text, file), file);
  const left = readJournal(journalFile, fingerprint(text));
  const salt = (checkpoint && saltOf(checkpoint)) ?? left?.head.salt ?? options.configSalt;
  const crypter = salt
    ? await openCrypter(options.passphrase.value, salt, file)
    : await newCrypter(options.passphrase.value);

  const journal = createJournal(journalFile, { of: fingerprint(text), salt: crypter.salt });
  const record = (change: Change) => {
    if (options.write)
      journal.append("resource" in change ? { ...change, resource: sealResource(change.resource, crypter) } : change);
  };
  const snapshot = createSnapshot(
    checkpoint ? openResources(checkpoint, crypter) : [],
    checkpoint ? openOperations(checkpoint, crypter) : [],
    record,
  );
  const write = () => {
    writeWhole(file, JSON.stringify(exported(snapshot, crypter)));
    removeJournal(journalFile);
  };
  for (const line of left?.lines ?? []) snapshot.apply(openChange(line as Change, crypter));
  if (left && options.write) {
    write();
    return load(options, file, unlock);
  }
  return {
    snapshot,
    export: () => exported(snapshot, crypter),
    save() {
      if (journal.written()) write();
    },
    close() {
      journal.close();
      unlock();
    },
  };
}

function openChange(line: Change, crypter: Crypter): Change {
  return "resource" in line ? { ...line, resource: openResource(line.resource, crypter) } : line;
}

function exported(snapshot: Snapshot, crypter: Crypter): StackExport {
  const resources: ResourceState[] = snapshot.entries().map(({ state }) => state);
  return writeCheckpoint(resources, snapshot.pending(), crypter);
}

/** Replaces a stack's state by one that was exported. */
export async function importState(options: OpenOptions, state: StackExport): Promise<void> {
  const checkpoint = parseCheckpoint(state, "The state to import");
  const salt = saltOf(checkpoint);
  const crypter = salt
    ? await openCrypter(options.passphrase.value, salt, "The state to import")
    : await newCrypter(options.passphrase.value);
  const resources = openResources(checkpoint, crypter);
  const foreign = resources.find(
    ({ urn }) => !urn.startsWith(`urn:pulumi:${options.stack}::${options.project.name}::`),
  );
  if (foreign) {
    throw new EngineError(
      `The state to import has ${foreign.urn}, which is not of stack ${options.stack} of project ${options.project.name}.`,
    );
  }
  const file = stackFile(options.project, options.stack);
  privateFolder(options.project.root);
  mkdirSync(dirname(file), { recursive: true });
  const unlock = takeLock(`${file}.lock`, options.stack);
  try {
    writeWhole(file, JSON.stringify(writeCheckpoint(resources, openOperations(checkpoint, crypter), crypter)));
    removeJournal(`${file}.journal`);
  } finally {
    unlock();
  }
}

/** Writes beside the file and renames, so that a reader finds the old state or the new one, never a part. */
function writeWhole(file: string, text: string): void {
  const beside = `${file}.new`;
  writeFileSync(beside, text, { mode: 0o600, flush: true });
  renameSync(beside, file);
  const folder = openSync(dirname(file), "r");
  fsyncSync(folder);
  closeSync(folder);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EngineError(
      `${file} cannot be read (${(error as Error).message}). Restore it from a backup, or delete it to begin anew.`,
    );
  }
}
