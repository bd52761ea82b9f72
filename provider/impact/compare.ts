/** Two tenants that differ by a plan alone, device by device and person by person. */
import type { TenantContext } from "../tenant/context";
import { accessChanges } from "./access";
import {
  type Crowd,
  countOf,
  crowd,
  type NamedCrowd,
  namedCrowd,
  numbers,
  type Person,
  put,
  putNamed,
  together,
  type Whose,
} from "./crowd";
import { changesOn, isSame, type Pair } from "./device";
import { type Category, type Count, categoryNames, type DeviceImpact, type Impact, type PersonImpact } from "./impact";
import { type DeviceState, eventsOn, hasMail, isThere, outcomesOf } from "./outcome";
import { sortedRows } from "./rows";

export interface Compared extends Pick<Impact, "devices" | "people" | "counts"> {
  /** On which devices a configuration, or `app:NAME`, is another than without the plan, and whose they are. */
  touched: ReadonlyMap<string, Crowd>;
  /** Whom rows tell of, by the id of their profile (null: access to Exchange) and by category. */
  told: ReadonlyMap<string | null, ReadonlyMap<Category, Crowd>>;
  /** Who is so by the plan, and was not without it. */
  noProfile: NamedCrowd;
  twoProfiles: NamedCrowd;
  overlap: NamedCrowd;
}

export interface Sides {
  without: TenantContext;
  having: TenantContext;
  /** The last event that both have in common. */
  since: number;
  oldIdOf: ReadonlyMap<string, string>;
}

/** Devices, or people, that are looked at together: enough to be quick, few enough to be in memory twice. */
const stretch = 2000;

export function compare(sides: Sides): Compared {
  const access = accessChanges(sides.without, sides.having, sides.since);
  const everyone = crowd();
  const mail = { without: numbers(), having: numbers() };
  const touched = new Map<string, Crowd>();
  const told = new Map<string | null, Map<Category, Crowd>>();
  const found = { noProfile: namedCrowd(), twoProfiles: namedCrowd(), overlap: namedCrowd() };

  function* changes(): Generator<DeviceImpact> {
    for (const pair of pairs(sides)) {
      const { without, having } = pair;
      const { person } = having;
      put(everyone, having);
      const lets = access.lets(having.device);
      if (person !== null && lets.without && hasMail(without)) mail.without.add(person);
      if (person !== null && lets.having && hasMail(having)) mail.having.add(person);
      if (isSame(without, having)) continue;
      for (const key of differing(without, having)) put(entry(touched, key, crowd), having);
      for (const [name, holds] of Object.entries(situations)) {
        if (holds(having) && !holds(without)) putNamed(found[name as Situation], having, having.userPrincipalName);
      }
      for (const row of changesOn(withEvents(sides, pair))) yield tell(having, row);
    }
    for (const { row, ...whose } of access.changes) {
      put(everyone, whose);
      yield tell(whose, row);
    }
  }
  function tell(whose: Whose, row: DeviceImpact): DeviceImpact {
    const byCategory = entry(told, row.profile?.id ?? null, () => new Map<Category, Crowd>());
    put(entry(byCategory, row.category, crowd), whose);
    return row;
  }
  const devices = sortedRows(changes(), ({ category, deviceName }) => [weight.get(category)!, deviceName]);

  const all = new Map(categoryNames.map((name) => [name, together([...told.values()].map((of) => of.get(name)))]));
  function* changed(): Generator<PersonImpact> {
    for (const { person, ...names } of users(sides.having, access.strangers)) {
      const categories = categoryNames.filter((category) => all.get(category)!.people.has(person));
      if (categories.length === 0) continue;
      yield { ...names, categories, mailBefore: mail.without.has(person), mailAfter: mail.having.has(person) };
    }
  }
  return {
    devices,
    people: sortedRows(changed(), ({ userPrincipalName }) => [0, userPrincipalName]),
    counts: countsOf(all, everyone),
    ...{ touched, told },
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

/** Each user of a tenant, and those whom only Exchange knows. */
function* users({ db }: TenantContext, strangers: Iterable<Person>): Generator<Person> {
  yield* strangers;
  for (let after = 0; ; ) {
    const some = db.all<Person>(
      "SELECT rowid AS person, userPrincipalName, displayName FROM user WHERE rowid > :after ORDER BY rowid LIMIT :stretch",
      { after, stretch },
    );
    if (some.length === 0) return;
    yield* some;
    after = some.at(-1)!.person;
  }
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

const onDevice = ({ profiles }: DeviceState) => profiles.filter((profile) => profile.isMail && isThere(profile));

/** What a device may come to that its people should not be left in. */
const situations = {
  noProfile: (state) => onDevice(state).length === 0,
  twoProfiles: (state) => onDevice(state).length > 1,
  overlap: ({ profiles }) => profiles.some(({ reason }) => reason === "sameAccount"),
} satisfies Record<string, (state: DeviceState) => boolean>;
type Situation = keyof typeof situations;

/** What is another on the device than without the plan: ids of configurations, and `app:NAME`. */
function differing(without: DeviceState, having: DeviceState): string[] {
  const texts = ({ profiles, apps }: DeviceState) =>
    new Map([
      ...profiles.map(({ id, reason, account, message }) => [id, `${reason}\n${account}\n${message}`] as const),
      ...apps.map((app) => [`app:${app}`, app] as const),
    ]);
  const [before, after] = [texts(without), texts(having)];
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
}

const weight = new Map(categoryNames.map((category, index) => [category, index]));

function countsOf(all: ReadonlyMap<Category, Crowd>, everyone: Crowd): Record<Category, Count> {
  const counts = Object.fromEntries([...all].map(([category, of]) => [category, countOf(of)])) as Record<
    Category,
    Count
  >;
  const [whole, changed] = [countOf(everyone), countOf(together(all.values()))];
  counts.unchanged = { people: whole.people - changed.people, devices: whole.devices - changed.devices };
  return counts;
}
