/** What a plan does not know yet: mostly ids of objects that it makes itself. */
import { hasUnknown, isUnknown, type Properties, same } from "../values";
import type { PlanStep } from "./plan";

/** What has been made so far. */
export interface Made {
  step: PlanStep;
  id: string;
}

/** A value that a plan leaves open and nothing tells. */
export interface Open {
  property: string;
  /** What was taken for it; undefined: nothing could be. */
  taken?: unknown;
}

export interface Resolved {
  inputs: Properties;
  open: Open[];
}

/** Kinds that a property of a kind refers to by id. */
const refersTo: Readonly<Record<string, readonly string[]>> = {
  identityCertificate: ["ScepCertificate"],
  smimeSigningCertificate: ["ScepCertificate"],
  smimeEncryptionCertificate: ["ScepCertificate"],
  rootCertificate: ["TrustedCertificate"],
  profileId: ["EmailProfile", "ScepCertificate", "TrustedCertificate"],
};

/** The inputs of a step with what is known of them once all before it has been made. */
export function resolved(step: PlanStep, made: readonly Made[]): Resolved {
  const open: Open[] = [];
  const inputs = Object.fromEntries(
    Object.entries(step.news).map(([property, value]) => {
      if (!hasUnknown(value) || property === "profileName") return [property, isUnknown(value) ? undefined : value];
      const found = isUnknown(value) ? referredTo(step, property, made) : undefined;
      if (found !== undefined) return [property, found];
      // What stays as it was is the likeliest of all guesses; a plan shows a value as open whose source changes.
      const old = step.olds[property];
      open.push(old == null ? { property } : { property, taken: old });
      return [property, old ?? undefined];
    }),
  );
  return { inputs, open };
}

function referredTo({ kind, olds, news }: PlanStep, property: string, made: readonly Made[]): string | undefined {
  const kinds = refersTo[property];
  if (!kinds) return undefined;
  const candidates = made.filter(({ step }) => kinds.includes(step.kind));
  const replaced = candidates.find(({ step }) => step.id !== undefined && step.id === olds[property]);
  if (replaced) return replaced.id;
  if (kind === "Deployment") {
    const called = candidates.find(
      ({ step }) => news.profileName != null && step.news.displayName === news.profileName,
    );
    if (called) return called.id;
  }
  // A plan does not say which of several it is; of one platform there seldom is more than one.
  const fitting = candidates.filter(({ step }) => samePlatform(step.news.platform, news.platform));
  return fitting.length === 1 || kind !== "Deployment" ? fitting.at(-1)?.id : undefined;
}

/** Certificates and profiles name Android in their own ways; where they do, any will do. */
const samePlatform = (one: unknown, other: unknown) => one == null || other == null || same(family(one), family(other));
const family = (platform: unknown) =>
  String(platform)
    .replace(/^androidForWork.*/, "androidForWork")
    .replace(/^samsungKnox$/, "android");

/** Whether an object holds the id of another. */
export const holdsId = (values: Properties, id: string): boolean =>
  Object.values(values).some((value) => value === id || (Array.isArray(value) && value.includes(id)));
