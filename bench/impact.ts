/** A forecast beside one check-in of the same devices, with all of its copies of the tenant. */
import { onCopies } from "./copies";
import { atMost, type Row } from "./row";

const devices = 100_000;

interface Timed {
  ms: number;
  peakMib: number;
}

interface Programs {
  pass: Timed;
  ours: Timed & { again: number };
}

export async function impact(): Promise<Row[]> {
  const { pass, ours } = onCopies<Programs>("impact", devices, ["pass", "ours"]);
  return [
    atMost(2.5, {
      name: `forecast of a replacement that reaches ${devices.toLocaleString("en")} devices, beside one check-in of them`,
      ours: ours.ms / 1000,
      other: pass.ms / 1000,
      unit: "s",
      note: `two copies of the tenant, the plan on one of them, a check-in of all devices on both, and the comparison; ${ours.again} people's devices ask for a password`,
    }),
    atMost(1, {
      name: "most memory of the forecast, beside its limit",
      ours: ours.peakMib,
      other: 768,
      unit: "MiB",
      note: `resident; the check-in by itself had ${pass.peakMib.toFixed(0)} MiB`,
    }),
  ];
}
