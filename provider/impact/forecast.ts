/** The forecast: two twins of a tenant, one with the plan and one without, live through the same time and are compared. */
import type { Tenant } from "../tenant";
import { graphTime, readSetting, type TenantContext } from "../tenant/context";
import { advanceTo } from "../tenant/schedule";
import type { Seed } from "../tenant/seed";
import { applyPlan } from "./apply";
import { compare } from "./compare";
import { connectorsOf } from "./connectors";
import { type Impact, impactVersion, type TenantSource } from "./impact";
import { lastEvent } from "./outcome";
import type { Plan } from "./plan";
import { resourceRows } from "./resources";
import { risksOf } from "./risks";
import { twinInfo } from "./twin";

export interface ForecastOptions {
  /** Gives a twin of the tenant, each time another one; it is closed here. */
  twinOf: () => Promise<Tenant>;
  plan: Plan;
  /** How far to look, in milliseconds of the tenant's clock. */
  horizon: number;
  /** Where the twin is from, where it does not tell itself. */
  source?: TenantSource;
}

/** What a plan does to people's mail. The tenant itself is not touched. */
export async function forecast({ twinOf, plan, horizon, source }: ForecastOptions): Promise<Impact> {
  const twins: Tenant[] = [];
  try {
    const without = await twinOf();
    twins.push(without);
    const having = await twinOf();
    twins.push(having);
    return await forecastOn(without, having, { plan, horizon, source });
  } finally {
    for (const twin of twins) twin.close();
  }
}

const mib = 2 ** 20;

/** Devices check in all over the file, so as much of it is at hand as a forecast may take; afterwards it is read in order. */
function live(context: TenantContext, untilMs: number): void {
  const { db } = context;
  const { bytes } = db.get<{ bytes: number }>(
    "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
  )!;
  const cacheOf = (size: number) => db.script(`PRAGMA cache_size = -${Math.round(size / 1024)}`);
  // A twin that fails on its way is thrown away, so there is nothing to undo.
  db.keepNoJournal();
  cacheOf(Math.min(Math.max(bytes / 8, 32 * mib), 128 * mib));
  advanceTo(context, untilMs);
  cacheOf(16 * mib);
}

async function forecastOn(
  { context: without }: Tenant,
  twin: Tenant,
  { plan, horizon, source }: Pick<ForecastOptions, "plan" | "horizon"> & { source: TenantSource | undefined },
): Promise<Impact> {
  const { context: having } = twin;
  const clock = without.clock.now();
  const untilMs = without.clock.nowMs() + horizon;
  const since = lastEvent(having);
  const connectors = connectorsOf(without);
  // Faults were put there to be met by requests that somebody makes, and nobody makes these.
  having.db.run("DELETE FROM fault");
  const applied = await applyPlan(twin, plan);
  for (const context of [without, having]) live(context, untilMs);

  const replaced = [...applied.ids.values()].flatMap(({ old, now }) =>
    old && now && old !== now ? [[now, old] as const] : [],
  );
  const compared = compare({ without, having, since, oldIdOf: new Map(replaced) });
  const { devices, people, counts, told, touched } = compared;
  const resources = resourceRows(plan, applied, { told, touched, without, having });
  const { displayName, domain } = readSetting<Seed["tenant"]>(without.db, "tenant")!;
  const info = twinInfo(twin);
  return {
    version: impactVersion,
    project: plan.project,
    stack: plan.stack,
    tenant: {
      ...{ displayName, domain, clock },
      source: source ?? (info ? "twin" : "embedded"),
      ...(info ? { takenAt: info.takenAt } : {}),
      assumed: info?.assumed ?? [],
    },
    horizon: { until: graphTime(untilMs), ms: horizon },
    ...{ resources, devices, people, counts },
    risks: risksOf({ applied, compared, resources, without, having, connectors }),
    others: plan.others,
    calls: applied.calls,
  };
}
