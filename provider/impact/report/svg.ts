/** A picture: the devices that change, by what their mail comes to, before and after. */
import type { Impact } from "../impact";
import { numbered, shortened } from "./words";

const width = 720;
const left = 70;
const barHeight = 28;

/**
 * What mail on a device comes to, from good to bad, in colours that people with any sight of colour tell apart (Okabe
 * and Ito's), light enough for dark numbers on them; each always has its own.
 */
const outcomes = {
  works: {
    label: "company mail works",
    colour: "#56b4e9",
    states: ["installed", "allowed", "stays, as it is the only one"],
  },
  own: { label: "an account that the user made", colour: "#009e73", states: [] },
  waits: {
    label: "waits for its user, an app or a certificate",
    colour: "#f0e442",
    states: [
      "waits for the user's approval",
      "waits for its app",
      "waits for its root certificate",
      "not checked in",
      "needs a later version",
      "for another platform",
    ],
  },
  none: { label: "no company mail", colour: "#999999", states: ["none", "has no user", "has no address"] },
  out: {
    label: "kept out by an account or by Exchange",
    colour: "#e69f00",
    states: ["kept out by the user's own account", "in conflict with another profile", "blocked", "quarantined"],
  },
  broken: { label: "cannot connect", colour: "#cc79a7", states: ["cannot connect"] },
  other: { label: "something else", colour: "#d0d0d0", states: [] },
} as const satisfies Record<string, { label: string; colour: string; states: readonly string[] }>;

type Name = keyof typeof outcomes;
const names = Object.keys(outcomes) as Name[];
const byState = new Map<string, Name>(
  names.flatMap((name) => outcomes[name].states.map((state) => [state, name] as const)),
);

/** What a state says without the profile that it is about: `Mail: installed`, `blocked (reason)`. */
function outcomeIn(state: string): Name {
  if (state.startsWith("the user's own account")) return "own";
  const said = state
    .slice(state.lastIndexOf(": ") + 1)
    .replace(/\(.*\)$/, "")
    .trim();
  return byState.get(said) ?? "other";
}

interface Outcome {
  name: Name;
  before: number;
  after: number;
}

/** Two bars, each as long as there are devices that change; light or dark as the reader has it. */
export function svg(impact: Impact): string {
  const { found, all } = outcomesOf(impact.devices);
  const description = found.map(
    ({ name, before, after }) => `${outcomes[name].label}: ${numbered(before)} before, ${numbered(after)} after`,
  );
  const title = `${all === 1 ? "The device that changes" : `The ${numbered(all)} devices that change`} in stack ${shortened(impact.stack, 40)}`;
  const shown = all === 0 ? `No device changes in stack ${shortened(impact.stack, 40)}` : title;
  const height = all === 0 ? 40 : 126 + found.length * 22;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${text(shown)}</title>`,
    `<desc id="description">${text(description.join("; ") || "Nobody's mail is another.")}</desc>`,
    style,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<text class="words" x="12" y="24">${text(shown)}</text>`,
    ...(all === 0 ? [] : [...bar("before", found, all, 38), ...bar("after", found, all, 38 + barHeight + 8)]),
    ...found.flatMap((outcome, at) => legend(outcome, 132 + at * 22)),
    "</svg>",
  ].join("\n")}\n`;
}

/** Each device once, by the worst that happens to it: its first row. */
function outcomesOf(rows: Impact["devices"]): { found: Outcome[]; all: number } {
  const seen = new Set<string>();
  const counts = new Map(names.map((name) => [name, { name, before: 0, after: 0 }]));
  for (const { deviceId, before, after, category } of rows) {
    if (seen.has(deviceId)) continue;
    seen.add(deviceId);
    counts.get(outcomeIn(before))!.before++;
    // The profile is there, and brings nothing before its user has given the password.
    counts.get(category === "passwordAgain" ? "waits" : outcomeIn(after))!.after++;
  }
  return { found: [...counts.values()].filter(({ before, after }) => before + after > 0), all: seen.size };
}

function bar(side: "before" | "after", found: readonly Outcome[], all: number, y: number): string[] {
  const room = width - left - 12;
  let x = left;
  const parts = found.flatMap((outcome) => {
    const count = outcome[side];
    if (count === 0) return [];
    const from = x;
    const long = (count / all) * room;
    x += long;
    const rect = `<rect class="${outcome.name}" x="${from.toFixed(1)}" y="${y}" width="${long.toFixed(1)}" height="${barHeight}"/>`;
    const number = numbered(count);
    const fits = long > number.length * 9 + 12;
    return fits ? [rect, `<text class="inside" x="${(from + 6).toFixed(1)}" y="${y + 19}">${number}</text>`] : [rect];
  });
  return [`<text class="words" x="12" y="${y + 19}">${side}</text>`, ...parts];
}

const legend = ({ name, before, after }: Outcome, y: number): string[] => [
  `<rect class="${name}" x="${left}" y="${y - 11}" width="14" height="14"/>`,
  `<text class="words" x="${left + 22}" y="${y}">${text(`${outcomes[name].label}: ${numbered(before)} → ${numbered(after)}`)}</text>`,
];

const style = `<style>
.ground { fill: #ffffff } .words { fill: #1f2328 } .inside { fill: #000000 } text { font: 14px sans-serif }
${names.map((name) => `.${name} { fill: ${outcomes[name].colour} }`).join(" ")}
@media (prefers-color-scheme: dark) { .ground { fill: #0d1117 } .words { fill: #e6edf3 } }
</style>`;

const text = (of: string) => of.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
