/** The document without the names of people and of their devices, for readers who may not know them. */
import type { Impact } from "../impact";

/**
 * Names become numbers, the same one for the same person in the whole document; groups, profiles and resources keep
 * theirs.
 */
export function withoutNames(impact: Impact): Impact {
  const people = numbers(
    [
      ...impact.people.map(({ userPrincipalName }) => userPrincipalName),
      ...impact.devices.flatMap((row) => row.userPrincipalName ?? []),
    ],
    "person",
  );
  const devices = numbers(
    impact.devices.map(({ deviceId }) => deviceId),
    "device",
  );
  const shownAs = new Map(impact.people.map((person) => [person.userPrincipalName, person.displayName]));
  return {
    ...impact,
    people: impact.people.map((person) => {
      const number = people.get(person.userPrincipalName)!;
      return { ...person, userPrincipalName: number, displayName: number };
    }),
    devices: impact.devices.map((row) => {
      const { deviceId, deviceName, userPrincipalName, before, after, reason } = row;
      const device = devices.get(deviceId)!;
      const user = userPrincipalName === null ? null : people.get(userPrincipalName)!;
      const said = [userPrincipalName ?? "", shownAs.get(userPrincipalName ?? "") ?? ""];
      const clean = (text: string) => without(without(text, said, user ?? "somebody"), [deviceName], device);
      return {
        ...row,
        ...{ deviceId: device, deviceName: device, userPrincipalName: user },
        ...{ before: clean(before), after: clean(after), reason: clean(reason) },
      };
    }),
    risks: impact.risks.map((risk) => {
      const names = ofNobody.has(risk.kind) ? risk.names : [];
      const hidden = names.length > 0 ? [] : risk.names;
      return { ...risk, message: without(risk.message, hidden, "(a name)"), names };
    }),
  };
}

/** Risks whose names are those of resources, groups and organizations. */
const ofNobody = new Set(["refused", "unknownValue", "emptyGroup", "nestedGroup", "connectorEnded", "connectorStale"]);

const numbers = (all: readonly string[], word: string): Map<string, string> =>
  new Map([...new Set(all)].map((one, index) => [one, `${word} ${index + 1}`]));

/** A text without certain names, and without any address of mail. */
function without(text: string, names: readonly string[], instead: string): string {
  const longestFirst = names.filter((name) => name !== "").sort((one, other) => other.length - one.length);
  const clean = longestFirst.reduce((left, name) => left.replaceAll(name, instead), text);
  return clean.replace(/[^\s@"'<>(),;:]+@[^\s@"'<>(),;:]+\.\w+/g, "(an address)");
}
