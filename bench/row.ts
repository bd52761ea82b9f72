/** One figure beside what a user would have instead. `ratio` is ours / other. */
export interface Row {
  name: string;
  ours: number;
  other: number;
  ratio: number;
  unit: string;
  /** What the ratio, or our own figure where `other` is the bound itself, may be. */
  bound: string;
  ok: boolean;
  /** Where the figures come from, and where the time goes. */
  note?: string;
}

export const median = (values: number[]): number => {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** A row that is good where ours is at most `most` times the other. */
export const atMost = (most: number, row: Omit<Row, "ratio" | "bound" | "ok">): Row => {
  const ratio = row.ours / row.other;
  return { ...row, ratio, bound: `≤ ${Number(most.toFixed(2))}`, ok: ratio <= most };
};

/** A row that is good where ours is at least `least` times the other. */
export const atLeast = (least: number, row: Omit<Row, "ratio" | "bound" | "ok">): Row => {
  const ratio = row.ours / row.other;
  return { ...row, ratio, bound: `≥ ${Number(least.toFixed(2))}`, ok: ratio >= least };
};

export function table(rows: Row[]): string {
  const shown = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  const cells = rows.map((row) => [
    row.ok ? "ok" : "MISSED",
    row.name,
    `${shown(row.ours)} ${row.unit}`,
    `${shown(row.other)} ${row.unit}`,
    row.ratio.toFixed(2),
    row.bound,
  ]);
  const head = ["", "figure", "ours", "other", "ratio", "bound"];
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
  const notes = rows.filter((row) => row.note).map((row) => `${row.name}: ${row.note}`);
  return [line(head), ...cells.map(line), "", ...notes].join("\n");
}
