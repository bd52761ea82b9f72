/** The report before it is put into a form: what is said, in which order, and in how much detail. */
import { X509Certificate } from "node:crypto";
import { UNKNOWN } from "../../values";
import {
  type Category,
  categoryNames,
  type Impact,
  type PersonImpact,
  type ResourceImpact,
  type Risk,
  wordsFor,
} from "../impact";
import { namesPeople } from "../risk-kinds";
import { isNothing, verdict } from "./verdict";
import {
  type Cell,
  counted,
  name,
  names,
  numbered,
  type Span,
  shortened,
  span,
  time,
  timeFrom,
  visible,
} from "./words";

export interface Report {
  verdict: string;
  sections: Section[];
  /** What was left out for the report's length. */
  left: string[];
}

export interface Section {
  title: string;
  table?: { head: string[]; rows: Cell[][] };
  lines?: Cell[];
  /** Text as it is, a line each. */
  plain?: string[];
  /** To be opened by who wants to know. */
  folded?: true;
}

export interface ReportOptions {
  /** Real time, to tell how old a twin is. */
  now?: string;
}

/** How much is told. */
interface Detail {
  calls: boolean;
  people: boolean;
  /** Names in a cell or a line. */
  names: number;
  resources: "all" | "brief" | "byKind";
  risks: "all" | "byKind";
  /** Assumptions and types of other providers' resources are listed, or only counted. */
  lists: boolean;
}

const all: Detail = { calls: true, people: true, names: 5, resources: "all", risks: "all", lists: true };

/** From all to what always fits: each step leaves out whole parts, and no table loses rows. */
const steps: { less: Partial<Detail>; left: string; has: (impact: Impact) => boolean }[] = [
  { less: { calls: false }, left: "the calls to Graph", has: ({ calls }) => calls.length > 0 },
  { less: { people: false }, left: "names of people", has: ({ people }) => people.length > 0 },
  { less: { names: 0 }, left: "names in lists", has: () => true },
  { less: { resources: "brief" }, left: "what users see", has: ({ resources }) => resources.length > 0 },
  { less: { risks: "byKind" }, left: "each risk", has: ({ risks }) => risks.length > 0 },
  {
    less: { resources: "byKind" },
    left: "each resource and what users see of it",
    has: ({ resources }) => resources.length > 0,
  },
  { less: { lists: false }, left: "each assumption", has: ({ tenant }) => tenant.assumed.length > 0 },
];

/** The whole report. */
export const reportOf = (impact: Impact, options: ReportOptions = {}): Report => longestOf(impact, () => true, options);

/**
 * As much of the report as fits. Nothing changed: one line, which always does.
 * @param fits is asked of one report after the other; the shortest is given whether it fits or not
 */
export function longestOf(impact: Impact, fits: (report: Report) => boolean, options: ReportOptions = {}): Report {
  // All rows are looked through for these, so they are made once.
  const said = verdict(impact);
  if (isNothing(impact)) return { verdict: said, sections: [], left: [] };
  const when = arrivals(impact);
  const people = peopleSection(impact);
  let taken: typeof steps = [];
  let report = make(taken);
  for (const step of steps) {
    if (fits(report)) return report;
    taken = [...taken, step];
    report = make(taken);
    if (fits(report)) break;
  }
  // What the last step saved may have room for what was left out before it, which then was too little.
  for (const step of taken.slice(0, -1).reverse()) {
    const fewer = taken.filter((each) => each !== step);
    const longer = make(fewer);
    if (fits(longer)) [taken, report] = [fewer, longer];
  }
  return report;

  function make(without: typeof steps): Report {
    const detail: Detail = Object.assign({ ...all }, ...without.map(({ less }) => less));
    const sections = [
      resourceSection(impact, detail),
      riskSection(impact, detail),
      when,
      groundSection(impact, detail, options),
      detail.people ? people : undefined,
      callSection(impact, detail),
    ];
    return {
      verdict: said,
      sections: sections.flatMap((section) => section ?? []),
      left: without.filter(({ has }) => has(impact)).map(({ left }) => left),
    };
  }
}

