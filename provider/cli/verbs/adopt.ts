/** `adopt`: writes the program that takes over what a tenant has. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import { type Adoptable, readAdoptable } from "../../adopt/found";
import { programText } from "../../adopt/program";
import { Ended } from "../failure";
import { writeWhole } from "../files";
import { withExamples } from "../help";
import { columns, count, type Out, processOut, section } from "../out";
import { settingsFor, type TargetOptions, withTenant } from "../tenant/target";
import { jsonOption, tenantOptions } from "./options";

interface Options extends TargetOptions {
  out?: string;
  json?: boolean;
}

export const adoptVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("adopt"))
      .description("Write the program that takes over what the tenant has; the tenant itself is only read.")
      .option("--out <file>", "write the program there, to a file that is not there yet, not to stdout")
      .addOption(jsonOption()),
    "intune-mail adopt --out index.ts",
    "intune-mail adopt --endpoint https://graph.microsoft.com --out index.ts",
    "intune-mail adopt --json",
  ).action(async (options: Options) => {
    const out = processOut(options.json);
    const file = options.out === undefined ? undefined : resolve(options.out);
    if (file !== undefined && existsSync(file)) {
      throw new Ended("usage", `error: ${file} is there already, and is not written over; name another file`);
    }
    out.progress("Reading what the tenant has");
    const reading = withTenant(settingsFor(options), readAdoptable);
    const adoptable = await reading.finally(() => out.progress());
    const program = programText(adoptable.found);
    if (file !== undefined) writeWhole(file, program);
    if (options.json) out.document({ version: 1, ...adoptable, program } satisfies AdoptDocument);
    else if (file === undefined) out.raw(program);
    summary(adoptable, out).forEach(file === undefined ? out.note : out.line);
    if (file !== undefined) out.note(`Wrote ${file}. Next: intune-mail preview, and up, which changes nothing there.`);
  });

/** What `--json` prints; fields may be added, and none changes its meaning. */
interface AdoptDocument extends Adoptable {
  version: 1;
  program: string;
}

function summary({ found, left }: Adoptable, { paint }: Out): string[] {
  const kinds = Map.groupBy(found, ({ kind }) => kind);
  const counts = columns([...kinds].map(([kind, all]) => [`  ${kind}`, String(all.length)]));
  return [
    `${count(found.length, "resource")} to take over${found.length === 0 ? "." : ":"}`,
    ...counts,
    ...section(
      "Left as they are",
      left.map(({ what, displayName, id, why }) => `  ${what} ${displayName} (${id}): ${why}.`),
      paint,
    ),
  ];
}
