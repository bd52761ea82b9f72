/** A picture: the devices that change, by what their mail comes to, before and after. */
import type { Impact } from "../impact";
import { numbered, shortened } from "./words";

const width = 720;
const left = 70;
const barHeight = 28;
const mostOutcomes = 6;

interface Outcome {
  name: string;
  before: number;
  after: number;
}

/** Two bars, each as long as there are devices that change; light or dark as the reader has it. */
export function svg(impact: Impact): string {
  const { outcomes, all } = outcomesOf(impact.devices);
  const description = outcomes.map(
    ({ name, before, after }) => `${name}: ${numbered(before)} before, ${numbered(after)} after`,
  );
  const title = `Devices that change in stack ${shortened(impact.stack, 60)}: ${numbered(all)}`;
  const height = 120 + outcomes.length * 22;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${text(title)}</title>`,
    `<desc id="description">${text(description.join("; ") || "No device changes.")}</desc>`,
    style,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<text class="words" x="12" y="24">${text(title)}</text>`,
    ...bar("before", outcomes, all, 38),
    ...bar("after", outcomes, all, 38 + barHeight + 8),
    ...outcomes.flatMap((outcome, at) => legend(outcome, at, 126 + at * 22)),
    "</svg>",
  ].join("\n")}\n`;
}

/** Each device once, by the worst that happens to it: its first row. */
function outcomesOf(rows: Impact["devices"]): { outcomes: Outcome[]; all: number } {
  const seen = new Set<string>();
  const found = new Map<string, Outcome>();
  const count = (state: string, side: "before" | "after") => {
    const name = outcomeIn(state);
    const outcome = found.get(name) ?? { name, before: 0, after: 0 };
    outcome[side]++;
    found.set(name, outcome);
  };
  for (const { deviceId, before, after } of rows) {
    if (seen.has(deviceId)) continue;
    seen.add(deviceId);
    count(before, "before");
    count(after, "after");
  }
  const ordered = [...found.values()].sort((one, other) => other.before + other.after - one.before - one.after);
  return { outcomes: few(ordered), all: seen.size };
}

/** What a state says without the profile that it is about: `Mail: installed`, `blocked (reason)`. */
function outcomeIn(state: string): string {
  if (state.startsWith("the user's own account")) return "the user's own account";
  return shortened(state.slice(state.lastIndexOf(": ") + 1).replace(/\(.*\)$/, ""), 50).trim();
}

function few(outcomes: Outcome[]): Outcome[] {
  if (outcomes.length <= mostOutcomes) return outcomes;
  const rest = outcomes.slice(mostOutcomes - 1);
  const sum = (side: "before" | "after") => rest.reduce((total, outcome) => total + outcome[side], 0);
  return [...outcomes.slice(0, mostOutcomes - 1), { name: "other", before: sum("before"), after: sum("after") }];
}

function bar(side: "before" | "after", outcomes: readonly Outcome[], all: number, y: number): string[] {
  const room = width - left - 12;
  let x = left;
  const parts = outcomes.flatMap((outcome, at) => {
    const long = all === 0 ? 0 : (outcome[side] / all) * room;
    const from = x;
    x += long;
    if (long === 0) return [];
    const rect = `<rect class="of${at}" x="${from.toFixed(1)}" y="${y}" width="${long.toFixed(1)}" height="${barHeight}"/>`;
    const number = numbered(outcome[side]);
    const fits = long > number.length * 9 + 8;
    return fits ? [rect, `<text class="inside" x="${(from + 6).toFixed(1)}" y="${y + 19}">${number}</text>`] : [rect];
  });
  return [`<text class="words" x="12" y="${y + 19}">${side}</text>`, ...parts];
}

const legend = ({ name, before, after }: Outcome, at: number, y: number): string[] => [
  `<rect class="of${at}" x="${left}" y="${y - 11}" width="14" height="14"/>`,
  `<text class="words" x="${left + 22}" y="${y}">${text(`${name}: ${numbered(before)} → ${numbered(after)}`)}</text>`,
];

/** Colours that people with any sight of colour tell apart (Okabe and Ito's), light enough for dark numbers on them. */
const colours = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#999999"];
const style = `<style>
.ground { fill: #ffffff } .words { fill: #1f2328 } .inside { fill: #000000 } text { font: 14px sans-serif }
${colours.map((colour, at) => `.of${at} { fill: ${colour} }`).join(" ")}
@media (prefers-color-scheme: dark) { .ground { fill: #0d1117 } .words { fill: #e6edf3 } }
</style>`;

const text = (of: string) => of.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
