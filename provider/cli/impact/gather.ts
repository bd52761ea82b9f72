/** What a forecast is made of: a plan, and twins of the tenant. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { chooseEngine, EngineError } from "../../engine";
import { findProject } from "../../engine/project";
import { forecast } from "../../impact/forecast";
import type { Impact, TenantSource } from "../../impact/impact";
import { type Plan, planOf } from "../../impact/plan";
import { readPlan } from "../../impact/plan-file";
import { span } from "../../impact/report/words";
import { twinInfo, twinOfFolder } from "../../impact/twin";
import type { Settings } from "../../settings";
import type { Tenant } from "../../tenant";
import { fileOf } from "../../tenant/db";
import { UserError } from "../../user-error";
import type { DeployOptions } from "../deployment/deploy";
import { plain } from "../deployment/lines";
import { settingsFor, type TargetOptions } from "../tenant/target";
import { copied } from "./copy";

export interface ForecastFrom extends DeployOptions, TargetOptions {
  plan?: string;
  twin?: string;
  assume?: string;
  /** In milliseconds. */
  horizon: number;
  maxTwinAge: number;
}

/** Makes the forecast; the tenant is only read. */
export async function forecastFrom(
  from: ForecastFrom,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<Impact> {
  const plan = await planFor(from, signal);
  signal.throwIfAborted();
  const { twinOf, source, close } = await twinsFor(from, note);
  try {
    return await forecast({ twinOf, plan, horizon: from.horizon, ...(source ? { source } : {}) });
  } finally {
    close();
  }
}

async function planFor({ plan, cwd, stack, engine: which }: ForecastFrom, signal: AbortSignal): Promise<Plan> {
  const place = { project: findProject(cwd).name, stack };
  if (plan !== undefined) return readPlan(readFileSync(plan, "utf8"), resolve(plan), place);
  const { engine } = chooseEngine(which, { cwd, stack });
  try {
    return planOf(await engine.preview({ cwd, stack, env: { INTUNE_MAIL_QUIET: "true" }, signal }), place);
  } catch (error) {
    if (error instanceof EngineError || error instanceof UserError) throw new UserError(plain(error.message));
    throw error;
  }
}

interface Twins {
  twinOf: () => Promise<Tenant>;
  source?: TenantSource;
  close(): void;
}

async function twinsFor(from: ForecastFrom, note: (text: string) => void): Promise<Twins> {
  if (from.twin !== undefined) return ofFile(from.twin, from.maxTwinAge);
  const settings = settingsFor(from);
  if (settings.endpoint !== undefined) return ofEndpoint(settings, from.assume, note);
  return { twinOf: async () => twinOfFolder(settings.data), close: () => {} };
}

function ofFile(file: string, maxAge: number): Twins {
  const twinOf = async () => {
    const twin = twinOfFolder(file);
    const takenAt = twinInfo(twin)?.takenAt;
    const age = takenAt === undefined ? 0 : Date.now() - Date.parse(takenAt);
    if (age <= maxAge) return twin;
    twin.close();
    throw new UserError(
      `The twin ${resolve(file)} was made ${span(age)} ago (${takenAt}), and --max-twin-age allows ${span(maxAge)}. Make it anew with intune-mail twin, or allow more.`,
    );
  };
  return { twinOf, source: "twin", close: () => {} };
}

/** Reads the tenant once; the twins are copies of what was read. */
async function ofEndpoint(
  settings: Settings,
  assume: string | undefined,
  note: (text: string) => void,
): Promise<Twins> {
  const { context, close } = await copied(settings, assume, { progress: note });
  const file = fileOf(context.db)!;
  return { twinOf: async () => twinOfFolder(file), source: "endpoint", close };
}
