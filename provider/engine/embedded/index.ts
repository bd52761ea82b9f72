/** The embedded engine: runs a Pulumi program as the Pulumi CLI would, where the CLI is not installed. */

import { type Engine, EngineError, type EngineOptions, type EngineResult, type Operation, warningIn } from "../engine";
import { findPassphrase } from "../passphrase";
import {
  findProject,
  hasSecureValues,
  type Project,
  readStackFile,
  resolveConfig,
  type StackConfig,
  type StackFile,
} from "../project";
import { createLimit, type Deployment, Stopped } from "./deployment";
import { type Monitor, startMonitor } from "./monitor";
import { createPlanner, removeAll } from "./planner";
import { masked } from "./properties";
import { startProvider } from "./provider-host";
import { refreshAll } from "./refresh";
import { createReport, type Report } from "./report";
import { isDynamicType, refusal } from "./requests";
import { assertProgram, startProgram } from "./runner";
import { openCrypter } from "./secrets";
import { assertStackExists, importState, type OpenOptions, openStack, type StackStore } from "./stack-store";
import { isProviderType, STACK_TYPE } from "./urn";

const PARALLEL = 16;

export const embeddedEngine: Engine = {
  name: "embedded",
  preview: (options) => operate("preview", options),
  up: (options) => operate("up", options),
  refresh: (options) => operate("refresh", options),
  destroy: (options) => operate("destroy", options),
  async exportStack(options) {
    const { open } = settingsOf(options);
    assertStackExists(open);
    const store = await openStack({ ...open, write: false });
    return store.export();
  },
  async importStack(options, state) {
    await importState({ ...settingsOf(options).open, write: true }, state);
  },
};

interface Settings {
  project: Project;
  env: NodeJS.ProcessEnv;
  stackFile: StackFile;
  open: OpenOptions;
}

function settingsOf(options: EngineOptions): Settings {
  const env = { ...process.env, ...options.env };
  const project = findProject(options.cwd);
  const stackFile = readStackFile(project, options.stack);
  const passphrase = findPassphrase(project.root, env);
  return {
    project,
    env,
    stackFile,
    open: { project, stack: options.stack, passphrase, configSalt: stackFile.salt, write: true },
  };
}

async function operate(operation: Operation, options: EngineOptions): Promise<EngineResult> {
  const settings = settingsOf(options);
  assertProgram(settings.project);
  if (operation === "refresh" || operation === "destroy") assertStackExists(settings.open);
  const report = createReport(options.onEvent ?? (() => {}));
  const { said } = settings.open.passphrase;
  if (said) report.diagnostic("info", said);
  const store = await openStack({ ...settings.open, write: operation !== "preview" });
  try {
    return await operateOn(operation, options, settings, store, report);
  } finally {
    store.close();
  }
}

async function operateOn(
  operation: Operation,
  options: EngineOptions,
  settings: Settings,
  store: StackStore,
  report: Report,
): Promise<EngineResult> {
  const { project, env } = settings;
  refuseForeign(store);
  const config = await configOf(settings);
  if (operation !== "refresh") warnOfPending(store, report);
  const provider = startProvider({
    project: project.name,
    programFolder: project.programFolder,
    env,
    config: config.values,
    onOutput: (_, line) => {
      const warning = warningIn(line);
      if (warning === undefined) showOutput(report, line);
      else report.diagnostic("warning", warning);
    },
  });
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  if (options.signal?.aborted) interrupt();
  options.signal?.addEventListener("abort", interrupt, { once: true });
  const deployment: Deployment = {
    project,
    stack: options.stack,
    dryRun: operation === "preview",
    snapshot: store.snapshot,
    provider,
    report,
    stop,
    limit: createLimit(options.parallel ?? PARALLEL),
  };
  let outputs: Record<string, unknown> = {};
  try {
    if (operation === "refresh") await refreshAll(deployment);
    else if (operation === "destroy") await removeAll(deployment, store.snapshot.entries());
    else outputs = await runProgram(deployment, env, config, options.parallel ?? PARALLEL);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  } finally {
    options.signal?.removeEventListener("abort", interrupt);
    await provider.close();
    if (operation !== "preview") store.save();
  }
  if (operation === "refresh") outputs = outputsInState(store);
  return conclude(operation, options, report.result(outputs), report.errors());
}

