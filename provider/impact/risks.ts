/** What a reviewer should look at, beyond what changes for each person. */
import type { TenantContext } from "../tenant/context";
import { allConnectors } from "../tenant/sync/connector";
import { creationRefusal, syncRefusal } from "../tenant/sync/lifecycle";
import type { Applied } from "./apply";
import type { Compared, Touched } from "./compare";
import { categories, categoryNames, type DeviceImpact, type ResourceImpact, type Risk, wordsFor } from "./impact";

interface Found {
  applied: Applied;
  compared: Compared;
  resources: readonly ResourceImpact[];
  without: TenantContext;
  having: TenantContext;
}

/** Names that a risk shows; the rows of people and devices have all of them. */
const namesMax = 20;

/** All risks: what stands in the way first, then what people suffer, then what is odd about targets and connectors. */
export const risksOf = (found: Found): Risk[] => [
  ...found.applied.findings,
  ...harms(found.compared.devices),
  ...situations(found.compared),
  ...groups(found),
  ...connectors(found.having),
];

function harms(rows: Iterable<DeviceImpact>): Risk[] {
  const byCategory = Map.groupBy(rows, ({ category }) => category);
  return categoryNames.flatMap((category) => {
    const mine = byCategory.get(category) ?? [];
    if (mine.length === 0 || !categories[category].harm) return [];
    const people = new Set(mine.flatMap(({ userPrincipalName }) => userPrincipalName ?? []));
    const devices = new Set(mine.map(({ deviceId }) => deviceId));
    const rule = [...new Set(mine.map((row) => row.rule))].sort().join(", ");
    const message =
      people.size > 0
        ? `${counted(people.size, "person", "people")} ${wordsFor(category, people.size)} (${rule}).`
        : `${counted(devices.size, "device without a user", "devices without users")} ${wordsFor(category, devices.size)} (${rule}).`;
    const names = people.size > 0 ? people : new Set(mine.map(({ deviceName }) => deviceName));
    return [{ kind: category, rule, message, people: people.size, devices: devices.size, names: first(names) }];
  });
}

function situations({ noProfile, twoProfiles, overlap }: Compared): Risk[] {
  const rows: [string, string, Touched, string][] = [
    ["noProfile", "D1", noProfile, "no email profile on it after the plan"],
    ["twoProfiles", "D1", twoProfiles, "more than one email profile on it after the plan"],
    ["overlap", "E9", overlap, "profiles that make the same account, and overwrite or keep out each other"],
  ];
  return rows.flatMap(([kind, rule, { people, devices }, what]) =>
    devices.size === 0
      ? []
      : [
          {
            ...{ kind, rule, people: people.size, devices: devices.size },
            message: `${counted(devices.size, "device that changes has", "devices that change have")} ${what} (${rule}).`,
            names: first(people),
          },
        ],
  );
}

// --- groups and connectors ----------------------------------------------------------------------------------------------

/** Groups of the plan that nobody is in, or that are made of groups. */
function groups({ resources, having: { db } }: Found): Risk[] {
  const names = new Set(resources.flatMap((row) => row.groups));
  return [...names].flatMap((name): Risk[] => {
    const group = db.get<{ members: number; nested: number }>(
      `SELECT count(memberId) AS members, count(iif(kind = 'group', 1, NULL)) AS nested
       FROM directoryGroup LEFT JOIN member ON groupId = id WHERE displayName = :name GROUP BY id LIMIT 1`,
      { name },
    );
    if (!group) return [];
    const about = { rule: "D5", people: 0, devices: 0, names: [name] };
    if (group.members === 0)
      return [{ ...about, kind: "emptyGroup", message: `Nobody is in the group "${name}" (D5).` }];
    if (group.nested === 0) return [];
    const inside = counted(group.nested, "other group", "other groups");
    return [
      { ...about, kind: "nestedGroup", message: `The group "${name}" has ${inside} in it, whose members count (D5).` },
    ];
  });
}

const dayMs = 86_400_000;

/** Connectors that have not synchronized for a day, or never will again (X10, X11). */
function connectors(context: TenantContext): Risk[] {
  const all = allConnectors(context);
  const ended = all.length > 0 ? (syncRefusal(context) ?? creationRefusal(context)) : undefined;
  const none = { people: 0, devices: 0 };
  return [
    ...(ended
      ? [
          {
            ...none,
            kind: "connectorEnded",
            rule: "X11",
            message: ended,
            names: all.map((one) => one.exchangeOrganization),
          },
        ]
      : []),
    ...all.flatMap(({ exchangeOrganization, lastSyncDateTime, status }): Risk[] => {
      const ageMs = context.clock.nowMs() - Date.parse(lastSyncDateTime);
      if (ended || (ageMs <= dayMs && status === "connected")) return [];
      const message = `The connector of ${exchangeOrganization} is ${status}; its last synchronization was at ${lastSyncDateTime} (X10).`;
      return [{ ...none, kind: "connectorStale", rule: "X10", message, names: [exchangeOrganization] }];
    }),
  ];
}

const counted = (number: number, one: string, many: string) =>
  `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
const first = (names: Iterable<string>) => [...names].sort().slice(0, namesMax);
