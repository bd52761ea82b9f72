/** What a reviewer is warned of: every kind, with its rule, whose names it shows, and what follows from it. */
import { categories, type Risk } from "./impact";
import { counted, devicesIn, peopleIn } from "./report/words";

interface Meaning {
  rule: string;
  /** Names of people and devices are left out where nobody is to be named; others stay. */
  names: "people" | "resources" | "groups" | "organizations";
  /** What happens, after "1 person" and "2 people"; absent: each risk has a sentence of its own. */
  one?: string;
  many?: string;
  /** What follows, or what to do. */
  advice?: string;
}

export const riskKinds = {
  // What stands in the way, or is a guess.
  refused: { rule: "", names: "resources" },
  olderState: { rule: "", names: "resources" },
  unknownValue: { rule: "", names: "resources" },
  previewWarns: { rule: "", names: "resources" },

  // What people suffer: the harms among the categories.
  accessLost: {
    ...categories.accessLost,
    names: "people",
    advice: "Exchange turns these devices away: enrol them, make them comply, or exempt their users.",
  },
  loses: { ...categories.loses, names: "people", advice: "Mail that only it brought goes with it." },
  blocked: {
    ...categories.blocked,
    names: "people",
    advice: "Each has to remove the account before the profile arrives; until then the device does not comply.",
  },
  passwordAgain: {
    ...categories.passwordAgain,
    names: "people",
    advice: "No mail comes to a device until its user has given the password.",
  },
  overwritten: { ...categories.overwritten, names: "people", advice: "What they had set up in them is gone." },
  prompt: { ...categories.prompt, names: "people", advice: "A device keeps the old settings until then." },
  retained: {
    ...categories.retained,
    names: "people",
    advice: "It is the only one on the device: delete the profile (D4), or bring another one first.",
  },

  // Where the chain breaks.
  appMissing: { rule: "E10", names: "people" },
  serverCertificateMissing: { rule: "E11", names: "people" },
  identityUnlinked: { rule: "E12", names: "people" },
  identityNotDeployed: { rule: "E12", names: "people" },
  identityNotIssued: { rule: "E12", names: "people" },
  rootNotDeployed: { rule: "E12", names: "people" },
  chainNotTrusted: { rule: "E12", names: "people" },

  // What is odd about profiles, groups and connectors.
  noProfile: {
    rule: "D1",
    names: "people",
    one: "is left without an email profile on a device",
    many: "are left without an email profile on a device",
  },
  twoProfiles: {
    rule: "D1",
    names: "people",
    one: "comes to more than one email profile on a device",
    many: "come to more than one email profile on a device",
  },
  overlap: {
    rule: "E9",
    names: "people",
    one: "comes to profiles that make the same account on a device, and overwrite or keep out each other",
    many: "come to profiles that make the same account on a device, and overwrite or keep out each other",
    advice: "Give each of them groups of its own.",
  },
  emptyGroup: { rule: "D5", names: "groups" },
  nestedGroup: { rule: "D5", names: "groups" },
  connectorEnded: { rule: "X11", names: "organizations" },
  connectorStale: { rule: "X10", names: "organizations" },
  connectorGone: { rule: "X9", names: "organizations" },
  blockedNext: {
    rule: "C3, C4",
    names: "people",
    one: "loses access to the mailbox",
    many: "lose access to their mailboxes",
  },
} as const satisfies Record<string, Meaning>;

export type RiskKind = keyof typeof riskKinds;
export const riskKindNames = Object.keys(riskKinds) as RiskKind[];

/** Kinds that the table has the words of. */
export type PeopleKind = {
  [Kind in RiskKind]: (typeof riskKinds)[Kind] extends { one: string } ? Kind : never;
}[RiskKind];

const meaningOf = (kind: RiskKind): Meaning => riskKinds[kind];

/** Whether a risk's names are those of people or of their devices; of a kind that nobody knows they may be. */
export const namesPeople = (kind: string): boolean =>
  !Object.hasOwn(riskKinds, kind) || meaningOf(kind as RiskKind).names === "people";

/** A risk with the rule of its kind, about nobody in particular. */
export const riskOf = (kind: RiskKind, message: string, more: Partial<Risk> = {}): Risk => ({
  ...{ kind, rule: riskKinds[kind].rule, message, people: 0, devices: 0, names: [] },
  ...more,
});

/** People, and the devices that it is about; devices alone where nobody has them. */
export function whose(people: number, devices: number): string {
  if (people === 0) return counted(devices, "device without a user", "devices without users");
  return `${peopleIn(people)} (${devicesIn(devices)})`;
}

/** What happens to how many, in the words of the table. */
export function sentenceOf(
  kind: PeopleKind,
  people: number,
  devices: number,
  rule: string = riskKinds[kind].rule,
): string {
  const { one = "", many = "", advice } = meaningOf(kind);
  const happens = (people === 0 ? devices : people) === 1 ? one : many;
  return `${whose(people, devices)} ${happens} (${rule}).${advice === undefined ? "" : ` ${advice}`}`;
}
