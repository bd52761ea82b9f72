/** Does to a twin what a plan says, through the provider's own resource types, as an engine would. */

import { parseUrn } from "../engine/embedded/urn";
import { type Graph, graphClient } from "../graph/client";
import { isGone } from "../graph/errors";
import { PartlyMadeError, type ResourceType } from "../resource";
import { resourceTypes } from "../resources";
import type { Tenant } from "../tenant";
import { UserError } from "../user-error";
import type { Properties } from "../values";
import type { GraphCall, Risk } from "./impact";
import { lookBefore } from "./older";
import type { Plan, PlanStep, Warning } from "./plan";
import { holdsId, type Made, type Open, resolved } from "./references";
import { riskOf } from "./risk-kinds";

export interface Applied {
  /** Id that each object has now, or had, by its URN. */
  ids: ReadonlyMap<string, { old?: string; now?: string }>;
  calls: GraphCall[];
  /** What stood in the way, or had to be guessed. */
  findings: Risk[];
}

/** Applies a plan; a step that the tenant refuses ends it, as it would end an `up`. */
export async function applyPlan(twin: Tenant, plan: Plan): Promise<Applied> {
  const calls: GraphCall[] = [];
  const graph = clientOf(twin, calls);
  takeAnyPassword(twin);
  try {
    const { had, findings } = await lookBefore(graph, plan);
    const run = runOf(graph, plan, had);
    const refused = await run.all().then(
      () => [],
      (error: unknown) => [refusal(run, error)],
    );
    return {
      ids: run.ids,
      calls,
      findings: [...refused, ...findings, ...run.open.map(guess), ...plan.warnings.map(warning)],
    };
  } finally {
    await graph.close();
  }
}

/** A client whose every request goes to the twin; what changes something is kept. */
function clientOf(twin: Tenant, calls: GraphCall[]): Graph {
  return graphClient({
    endpoint: "http://twin",
    sleep: async () => {},
    send: async (request) => {
      const { pathname, search } = new URL(request.url);
      if (request.method !== "GET" && !pathname.endsWith("/$batch") && !pathname.startsWith("/simulation/")) {
        const text = request.body === null ? "" : await request.clone().text();
        const body = text === "" ? {} : { body: withoutSecrets(JSON.parse(text)) };
        calls.push({ method: request.method, path: pathname + search, ...body });
      }
      return twin.fetch(request);
    },
  });
}

/** A plan masks secrets; this is for one that has them all the same. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      /password$/i.test(name) && typeof item === "string" ? "[secret]" : withoutSecrets(item),
    ]),
  );
}

/** A plan has no passwords, so those that a connector is given are taken to be right. */
function takeAnyPassword({ context }: Tenant): void {
  context.db.run("UPDATE exchangeAccount SET passwordSha256 = NULL WHERE passwordSha256 IS NOT NULL");
}

// --- the order of an engine -------------------------------------------------------------------------------------------

interface Run {
  ids: Map<string, { old?: string; now?: string }>;
  /** What had to be guessed. */
  open: { step: PlanStep; open: Open }[];
  /** The step that is under way. */
  at: PlanStep | undefined;
  all(): Promise<void>;
}

function runOf(graph: Graph, plan: Plan, had: ReadonlyMap<string, Properties>): Run {
  const made: Made[] = [];
  const gone = new Set<string>();
  const ours = oursOf(plan);

  const inputsOf = (step: PlanStep): Properties => {
    const { inputs, open } = resolved(step, made, had.get(step.urn));
    run.open.push(...open.map((one) => ({ step, open: one })));
    // An engine has asked for this in its preview, but not of what is left out here.
    const [failure] = resourceTypes[step.kind].validate(inputs);
    if (failure) throw new UserError(`${failure.property} ${failure.reason}`);
    return inputs;
  };

  async function create(step: PlanStep): Promise<void> {
    run.at = step;
    const { id } = await resourceTypes[step.kind].create(graph, inputsOf(step), ours);
    made.push({ step, id });
    ours.add(id);
    run.ids.set(step.urn, { ...(step.id ? { old: step.id } : {}), now: id });
  }

  async function update(step: PlanStep): Promise<void> {
    run.at = step;
    const id = step.id!;
    run.ids.set(step.urn, { old: id, now: id });
    await resourceTypes[step.kind].update(graph, id, step.olds, inputsOf(step));
  }

  /** Deletes what is there, and before it whatever refers to it and is to go, too. */
  async function remove(step: PlanStep): Promise<void> {
    const { id } = step;
    if (id === undefined || step.retained || gone.has(step.urn)) return;
    gone.add(step.urn);
    for (const other of plan.steps) if (goesFirst(other) && holdsId(other.olds, id)) await remove(other);
    run.at = step;
    if (!run.ids.has(step.urn)) run.ids.set(step.urn, { old: id });
    try {
      await resourceTypes[step.kind].remove(graph, id, step.olds);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  const run: Run = {
    ids: new Map(),
    open: [],
    at: undefined,
    async all() {
      for (const step of plan.steps) {
        if (step.op === "update") await update(step);
        if (goesFirst(step)) await remove(step);
        if (step.op === "create" || step.op === "replace") await create(step);
      }
      // Elsewhere the old one went first; what is replaced by a new one beside it goes now.
      for (const step of plan.steps) if (step.op === "replace") await remove(step);
    },
  };
  return run;
}

/** Ids that the stack has, and what its objects hold: nothing of the program's own is in its way. */
function oursOf(plan: Plan): Set<string> {
  const held = plan.steps.flatMap(({ kind, olds }) => {
    const { holds }: ResourceType = resourceTypes[kind];
    return holds && Object.keys(olds).length > 0 ? [holds(olds)] : [];
  });
  return new Set([...plan.ours, ...held]);
}

/** Whether the object that is there goes before a new one takes its place. */
function goesFirst({ op, kind }: PlanStep): boolean {
  const { newFirst }: ResourceType = resourceTypes[kind];
  return op === "delete" || (op === "replace" && !newFirst);
}

// --- findings ---------------------------------------------------------------------------------------------------------

/** Numbers of rules that a sentence cites. */
const rulesIn = (text: string) => /\((?:[A-Z]\d+\w?(?:, )?)+\)/.exec(text)?.[0].slice(1, -1) ?? "";

function refusal({ at, open }: Run, error: unknown): Risk {
  if (!(error instanceof UserError) || !at) throw error;
  const said = error instanceof PartlyMadeError ? error.reasons.join("; ") : error.message;
  const without = open.filter(({ step, open }) => step === at && open.taken === undefined);
  const why =
    without.length === 0
      ? "which the tenant refuses"
      : `which nothing can be said of without its ${without.map(({ open }) => open.property).join(", ")}`;
  const message = `The plan stops at ${at.kind} "${at.name}" (${at.op}), ${why}: ${said} What follows in the plan is not in this forecast.`;
  return riskOf("refused", message, { rule: rulesIn(said), names: [at.name] });
}

function guess({ step, open }: { step: PlanStep; open: Open }): Risk {
  const { property, why, taken } = open;
  const what = `${property} of ${step.kind} "${step.name}" is ${why}`;
  const message = `${what}: the forecast ${taken === undefined ? "leaves it out" : `takes it to ${taken}`}.`;
  return riskOf("unknownValue", message, { names: [step.name] });
}

function warning({ message, urn }: Warning): Risk {
  const names = urn === undefined ? [] : [parseUrn(urn).name];
  return riskOf("previewWarns", `The preview warns: ${message}`, { rule: rulesIn(message), names });
}
