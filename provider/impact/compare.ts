/** Two tenants that differ by a plan alone, device by device and person by person. */
import type { TenantContext } from "../tenant/context";
import { accessChanges } from "./access";
import { changesOn, isSame, type Pair } from "./device";
import { type Category, type Count, categoryNames, type DeviceImpact, type Impact, type PersonImpact } from "./impact";
import { type DeviceState, eventsOn, hasMail, isThere, outcomesOf } from "./outcome";

export interface Compared extends Pick<Impact, "devices" | "people" | "counts"> {
  /** On which devices each configuration, or `app:NAME`, is another than without the plan, and whose they are. */
  touched: ReadonlyMap<string, Touched>;
  /** Who is so by the plan, and was not without it. */
  noProfile: Touched;
  twoProfiles: Touched;
  overlap: Touched;
}

export interface Touched {
  devices: Set<string>;
  people: Set<string>;
}

export interface Sides {
  without: TenantContext;
  having: TenantContext;
  /** The last event that both have in common. */
  since: number;
  oldIdOf: ReadonlyMap<string, string>;
}

/** Devices that are looked at together: enough to be quick, few enough to be in memory twice. */
const stretch = 2000;

interface Person {
  displayName: string;
  without: boolean;
  having: boolean;
  categories: Set<Category>;
}

export function compare(sides: Sides): Compared {
  const access = accessChanges(sides.without, sides.having, sides.since);
  const people = new Map<string, Person>();
  const personOf = (name: string, displayName: string | null): Person => {
    const known = people.get(name) ?? {
      ...{ displayName: displayName ?? name, without: false, having: false },
      categories: new Set<Category>(),
    };
    people.set(name, known);
    return known;
  };
  const devices: DeviceImpact[] = [];
  const touched = new Map<string, Touched>();
  const found = { noProfile: nobody(), twoProfiles: nobody(), overlap: nobody() };
  let all = 0;
  for (const pair of pairs(sides)) {
    all++;
    const { without, having } = pair;
    const { userPrincipalName: name, easDeviceId } = having;
    if (name !== null) {
      const person = personOf(name, having.userDisplayName);
      const lets = access.lets(easDeviceId);
      person.without ||= lets.without && hasMail(without);
      person.having ||= lets.having && hasMail(having);
    }
    if (isSame(without, having)) continue;
    touch(touched, without, having);
    for (const [name, holds] of Object.entries(situations))
      if (holds(having) && !holds(without)) put(found[name as Situation], having);
    devices.push(...changesOn(withEvents(sides, pair)));
  }
  for (const { displayName, ...row } of access.rows) {
    personOf(row.userPrincipalName!, displayName);
    devices.push(row);
  }
  for (const { userPrincipalName, category } of devices) {
    if (userPrincipalName !== null) people.get(userPrincipalName)!.categories.add(category);
  }
  return {
    devices: sorted(devices),
    people: changedOf(people),
    counts: countsOf(devices, all, people.size),
    touched,
    ...found,
  };
}

/** Each device of both tenants, in the order of ids; a plan neither makes devices nor deletes them. */
function* pairs({ without, having, oldIdOf }: Sides): Generator<Pair> {
  const [left, right] = [outcomesOf(without), outcomesOf(having)];
  const events = { without: [], having: [] };
  for (let after = ""; ; ) {
    const some = left.next(after, stretch);
    const last = some.at(-1)?.id;
    if (last === undefined) return;
    const others = new Map(right.between(after, last).map((device) => [device.id, device]));
    for (const one of some) yield { without: one, having: others.get(one.id)!, events, oldIdOf, isKept: right.has };
    after = last;
  }
}

const withEvents = ({ without, having, since }: Sides, pair: Pair): Pair => {
  const { id } = pair.having;
  return { ...pair, events: { without: eventsOn(without, id, since), having: eventsOn(having, id, since) } };
};

const nobody = (): Touched => ({ devices: new Set(), people: new Set() });

function put({ devices, people }: Touched, { id, userPrincipalName }: DeviceState): void {
  devices.add(id);
  if (userPrincipalName !== null) people.add(userPrincipalName);
}

const onDevice = ({ profiles }: DeviceState) => profiles.filter((profile) => profile.isMail && isThere(profile));

/** What a device may come to that its people should not be left in. */
const situations = {
  noProfile: (state) => onDevice(state).length === 0,
  twoProfiles: (state) => onDevice(state).length > 1,
  overlap: ({ profiles }) => profiles.some(({ reason }) => reason === "sameAccount"),
} satisfies Record<string, (state: DeviceState) => boolean>;
type Situation = keyof typeof situations;

function touch(touched: Map<string, Touched>, without: DeviceState, having: DeviceState): void {
  const texts = (state: DeviceState) => [
    ...state.profiles.map(
      (profile) =>
        [
          profile.id,
          `${profile.reason}
${profile.account}
${profile.message}`,
        ] as const,
    ),
    ...state.apps.map((app) => [`app:${app}`, app] as const),
  ];
  const [before, after] = [new Map(texts(without)), new Map(texts(having))];
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(id) === after.get(id)) continue;
    const known = touched.get(id) ?? nobody();
    put(known, having);
    touched.set(id, known);
  }
}

const byName = (one: string | null, other: string | null) => ((one ?? "") < (other ?? "") ? -1 : 1);
const weight = new Map(categoryNames.map((category, index) => [category, index]));

/** The worst first, and then by the names of devices. */
const sorted = (rows: DeviceImpact[]): DeviceImpact[] =>
  rows.sort(
    (one, other) => weight.get(one.category)! - weight.get(other.category)! || byName(one.deviceName, other.deviceName),
  );

const changedOf = (people: ReadonlyMap<string, Person>): PersonImpact[] =>
  [...people]
    .filter(([, person]) => person.categories.size > 0)
    .map(([userPrincipalName, { displayName, categories, without, having }]) => ({
      ...{ userPrincipalName, displayName },
      categories: categoryNames.filter((category) => categories.has(category)),
      ...{ mailBefore: without, mailAfter: having },
    }))
    .sort((one, other) => byName(one.userPrincipalName, other.userPrincipalName));

/** @param devices of the tenant, and people who have one */
function countsOf(rows: readonly DeviceImpact[], devices: number, people: number): Record<Category, Count> {
  const sets = new Map(categoryNames.map((name) => [name, { people: new Set<string>(), devices: new Set<string>() }]));
  const changed = { people: new Set<string>(), devices: new Set<string>() };
  for (const { category, deviceId, userPrincipalName } of rows) {
    for (const set of [sets.get(category)!, changed]) {
      set.devices.add(deviceId);
      if (userPrincipalName !== null) set.people.add(userPrincipalName);
    }
  }
  const counts = Object.fromEntries(
    [...sets].map(([name, set]) => [name, { people: set.people.size, devices: set.devices.size }]),
  ) as Record<Category, Count>;
  // Devices that Exchange alone knows are not among those of the tenant.
  counts.unchanged = {
    people: people - changed.people.size,
    devices: Math.max(devices - changed.devices.size, 0),
  };
  return counts;
}
