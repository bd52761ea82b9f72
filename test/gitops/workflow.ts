/**
 * Workflows of three forges, read and run as their runners do, as far as examples/gitops needs it: steps in their shells,
 * variables where each forge has them, and a table for what is no script. What is not known here is an error.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { ForgeName } from "./forges";

/** Why a pipeline runs. */
export type Cause = "pull request" | "merge" | "schedule";

export interface Context {
  cause: Cause;
  /** Variables that the team has set, and those of the environment "production", which go before them. */
  variables: Record<string, string>;
  secrets: Record<string, string>;
  production: Record<string, string>;
  /** Variables that the forge itself sets. */
  forge: Record<string, string>;
  /** Folder with the commands that a runner has, and those that workflows install. */
  commands: { runner: string; pulumi: string };
}

export interface Outcome {
  /** Of the first step that failed; 0 where none did. */
  code: number;
  /** What the steps wrote, and which of them ran. */
  log: string;
  steps: string[];
  summary: string;
}

interface Step {
  name: string;
  script?: string;
  /** What it is where it is no script. */
  action?: () => void;
  env: Record<string, string>;
  onFailure?: boolean;
}

interface Job {
  steps: Step[];
  /** How the forge calls its shell. */
  shell: string[];
}

type Yaml = Record<string, unknown>;
type Loader = (file: string, context: Context, run: Run) => Job;

/** Takes the keys that are known here; another one would have been overlooked. */
function keys<T extends Yaml>(value: unknown, where: string, known: string[]): T {
  const object = (value ?? {}) as T;
  const unknown = Object.keys(object).filter((key) => !known.includes(key));
  assert.deepEqual(unknown, [], `${where} has keys that this runner does not know`);
  return object;
}

const read = (folder: string, file: string): Yaml => parse(readFileSync(join(folder, file), "utf8"));

/** The one job of several that a cause leads to. */
function only<T>(jobs: [string, T][], isMeant: (job: T) => boolean): [string, T] {
  const meant = jobs.filter(([, job]) => isMeant(job));
  assert.equal(meant.length, 1, `one job for this cause, not ${meant.map(([name]) => name).join(", ") || "none"}`);
  return meant[0]!;
}

const isProduction = (environment: unknown) => {
  assert.ok(environment === undefined || environment === "production");
  return environment === "production";
};

// --- GitHub -----------------------------------------------------------------------------------------------------------

const github: Loader = (folder, context, run) => {
  const event = { "pull request": "pull_request", merge: "push", schedule: "schedule" }[context.cause];
  const file = context.cause === "schedule" ? "drift" : "mail";
  const workflow = keys<{ on: Yaml; env: Yaml; jobs: Yaml }>(read(folder, `.github/workflows/${file}.yml`), file, [
    ..."name on permissions env jobs".split(" "),
  ]);
  assert.ok(event in workflow.on, `${file}.yml is not for ${event}`);
  const [name, job] = only(Object.entries(workflow.jobs as Record<string, Yaml>), (one) => {
    const wanted = /^github\.event_name == '(\w+)'$/.exec(String(one.if ?? `github.event_name == '${event}'`))?.[1];
    assert.ok(wanted, `condition ${one.if}`);
    return wanted === event;
  });
  keys(job, name, ["if", "runs-on", "permissions", "concurrency", "environment", "steps"]);
  const values = isProduction(job.environment) ? context.production : {};
  const contexts: Record<string, (key: string) => string> = {
    vars: (key) => values[key] ?? context.variables[key] ?? "",
    secrets: (key) => values[key] ?? context.secrets[key] ?? "",
    github: (key) => {
      const found: Record<string, string | undefined> = {
        token: context.forge.GITHUB_TOKEN,
        "event.pull_request.number": context.forge.PULL_REQUEST,
        "event.pull_request.head.sha": context.forge.HEAD_SHA,
      };
      return found[key] ?? assert.fail(`github.${key} is not known`);
    },
  };
  const evaluated = (env: unknown) =>
    Object.fromEntries(
      Object.entries((env ?? {}) as Yaml).map(([key, value]) => [
        key,
        String(value).replace(/\$\{\{ (\w+)\.([\w.]+) \}\}/g, (_, of: string, path: string) => contexts[of]!(path)),
      ]),
    );
  const common = evaluated(workflow.env);
  const actions: Record<string, (given: Yaml) => void> = {
    "actions/checkout@v6": () => {},
    "actions/setup-node@v6": (given) => assert.deepEqual(given, { "node-version": 24 }),
    "pulumi/actions@v7": () => run.path.unshift(context.commands.pulumi),
    "actions/upload-artifact@v6": (given) => assert.ok(existsSync(join(run.folder, String(given.path)))),
  };
  const steps = (job.steps as Yaml[]).map((step): Step => {
    keys(step, name, ["uses", "with", "run", "name", "env", "if"]);
    assert.ok(step.if === undefined || step.if === "failure()");
    const action = step.uses === undefined ? undefined : (actions[String(step.uses)] ?? assert.fail(`${step.uses}`));
    return {
      name: String(step.name ?? step.uses ?? step.run),
      ...(action ? { action: () => action((step.with ?? {}) as Yaml) } : { script: String(step.run) }),
      env: { ...common, ...evaluated(step.env) },
      onFailure: step.if !== undefined,
    };
  });
  const { GITHUB_REPOSITORY, GITHUB_API_URL } = context.forge;
  Object.assign(run.env, { CI: "true", GITHUB_ACTIONS: "true", GITHUB_REPOSITORY, GITHUB_API_URL });
  run.env.GITHUB_STEP_SUMMARY = run.summary;
  return { steps, shell: ["bash", "-e"] };
};

