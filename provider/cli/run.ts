import { CommanderError } from "commander";
import { type Exit, exitCodes } from "./exit-codes";
import { describeFailure, Ended } from "./failure";
import { wrapped } from "./out";
import { makeProgram } from "./program";

/** Runs the command with its arguments and sets the exit code of the process. */
export async function run(args: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const exit = await outcome(args);
  process.exitCode = exitCodes[exit].code;
}

async function outcome(args: readonly string[]): Promise<Exit> {
  try {
    await makeProgram().parseAsync(args, { from: "user" });
    return "done";
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? "done" : "usage";
    const text = describeFailure(error);
    if (text) process.stderr.write(`${wrapped(text, process.stderr.columns)}\n`);
    return error instanceof Ended ? error.exit : "failed";
  }
}
