import { chooseEngine, EngineError, type EngineResult, type Operation } from "../../engine";
import type { Out } from "../out";
import type { Outcome } from "./document";
import { eventLines } from "./lines";

export interface DeployOptions {
  cwd: string;
  stack: string;
  engine: "auto" | "pulumi" | "embedded";
}

/**
 * Runs one operation and writes its lines. What ended in a failure that the user can mend comes back with it, so that
 * what was done until then is told all the same; a bug is thrown.
 */
export async function deploy(
  operation: Operation,
  options: DeployOptions,
  out: Out,
  signal: AbortSignal,
): Promise<Outcome> {
  const { engine, said } = chooseEngine(options.engine, options);
  if (said) out.line(out.paint.dim(said));
  const made = { operation, engine: engine.name, stack: options.stack };
  try {
    const result = await engine[operation]({
      cwd: options.cwd,
      stack: options.stack,
      onEvent: eventLines(operation, out),
      // The lines here tell the reasons; the provider would say them a second time.
      env: { INTUNE_MAIL_QUIET: "true" },
      signal,
    });
    return { ...made, result };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { ...made, result: error.result ?? nothing, failure: error.message };
  } finally {
    out.progress();
  }
}

const nothing: EngineResult = { changes: {}, outputs: {}, steps: [], diagnostics: [] };