// --- GitLab -----------------------------------------------------------------------------------------------------------

const gitlab: Loader = (folder, context, run) => {
  const { variables, default: common, ...jobs } = read(folder, ".gitlab-ci.yml");
  const source = { "pull request": "merge_request_event", merge: "push", schedule: "schedule" }[context.cause];
  const given: Record<string, string> = { CI_PIPELINE_SOURCE: source, CI_DEFAULT_BRANCH: "main" };
  // A pipeline of a merge request is of no branch.
  if (context.cause !== "pull request") given.CI_COMMIT_BRANCH = "main";
  const holds = (condition: unknown) =>
    String(condition)
      .split(" && ")
      .every((part) => {
        const [, left, right] = /^\$(\w+) == (\$\w+|"\w+")$/.exec(part) ?? assert.fail(`condition ${part}`);
        return given[left!] === (right!.startsWith("$") ? given[right!.slice(1)] : right!.slice(1, -1));
      });
  const [name, job] = only(Object.entries(jobs as Record<string, Yaml>), (one) =>
    (one.rules as Yaml[]).some((rule) => holds(keys<Yaml>(rule, "a rule", ["if"]).if)),
  );
  keys(job, name, ["rules", "resource_group", "environment", "script", "artifacts"]);
  const { before_script } = keys<{ before_script: string[] }>(common, "default", ["image", "before_script"]);
  Object.assign(run.env, { CI: "true", GITLAB_CI: "true" }, given, variables, context.variables, context.secrets);
  Object.assign(run.env, context.forge, isProduction(job.environment) ? context.production : {});
  // One script in one shell.
  const script = [...before_script, ...(job.script as string[])].join("\n");
  return { steps: [{ name, script, env: {} }], shell: ["bash", "-eo", "pipefail"] };
};

// --- Azure ------------------------------------------------------------------------------------------------------------

const azure: Loader = (folder, context, run) => {
  const pipeline = keys<{ variables: Yaml[]; jobs: Yaml[]; trigger: string[]; schedules: Yaml[] }>(
    read(folder, "azure-pipelines.yml"),
    "azure-pipelines.yml",
    ["trigger", "pr", "schedules", "pool", "variables", "jobs"],
  );
  const reason = { "pull request": "PullRequest", merge: "IndividualCI", schedule: "Schedule" }[context.cause];
  const [name, job] = only(
    pipeline.jobs.map((one): [string, Yaml] => [String(one.job ?? one.deployment), one]),
    ({ condition }) => {
      const [, list] = /^(?:eq|in)\(variables\['Build\.Reason'\], (.*)\)$/.exec(String(condition)) ?? [];
      return (list ?? assert.fail(`condition ${condition}`)).split(", ").includes(`'${reason}'`);
    },
  );
  keys(job, name, ["job", "deployment", "condition", "environment", "variables", "strategy", "steps"]);
  const groups: Record<string, Record<string, string>> = {
    mail: { ...context.variables, ...context.secrets },
    "mail-production": context.production,
  };
  const variables: Record<string, string> = {};
  for (const one of [...pipeline.variables, ...((job.variables ?? []) as Yaml[])]) {
    const { group, name: of, value } = keys<Record<string, string>>(one, "a variable", ["group", "name", "value"]);
    Object.assign(variables, group === undefined ? { [of!]: value } : (groups[group] ?? assert.fail(group)));
  }
  // Secrets are in no environment, and a macro that names nothing stays as it is written.
  const { SYSTEM_ACCESSTOKEN: accessToken, ...ofForge } = context.forge;
  const macros: Record<string, string> = { ...variables, "System.AccessToken": accessToken ?? "" };
  const filled = (text: unknown) => String(text).replace(/\$\(([\w.]+)\)/g, (whole, key) => macros[key] ?? whole);
  const open = Object.entries(variables).filter(([key]) => !(key in context.secrets));
  Object.assign(run.env, { TF_BUILD: "True", BUILD_REASON: reason }, Object.fromEntries(open), ofForge);
  const tasks: Record<string, (given: Yaml) => void> = {
    "NodeTool@0": (given) => assert.deepEqual(given, { versionSpec: "24.x" }),
  };
  const runOnce = (job.strategy as { runOnce: { deploy: { steps: Yaml[] } } } | undefined)?.runOnce;
  const steps = (runOnce?.deploy.steps ?? (job.steps as Yaml[])).map((step): Step => {
    keys(step, name, ["task", "inputs", "script", "displayName", "env", "publish", "artifact", "checkout"]);
    const env = Object.fromEntries(Object.entries((step.env ?? {}) as Yaml).map(([key, text]) => [key, filled(text)]));
    const title = String(step.displayName ?? step.task ?? Object.keys(step)[0]);
    if (step.script !== undefined) return { name: title, script: filled(step.script), env };
    const task = tasks[String(step.task)];
    const action = task
      ? () => task(step.inputs as Yaml)
      : step.publish !== undefined
        ? () => assert.ok(existsSync(join(run.folder, String(step.publish))))
        : () => assert.equal(step.checkout, "self", `${title} is not known`);
    return { name: title, action, env };
  });
  // A deployment checks nothing out by itself.
  assert.ok(!runOnce || steps[0]!.name === "checkout");
  assert.equal(isProduction(job.environment), runOnce !== undefined);
  return { steps, shell: ["bash", "--noprofile", "--norc"] };
};

