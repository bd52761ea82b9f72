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
  const known = ({ id }: ProfileState) => before.get(id) ?? before.get(pair.oldIdOf.get(id) ?? "");
  const leaving = [...before.values()].filter((old) => isThere(old) && !isOn(after.get(old.id)));
  // By name, as ids of what is made anew say nothing about an order.
  const all = [...after.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  const coming = all.filter((profile) => isThere(profile) && !isOn(before.get(profile.id)));
  const staying = all.filter((profile) => isThere(profile) && isOn(before.get(profile.id)));
  const out = all.filter((profile) => !isThere(profile) && known(profile)?.reason !== profile.reason);
  const places = placesOf(pair, [coming, out.filter(({ reason }) => kept[reason])], leaving);
  const row = rowsOf(pair);
  const rows: DeviceImpact[] = [];

  for (const profile of coming) {
    const old = places.get(profile) ?? known(profile);
    if (!isOn(old)) rows.push(row("gains", old, profile));
    else if (asksPassword(pair, profile, old)) rows.push(row("passwordAgain", old, profile));
    if (cannotConnect(profile) && !(old && cannotConnect(old))) rows.push(row("cannotConnect", old, profile));
  }
  for (const profile of out) {
    const category = kept[profile.reason];
    if (category) rows.push(row(category, places.get(profile) ?? known(profile), profile));
  }
  for (const profile of staying) {
    const old = before.get(profile.id)!;
    const category = standing(old, profile);
    if (category) rows.push(row(category, old, profile));
    if (asksPassword(pair, profile)) rows.push(row("passwordAgain", old, profile));
  }
  for (const old of leaving) rows.push(row("loses", old, after.get(old.id)));
  return [...rows, ...overwritten(pair, row)];
}

/**
 * What goes where others come, which is then no longer among `leaving`: first what they replace, then what made the same
 * account, then whatever goes.
 */
function placesOf(
  { oldIdOf }: Pair,
  arrivals: readonly ProfileState[][],
  leaving: ProfileState[],
): ReadonlyMap<ProfileState, ProfileState> {
  const places = new Map<ProfileState, ProfileState>();
  const fits = [
    (old: ProfileState, now: ProfileState) => old.id === now.id || old.id === oldIdOf.get(now.id),
    (old: ProfileState, now: ProfileState) => addressOf(old) !== undefined && addressOf(old) === addressOf(now),
    () => true,
  ];
  for (const coming of arrivals) {
    for (const fit of fits) {
      for (const now of coming.filter((one) => !places.has(one))) {
        const at = leaving.findIndex((old) => fit(old, now));
        if (at >= 0) places.set(now, leaving.splice(at, 1)[0]!);
      }
    }
  }
  return places;
}

const isOn = (profile: ProfileState | undefined): boolean => profile !== undefined && isThere(profile);

const addressOf = ({ account }: ProfileState): string | undefined =>
  account === null ? undefined : (JSON.parse(account) as { emailAddress: string }).emailAddress;

/** What keeps a profile off the device. */
const kept: Partial<Record<Reason, Category>> = { duplicateAccount: "blocked", appMissing: "waiting" };

/** What a profile that is on the device in any case comes to. */
function standing(old: ProfileState, now: ProfileState): Category | undefined {
  if (old.reason === now.reason && old.message === now.message) return undefined;
  if (now.reason === "approvalPending") return "prompt";
  if (now.reason === "retained") return "retained";
  return cannotConnect(now) && old.reason !== now.reason ? "cannotConnect" : undefined;
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
