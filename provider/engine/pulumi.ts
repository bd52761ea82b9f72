/** The Pulumi CLI as an engine, driven by the SDK's Automation API. */

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import {
  type EngineEvent as CliEvent,
  CommandError,
  LocalWorkspace,
  PulumiCommand,
  type Stack,
  type StepEventMetadata,
  type StepEventStateMetadata,
} from "@pulumi/pulumi/automation";
import { masked, type Properties } from "./embedded/properties";
import { STACK_TYPE } from "./embedded/urn";
import type {
  DiagnosticEvent,
  Engine,
  EngineOptions,
  EngineResult,
  Operation,
  StackExport,
  StepEvent,
  StepOp,
} from "./engine";
import { EngineError, warningIn } from "./engine";
import { findPassphrase, privateFolder } from "./passphrase";
import { findProject, type Project } from "./project";

/** An engine that runs the Pulumi CLI at `command`. */
export function createPulumiEngine(command: string): Engine {
  return {
    name: "pulumi",
    preview: (options) => operate(command, "preview", options),
    up: (options) => operate(command, "up", options),
    refresh: (options) => operate(command, "refresh", options),
    destroy: (options) => operate(command, "destroy", options),
    exportStack: (options) => exportStack(command, options),
    async importStack(options, state) {
      const { stack } = await openStack(command, options, true);
      await told(options.stack, () => stack.importStack(state));
    },
  };
}

/** The Automation API would export secrets as they are, so the CLI is asked itself. */
async function exportStack(command: string, options: EngineOptions): Promise<StackExport> {
  const { stack, env } = await openStack(command, options, false);
  const { stdout } = await promisify(execFile)(
    command,
    ["stack", "export", "--stack", options.stack, "--non-interactive"],
    {
      cwd: stack.workspace.workDir,
      env: { ...process.env, ...env },
      maxBuffer: Number.POSITIVE_INFINITY,
    },
  );
  return JSON.parse(stdout) as StackExport;
}

/** A failure of the CLI in its own words, without the listing of command and output around them. */
async function told<T>(stack: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new EngineError(`The Pulumi CLI failed on stack ${stack}: ${firstError(error.message)}`);
  }
}

function firstError(text: string): string {
  const line = text.split("\n").find((candidate) => /error: /.test(candidate));
  return (line ?? text).replace(/^.*?error: /, "").trim();
}

async function openStack(
  command: string,
  options: EngineOptions,
  mayCreate: boolean,
): Promise<{ stack: Stack; env: Record<string, string>; said: string[] }> {
  const project = findProject(options.cwd);
  const { env, said } = environmentOf(command, project, options);
  const pulumiCommand = await commandAt(command);
  const program = { stackName: options.stack, workDir: project.root };
  const settings = { envVars: env, pulumiCommand };
  const stack = await told(options.stack, () =>
    mayCreate ? LocalWorkspace.createOrSelectStack(program, settings) : LocalWorkspace.selectStack(program, settings),
  );
  return { stack, env, said };
}

async function commandAt(path: string): Promise<PulumiCommand> {
  const folder = dirname(path);
  const command = await PulumiCommand.get({
    skipVersionCheck: true,
    ...(basename(folder) === "bin" && { root: dirname(folder) }),
  });
  // A development build does not say a version that the Automation API understands: it counts as new as the SDK.
  return command.version ? command : Object.assign(command, { version: sdkVersion() });
}

function sdkVersion(): PulumiCommand["version"] {
  const requireFromSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
  const { SemVer } = requireFromSdk("semver") as typeof import("semver");
  return new SemVer((requireFromSdk("@pulumi/pulumi/package.json") as { version: string }).version);
}

/** The environment of the CLI, with a backend and a passphrase of the project's own where the user has none. */
function environmentOf(
  command: string,
  project: Project,
  options: EngineOptions,
): { env: Record<string, string>; said: string[] } {
  const given = { ...process.env, ...options.env };
  const said: string[] = [];
  const env: Record<string, string> = {
    ...options.env,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PATH: pathOf(command, given),
  };
  let backend = given.PULUMI_BACKEND_URL || configuredBackend(project, given);
  if (!backend) {
    const folder = join(privateFolder(project.root), "pulumi");
    mkdirSync(folder, { recursive: true });
    backend = pathToFileURL(folder).href;
    env.PULUMI_BACKEND_URL = backend;
    said.push(`No Pulumi backend is configured; using ${backend}.`);
  }
  if (!backend.startsWith("http")) {
    const passphrase = findPassphrase(project.root, given);
    env.PULUMI_CONFIG_PASSPHRASE = passphrase.value;
    if (passphrase.said) said.push(passphrase.said);
  }
  return { env, said };
}

/** The program is to run on the Node that runs us; the SDK's provider is found last, for a CLI that comes without it. */
function pathOf(command: string, env: NodeJS.ProcessEnv): string {
  const sdk = dirname(require.resolve("@pulumi/pulumi/package.json"));
  const bundled = existsSync(join(dirname(command), "pulumi-resource-pulumi-nodejs"));
  return [dirname(process.execPath), env.PATH ?? "", ...(bundled ? [] : [sdk])].join(delimiter);
}

