/** Opens the tenant's file: a new one gets its tables and its seed, an old one is looked at before it is trusted. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeContext, readSetting, type TenantContext, writeSetting } from "./context";
import { type Db, openDb } from "./db";
import { counterSchema, recount } from "./devices/counters";
import { profileIndex } from "./devices/profiles";
import { exchangeUpgrade } from "./exchange/tables";
import { faultSchema } from "./faults";
import { plantApps, plantSeed } from "./plant";
import { schema, schemaVersion } from "./schema";
import { checkSeed, type Seed } from "./seed";
import { derivedCredentialSchema } from "./services/configurations";
import { appSchema } from "./services/mobileApps";
import { propertySchema } from "./services/properties";
import { snapshotSchema } from "./snapshots";
import { syncUpgrade } from "./sync/tables";

/** The tenant's file cannot be used; the message says why and what to do. */
export class TenantFileError extends Error {}

/** A seed, or how to get it: an existing tenant needs none, so a file is then not even read. */
export type SeedSource = Seed | (() => Seed);

/** Opens the tenant of a folder, or one in memory; `seed` is for a tenant that is new. */
export function openFile(folder: string | undefined, seed: SeedSource | undefined): TenantContext {
  const file = folder === undefined ? ":memory:" : join(folder, "tenant.db");
  let db: Db | undefined;
  try {
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    db = openDb(file);
    const context = makeContext(db);
    prepare(context, file, seed);
    return context;
  } catch (error) {
    db?.close();
    throw explain(error, file);
  }
}

const userVersion = (db: Db): number => db.get<{ user_version: number }>("PRAGMA user_version")!.user_version;

function prepare(context: TenantContext, file: string, seed: SeedSource | undefined): void {
  const { db } = context;
  const found = userVersion(db);
  if (found > schemaVersion) {
    throw new TenantFileError(
      `The tenant in ${file} has form ${found}, and this release knows form ${schemaVersion}: a newer release of ` +
        "pulumi-intune-mail made it. Use that release, or choose another data folder.",
    );
  }
  if (found === schemaVersion) return;
  db.transaction(() => {
    // Another process may have made the tables while this one waited for the lock.
    if (userVersion(db) === schemaVersion) return;
    if (userVersion(db) > 0) {
      for (let form = userVersion(db); form < schemaVersion; form++) upgrades[form]!(context);
    } else if (db.get("SELECT name FROM sqlite_schema LIMIT 1")) {
      throw new TenantFileError(`${file} is a database, but not that of a tenant. Choose another data folder.`);
    } else {
      db.script(schema);
      plantSeed(context, typeof seed === "function" ? seed() : (seed ?? emptySeed()));
    }
    db.script(`PRAGMA user_version = ${schemaVersion}`);
  });
}

/** What makes a file of a form one of the next. */
const upgrades: Record<number, (context: TenantContext) => void> = {
  /** There were no apps, and nothing was known of mail servers' certificates. */
  1: (context) => {
    const seed = upgradeSeed(context.db);
    context.db.script(appSchema);
    writeSetting(context.db, "mailServers", seed.mailServers);
    plantApps(context, seed);
  },
  /** There was less of Graph, there were no faults, snapshots and counters. Names of devices stay unique by their table. */
  2: ({ db }) => {
    writeSetting(db, "seed", checkSeed(readSetting(db, "seed"), "of the tenant"));
    for (const added of [derivedCredentialSchema, propertySchema, faultSchema, snapshotSchema, counterSchema]) {
      db.script(added);
    }
    db.script(`DROP INDEX deviceProfileByProfile; ${profileIndex} ${exchangeUpgrade} ${syncUpgrade}`);
    recount(db);
    upgradeSeed(db);
  },
};

/** Gives the seed, for a reset, what an older release did not know of. */
function upgradeSeed(db: Db): Seed {
  const seed = checkSeed(readSetting(db, "seed"), "of the tenant");
  writeSetting(db, "seed", seed);
  return seed;
}

const emptySeed = (): Seed =>
  checkSeed(
    { tenant: { displayName: "Contoso", domain: "contoso.example" }, clock: "2020-03-02T08:00:00Z" },
    "of an empty tenant",
  );

/** SQLite's result codes that a person can do something about (sqlite.org/rescode.html). */
const explained: Record<number, (file: string) => string> = {
  5: (file) => `The tenant in ${file} is locked by another program. Try again when that program has ended.`,
  8: (file) => `${file} may not be written. Give write access to it, or choose another data folder.`,
  11: (file) => `${file} is damaged. Restore a copy of it, or delete it and seed the tenant anew.`,
  13: (file) => `${file} cannot grow: its disk is full. Make room, or choose another data folder.`,
  14: (file) => `${file} cannot be opened. Is its folder there, and may it be written?`,
  26: (file) => `${file} is no tenant: it is not a database. Move it away, or choose another data folder.`,
};

/** Says an error of the file in words; gives any other error back as it is. */
export function explain(error: unknown, file: string): unknown {
  if (!(error instanceof Error)) return error;
  const { errcode, code } = error as Error & { errcode?: number; code?: string };
  const text = errcode === undefined ? undefined : explained[errcode & 0xff];
  if (text) return new TenantFileError(text(file), { cause: error });
  if (code !== undefined && /^(EEXIST|ENOTDIR|EISDIR|EACCES|EROFS|ENOSPC)$/.test(code)) {
    return new TenantFileError(
      `The data folder of ${file} cannot be made or written: ${error.message}. Choose another one.`,
    );
  }
  return error;
}

/** An error of the running tenant for its callers: what SQLite says of the file in words, no stack. */
export function inWords(error: unknown): string {
  const said = explain(error, "The tenant's file");
  return said instanceof Error ? said.message : String(said);
}
