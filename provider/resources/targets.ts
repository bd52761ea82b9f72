/** Whom something is deployed to: groups, less others, or everybody; the same for profiles and apps (D1). */
import { z } from "zod";
import type { Graph, Json } from "../graph/client";
import { unlessGone } from "../graph/errors";
import { named } from "../graph/filter";
import { update, updateWhen } from "../on-change";
import type { Failure } from "../resource";
import { UserError } from "../user-error";
import { given } from "../validate";
import { hasUnknown, isGuid, isUnknown, type Properties, sameSet } from "../values";

const group = z.string().min(1, "must be the id or the display name of a group");

/** The inputs that say so. */
export const targetSettings = {
  includedGroups: z.array(group).optional(),
  excludedGroups: z.array(group).optional(),
  allLicensedUsers: z.boolean().optional(),
  allDevices: z.boolean().optional(),
};

export const targetChanges = {
  includedGroups: updateWhen(sameSet),
  excludedGroups: updateWhen(sameSet),
  allLicensedUsers: update,
  allDevices: update,
};

/**
 * Deploying to nobody is a mistake.
 * @param rule why, as messages tell it: `a profile is deployed to at least one group (D1)`
 */
export function namesNobody(inputs: Properties, rule: string, kind: string): Failure[] {
  const { includedGroups, allLicensedUsers, allDevices } = given(inputs);
  const noGroup = !isUnknown(includedGroups) && (!Array.isArray(includedGroups) || includedGroups.length === 0);
  if (!noGroup || ![allLicensedUsers, allDevices].every((all) => all === undefined || all === false)) return [];
  const next = `Name a group, set allLicensedUsers or allDevices, or leave the ${kind} out`;
  return [{ property: "includedGroups", reason: `names nobody: ${rule}. ${next}.` }];
}

// --- groups ---------------------------------------------------------------------------------------------------------

/** Ids of the groups that a property names, by id or by display name; what cannot be resolved is a failure. */
export async function resolveGroups(graph: Graph, inputs: Properties, property: "includedGroups" | "excludedGroups") {
  const names = (inputs[property] ?? []) as string[];
  const failures: Failure[] = [];
  const ids: string[] = [];
  if (!Array.isArray(names)) return { ids, failures };
  const found = await Promise.all(names.map((name) => (hasUnknown(name) ? undefined : groupsCalled(graph, name))));
  found.forEach((groups, index) => {
    if (groups === undefined) return;
    const [one, another] = groups;
    const at = { property: `${property}[${index}]` };
    if (!one) {
      failures.push({ ...at, reason: `is "${names[index]}", which is neither the id nor the name of a group.` });
    } else if (another) {
      const several = groups.map((each) => each.id).join(", ");
      failures.push({
        ...at,
        reason: `is "${names[index]}", the name of several groups; give one of the ids ${several}.`,
      });
    } else {
      ids.push(String(one.id));
    }
  });
  return { ids: [...new Set(ids)], failures };
}

/** The groups that a reference can mean: of an id one or none, of a display name any number. */
export async function groupsCalled(graph: Graph, name: string): Promise<Json[]> {
  if (!isGuid(name)) return named(name, (query) => graph.once.list(`/groups?${query}`));
  const group = await unlessGone(graph.once.get(`/groups/${name}`));
  return group ? [group] : [];
}

// --- targets --------------------------------------------------------------------------------------------------------

export type Target = Json & { "@odata.type": string; groupId?: string };

const typed = (name: string, groupId?: string): Target => ({
  "@odata.type": `#microsoft.graph.${name}`,
  ...(groupId === undefined ? {} : { groupId }),
});

export interface Wanted {
  targets: Target[];
  includedGroupIds: string[];
  excludedGroupIds: string[];
}

