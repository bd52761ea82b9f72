/** Limits that a forecast is held to: what is beyond them, in words. */
import { type Category, categories, categoryNames, type Impact, type PlannedOp, wordsFor } from "../impact";
import { leftWithout, mailLost } from "./verdict";
import { counted, devicesIn, numbered } from "./words";

/** A number of devices, or a share of all that the tenant has. */
export type Limit = { devices: number } | { percent: number };

export interface Limits {
  blocked?: Limit;
  prompts?: Limit;
  deny?: readonly Denied[];
}

const ops = ["replace", "delete"] as const satisfies PlannedOp[];
const harms = categoryNames.filter((category) => categories[category].harm);

/** What can be denied: operations, harms, mail that is lost, and a plan that the tenant refuses. */
export const deniable = [...ops, ...harms, "mailLost", "refused"] as const;
export type Denied = (typeof deniable)[number];

/** Why a forecast is not let through, a sentence each; none: it is. */
export function beyond(impact: Impact, { blocked, prompts, deny = [] }: Limits): string[] {
  return [
    ...(blocked ? over(impact, "blocked", blocked, "--max-blocked") : []),
    ...(prompts ? over(impact, "prompt", prompts, "--max-prompts") : []),
    ...new Set(deny.flatMap((what) => denied(impact, what))),
  ];
}

function over({ counts, devices: rows }: Impact, category: Category, limit: Limit, option: string): string[] {
  const { devices } = counts[category];
  if ("devices" in limit) {
    if (devices <= limit.devices) return [];
    return [
      `${devicesIn(devices)} ${wordsFor(category, devices)}, and ${option} allows ${numbered(limit.devices)} (${categories[category].rule}).`,
    ];
  }
  const all = counts.unchanged.devices + distinct(rows);
  // Of no devices none can be blocked.
  if (devices * 100 <= limit.percent * all) return [];
  const share = ((devices / all) * 100).toLocaleString("en-US", { maximumFractionDigits: 2 });
  return [
    `${devicesIn(devices)} of ${numbered(all)} (${share}%) ${wordsFor(category, devices)}, and ${option} allows ${limit.percent}% (${categories[category].rule}).`,
  ];
}

function distinct(rows: Impact["devices"]): number {
  const found = new Set<string>();
  for (const { deviceId } of rows) found.add(deviceId);
  return found.size;
}

function denied(impact: Impact, what: Denied): string[] {
  const because = (found: string) => [`${found}, and --deny ${what} was given.`];
  if (what === "refused") {
    return impact.risks.some(({ kind }) => kind === "refused")
      ? ["The tenant refuses the plan: an up would stop halfway."]
      : [];
  }
  if (what === "mailLost") {
    const lost = mailLost(impact);
    return lost === 0 ? [] : because(leftWithout(lost));
  }
  if (isOp(what)) {
    const { length } = impact.resources.filter(({ op }) => op === what);
    return length === 0 ? [] : because(`The plan ${what}s ${counted(length, "resource", "resources")}`);
  }
  // A short look ahead is no way around the gate.
  const soon = what === "accessLost" ? impact.risks.filter(({ kind }) => kind === "blockedNext") : [];
  const devices = soon.reduce((sum, risk) => sum + risk.devices, impact.counts[what].devices);
  return devices === 0 ? [] : because(`${devicesIn(devices)} ${wordsFor(what, devices)} (${categories[what].rule})`);
}

const isOp = (what: Denied): what is (typeof ops)[number] => ops.some((op) => op === what);

/** `25` or `2.5%`; undefined for a text that is neither. */
export function limitOf(text: string): Limit | undefined {
  if (/^\d{1,9}$/.test(text)) return { devices: Number(text) };
  const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text)?.[1];
  return percent !== undefined && Number(percent) <= 100 ? { percent: Number(percent) } : undefined;
}
