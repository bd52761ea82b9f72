/** What a plan does to one device: two states of it, without the plan and with it, side by side. */
import type { Reason } from "../tenant/devices/reasons";
import { type Category, categories, type DeviceImpact } from "./impact";
import { cannotConnect, type DeviceState, type Happened, isThere, type ProfileState } from "./outcome";

/** One device in both tenants, at the end of the horizon. */
export interface Pair {
  without: DeviceState;
  having: DeviceState;
  /** What happened on it since the forecast began. */
  events: { without: Happened[]; having: Happened[] };
  /** Id of the object that a new one takes the place of. */
  oldIdOf: ReadonlyMap<string, string>;
  /** Whether a configuration is still there with the plan. */
  isKept(id: string): boolean;
}

/** What devices say of a profile, for people. */
const words = {
  installed: "installed",
  otherPlatform: "for another platform",
  belowMinimum: "needs a later version",
  notCheckedIn: "not checked in",
  approvalPending: "waits for the user's approval",
  appMissing: "waits for its app",
  userMissing: "has no user",
  addressMissing: "has no address",
  duplicateAccount: "kept out by the user's own account",
  sameAccount: "in conflict with another profile",
  serverCertificateMissing: "cannot connect",
  identityCertificateMissing: "cannot connect",
  rootCertificateMissing: "waits for its root certificate",
  chainNotTrusted: "cannot connect",
  retained: "stays, as it is the only one",
} satisfies Record<Reason, string>;

const shown = (profile: ProfileState | undefined) => (profile ? `${profile.name}: ${words[profile.reason]}` : "none");

/** The event that tells when something became so. */
const tells: Partial<Record<Category, string>> = {
  passwordAgain: "passwordAsked",
  prompt: "approvalAsked",
  blocked: "accountBlocked",
  waiting: "appMissing",
  cannotConnect: "connectionFailed",
  gains: "profileInstalled",
  retained: "profileRetained",
  loses: "profileRemoved",
};

/** Whether anything that matters here differs; versions alone, which nobody sees, do not. */
export const isSame = (one: DeviceState, other: DeviceState): boolean =>
  sameList(one.own, other.own) &&
  sameList(one.apps, other.apps) &&
  one.profiles.length === other.profiles.length &&
  one.profiles.every((profile, index) => {
    const { id, reason, account, message } = other.profiles[index]!;
    return profile.id === id && profile.reason === reason && profile.account === account && profile.message === message;
  });

const sameList = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every((value, index) => value === other[index]);

/** A row for each thing that the plan changes on a device. */
export function changesOn(pair: Pair): DeviceImpact[] {
  const { without, having } = pair;
  const mail = ({ profiles }: DeviceState) => profiles.filter(({ isMail }) => isMail);
  const before = new Map(mail(without).map((profile) => [profile.id, profile]));
  const after = new Map(mail(having).map((profile) => [profile.id, profile]));
  const leaving = [...before.values()].filter((old) => isThere(old) && !isOn(after.get(old.id)));
  const row = rowsOf(pair);
  const rows: DeviceImpact[] = [];

  /** What goes where this comes: what it replaces, else what made the same account, else whatever goes. */
  const takePlace = (profile: ProfileState): ProfileState | undefined => {
    const fits = [
      (old: ProfileState) => old.id === profile.id || old.id === pair.oldIdOf.get(profile.id),
      (old: ProfileState) => addressOf(old) !== undefined && addressOf(old) === addressOf(profile),
      () => true,
    ];
    const found = fits.map((fit) => leaving.find(fit)).find((old) => old !== undefined);
    if (found) leaving.splice(leaving.indexOf(found), 1);
    return found;
  };

  for (const profile of [...after.values()].filter((one) => isThere(one) && !isOn(before.get(one.id)))) {
    const old = takePlace(profile) ?? before.get(profile.id) ?? before.get(pair.oldIdOf.get(profile.id) ?? "");
    if (!isOn(old)) rows.push(row("gains", old, profile));
    else if (asksPassword(pair, profile, old)) rows.push(row("passwordAgain", old, profile));
    if (cannotConnect(profile) && !(old && cannotConnect(old))) rows.push(row("cannotConnect", old, profile));
  }
  for (const profile of after.values()) {
    const same = before.get(profile.id) ?? before.get(pair.oldIdOf.get(profile.id) ?? "");
    const category = isThere(profile) ? standing(same, profile, isOn(before.get(profile.id))) : kept[profile.reason];
    if (!category || (!isThere(profile) && same?.reason === profile.reason)) continue;
    rows.push(row(category, isThere(profile) ? same : (takePlace(profile) ?? same), profile));
  }
  for (const profile of after.values()) {
    const old = before.get(profile.id);
    if (isThere(profile) && isOn(old) && asksPassword(pair, profile)) rows.push(row("passwordAgain", old, profile));
  }
  for (const old of leaving) rows.push(row("loses", old, after.get(old.id)));
  return [...rows, ...overwritten(pair, row)];
}

