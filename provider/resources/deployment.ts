/** Deployment: all assignments of one email or certificate profile (rules D1 to D3). Its id is the profile's. */
import { z } from "zod";
import type { Graph, Json } from "../graph/client";
import { isGone, mayHaveHappened } from "../graph/errors";
import { type OnChange, record, replace, update, updateWhen } from "../on-change";
import { type Failure, type Observed, PartlyMadeError, type ResourceType } from "../resource";
import { UserError } from "../user-error";
import { given, validateWith } from "../validate";
import { hasUnknown, isUnknown, type Properties, sameSet } from "../values";
import { isCertificate } from "./certificates";
import { configurationOf } from "./configurations";
import { platformOf } from "./email-profile";

const group = z.string().min(1, "must be the id or the display name of a group");
const schema = z.strictObject({
  profileId: z.string().min(1, "must be the id of an email or certificate profile"),
  includedGroups: z.array(group).optional(),
  excludedGroups: z.array(group).optional(),
  allLicensedUsers: z.boolean().optional(),
  allDevices: z.boolean().optional(),
  adopt: z.boolean().optional(),
});

const onChange = {
  profileId: replace("D1", "a deployment owns the assignments of one profile, and goes where that profile goes"),
  includedGroups: updateWhen(sameSet),
  excludedGroups: updateWhen(sameSet),
  allLicensedUsers: update,
  allDevices: update,
  adopt: record,
} satisfies Record<keyof z.infer<typeof schema>, OnChange>;

const path = (id: unknown) => `/deviceManagement/deviceConfigurations/${id}`;

// --- validation -----------------------------------------------------------------------------------------------------

function validate(inputs: Properties): Failure[] {
  const failures = validateWith(schema, given(inputs));
  const { includedGroups, allLicensedUsers, allDevices } = given(inputs);
  const toNobody =
    !isUnknown(includedGroups) &&
    (!Array.isArray(includedGroups) || includedGroups.length === 0) &&
    [allLicensedUsers, allDevices].every((all) => all === undefined || all === false);
  if (toNobody) {
    const reason =
      "names nobody: a profile is deployed to at least one group (D1). Name a group, set allLicensedUsers or allDevices, or leave the Deployment out.";
    failures.push({ property: "includedGroups", reason });
  }
  return failures;
}

async function validateInTenant(
  graph: Graph,
  inputs: Properties,
  olds: Properties,
  ours: ReadonlySet<string>,
): Promise<Failure[]> {
  const [profile, included, excluded] = await Promise.all([
    profileFailures(graph, inputs.profileId),
    resolveGroups(graph, inputs, "includedGroups"),
    resolveGroups(graph, inputs, "excludedGroups"),
  ]);
  const both = included.ids.filter((id) => excluded.ids.includes(id));
  const clash = both.map((id) => ({
    property: "excludedGroups",
    reason: `group ${id} is included as well; name it once.`,
  }));
  const failures = [...profile, ...included.failures, ...excluded.failures, ...clash];
  const isOurs = inputs.profileId === olds.profileId || ours.has(String(inputs.profileId));
  if (failures.length > 0 || isOurs || hasUnknown(inputs)) return failures;
  const reason = await foreign(graph, inputs, targetsOf(inputs, included.ids, excluded.ids));
  return reason === undefined ? [] : [{ property: "profileId", reason: `is ${inputs.profileId}, which ${reason}` }];
}

async function profileFailures(graph: Graph, id: unknown): Promise<Failure[]> {
  if (isUnknown(id)) return [];
  try {
    const entity = await configurationOf(graph, id);
    if (platformOf(entity) !== undefined || isCertificate(entity)) return [];
    const reason = `is ${id}, a ${entity["@odata.type"]}; it must be an email profile or a certificate profile.`;
    return [{ property: "profileId", reason }];
  } catch (error) {
    if (isGone(error)) return [{ property: "profileId", reason: `is ${id}, which does not exist in the tenant.` }];
    throw error;
  }
}

// --- groups ---------------------------------------------------------------------------------------------------------

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

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

async function groupsCalled(graph: Graph, name: string): Promise<Json[]> {
  if (guid.test(name)) {
    try {
      return [await graph.once.get(`/groups/${name}`)];
    } catch (error) {
      if (isGone(error)) return [];
      throw error;
    }
  }
  const filter = encodeURIComponent(`displayName eq '${name.replaceAll("'", "''")}'`);
  const found = await graph.once.list(`/groups?$filter=${filter}`);
  return found.filter((candidate) => candidate.displayName === name);
}

// --- the service ----------------------------------------------------------------------------------------------------

export type Target = Json & { "@odata.type": string; groupId?: string };

const typed = (name: string, groupId?: string): Target => ({
  "@odata.type": `#microsoft.graph.${name}`,
  ...(groupId === undefined ? {} : { groupId }),
});

interface Wanted {
  targets: Target[];
  includedGroupIds: string[];
  excludedGroupIds: string[];
}

export const targetsOf = (inputs: Properties, includedIds: string[], excludedIds: string[]): Target[] => [
  ...includedIds.map((id) => typed("groupAssignmentTarget", id)),
  ...excludedIds.map((id) => typed("exclusionGroupAssignmentTarget", id)),
  ...(inputs.allLicensedUsers === true ? [typed("allLicensedUsersAssignmentTarget")] : []),
  ...(inputs.allDevices === true ? [typed("allDevicesAssignmentTarget")] : []),
];

