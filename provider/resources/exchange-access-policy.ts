/** ExchangeAccessPolicy: who may use mail on on-premises Exchange, and what other devices get (rules C1 to C4, S2). */
import { z } from "zod";
import type { Graph, Json } from "../graph/client";
import { equal, type OnChange, update, updateWhen } from "../on-change";
import { type Failure, type Observed, PartlyMadeError, type ResourceType } from "../resource";
import { given, validateWith } from "../validate";
import { hasUnknown, type Properties, same, sameSet } from "../values";
import { foreseeAccess } from "./exchange-health";
import { groupTargets, observeTargets, resolveTargets, targetSettings, wantedTargets } from "./targets";

const policyPath = "/deviceManagement/exchangeOnPremisesPolicy";
const settingsPath = "/deviceManagement/conditionalAccessSettings";

/** Of the HTML in UTF-8 (decided): far more than a mail needs, and less than would trouble Exchange. */
const notificationBytes = 65_536;

const accessLevel = z.enum(["allow", "block", "quarantine"]);
const rule = z.strictObject({
  deviceClass: z.strictObject({
    type: z.enum(["family", "model"]),
    name: z.string().min(1, "must be the name of a family or model, as Exchange has it"),
  }),
  accessLevel,
});
const schema = z.strictObject({
  enabled: z.boolean(),
  includedGroups: targetSettings.includedGroups,
  excludedGroups: targetSettings.excludedGroups,
  overrideDefaultRule: z.boolean().optional(),
  defaultAccessLevel: accessLevel.optional(),
  accessRules: z.array(rule).optional(),
  notificationContent: z.string().optional(),
});

type Args = z.infer<typeof schema>;
type Rule = z.infer<typeof rule>;

/** Exchange takes upper and lower case of a class for the same; order has no meaning, as each class has one rule. */
const classOf = ({ deviceClass: { type, name } }: Rule) => `${type} ${name.toLowerCase()}`;
const sameRules = (one: unknown, other: unknown) =>
  Array.isArray(one) && Array.isArray(other) ? sameSet(one.map(ruleText), other.map(ruleText)) : same(one, other);
const ruleText = (each: Rule) => `${classOf(each)} ${each.accessLevel}`;

const onChange = {
  enabled: update,
  includedGroups: updateWhen(sameSet),
  excludedGroups: updateWhen(sameSet),
  overrideDefaultRule: update,
  defaultAccessLevel: update,
  accessRules: updateWhen(sameRules),
  notificationContent: update,
} satisfies Record<keyof Args, OnChange>;

const describe = () => "Access policy for on-premises Exchange";

// --- validation -----------------------------------------------------------------------------------------------------

function validate(inputs: Properties): Failure[] {
  const args = given(inputs);
  const failures = validateWith(schema, args);
  const { enabled, includedGroups, accessRules, notificationContent } = args;
  if (enabled === true && (includedGroups === undefined || same(includedGroups, []))) {
    failures.push({
      property: "includedGroups",
      reason:
        "names nobody: conditional access that is enabled targets at least one group (C1). Name one, or set enabled: false.",
    });
  }
  if (Array.isArray(accessRules)) failures.push(...duplicates(accessRules));
  const unsent = typeof notificationContent === "string" ? notificationProblem(notificationContent) : undefined;
  if (unsent !== undefined) failures.push({ property: "notificationContent", reason: unsent });
  return failures;
}

/** A second rule for a class, whatever it says: which of them holds would be anybody's guess. */
function duplicates(rules: readonly unknown[]): Failure[] {
  const first = new Map<string, number>();
  return rules.flatMap((each, index) => {
    const parsed = rule.safeParse(each);
    if (!parsed.success || hasUnknown(each)) return [];
    const name = classOf(parsed.data);
    const at = first.get(name);
    if (at === undefined) {
      first.set(name, index);
      return [];
    }
    const { type, name: called } = parsed.data.deviceClass;
    return [
      {
        property: `accessRules[${index}].deviceClass`,
        reason: `is the ${type} "${called}", which accessRules[${at}] is about already (S2). Leave one of them.`,
      },
    ];
  });
}

