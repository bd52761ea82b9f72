/** What a preview says will be done, whichever engine made it: one step for each resource that changes. */
import { z } from "zod";
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
}

/** The stack that a plan has to be of. */
export interface Place {
  project: string;
  stack: string;
}

/** One step as either form of a plan has it. */
interface Told {
  op: string;
  urn: string;
  id?: string | undefined;
  olds?: Properties | undefined;
  news?: Properties | undefined;
  replaceKeys?: string[] | undefined;
}

/** The plan of a preview that an engine has just made. */
export function planOf({ steps, diagnostics }: EngineResult, place: Place): Plan {
  const error = diagnostics.find(({ severity }) => severity === "error");
  if (error) throw failed(error.message, "The preview");
  return gathered(
    steps.map((step) => ({
      op: step.op,
      urn: step.urn,
      id: step.id,
      olds: step.oldInputs && { ...step.oldInputs, ...step.oldOutputs },
      news: step.newInputs,
      replaceKeys: step.replaceKeys,
    })),
    place,
    "The preview",
  );
}

// --- a file -----------------------------------------------------------------------------------------------------------

const properties = z.record(z.string(), z.unknown());
const state = z.object({ id: z.string().optional(), inputs: properties.optional(), outputs: properties.optional() });
const digest = z.object({
  steps: z.array(
    z.object({
      op: z.string(),
      urn: z.string().regex(/^urn:pulumi:.*::.*::.*::/),
      oldState: state.nullish(),
      newState: state.nullish(),
      replaceReasons: z.array(z.string()).nullish(),
    }),
  ),
  diagnostics: z.array(z.object({ severity: z.string().optional(), message: z.string().optional() })).nullish(),
});

const again = "Make it anew with `pulumi preview --json > plan.json`";

/**
 * The plan in the text of `pulumi preview --json`.
 * @param from how messages call it
 */
export function readPlan(text: string, from: string, place: Place): Plan {
  const { steps, diagnostics } = read(text, from);
  const error = diagnostics?.find(({ severity }) => severity === "error");
  if (error) throw failed(error.message ?? "no reason was given", `The preview in ${from}`);
  return gathered(
    steps.map(({ op, urn, oldState, newState, replaceReasons }) => ({
      op,
      urn,
      id: oldState?.id ?? newState?.id,
      olds: oldState ? { ...oldState.inputs, ...oldState.outputs } : undefined,
      news: newState?.inputs,
      replaceKeys: replaceReasons ?? undefined,
    })),
    place,
    from,
  );
}

function read(text: string, from: string): z.infer<typeof digest> {
  if (text.trim() === "") throw new UserError(`The plan ${from} is empty. ${again}.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const what = text.trimStart().startsWith("{") ? "ends in the middle, or is no JSON" : "is no JSON";
    throw new UserError(`The plan ${from} ${what}. ${again}, and nothing else in that file.`);
  }
  const parsed = digest.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue!.path.join(".");
  throw new UserError(
    `The plan ${from} is JSON, but not what a preview writes: ${where === "" ? "it" : where} ${issue!.message}. ${again}.`,
  );
}

const failed = (message: string, what: string) =>
  new UserError(`${what} failed, so there is nothing to forecast: ${message} Mend that, and run it again.`);

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

function gathered(told: Told[], place: Place, from: string): Plan {
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
    if (kind === undefined) others.set(type, (others.get(type) ?? new Set()).add(one.urn));
    else add(steps, one, { type, name, kind: known(kind, one.urn), op });
  }
  return {
    ...place,
    steps: [...steps.values()].map(leftOver),
    ours: [...ours],
    others: [...others].map(([type, urns]) => ({ type, count: urns.size })),
  };
}

function add(
  steps: Map<string, PlanStep>,
  { urn, id, olds, news, replaceKeys }: Told,
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
