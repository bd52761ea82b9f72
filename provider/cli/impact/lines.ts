/** The report for a terminal, in full. */
import type { Impact } from "../../impact/impact";
import { type Report, type ReportOptions, reports, type Section } from "../../impact/report/report";
import { type Cell, visible } from "../../impact/report/words";
import { columns, type Out, section } from "../out";

type Paint = Out["paint"];

export function impactLines(impact: Impact, paint: Paint, options: ReportOptions = {}): string[] {
  // The first is the longest, and there always is one.
  const { verdict, sections } = reports(impact, options).next().value as Report;
  return [paint.bold(verdict), ...sections.flatMap((one) => section(one.title, linesOf(one, paint), paint))];
}

function linesOf({ table, lines = [], plain = [] }: Section, paint: Paint): string[] {
  const [head = "", ...rows] = table ? columns([table.head, ...table.rows.map((row) => row.map(text))]) : [];
  return [
    ...(table ? [`  ${paint.dim(head)}`, ...rows.map((row) => `  ${row}`)] : []),
    ...lines.map((line) => `  ${text(line)}`),
    ...plain.map((line) => `  ${visible(line)}`),
  ];
}

const text = (cell: Cell): string => cell.map((span) => visible(typeof span === "string" ? span : span.name)).join("");
