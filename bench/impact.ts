/** A forecast beside one check-in of the same devices, with all of its copies of the tenant; of a large fleet, and of a large merge. */
import { onCopies } from "./copies";
import { merge } from "./impact/merge";
import { reading } from "./impact/reading";
import { atMost, type Row } from "./row";

const some = 100_000;
const many = 1_000_000;

interface Timed {
  ms: number;
  peakMib: number;
}

interface Programs {
  pass: Timed;
  ours: Timed & { again: number; written: number };
}

export async function impact(): Promise<Row[]> {
  const { pass, ours } = onCopies<Programs>("impact", some, ["pass", "ours"]);
  const large = onCopies<Pick<Programs, "ours">>("impact", many, ["ours"]).ours;
  const [few, all] = [some, many].map((devices) => devices.toLocaleString("en"));
  return [
    atMost(2.5, {
      name: `forecast of a replacement that reaches ${few} devices, beside one check-in of them`,
      ours: ours.ms / 1000,
      other: pass.ms / 1000,
      unit: "s",
      note: `two copies of the tenant, the plan on one of them, a check-in of all devices on both, and the comparison; ${ours.again} people's devices ask for a password; the check-in by itself had ${pass.peakMib.toFixed(0)} MiB`,
    }),
    atMost(many / some + 2, {
      name: `the same forecast of ${all} devices, beside that of ${few}`,
      ours: large.ms / 1000,
      other: ours.ms / 1000,
      unit: "s",
    }),
    ...[ours, large].map((one, at) =>
      atMost(1, {
        name: `most memory of the forecast of ${at === 0 ? few : all} devices, beside its limit`,
        ours: one.peakMib,
        other: 768,
        unit: "MiB",
        note: `resident, with the report in Markdown and the document in JSON, ${(one.written / 2 ** 20).toFixed(0)} MiB, written`,
      }),
    ),
    await merge(),
    await reading(),
  ];
}