function notificationProblem(html: string): string | undefined {
  const bytes = Buffer.byteLength(html);
  if (bytes > notificationBytes) return `has ${bytes} bytes; at most ${notificationBytes} are allowed (C2).`;
  const isEncoded = /^[A-Za-z0-9+/\s]{8,}={0,2}\s*$/.test(html) && decoded(html)?.includes("<");
  return isEncoded ? "is base64: give the HTML itself, which is encoded on its way (C2)." : undefined;
}

const validateInTenant = async (graph: Graph, inputs: Properties): Promise<Failure[]> =>
  (await resolveTargets(graph, inputs)).failures;

// --- the service ----------------------------------------------------------------------------------------------------

const encoded = (html: unknown) => (html == null ? null : Buffer.from(String(html), "utf8").toString("base64"));
const decoded = (content: unknown) =>
  content == null || content === "" ? undefined : Buffer.from(String(content), "base64").toString("utf8");

/** What is not given goes back to the tenant's default: Intune then leaves what Exchange has. */
const policyBody = ({ defaultAccessLevel, accessRules, notificationContent }: Properties): Json => ({
  defaultAccessLevel: defaultAccessLevel ?? "none",
  accessRules: accessRules ?? null,
  notificationContent: encoded(notificationContent),
});

const settingsBody = ({ enabled, overrideDefaultRule }: Properties, included: string[], excluded: string[]): Json => ({
  enabled: enabled ?? false,
  includedGroups: included,
  excludedGroups: excluded,
  overrideDefaultRule: overrideDefaultRule ?? false,
});

const there = (graph: Graph): Promise<[policy: Json, settings: Json]> =>
  Promise.all([graph.get(policyPath), graph.get(settingsPath)]);

/**
 * Both are singletons of the tenant, so making is taking over. The policy goes first: the first quarantine mail then
 * already has the notification (C2).
 */
async function create(graph: Graph, inputs: Properties): Promise<Observed> {
  const { includedGroupIds, excludedGroupIds } = await wantedTargets(graph, inputs, describe());
  const policy = await graph.patch<Json>(policyPath, policyBody(inputs));
  const id = String(policy?.id ?? (await graph.get(policyPath)).id);
  const computed = { includedGroupIds, excludedGroupIds };
  try {
    await graph.patch(settingsPath, settingsBody(inputs, includedGroupIds, excludedGroupIds));
  } catch (error) {
    throw new PartlyMadeError(id, computed, error);
  }
  return { id, inputs: {}, computed };
}

async function observe(graph: Graph, id: string, inputs: Properties): Promise<Observed> {
  const [policy, settings] = await there(graph);
  const targets = groupTargets(settings.includedGroups as string[], settings.excludedGroups as string[]);
  const { found, computed } = await observeTargets(graph, inputs, targets);
  const seen: Properties = {
    enabled: settings.enabled,
    overrideDefaultRule: settings.overrideDefaultRule,
    defaultAccessLevel: policy.defaultAccessLevel === "none" ? undefined : policy.defaultAccessLevel,
    accessRules: rulesOf(policy),
    notificationContent: decoded(policy.notificationContent),
  };
  for (const [property, value] of Object.entries(seen)) {
    // What the program never said and the tenant has at its default is no difference.
    const isDefault = value == null || value === false || same(value, []);
    if (!isDefault || (value != null && inputs[property] != null)) found[property] = value;
  }
  found.enabled ??= false;
  return { id, inputs: found, computed };
}

/** Rules as inputs have them: without the types that services put into what is nested. */
const rulesOf = ({ accessRules }: Json) =>
  (accessRules as Rule[] | null)?.map(({ deviceClass, accessLevel }) => ({
    deviceClass: deviceClass && { type: deviceClass.type, name: deviceClass.name },
    accessLevel,
  }));

const ofPolicy = ["defaultAccessLevel", "accessRules", "notificationContent"] as const;
const ofSettings = ["enabled", "includedGroups", "excludedGroups", "overrideDefaultRule"] as const;

async function updateBoth(graph: Graph, id: string, olds: Properties, news: Properties): Promise<Observed> {
  const { includedGroupIds, excludedGroupIds } = await wantedTargets(graph, news, describe());
  const differs = (names: readonly (keyof Args)[]) => names.some((name) => !same(olds[name], news[name]));
  if (differs(ofPolicy)) await graph.patch(policyPath, policyBody(news));
  if (differs(ofSettings)) await graph.patch(settingsPath, settingsBody(news, includedGroupIds, excludedGroupIds));
  return { id, inputs: {}, computed: { includedGroupIds, excludedGroupIds } };
}

