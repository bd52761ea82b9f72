/** The whole tenant at a glance: what `intune-mail tenant status` and the dashboard of D2 show. */
import { readSetting, type TenantContext } from "../context";
import { type Alert, alerts, type Counts, countStatuses, type StatusRow, statusesOf } from "../devices/status";
import { loadProfiles } from "../devices/targets";
import { type ExchangeStatus, exchangeStatus } from "../exchange/status";
import type { Seed } from "../seed";

export interface ProfileStatus {
  id: string;
  displayName: string;
  type: string;
  version: number;
  assignments: number;
  counts: Counts;
  devices: StatusRow[];
}

export interface SimulationStatus {
  clock: string;
  tenant: { displayName: string; domain: string };
  counts: { users: number; groups: number; devices: number; enrolledDevices: number; deviceConfigurations: number };
  /** Over all email profiles (D2). */
  summary: Counts;
  profiles: ProfileStatus[];
  alerts: Alert[];
  connectors: ExchangeStatus["connectors"];
  exchangeOrganizations: ExchangeStatus["organizations"];
}

export function simulationStatus(context: TenantContext): SimulationStatus {
  const { displayName, domain } = readSetting<Seed["tenant"]>(context.db, "tenant")!;
  const profiles = loadProfiles(context).map(({ id, displayName, typeName, version, assignments }): ProfileStatus => {
    const devices = statusesOf(context, id);
    return {
      id,
      displayName,
      type: typeName,
      version,
      assignments: assignments.length,
      counts: countStatuses(devices),
      devices,
    };
  });
  const { connectors, organizations } = exchangeStatus(context);
  return {
    clock: context.clock.now(),
    tenant: { displayName, domain },
    counts: context.db.get<SimulationStatus["counts"]>(
      `SELECT (SELECT count(*) FROM user) AS users, (SELECT count(*) FROM directoryGroup) AS groups,
         (SELECT count(*) FROM device) AS devices, (SELECT count(*) FROM device WHERE enrolled = 1) AS enrolledDevices,
         (SELECT count(*) FROM deviceConfiguration) AS deviceConfigurations`,
    )!,
    summary: countStatuses(profiles.flatMap(({ devices }) => devices)),
    profiles,
    alerts: alerts(context),
    connectors,
    exchangeOrganizations: organizations,
  };
}
