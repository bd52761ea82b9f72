import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, Option } from "commander";
import { stringify } from "yaml";
import { smallCompany } from "../../settings";
import { generateSeed, readSeed, seedJsonSchema } from "../../tenant";
import { withExamples } from "../help";
import { processOut } from "../out";
import { plantSeed, readHealth } from "../tenant/control";
import { settingsFor, type TargetOptions, withTenant } from "../tenant/target";
import { whole } from "./numbers";
import { jsonOption, tenantOptions } from "./options";

interface SeedOptions extends TargetOptions {
  schema?: boolean;
  replace?: boolean;
  json?: boolean;
}

export const seedVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("seed"))
      .description("Fill a new tenant from a seed file: users, groups, devices, Exchange organizations.")
      .argument("[file]", "YAML or JSON (default: the small company)")
      .option("--replace", "throw away what the tenant holds")
      .option("--schema", "print the JSON Schema of the seed file, and do nothing else")
      .addOption(jsonOption()),
    "intune-mail tenant seed examples/tenants/small.yaml --replace",
    "intune-mail tenant seed --schema",
  ).action(async (file: string | undefined, options: SeedOptions) => {
    const out = processOut(options.json);
    if (options.schema) return out.document(seedJsonSchema());
    const source = file === undefined ? smallCompany : resolve(file);
    // Read first, so that a seed with mistakes leaves everything as it is.
    const seed = readSeed(readFileSync(source, "utf8"), source);
    const settings = { ...settingsFor(options), seed: source };
    const isNew = settings.endpoint === undefined && !existsSync(join(settings.data, "tenant.db"));
    const planted = await withTenant(settings, async (graph) => {
      // A new embedded tenant is made from the seed by being opened.
      if (!isNew) await plantSeed(graph, seed, options.replace === true);
      return readHealth(graph);
    });
    if (options.json) out.document(planted);
    const { displayName, users, groups, devices } = planted;
    out.line(`${displayName}: ${users} users, ${groups} groups, ${devices} devices.`);
  });

export const generateVerb = (): Command =>
  withExamples(
    new Command("generate")
      .description("Write a seed with many devices; the same numbers give the same company.")
      .addOption(new Option("--devices <number>", "how many devices").argParser(whole).makeOptionMandatory())
      .addOption(new Option("--seed <number>", "what the company is drawn from").argParser(whole).default(1))
      .option("--out <file>", "write it there, not to stdout"),
    "intune-mail tenant generate --devices 200 --seed 1 --out company.yaml",
    "intune-mail tenant generate --devices 10 --seed 7",
  ).action((options: { devices: number; seed: number; out?: string }) => {
    const out = processOut();
    const text = stringify(generateSeed({ devices: options.devices, seed: options.seed }));
    if (options.out === undefined) return out.raw(text);
    writeFileSync(options.out, text);
    out.note(`Wrote a company with ${options.devices} devices to ${resolve(options.out)}.`);
  });
