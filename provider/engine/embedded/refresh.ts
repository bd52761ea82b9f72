/** Reads every resource of the state anew, without running the program. */

import { isDeepStrictEqual } from "node:util";
import { assertRunning, type Deployment, fail } from "./deployment";
import { askProvider } from "./diff";
import { plainProperties } from "./properties";
import { ProviderError } from "./provider-host";
import { type ResourceState, referencesOf } from "./resource-state";
import type { Entry } from "./snapshot";
import { withSecretOutputs } from "./steps";
import { isProviderType } from "./urn";

/** Takes what the provider finds into the state, and forgets what is gone. */
export async function refreshAll(deployment: Deployment): Promise<void> {
  const { snapshot, report } = deployment;
  for (const { type, resource } of snapshot.pending()) {
    report.diagnostic("info", `No longer noted as interrupted while ${type}: ${resource.urn}.`, resource.urn);
  }
  snapshot.forgetPending();
  const reads = snapshot.entries().map((entry) => refresh(deployment, entry));
  const failed = (await Promise.allSettled(reads)).find((result) => result.status === "rejected");
  repairReferences(deployment);
  if (failed) throw failed.reason;
}

async function refresh(deployment: Deployment, { key, state }: Entry): Promise<void> {
  const { report, provider, snapshot } = deployment;
  if (!state.custom || isProviderType(state.type) || state.pendingReplacement) {
    report.step("done", "same", state, state);
    return;
  }
  const found = await deployment.limit(async () => {
    assertRunning(deployment);
    report.step("started", "refresh", state, state);
    try {
      return await provider.read(state.urn, state.id as string, state.inputs ?? {}, state.outputs ?? {});
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      report.step("failed", "refresh", state, state, { error: error.message });
      throw fail(deployment, error.message, state.urn);
    }
  });
  if (!found.id) {
    snapshot.drop(key);
    report.step("done", "delete", state);
    return;
  }
  const next = withSecretOutputs({
    ...state,
    id: found.id,
    inputs: found.inputs ?? state.inputs,
    outputs: found.outputs,
    initErrors: undefined,
  });
  const isSame = isUnchanged(state, next);
  if (!isSame) snapshot.put({ ...next, modified: new Date().toISOString() }, key);
  report.step("done", isSame || !(await matters(deployment, state, next)) ? "same" : "update", state, next);
}

function isUnchanged(old: ResourceState, next: ResourceState): boolean {
  const comparable = ({ id, inputs, outputs }: ResourceState) => [
    id,
    plainProperties(inputs ?? {}),
    plainProperties(outputs ?? {}),
  ];
  return !old.initErrors?.length && isDeepStrictEqual(comparable(old), comparable(next));
}

/** Whether an update would follow if the program were run as it was: the same question as Pulumi asks. */
async function matters(deployment: Deployment, old: ResourceState, next: ResourceState): Promise<boolean> {
  if (old.external) return true;
  return (await askProvider(deployment, next, old.inputs ?? {}, { ignoreChanges: old.ignoreChanges })).changed;
}

/** What is gone is no dependency of anything any more. */
function repairReferences({ snapshot }: Deployment): void {
  const entries = snapshot.entries();
  const there = new Set(entries.map(({ state }) => state.urn));
  for (const { key, state } of entries) {
    if (referencesOf(state).every((urn) => there.has(urn))) continue;
    const kept = (urns: string[] | undefined) => urns?.filter((urn) => there.has(urn));
    const perProperty = Object.entries(state.propertyDependencies ?? {}).map(([name, urns]) => [name, kept(urns)]);
    const repaired: ResourceState = {
      ...state,
      dependencies: kept(state.dependencies),
      replaceWith: kept(state.replaceWith),
      propertyDependencies: Object.fromEntries(perProperty),
      deletedWith: state.deletedWith && there.has(state.deletedWith) ? state.deletedWith : undefined,
    };
    snapshot.put(repaired, key);
  }
}
