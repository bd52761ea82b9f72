/** A stack on a tenant without an engine: previews and ups of programs as data, through the resources' own life cycles. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineResult, StepEvent, StepOp } from "../../provider/engine";
import { type Plan, planOf } from "../../provider/impact/plan";
import { twinOfFolder } from "../../provider/impact/twin";
import { type Kind, resourceTypes } from "../../provider/resources";
import { openTenant, type Seed, type Tenant } from "../../provider/tenant";
import { advanceTo } from "../../provider/tenant/schedule";
import { type Properties, UNKNOWN } from "../../provider/values";
import { present } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

export interface Declared {
  name: string;
  kind: Kind;
  /** `ref:NAME` stands for the id of another resource of the program. */
  inputs: Properties;
}

interface Kept extends Declared {
  id: string;
  outs: Properties;
}

export const place = { project: "mail", stack: "dev" };
const hour = 3_600_000;

export interface TestStack {
  tenant: Tenant;
  twinOf(): Promise<Tenant>;
  preview(program: readonly Declared[]): Promise<Plan>;
  /** The same as an engine tells it. */
  previewResult(program: readonly Declared[]): Promise<EngineResult>;
  up(program: readonly Declared[]): Promise<void>;
  /** Ids of what is there, by name. */
  ids(): [string, string][];
  advance(hours: number): void;
  close(): void;
}

/** A tenant in a folder of its own, with nothing deployed. */
export function openStack(seed: () => Seed): TestStack {
  const folder = mkdtempSync(join(tmpdir(), "impact-test-"));
  const tenant = openTenant({ data: folder, seed });
  const kept = new Map<string, Kept>();
  const previewResult = (program: readonly Declared[]) => preview(program, kept, tenant);
  return {
    tenant,
    previewResult,
    twinOf: async () => twinOfFolder(folder),
    preview: async (program) => planOf(await previewResult(program), place),
    up: (program) => up(program, kept, tenant),
    ids: () => [...kept.values()].map(({ name, id }) => [name, id]),
    advance: (hours) => void advanceTo(tenant.context, tenant.context.clock.nowMs() + hours * hour),
    close: () => {
      tenant.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const refOf = (value: unknown) => (typeof value === "string" && value.startsWith("ref:") ? value.slice(4) : undefined);
const refers = ({ inputs }: Declared, name: string) => Object.values(inputs).some((value) => refOf(value) === name);

/** Inputs as the SDK gives them: a reference is an id, or not known while it has none. */
function inputsOf(
  { kind, inputs }: Declared,
  program: readonly Declared[],
  idOf: (name: string) => string,
): Properties {
  const known = Object.entries(inputs).map(([key, value]) => [key, refOf(value) ? idOf(refOf(value)!) : value]);
  const profile = program.find(({ name }) => name === refOf(inputs.profileId));
  return present({ ...Object.fromEntries(known), kind, profileName: profile?.inputs.displayName });
}

type Decision = "create" | "update" | "replace" | "same";

/** What becomes of each resource, in the order of the program. */
async function decide(
  program: readonly Declared[],
  kept: ReadonlyMap<string, Kept>,
  world: Rehearsal,
): Promise<{ one: Declared; news: Properties; decision: Decision; keys: string[] }[]> {
  const decided: Awaited<ReturnType<typeof decide>> = [];
  const isNew = (name: string) =>
    decided.some(({ one, decision }) => one.name === name && (decision === "create" || decision === "replace"));
  for (const one of program) {
    const old = kept.get(one.name);
    const news = inputsOf(one, program, (name) => (isNew(name) ? UNKNOWN : kept.get(name)!.id));
    const { failures } = await world.cycle(one.kind).check(old?.outs ?? {}, news);
    if (failures?.length) throw new Error(`${one.name}: ${failures.map(({ reason }) => reason).join("; ")}`);
    if (!old) {
      decided.push({ one, news, decision: "create", keys: [] });
      continue;
    }
    const { changes, replaces = [] } = await world.cycle(one.kind).diff(old.id, old.outs, news);
    const decision = replaces.length > 0 ? "replace" : changes ? "update" : "same";
    decided.push({ one, news, decision, keys: replaces });
  }
  return decided;
}

const newFirst = (kind: Kind) => (resourceTypes[kind] as { newFirst?: true }).newFirst === true;
const leftOf = (program: readonly Declared[], kept: ReadonlyMap<string, Kept>) =>
  [...kept.values()].filter(({ name }) => program.every((one) => one.name !== name)).reverse();

async function preview(
  program: readonly Declared[],
  kept: ReadonlyMap<string, Kept>,
  tenant: Tenant,
): Promise<EngineResult> {
  const steps: StepEvent[] = [];
  const shown = (value: unknown): unknown =>
    value === UNKNOWN ? "[unknown]" : Array.isArray(value) ? value.map(shown) : value;
  const masked = (values: Properties) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, shown(value)]));
  const tell = (op: StepOp, { name, kind }: Declared, news?: Properties, replaceKeys?: string[]) => {
    const type = `pulumi-nodejs:dynamic/intune:${kind}`;
    const old = kept.get(name);
    steps.push({
      kind: "step",
      phase: "planned",
      op,
      urn: `urn:pulumi:${place.stack}::${place.project}::${type}::${name}`,
      type,
      name,
      ...(old && { id: old.id, oldInputs: masked(old.inputs), oldOutputs: masked(old.outs) }),
      ...(news && { newInputs: masked(news) }),
      ...(replaceKeys && { replaceKeys }),
    });
  };
  const decided = await decide(
    program,
    kept,
    rehearse((send) => send, tenant),
  );
  for (const { one, news, decision, keys } of decided) {
    if (decision !== "replace") {
      tell(decision, one, news);
      continue;
    }
    if (!newFirst(one.kind)) tell("delete-replaced", one);
    tell("create-replacement", one, news, keys);
    tell("replace", one, news, keys);
  }
  for (const { one, decision } of decided) {
    if (decision === "replace" && newFirst(one.kind)) tell("delete-replaced", one);
  }
  for (const old of leftOf(program, kept)) tell("delete", old);
  return { changes: {}, outputs: {}, steps, diagnostics: [] };
}

async function up(program: readonly Declared[], kept: Map<string, Kept>, tenant: Tenant): Promise<void> {
  const world = rehearse((send) => send, tenant);
  const before = new Map(kept);
  const decided = await decide(program, kept, world);
  const replaced = new Set(decided.filter(({ decision }) => decision === "replace").map(({ one }) => one.name));
  const gone = new Set<string>();
  const remove = async (old: Kept) => {
    if (gone.has(old.name)) return;
    gone.add(old.name);
    for (const other of before.values()) if (replaced.has(other.name) && refers(other, old.name)) await remove(other);
    await world.cycle(old.kind).delete(old.id, old.outs);
  };
  for (const { one, decision } of decided) {
    const old = before.get(one.name);
    if (decision === "replace" && !newFirst(one.kind)) await remove(old!);
    const news = inputsOf(one, program, (name) => kept.get(name)!.id);
    if (decision === "create" || decision === "replace") {
      const { id, outs } = (await world.cycle(one.kind).create(news)) as { id: string; outs: Properties };
      kept.set(one.name, { ...one, id, outs });
    } else if (decision === "update") {
      const { outs } = (await world.cycle(one.kind).update(old!.id, old!.outs, news)) as { outs: Properties };
      kept.set(one.name, { ...one, id: old!.id, outs });
    }
  }
  for (const name of replaced) await remove(before.get(name)!);
  for (const old of leftOf(program, before)) {
    await remove(old);
    kept.delete(old.name);
  }
}
