/** The forecast as a document: what a plan does to each device and person, before it does. */

import type { Rows } from "./rows";

/** Version of the document; a change that its readers have to know of makes it another. */
export const impactVersion = 1;

export interface Impact {
  version: typeof impactVersion;
  project: string;
  stack: string;
  tenant: {
    displayName: string;
    domain: string;
    /** The tenant's own time. */
    clock: string;
    source: TenantSource;
    /** When the twin was made; undefined: for this forecast. */
    takenAt?: string;
    /** What is not known of the tenant and was assumed, in words. */
    assumed: string[];
  };
  /** How far the forecast looks, by the tenant's clock. */
  horizon: { until: string; ms: number };
  /** What the plan changes, replacements first. */
  resources: ResourceImpact[];
  /** A row for each thing that changes on a device, the worst first. */
  devices: Rows<DeviceImpact>;
  /** Each person for whom something changes. */
  people: Rows<PersonImpact>;
  /** People and devices in each category; each is counted once in a category, and may be in several. */
  counts: Record<Category, Count>;
  risks: Risk[];
  /** Resources of other providers: counted, not judged. */
  others: { type: string; count: number }[];
  /** What was sent to Graph, without secrets. */
  calls: GraphCall[];
}

/** A forecast whose rows are all in memory. */
export interface HeldImpact extends Impact {
  devices: DeviceImpact[];
  people: PersonImpact[];
}

export type TenantSource = "embedded" | "endpoint" | "twin";

export interface Count {
  people: number;
  devices: number;
}

export type PlannedOp = "create" | "update" | "replace" | "delete";

export interface ResourceImpact extends Count {
  urn: string;
  type: string;
  name: string;
  op: PlannedOp;
  id?: string;
  /** What differs, and why it replaces where it does. */
  reasons: { property: string; old: unknown; new: unknown; rule?: string; why?: string }[];
  /** What the user sees, in one sentence. */
  sees: string;
  /** URN of the resource that brings it about together with this one, where its people are told of. */
  sharedWith?: string;
  /** Names of the groups that it is for, before or after. */
  groups: string[];
}

export interface DeviceImpact {
  deviceId: string;
  deviceName: string;
  userPrincipalName: string | null;
  platform: string;
  /** Null: it is about the device's access to Exchange. */
  profile: { id: string; name: string } | null;
  /** What was there before the plan and is there after it, in words: "Mail, installed"; "none". */
  before: string;
  after: string;
  category: Category;
  reason: string;
  rule: string;
  /** When, by the tenant's clock; null: it is what does not happen any more. */
  at: string | null;
}

export interface PersonImpact {
  userPrincipalName: string;
  displayName: string;
  categories: Category[];
  /** Whether mail works on one of the person's devices at least. */
  mailBefore: boolean;
  mailAfter: boolean;
}

export interface Risk extends Count {
  kind: string;
  rule: string;
  message: string;
  names: string[];
}

export interface GraphCall {
  method: string;
  path: string;
  body?: unknown;
}

interface Meaning {
  rule: string;
  /** What happens, after "1 person" and "2 people". */
  one: string;
  many: string;
  /** Somebody has to do something, or is worse off than before. */
  harm: boolean;
}

/** What can happen to somebody, the worst first. */
export const categories = {
  accessLost: {
    rule: "C4",
    one: "loses access to the mailbox",
    many: "lose access to their mailboxes",
    harm: true,
  },
  loses: { rule: "D4", one: "loses the mail profile", many: "lose the mail profile", harm: true },
  blocked: {
    rule: "E9",
    one: "is blocked by an account of their own",
    many: "are blocked by accounts of their own",
    harm: true,
  },
  cannotConnect: {
    rule: "E11, E12",
    one: "cannot connect as a certificate is missing or not trusted",
    many: "cannot connect as a certificate is missing or not trusted",
    harm: true,
  },
  waiting: { rule: "E10", one: "waits for the mail app", many: "wait for the mail app", harm: true },
  passwordAgain: { rule: "E7", one: "enters the password again", many: "enter their passwords again", harm: true },
  overwritten: {
    rule: "E9",
    one: "has an account overwritten",
    many: "have accounts overwritten",
    harm: true,
  },
  prompt: { rule: "E8", one: "is asked to approve the change", many: "are asked to approve the change", harm: true },
  retained: {
    rule: "D3",
    one: "keeps a profile that should go",
    many: "keep a profile that should go",
    harm: true,
  },
  gains: { rule: "D1", one: "gets mail", many: "get mail", harm: false },
  accessGained: {
    rule: "C2",
    one: "gains access to the mailbox",
    many: "gain access to their mailboxes",
    harm: false,
  },
  unchanged: { rule: "", one: "sees no change", many: "see no change", harm: false },
} as const satisfies Record<string, Meaning>;

export type Category = keyof typeof categories;
export const categoryNames = Object.keys(categories) as Category[];

/** The words of a category for a number of people or devices. */
export const wordsFor = (category: Category, number: number): string =>
  number === 1 ? categories[category].one : categories[category].many;
