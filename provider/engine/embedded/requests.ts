/** What a program sends, as goals; and what this engine does not do, refused by name. */

import type { Alias as AliasMessage } from "@pulumi/pulumi/proto/alias_pb";
import type { ReadResourceRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { EngineError } from "../engine";
import type { Properties, Value } from "./properties";
import { parsePath } from "./property-path";
import type { CustomTimeouts, Goal, ReadGoal } from "./resource-state";
import type { Struct } from "./sdk";
import { type Alias, isProviderType } from "./urn";

const DYNAMIC = /^pulumi-nodejs:dynamic(\/[^:]*)?:/;
const WAY_OUT = "use the Pulumi CLI (--engine pulumi)";

export function refusal(what: string): EngineError {
  return new EngineError(`${what}: not supported by the embedded engine; ${WAY_OUT}.`);
}

/** Whether resources of this type are made by the dynamic provider, the only one that the engine runs. */
export function isDynamicType(type: string): boolean {
  return DYNAMIC.test(type);
}

/** What a registration must not ask for: the name of it, and whether it does. */
const REFUSED: Record<string, (request: RegisterResourceRequest) => boolean> = {
  "an explicit provider": (request) => isProviderType(request.getType()) || request.getProvider() !== "",
  "a provider other than the dynamic one": (request) => request.getCustom() && !isDynamicType(request.getType()),
  "a remote component": (request) => request.getRemote(),
  "the option import": (request) => request.getImportid() !== "",
  "the option version": (request) => request.getCustom() && request.getVersion() !== "",
  "the option transforms": (request) => request.getTransformsList().length > 0,
  "the option hooks": (request) => hasHooks(request),
  "the option stateMigrations": (request) => request.getStateMigrationsList().length > 0,
};

function hasHooks(request: RegisterResourceRequest): boolean {
  const hooks = request.getHooks()?.toObject() ?? {};
  return Object.values(hooks).some((names) => Array.isArray(names) && names.length > 0);
}

export function goalOf(request: RegisterResourceRequest): Goal {
  const [refused] = Object.entries(REFUSED).find(([, asks]) => asks(request)) ?? [];
  if (refused) throw refusal(`${request.getType()} "${request.getName()}" needs ${refused}`);
  const inputs = properties(request.getObject());
  const dependencies = request.getDependenciesList();
  const perProperty = [...request.getPropertydependenciesMap().entries()].map(
    ([key, urns]) => [key, urns.getUrnsList()] as [string, string[]],
  );
  const unspecified = Object.keys(inputs).map((key) => [key, perProperty.length === 0 ? dependencies : []]);
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs,
    parent: request.getParent() || undefined,
    protect: request.hasProtect() ? request.getProtect() : undefined,
    dependencies,
    propertyDependencies: { ...Object.fromEntries(unspecified), ...Object.fromEntries(perProperty) },
    deleteBeforeReplace:
      request.getDeletebeforereplacedefined() || request.getDeletebeforereplace()
        ? request.getDeletebeforereplace()
        : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: [...request.getAliasurnsList().map((urn) => ({ urn })), ...request.getAliasesList().map(aliasOf)],
    replaceOnChanges: request.getReplaceonchangesList(),
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deletedWith: request.getDeletedwith() || undefined,
    replaceWith: request.getReplaceWithList(),
    replacementTrigger: request.getReplacementTrigger()?.toJavaScript() as Value | undefined,
    hideDiff: request.getHidediffsList().map((path) => (parsePath(path) ?? [path]).map(String)),
    customTimeouts: timeoutsOf(request),
  };
}

export function readGoalOf(request: ReadResourceRequest): ReadGoal {
  const subject = `${request.getType()} "${request.getName()}"`;
  if (!isDynamicType(request.getType())) throw refusal(`${subject} needs a provider other than the dynamic one`);
  if (request.getProvider()) throw refusal(`${subject} needs an explicit provider`);
  return {
    type: request.getType(),
    name: request.getName(),
    id: request.getId(),
    inputs: properties(request.getProperties()),
    parent: request.getParent() || undefined,
    dependencies: request.getDependenciesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
}

export function properties(struct: InstanceType<typeof Struct> | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as { [key: string]: Value };
}

function aliasOf(message: AliasMessage): Alias {
  const spec = message.getSpec();
  if (!spec) return { urn: message.getUrn() };
  return {
    name: spec.getName(),
    type: spec.getType(),
    stack: spec.getStack(),
    project: spec.getProject(),
    parent: spec.getParenturn(),
    noParent: spec.getNoparent(),
  };
}

function timeoutsOf(request: RegisterResourceRequest): CustomTimeouts | undefined {
  const { create, update, pb_delete, read } = request.getCustomtimeouts()?.toObject() ?? {};
  const given = { create, update, delete: pb_delete, read } as Record<string, string | undefined>;
  const seconds = Object.entries(given).flatMap(([key, text]) => (text ? [[key, secondsOf(text)] as const] : []));
  return seconds.length > 0 ? Object.fromEntries(seconds) : undefined;
}

const SECONDS: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** `1h30m` in seconds. */
function secondsOf(text: string): number {
  const parts = [...text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join("") !== text) {
    throw new EngineError(`customTimeouts: "${text}" is not a duration such as 30s, 5m or 1h30m.`);
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (SECONDS[unit as string] as number), 0);
}