const targetsOf = (inputs: Properties, includedIds: string[], excludedIds: string[]): Target[] => [
  ...includedIds.map((id) => typed("groupAssignmentTarget", id)),
  ...excludedIds.map((id) => typed("exclusionGroupAssignmentTarget", id)),
  ...(inputs.allLicensedUsers === true ? [typed("allLicensedUsersAssignmentTarget")] : []),
  ...(inputs.allDevices === true ? [typed("allDevicesAssignmentTarget")] : []),
];

/** Groups alone, as targets. */
export const groupTargets = (includedIds: string[], excludedIds: string[]): Target[] =>
  targetsOf({}, includedIds, excludedIds);

/** The targets that the inputs ask for, and all that is wrong with them. */
export async function resolveTargets(graph: Graph, inputs: Properties): Promise<Wanted & { failures: Failure[] }> {
  const [included, excluded] = await Promise.all([
    resolveGroups(graph, inputs, "includedGroups"),
    resolveGroups(graph, inputs, "excludedGroups"),
  ]);
  const both = included.ids.filter((id) => excluded.ids.includes(id));
  const clash = both.map((id) => ({
    property: "excludedGroups",
    reason: `group ${id} is included as well; name it once.`,
  }));
  return {
    failures: [...included.failures, ...excluded.failures, ...clash],
    includedGroupIds: included.ids,
    excludedGroupIds: excluded.ids,
    targets: targetsOf(inputs, included.ids, excluded.ids),
  };
}

/** The same, where it is too late for a list of failures: the first is thrown. */
export async function wantedTargets(graph: Graph, inputs: Properties, what: string): Promise<Wanted> {
  const { failures, ...wanted } = await resolveTargets(graph, inputs);
  const [failure] = failures;
  if (failure) throw new UserError(`${what}: ${failure.property} ${failure.reason}`);
  return wanted;
}

/** A set of targets as one comparable list; order and repetition are of no meaning. */
export const keys = (targets: Target[]) =>
  targets.map((target) => `${target["@odata.type"].replace(/^#/, "")}/${target.groupId ?? ""}`);

/** The inputs that would have made these targets, and the ids of their groups. */
export async function observeTargets(graph: Graph, inputs: Properties, targets: Target[]) {
  const of = (type: string) => targets.filter((target) => target["@odata.type"].endsWith(`.${type}`));
  const ids = (type: string) => of(type).map((target) => String(target.groupId));
  const includedGroupIds = ids("groupAssignmentTarget");
  const excludedGroupIds = ids("exclusionGroupAssignmentTarget");
  const values = {
    includedGroups: await asProgramSays(graph, inputs, "includedGroups", includedGroupIds),
    excludedGroups: await asProgramSays(graph, inputs, "excludedGroups", excludedGroupIds),
    allLicensedUsers: of("allLicensedUsersAssignmentTarget").length > 0,
    allDevices: of("allDevicesAssignmentTarget").length > 0,
  };
  const found: Properties = {};
  for (const [property, value] of Object.entries(values)) {
    const isThere = Array.isArray(value) ? value.length > 0 : value;
    // What the program never said and nobody has assigned is no difference.
    if (isThere || inputs[property] != null) found[property] = value;
  }
  return { found, computed: { includedGroupIds, excludedGroupIds } };
}

/** Groups as the program named them, where it did; a group that it did not name by its id. */
async function asProgramSays(
  graph: Graph,
  inputs: Properties,
  property: "includedGroups" | "excludedGroups",
  ids: string[],
): Promise<string[]> {
  const names = (inputs[property] ?? []) as string[];
  const idsOf = async (name: string) => (await groupsCalled(graph, name)).map((each) => String(each.id));
  const named = await Promise.all(names.map(async (name) => ({ name, ids: await idsOf(name) })));
  const still = named.filter((each) => each.ids.some((id) => ids.includes(id)));
  const known = new Set(still.flatMap((each) => each.ids));
  return [...still.map((each) => each.name), ...ids.filter((id) => !known.has(id))];
}
