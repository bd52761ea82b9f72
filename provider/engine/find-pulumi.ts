/** Where the Pulumi CLI is: on PATH, or where its installer puts it. */

import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** The path of the command; `undefined` where it is not installed. */
export function findPulumi(env: NodeJS.ProcessEnv): string | undefined {
  const names = process.platform === "win32" ? ["pulumi.exe"] : ["pulumi"];
  const folders = [...(env.PATH ?? "").split(delimiter), join(env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "bin")];
  const candidates = folders.filter(Boolean).flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
