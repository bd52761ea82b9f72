import { EngineError } from "../engine";
import { SeedError, ServeError, TenantFileError } from "../tenant";
import { UserError } from "../user-error";
import type { Exit } from "./exit-codes";

/** An end of a verb that is neither success nor a bug, with its exit code. */
export class Ended extends Error {
  constructor(
    readonly exit: Exit,
    message = "",
  ) {
    super(message);
  }
}

const forUsers = [Ended, UserError, EngineError, SeedError, ServeError, TenantFileError];

/** Whether the user can mend it; anything else is a bug. */
export const isForUsers = (error: unknown): error is Error => forUsers.some((kind) => error instanceof kind);

/** What to say of an error: its message, or for a bug all that helps to find it. */
export function describeFailure(error: unknown): string {
  if (isForUsers(error)) return error.message;
  const known = systemFailure(error);
  if (known) return known;
  const stack = error instanceof Error ? error.stack : String(error);
  return `This is a bug in intune-mail: ${stack}\nPlease report it with the command that you ran (CONTRIBUTING.md says where).`;
}

/** Files that are not there, may not be read or written: the user's to mend as well. */
function systemFailure(error: unknown): string | undefined {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOENT: "does not exist",
    EACCES: "may not be read or written",
    EPERM: "may not be read or written",
    EISDIR: "is a folder, and a file is needed",
    ENOTDIR: "is below a file, and a folder is needed",
    EEXIST: "is a file, and a folder is needed",
    EROFS: "is on a file system that cannot be written",
    ENOSPC: "does not fit: the disk is full",
  };
  const reason = code && path ? reasons[code] : undefined;
  return reason && `${path} ${reason}. Name another one, or mend it, and run this again.`;
}
