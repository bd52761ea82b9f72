/** The forecast: two twins of a tenant, one with the plan and one without, live through the same time and are compared. */
import type { Tenant } from "../tenant";
import { graphTime, readSetting } from "../tenant/context";
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
  for (const context of [without, having]) {
    // A twin that fails on its way is thrown away, so there is nothing to undo.
    context.db.keepNoJournal();
    context.db.script("PRAGMA cache_size = -32768");
    advanceTo(context, untilMs);
  }

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
