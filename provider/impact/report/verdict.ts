/** What it comes to, in one sentence: numbers and words of ours alone, nothing that a tenant says. */
import { type Category, type Count, categories, categoryNames, type Impact, wordsFor } from "../impact";
import { counted, devicesIn, peopleIn, span } from "./words";

/** Whether the plan changes nothing of ours. */
export const isNothing = ({ resources, devices, people }: Impact): boolean =>
  resources.length + devices.length + people.length === 0;

/** People whose mail works before the plan and does not after it. */
export function mailLost({ people }: Impact): number {
  let lost = 0;
  for (const { mailBefore, mailAfter } of people) if (mailBefore && !mailAfter) lost++;
  return lost;
}

export const leftWithout = (people: number): string =>
  `${peopleIn(people)} ${people === 1 ? "is" : "are"} left without mail`;

/** The worst first, and what befalls people before what befalls devices that are nobody's. */
export function verdict(impact: Impact): string {
  if (isNothing(impact)) return `Nothing changes for anybody's mail${besides(impact)}.`;
  const weight = (category: Category) => (!categories[category].harm ? 2 : impact.counts[category].people > 0 ? 0 : 1);
  const parts = categoryNames
    .filter((category) => category !== "unchanged")
    .toSorted((one, other) => weight(one) - weight(other))
    .flatMap((category) => part(category, impact.counts[category]));
  const none = parts.length === 0 ? [`no person or device is affected within ${span(impact.horizon.ms)}`] : parts;
  const sentence = lastly(impact, [...none, ...afterwards(impact)]).join(", ");
  const refused = impact.risks.some(({ kind }) => kind === "refused");
  if (refused) return `The tenant refuses the plan; up to there: ${sentence}.`;
  return `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`;
}

/** Whether anybody is left without mail: that is the worst of all, and good to hear at the end where it is so for nobody. */
function lastly(impact: Impact, parts: string[]): string[] {
  const lost = mailLost(impact);
  if (lost > 0) return [leftWithout(lost), ...parts];
  const isElsewhere =
    takesAway.some((category) => impact.counts[category].devices > 0) ||
    impact.risks.some(({ kind }) => kind === "blockedNext");
  return [...parts, isElsewhere ? "nobody is left without mail" : "nobody loses mail"];
}

/** What comes of it only after the time that the forecast looks at. */
function afterwards({ risks }: Impact): string[] {
  const of = (wanted: string) => risks.filter(({ kind }) => kind === wanted);
  const soon = of("blockedNext").flatMap((risk) => part("accessLost", risk).map((words) => `${words} soon after that`));
  const gone = of("connectorGone").length;
  const where = counted(gone, "Exchange organization", "Exchange organizations");
  return gone === 0 ? soon : [...soon, `access in ${where} is kept up to date no more`];
}

/** What takes mail from a device, whose user may have it on another. */
const takesAway = ["accessLost", "loses", "cannotConnect"] as const satisfies Category[];

/** People first; devices where there are more of them, or nobody's. */
function part(category: Category, { people, devices }: Count): string[] {
  if (people === 0 && devices === 0) return [];
  if (people === 0) return [`${devicesIn(devices)} ${wordsFor(category, devices)}`];
  return [`${peopleIn(people)} (${devicesIn(devices)}) ${wordsFor(category, people)}`];
}

const besides = ({ others }: Impact): string => {
  const all = others.reduce((sum, { count }) => sum + count, 0);
  return all === 0 ? "" : ` (${counted(all, "resource", "resources")} of other providers not judged)`;
};
