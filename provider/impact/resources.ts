/** The rows of resources: what each changes, why, for whom, and what people see of it. */
import { changes, type OnChange } from "../on-change";
import { type Kind, resourceTypes } from "../resources";
import type { TenantContext } from "../tenant/context";
import { mailApps } from "../tenant/devices/profileTypes";
import { hasUnknown, isUnknown, type Properties } from "../values";
import type { Applied } from "./apply";
import type { Compared } from "./compare";
import { countOf, together } from "./crowd";
import { type Category, type Count, categoryNames, type PlannedOp, type ResourceImpact, wordsFor } from "./impact";
import type { Plan, PlanStep } from "./plan";

interface Found extends Pick<Compared, "told" | "touched"> {
  without: TenantContext;
  having: TenantContext;
}

const order: Record<PlannedOp, number> = { replace: 0, delete: 1, update: 2, create: 3 };

/** A row for each resource that changes, replacements first. */
export function resourceRows({ steps }: Plan, { ids }: Applied, found: Found): ResourceImpact[] {
  const rows = steps.map((step): ResourceImpact => {
    const { old = step.id, now } = ids.get(step.urn) ?? {};
    const about = [...new Set([old, now].filter((id) => id !== undefined))];
    const told = (ofPolicy(step.kind) ? [null] : about).map((id) => found.told.get(id));
    const reached = ofPolicy(step.kind)
      ? together(told.flatMap((of) => [...(of?.values() ?? [])]))
      : together(keysOf(step, about, found).map((key) => found.touched.get(key)));
    return {
      ...{ urn: step.urn, type: step.type, name: step.name, op: step.op },
      ...(step.id === undefined ? {} : { id: step.id }),
      reasons: reasonsOf(step),
      sees: seen((category) => countOf(together(told.map((of) => of?.get(category)))), reached.devices.size),
      groups: groupsOf(step, about, found),
      ...countOf(reached),
    };
  });
  return rows.sort((one, other) => order[one.op] - order[other.op]);
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
    const number = people > 0 ? people : devices;
    if (number === 0) return [];
    const [one, many] = people > 0 ? ["person", "people"] : ["device without a user", "devices without users"];
    return [`${number.toLocaleString("en")} ${number === 1 ? one : many} ${wordsFor(category, number)}`];
  });
  if (parts.length > 0) return `${parts.join("; ")}.`;
  if (reached === 0) return "Nobody sees a change.";
  return `It changes on ${reached.toLocaleString("en")} device${reached === 1 ? "" : "s"}, and nobody sees it.`;
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
    for (const { db } of [without, having]) {
      for (const id of ids) {
        const rows = db.all<{ displayName: string }>(
          `SELECT displayName FROM assignment JOIN directoryGroup ON directoryGroup.id = groupId
           WHERE configurationId = :id AND targetType = 'groupAssignmentTarget'`,
          { id },
        );
        for (const { displayName } of rows) names.add(displayName);
      }
    }
  }
  return [...names].sort();
}

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
