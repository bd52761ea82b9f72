/**
 * What workflows ask of the Pulumi CLI, done by the embedded engine: for machines without the CLI. The backend is a
 * folder (PULUMI_BACKEND_URL), as a runner keeps nothing.
 */
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const { chooseEngine } = createRequire(import.meta.url)("../../dist/provider/engine");
const { engine } = chooseEngine("embedded");
const stack = "prod";
const options = { cwd: process.cwd(), stack };
const backend = fileURLToPath(process.env.PULUMI_BACKEND_URL);
const stacks = join(process.cwd(), ".intune-mail/stacks");
const say = (text) => process.stderr.write(`${text}\n`);

class Failed extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Takes the state from the backend, and puts it back where it has changed. */
async function onStack(work, writes) {
  if (!existsSync(join(backend, stack))) throw new Failed(6, `no stack named '${stack}' found`);
  mkdirSync(stacks, { recursive: true });
  cpSync(join(backend, stack), stacks, { recursive: true });
  await work();
  if (writes) cpSync(stacks, join(backend, stack), { recursive: true });
}

async function preview({ refresh = false, json = false, expectNoChanges = false } = {}) {
  const diagnostics = [];
  let result = { steps: [], changes: {} };
  try {
    // The state of this run alone: the backend keeps its own.
    if (refresh) await refreshed();
    result = await engine.preview(options);
    diagnostics.push(...result.diagnostics.filter(({ severity }) => severity === "warning"));
  } catch (error) {
    diagnostics.push({ severity: "error", message: `error: ${error.message}\n` });
  }
  if (json) process.stdout.write(JSON.stringify({ steps: stepsOf(result.steps), diagnostics }));
  const failure = diagnostics.find(({ severity }) => severity === "error");
  if (failure) throw new Failed(1, json ? "" : failure.message);
  if (expectNoChanges && Object.keys(result.changes).some((op) => op !== "same"))
    throw new Failed(7, "no changes were expected for preview but changes were proposed");
}

/** There is nothing to read of a stack that has never been deployed. */
const refreshed = async () => existsSync(join(stacks, "contoso-mail")) && engine.refresh(options);

async function up() {
  await refreshed();
  await engine.up(options);
}

/** Of a replacement the CLI tells one step. */
const stepsOf = (steps) =>
  steps
    .filter(({ op }) => op !== "create-replacement" && op !== "delete-replaced")
    .map(({ op, urn, id, oldInputs, oldOutputs, newInputs, replaceKeys }) => ({
      op,
      urn,
      ...(oldInputs && { oldState: { id, inputs: oldInputs, outputs: oldOutputs } }),
      ...(newInputs && { newState: { inputs: newInputs } }),
      replaceReasons: replaceKeys,
    }));

const commands = {
  login: async () => {},
  "stack init prod": async () => {
    mkdirSync(join(backend, stack), { recursive: true });
    writeFileSync(join(backend, stack, ".made"), "");
  },
  "preview --stack prod": () => onStack(() => preview()),
  "preview --stack prod --refresh --json": () => onStack(() => preview({ refresh: true, json: true })),
  "preview --stack prod --refresh --expect-no-changes --json": () =>
    onStack(() => preview({ refresh: true, json: true, expectNoChanges: true })),
  "up --stack prod --refresh --yes": () => onStack(up, true),
};

const asked = process.argv.slice(2).join(" ");
try {
  if (!(asked in commands)) throw new Failed(9, `pulumi ${asked} is not known here`);
  await commands[asked]();
} catch (error) {
  if (error.message) say(`error: ${error.message}`);
  process.exitCode = error.code ?? 1;
}
