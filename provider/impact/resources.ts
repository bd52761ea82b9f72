/** The rows of resources: what each changes, why, for whom, and what people see of it. */
import { changes, type OnChange } from "../on-change";
import { type Kind, resourceTypes } from "../resources";
import type { TenantContext } from "../tenant/context";
import { mailApps, profileTypes } from "../tenant/devices/profileTypes";
import { hasUnknown, isUnknown, type Properties } from "../values";
import type { Applied } from "./apply";
import type { Compared } from "./compare";
import { countOf, together } from "./crowd";
import { type Category, type Count, categoryNames, type PlannedOp, type ResourceImpact, wordsFor } from "./impact";
import type { Plan, PlanStep } from "./plan";
import { devicesIn, peopleIn } from "./report/words";
import { whose } from "./risk-kinds";

interface Found extends Pick<Compared, "told" | "touched"> {
  without: TenantContext;
  having: TenantContext;
}

const order: Record<PlannedOp, number> = { replace: 0, delete: 1, update: 2, create: 3 };

/** By what rows and devices tell of what a resource does: ids of configurations, `app:NAME`, null for access to Exchange. */
type Key = string | null;

/** A row for each resource that changes, replacements first. */
export function resourceRows({ steps }: Plan, { ids }: Applied, found: Found): ResourceImpact[] {
  const idsOf = ({ urn, id }: PlanStep) => {
    const { old = id, now } = ids.get(urn) ?? {};
    return [...new Set([old, now].filter((one) => one !== undefined))];
  };
  const ofPlan = new Set(steps.flatMap(idsOf));
  const effects = steps.map((step): Effect => {
    const about = idsOf(step);
    const hanging = dependents(step, about, found).filter((id) => !ofPlan.has(id));
    const keys: Key[] = ofPolicy(step.kind) ? [null] : [...keysOf(step, about, found), ...hanging];
    const told = keys.map((key) => found.told.get(key));
    const touched = ofPolicy(step.kind)
      ? told.flatMap((of) => [...(of?.values() ?? [])])
      : keys.map((key) => found.touched.get(key!));
    const reached = countOf(together(touched));
    const row = {
      ...{ urn: step.urn, type: step.type, name: step.name, op: step.op },
      ...(step.id === undefined ? {} : { id: step.id }),
      reasons: reasonsOf(step),
      sees: seen((category) => countOf(together(told.map((of) => of?.get(category)))), reached.devices),
      groups: groupsOf(step, about, found),
      ...reached,
    };
    return { kind: step.kind, keys: keys.filter((key) => found.told.has(key) || found.touched.has(key!)), row };
  });
  return ordered(attributed(effects));
}

interface Effect {
  kind: Kind;
  /** By which anything at all is told. */
  keys: Key[];
  row: ResourceImpact;
}

/** Who is told of first, where several bring the same about. */
const rank = {
  EmailProfile: 0,
  TrustedCertificate: 1,
  ScepCertificate: 2,
  AppDeployment: 3,
  ExchangeAccessPolicy: 4,
  ExchangeConnector: 5,
  Deployment: 6,
} satisfies Record<Kind, number>;

/** A deployment goes where its profile goes, a chain of certificates breaks once: what several do together is told once. */
const attributed = (effects: readonly Effect[]): ResourceImpact[] =>
  effects.map(({ kind, keys, row }) => {
    const covers = (one: Effect) => rank[one.kind] < rank[kind] && keys.every((key) => one.keys.includes(key));
    const first = keys.length === 0 ? undefined : effects.find(covers);
    if (!first) return row;
    return { ...row, sees: `The same as ${first.kind} ${first.row.name}.`, sharedWith: first.row.urn };
  });

/** Profiles that hang on a certificate or an app, by how they are linked with the plan or without it. */
function dependents({ kind }: PlanStep, ids: readonly string[], { without, having }: Found): string[] {
  if (ofPolicy(kind) || kind === "EmailProfile") return [];
  const found = [without, having].flatMap(({ db }) =>
    db.all<{ id: string }>(
      `WITH RECURSIVE hanging (id) AS (
         SELECT value FROM json_each(:ids)
         UNION SELECT configurationId FROM configurationLink JOIN hanging ON targetId = hanging.id)
       SELECT id FROM hanging
       UNION SELECT id FROM deviceConfiguration WHERE type IN (SELECT value FROM json_each(:types))`,
      { ids: JSON.stringify(ids), types: JSON.stringify(ids.flatMap((id) => typesBy(db, id))) },
    ),
  );
  return [...new Set(found.map(({ id }) => id))];
}

/** Types of email profiles that need an app to be there, or a certificate that vouches for a server, linked to nothing (E10, E11). */
function typesBy(db: TenantContext["db"], id: string): string[] {
  const app = db.get<{ packageId: string }>("SELECT packageId FROM mobileApp WHERE id = :id", { id });
  const trusted = db.get(
    "SELECT 1 FROM deviceConfiguration WHERE id = :id AND type = 'androidTrustedRootCertificate'",
    { id },
  );
  return Object.entries(profileTypes).flatMap(([type, { app: needs, platform }]) =>
    (app && needs && mailApps[needs.id] === app.packageId) || (trusted && platform === "samsungKnox") ? [type] : [],
  );
}