// --- resources --------------------------------------------------------------------------------------------------------

/** A word of ours, whatever the document has there. */
const wordIn = (text: string) => text.replace(/\W/g, "").slice(0, 30);
const kindOf = (type: string) => wordIn(type.slice(type.lastIndexOf(":") + 1));

function resourceSection({ resources, others }: Impact, detail: Detail): Section | undefined {
  const lines = [...rules(resources, detail), ...otherLines(others, detail)];
  if (resources.length === 0) return lines.length > 0 ? { title: "What changes", lines } : undefined;
  if (detail.resources === "byKind") return { title: "What changes", table: byKind(resources, detail), lines };
  // A stable sort: the order of the document stays otherwise.
  const ordered = resources.toSorted((one, other) => Number(other.op === "replace") - Number(one.op === "replace"));
  const brief = detail.resources === "brief";
  const head = ["", "resource", "old → new", ...(brief ? [] : ["what the user sees"]), "people", "devices"];
  const rows = ordered.map((resource): Cell[] => [
    [resource.op],
    brief ? [name(resource.name, 40)] : [`${kindOf(resource.type)} `, name(resource.name)],
    differences(resource, brief ? 1 : 3),
    ...(brief ? [] : [[shortened(resource.sees, 200)]]),
    // A number twice would be added up.
    ...[resource.people, resource.devices].map((count) => (resource.sharedWith === undefined ? [numbered(count)] : [])),
    ...(brief ? [] : [names(resource.groups, detail.names)]),
  ]);
  return { title: "What changes", table: { head: brief ? head : [...head, "groups"], rows }, lines };
}

function differences({ reasons, op, sharedWith }: ResourceImpact, most: number): Cell {
  if (reasons.length === 0) return [withoutReason[op]];
  const [{ property, rule = "" }] = reasons as [ResourceImpact["reasons"][number]];
  // An id, and one that is not known yet: the row of the profile tells more.
  if (sharedWith !== undefined && reasons.length === 1 && property === "profileId")
    return [`follows it (${shortened(rule, 20)})`];
  // What replaces comes first: it is the reason for the rest.
  const ordered = reasons.toSorted((one, other) => Number(other.rule !== undefined) - Number(one.rule !== undefined));
  const shown = ordered
    .slice(0, most)
    .flatMap((reason, at): Span[] => [
      at === 0 ? "" : "; ",
      name(reason.property),
      ": ",
      ...(isSecret(reason) ? ["a secret value"] : [...value(reason.old), " → ", ...value(reason.new)]),
      reason.rule === undefined ? "" : ` (${shortened(reason.rule, 20)})`,
    ]);
  const more = reasons.length - most;
  return more > 0 ? [...shown, ` and ${numbered(more)} more`] : shown;
}

/** What is said where no difference shows. */
const withoutReason = {
  create: "new",
  delete: "goes",
  update: "a secret value",
  replace: "asked for",
} satisfies Record<ResourceImpact["op"], string>;

const isSecret = (reason: { old: unknown; new: unknown }) => reason.old === "[secret]" && reason.new === "[secret]";

function value(of: unknown): Span[] {
  if (of === null || of === undefined) return ["none"];
  if (of === UNKNOWN || of === "[unknown]") return ["not known yet"];
  if (of === "[secret]") return ["a secret"];
  return [name(typeof of === "string" ? (certificateIn(of) ?? of) : JSON.stringify(of), 60)];
}

/** What people tell certificates apart by, in place of their text. */
function certificateIn(text: string): string | undefined {
  if (!text.startsWith("-----BEGIN CERTIFICATE")) return undefined;
  try {
    const { subject, validToDate, fingerprint256 } = new X509Certificate(text);
    const called = /(?:^|\n)CN=(.*)/.exec(subject)?.[1] ?? subject.replaceAll("\n", ", ");
    return `${called} until ${validToDate.toISOString().slice(0, 10)} (SHA-256 ${fingerprint256.slice(0, 11)}…)`;
  } catch {
    return undefined;
  }
}

