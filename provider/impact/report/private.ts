/** The document without the names of people and of their devices, for readers who may not know them. */
import type { Impact } from "../impact";
import { namesPeople } from "../risk-kinds";
import { mapped } from "../rows";

/**
 * Names become numbers, the same one for the same person in the whole document, wherever they stand in it; addresses and
 * accounts go from it. Groups, profiles and resources keep their names.
 */
export function withoutNames(impact: Impact): Impact {
  const people = numbers("person");
  const devices = numbers("device");
  const known = new Map<string, string>();
  for (const { userPrincipalName, displayName } of impact.people) {
    const number = people(userPrincipalName);
    for (const name of [userPrincipalName, displayName]) known.set(keyOf(name), number);
  }
  for (const { deviceId, deviceName, userPrincipalName } of impact.devices) {
    const number = devices(deviceId);
    // One word, such as iPhone, names no device in particular.
    for (const name of [deviceId, deviceName]) if (/\d|\w\W+\w/.test(name)) known.set(keyOf(name), number);
    if (userPrincipalName !== null) known.set(keyOf(userPrincipalName), people(userPrincipalName));
  }
  known.delete("");
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
      const number = people(person.userPrincipalName);
      return { ...person, userPrincipalName: number, displayName: number };
    }),
    devices: mapped(impact.devices, (row) => {
      const { deviceId, deviceName, userPrincipalName, profile, before, after, reason } = row;
      const device = devices(deviceId);
      const own: Hide = (text) => hide(deviceName === "" ? text : text.replaceAll(deviceName, device));
      return {
        ...row,
        ...{ deviceId: device, deviceName: device },
        userPrincipalName: userPrincipalName === null ? null : people(userPrincipalName),
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

/** Gives each name a number, in the order in which it is first asked for one. */
function numbers(word: string): (name: string) => string {
  const known = new Map<string, number>();
  return (name) => {
    const number = known.get(name) ?? known.size + 1;
    known.set(name, number);
    return `${word} ${number}`;
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

const without = (text: string, names: readonly string[]): string =>
  names
    .filter((name) => name !== "")
    .toSorted((one, other) => other.length - one.length)
    .reduce((left, name) => left.replaceAll(name, "(a name)"), text);

// --- names in a text --------------------------------------------------------------------------------------------------

const address = /[^\s@/"'<>(),;:|\\]+(?:@|%40)[^\s@/"'<>(),;:|\\?&#]+/giu;
/** `DOMAIN\user` */
const account = /(?<![\p{L}\p{N}\\])[\p{L}\p{N}][\p{L}\p{N}.-]*\\[\p{L}\p{N}._$-]+/gu;
const word = /[\p{L}\p{N}\p{M}]+/gu;

/** What a name is known by, however its words are set apart. */
const keyOf = (name: string): string => (name.match(word) ?? []).join(" ").toLowerCase();

/** Takes all known names out of a text, word by word: as quick for a million names as for one. */
function hiding(known: ReadonlyMap<string, string>): Hide {
  const longest = Math.min(
    [...known.keys()].reduce((most, key) => Math.max(most, key.split(" ").length), 0),
    12,
  );
  return (text) => {
    const plain = text
      .replace(address, (found) => known.get(keyOf(found)) ?? "(an address)")
      .replace(account, "(an account)");
    const words = [...plain.matchAll(word)];
    let clean = "";
    let from = 0;
    for (let at = 0; at < words.length; at++) {
      for (let count = Math.min(longest, words.length - at); count > 0; count--) {
        const some = words.slice(at, at + count);
        const number = known.get(
          some
            .map(([one]) => one)
            .join(" ")
            .toLowerCase(),
        );
        if (number === undefined) continue;
        clean += plain.slice(from, some[0]!.index) + number;
        const last = some.at(-1)!;
        from = last.index + last[0].length;
        at += count - 1;
        break;
      }
    }
    return clean + plain.slice(from);
  };
}
