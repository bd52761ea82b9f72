/** Whether the tenant still is what a plan was made from. */

import type { Graph } from "../graph/client";
import { isGone } from "../graph/errors";
import { changes, describeChange } from "../on-change";
import type { ResourceType } from "../resource";
import { type Kind, resourceTypes } from "../resources";
import { UserError } from "../user-error";
import type { Properties } from "../values";
import type { Risk } from "./impact";
import type { Plan, PlanStep } from "./plan";
import { isHidden } from "./references";
import { riskOf } from "./risk-kinds";

export interface Now {
  /** What the tenant has of each object that the plan changes, by URN. */
  had: ReadonlyMap<string, Properties>;
  /** What is gone, or is another than in the state that the plan was made from. */
  findings: Risk[];
}

/** Graph tells the whole of these; of the others it is the service's own say what they are at a time. */
const toldWhole: ReadonlySet<Kind> = new Set(["EmailProfile", "TrustedCertificate", "ScepCertificate", "Deployment"]);

/** Looks at the objects that a plan changes, before it does. */
export async function lookBefore(graph: Graph, { steps }: Plan): Promise<Now> {
  const had = new Map<string, Properties>();
  const findings: Risk[] = [];
  for (const step of steps) {
    if (step.id === undefined || step.op === "create") continue;
    const differs = await observe(graph, step, step.id).then(
      (inputs) => {
        had.set(step.urn, inputs);
        return differences(step, inputs);
      },
      (error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        if (!isGone(error)) return [error.message];
        return step.op === "delete" ? [] : ["it is gone from the tenant"];
      },
    );
    if (differs.length > 0) findings.push(older(step, differs));
  }
  return { had, findings };
}

const observe = async (graph: Graph, { kind, olds }: PlanStep, id: string): Promise<Properties> =>
  (await resourceTypes[kind].observe(graph, id, olds)).inputs;

function differences({ kind, olds }: PlanStep, now: Properties): string[] {
  if (!toldWhole.has(kind)) return [];
  const { onChange }: ResourceType = resourceTypes[kind];
  // What a plan does not show cannot be compared.
  const known = Object.fromEntries(Object.entries(now).filter(([property]) => !isHidden(olds[property])));
  return changes(onChange, olds, { ...olds, ...known }).map((change) =>
    // What a change of it would do is another matter.
    describeChange({ ...change, onChange: { does: "update" } }),
  );
}

const older = ({ kind, name }: PlanStep, differs: readonly string[]): Risk =>
  riskOf(
    "olderState",
    `${kind} "${name}" is no longer what the plan was made from: ${differs.join("; ")}. Make the plan anew with pulumi preview --refresh.`,
    { names: [name] },
  );
