/** Types, lint and tests; arguments go to mocha. The last line counts, and the exit code is 0 where nothing failed. */
import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { onOwnNode, root, runNode, seconds } from "./parts.mjs";

// What a caller has set for a tenant, a stack or a terminal of their own must not change what the tests see.
for (const name of Object.keys(process.env)) {
  if (/^(PULUMI|INTUNE_MAIL|AZURE)_/.test(name) || name === "NO_COLOR" || name === "FORCE_COLOR")
    delete process.env[name];
}
if (!onOwnNode()) process.exit((await runNode(process.argv.slice(1))).code);

const bin = (path) => join(root, "node_modules", path);
const kept = { stdio: ["ignore", "pipe", "pipe"] };
const args = process.argv.slice(2);
const processors = Math.min(availableParallelism(), 4);

const checks = await Promise.all([
  check("types", [bin("typescript/bin/tsc"), "-p", "tsconfig.json"]),
  check("lint", [bin("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."]),
]);
const counts = await tests();
const failed = counts.failed + checks.filter((passed) => !passed).length;
const passed = counts.passed + checks.filter((passed) => passed).length;
console.log(`\n${passed} passed, ${failed} failed, ${counts.skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

async function check(name, command) {
  const since = performance.now();
  const { code, output } = await runNode(command, kept);
  console.log(`${code === 0 ? "ok" : "FAIL"}`.padEnd(5) + name.padEnd(52), `(${seconds(performance.now() - since)})`);
  if (code !== 0) console.log(output.trimEnd());
  return code === 0;
}

/** What arguments name, in one run; all there are, dealt to as many runs at once as there are processors. */
async function tests() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const hands = args.length > 0 ? [mochaArguments()] : dealt(allTests());
  const player = async () => {
    for (let hand = hands.shift(); hand; hand = hands.shift()) {
      const found = await mocha(hand);
      for (const name of Object.keys(counts)) counts[name] += found[name];
    }
  };
  await Promise.all(Array.from({ length: processors }, player));
  return counts;
}

/** A run that ends without a report, or with a failure that it does not tell of, is a failure itself. */
async function mocha(files) {
  let counts = { passed: 0, failed: 0, skipped: 0 };
  const reporter = join(root, "scripts/reporter.mjs");
  const { code } = await runNode([bin("mocha/bin/mocha.js"), ...files, "--reporter", reporter], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    onMessage: (message) => (counts = message),
  });
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function allTests() {
  const files = readdirSync(join(root, "test"), { recursive: true }).filter((file) => file.endsWith(".test.ts"));
  return files.map((file) => join("test", file)).sort();
}

/** Neighbours are alike in length: each goes to another hand. More hands than players, so that these end together. */
function dealt(files) {
  const number = processors === 1 ? 1 : processors * 5;
  return Array.from({ length: number }, (_, hand) => files.filter((_file, at) => at % number === hand));
}

/** A folder means its tests; options without a file go with all of them. */
function mochaArguments() {
  const stat = (arg) => statSync(join(root, arg), { throwIfNoEntry: false });
  const named = args.map((arg) => (stat(arg)?.isDirectory() ? `${arg.replace(/\/$/, "")}/**/*.test.ts` : arg));
  return args.some(stat) ? named : [...named, "test/**/*.test.ts"];
}
