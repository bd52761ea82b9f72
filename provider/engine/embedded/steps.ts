/** Single steps on single resources: the provider's call, the change of state, and word of both. */

import { isDeepStrictEqual } from "node:util";
import type { StepOp } from "../engine";
import { assertRunning, type Deployment, fail } from "./deployment";
import { isSecret, makeSecret, type Properties } from "./properties";
import { ProviderError } from "./provider-host";
import type { StepOptions } from "./report";
import type { OperationType, ResourceState } from "./resource-state";
import type { Entry } from "./snapshot";
import { isProviderType } from "./urn";

/** Nothing to do: the new options and inputs are noted. */
export function same(deployment: Deployment, old: Entry, next: ResourceState): ResourceState {
  const state = { ...next, id: old.state.id, outputs: old.state.outputs, initErrors: old.state.initErrors };
  deployment.report.step(deployment.dryRun ? "planned" : "done", "same", old.state, state);
  if (!isSameRecord(old.state, state)) deployment.snapshot.put(state, old.key);
  return state;
}

/** Options that say nothing (`[]`, `false`) are not written, so they are no change; nor is a position in the source. */
function isSameRecord(old: ResourceState, next: ResourceState): boolean {
  return isDeepStrictEqual(comparable(old), comparable(next));
}

const NOT_COMPARED = new Set(["sourcePosition", "stackTrace"]);

