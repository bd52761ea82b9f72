/** What a reviewer should look at, beyond what changes for each person. */
import type { TenantContext } from "../tenant/context";
import type { Applied } from "./apply";
import { brokenChains } from "./chains";
import type { Compared } from "./compare";
import { type Connectors, connectorRisks } from "./connectors";
import { namesMax } from "./crowd";
import { type Category, categoryNames, type ResourceImpact, type Risk } from "./impact";
import { counted } from "./report/words";
import { assignedGroups } from "./resources";
import { type PeopleKind, riskKinds, riskOf, sentenceOf } from "./risk-kinds";

interface Found {
  applied: Applied;
  compared: Compared;
  resources: readonly ResourceImpact[];
  without: TenantContext;
  having: TenantContext;
  /** What connectors were before the plan. */
  connectors: Connectors;
}

/**
 * All risks: what stands in the way first, then what people suffer and why, then what is odd about targets and connectors.
 * Connectors go on to their next synchronization for it, so nothing is asked of the tenants afterwards.
 */
export const risksOf = (found: Found): Risk[] =>
  [
    ...found.applied.findings,
    ...harms(found.compared),
    ...chains(found),
    ...situations(found.compared),
    ...groups(found),
    ...connectorRisks(found.connectors, found),
  ].map((risk) => ({ ...risk, names: [...risk.names].sort().slice(0, namesMax) }));

type Harm = Category & PeopleKind;
const isHarm = (category: Category): category is Harm => Object.hasOwn(riskKinds, category);

function harms({ devices: rows, counts }: Compared): Risk[] {
  const told = new Map<Harm, { rules: Set<string>; names: Set<string> }>();
  for (const { category, rule, userPrincipalName, deviceName } of rows) {
    if (!isHarm(category)) continue;
    const known = told.get(category) ?? { rules: new Set(), names: new Set() };
    told.set(category, known);
    known.rules.add(rule);
    const name = counts[category].people > 0 ? userPrincipalName : deviceName;
    if (name !== null && known.names.size < namesMax) known.names.add(name);
  }
  return categoryNames.filter(isHarm).flatMap((category) => {
    const found = told.get(category);
    if (!found) return [];
    const { people, devices } = counts[category];
    const rule = [...found.rules].sort().join(", ");
    const message = sentenceOf(category, people, devices, rule);
    return [riskOf(category, message, { rule, people, devices, names: [...found.names] })];
  });
}

function situations(compared: Compared): Risk[] {
  const kinds = ["noProfile", "twoProfiles", "overlap"] as const;
  return kinds.flatMap((kind) => {
    const { people, devices, names } = compared[kind];
    if (devices.size === 0) return [];
    const message = sentenceOf(kind, people.size, devices.size);
    return [riskOf(kind, message, { people: people.size, devices: devices.size, names: [...names] })];
  });
}

// --- chains ------------------------------------------------------------------------------------------------------------

function chains({ applied, compared, resources, having }: Found): Risk[] {
  const { cannotConnect, waiting } = compared.counts;
  // Rows may be many, and are read from a file.
  if (cannotConnect.devices + waiting.devices === 0) return [];
  const { db } = having;
  const resourceOf = new Map<string, string>();
  for (const { urn, type, name } of resources) {
    const id = applied.ids.get(urn)?.now;
    // A deployment has the id of its profile.
    if (id !== undefined && !type.endsWith(":Deployment")) resourceOf.set(id, `${type.split(":").at(-1)} ${name}`);
  }
  const configuration = (id: string) => {
    const row = db.get<{ displayName: string }>("SELECT displayName FROM deviceConfiguration WHERE id = :id", { id });
    const resource = resourceOf.get(id);
    return `"${row?.displayName ?? id}"${resource === undefined ? "" : ` (${resource})`}`;
  };
  const groups = (profileIds: Iterable<string>) => {
    const names = assignedGroups(having, profileIds);
    return names.length === 0 ? "the same people" : names.map((name) => `"${name}"`).join(", ");
  };
  return brokenChains(compared.devices, having, { configuration, groups });
}

// --- groups ------------------------------------------------------------------------------------------------------------

/** Groups of the plan that nobody is in, or that are made of groups. */
function groups({ resources, having: { db } }: Found): Risk[] {
  const names = new Set(resources.flatMap((row) => row.groups));
  return [...names].flatMap((name): Risk[] => {
    const group = db.get<{ nested: number; members: number }>(
      `WITH RECURSIVE named (id) AS (SELECT id FROM directoryGroup WHERE displayName = :name LIMIT 1),
         inside (id) AS (SELECT id FROM named
           UNION SELECT memberId FROM member JOIN inside ON groupId = inside.id WHERE kind = 'group')
       SELECT (SELECT count(*) FROM member WHERE kind = 'group' AND groupId = named.id) AS nested,
         (SELECT count(*) FROM member WHERE kind <> 'group' AND groupId IN (SELECT id FROM inside)) AS members FROM named`,
      { name },
    );
    if (!group) return [];
    if (group.members === 0) {
      const so = group.nested === 0 ? "" : ", nor in the groups in it";
      return [riskOf("emptyGroup", `Nobody is in the group "${name}"${so} (D5).`, { names: [name] })];
    }
    if (group.nested === 0) return [];
    const inside = counted(group.nested, "other group", "other groups");
    const message = `The group "${name}" has ${inside} in it, whose members count (D5).`;
    return [riskOf("nestedGroup", message, { names: [name] })];
  });
}