async function wanted(graph: Graph, inputs: Properties): Promise<Wanted> {
  const included = await resolveGroups(graph, inputs, "includedGroups");
  const excluded = await resolveGroups(graph, inputs, "excludedGroups");
  const [failure] = [...included.failures, ...excluded.failures];
  if (failure) throw new UserError(`${describe(inputs)}: ${failure.property} ${failure.reason}`);
  return {
    includedGroupIds: included.ids,
    excludedGroupIds: excluded.ids,
    targets: targetsOf(inputs, included.ids, excluded.ids),
  };
}

const assignedTargets = async (graph: Graph, id: unknown): Promise<Target[]> =>
  (await graph.list<{ target: Target }>(`${path(id)}/assignments`)).map((assignment) => assignment.target);

/** A set of targets as one comparable list; order and repetition are of no meaning. */
export const keys = (targets: Target[]) =>
  targets.map((target) => `${target["@odata.type"].replace(/^#/, "")}/${target.groupId ?? ""}`);

/** Why the assignments that a profile has cannot be this deployment's: another one, or somebody by hand, made them. */
async function foreign(graph: Graph, inputs: Properties, targets: Target[]): Promise<string | undefined> {
  const there = await assignedTargets(graph, inputs.profileId);
  // The very ones that are wanted may be left over from a run that was ended before it could record them.
  if (there.length === 0 || inputs.adopt === true || sameSet(keys(there), keys(targets))) return undefined;
  const groups = there.map((target) => target.groupId ?? target["@odata.type"]).join(", ");
  return `has assignments already (${groups}), by another Deployment or by hand; one Deployment owns them all (D1). Remove the other, or set adopt: true to take them over.`;
}

/** Sends the whole set, as `assign` replaces the whole set. */
const assign = (graph: Graph, id: unknown, targets: Target[]) =>
  graph.post(`${path(id)}/assign`, { assignments: targets.map((target) => ({ target })) });

async function create(graph: Graph, inputs: Properties): Promise<Observed> {
  const id = String(inputs.profileId);
  const want = await wanted(graph, inputs);
  const adopted = inputs.adopt === true ? await adopt(graph, id, inputs) : undefined;
  if (adopted) return adopted;
  const reason = await foreign(graph, inputs, want.targets);
  if (reason !== undefined) throw new UserError(`${describe(inputs)} ${reason}`);
  try {
    await assign(graph, id, want.targets);
  } catch (error) {
    if (!mayHaveHappened(error) || !sameSet(keys(await assignedTargets(graph, id)), keys(want.targets))) throw error;
  }
  return recorded(graph, id, want);
}

/** State gets what is there, not what was asked for: the next preview shows the difference. */
async function adopt(graph: Graph, id: string, inputs: Properties): Promise<Observed | undefined> {
  if ((await assignedTargets(graph, id)).length === 0) return undefined;
  const observed = await observe(graph, id, inputs);
  return { ...observed, inputs: { includedGroups: undefined, excludedGroups: undefined, ...observed.inputs } };
}

/** The assignments stand now: should reading their status fail, the engine must know of them all the same. */
async function recorded(graph: Graph, id: string, { includedGroupIds, excludedGroupIds }: Wanted): Promise<Observed> {
  const computed = { includedGroupIds, excludedGroupIds };
  try {
    return { id, inputs: {}, computed: { ...computed, status: await status(graph, id) } };
  } catch (error) {
    throw new PartlyMadeError(id, computed, error);
  }
}

async function status(graph: Graph, id: unknown): Promise<Json> {
  const overview = await graph.get(`${path(id)}/deviceStatusOverview`);
  const counts = ["pending", "notApplicable", "success", "error", "failed", "conflict"].map((word) => `${word}Count`);
  return Object.fromEntries(counts.map((count) => [count, overview[count] ?? 0]));
}

async function observe(graph: Graph, id: string, inputs: Properties): Promise<Observed> {
  const targets = await assignedTargets(graph, id);
  const ids = (type: string) =>
    targets.filter((target) => target["@odata.type"].endsWith(`.${type}`)).map((target) => String(target.groupId));
  const everybody = (type: string) => targets.some((target) => target["@odata.type"].endsWith(`.${type}`));
  const [included, excluded] = [ids("groupAssignmentTarget"), ids("exclusionGroupAssignmentTarget")];
  const found: Properties = { profileId: id };
  const lists = { includedGroups: included, excludedGroups: excluded } as const;
  for (const property of Object.keys(lists) as (keyof typeof lists)[]) {
    const value = await asProgramSays(graph, inputs, property, lists[property]);
    if (value.length > 0 || inputs[property] != null) found[property] = value;
  }
  const all = {
    allLicensedUsers: everybody("allLicensedUsersAssignmentTarget"),
    allDevices: everybody("allDevicesAssignmentTarget"),
  };
  for (const [property, value] of Object.entries(all)) if (value || inputs[property] != null) found[property] = value;
  for (const ours of ["adopt", "profileName"]) if (inputs[ours] != null) found[ours] = inputs[ours];
  const computed = { includedGroupIds: included, excludedGroupIds: excluded, status: await status(graph, id) };
  return { id, inputs: found, computed };
}

/** Groups as the program named them, where it did; a group that it did not name by its id. */
export async function asProgramSays(
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

async function updateAssignments(graph: Graph, id: string, inputs: Properties): Promise<Observed> {
  const want = await wanted(graph, inputs);
  await assign(graph, id, want.targets);
  return recorded(graph, id, want);
}

const describe = (inputs: Properties) =>
  `Deployment of profile ${isUnknown(inputs.profileId) ? "(not known yet)" : inputs.profileId}`;

export const deployment: ResourceType = {
  kind: "Deployment",
  describe,
  onChange,
  validate,
  validateInTenant,
  create,
  observe,
  update: (graph, id, _olds, news) => updateAssignments(graph, id, news),
  remove: async (graph, id) => {
    await assign(graph, id, []);
  },
};