/** The backend that the project names, or that the user has logged in to. */
function configuredBackend(project: Project, env: NodeJS.ProcessEnv): string | undefined {
  if (project.backend) return project.backend;
  const file = join(env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "credentials.json");
  if (!existsSync(file)) return undefined;
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { current?: string }).current || undefined;
  } catch {
    return undefined;
  }
}

async function operate(command: string, operation: Operation, options: EngineOptions): Promise<EngineResult> {
  const mayCreate = operation === "preview" || operation === "up";
  const { stack, said } = await openStack(command, options, mayCreate);
  const result: EngineResult = { changes: {}, outputs: {}, steps: [], diagnostics: [] };
  const diagnose = (event: DiagnosticEvent) => {
    result.diagnostics.push(event);
    options.onEvent?.(event);
  };
  for (const message of said) diagnose({ kind: "diagnostic", severity: "info", message });
  const onEvent = (event: CliEvent) => {
    const diagnostic = diagnosticOf(event);
    if (diagnostic) diagnose(diagnostic);
    const step = stepOf(event);
    if (step) {
      if (step.phase !== "started") result.steps.push(step);
      options.onEvent?.(step);
    }
    const planned = event.resOutputsEvent?.planning ? event.resOutputsEvent.metadata : undefined;
    if (planned?.type === STACK_TYPE) result.outputs = masked((planned.new?.outputs ?? {}) as Properties) ?? {};
    if (event.summaryEvent) result.changes = changesOf(event.summaryEvent.resourceChanges);
  };
  const { parallel, signal } = options;
  try {
    if (operation === "destroy") await stack.destroy({ onEvent, parallel, signal });
    else await stack[operation]({ onEvent, parallel, signal });
    if (operation === "up" || operation === "refresh") result.outputs = maskedOutputs(await stack.outputs());
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new EngineError(failureOf(operation, options, result, error), result);
  }
  return result;
}

function failureOf(operation: Operation, options: EngineOptions, result: EngineResult, error: CommandError): string {
  const subject = `${operation} of stack ${options.stack}`;
  if (options.signal?.aborted)
    return `The ${subject} was interrupted. What was done is recorded; run it again to go on.`;
  const errors = result.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return `The ${subject} failed: ${errors[0] ?? firstError(error.message)}${more}`;
}

function maskedOutputs(outputs: Record<string, { value: unknown; secret: boolean }>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, { value, secret }]) => [key, secret ? "[secret]" : value]),
  );
}

function changesOf(changes: Record<string, number | undefined>): EngineResult["changes"] {
  return Object.fromEntries(Object.entries(changes).filter(([, count]) => count));
}

function diagnosticOf({ diagnosticEvent }: CliEvent): DiagnosticEvent | undefined {
  if (!diagnosticEvent || diagnosticEvent.ephemeral) return undefined;
  const { severity, message, urn } = diagnosticEvent;
  // The SDK's debug log holds secrets as they are.
  if ((severity as string) === "debug") return undefined;
  const text = message.replace(/<\{%[^%]*%\}>/g, "").trimEnd();
  if (text === "") return undefined;
  const warning = severity === "info" ? warningIn(text) : undefined;
  return {
    kind: "diagnostic",
    severity: warning !== undefined ? "warning" : severity === "info#err" ? "info" : severity,
    message: warning ?? text,
    ...(urn && { urn }),
  };
}

function stepOf({ resourcePreEvent, resOutputsEvent, resOpFailedEvent }: CliEvent): StepEvent | undefined {
  if (resourcePreEvent) return toStep(resourcePreEvent.metadata, resourcePreEvent.planning ? "planned" : "started");
  // A preview tells of each step twice.
  if (resOutputsEvent) return resOutputsEvent.planning ? undefined : toStep(resOutputsEvent.metadata, "done");
  return resOpFailedEvent && toStep(resOpFailedEvent.metadata, "failed");
}

function toStep(metadata: StepEventMetadata, phase: StepEvent["phase"]): StepEvent | undefined {
  const { op, urn, type, old, new: next, keys } = metadata;
  if (type.startsWith("pulumi:providers:")) return undefined;
  const properties = (state: StepEventStateMetadata, key: "inputs" | "outputs") =>
    masked((state[key] ?? {}) as Properties);
  return {
    kind: "step",
    phase,
    op: op as StepOp,
    urn,
    type,
    name: urn.split("::").slice(3).join("::"),
    ...((next?.id || old?.id) && { id: next?.id || old?.id }),
    ...(old && { oldInputs: properties(old, "inputs"), oldOutputs: properties(old, "outputs") }),
    ...(next && { newInputs: properties(next, "inputs"), newOutputs: properties(next, "outputs") }),
    ...(keys?.length && { replaceKeys: keys }),
    ...(old?.retainOnDelete && { retained: true }),
    ...(!(next ?? old)?.custom && { component: true }),
  };
}
