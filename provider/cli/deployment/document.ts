/** The document of `preview|up|refresh|destroy --json`. Its form is stable: new fields may come, none change. */
import type { DiagnosticEvent, EngineResult, Operation, StepEvent, StepOp } from "../../engine";
import { plain } from "./lines";
import { type ChangeRow, changeRows } from "./step";

export interface ResourceRow {
  urn: string;
  type: string;
  name: string;
  op: StepOp;
  id?: string;
  changes: ChangeRow[];
  error?: string;
}

export interface DeploymentDocument {
  version: 1;
  operation: Operation;
  engine: "pulumi" | "embedded";
  stack: string;
  changes: Partial<Record<StepOp, number>>;
  resources: ResourceRow[];
  outputs: Record<string, unknown>;
  diagnostics: Omit<DiagnosticEvent, "kind">[];
  result: "succeeded" | "failed";
}

export interface Outcome {
  operation: Operation;
  engine: "pulumi" | "embedded";
  stack: string;
  result: EngineResult;
  /** Why it failed, where it did. */
  failure?: string;
}

export function documentOf({ operation, engine, stack, result, failure }: Outcome): DeploymentDocument {
  const diagnostics = result.diagnostics.map(({ kind: _, message, ...rest }) => ({ ...rest, message: plain(message) }));
  if (failure !== undefined) diagnostics.push({ severity: "error", message: plain(failure) });
  return {
    version: 1,
    operation,
    engine,
    stack,
    changes: result.changes,
    resources: resourceRows(result.steps),
    outputs: result.outputs ?? {},
    diagnostics,
    result: failure === undefined ? "succeeded" : "failed",
  };
}

/** A replacement is several steps of one resource, and one row. */
function resourceRows(steps: readonly StepEvent[]): ResourceRow[] {
  const rows = new Map<string, ResourceRow>();
  for (const step of steps) {
    const row = rows.get(step.urn);
    const op = row ? together(row.op, step.op) : alone(step.op);
    const found = changeRows(step);
    const id = step.id ?? row?.id;
    const error = step.error ?? row?.error;
    rows.set(step.urn, {
      urn: step.urn,
      type: step.type,
      name: step.name,
      op,
      ...(id ? { id } : {}),
      changes: found.length > 0 ? found : (row?.changes ?? []),
      ...(error ? { error } : {}),
    });
  }
  return [...rows.values()];
}

const partsOfReplace: ReadonlySet<StepOp> = new Set(["replace", "create-replacement", "delete-replaced"]);
const alone = (op: StepOp): StepOp => (partsOfReplace.has(op) ? "replace" : op);
const together = (one: StepOp, other: StepOp): StepOp =>
  partsOfReplace.has(one) || partsOfReplace.has(other) ? "replace" : other === "same" ? one : other;

/** Whether the operation changed, or would change, anything. */
export const hasChanges = ({ changes }: EngineResult): boolean =>
  Object.entries(changes).some(([op, number]) => op !== "same" && op !== "read" && number > 0);
