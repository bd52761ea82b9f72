/**
 * A twin: a copy of a tenant to try things on. An embedded tenant is copied as it is; one that only Graph tells of is
 * copied as far as Graph tells, and what had to be assumed is kept with it (twin-graph.ts).
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { openTenant, type Tenant, type TenantOptions } from "../tenant";
import { readSetting, writeSetting } from "../tenant/context";
import { type Db, openDb } from "../tenant/db";
import { explain } from "../tenant/file";
import { UserError } from "../user-error";

/** What a twin keeps of its making; an exact copy of an embedded tenant has none of it. */
export interface TwinInfo {
  /** The service that it is a copy of. */
  source: string;
  /** When it was copied, in real time. */
  takenAt: string;
  /** What Graph did not tell and was assumed, in words. */
  assumed: string[];
  /** Whether people and devices have other names in it. */
  pseudonyms: boolean;
}

const setting = "twin";

export const markTwin = ({ context }: Pick<Tenant, "context">, info: TwinInfo): void =>
  writeSetting(context.db, setting, info);

/** What is known of a tenant that is a twin; undefined for any other. */
export const twinInfo = ({ context }: Pick<Tenant, "context">): TwinInfo | undefined =>
  readSetting<TwinInfo>(context.db, setting);

/**
 * An exact copy of an embedded tenant, in a temporary folder that goes when it is closed, or with the process. The
 * tenant may be written meanwhile: the copy is of one moment.
 * @param data the tenant's folder, or its file
 */
export function twinOfFolder(data: string): Tenant {
  const original = existingTenant(data);
  return openTwin((folder) => copyFile(original, join(folder, fileName)), {}, original);
}

const fileName = "tenant.db";

/** The file of a tenant that is called by its folder or by itself; throws a UserError where there is none. */
export function existingTenant(data: string): string {
  const path = resolve(data);
  const file = existsSync(path) && !statSync(path).isDirectory() ? path : join(path, fileName);
  if (existsSync(file)) return file;
  throw new UserError(`There is no tenant in ${data}. Name the folder of one, or seed it: intune-mail tenant seed.`);
}

/** Looks into a tenant's file as `original`, without being able to write it. */
function reading<T>(original: string, work: (db: Db) => T): T {
  const db = openDb(":memory:");
  try {
    // Attached rather than opened: what is opened here could be written, were it by tidying up its journal.
    db.script(`ATTACH ${literal(`${pathToFileURL(original).href}?mode=ro`)} AS original`);
    return work(db);
  } catch (error) {
    throw explain(error, original);
  } finally {
    db.close();
  }
}

const copyFile = (original: string, to: string): void =>
  reading(original, (db) => db.script(`VACUUM original INTO ${literal(to)}`));

/**
 * Keeps a twin, which has to be marked as one, in a file of its own; a twin that is there gives way to it, as a whole or
 * not at all. It names people, so it is for its owner's eyes.
 * @param out a folder, or a file whose name ends in `.db`
 * @returns the file
 */
export function saveTwin({ context }: Tenant, out: string): string {
  const path = resolve(out);
  const file = path.endsWith(".db") ? path : join(path, fileName);
  if (existsSync(file) && !isTwin(file)) {
    throw new UserError(
      `${file} is there and is no twin, so it is not replaced. Name another file or folder with --out.`,
    );
  }
  const folder = dirname(file);
  const beside = join(folder, `${basename(file)}.${process.pid}.tmp`);
  try {
    mkdirSync(folder, { recursive: true });
    removeAbandoned(folder, `${basename(file)}.`, ".tmp");
    rmSync(beside, { force: true });
    context.db.script(`VACUUM INTO ${literal(beside)}`);
    chmodSync(beside, 0o600);
    // A journal of the twin before would not be this one's.
    for (const journal of ["-wal", "-shm"]) rmSync(`${file}${journal}`, { force: true });
    renameSync(beside, file);
  } catch (error) {
    if (existsSync(beside)) rmSync(beside);
    throw new UserError(
      `The twin cannot be written to ${file}: ${(error as Error).message}. Mend that, or name another file or folder with --out.`,
    );
  }
  return file;
}

function isTwin(file: string): boolean {
  try {
    return reading(
      file,
      (db) => db.get("SELECT 1 FROM original.setting WHERE name = :setting", { setting }) !== undefined,
    );
  } catch {
    return false;
  }
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/**
 * Opens a tenant in a temporary folder of its own, which `fill` may put a file into before.
 * @param original how errors call that file
 */
export function openTwin(
  fill: (folder: string) => void,
  options: Omit<TenantOptions, "data"> = {},
  original?: string,
): Tenant {
  removeAbandoned(tmpdir(), prefix, "-");
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const end = () => {
    process.removeListener("exit", remove);
    remove();
  };
  try {
    fill(folder);
    const tenant = openTenant({ ...options, data: folder });
    // It is made anew rather than mended: nothing of it has to outlast a power cut.
    tenant.context.db.script("PRAGMA synchronous = OFF");
    const close = () => {
      tenant.close();
      end();
    };
    return { ...tenant, close };
  } catch (error) {
    end();
    if (error instanceof Error && original) error.message = error.message.replaceAll(join(folder, fileName), original);
    throw error;
  }
}

const prefix = "intune-mail-twin-";

/** What a process left that was killed before it could tidy up: its id is in the name, between these. */
function removeAbandoned(folder: string, before: string, after: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid, rest] = name.startsWith(before) ? (/^(\d+)(.*)$/.exec(name.slice(before.length)) ?? []) : [];
    if (rest?.startsWith(after) && !isAlive(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
