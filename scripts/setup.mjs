/** Makes a clone ready: packages where they are missing or old, `dist` where the sources are newer. */
import { chmodSync, existsSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join, relative } from "node:path";
import { keepSetupTimes, nodeBin, root, run, runNode, seconds } from "./parts.mjs";

const sources = ["sdk", "provider"];
const bin = join(root, "dist/provider/cli/main.js");
const record = join(root, "dist/.tsbuildinfo");
const begun = performance.now();
const times = {};

if (changedAt("package-lock.json") > changedAt("node_modules/.package-lock.json") || !existsSync(nodeBin)) {
  await step("install", "Installing packages (npm install)", install);
}
if (newest([...sources, "package.json", "tsconfig.json", "tsconfig.build.json"]) > changedAt("dist/.tsbuildinfo")) {
  await step("compile", "Compiling (tsc)", compile);
}
keepSetupTimes(times);
if (Object.keys(times).length > 0) console.log(`Ready after ${seconds(performance.now() - begun)}.\n`);

async function step(name, title, work) {
  const since = performance.now();
  process.stdout.write(`${title} … `);
  const { code, output } = await work();
  times[name] = performance.now() - since;
  console.log(code === 0 ? seconds(times[name]) : "failed");
  if (code === 0) return;
  console.error(output.trimEnd());
  process.exit(1);
}

function install() {
  // Versions are those of the lockfile, which is not written. Not `npm ci`: that fails where the lockfile was made with a
  // registry that lacks the optional packages of other systems. Warnings about the user's own npm are not ours to show.
  const args = ["install", "--no-save", "--loglevel=error", "--no-audit", "--no-fund"];
  const npm = process.env.npm_execpath;
  const quiet = { stdio: ["ignore", "pipe", "pipe"] };
  return npm ? run(process.execPath, [npm, ...args], quiet) : run("npm", args, { ...quiet, shell: true });
}

async function compile() {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  // Without its record tsc compiles anew; so it does where a file of dist was deleted.
  if (!existsSync(bin)) rmSync(record, { force: true });
  const result = await runNode([tsc, "-p", "tsconfig.build.json"], { stdio: ["ignore", "pipe", "pipe"] });
  if (result.code !== 0) {
    rmSync(record, { force: true });
    return result;
  }
  removeOrphans();
  chmodSync(bin, 0o755);
  // tsc leaves its record as it is where a source is newer but says the same.
  utimesSync(record, new Date(), new Date());
  return result;
}

/** What a deleted source has left in dist would be packed and found by tests. */
function removeOrphans() {
  const dist = join(root, "dist");
  for (const file of filesBelow(dist)) {
    const source = relative(dist, file).replace(/(\.d)?\.[jt]s$/, ".ts");
    if (file.endsWith("s") && !existsSync(join(root, source))) rmSync(file);
  }
}

function newest(paths) {
  return Math.max(
    ...paths.flatMap((path) => {
      const whole = join(root, path);
      return statSync(whole).isDirectory() ? filesBelow(whole).map(timeOf) : [timeOf(whole)];
    }),
  );
}

function changedAt(path) {
  return timeOf(join(root, path));
}

function timeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? [path, ...filesBelow(path)] : [path];
  });
}
