/** The report as a comment in a pull request: below a length that every forge takes, and safe whatever names say. */
import type { Impact } from "../impact";
import { longestOf, type Report, type ReportOptions, type Section } from "./report";
import type { Cell } from "./words";

export interface MarkdownOptions extends ReportOptions {
  /** The commit that it is about. */
  commit?: string;
}

/** In bytes of UTF-8. */
export const markdownMax = 10_000;

/** As much of the report as is short enough. */
export function markdown(impact: Impact, options: MarkdownOptions = {}): string {
  const whole = (report: Report) => `${marker(impact, options.commit)}\n${written(report)}`;
  return whole(longestOf(impact, (report) => Buffer.byteLength(whole(report)) < markdownMax, options));
}

/** What finds the comment again, to edit it in place. */
export function marker({ stack }: Pick<Impact, "stack">, commit?: string): string {
  // Neither may end the comment that it stands in.
  const safe = (text: string) =>
    encodeURIComponent(text.toWellFormed()).slice(0, 200).replaceAll("--", "-%2D").replaceAll("!", "%21");
  return `<!-- pulumi-intune-mail impact stack=${safe(stack)}${commit === undefined ? "" : ` commit=${safe(commit)}`} -->`;
}

function written({ verdict, sections, left }: Report): string {
  if (sections.length === 0) return `${verdict}\n`;
  const pointer =
    left.length === 0
      ? []
      : [`Left out for length: ${left.join(", ")}. \`intune-mail impact --format json\` has all of it.`];
  return `${["### What this does to people's mail", `**${verdict}**`, ...sections.map(section), ...pointer].join("\n\n")}\n`;
}

function section({ title, table, lines = [], plain, folded }: Section): string {
  const parts = [
    ...(table ? [[row(table.head), row(table.head.map(() => "---")), ...table.rows.map(cells)].join("\n")] : []),
    ...(lines.length > 0 ? [lines.map((line) => `- ${cell(line)}`).join("\n")] : []),
    ...(plain ? [`<pre>${plain.map(html).join("\n")}</pre>`] : []),
  ].join("\n\n");
  return folded ? `<details><summary>${title}</summary>\n\n${parts}\n\n</details>` : `#### ${title}\n\n${parts}`;
}

const row = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;
const cells = (of: readonly Cell[]) => row(of.map(cell));

/**
 * Names stand in `<code>`, where no forge looks for mentions, references and addresses; sentences may hold names as
 * well, so what would become a link in them is broken up.
 */
const cell = (spans: Cell): string =>
  spans.map((span) => (typeof span === "string" ? sentence(span) : `<code>${literal(span.name)}</code>`)).join("");

const html = (text: string) => text.replace(/[&<>"]/g, entity);

/** Nothing in it means anything to Markdown or HTML. */
const literal = (text: string) => text.replace(/[&<>"\\`*_{}[\]|~!#@:$^]/g, entity);

const entity = (character: string) => `&#${character.codePointAt(0)};`;

/** Of no width: what stands on both sides is no longer one word. */
const zeroWidth = "\u200b";
const sentence = (text: string): string =>
  text
    .replace(/[@#!](?=\w)|:(?=\/\/)|\bwww(?=\.)|\bGH(?=-\d)/gi, (start) => `${start}${zeroWidth}`)
    .replace(/[&<>\\`*_[\]|~$@#]|^[-+=]|(?<=^\d+)[.)]/g, entity);
