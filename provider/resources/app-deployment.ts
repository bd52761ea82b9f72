/** AppDeployment: all assignments of one app that the tenant has, such as Gmail for its mail profile (E10). */
import { z } from "zod";
import type { Graph, Json } from "../graph/client";
import { mayHaveHappened, unlessGone } from "../graph/errors";
import { type OnChange, record, replace, update } from "../on-change";
import type { Failure, Observed, ResourceType } from "../resource";
import { UserError } from "../user-error";
import { given, validateWith } from "../validate";
import { hasUnknown, isGuid, isUnknown, type Properties, sameSet } from "../values";
import {
  keys,
  namesNobody,
  observeTargets,
  resolveTargets,
  type Target,
  targetChanges,
  targetSettings,
  wantedTargets,
} from "./targets";

const schema = z.strictObject({
  app: z.string().min(1, "must be the id, the display name or the package id of an app"),
  intent: z.enum(["required", "available"]),
  ...targetSettings,
  adopt: z.boolean().optional(),
});

const onChange = {
  app: replace("E10", "a deployment owns the assignments of one app, and goes where that app goes"),
  intent: update,
  ...targetChanges,
  adopt: record,
} satisfies Record<keyof z.infer<typeof schema>, OnChange>;

const collection = "/deviceAppManagement/mobileApps";
const describe = (inputs: Properties) =>
  `Deployment of the app ${isUnknown(inputs.app) ? "(not known yet)" : inputs.app}`;

// --- validation -----------------------------------------------------------------------------------------------------

const validate = (inputs: Properties): Failure[] => [
  ...validateWith(schema, given(inputs)),
  ...namesNobody(inputs, "an app is deployed to at least one group (E10)", "AppDeployment"),
];

async function validateInTenant(
  graph: Graph,
  inputs: Properties,
  olds: Properties,
  ours: ReadonlySet<string>,
): Promise<Failure[]> {
  const [app, wanted] = await Promise.all([
    isUnknown(inputs.app) ? undefined : findApp(graph, String(inputs.app)),
    resolveTargets(graph, inputs),
  ]);
  const failures = typeof app === "string" ? [{ property: "app", reason: app }, ...wanted.failures] : wanted.failures;
  if (failures.length > 0 || typeof app !== "object" || hasUnknown(inputs)) return failures;
  if (inputs.app === olds.app || ours.has(String(app.id))) return [];
  const reason = await foreign(graph, String(app.id), inputs, wanted.targets);
  return reason === undefined
    ? []
    : [{ property: "app", reason: `is ${app.displayName} (${app.id}), which ${reason}` }];
}

// --- the service ----------------------------------------------------------------------------------------------------

/** The app of this id, display name or package id, or what is wrong with it as a reference. */
async function findApp(graph: Graph, name: string): Promise<Json | string> {
  const found = await appsCalled(graph, name);
  const [app, another] = found;
  if (another) {
    const several = found.map((each) => `${each.id} (${each["@odata.type"]})`).join(", ");
    return `is "${name}", the name of several apps; give one of the ids ${several}.`;
  }
  return (
    app ??
    `is "${name}", which is neither the id nor the name nor the package id of an app that the tenant has. Approve the app in the tenant first (E10).`
  );
}

async function appsCalled(graph: Graph, name: string): Promise<Json[]> {
  if (isGuid(name)) {
    const app = await unlessGone(graph.once.get(`${collection}/${name}`));
    return app ? [app] : [];
  }
  // Graph cannot filter by package id; a tenant has hundreds of apps at most, and a run reads them once.
  const found = await graph.once.list<Json>(collection);
  return found.filter((app) => app.displayName === name || app.packageId === name);
}

interface Assignment {
  intent: string;
  target: Target;
}

const assignmentsOf = (graph: Graph, id: string): Promise<Assignment[]> =>
  graph.list<Assignment & Json>(`${collection}/${id}/assignments`);

