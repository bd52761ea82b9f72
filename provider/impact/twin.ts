/**
 * A twin: a copy of a tenant to try things on. An embedded tenant is copied as it is; one that only Graph tells of is
 * copied as far as Graph tells, and what had to be assumed is kept with it (twin-graph.ts).
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { openTenant, type Tenant, type TenantOptions } from "../tenant";
import { readSetting } from "../tenant/context";
import { openDb } from "../tenant/db";
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

/** The setting of the tenant's file that it is kept in. */
export const twinSetting = "twin";

/** What is known of a tenant that is a twin; undefined for any other. */
export const twinInfo = ({ context }: Pick<Tenant, "context">): TwinInfo | undefined =>
  readSetting<TwinInfo>(context.db, twinSetting);

/**
 * An exact copy of an embedded tenant, in a temporary folder that goes when it is closed, or with the process. The
 * tenant may be written meanwhile: the copy is of one moment.
 * @param data the tenant's folder, or its file
 */
export function twinOfFolder(data: string): Tenant {
  const original = tenantFile(data);
  if (!existsSync(original)) {
    throw new UserError(`There is no tenant in ${data}. Name the folder of one, or seed it: intune-mail tenant seed.`);
  }
  return openTwin((folder) => copyFile(original, join(folder, fileName)));
}

const fileName = "tenant.db";

/** The file of a tenant that is called by its folder or by itself. */
export function tenantFile(data: string): string {
  const path = resolve(data);
  return existsSync(path) && !statSync(path).isDirectory() ? path : join(path, fileName);
}

/** Copies a tenant's file without being able to write it. */
export function copyFile(original: string, to: string): void {
  const db = openDb(":memory:");
  try {
    // Attached rather than opened: what is opened here could be written, were it by tidying up its journal.
    db.script(`ATTACH ${literal(`${pathToFileURL(original).href}?mode=ro`)} AS original`);
    db.script(`VACUUM original INTO ${literal(to)}`);
  } catch (error) {
    throw explain(error, original);
  } finally {
    db.close();
  }
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Opens a tenant in a temporary folder of its own, which `fill` may put a file into before. */
export function openTwin(fill: (folder: string) => void, options: Omit<TenantOptions, "data"> = {}): Tenant {
  removeAbandoned();
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
    throw error;
  }
}

const prefix = "intune-mail-twin-";

/** What a process left that was killed before it could tidy up. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(tmpdir(), name), { recursive: true, force: true });
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
