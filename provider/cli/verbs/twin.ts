/** `twin`: copies a tenant into a file, to try changes on it. */
import { Command } from "commander";
import { markTwin, saveTwin, twinInfo, twinOfFolder } from "../../impact/twin";
import { assumptionsJsonSchema } from "../../impact/twin-assume";
import type { Tenant } from "../../tenant";
import { Ended } from "../failure";
import { withExamples } from "../help";
import { copied } from "../impact/copy";
import { count, type Out, processOut, section } from "../out";
import { settingsFor } from "../tenant/target";
import { jsonOption, projectOptions } from "./options";

interface Options {
  cwd: string;
  stack: string;
  from?: string;
  data?: string;
  token?: string;
  out?: string;
  assume?: string;
  pseudonymise?: boolean;
  schema?: boolean;
  json?: boolean;
}

export const twinVerb = (): Command =>
  withExamples(
    projectOptions(new Command("twin"))
      .description("Copy a tenant into a local file, to try changes on it; the tenant itself is only read.")
      .option("--from <url>", "a Graph service (default: the tenant that the stack deploys to)")
      .option("--data <dir>", "folder of an embedded tenant, instead")
      .option("--token <token>", "bearer token for the service; better in INTUNE_MAIL_TOKEN, as others see arguments")
      .option("--out <path>", "the file (*.db) or folder to write; a twin that is there is replaced")
      .option("--assume <file>", "YAML or JSON: what Graph does not tell, such as mail accounts that people made (E9)")
      .option("--pseudonymise", "give people and devices other names in the copy")
      .option("--schema", "print the JSON Schema of the file of assumptions, and do nothing else")
      .addOption(jsonOption()),
    "intune-mail twin --from https://graph.microsoft.com --out twin.db",
    "intune-mail twin --from http://127.0.0.1:8080 --out twin --assume assumed.yaml --pseudonymise",
    "intune-mail twin --schema",
  ).action(async (options: Options) => {
    const out = processOut(options.json);
    if (options.schema) return out.document(assumptionsJsonSchema());
    if (options.out === undefined) throw new Ended("usage", "error: required option '--out <path>' not specified");
    const twin = await makeTwin(options, out);
    try {
      const document = describe(twin, saveTwin(twin, options.out));
      if (options.json) out.document(document);
      lines(document, out.paint).forEach(out.line);
    } finally {
      twin.close();
      out.progress();
    }
  });

async function makeTwin(options: Options, out: Out): Promise<Tenant> {
  const { from, data, assume, pseudonymise = false } = options;
  if (from !== undefined && data !== undefined) throw new Ended("usage", "error: give one of --from and --data");
  const { cwd, stack, token } = options;
  const settings = settingsFor({
    cwd,
    stack,
    ...(data !== undefined && { data }),
    ...(from !== undefined && { endpoint: from }),
    ...(token !== undefined && { token }),
  });
  if (settings.endpoint === undefined && !pseudonymise) {
    if (assume !== undefined) {
      throw new Ended(
        "usage",
        "error: nothing is assumed of an embedded tenant, which is copied as it is; leave out --assume",
      );
    }
    const takenAt = new Date().toISOString();
    const twin = twinOfFolder(settings.data);
    markTwin(twin, { source: settings.data, takenAt, assumed: [], pseudonyms: false });
    return twin;
  }
  return copied(settings, assume, { pseudonyms: pseudonymise, progress: out.progress });
}

/** What `--json` prints; fields may be added, and none changes its meaning. */
interface TwinDocument {
  version: 1;
  file: string;
  source: string;
  /** Real time of the copy, and the twin's own clock. */
  takenAt: string;
  clock: string;
  pseudonyms: boolean;
  counts: Record<keyof typeof tables, number>;
  assumed: string[];
}

const tables = {
  users: "user",
  groups: "directoryGroup",
  devices: "device",
  configurations: "deviceConfiguration",
  apps: "mobileApp",
  connectors: "exchangeConnector",
} as const;

function describe(twin: Tenant, file: string): TwinDocument {
  const { db, clock } = twin.context;
  const counted = Object.entries(tables).map(([name, table]) => `(SELECT count(*) FROM ${table}) AS ${name}`);
  return {
    version: 1,
    file,
    clock: clock.now(),
    ...twinInfo(twin)!,
    counts: { ...db.get<TwinDocument["counts"]>(`SELECT ${counted.join(", ")}`)! },
  };
}

function lines({ file, source, counts, assumed, pseudonyms }: TwinDocument, paint: Out["paint"]): string[] {
  const { users, groups, devices, configurations, connectors } = counts;
  const parts = [
    ...[count(users, "user"), count(groups, "group"), count(devices, "device")],
    ...[count(configurations, "configuration"), count(connectors, "connector")],
  ];
  return [
    `Copied ${source} to ${file}: ${parts.join(", ")}.`,
    ...(pseudonyms ? ["People and devices have other names in it."] : []),
    ...section(
      "Assumed, as Graph does not tell",
      assumed.map((line) => `  ${line}`),
      paint,
    ),
  ];
}
