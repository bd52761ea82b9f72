/** A resource in the state, in the words of Pulumi's checkpoint, and what a program asks a resource to be. */

import type { Properties, Value } from "./properties";
import type { Alias } from "./urn";

/** Seconds. */
export interface CustomTimeouts {
  create?: number;
  update?: number;
  delete?: number;
  read?: number;
}

export interface ResourceState {
  urn: string;
  custom: boolean;
  /** Replaced by another of the same URN, and still to be deleted. */
  delete?: boolean;
  id?: string;
  type: string;
  inputs?: Properties;
  outputs?: Properties;
  parent?: string;
  protect?: boolean;
  /** Read, not managed. */
  external?: boolean;
  dependencies?: string[];
  initErrors?: string[];
  provider?: string;
  propertyDependencies?: Record<string, string[]>;
  /** Deleted for a replacement that has not been created yet. */
  pendingReplacement?: boolean;
  additionalSecretOutputs?: string[];
  aliases?: string[];
  customTimeouts?: CustomTimeouts;
  retainOnDelete?: boolean;
  deletedWith?: string;
  replaceWith?: string[];
  created?: string;
  modified?: string;
  ignoreChanges?: string[];
  hideDiff?: string[][];
  replaceOnChanges?: string[];
  replacementTrigger?: Value;
}

export type OperationType = "creating" | "updating" | "deleting" | "reading";

export interface PendingOperation {
  resource: ResourceState;
  type: OperationType;
}

/** What the program registers. */
export interface Goal {
  type: string;
  name: string;
  custom: boolean;
  inputs: Properties;
  parent?: string;
  protect?: boolean;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  deleteBeforeReplace?: boolean;
  ignoreChanges: string[];
  additionalSecretOutputs: string[];
  aliases: Alias[];
  replaceOnChanges: string[];
  retainOnDelete?: boolean;
  deletedWith?: string;
  replaceWith: string[];
  replacementTrigger?: Value;
  hideDiff: string[][];
  customTimeouts?: CustomTimeouts;
}

/** What the program asks to read by id. */
export interface ReadGoal {
  type: string;
  name: string;
  id: string;
  inputs: Properties;
  parent?: string;
  dependencies: string[];
  additionalSecretOutputs: string[];
}

/** Every URN that must be in the state before this resource. */
export function referencesOf(state: ResourceState): string[] {
  const provider = state.provider?.slice(0, state.provider.lastIndexOf("::"));
  const urns = [
    state.parent,
    provider,
    state.deletedWith,
    ...(state.replaceWith ?? []),
    ...(state.dependencies ?? []),
    ...Object.values(state.propertyDependencies ?? {}).flat(),
  ];
  return [...new Set(urns.filter((urn): urn is string => Boolean(urn)))];
}
