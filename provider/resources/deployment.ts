/** Deployment: all assignments of one email or certificate profile (rules D1 to D3). Its id is the profile's. */
import { z } from "zod";
import type { Graph, Json } from "../graph/client";
import { isGone, mayHaveHappened } from "../graph/errors";
import { type OnChange, record, replace } from "../on-change";
import { type Failure, type Observed, PartlyMadeError, type ResourceType } from "../resource";
import { UserError } from "../user-error";
import { given, validateWith } from "../validate";
import { hasUnknown, isUnknown, type Properties, sameSet } from "../values";
import { isCertificate } from "./certificates";
import { configurationOf } from "./configurations";
import { platformOf } from "./email-profile";
import {
  keys,
  namesNobody,
  observeTargets,
  resolveTargets,
  type Target,
  targetChanges,
  targetSettings,
  type Wanted,
  wantedTargets,
} from "./targets";

const schema = z.strictObject({
  profileId: z.string().min(1, "must be the id of an email or certificate profile"),
  ...targetSettings,
  adopt: z.boolean().optional(),
});

const onChange = {
  profileId: replace("D1", "a deployment owns the assignments of one profile, and goes where that profile goes"),
  ...targetChanges,
  adopt: record,
} satisfies Record<keyof z.infer<typeof schema>, OnChange>;

const path = (id: unknown) => `/deviceManagement/deviceConfigurations/${id}`;

// --- validation -----------------------------------------------------------------------------------------------------

const validate = (inputs: Properties): Failure[] => [
  ...validateWith(schema, given(inputs)),
  ...namesNobody(inputs, "a profile is deployed to at least one group (D1)", "Deployment"),
];

async function validateInTenant(
  graph: Graph,
  inputs: Properties,
  olds: Properties,
  ours: ReadonlySet<string>,
): Promise<Failure[]> {
  const [profile, wanted] = await Promise.all([
    profileFailures(graph, inputs.profileId),
    resolveTargets(graph, inputs),
  ]);
  const failures = [...profile, ...wanted.failures];
  const isOurs = inputs.profileId === olds.profileId || ours.has(String(inputs.profileId));
  if (failures.length > 0 || isOurs || hasUnknown(inputs)) return failures;
  const reason = await foreign(graph, inputs, wanted.targets);
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

// --- the service ----------------------------------------------------------------------------------------------------

const wanted = (graph: Graph, inputs: Properties) => wantedTargets(graph, inputs, describe(inputs));

const assignedTargets = async (graph: Graph, id: unknown): Promise<Target[]> =>
  (await graph.list<{ target: Target }>(`${path(id)}/assignments`)).map((assignment) => assignment.target);

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
  const { found, computed } = await observeTargets(graph, inputs, await assignedTargets(graph, id));
  for (const ours of ["adopt", "profileName"]) if (inputs[ours] != null) found[ours] = inputs[ours];
  return { id, inputs: { profileId: id, ...found }, computed: { ...computed, status: await status(graph, id) } };
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
