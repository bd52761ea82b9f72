/** The document without the names of people and of their devices, for readers who may not know them. */
import type { Impact } from "../impact";
import { namesPeople } from "../risk-kinds";
import { mapped } from "../rows";

/**
 * Names become numbers, the same one for the same person in the whole document, wherever they stand in it; addresses and
 * accounts go from it. Groups, profiles and resources keep their names.
 */
export function withoutNames(impact: Impact): Impact {
  const known = namesIn(impact);
  const hide = hiding(known);
  const hidden = <Value>(value: Value, property?: string) => inAll(value, hide, property) as Value;
  return {
    ...impact,
    tenant: { ...impact.tenant, assumed: hidden(impact.tenant.assumed) },
    resources: impact.resources.map(({ urn, name, sees, groups, sharedWith, reasons, ...row }) => ({
      ...row,
      ...hidden({ urn, name, sees, groups, ...(sharedWith === undefined ? {} : { sharedWith }) }),
      reasons: reasons.map(({ property, old, new: now, ...why }) => ({
        ...{ property, old: hidden(old, property), new: hidden(now, property) },
        ...why,
      })),
    })),
    people: mapped(impact.people, (person) => {
      const number = known.person(person.userPrincipalName);
      return { ...person, userPrincipalName: number, displayName: number };
    }),
    devices: mapped(impact.devices, (row) => {
      const { deviceId, deviceName, userPrincipalName, profile, before, after, reason } = row;
      const device = known.device(deviceId);
      const own: Hide = (text) => hide(without(text, [deviceId, deviceName], device));
      return {
        ...row,
        ...{ deviceId: device, deviceName: device },
        userPrincipalName: userPrincipalName === null ? null : known.person(userPrincipalName),
        profile: profile && { id: profile.id, name: hide(profile.name) },
        ...{ before: own(before), after: own(after), reason: own(reason) },
      };
    }),
    risks: impact.risks.map((risk) =>
      namesPeople(risk.kind)
        ? { ...risk, message: hide(without(risk.message, risk.names)), names: [] }
        : { ...risk, ...hidden({ message: risk.message, names: risk.names }) },
    ),
    calls: impact.calls.map(({ method, path, ...body }) => ({ method, path: hide(path), ...hidden(body) })),
  };
}

/** Who is in a document: there may be a million, so each name is kept once, and with a number alone. */
interface Known {
  person(userPrincipalName: string): string;
  device(deviceId: string): string;
  /** What stands for a name, given by its key. */
  get(key: string): string | undefined;
  keys(): Iterable<string>;
}

function namesIn({ people, devices }: Impact): Known {
  /** People have numbers above zero, devices below. */
  const numbers = new Map<string, number>();
  const count = { people: 0, devices: 0 };
  const put = (key: string, number: number) => {
    if (key !== "" && !numbers.has(key)) numbers.set(key, number);
  };
  const numberOf = (key: string, next: () => number): number => {
    put(key, numbers.get(key) ?? next());
    return numbers.get(key)!;
  };
  const personOf = (name: string) => numberOf(keyOf(name) || `person ${name}`, () => ++count.people);
  // With what no text can be taken for, as a device may be called what another one is.
  const deviceOf = (id: string) => numberOf(`device:${id}`, () => --count.devices);
  for (const { userPrincipalName, displayName } of people) put(keyOf(displayName), personOf(userPrincipalName));
  for (const { deviceId, deviceName, userPrincipalName } of devices) {
    if (userPrincipalName !== null) personOf(userPrincipalName);
    const number = deviceOf(deviceId);
    // One word, such as iPhone, names no device in particular.
    if (/\d|\w\W+\w/.test(deviceName)) put(keyOf(deviceName), number);
  }
  const shown = (number: number) => (number > 0 ? `person ${number}` : `device ${-number}`);
  return {
    person: (name) => shown(personOf(name)),
    device: (id) => shown(deviceOf(id)),
    get: (key) => {
      const number = numbers.get(key);
      return number === undefined ? undefined : shown(number);
    },
    keys: () => numbers.keys(),
  };
}

type Hide = (text: string) => string;

/** Properties whose values are accounts or addresses of somebody, whatever they look like. */
const ofSomebody = /(?:^|[a-z])(?:user|userName|address|alias)$/i;

/** A value with every text in it changed, but for the names of properties. */
function inAll(value: unknown, hide: Hide, property = ""): unknown {
  if (typeof value === "string") return ofSomebody.test(property) && value !== "" ? "(somebody)" : hide(value);
  if (Array.isArray(value)) return value.map((item) => inAll(item, hide, property));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inAll(item, hide, name)]));
}

const without = (text: string, names: readonly string[], instead = "(a name)"): string =>
  names
    .filter((name) => name !== "" && text.includes(name))
    .toSorted((one, other) => other.length - one.length)
    .reduce((left, name) => left.replaceAll(name, instead), text);

// --- names in a text --------------------------------------------------------------------------------------------------

const address = /[^\s@/"'<>(),;:|\\]+(?:@|%40)[^\s@/"'<>(),;:|\\?&#]+/giu;
/** `DOMAIN\user` */
const account = /(?<![\p{L}\p{N}\\])[\p{L}\p{N}][\p{L}\p{N}.-]*\\[\p{L}\p{N}._$-]+/gu;
const word = /[\p{L}\p{N}\p{M}]+/gu;

/** What a name is known by, however its words are set apart. */
const keyOf = (name: string): string => (name.match(word) ?? []).join(" ").toLowerCase();

/** Takes all known names out of a text, word by word: as quick for a million names as for one. */
function hiding(known: Known): Hide {
  /** By its first word, in how many words the longest name is that begins with it. */
  const longest = new Map<string, number>();
  for (const key of known.keys()) {
    const parts = key.split(" ");
    longest.set(parts[0]!, Math.max(longest.get(parts[0]!) ?? 0, parts.length));
  }
  const clean = new Map<string, string>();
  return (text) => {
    // Many rows say the same.
    const done = clean.get(text) ?? cleaned(text);
    if (clean.size < 1000) clean.set(text, done);
    return done;
  };

  function cleaned(text: string): string {
    const plain = text
      .replace(address, (found) => known.get(keyOf(found)) ?? "(an address)")
      .replace(account, "(an account)");
    const words = [...plain.matchAll(word)].map(({ 0: one, index }) => ({
      ...{ one: one.toLowerCase(), index },
      end: index + one.length,
    }));
    let rest = "";
    let from = 0;
    for (let at = 0; at < words.length; at++) {
      const most = Math.min(longest.get(words[at]!.one) ?? 0, words.length - at);
      for (let count = most; count > 0; count--) {
        const some = words.slice(at, at + count);
        const number = known.get(some.map(({ one }) => one).join(" "));
        if (number === undefined) continue;
        rest += plain.slice(from, some[0]!.index) + number;
        from = some.at(-1)!.end;
        at += count - 1;
        break;
      }
    }
    return rest + plain.slice(from);
  }
}