const isOn = (profile: ProfileState | undefined): boolean => profile !== undefined && isThere(profile);

const addressOf = ({ account }: ProfileState): string | undefined =>
  account === null ? undefined : (JSON.parse(account) as { emailAddress: string }).emailAddress;

/** What keeps a profile off the device. */
const kept: Partial<Record<Reason, Category>> = { duplicateAccount: "blocked", appMissing: "waiting" };

/** What a profile that is on the device in any case comes to. */
function standing(old: ProfileState | undefined, now: ProfileState, wasOn: boolean): Category | undefined {
  if (!wasOn) return undefined;
  const isNews = old?.reason !== now.reason || old.message !== now.message;
  if (!isNews) return undefined;
  if (now.reason === "approvalPending") return "prompt";
  if (now.reason === "retained") return "retained";
  return cannotConnect(now) && old?.reason !== now.reason ? "cannotConnect" : undefined;
}

const about = (events: readonly Happened[], kind: string, id: string) =>
  events.filter((event) => event.kind === kind && event.subjectId === id);

/**
 * Whether the device asks for a password that it would not ask for without the plan, were it that of the profile in whose
 * place this one is.
 */
const asksPassword = ({ events }: Pair, { id }: ProfileState, old?: ProfileState): boolean => {
  const without = [...new Set([id, old?.id ?? id])].flatMap((one) => about(events.without, "passwordAsked", one));
  return about(events.having, "passwordAsked", id).length > without.length;
};

type RowOf = (category: Category, old: ProfileState | undefined, now: ProfileState | undefined) => DeviceImpact;

function rowsOf(pair: Pair): RowOf {
  const { having, events } = pair;
  return (category, old, now) => {
    const profile = (category === "loses" ? old : now)!;
    const kind = tells[category];
    const event = kind === undefined ? undefined : about(events.having, kind, profile.id).at(0);
    return {
      ...headOf(having),
      profile: { id: profile.id, name: profile.name },
      before: shown(old),
      after: category === "loses" ? "none" : shown(now),
      category,
      reason:
        event?.message ?? (category === "loses" ? `${profile.name} is not on the device any more.` : profile.message),
      rule: ruleOf(category, profile, old, pair),
      at: event?.time ?? null,
    };
  };
}

const headOf = ({ id, name, userPrincipalName, platform }: DeviceState) => ({
  deviceId: id,
  deviceName: name,
  userPrincipalName,
  platform,
});

/** A category may be about several rules: how it came about tells which. */
function ruleOf(category: Category, { id, reason }: ProfileState, old: ProfileState | undefined, pair: Pair): string {
  if (category === "loses") return pair.isKept(id) ? "D3" : "D4";
  if (category === "cannotConnect") return reason === "serverCertificateMissing" ? "E11" : "E12";
  // Not by a replacement, but by another profile that takes the place of one: the password is the user's to give.
  if (category === "passwordAgain" && old?.id !== pair.oldIdOf.get(id)) return "E6";
  return categories[category].rule;
}

/** Accounts that a profile takes the place of: once each, however often it does so. */
function overwritten({ having, events, oldIdOf }: Pair, row: RowOf): DeviceImpact[] {
  const oldId = (id: unknown) => (typeof id === "string" ? (oldIdOf.get(id) ?? id) : id);
  const keyOf = ({ subjectId, detail }: Happened) => {
    const { displacedProfileId, ...account } = JSON.parse(detail ?? "{}") as Record<string, unknown>;
    return JSON.stringify([oldId(subjectId), oldId(displacedProfileId), account]);
  };
  const of = (all: readonly Happened[]) => all.filter(({ kind }) => kind === "accountOverwritten");
  const known = new Set(of(events.without).map(keyOf));
  return of(events.having).flatMap((event) => {
    const profile = having.profiles.find(({ id }) => id === event.subjectId);
    if (known.has(keyOf(event)) || !profile) return [];
    known.add(keyOf(event));
    const { hostName, emailAddress, displacedProfileId } = JSON.parse(event.detail ?? "{}") as Record<string, string>;
    const displaced = having.profiles.find(({ id }) => id === displacedProfileId);
    const before = displaced ? shown(displaced) : `the user's own account ${emailAddress} on ${hostName}`;
    return [{ ...row("overwritten", undefined, profile), before, reason: event.message, at: event.time }];
  });
}