/** Replacements first, then what reaches most people; what shares its effect with another comes right after it. */
function ordered(rows: readonly ResourceImpact[]): ResourceImpact[] {
  const withOthers = Map.groupBy(rows, ({ sharedWith }) => sharedWith);
  return (withOthers.get(undefined) ?? [])
    .toSorted((one, other) => order[one.op] - order[other.op] || other.people - one.people)
    .flatMap((row) => [row, ...(withOthers.get(row.urn) ?? [])]);
}

const ofPolicy = (kind: Kind) => kind === "ExchangeConnector" || kind === "ExchangeAccessPolicy";

/** By which of `touched` a step reaches devices. */
function keysOf({ kind }: PlanStep, ids: readonly string[], { having }: Found): string[] {
  if (kind !== "AppDeployment") return [...ids];
  return ids.flatMap((id) => {
    const app = having.db.get<{ packageId: string | null }>("SELECT packageId FROM mobileApp WHERE id = :id", { id });
    return Object.entries(mailApps).flatMap(([name, packageId]) =>
      packageId === app?.packageId ? [`app:${name}`] : [],
    );
  });
}

/** What its people see, in one sentence. */
function seen(told: (category: Category) => Count, reached: number): string {
  const parts = categoryNames.flatMap((category) => {
    const { people, devices } = told(category);
    if (people > 0) return [`${peopleIn(people)} ${wordsFor(category, people)}`];
    return devices > 0 ? [`${whose(0, devices)} ${wordsFor(category, devices)}`] : [];
  });
  if (parts.length > 0) return `${parts.join("; ")}.`;
  if (reached === 0) return "Nobody sees a change.";
  return `It changes ${devicesIn(reached)}, and nobody sees it.`;
}

// --- reasons ------------------------------------------------------------------------------------------------------------

function reasonsOf({ kind, op, olds, news, replaceKeys }: PlanStep): ResourceImpact["reasons"] {
  if (op === "create" || op === "delete") return [];
  const table: Record<string, OnChange> = resourceTypes[kind].onChange;
  const found = changes(table, olds, news).map(({ property, old, now, onChange }) => ({
    property,
    ...shownPair(onChange, old, now),
    ...(onChange.does === "replace" ? { rule: onChange.rule, why: onChange.why } : {}),
  }));
  const told = new Set(found.map(({ property }) => property));
  const asked = replaceKeys.filter((key) => !told.has(key) && Object.hasOwn(news, key));
  return [
    ...found,
    ...asked.map((property) => ({ property, ...shownPair(table[property], olds[property], news[property]) })),
  ];
}

function shownPair(onChange: OnChange | undefined, old: unknown, now: unknown): { old: unknown; new: unknown } {
  if (onChange?.does === "update" && onChange.secret) return { old: "[secret]", new: "[secret]" };
  return { old: shown(old), new: shown(now) };
}

const shown = (value: unknown) => (hasUnknown(value) ? "[unknown]" : (value ?? null));

// --- groups -------------------------------------------------------------------------------------------------------------

/** Names of the groups that it is for, before or after. */
function groupsOf({ kind, olds, news }: PlanStep, ids: readonly string[], { without, having }: Found): string[] {
  const names = new Set([...named(having, olds), ...named(having, news)]);
  if (kind !== "Deployment" && !ofPolicy(kind) && kind !== "AppDeployment") {
    for (const context of [without, having]) {
      for (const name of assignedGroups(context, ids)) names.add(name);
    }
  }
  return [...names].sort();
}

/** Names of the groups that configurations are assigned to. */
export const assignedGroups = ({ db }: TenantContext, configurationIds: Iterable<string>): string[] =>
  db
    .all<{ displayName: string }>(
      `SELECT DISTINCT displayName FROM assignment JOIN directoryGroup ON directoryGroup.id = groupId
       WHERE configurationId IN (SELECT value FROM json_each(:ids)) AND targetType = 'groupAssignmentTarget'
       ORDER BY displayName`,
      { ids: JSON.stringify([...configurationIds]) },
    )
    .map(({ displayName }) => displayName);

const everybody = { allLicensedUsers: "All users", allDevices: "All devices" };

function named({ db }: TenantContext, inputs: Properties): string[] {
  const { includedGroups } = inputs;
  const groups = Array.isArray(includedGroups) ? includedGroups.filter((name) => !isUnknown(name)) : [];
  const all = Object.entries(everybody).flatMap(([property, name]) => (inputs[property] === true ? [name] : []));
  const names = groups.map((key) => {
    const group = db.get<{ displayName: string }>("SELECT displayName FROM directoryGroup WHERE id = :key", {
      key: String(key),
    });
    return group?.displayName ?? String(key);
  });
  return [...names, ...all];
}
