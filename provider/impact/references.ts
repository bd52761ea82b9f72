/** What a plan does not say: ids of objects that it makes itself, other values that are not known yet, and secrets. */
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
  /** Why it is open, after "it is". */
  why: string;
  /** What was taken for it, after "takes it to"; undefined: nothing could be. */
  taken?: string;
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

/** Whether a value is, or holds, a secret that stands for what the plan does not show; any password will do. */
export function isHidden(value: unknown): boolean {
  if (value === "[secret]") return true;
  if (value === null || typeof value !== "object") return false;
  return Object.entries(value).some(([name, item]) => !/password$/i.test(name) && isHidden(item));
}

/**
 * The inputs of a step with what is known of them once all before it has been made.
 * @param had the inputs that its object has in the tenant, where there is one
 */
export function resolved(step: PlanStep, made: readonly Made[], had: Properties = {}): Resolved {
  const open: Open[] = [];
  const inputs = Object.entries(step.news).map(([property, value]): [string, unknown] => {
    const hidden = isHidden(value);
    if (!hidden && !hasUnknown(value)) return [property, value];
    // The name of what is deployed is for advice only.
    if (property === "profileName") return [property, undefined];
    if (!hidden) {
      const { id, guess } = (isUnknown(value) && referredTo(step, property, made)) || {};
      if (guess !== undefined) open.push({ property, why: "not known before up", taken: `be of ${guess}` });
      if (id !== undefined) return [property, id];
    }
    // What stays as it was is the likeliest of all guesses; a plan shows a value as open whose source changes.
    const old = hidden ? had[property] : step.olds[property];
    const taken = old == null ? {} : { taken: `stay ${hidden ? "as it is" : JSON.stringify(old)}` };
    open.push({ property, why: hidden ? "secret, and so not in the plan" : "not known before up", ...taken });
    return [property, old ?? undefined];
  });
  return { inputs: Object.fromEntries(inputs), open };
}

interface Referred {
  id: string;
  /** Which one it was taken to be, where it could be another. */
  guess?: string;
}

function referredTo(step: PlanStep, property: string, made: readonly Made[]): Referred | undefined {
  const { kind, olds, news, from } = step;
  const kinds = refersTo[property];
  if (!kinds) return undefined;
  const candidates = made.filter(({ step }) => kinds.includes(step.kind));
  const sources = from?.[property];
  const told = candidates.filter(({ step }) => sources?.includes(step.urn));
  const certain =
    (told.length === 1 ? told[0] : undefined) ??
    candidates.find(({ step }) => step.id !== undefined && step.id === olds[property]) ??
    candidates.find(
      ({ step }) => kind === "Deployment" && news.profileName != null && step.news.displayName === news.profileName,
    );
  if (certain) return certain;
  // Where the engine tells no sources it is one of its platform, of which there seldom are several.
  const fitting = candidates.filter(({ step }) => samePlatform(step.news.platform, news.platform));
  const last = fitting.at(-1);
  if (!last || (fitting.length > 1 && kind === "Deployment")) return undefined;
  return fitting.length === 1 ? last : { id: last.id, guess: `${last.step.kind} "${last.step.name}"` };
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
