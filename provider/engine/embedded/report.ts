/** What an operation tells: steps and diagnostics, as events while it runs and as its result at the end. */

import type { DiagnosticEvent, EngineEvent, EngineResult, StepEvent, StepOp } from "../engine";
import { masked } from "./properties";
import type { ResourceState } from "./resource-state";
import { isProviderType } from "./urn";

export interface StepOptions {
  replaceKeys?: string[];
  error?: string;
}

export interface Report {
  step(phase: StepEvent["phase"], op: StepOp, old?: ResourceState, next?: ResourceState, options?: StepOptions): void;
  diagnostic(severity: DiagnosticEvent["severity"], message: string, urn?: string): void;
  errors(): string[];
  result(outputs: Record<string, unknown>): EngineResult;
}

/** Parts of a replacement, which is counted once, as `replace`; and reads, which change nothing. */
const NOT_COUNTED = new Set<StepOp>(["create-replacement", "delete-replaced", "read-replacement", "read"]);

export function createReport(onEvent: (event: EngineEvent) => void): Report {
  const steps: StepEvent[] = [];
  const diagnostics: DiagnosticEvent[] = [];
  return {
    step(phase, op, old, next, options = {}) {
      const state = (next ?? old) as ResourceState;
      // The default provider is the engine's own business.
      if (isProviderType(state.type)) return;
      const event: StepEvent = {
        kind: "step",
        phase,
        op,
        urn: state.urn,
        type: state.type,
        name: state.urn.split("::").slice(3).join("::"),
        ...((next?.id || old?.id) && { id: next?.id || old?.id }),
        ...(old && { oldInputs: masked(old.inputs ?? {}), oldOutputs: masked(old.outputs ?? {}) }),
        ...(next && { newInputs: masked(next.inputs ?? {}), newOutputs: masked(next.outputs ?? {}) }),
        ...(next?.propertyDependencies && { propertyDependencies: next.propertyDependencies }),
        ...(old?.retainOnDelete && { retained: true }),
        ...(!state.custom && { component: true }),
        ...options,
      };
      if (phase !== "started") steps.push(event);
      onEvent(event);
    },
    diagnostic(severity, message, urn) {
      const event: DiagnosticEvent = { kind: "diagnostic", severity, message, ...(urn && { urn }) };
      diagnostics.push(event);
      onEvent(event);
    },
    errors: () => diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message),
    result(outputs) {
      const changes: EngineResult["changes"] = {};
      for (const { op, phase } of steps) {
        if (phase !== "failed" && !NOT_COUNTED.has(op)) changes[op] = (changes[op] ?? 0) + 1;
      }
      return { changes, outputs, steps, diagnostics };
    },
  };
}
