/** What is known of a stack's resources while an operation runs. Every change is told to a recorder, so that it lasts. */

import { sortByReferences } from "./graph";
import { type OperationType, type PendingOperation, type ResourceState, referencesOf } from "./resource-state";

/** A resource has a key of its own, as two of one URN can be there during a replacement. */
export interface Entry {
  key: number;
  state: ResourceState;
}

/** Changes to a snapshot, as data: what the journal keeps and replays. */
export type Change =
  | { put: number; resource: ResourceState }
  | { drop: number }
  | { begin: number; type: OperationType; resource: ResourceState }
  | { end: number };

export interface Snapshot {
  /** Resources, each after those that it refers to. */
  entries(): Entry[];
  get(key: number): ResourceState | undefined;
  /** The resource of that URN which is not about to be deleted. */
  find(urn: string): Entry | undefined;
  /** Adds a resource, or replaces the one with that key. */
  put(state: ResourceState, key?: number): number;
  drop(key: number): void;
  /** Notes that an operation is under way, and returns what notes its end. */
  begin(type: OperationType, resource: ResourceState): () => void;
  /** Operations under way, those of an interrupted run among them. */
  pending(): PendingOperation[];
  forgetPending(): void;
  apply(change: Change): void;
}

export function createSnapshot(
  resources: ResourceState[],
  operations: PendingOperation[],
  record: (change: Change) => void = () => {},
): Snapshot {
  const entries = new Map(resources.map((state, key) => [key, state]));
  const pending = new Map(operations.map((operation, id) => [id, operation]));
  let nextKey = resources.length;
  let nextOperation = operations.length;

  const apply = (change: Change) => {
    if ("put" in change) {
      entries.set(change.put, change.resource);
      nextKey = Math.max(nextKey, change.put + 1);
    } else if ("drop" in change) {
      entries.delete(change.drop);
    } else if ("begin" in change) {
      pending.set(change.begin, { type: change.type, resource: change.resource });
      nextOperation = Math.max(nextOperation, change.begin + 1);
    } else {
      pending.delete(change.end);
    }
  };
  const change = (made: Change) => {
    apply(made);
    record(made);
  };

  /** Resources that the program has not registered yet still refer to the former name of one that has an alias. */
  const renameReferences = (former: string, urn: string) => {
    for (const [key, state] of entries) {
      if (referencesOf(state).includes(former)) change({ put: key, resource: renamed(state, former, urn) });
    }
  };

  return {
    entries: () => sortByReferences([...entries].map(([key, state]) => ({ key, state }))),
    get: (key) => entries.get(key),
    find(urn) {
      for (const [key, state] of entries) if (state.urn === urn && !state.delete) return { key, state };
      return undefined;
    },
    put(resource, key = nextKey) {
      const former = entries.get(key)?.urn ?? resource.urn;
      change({ put: key, resource });
      if (former !== resource.urn) renameReferences(former, resource.urn);
      return key;
    },
    drop: (key) => change({ drop: key }),
    begin(type, resource) {
      const id = nextOperation;
      change({ begin: id, type, resource });
      return () => change({ end: id });
    },
    pending: () => [...pending.values()],
    forgetPending() {
      for (const id of [...pending.keys()]) change({ end: id });
    },
    apply,
  };
}

function renamed(state: ResourceState, former: string, urn: string): ResourceState {
  const rename = (name: string) => (name === former ? urn : name);
  const perProperty = Object.entries(state.propertyDependencies ?? {}).map(([key, urns]) => [key, urns.map(rename)]);
  return {
    ...state,
    parent: state.parent && rename(state.parent),
    deletedWith: state.deletedWith && rename(state.deletedWith),
    dependencies: state.dependencies?.map(rename),
    replaceWith: state.replaceWith?.map(rename),
    propertyDependencies: Object.fromEntries(perProperty),
  };
}