const loaders = { GitHub: github, GitLab: gitlab, "Azure Repos": azure } satisfies Record<ForgeName, Loader>;

// --- running ----------------------------------------------------------------------------------------------------------

interface Run {
  folder: string;
  env: Record<string, string | undefined>;
  path: string[];
  summary: string;
}

/** Runs the job that the cause leads to, in a folder with the project. */
export async function runWorkflow(name: ForgeName, folder: string, context: Context): Promise<Outcome> {
  const home = join(folder, "..", "home");
  mkdirSync(home, { recursive: true });
  const summary = join(home, "summary.md");
  writeFileSync(summary, "");
  // The CLI asks the system for the home of its user, whatever HOME says.
  const run: Run = {
    folder,
    env: { HOME: home, PULUMI_HOME: join(home, "pulumi") },
    path: [context.commands.runner, "/usr/bin", "/bin"],
    summary,
  };
  const job = loaders[name](folder, context, run);
  const outcome: Outcome = { code: 0, log: "", steps: [], summary: "" };
  for (const [at, step] of job.steps.entries()) {
    if (step.onFailure !== true ? outcome.code !== 0 : outcome.code === 0) continue;
    outcome.steps.push(step.name);
    step.action?.();
    if (step.script === undefined) continue;
    const file = join(home, `step-${at}.sh`);
    writeFileSync(file, step.script);
    const env = { ...run.env, ...step.env, PATH: run.path.join(":") };
    const { code, text } = await shell([...job.shell, file], folder, env);
    outcome.log += text;
    outcome.code ||= code;
    for (const [, command, value] of text.matchAll(/^##vso\[task\.(\w+)\](.*)$/gm)) {
      if (command === "prependpath") run.path.unshift(value!);
      else if (command === "uploadsummary") writeFileSync(summary, readFileSync(value!, "utf8"));
      else assert.fail(`##vso[task.${command}] is not known`);
    }
  }
  outcome.summary = readFileSync(summary, "utf8");
  return outcome;
}

/** Runs a command to its end; stdout and stderr are one log. */
export function shell(
  [command, ...args]: string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; text: string }> {
  return new Promise((done, failed) => {
    const child = spawn(command!, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part) => {
        text += part;
      });
    }
    child.on("error", failed);
    child.on("close", (code) => done({ code: code ?? -1, text }));
  });
}

/** What a runner has: Node, npm and npx with this repository for the registry, and curl for the installer alone. */
export function makeCommands(folder: string, root: string, pulumi: string): Context["commands"] {
  const runner = join(folder, "runner");
  mkdirSync(runner, { recursive: true });
  const script = (name: string, text: string) =>
    writeFileSync(join(runner, name), `#!/bin/sh\nset -eu\n${text}\n`, { mode: 0o755 });
  const packages = `mkdir -p node_modules/@pulumi node_modules/.bin
ln -sfn "${root}" node_modules/pulumi-intune-mail
ln -sfn "${root}/node_modules/@pulumi/pulumi" node_modules/@pulumi/pulumi
ln -sfn "${root}/dist/provider/cli/main.js" node_modules/.bin/intune-mail`;
  symlinkSync(process.execPath, join(runner, "node"));
  script("npm", `case "$*" in ci|install) ;; *) echo "npm $* is not known" >&2; exit 9 ;; esac\n${packages}`);
  script("npx", `command="$1"; shift; exec node "node_modules/.bin/$command" "$@"`);
  script(
    "curl",
    `[ "$*" = "-fsSL https://get.pulumi.com" ] || exit 9
echo 'mkdir -p "$HOME/.pulumi"; ln -sfn "${pulumi}" "$HOME/.pulumi/bin"'`,
  );
  return { runner, pulumi };
}
