/** The report for a terminal, in full. */
import type { Impact } from "../../impact/impact";
import { type ReportOptions, reportOf, type Section } from "../../impact/report/report";
import { type Cell, visible } from "../../impact/report/words";
import { columns, type Out, section } from "../out";

type Paint = Out["paint"];

export function impactLines(impact: Impact, paint: Paint, options: ReportOptions = {}): string[] {
  const { verdict, sections } = reportOf(impact, options);
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
