/** Decides, for each resource that the program registers, which steps lead from its old state to the new one. */

import { randomUUID } from "node:crypto";
import { assertRunning, type Deployment, fail } from "./deployment";
import { askProvider, type Difference, differ, ignoring } from "./diff";
import { deletionGroups, dependentsOf } from "./graph";
import { containsAssets, type Properties, UNKNOWN } from "./properties";
import type { Goal, ReadGoal, ResourceState } from "./resource-state";
import type { Entry } from "./snapshot";
import { ask, create, protectedMessage, read, remove, same, update, withSecretOutputs } from "./steps";
import { formatUrn, formerUrns, isProviderType, PROVIDER_TYPE, parseUrn, STACK_TYPE } from "./urn";

export interface Planner {
  register(goal: Goal): Promise<ResourceState>;
  read(goal: ReadGoal): Promise<ResourceState>;
  registerOutputs(urn: string, outputs: Properties): void;
  /** Deletes what the program did not register, and what was replaced. */
  finish(): Promise<void>;
}

export function createPlanner(deployment: Deployment): Planner {
  const { project, stack, snapshot, report } = deployment;
  const before = snapshot.entries();
  const beforeKeys = new Set(before.map(({ key }) => key));
  const olds = new Map(before.filter(({ state }) => !state.delete).map((entry) => [entry.state.urn, entry]));
  const registered = new Set<string>();
  /** Keys of old entries that a registration has taken over. */
  const taken = new Set<number>();
  /** Former URNs by present ones, and the other way round. */
  const formerOf = new Map<string, string>();
  const presentOf = new Map<string, string>();
  const goals = new Map<string, Goal>();
  const replaced = new Set<string>();
  /** Resources deleted early, for the replacement of one that they depend on; the promise is that of their deletion. */
  const condemned = new Map<string, { deletion: Promise<void>; replaceKeys: string[] }>();
  const deletedUrns = new Set<string>();
  const inTurn = createQueue();
  let defaultProvider: Promise<string> | undefined;

  const place = { stack, project: project.name };
  const stackUrn = formatUrn({ ...place, type: STACK_TYPE, name: `${project.name}-${stack}` });

  /** Everything has the stack as its parent in the end. */
  const parentOf = (goal: { type: string; parent?: string }) =>
    goal.parent || (goal.type === STACK_TYPE ? undefined : stackUrn);

  /** The reference to the default provider, which is put in the state with the first resource that needs it. */
  const providerReference = () => {
    defaultProvider ??= (async () => {
      const urn = formatUrn({ ...place, type: PROVIDER_TYPE, name: "default" });
      const old = olds.get(urn);
      if (old) taken.add(old.key);
      const state =
        old?.state ?? (await create(deployment, { urn, custom: true, type: PROVIDER_TYPE, id: randomUUID() }));
      return `${urn}::${state.id}`;
    })();
    return defaultProvider;
  };

  const findOld = (urn: string, goal: Pick<Goal, "type" | "name" | "aliases">, parent: string | undefined) => {
    const former = formerUrns({ ...place, ...goal, parent }, (of) => formerOf.get(of));
    const found = [urn, ...former].find((candidate) => olds.has(candidate));
    if (presentOf.has(urn)) {
      throw fail(
        deployment,
        `${urn} has been registered already as an alias of ${presentOf.get(urn)}. Give one of them another name.`,
        urn,
      );
    }
    if (!found || found === urn) return { old: found ? olds.get(found) : undefined };
    if (registered.has(found) || presentOf.has(found)) {
      throw fail(
        deployment,
        `The alias ${found} of ${urn} is the name of another resource of the program. Remove the alias.`,
        urn,
      );
    }
    presentOf.set(found, urn);
    formerOf.set(urn, found);
    return { old: olds.get(found), alias: found };
  };

  const claim = (urn: string) => {
    if (registered.has(urn)) {
      throw fail(deployment, `Duplicate resource URN '${urn}'; try giving it a unique name.`, urn);
    }
    registered.add(urn);
  };

  const check = async (state: ResourceState, oldInputs: Properties, inputs: Properties) => {
    const checked = await ask(deployment, state.urn, () => deployment.provider.check(state.urn, oldInputs, inputs));
    const { type, name } = parseUrn(state.urn);
    for (const { property, reason } of checked.failures) {
      const subject = `${type.slice(type.lastIndexOf(":") + 1)} "${name}"`;
      report.diagnostic(
        "error",
        property ? `${subject}: property ${property}: ${reason}` : `${subject}: ${reason}`,
        state.urn,
      );
    }
    if (checked.failures.length > 0) {
      deployment.stop.abort();
      assertRunning(deployment);
    }
    return checked.inputs;
  };

  async function register(goal: Goal): Promise<ResourceState> {
    assertRunning(deployment);
    const parent = parentOf(goal);
    inheritOptions(goal, parent ? goals.get(parent) : undefined);
    const urn = formatUrn({ ...place, parent, type: goal.type, name: goal.name });
    claim(urn);
    const { old, alias } = findOld(urn, goal, parent);
    goals.set(urn, goal);
    if (containsAssets(goal.inputs)) {
      throw fail(
        deployment,
        `${urn}: assets and archives are not supported by the embedded engine; use the Pulumi CLI (--engine pulumi).`,
        urn,
      );
    }
    const next = stateOf(goal, urn, parent, alias, old?.state);
    if (!goal.custom) return decide(goal, old, next);
    next.provider = await providerReference();
    const fresh = !old || old.state.external || condemned.has(urn);
    const oldInputs = old?.state.inputs ?? {};
    const wanted = fresh
      ? goal.inputs
      : ignoring(goal.inputs, oldInputs, goal.ignoreChanges, (path) => {
          report.diagnostic("info", `cannot ignore changes in added or removed elements of the path: "${path}"`, urn);
        });
    next.inputs = await check(next, fresh ? {} : oldInputs, wanted);
    return decide(goal, old, next);
  }

  async function decide(goal: Goal, old: Entry | undefined, next: ResourceState): Promise<ResourceState> {
    if (!old) return create(deployment, next);
    taken.add(old.key);
    const again = condemned.get(old.state.urn);
    if (again) return recreate(old, next, again);
    if (old.state.external && next.custom) {
      return create(deployment, next, { entry: old, deleted: false });
    }
    const difference = await differ(deployment, old.state, next, (urn) => replaced.has(urn));
    // Meanwhile, the replacement of another resource may have deleted this one.
    const condemnedMeanwhile = condemned.get(old.state.urn);
    if (condemnedMeanwhile) return recreate(old, next, condemnedMeanwhile);
    if (difference.replace || old.state.pendingReplacement) return replace(goal, old, next, difference);
    if (difference.changed || old.state.initErrors?.length) return update(deployment, old, next);
    return same(deployment, old, next);
  }

  async function recreate(
    old: Entry,
    next: ResourceState,
    { deletion, replaceKeys }: { deletion: Promise<void>; replaceKeys: string[] },
  ) {
    await deletion;
    deletedUrns.delete(old.state.urn);
    replaced.add(next.urn);
    return create(deployment, next, {
      entry: { key: old.key, state: snapshot.get(old.key) ?? old.state },
      deleted: true,
      replaceKeys,
    });
  }

  async function replace(goal: Goal, old: Entry, next: ResourceState, difference: Difference): Promise<ResourceState> {
    if (next.protect && old.state.protect) {
      const message = `unable to replace ${next.urn}: ${protectedMessage(next.urn)}`;
      if (!deployment.dryRun) throw fail(deployment, message, next.urn);
      report.diagnostic("error", message, next.urn);
    }
    replaced.add(next.urn);
    // The new one does not carry on what the provider had taken over from the old one.
    const inputs = next.custom ? await check(next, {}, goal.inputs) : next.inputs;
    const state = { ...next, inputs, initErrors: undefined };
    const { replaceKeys } = difference;
    const deleteFirst = goal.deleteBeforeReplace ?? difference.deleteBeforeReplace;
    if (old.state.pendingReplacement) return create(deployment, state, { entry: old, deleted: true, replaceKeys });
    if (!deleteFirst) return create(deployment, state, { entry: old, deleted: false, replaceKeys });
    await inTurn(() => condemn(old));
    await condemned.get(old.state.urn)?.deletion;
    return create(deployment, state, { entry: old, deleted: true, replaceKeys });
  }

  /** Deletes a resource for its replacement, and before it the dependents that are then to be replaced too. */
  async function condemn(root: Entry): Promise<void> {
    const dependents = await dependentsToReplace(root.state);
    const chain: Entry[] = [];
    for (const { entry, replaceKeys } of dependents.toReversed()) {
      const { state } = entry;
      if (condemned.has(state.urn)) continue;
      if (state.protect) {
        throw fail(
          deployment,
          `unable to replace ${root.state.urn}: it would replace ${protectedMessage(state.urn)}`,
          root.state.urn,
        );
      }
      chain.push(entry);
      condemned.set(state.urn, { deletion: Promise.resolve(), replaceKeys });
    }
    chain.push(root);
    const deletion = (async () => {
      for (const entry of chain) {
        deletedUrns.add(entry.state.urn);
        await remove(deployment, entry, "delete-replaced", { deletedUrns, replacementFollows: true });
      }
    })();
    deletion.catch(() => {});
    for (const entry of chain) {
      condemned.set(entry.state.urn, { deletion, replaceKeys: condemned.get(entry.state.urn)?.replaceKeys ?? [] });
    }
  }

  /** Asks each dependent what it does when that which it depends on is not known any more. */
  async function dependentsToReplace(root: ResourceState): Promise<{ entry: Entry; replaceKeys: string[] }[]> {
    const found: { entry: Entry; replaceKeys: string[] }[] = [];
    const gone = new Set([root.urn]);
    for (const dependent of dependentsOf(
      root,
      before.map(({ state }) => state),
    )) {
      const entry = olds.get(dependent.urn);
      // What was registered before this resource cannot depend on it any more.
      if (!entry || taken.has(entry.key) || !dependent.custom || dependent.external || isProviderType(dependent.type))
        continue;
      const keys = await replaceKeysOf(dependent, gone);
      if (!keys) continue;
      gone.add(dependent.urn);
      found.push({ entry, replaceKeys: keys });
    }
    return found;
  }

  async function replaceKeysOf(dependent: ResourceState, gone: ReadonlySet<string>): Promise<string[] | undefined> {
    if (dependent.deletedWith && gone.has(dependent.deletedWith)) return [];
    if (dependent.replaceWith?.some((urn) => gone.has(urn))) return [];
    const inputs = { ...dependent.inputs };
    const affected = Object.entries(dependent.propertyDependencies ?? {}).filter(([, urns]) =>
      urns.some((urn) => gone.has(urn)),
    );
    if (affected.length === 0) return undefined;
    for (const [key] of affected) if (key in inputs) inputs[key] = UNKNOWN;
    const { replace, replaceKeys } = await askProvider(deployment, dependent, inputs, dependent);
    return replace ? replaceKeys : undefined;
  }

  return {
    register,
    async read(goal) {
      assertRunning(deployment);
      const parent = parentOf(goal);
      const urn = formatUrn({ ...place, parent, type: goal.type, name: goal.name });
      claim(urn);
      const old = olds.get(urn);
      if (old) taken.add(old.key);
      const provider = await providerReference();
      const { type, id, inputs, dependencies, additionalSecretOutputs } = goal;
      const next: ResourceState = {
        urn,
        type,
        custom: true,
        external: true,
        inputs,
        parent,
        provider,
        dependencies,
        additionalSecretOutputs,
      };
      return read(deployment, old, next, id === UNKNOWN ? undefined : id);
    },
    registerOutputs(urn, outputs) {
      const entry = snapshot.find(urn);
      if (!entry) throw fail(deployment, `Outputs of ${urn}, which the program has not registered.`, urn);
      if (JSON.stringify(entry.state.outputs ?? {}) === JSON.stringify(outputs)) return;
      snapshot.put(withSecretOutputs({ ...entry.state, outputs }), entry.key);
    },
    async finish() {
      const left = snapshot
        .entries()
        .filter(({ key, state }) => state.delete || (beforeKeys.has(key) && !taken.has(key)));
      for (const { key, state } of left) if (state.pendingReplacement) snapshot.drop(key);
      await removeAll(
        deployment,
        left.filter(({ state }) => !state.pendingReplacement),
        deletedUrns,
      );
    },
  };
}

