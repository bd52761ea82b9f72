/**
 * The seam between what wants a deployment (the command, the tests) and what makes it: the Pulumi CLI through the
 * SDK's Automation API, or the embedded engine. Both speak in these words.
 */

export type Operation = "preview" | "up" | "refresh" | "destroy";

/** Words for a step as the Pulumi CLI uses them. */
export type StepOp =
  | "same"
  | "create"
  | "update"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "delete"
  | "read"
  | "read-replacement"
  | "refresh"
  | "discard"
  | "import";

export interface StepEvent {
  kind: "step";
  /** `planned` in a preview; `started`, then `done` or `failed`, in an operation that changes things. */
  phase: "planned" | "started" | "done" | "failed";
  op: StepOp;
  urn: string;
  type: string;
  name: string;
  /** The id, where the object has one. */
  id?: string;
  /** Inputs and outputs before and after, secrets masked as `[secret]`, unknown values as `[unknown]`. */
  oldInputs?: Record<string, unknown>;
  oldOutputs?: Record<string, unknown>;
  newInputs?: Record<string, unknown>;
  newOutputs?: Record<string, unknown>;
  /** Properties that force the replacement. */
  replaceKeys?: string[];
  /** URNs of what each new input comes from; the events of the Pulumi CLI do not have them. */
  propertyDependencies?: Record<string, string[]>;
  /** The object stays where its record goes (`retainOnDelete`). */
  retained?: true;
  /** It only holds other resources. */
  component?: true;
  /** What went wrong, where the phase is `failed`. */
  error?: string;
}

export interface DiagnosticEvent {
  kind: "diagnostic";
  severity: "debug" | "info" | "warning" | "error";
  message: string;
  urn?: string;
}

export type EngineEvent = StepEvent | DiagnosticEvent;

export interface EngineOptions {
  /** Folder with `Pulumi.yaml` (or any folder below it). */
  cwd: string;
  /** Name of the stack, `dev` for example. It is made where it does not exist (`preview`, `up`). */
  stack: string;
  /** Called for each event, in order. */
  onEvent?: (event: EngineEvent) => void;
  /** Variables for the program and the provider, over those of this process. */
  env?: Record<string, string>;
  /** How many resource operations may be under way at once; 16 by default, as Pulumi. */
  parallel?: number;
  /** Ends the operation in order: what is under way is finished and recorded, nothing new starts. */
  signal?: AbortSignal;
}

export interface EngineResult {
  /** How many resources had each operation; `same` among them. Operations that did not occur are absent. */
  changes: Partial<Record<StepOp, number>>;
  /** The stack's outputs, secrets masked as `[secret]`. Absent for `destroy`. */
  outputs: Record<string, unknown>;
  /** Every step, `same` among them, in order. */
  steps: StepEvent[];
  diagnostics: DiagnosticEvent[];
}

/** A deployment as `pulumi stack export` writes it. */
export interface StackExport {
  version: number;
  deployment: Record<string, unknown>;
}

export interface Engine {
  readonly name: "pulumi" | "embedded";
  preview(options: EngineOptions): Promise<EngineResult>;
  up(options: EngineOptions): Promise<EngineResult>;
  refresh(options: EngineOptions): Promise<EngineResult>;
  destroy(options: EngineOptions): Promise<EngineResult>;
  exportStack(options: EngineOptions): Promise<StackExport>;
  importStack(options: EngineOptions, state: StackExport): Promise<void>;
}

/** A failure that the user can mend: what failed, on what, and the way out. Anything else that is thrown is a bug. */
export class EngineError extends Error {
  constructor(
    message: string,
    /** What was done before the failure, where something was. */
    readonly result?: EngineResult,
  ) {
    super(message);
  }
}

/** The text of a warning, where a line of the provider is one: a provider can print lines, and no more. */
export const warningIn = (line: string): string | undefined =>
  line.startsWith("warning: ") ? line.slice("warning: ".length) : undefined;