function comparable(state: ResourceState): object {
  const sorted = Object.entries(state.propertyDependencies ?? {}).map(([key, urns]) => [key, urns.toSorted()]);
  const all = {
    ...state,
    dependencies: state.dependencies?.toSorted(),
    propertyDependencies: Object.fromEntries(sorted),
  };
  const said = Object.entries(all).filter(([key, value]) => !NOT_COMPARED.has(key) && !isNothing(value));
  return Object.fromEntries(said);
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Creates a resource. `replaced` is what it takes the place of: deleted before, or to be deleted at the end. */
export async function create(
  deployment: Deployment,
  next: ResourceState,
  replaced?: { entry: Entry; deleted: boolean } & StepOptions,
): Promise<ResourceState> {
  const op = replaced ? "create-replacement" : "create";
  const now = new Date().toISOString();
  const state: ResourceState = { ...next, created: now, modified: now };
  const { replaceKeys } = replaced ?? {};
  const created = await step(
    deployment,
    { op, type: "creating", old: replaced?.entry.state, next: state, replaceKeys },
    async () => {
      if (!state.custom || isProviderType(state.type)) return { outputs: {}, id: state.id };
      if (deployment.dryRun) return { outputs: structuredClone(state.inputs ?? {}) };
      return deployment.provider.create(state.urn, state.inputs ?? {});
    },
    (result) => {
      if (replaced && !replaced.deleted) {
        deployment.snapshot.put({ ...replaced.entry.state, delete: true }, replaced.entry.key);
      }
      deployment.snapshot.put(result, replaced?.deleted ? replaced.entry.key : undefined);
    },
  );
  if (replaced)
    deployment.report.step(deployment.dryRun ? "planned" : "done", "replace", replaced.entry.state, created, {
      replaceKeys,
    });
  return created;
}

export async function update(deployment: Deployment, old: Entry, next: ResourceState): Promise<ResourceState> {
  const olds = { inputs: old.state.inputs ?? {}, outputs: old.state.outputs ?? {} };
  const state: ResourceState = {
    ...next,
    id: old.state.id,
    created: old.state.created,
    modified: modifiedAt(deployment, old.state, next),
  };
  return step(
    deployment,
    { op: "update", type: "updating", old: old.state, next: state },
    async () => {
      if (!state.custom) return { outputs: {} };
      if (deployment.dryRun) return { outputs: structuredClone(state.inputs ?? {}) };
      return { outputs: await deployment.provider.update(state.urn, state.id as string, olds, state.inputs ?? {}) };
    },
    (result) => deployment.snapshot.put(result, old.key),
  );
}

function modifiedAt(deployment: Deployment, old: ResourceState, next: ResourceState): string | undefined {
  return deployment.dryRun || !next.custom ? old.modified : new Date().toISOString();
}

/** Reads a resource that the program names by its id. Previews read too. */
export async function read(
  deployment: Deployment,
  old: Entry | undefined,
  next: ResourceState,
  id: string | undefined,
): Promise<ResourceState> {
  const replaces = old && !old.state.external && old.state.id !== id ? old : undefined;
  const op = replaces ? "read-replacement" : "read";
  const state: ResourceState = { ...next, id, created: old?.state.created, modified: old?.state.modified };
  const found = await step(
    deployment,
    { op, type: "reading", old: old?.state, next: state },
    async () => {
      if (id === undefined) return { outputs: {} };
      const inputs = state.inputs ?? {};
      const result = await deployment.provider.read(state.urn, id, inputs, inputs);
      if (!result.id) throw new ProviderError(`resource '${id}' does not exist`);
      return { id: result.id, outputs: result.outputs };
    },
    (result) => {
      if (replaces) deployment.snapshot.put({ ...replaces.state, delete: true }, replaces.key);
      deployment.snapshot.put(result, replaces ? undefined : old?.key);
    },
  );
  if (replaces) deployment.report.step(deployment.dryRun ? "planned" : "done", "replace", replaces.state, found);
  return found;
}

/** Deletes a resource, unless it is only read, is to be kept, or goes with another one. */
export async function remove(
  deployment: Deployment,
  entry: Entry,
  op: "delete" | "delete-replaced",
  options: { deletedUrns: ReadonlySet<string>; replacementFollows?: boolean },
): Promise<void> {
  const { state } = entry;
  const skipped =
    state.external || state.retainOnDelete || (state.deletedWith && options.deletedUrns.has(state.deletedWith));
  const shown: StepOp = state.external ? "discard" : op;
  await step(
    deployment,
    { op: shown, type: "deleting", old: state },
    async () => {
      if (op === "delete" && state.protect) throw new ProviderError(protectedMessage(state.urn));
      if (deployment.dryRun || skipped || !state.custom || isProviderType(state.type)) return {};
      await deployment.provider.delete(state.urn, state.id as string, state.inputs ?? {}, state.outputs ?? {});
      return {};
    },
    () => {
      if (options.replacementFollows) deployment.snapshot.put({ ...state, pendingReplacement: true }, entry.key);
      else deployment.snapshot.drop(entry.key);
    },
  );
}

export function protectedMessage(urn: string): string {
  return (
    `${urn} is protected and cannot be deleted. If it is to go, set protect: false in the program (or remove the ` +
    "option), run up once, and then delete it."
  );
}

interface Step extends StepOptions {
  op: StepOp;
  type: OperationType;
  old?: ResourceState;
  next?: ResourceState;
}

interface Outcome {
  id?: string;
  outputs?: Properties;
}

/** One step from its start to its record. A failure is told, recorded as far as it went, and stops the operation. */
async function step(
  deployment: Deployment,
  { op, type, old, next, ...options }: Step,
  act: () => Promise<Outcome>,
  record: (state: ResourceState) => void,
): Promise<ResourceState> {
  const { dryRun, report, snapshot } = deployment;
  const subject = (next ?? old) as ResourceState;
  const marksState = !dryRun && subject.custom && type !== "reading" && !isProviderType(subject.type);
  return deployment.limit(async () => {
    assertRunning(deployment);
    if (!dryRun) report.step("started", op, old, next, options);
    const end = marksState ? snapshot.begin(type, subject) : () => {};
    try {
      const outcome = await act();
      const state = withSecretOutputs({ ...subject, ...outcome });
      record(state);
      end();
      report.step(dryRun ? "planned" : "done", op, old, next && state, options);
      return state;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.partial && next) {
        const { id, outputs, reasons } = error.partial;
        record(withSecretOutputs({ ...subject, id: id || subject.id, outputs, initErrors: reasons }));
      }
      end();
      const message = [error.message, ...(error.partial?.reasons ?? []).map((reason) => `* ${reason}`)].join("\n");
      report.step("failed", op, old, next, { ...options, error: message });
      throw fail(deployment, message, subject.urn);
    }
  });
}

/** Marks the outputs that the program declares secret, and those of the same name as a secret input. */
export function withSecretOutputs(state: ResourceState): ResourceState {
  const outputs = state.outputs ?? {};
  for (const [key, value] of Object.entries(outputs)) {
    const declared = state.additionalSecretOutputs?.includes(key) || isSecret(state.inputs?.[key]);
    if (declared && !isSecret(value)) outputs[key] = makeSecret(value);
  }
  return state;
}

/** Calls a provider outside a step; its failure stops the operation. */
export async function ask<T>(deployment: Deployment, urn: string, question: () => Promise<T>): Promise<T> {
  return deployment.limit(async () => {
    assertRunning(deployment);
    try {
      return await question();
    } catch (error) {
      if (error instanceof ProviderError) throw fail(deployment, error.message, urn);
      throw error;
    }
  });
}
