/** Runs the history on a folder and kills itself at a write: `folder`, the number of the write, `before` or `after` it. */
import { writeSync } from "node:fs";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { openHistory, runHistory } from "./history";

const [data, at, side] = process.argv.slice(2);
let writes = 0;

/** Makes each call of a method one write, at the chosen one of which the process ends as by `kill -9`. */
function count<T extends object>(owner: T, name: keyof T): void {
  const original = owner[name] as (...args: unknown[]) => unknown;
  const counted = function (this: unknown, ...args: unknown[]): unknown {
    const isTheOne = ++writes === Number(at);
    if (isTheOne && side === "before") process.kill(process.pid, "SIGKILL");
    const result = original.apply(this, args);
    if (isTheOne) process.kill(process.pid, "SIGKILL");
    return result;
  };
  Object.assign(owner, { [name]: counted });
}
count(StatementSync.prototype, "run");
count(DatabaseSync.prototype, "exec");

runHistory(openHistory(data), 0, (step) => writeSync(1, `${step}\n`)).then(() => writeSync(1, `writes ${writes}\n`));
