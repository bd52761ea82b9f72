/** What a preview says will be done, whichever engine made it: one step for each resource that changes. */
import type { EngineResult } from "../engine";
import { isProviderType, parseUrn, STACK_TYPE } from "../engine/embedded/urn";
import { type Kind, resourceTypes } from "../resources";
import { UserError } from "../user-error";
import { type Properties, UNKNOWN } from "../values";
import type { PlannedOp } from "./impact";

export interface Plan {
  project: string;
  stack: string;
  /** In the order in which an engine makes things; deletions are where it had them. */
  steps: PlanStep[];
  /** Ids of objects that the stack has: nothing of the program's own is in its way. */
  ours: string[];
  /** What changes of other providers, by type. */
  others: { type: string; count: number }[];
  /** What the preview warns of. */
  warnings: Warning[];
}

export interface Warning {
  message: string;
  /** The resource that it is about. */
  urn?: string | undefined;
}

export interface PlanStep {
  urn: string;
  type: string;
  kind: Kind;
  name: string;
  op: PlannedOp;
  /** Of the object that is there. */
  id?: string;
  /** What the provider is given of it: outputs, with the inputs among them. Empty for what is new. */
  olds: Properties;
  /** The inputs that it is to have; `UNKNOWN` for what is not known yet. Empty for what goes. */
  news: Properties;
  replaceKeys: string[];
  /** URNs of what each input comes from, where the engine tells. */
  from?: Sources | undefined;
  /** The object that is there stays, and is nobody's any more (`retainOnDelete`). */
  retained?: true;
}

type Sources = Record<string, string[] | null>;

/** The stack that a plan has to be of. */
export interface Place {
  project: string;
  stack: string;
}

/** One step as any form of a plan has it. */
export interface Told {
  op: string;
  urn: string;
  id?: string | undefined;
  olds?: Properties | undefined;
  news?: Properties | undefined;
  replaceKeys?: string[] | undefined;
  from?: Sources | undefined;
  retained?: boolean | undefined;
  component?: boolean | undefined;
}

/** The plan of a preview that an engine has just made. */
export function planOf({ steps, diagnostics }: EngineResult, place: Place): Plan {
  const error = diagnostics.find(({ severity }) => severity === "error");
  if (error) throw failed(error.message, "The preview");
  return gathered(
    {
      steps: steps.map((step) => ({
        ...{ op: step.op, urn: step.urn, id: step.id, news: step.newInputs, replaceKeys: step.replaceKeys },
        ...{ from: step.propertyDependencies, retained: step.retained, component: step.component },
        olds: step.oldInputs && { ...step.oldInputs, ...step.oldOutputs },
      })),
      warnings: diagnostics.filter(({ severity }) => severity === "warning"),
    },
    place,
    "The preview",
  );
}

const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
/** What a diagnostic says, in one line, without where in a program it was. */
const said = (message: string) =>
  message
    .replace(escapes, "")
    .replace(/^ +at .*$/gm, "")
    .replace(/^(error|warning): /, "")
    .replace(/\s+/g, " ")
    .trim();

export const failed = (message: string, what: string) =>
  new UserError(
    `${what} failed, so there is nothing to forecast: ${said(message).replace(/[^.!?]$/, "$&.")} Mend that, and run it again.`,
  );

// --- steps ------------------------------------------------------------------------------------------------------------

/** A replacement is told in up to three steps, or in one; which ones depends on the engine and its options. */
const ops: Record<string, PlannedOp> = {
  create: "create",
  update: "update",
  delete: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
};

const ownType = /^pulumi-nodejs:dynamic\/intune:(\w+)$/;

/** The plan of these steps, if all are of the stack. */
export function gathered(
  { steps: told, warnings }: { steps: readonly Told[]; warnings: readonly Warning[] },
  place: Place,
  from: string,
): Plan {
  const steps = new Map<string, PlanStep>();
  const others = new Map<string, Set<string>>();
  const ours = new Set<string>();
  for (const one of told) {
    const { type, name, ...of } = parseUrn(one.urn);
    if (of.stack !== place.stack || of.project !== place.project) throw foreign(of, place, from);
    if (type === STACK_TYPE || isProviderType(type)) continue;
    const kind = ownType.exec(type)?.[1];
    if (kind !== undefined && one.id && one.olds) ours.add(one.id);
    const op = ops[one.op];
    if (!op) continue;
    if (kind === undefined && one.component) continue;
    if (kind === undefined) others.set(type, (others.get(type) ?? new Set()).add(one.urn));
    else add(steps, one, { type, name, kind: known(kind, one.urn), op });
  }
  return {
    ...place,
    steps: [...steps.values()].map(leftOver),
    ours: [...ours],
    others: [...others].map(([type, urns]) => ({ type, count: urns.size })),
    warnings: warnings.map(({ message, urn }) => ({ message: said(message), urn })),
  };
}

function add(
  steps: Map<string, PlanStep>,
  { urn, id, olds, news, replaceKeys, from, retained }: Told,
  what: Pick<PlanStep, "type" | "name" | "kind" | "op">,
): void {
  const before = steps.get(urn);
  // What is made takes its place among the others where it is made: all that it refers to is there by then.
  if (before && news && Object.keys(before.news).length === 0) steps.delete(urn);
  const of = (one: Properties | undefined, other: Properties | undefined) =>
    one && Object.keys(one).length > 0 ? one : readable(other);
  steps.set(urn, {
    urn,
    ...what,
    ...(before?.id || (id && olds) ? { id: before?.id ?? id } : {}),
    olds: of(before?.olds, olds),
    news: of(before?.news, what.op === "delete" ? undefined : news),
    replaceKeys: before?.replaceKeys.length ? before.replaceKeys : (replaceKeys ?? []),
    ...(from || before?.from ? { from: from ?? before?.from } : {}),
    ...(retained || before?.retained ? { retained: true } : {}),
  });
}

/** Of a replacement that was interrupted, the old one may be all that is left to delete. */
const leftOver = (step: PlanStep): PlanStep =>
  step.op === "replace" && Object.keys(step.news).length === 0 ? { ...step, op: "delete" } : step;

const foreign = (of: Place, { project, stack }: Place, from: string) =>
  new UserError(
    `${from} is a plan of stack ${of.stack} of project ${of.project}, and this is stack ${stack} of project ${project}. Choose that stack with --stack, or give the plan of this one.`,
  );

function known(kind: string, urn: string): Kind {
  if (Object.hasOwn(resourceTypes, kind)) return kind as Kind;
  throw new UserError(
    `This version of pulumi-intune-mail has no resource "${kind}" (${urn}). Install the version that the program was written for.`,
  );
}

/** Values as providers know them: engines and files have other words for what is not known yet. */
function readable(properties: Properties | undefined): Properties {
  const { __provider, ...values } = properties ?? {};
  return clear(values) as Properties;
}

function clear(value: unknown): unknown {
  if (value === "[unknown]") return UNKNOWN;
  if (Array.isArray(value)) return value.map(clear);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, clear(item)]));
}