/** Assignments as one comparable list; order and repetition are of no meaning. */
const texts = (assignments: Assignment[]) =>
  keys(assignments.map(({ target }) => target)).map((key, at) => `${assignments[at]!.intent} ${key}`);

const withIntent = (inputs: Properties, targets: Target[]): Assignment[] =>
  targets.map((target) => ({ intent: String(inputs.intent), target }));

/** Why the assignments that an app has cannot be this deployment's: another one, or somebody by hand, made them. */
async function foreign(graph: Graph, id: string, inputs: Properties, targets: Target[]): Promise<string | undefined> {
  const there = await assignmentsOf(graph, id);
  // The very ones that are wanted may be left over from a run that was ended before it could record them.
  const wanted = texts(withIntent(inputs, targets));
  if (there.length === 0 || inputs.adopt === true || sameSet(texts(there), wanted)) return undefined;
  const groups = there.map(({ target, intent }) => `${intent} ${target.groupId ?? target["@odata.type"]}`).join(", ");
  return `has assignments already (${groups}), by another AppDeployment or by hand; one AppDeployment owns them all (D1). Remove the other, or set adopt: true to take them over.`;
}

/** Sends the whole set, as `assign` replaces the whole set. */
const assign = (graph: Graph, id: string, assignments: Assignment[]) =>
  graph.post(`${collection}/${id}/assign`, {
    mobileAppAssignments: assignments.map((assignment) => ({
      "@odata.type": "#microsoft.graph.mobileAppAssignment",
      ...assignment,
    })),
  });

async function create(graph: Graph, inputs: Properties): Promise<Observed> {
  const app = await findApp(graph, String(inputs.app));
  if (typeof app === "string") throw new UserError(`${describe(inputs)}: app ${app}`);
  const id = String(app.id);
  const { targets, ...groups } = await wantedTargets(graph, inputs, describe(inputs));
  if (inputs.adopt === true && (await assignmentsOf(graph, id)).length > 0) {
    // State gets what is there, not what was asked for: the next preview shows the difference.
    const observed = await observe(graph, id, inputs);
    return { ...observed, inputs: { includedGroups: undefined, excludedGroups: undefined, ...observed.inputs } };
  }
  const reason = await foreign(graph, id, inputs, targets);
  if (reason !== undefined) throw new UserError(`${describe(inputs)} ${reason}`);
  const assignments = withIntent(inputs, targets);
  try {
    await assign(graph, id, assignments);
  } catch (error) {
    if (!mayHaveHappened(error) || !sameSet(texts(await assignmentsOf(graph, id)), texts(assignments))) throw error;
  }
  return { id, inputs: {}, computed: { ...known(app), ...groups } };
}

const known = (app: Json) => ({ displayName: app.displayName, packageId: app.packageId });

async function observe(graph: Graph, id: string, inputs: Properties): Promise<Observed> {
  const app = await graph.get(`${collection}/${id}`);
  const there = await assignmentsOf(graph, id);
  const isNamed = [app.id, app.displayName, app.packageId].includes(inputs.app);
  // One assignment with another intent is enough to differ.
  const intents = there.map(({ intent }) => intent);
  const intent = intents.find((each) => each !== inputs.intent) ?? intents[0] ?? inputs.intent;
  const targets = there.map(({ target }) => target);
  const { found, computed } = await observeTargets(graph, inputs, targets);
  if (inputs.adopt != null) found.adopt = inputs.adopt;
  const seen = { app: isNamed ? inputs.app : id, intent, ...found };
  return { id, inputs: seen, computed: { ...known(app), ...computed } };
}

async function updateAssignments(graph: Graph, id: string, inputs: Properties): Promise<Observed> {
  const { targets, ...groups } = await wantedTargets(graph, inputs, describe(inputs));
  await assign(graph, id, withIntent(inputs, targets));
  return { id, inputs: {}, computed: { ...known(await graph.get(`${collection}/${id}`)), ...groups } };
}

export const appDeployment: ResourceType = {
  kind: "AppDeployment",
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