/** Each rule by which something is replaced, once. */
function rules(resources: readonly ResourceImpact[], { resources: how }: Detail): Cell[] {
  const told = new Map(
    resources.flatMap(({ reasons }) => reasons.flatMap(({ rule, why }) => (rule && why ? [[rule, why] as const] : []))),
  );
  return how === "byKind" ? [] : [...told].map(([rule, why]) => [`${shortened(rule, 20)}: ${shortened(why, 200)}`]);
}

/** A row for each kind and operation, however many resources there are. */
function byKind(resources: readonly ResourceImpact[], { lists }: Detail): Section["table"] {
  const groups = Map.groupBy(resources, ({ op, type }) => `${op === "replace" ? 0 : 1} ${op} ${kindOf(type)}`);
  const told = [...groups].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, of]) => of);
  const rows = told.map((of): Cell[] => {
    const properties = new Set(of.flatMap(({ reasons }) => reasons.map(({ property }) => property)));
    const most = Math.max(...of.map(({ people }) => people));
    return [
      [of[0]!.op],
      [kindOf(of[0]!.type)],
      [numbered(of.length)],
      lists ? names([...properties], 5) : [numbered(properties.size)],
      [numbered(most)],
    ];
  });
  return { head: ["", "kind", "how many", "properties", "people of the largest"], rows };
}

function otherLines(others: Impact["others"], { lists }: Detail): Cell[] {
  if (others.length === 0) return [];
  const sum = others.reduce((total, { count }) => total + count, 0);
  const counts = `${counted(sum, "resource", "resources")} of other providers: counted, not judged`;
  if (!lists) return [[`${counts}.`]];
  const types = others.flatMap(({ type, count }, at): Span[] => [at === 0 ? ": " : ", ", name(type), ` (${count})`]);
  return [[counts, ...types]];
}

// --- risks ------------------------------------------------------------------------------------------------------------

function riskSection({ risks }: Impact, detail: Detail): Section | undefined {
  if (risks.length === 0) return undefined;
  const lines = detail.risks === "all" ? risks.map((risk) => riskLine(risk, detail)) : risksByKind(risks);
  return { title: "Risks", lines };
}

/** Names that the sentence has not said already; of people a risk has some, and their number. */
function riskLine({ kind, message, names: of, people, devices }: Risk, detail: Detail): Cell {
  const text = shortened(message, 400);
  const others = namesPeople(kind) ? of : of.filter((one) => !message.includes(one));
  if (others.length === 0 || detail.names === 0) return [text];
  const all = namesPeople(kind) ? Math.max(people || devices, others.length) : others.length;
  return [`${text} `, ...names(others, detail.names, all)];
}

function risksByKind(risks: readonly Risk[]): Cell[] {
  return [...Map.groupBy(risks, ({ kind }) => kind)].slice(0, 20).map(([kind, of]) => {
    const rules = [...new Set(of.flatMap(({ rule }) => rule.match(/[A-Z]\d+a?/g) ?? []))].slice(0, 3);
    return [`${wordIn(kind)}${rules.length === 0 ? "" : ` (${rules.join(", ")})`}: ${numbered(of.length)}`];
  });
}

// --- when -------------------------------------------------------------------------------------------------------------

