/** The whole tenant at a glance: what `intune-mail tenant status` and the dashboard of D2 show. */
import { readSetting, type TenantContext } from "../context";
import { alertReasons } from "../devices/reasons";
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

/** What a profile made a person see on a device, as long as it stands: Graph has no place for it. */
export interface Notice {
  /** A change waits for approval (E8), the account asked for its password (E6), the portal told what to do (E9). */
  kind: "approvalAsked" | "passwordAsked" | "portalMessage";
  time: string;
  profileId: string;
  deviceId: string;
  deviceName: string;
  userPrincipalName: string | null;
  message: string;
}

export interface SimulationStatus {
  clock: string;
  tenant: { displayName: string; domain: string };
  counts: { users: number; groups: number; devices: number; enrolledDevices: number; deviceConfigurations: number };
  /** Over all email profiles (D2). */
  summary: Counts;
  profiles: ProfileStatus[];
  alerts: Alert[];
  notices: Notice[];
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
    notices: notices(context),
    connectors,
    exchangeOrganizations: organizations,
  };
}

/** The latest of each kind, for each profile on each device. */
const notices = ({ db }: TenantContext): Notice[] =>
  db
    .all<Notice & { sequence: number }>(
      `SELECT kind, time, profileId, event.deviceId, deviceName, userPrincipalName, event.message, max(sequence) AS sequence
     FROM event JOIN deviceProfile ON deviceProfile.deviceId = event.deviceId AND profileId = subjectId
     JOIN device ON device.id = event.deviceId LEFT JOIN user ON user.id = device.userId
     WHERE kind = 'approvalAsked' AND reason = 'approvalPending'
       OR kind = 'passwordAsked' AND installedVersion IS NOT NULL
       OR kind = 'portalMessage' AND reason IN (SELECT value FROM json_each(:alertReasons))
     GROUP BY kind, profileId, event.deviceId ORDER BY sequence`,
      { alertReasons: JSON.stringify(alertReasons) },
    )
    .map(({ sequence: _, ...notice }) => notice);
