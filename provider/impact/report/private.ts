/** The document without the names of people and of their devices, for readers who may not know them. */
import type { Impact } from "../impact";
import { namesPeople } from "../risk-kinds";
import { mapped } from "../rows";

/**
 * Names become numbers, the same one for the same person in the whole document; groups, profiles and resources keep
 * theirs.
 */
export function withoutNames(impact: Impact): Impact {
  const people = numbers("person");
  const devices = numbers("device");
  const shownAs = new Map<string, string>();
  for (const { userPrincipalName, displayName } of impact.people) {
    people(userPrincipalName);
    shownAs.set(userPrincipalName, displayName);
  }
  for (const { deviceId, userPrincipalName } of impact.devices) {
    devices(deviceId);
    if (userPrincipalName !== null) people(userPrincipalName);
  }
  return {
    ...impact,
    people: mapped(impact.people, (person) => {
      const number = people(person.userPrincipalName);
      return { ...person, userPrincipalName: number, displayName: number };
    }),
    devices: mapped(impact.devices, (row) => {
      const { deviceId, deviceName, userPrincipalName, before, after, reason } = row;
      const device = devices(deviceId);
      const user = userPrincipalName === null ? null : people(userPrincipalName);
      const said = [userPrincipalName ?? "", shownAs.get(userPrincipalName ?? "") ?? ""];
      const clean = (text: string) => without(without(text, said, user ?? "somebody"), [deviceName], device);
      return {
        ...row,
        ...{ deviceId: device, deviceName: device, userPrincipalName: user },
        ...{ before: clean(before), after: clean(after), reason: clean(reason) },
      };
    }),
    risks: impact.risks.map((risk) => {
      const names = namesPeople(risk.kind) ? [] : risk.names;
      const hidden = names.length > 0 ? [] : risk.names;
      return { ...risk, message: without(risk.message, hidden, "(a name)"), names };
    }),
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

/** A text without certain names, and without any address of mail. */
function without(text: string, names: readonly string[], instead: string): string {
  const longestFirst = names.filter((name) => name !== "").sort((one, other) => other.length - one.length);
  const clean = longestFirst.reduce((left, name) => left.replaceAll(name, instead), text);
  return clean.replace(/[^\s@"'<>(),;:]+@[^\s@"'<>(),;:]+\.\w+/g, "(an address)");
}