/** When it reaches whom: the first device, half of them, the last. */
function arrivals({ devices, tenant }: Impact): Section | undefined {
  const byCategory = new Map<Category, Map<string, number>>();
  for (const { category, at } of devices) {
    if (at === null) continue;
    const times = byCategory.get(category) ?? new Map<string, number>();
    byCategory.set(category, times.set(at, (times.get(at) ?? 0) + 1));
  }
  const rows = categoryNames.flatMap((category): Cell[][] => {
    const times = [...(byCategory.get(category) ?? [])].sort(([one], [other]) => (one < other ? -1 : 1));
    if (times.length === 0) return [];
    const all = times.reduce((sum, [, count]) => sum + count, 0);
    let left = all / 2;
    const half = times.findIndex(([, count]) => {
      left -= count;
      return left <= 0;
    });
    const three = [0, half, times.length - 1].map((at) => [shortened(timeFrom(times[at]![0], tenant.clock), 44)]);
    return [[[wordsFor(category, 2)], ...three]];
  });
  if (rows.length === 0) return undefined;
  return { title: "When it reaches them", table: { head: ["those who", "first", "half of them", "last"], rows } };
}

// --- ground -----------------------------------------------------------------------------------------------------------

/** What the forecast stands on: the tenant, how fresh its copy is, how far it looks, what was assumed. */
function groundSection({ tenant, horizon }: Impact, { lists }: Detail, { now }: ReportOptions): Section {
  const { displayName, domain, clock, source, takenAt, assumed } = tenant;
  const made: Cell =
    takenAt === undefined
      ? [`${sources[source]}, made for this forecast.`]
      : [`${sources[source]}, made at ${time(takenAt)}${ago(takenAt, now)}.`];
  const count = counted(assumed.length, "thing is", "things are");
  const assumptions: Cell[] = lists
    ? assumed.map((one) => [`Assumed: ${shortened(one, 200)}`])
    : [[`${count} assumed of the tenant.`]];
  return {
    title: "What it stands on",
    lines: [
      ["Tenant ", name(displayName), " (", name(domain), `) at ${shortened(time(clock), 40)}, by its own clock.`],
      made,
      [`It looks ${span(horizon.ms)} ahead, to ${shortened(time(horizon.until), 40)}.`],
      ...(assumed.length > 0 ? assumptions : []),
    ],
  };
}

const sources = {
  embedded: "An exact copy of the embedded tenant",
  endpoint: "A copy of what Graph tells of the tenant",
  twin: "A twin of the tenant",
} satisfies Record<Impact["tenant"]["source"], string>;

const ago = (takenAt: string, now: string | undefined): string =>
  now === undefined ? "" : `, ${span(Math.max(Date.parse(now) - Date.parse(takenAt), 0))} ago`;

// --- details ----------------------------------------------------------------------------------------------------------

/** People that are named; the document has all of them. */
const peopleMax = 25;

/** The people who are hit worst; of many, the first. */
function peopleSection({ people }: Impact): Section | undefined {
  if (people.length === 0) return undefined;
  const byWeight = categoryNames.map((): PersonImpact[] => []);
  for (const person of people) {
    const worst = Math.min(
      ...person.categories.map((category) => categoryNames.indexOf(category)),
      categoryNames.length - 1,
    );
    const some = byWeight[worst]!;
    if (some.length < peopleMax) some.push(person);
  }
  const rows = byWeight
    .flat()
    .slice(0, peopleMax)
    .map((person): Cell[] => [
      person.displayName === person.userPrincipalName
        ? [name(person.displayName)]
        : [name(person.displayName), " ", name(person.userPrincipalName)],
      [person.categories.map((category) => wordsFor(category, 1)).join("; ")],
      [`${works(person.mailBefore)} → ${works(person.mailAfter)}`],
    ]);
  const title = people.length > peopleMax ? `People, the first ${peopleMax} of ${numbered(people.length)}` : "People";
  return { title, table: { head: ["person", "what happens", "mail on any device"], rows }, folded: true };
}

const works = (mail: boolean) => (mail ? "works" : "none");

function callSection({ calls }: Impact, detail: Detail): Section | undefined {
  if (calls.length === 0 || !detail.calls) return undefined;
  const plain = calls.map(({ method, path, body }) =>
    visible(`${method} ${path}${body === undefined ? "" : ` ${JSON.stringify(body)}`}`),
  );
  return { title: `Calls to Graph (${numbered(calls.length)})`, plain, folded: true };
}
