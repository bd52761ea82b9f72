/** Chooses between the two engines. */

import { type Engine, EngineError } from "./engine";
import { findPulumi } from "./find-pulumi";

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

/** `auto` is the Pulumi CLI where it is found, else the embedded engine, which `said` then says in one line. */
export function chooseEngine(which: "auto" | "pulumi" | "embedded"): { engine: Engine; said?: string } {
  if (which === "embedded") return { engine: embedded };
  const command = findPulumi(process.env);
  if (command) return { engine: pulumi(command) };
  if (which === "auto") return { engine: embedded, said: "The Pulumi CLI was not found; using the embedded engine." };
  throw new EngineError(
    "The Pulumi CLI was not found on PATH or in ~/.pulumi/bin. Install it (https://www.pulumi.com/docs/install/), or use --engine embedded.",
  );
}
