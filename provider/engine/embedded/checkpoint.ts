/** A stack's state as Pulumi writes it (`pulumi stack export`), from and to the form that the engine works with. */

import { z } from "zod";
import { EngineError, type StackExport } from "../engine";
import type { Properties, Value } from "./properties";
import type { PendingOperation, ResourceState } from "./resource-state";
import { type Crypter, seal, unseal } from "./secrets";

/** The version of the deployment's form that this engine writes, and the newest that it reads. */
const VERSION = 3;

const resourceSchema = z.looseObject({
  urn: z.string().startsWith("urn:pulumi:"),
  custom: z.boolean(),
  type: z.string(),
});

const exportSchema = z.object({
  version: z.number(),
  deployment: z.looseObject({
    secrets_providers: z
      .looseObject({ type: z.string(), state: z.looseObject({ salt: z.string().optional() }).optional() })
      .optional(),
    resources: z.array(resourceSchema).nullish(),
    pending_operations: z.array(z.object({ resource: resourceSchema, type: z.string() })).nullish(),
  }),
});

export type Checkpoint = z.infer<typeof exportSchema>;

/** Checks the form of a state; `where` names the file or the import it is from. */
export function parseCheckpoint(state: unknown, where: string): Checkpoint {
  const version = (state as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version > VERSION) {
    throw new EngineError(
      `${where} is of version ${version}; this engine reads up to version ${VERSION}. Use a newer pulumi-intune-mail or the Pulumi CLI.`,
    );
  }
  const read = exportSchema.safeParse(state);
  if (!read.success || version !== VERSION) {
    const issue = read.error?.issues[0];
    const why = issue ? `${issue.path.join(".")}: ${issue.message}` : `version ${String(version)}`;
    throw new EngineError(
      `${where} is not a stack's state of version ${VERSION} (${why}). Restore it from a backup, or from a file made by "stack export".`,
    );
  }
  const provider = read.data.deployment.secrets_providers;
  if (provider && provider.type !== "passphrase") {
    throw new EngineError(
      `${where}: secrets are encrypted by "${provider.type}"; the embedded engine knows only "passphrase". Use the Pulumi CLI.`,
    );
  }
  return read.data;
}

/** The salt of the secrets in a state, where it has one. */
export function saltOf(checkpoint: Checkpoint): string | undefined {
  return checkpoint.deployment.secrets_providers?.state?.salt;
}

export function openResources(checkpoint: Checkpoint, crypter: Crypter): ResourceState[] {
  return (checkpoint.deployment.resources ?? []).map((resource) => openResource(resource, crypter));
}

export function openOperations(checkpoint: Checkpoint, crypter: Crypter): PendingOperation[] {
  const operations = checkpoint.deployment.pending_operations ?? [];
  return operations.map(({ resource, type }) => ({
    resource: openResource(resource, crypter),
    type: type as PendingOperation["type"],
  }));
}

const SEALED = ["inputs", "outputs", "replacementTrigger"] as const;

export function openResource(resource: object, crypter: Crypter): ResourceState {
  const state = { ...resource } as ResourceState;
  for (const key of SEALED) if (state[key] != null) state[key] = unseal(state[key] as Value, crypter) as Properties;
  return state;
}

/** A resource as it is written: secrets encrypted; what is empty, left out. */
export function sealResource(state: ResourceState, crypter: Crypter): object {
  const sealed = { ...state };
  for (const key of SEALED) if (state[key] != null) sealed[key] = seal(state[key] as Value, crypter) as Properties;
  const kept = Object.entries(sealed).filter(([key, value]) => key === "custom" || !isEmpty(value));
  return Object.fromEntries(kept);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

export function writeCheckpoint(
  resources: ResourceState[],
  pending: PendingOperation[],
  crypter: Crypter,
): StackExport {
  return {
    version: VERSION,
    deployment: {
      manifest: { time: new Date().toISOString(), magic: "", version: "" },
      secrets_providers: { type: "passphrase", state: { salt: crypter.salt } },
      resources: resources.map((state) => sealResource(state, crypter)),
      ...(pending.length > 0 && {
        pending_operations: pending.map(({ resource, type }) => ({ resource: sealResource(resource, crypter), type })),
      }),
      metadata: {},
    },
  };
}
