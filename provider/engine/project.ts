/** The user's project: `Pulumi.yaml`, where its program is, and the configuration of a stack. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { EngineError } from "./engine";

const PROJECT_FILES = ["Pulumi.yaml", "Pulumi.yml"];

const projectSchema = z.object({
  name: z.string().regex(/^[\w.-]{1,100}$/, "up to 100 letters, digits, dots, hyphens and underscores"),
  runtime: z.union([z.string(), z.object({ name: z.string(), options: z.record(z.string(), z.unknown()).nullish() })]),
  main: z.string().optional(),
  stackConfigDir: z.string().optional(),
  backend: z.object({ url: z.string().optional() }).optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
});

const optionsSchema = z.object({
  typescript: z.boolean().default(true),
  tsconfig: z.string().optional(),
  nodeargs: z.string().default(""),
});

export interface Project {
  name: string;
  /** The folder of `Pulumi.yaml`. */
  root: string;
  /** The folder that the program runs in, and what of it is run. */
  programFolder: string;
  entry: string;
  runtime: string;
  options: z.infer<typeof optionsSchema>;
  /** Defaults for the configuration, from the project file. */
  defaults: Record<string, unknown>;
  stackConfigFolder: string;
  /** The backend that the project names for the Pulumi CLI. */
  backend?: string;
}

/** Finds the project that `cwd` is in. */
export function findProject(cwd: string): Project {
  const file = findUpwards(resolve(cwd));
  if (!file) {
    throw new EngineError(
      `No Pulumi.yaml in ${resolve(cwd)} or a folder above it. Go to the project's folder or name it with --cwd.`,
    );
  }
  const read = projectSchema.safeParse(readYaml(file));
  if (!read.success) throw new EngineError(`${file} is not a project file: ${describe(read.error)}.`);
  const { name, runtime, main, config, stackConfigDir, backend } = read.data;
  const root = dirname(file);
  const options = optionsSchema.safeParse(typeof runtime === "string" ? {} : (runtime.options ?? {}));
  if (!options.success) throw new EngineError(`${file}: runtime.options: ${describe(options.error)}.`);
  return {
    name,
    root,
    ...programOf(root, main),
    runtime: typeof runtime === "string" ? runtime : runtime.name,
    options: options.data,
    defaults: config ?? {},
    stackConfigFolder: stackConfigDir ? resolve(root, stackConfigDir) : root,
    backend: backend?.url,
  };
}

function findUpwards(folder: string): string | undefined {
  const found = PROJECT_FILES.map((name) => join(folder, name)).find(existsSync);
  if (found) return found;
  const parent = dirname(folder);
  return parent === folder ? undefined : findUpwards(parent);
}

/** A `main` that is a folder is run as such; a file is run in its folder, and need not be there before it is run. */
function programOf(root: string, main: string | undefined): { programFolder: string; entry: string } {
  if (!main) return { programFolder: root, entry: "." };
  const path = resolve(root, main);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? { programFolder: path, entry: "." }
    : { programFolder: dirname(path), entry: basename(path) };
}

export interface StackConfig {
  /** Values by namespaced key (`project:key`), objects as JSON text, secrets decrypted. */
  values: Record<string, string>;
  secretKeys: string[];
}

const stackFileSchema = z.object({
  encryptionsalt: z.string().optional(),
  secretsprovider: z.string().optional(),
  environment: z.unknown().optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
});

export interface StackFile {
  path: string;
  salt?: string;
  config: Record<string, unknown>;
}

/** Reads `Pulumi.<stack>.yaml`, which need not exist, and is never written. */
export function readStackFile(project: Project, stack: string): StackFile {
  const path = join(project.stackConfigFolder, `Pulumi.${stack}.yaml`);
  if (!existsSync(path)) return { path, config: {} };
  const read = stackFileSchema.safeParse(readYaml(path) ?? {});
  if (!read.success) throw new EngineError(`${path} is not a stack's configuration: ${describe(read.error)}.`);
  const { encryptionsalt, secretsprovider, environment, config } = read.data;
  if (environment !== undefined) throw unsupported(path, "environment (Pulumi ESC)");
  if (secretsprovider && secretsprovider !== "passphrase")
    throw unsupported(path, `secretsprovider ${secretsprovider}`);
  return { path, salt: encryptionsalt, config: config ?? {} };
}

function unsupported(path: string, what: string): EngineError {
  return new EngineError(
    `${path}: ${what} is not supported by the embedded engine; use the Pulumi CLI (--engine pulumi).`,
  );
}

/** The configuration of a stack over the project's defaults. `decrypt` is called for values marked `secure`. */
export function resolveConfig(project: Project, file: StackFile, decrypt: (text: string) => string): StackConfig {
  const result: StackConfig = { values: {}, secretKeys: [] };
  const add = (key: string, value: unknown, secret = false) => {
    const full = key.includes(":") ? key.replace(/^([^:]+):config:/, "$1:") : `${project.name}:${key}`;
    const open = openSecure(value, decrypt);
    result.values[full] = typeof open.value === "string" ? open.value : JSON.stringify(open.value);
    result.secretKeys = result.secretKeys.filter((known) => known !== full);
    if (open.secret || secret) result.secretKeys.push(full);
  };
  for (const [key, declared] of Object.entries(project.defaults)) {
    const { value, secret } = declaredDefault(declared);
    if (value !== undefined && value !== null) add(key, value, secret);
  }
  for (const [key, value] of Object.entries(file.config)) add(key, value);
  return result;
}

/** Whether any value of the stack's file is encrypted, so that a key is needed before the program starts. */
export function hasSecureValues(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "secure" in value || Object.values(value).some(hasSecureValues);
}

function declaredDefault(declared: unknown): { value: unknown; secret: boolean } {
  if (typeof declared !== "object" || declared === null || Array.isArray(declared))
    return { value: declared, secret: false };
  const { value, default: byDefault, secret } = declared as { value?: unknown; default?: unknown; secret?: unknown };
  return { value: value ?? byDefault, secret: secret === true };
}

function openSecure(value: unknown, decrypt: (text: string) => string): { value: unknown; secret: boolean } {
  if (typeof value !== "object" || value === null) return { value, secret: false };
  if ("secure" in value && typeof value.secure === "string") return { value: decrypt(value.secure), secret: true };
  const opened = Object.entries(value).map(([key, item]) => [key, openSecure(item, decrypt)] as const);
  return {
    value: Array.isArray(value)
      ? opened.map(([, item]) => item.value)
      : Object.fromEntries(opened.map(([key, item]) => [key, item.value])),
    secret: opened.some(([, item]) => item.secret),
  };
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new EngineError(`${file} cannot be read: ${(error as Error).message}.`);
  }
}

function describe(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`).join("; ");
}

const STACK_NAME = /^[\w.-]{1,100}$/;

/** Where the embedded engine keeps a stack. */
export function stackFile(project: Project, stack: string): string {
  if (!STACK_NAME.test(stack)) {
    throw new EngineError(
      `"${stack}" is not a stack's name: up to 100 letters, digits, dots, hyphens and underscores.`,
    );
  }
  return join(project.root, ".intune-mail", "stacks", project.name, `${stack}.json`);
}
