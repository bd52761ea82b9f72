/** Order among resources: what must be there before what, and what may be deleted together. */

import { type ResourceState, referencesOf } from "./resource-state";

/** Resources after everything that they refer to, otherwise in the order given. */
export function sortByReferences<T extends { state: ResourceState }>(entries: T[]): T[] {
  const byUrn = Map.groupBy(entries, (entry) => entry.state.urn);
  const visited = new Set<T>();
  const sorted: T[] = [];
  const visit = (entry: T) => {
    if (visited.has(entry)) return;
    visited.add(entry);
    for (const urn of referencesOf(entry.state)) for (const other of byUrn.get(urn) ?? []) visit(other);
    sorted.push(entry);
  };
  for (const entry of entries) visit(entry);
  return sorted;
}

/** Those that refer to `root`, directly or through others, in the order in which they were made. */
export function dependentsOf(root: ResourceState, sorted: ResourceState[]): ResourceState[] {
  const reached = new Set([root.urn]);
  const dependents: ResourceState[] = [];
  for (const state of sorted) {
    if (state === root || !referencesOf(state).some((urn) => reached.has(urn))) continue;
    reached.add(state.urn);
    dependents.push(state);
  }
  return dependents;
}

/** Groups to delete one after the other; the members of a group may go at once. */
export function deletionGroups<T extends { state: ResourceState }>(condemned: T[]): T[][] {
  const depths = new Map<string, number>();
  const groups: T[][] = [];
  for (const entry of sortByReferences(condemned)) {
    const below = referencesOf(entry.state).map((urn) => depths.get(urn) ?? -1);
    const depth = Math.max(-1, ...below) + 1;
    depths.set(entry.state.urn, Math.max(depth, depths.get(entry.state.urn) ?? 0));
    groups[depth] = [...(groups[depth] ?? []), entry];
  }
  return groups.reverse();
}
