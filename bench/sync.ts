/** The sync engine beside a program that does the same by one query and one transaction, and beside itself. */
import { onCopies } from "./copies";
import { atMost, type Row } from "./row";
import { parallel } from "./sync/parallel";

export async function sync(): Promise<Row[]> {
  const few = measure(100_000);
  const many = measure(1_000_000);
  return [...rowsOf("100,000", few), ...rowsOf("1,000,000", many), ...growth(few, many), ...runspaces()];
}

interface Timed {
  ms: number;
  writes: number;
}

interface Measured {
  full: Timed;
  second: Timed;
  idle: Timed;
  quick: Timed;
  worst: Timed;
  plainMs: number;
  peakMib: number;
}

interface Programs {
  plain: { ms: number; after: object };
  ours: Omit<Measured, "plainMs"> & { after: object };
}

function measure(records: number): Measured {
  const { plain, ours } = onCopies<Programs>("sync", records, ["plain", "ours"]);
  const [left, right] = [ours.after, plain.after].map((after) => JSON.stringify(after));
  if (left !== right) throw new Error(`The two programs leave different things behind: ${left} and ${right}.`);
  if (ours.second.writes + ours.idle.writes > 0) throw new Error("A sync after which nothing had changed has written.");
  return { ...ours, plainMs: plain.ms };
}

const seconds = ({ ms }: Pick<Timed, "ms">): number => ms / 1000;

const rowsOf = (records: string, { full, second, idle, quick, worst, plainMs }: Measured): Row[] => [
  atMost(3, {
    name: `full sync of ${records} records, a tenth written, beside plain node:sqlite`,
    ours: seconds(full),
    other: plainMs / 1000,
    unit: "s",
    note: "the first of a connector; the plain program joins all in one query, decides by the same function and writes the same rows in one transaction",
  }),
  atMost(0.5, {
    name: `second full sync of ${records}, nothing changed, beside the first`,
    ours: seconds(second),
    other: seconds(full),
    unit: "s",
  }),
  atMost(0.03, {
    name: `quick sync of ${records}, 1 % changed, beside the full one`,
    ours: seconds(quick),
    other: seconds(full),
    unit: "s",
    note: `of the changed, one in ten is written, as in the full one: ${quick.writes} cmdlets; where all of them are, ${worst.writes}, it takes ${seconds(worst).toFixed(2)} s`,
  }),
  atMost(0.005, {
    name: `quick sync of ${records}, nothing changed, beside the full one`,
    ours: seconds(idle),
    other: seconds(full),
    unit: "s",
  }),
];

const growth = (few: Measured, many: Measured): Row[] => [
  atMost(12, {
    name: "full sync of 1,000,000 records beside 100,000",
    ours: seconds(many.full),
    other: seconds(few.full),
    unit: "s",
  }),
  atMost(1, {
    name: "most memory while 1,000,000 records are synced, beside its limit",
    ours: many.peakMib,
    other: 512,
    unit: "MiB",
  }),
];

function runspaces(): Row[] {
  const all = parallel();
  return [
    atMost(1, {
      name: "simulated time of a full sync of 5,000 phones, 18 runspaces beside 1",
      ours: all.at(-1)!.seconds,
      other: all[0]!.seconds,
      unit: "s",
      note: `by runspaces: ${all.map((each) => `${each.runspaces}: ${each.seconds.toFixed(1)} s`).join(", ")}`,
    }),
  ];
}