/** Deletes resources, each before those that it refers to. */
export async function removeAll(
  deployment: Deployment,
  entries: Entry[],
  deletedUrns = new Set<string>(),
): Promise<void> {
  for (const { state } of entries) deletedUrns.add(state.urn);
  for (const group of deletionGroups(entries)) {
    const removals = group.map((entry) =>
      remove(deployment, entry, entry.state.delete ? "delete-replaced" : "delete", { deletedUrns }),
    );
    const failed = (await Promise.allSettled(removals)).find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
}

function inheritOptions(goal: Goal, parent: Goal | undefined): void {
  goal.protect ??= parent?.protect;
  goal.retainOnDelete ??= parent?.retainOnDelete;
  goal.deletedWith ||= parent?.deletedWith;
}

function stateOf(
  goal: Goal,
  urn: string,
  parent: string | undefined,
  alias: string | undefined,
  old: ResourceState | undefined,
): ResourceState {
  const { type, custom, inputs, protect, retainOnDelete, dependencies, propertyDependencies, additionalSecretOutputs } =
    goal;
  const { customTimeouts, deletedWith, replaceWith, ignoreChanges, hideDiff, replaceOnChanges, replacementTrigger } =
    goal;
  return {
    urn,
    custom,
    type,
    inputs,
    parent,
    protect,
    dependencies,
    propertyDependencies,
    additionalSecretOutputs,
    aliases: alias ? [alias] : undefined,
    customTimeouts,
    retainOnDelete,
    deletedWith,
    replaceWith,
    ignoreChanges,
    hideDiff,
    replaceOnChanges,
    replacementTrigger,
    created: old?.created,
    modified: old?.modified,
  };
}

/** One after the other, in the order asked. */
function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result.catch(() => {});
    return result;
  };
}
