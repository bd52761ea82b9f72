/** `impact`: what the program's changes will do to people's mail, before they do. */
import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Impact } from "../../impact/impact";
import { beyond, type Denied, deniable, type Limit, limitOf } from "../../impact/report/gates";
import { markdown } from "../../impact/report/markdown";
import { withoutNames } from "../../impact/report/private";
import { svg } from "../../impact/report/svg";
import { impactJsonSchema, impactText, readImpactFile } from "../../impact/schema";
import { durationMs } from "../../tenant/duration";
import { UserError } from "../../user-error";
import type { DeployOptions } from "../deployment/deploy";
import { Ended } from "../failure";
import { writeWhole } from "../files";
import { withExamples } from "../help";
import { forecastFrom } from "../impact/gather";
import { impactLines } from "../impact/lines";
import { interruptible } from "../interrupt";
import { type Out, processOut } from "../out";
import type { TargetOptions } from "../tenant/target";
import { duration } from "./numbers";
import { engineOption, tenantOptions } from "./options";

interface Options extends DeployOptions, TargetOptions {
  plan?: string;
  twin?: string;
  assume?: string;
  forecast?: string;
  format: Format;
  out?: string;
  commit?: string;
  horizon: string;
  maxTwinAge: string;
  maxBlocked?: Limit;
  maxPrompts?: Limit;
  deny?: Denied[];
  names: boolean;
  schema?: boolean;
}

const plain = new Proxy({} as Out["paint"], { get: () => String });

/** The report in each form; a document in pieces. */
const formats = {
  text: (impact, { paint, now, width }) => `${impactLines(impact, paint, { now, width }).join("\n")}\n`,
  markdown: (impact, { now, commit }) => markdown(impact, { now, ...(commit === undefined ? {} : { commit }) }),
  json: impactText,
  svg: (impact) => svg(impact),
} satisfies Record<string, (impact: Impact, how: How) => string | Iterable<string>>;
type Format = keyof typeof formats;

interface How {
  paint: Out["paint"];
  now: string;
  commit: string | undefined;
  width: number | undefined;
}

export const impactVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("impact"))
      .description("Forecast what `up` would do to people's mail, on a twin of the tenant; changes nothing.")
      .addOption(engineOption())
      .option("--plan <file>", "the output of `pulumi preview --json`, instead of a preview made now")
      .option("--twin <file>", "a twin that was made before, instead of one made now")
      .option("--assume <file>", "for a twin of an endpoint: what Graph does not tell (see intune-mail twin)")
      .option("--forecast <file>", "a forecast that was made before (--format json), to report on it again")
      .addOption(new Option("--format <form>", "of the report").choices(Object.keys(formats)).default("text"))
      .option("--out <file>", "write the report there, not to stdout")
      .option("--commit <id>", "name the commit in the marker of a Markdown report")
      .option("--horizon <duration>", "how far to look, by the tenant's clock", duration, "48h")
      .option("--max-twin-age <duration>", "fail where the twin is older", duration, "24h")
      .option("--max-blocked <n or n%>", "end with exit code 5 where more devices are blocked (E9)", limit)
      .option("--max-prompts <n or n%>", "end with exit code 5 where more devices ask for approval (E8)", limit)
      .addOption(new Option("--deny <what...>", "end with exit code 5 where it happens").choices(deniable))
      .option("--no-names", "without the names of people and their devices")
      .option("--schema", "print the JSON Schema of --format json"),
    "intune-mail impact",
    "intune-mail impact --format markdown --no-names --out impact.md",
    "intune-mail impact --plan plan.json --twin tenant-twin.db --max-blocked 1%",
    "intune-mail impact --forecast impact.json --format svg --out impact.svg",
    "intune-mail impact --deny replace mailLost",
  ).action(async (options: Options) => {
    const out = processOut();
    if (options.schema) return out.document(impactJsonSchema());
    if (options.forecast !== undefined && (options.plan !== undefined || options.twin !== undefined)) {
      throw new Ended("usage", "error: --forecast is made already: --plan and --twin do not go with it");
    }
    const impact = await impactOf(options, out);
    write(options.names ? impact : withoutNames(impact), options, out);
    const reasons = beyond(impact, {
      ...(options.maxBlocked ? { blocked: options.maxBlocked } : {}),
      ...(options.maxPrompts ? { prompts: options.maxPrompts } : {}),
      // Documents are made for others to judge by; who reads the text is not to take half a plan for a whole one.
      deny: [...(options.deny ?? []), ...(options.format === "text" ? (["refused"] as const) : [])],
    });
    if (reasons.length > 0) throw new Ended("gate", reasons.join("\n"));
  });

async function impactOf(options: Options, out: Out): Promise<Impact> {
  const { forecast, horizon, maxTwinAge } = options;
  if (forecast !== undefined) return readImpactFile(forecast);
  out.progress("Forecasting on a twin of the tenant");
  const from = { ...options, horizon: durationMs(horizon)!, maxTwinAge: durationMs(maxTwinAge)! };
  try {
    return await interruptible(async (signal) => {
      const impact = await forecastFrom(from, out.progress, signal);
      if (signal.aborted) throw new Ended("interrupted");
      const older = impact.risks.filter(({ kind }) => kind === "olderState").map(({ message }) => message);
      // A preview that was made now cannot be of an earlier time, only of a state that has not seen what others did.
      if (options.plan !== undefined && older.length > 0) throw new UserError(older.join("\n"));
      return impact;
    }, out.note);
  } finally {
    out.progress();
  }
}

function write(impact: Impact, { format, out: file, commit }: Options, out: Out): void {
  const now = new Date().toISOString();
  const reader =
    file === undefined ? { paint: out.paint, width: process.stdout.columns } : { paint: plain, width: undefined };
  const text = formats[format](impact, { ...reader, now, commit });
  if (file === undefined) {
    // Lines for people are broken where the terminal ends; a document is not.
    if (typeof text !== "string") for (const piece of text) out.raw(piece);
    else if (format === "text") out.line(text.trimEnd());
    else out.raw(text);
  } else {
    writeWhole(file, text);
    out.note(`Wrote the report to ${resolve(file)}.`);
  }
}

function limit(text: string): Limit {
  const found = limitOf(text);
  if (found) return found;
  throw new InvalidArgumentError("It must be a whole number of devices, or a share of all such as 2.5%.");
}
