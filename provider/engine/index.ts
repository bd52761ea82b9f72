/** Chooses between the two engines. */

import { existsSync, readFileSync } from "node:fs";
import { type Engine, EngineError, type EngineOptions } from "./engine";
import { findPulumi } from "./find-pulumi";
import { findProject, stackFile } from "./project";

export * from "./engine";

/** An engine that is loaded when it is first used, as each of them takes its time. */
function lazy(name: Engine["name"], load: () => Engine): Engine {
  return {
    name,
    preview: async (options) => load().preview(options),
    up: async (options) => load().up(options),
    refresh: async (options) => load().refresh(options),
    destroy: async (options) => load().destroy(options),
    exportStack: async (options) => load().exportStack(options),
    importStack: async (options, state) => load().importStack(options, state),
  };
}

const embedded = lazy("embedded", () => (require("./embedded") as typeof import("./embedded")).embeddedEngine);

const pulumi = (command: string) =>
  lazy("pulumi", () => (require("./pulumi") as typeof import("./pulumi")).createPulumiEngine(command));

/**
 * `auto` is the engine that keeps the stack already, else the Pulumi CLI where it is found, else the embedded engine;
 * `said` says in one line why it is not the CLI.
 */
export function chooseEngine(
  which: "auto" | "pulumi" | "embedded",
  stack?: Pick<EngineOptions, "cwd" | "stack">,
): { engine: Engine; said?: string } {
  if (which === "embedded") return { engine: embedded };
  const command = findPulumi(process.env);
  if (command && which === "auto" && stack && isKept(stack)) {
    const said = `The embedded engine keeps stack ${stack.stack}; using it. To go on with the Pulumi CLI, take the stack there with stack export and pulumi stack import.`;
    return { engine: embedded, said };
  }
  if (command) return { engine: pulumi(command) };
  if (which === "auto") return { engine: embedded, said: "The Pulumi CLI was not found; using the embedded engine." };
  throw new EngineError(
    "The Pulumi CLI was not found on PATH or in ~/.pulumi/bin. Install it (https://www.pulumi.com/docs/install/), or use --engine embedded.",
  );
}

/** Whether the embedded engine has resources in this stack: two engines would both want to make the same things. */
function isKept({ cwd, stack }: Pick<EngineOptions, "cwd" | "stack">): boolean {
  try {
    const file = stackFile(findProject(cwd), stack);
    if (existsSync(`${file}.journal`)) return true;
    const { deployment } = JSON.parse(readFileSync(file, "utf8"));
    return deployment.resources.length > 0;
  } catch {
    // No such state, or one that cannot be read: the engine that is chosen tells.
    return false;
  }
}