/** Singletons cannot go: the tenant's defaults come back, and Exchange stays as the last sync left it, as in X9. */
async function remove(graph: Graph): Promise<void> {
  await graph.patch(settingsPath, settingsBody({}, [], []));
  await graph.patch(policyPath, policyBody({}));
}

export const exchangeAccessPolicy: ResourceType = {
  kind: "ExchangeAccessPolicy",
  describe,
  onChange,
  validate,
  validateInTenant,
  create,
  observe,
  update: updateBoth,
  remove,
};

// --- advice ---------------------------------------------------------------------------------------------------------

/** What a preview should tell of a policy: what it takes over, rules that are about no device, and whom it shuts out. */
export async function accessPolicyAdvice(graph: Graph, inputs: Properties, olds: Properties): Promise<string[]> {
  const [policy, settings] = await there(graph);
  return [
    ...(Object.keys(olds).length === 0 ? takeOver(policy, settings) : []),
    ...strangers(policy, inputs),
    ...(await shutOut(graph, inputs, olds)),
  ];
}

/** How many devices lose their mail by it, where that can be tried; one that stays as it is has done so already. */
async function shutOut(graph: Graph, inputs: Properties, olds: Properties): Promise<string[]> {
  const names = Object.keys(onChange) as (keyof Args)[];
  if (hasUnknown(inputs) || names.every((name) => equal(onChange[name], olds[name], inputs[name]))) return [];
  const { includedGroupIds, excludedGroupIds } = await resolveTargets(graph, inputs);
  const { notificationContent: _, ...levels } = policyBody(inputs);
  const wanted = { ...levels, ...settingsBody(inputs, includedGroupIds, excludedGroupIds) };
  const { before, after } = (await foreseeAccess(graph, wanted)) ?? {};
  if (!before || !after || before.allowed <= after.allowed) return [];
  const lost = before.allowed - after.allowed;
  return [
    `By this access policy ${some(lost, "device")} of ${before.allowed} that reach Exchange now ${lost === 1 ? "loses" : "lose"} access at the next full synchronization: then ${after.blocked} are blocked and ${after.quarantined} in quarantine, now ${before.blocked} and ${before.quarantined} (C2 to C4).`,
  ];
}

const some = (number: number, one: string) => `${number} ${one}${number === 1 ? "" : "s"}`;

function takeOver(policy: Json, settings: Json): string[] {
  const rules = rulesOf(policy);
  const found = [
    settings.enabled ? `conditional access for ${some((settings.includedGroups as string[]).length, "group")}` : "",
    policy.defaultAccessLevel === "none" ? "" : `${policy.defaultAccessLevel} as default access level`,
    rules ? some(rules.length, "access rule") : "",
    policy.notificationContent ? "a notification" : "",
  ].filter((text) => text !== "");
  if (found.length === 0) return [];
  return [
    `The tenant has an access policy for on-premises Exchange already (${found.join(", ")}): the program's takes it over, and what it does not give goes back to the default (C1).`,
  ];
}

/** Rules about classes that no connector has seen. */
function strangers({ knownDeviceClasses }: Json, { accessRules }: Properties): string[] {
  const known = (knownDeviceClasses ?? []) as Rule["deviceClass"][];
  if (known.length === 0 || !Array.isArray(accessRules) || hasUnknown(accessRules)) return [];
  const isKnown = ({ type, name }: Rule["deviceClass"]) =>
    known.some((each) => each.type === type && each.name?.toLowerCase() === name.toLowerCase());
  return (accessRules as Rule[])
    .filter(({ deviceClass }) => !isKnown(deviceClass))
    .map(({ deviceClass: { type, name } }) => {
      const all = known.filter((each) => each.type === type).map((each) => each.name);
      return `No device that the connectors have seen is of the ${type} "${name}"; known: ${all.slice(0, 10).join(", ")}${all.length > 10 ? ` and ${all.length - 10} more` : ""} (S2).`;
    });
}
