/** The report for a terminal, in full. */
import type { Impact } from "../../impact/impact";
import { type ReportOptions, reportOf, type Section } from "../../impact/report/report";
import { type Cell, visible } from "../../impact/report/words";
import { columns, type Out, section } from "../out";

type Paint = Out["paint"];

interface LineOptions extends ReportOptions {
  /** Of the terminal; undefined where there is none. */
  width?: number | undefined;
}

export function impactLines(impact: Impact, paint: Paint, { width, ...options }: LineOptions = {}): string[] {
  const { verdict, sections } = reportOf(impact, options);
  return [
    paint.bold(verdict),
    ...sections.flatMap((one) => section(one.title, linesOf(one, paint, width), paint)),
    ...(sections.length === 0 ? [] : ["", paint.dim(next(impact))]),
  ];
}

/** What to do with it. */
const next = ({ risks }: Impact): string =>
  risks.some(({ kind }) => kind === "refused")
    ? "Next: put right what the tenant refuses, and forecast again."
    : "Next: intune-mail up, or intune-mail impact --format markdown --out impact.md for those who review it.";

function linesOf({ table, lines = [], plain = [] }: Section, paint: Paint, width: number | undefined): string[] {
  return [
    ...(table ? tableLines(table, paint, width) : []),
    ...lines.map((line) => `  ${text(line)}`),
    ...some(plain, width).map((line) => `  ${visible(line)}`),
  ];
}

const text = (cell: Cell): string => cell.map((span) => visible(typeof span === "string" ? span : span.name)).join("");

function tableLines({ head, rows }: NonNullable<Section["table"]>, paint: Paint, width = Infinity): string[] {
  const cells = rows.map((row) => row.map(text));
  const [first = "", ...others] = columns([head, ...cells]).map((line) => `  ${line}`);
  if ([first, ...others].every((line) => line.length <= width)) return [paint.dim(first), ...others];
  return cells.flatMap((row) => stacked(head, row, width));
}

/** What is longer has a line of its own. */
const sentenceLength = 60;

/** A row that is too wide: what it is about on one line, and below it the rest, as much on a line as it takes. */
function stacked(head: readonly string[], row: readonly string[], width: number): string[] {
  const named = head[0] === "" ? 2 : 1;
  const lines = [`  ${row.slice(0, named).join("  ")}`];
  let line = "";
  for (const [at, cell] of row.entries()) {
    if (at < named || cell === "") continue;
    const part = `    ${head[at]}: ${cell}`;
    const longer = `${line}${part.slice(1)}`;
    const fits = line !== "" && part.length < sentenceLength && line.length < sentenceLength && longer.length <= width;
    if (line !== "" && !fits) lines.push(line);
    line = fits ? longer : part;
  }
  return line === "" ? lines : [...lines, line];
}

/** Lines that a reader at a terminal looks through; a program is given all. */
const linesMax = 10;
const some = (lines: readonly string[], width: number | undefined): string[] =>
  width === undefined || lines.length <= linesMax
    ? [...lines]
    : [...lines.slice(0, linesMax), `and ${lines.length - linesMax} more: intune-mail impact --format json has all`];