/** Runs the program to its end, and then deletes what it did not register. */
async function runProgram(
  deployment: Deployment,
  env: NodeJS.ProcessEnv,
  config: StackConfig,
  parallel: number,
): Promise<Record<string, unknown>> {
  const { project, stack, dryRun, report, stop } = deployment;
  const planner = createPlanner(deployment);
  const monitor: Monitor = await startMonitor(deployment, planner);
  try {
    const program = startProgram({
      project,
      stack,
      config,
      env,
      dryRun,
      parallel,
      address: monitor.address,
      onOutput: (_, line) => showOutput(report, line),
    });
    const settled = whenSettled(deployment, program.kill);
    const failure = await program.failure;
    await settled();
    if (monitor.fault()) throw monitor.fault();
    if (stop.signal.aborted) throw new Stopped("the operation was stopped");
    if (failure !== undefined) {
      if (failure !== "") report.diagnostic("error", failure);
      throw new Stopped("the program failed");
    }
    if (report.errors().length === 0) await planner.finish();
    return masked(monitor.stackOutputs()) ?? {};
  } finally {
    monitor.close();
  }
}

/** Once stopped, what is under way is finished, and then the program need not run on. */
function whenSettled({ stop, limit }: Deployment, kill: () => void): () => Promise<void> {
  const idle = () => limit.idle();
  stop.signal.addEventListener("abort", () => void idle().then(kill), { once: true });
  return idle;
}

function conclude(operation: Operation, options: EngineOptions, result: EngineResult, errors: string[]): EngineResult {
  const subject = `${operation} of stack ${options.stack}`;
  if (options.signal?.aborted) {
    throw new EngineError(`The ${subject} was interrupted. What was done is recorded; run it again to go on.`, result);
  }
  const [first, ...others] = errors;
  if (first === undefined) return result;
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  throw new EngineError(`The ${subject} failed: ${first}${more}`, result);
}

async function configOf({ project, stackFile, open }: Settings): Promise<StackConfig> {
  if (!hasSecureValues(stackFile.config)) return resolveConfig(project, stackFile, (text) => text);
  if (!stackFile.salt) {
    throw new EngineError(
      `${stackFile.path} has secure values but no encryptionsalt. Set them again with "pulumi config set --secret".`,
    );
  }
  const crypter = await openCrypter(open.passphrase.value, stackFile.salt, stackFile.path);
  return resolveConfig(project, stackFile, crypter.decrypt);
}

function warnOfPending(store: StackStore, report: Report): void {
  const pending = store.snapshot.pending();
  if (pending.length === 0) return;
  const lines = pending.map(({ type, resource }) => `  * ${resource.urn}, interrupted while ${type}`);
  report.diagnostic(
    "warning",
    `${pending.length} operation(s) of an earlier run were interrupted; whether they took effect is not known:\n` +
      `${lines.join("\n")}\nRun "refresh" to take the present state from the provider and to forget these.`,
  );
}

/** A state may hold what only the Pulumi CLI can work with. */
function refuseForeign(store: StackStore): void {
  for (const { state } of store.snapshot.entries()) {
    const known = !state.custom || isDynamicType(state.type) || state.type === "pulumi:providers:pulumi-nodejs";
    if (!known)
      throw refusal(
        `The stack has ${state.urn}, of ${isProviderType(state.type) ? "an explicit provider" : "another provider"}`,
      );
  }
}

/** A line that the program or the provider prints. Frames of a stack are for those who look for them. */
function showOutput(report: Report, line: string): void {
  if (line.trim() === "") return;
  report.diagnostic(/^\s+at .*[:)\d]$/.test(line) ? "debug" : "info", line);
}

function outputsInState(store: StackStore): Record<string, unknown> {
  const stack = store.snapshot.entries().find(({ state }) => state.type === STACK_TYPE);
  return masked(stack?.state.outputs) ?? {};
}
