/** What the scripts share. Plain Node 18, no packages: they run before anything is installed. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node that the packages bring, as the machine's own may be older than they need. */
export const nodeBin = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");

/** Environment in which `node` and the packages' commands are those of this repository. */
export const environment = () => ({
  ...process.env,
  PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(process.platform === "win32" ? ";" : ":"),
});

/** Runs a program to its end; gives its exit code and what it wrote, where `stdio` says to keep that. */
export function run(command, args, options = {}) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd: root, env: environment(), stdio: "inherit", ...options });
    let output = "";
    child.stdout?.on("data", (text) => (output += text));
    child.stderr?.on("data", (text) => (output += text));
    if (options.onMessage) child.on("message", options.onMessage);
    child.on("error", failed);
    child.on("close", (code, signal) => done({ code: code ?? (signal === "SIGINT" ? 130 : 1), output }));
  });
}

/** Runs a script of this repository on the Node that the packages bring. */
export const runNode = (args, options) => run(nodeBin, args, options);

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

const setupTimes = join(root, "node_modules", ".setup-times.json");

/** Leaves the milliseconds of each part of the set-up for the script that npm runs after it. */
export const keepSetupTimes = (times) => writeFileSync(setupTimes, JSON.stringify({ at: Date.now(), times }));

/** What the set-up just before this script took; nothing where there was none. */
export function readSetupTimes() {
  const { at, times } = existsSync(setupTimes) ? JSON.parse(readFileSync(setupTimes, "utf8")) : { at: 0, times: {} };
  return Date.now() - at < 5000 ? times : {};
}

/**
 * Whether this process is on that Node already. A script for which the answer is no hands itself over: npm's `node` is
 * the machine's own where the packages were not there yet when npm began.
 */
export function onOwnNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 20) || !existsSync(nodeBin);
}
