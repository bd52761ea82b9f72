/** The passphrase that a stack's secrets are encrypted with: the user's, or one made for the project on first use. */

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { EngineError } from "./engine";

export interface Passphrase {
  value: string;
  /** One line for the user, the first time that a passphrase was made. */
  said?: string;
}

/** The project's own folder for state and passphrase, made where it does not exist and kept out of version control. */
export function privateFolder(projectRoot: string): string {
  const folder = join(projectRoot, ".intune-mail");
  mkdirSync(folder, { recursive: true });
  const ignore = join(folder, ".gitignore");
  if (!existsSync(ignore)) writeFileSync(ignore, "*\n");
  return folder;
}

/** PULUMI_CONFIG_PASSPHRASE, else the file that PULUMI_CONFIG_PASSPHRASE_FILE names, else the project's own. */
export function findPassphrase(projectRoot: string, env: NodeJS.ProcessEnv): Passphrase {
  if (env.PULUMI_CONFIG_PASSPHRASE !== undefined) return { value: env.PULUMI_CONFIG_PASSPHRASE };
  if (env.PULUMI_CONFIG_PASSPHRASE_FILE) return { value: readUserFile(env.PULUMI_CONFIG_PASSPHRASE_FILE) };
  const file = join(privateFolder(projectRoot), "passphrase");
  try {
    const value = randomBytes(24).toString("base64url");
    writeFileSync(file, `${value}\n`, { mode: 0o600, flag: "wx" });
    return {
      value,
      said: `Made a passphrase for this project's secrets, in ${relative(projectRoot, file)}; set PULUMI_CONFIG_PASSPHRASE for one of your own.`,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return { value: readFileSync(file, "utf8").trim() };
  }
}

function readUserFile(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new EngineError(
      `PULUMI_CONFIG_PASSPHRASE_FILE names ${file}, which cannot be read: ${(error as Error).message}.`,
    );
  }
}
