/** A twin of a tenant that is reached through Graph alone, which is only read. */
import type { Graph } from "../graph/client";
import type { Tenant } from "../tenant";
import { guidOf } from "../tenant/context";
import { recount } from "../tenant/devices/counters";
import { durationMs } from "../tenant/duration";
import { GraphError } from "../tenant/errors";
import { checkSeed } from "../tenant/seed";
import { UserError } from "../user-error";
import { markTwin, openTwin } from "./twin";
import { type Assumptions, noAssumptions } from "./twin-assume";
import { writeExchange } from "./twin-exchange";
import { withPseudonyms } from "./twin-pseudonyms";
import { type Progress, type ReadTenant, readTenant } from "./twin-read";
import { writeReports } from "./twin-reports";
import { type Writing, writeApps, writeConfigurations, writeDevices, writeGroups, writeUsers } from "./twin-write";

export interface TwinOptions {
  /** What the twin is said to be a copy of. */
  source: string;
  /** Real time, as Graph writes it; the twin's clock begins there, unless another one is given. */
  takenAt: string;
  /** The tenant's own time, where it has one. */
  clock?: string;
  assumptions?: Assumptions;
  /** What is assumed beside what the reading leaves open, in words. */
  assumed?: readonly string[];
  /** Gives people and their devices other names. */
  pseudonyms?: boolean;
  progress?: Progress;
}

/** Copies a tenant as far as Graph tells of it; what it does not is assumed, and said in the twin's `assumed`. */
export async function twinOfEndpoint(graph: Graph, options: TwinOptions): Promise<Tenant> {
  const { assumptions = noAssumptions(), pseudonyms = false, progress } = options;
  const read = await readTenant(graph, progress);
  progress?.("Writing the twin …");
  const told = { read, assumptions };
  return writeTwin(pseudonyms ? withPseudonyms(read, assumptions) : told, options);
}

function writeTwin({ read, assumptions }: Pick<Writing, "read" | "assumptions">, options: TwinOptions): Tenant {
  const { source, takenAt, clock = takenAt, pseudonyms = false } = options;
  const assumed = [...(options.assumed ?? [])];
  const assume: Writing["assume"] = (number, text) => {
    if (number > 0) assumed.push(text);
  };
  const company = companyOf(read, assumptions, assume);
  const { schedule, mailServers, connectorMachines } = assumptions;
  // Names of people are for the tables alone: a twin is not reset to its seed, which has none.
  const seed = checkSeed(
    { tenant: company, clock, schedule, mailServers, connectorMachines, apps: [], random: randomOf(source, takenAt) },
    "of the twin",
  );
  const tenant = openTwin(() => {}, { seed });
  const { context } = tenant;
  const writing: Writing = { context, read, assumptions, assume, everyMs: durationMs(schedule.checkIn)! };
  const { checkIn, quickSync, fullSync } = schedule;
  assume(1, `Devices check in every ${checkIn}; connectors sync every ${quickSync}, and fully every ${fullSync}.`);
  try {
    context.db.transaction(() => {
      for (const write of [writeUsers, writeDevices, writeGroups, writeConfigurations, writeApps, writeReports]) {
        write(writing);
      }
      writeExchange(writing, company.domain);
      recount(context.db);
      markTwin(tenant, { source, takenAt, assumed, pseudonyms });
    });
    return tenant;
  } catch (error) {
    tenant.close();
    if (error instanceof GraphError) throw new UserError(`The twin cannot be made: ${error.message}`);
    throw error;
  }
}

/** Ids of what is made in the twin must be none that the tenant has, which may be a simulated one as well. */
const randomOf = (source: string, takenAt: string): number =>
  Number.parseInt(guidOf(`twin of ${source} at ${takenAt}`).slice(0, 8), 16);

/** The company, by what most people sign in with; Graph tells its name only to those who may read more than mail needs. */
function companyOf({ users }: ReadTenant, { tenant }: Assumptions, assume: Writing["assume"]) {
  const counts = new Map<string, number>();
  for (const { userPrincipalName } of users) {
    const domain = userPrincipalName.split("@").at(-1)!;
    counts.set(domain, (counts.get(domain) ?? 0) + 1);
  }
  const [usual = "tenant.invalid"] = [...counts].sort((one, other) => other[1] - one[1])[0] ?? [];
  const domain = tenant.domain ?? usual;
  assume(tenant.domain === undefined ? 1 : 0, `The company's domain is ${domain}, with which most people sign in.`);
  return { ...tenant, domain, displayName: tenant.displayName ?? domain };
}
