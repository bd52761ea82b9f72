/** Status of email profiles through Graph, and from the simulated tenant what Graph has no place for (D2). */
import type { Graph } from "../../graph/client";
import { GraphAnswerError } from "../../graph/errors";
import { ruleOf } from "../../tenant/devices/reasons";
import type { SimulationStatus } from "../../tenant/services/simulationStatus";
import { configurations, type EmailProfile, emailProfiles, findProfile } from "../tenant/profiles";
import { readStatus as readSimulation } from "../tenant/status";
import {
  type Counts,
  type DeviceRow,
  needsAttention,
  noCounts,
  type ProfileStatus,
  type StatusDocument,
} from "./document";

/** Graph's deviceConfigurationDeviceStatus. */
interface DeviceStatus {
  id: string;
  deviceDisplayName: string | null;
  userPrincipalName: string | null;
  status: string;
  lastReportedDateTime: string;
}

/** Graph's deviceConfigurationUserStatus. */
interface UserStatus {
  userDisplayName: string | null;
  userPrincipalName: string | null;
  devicesCount: number;
  status: string;
}

type Overview = Partial<Counts> & { lastUpdateDateTime: string };

/** @param profileName of one profile only, by id or display name */
export async function readStatus(graph: Graph, profileName?: string): Promise<StatusDocument> {
  const all = await emailProfiles(graph);
  const wanted = profileName === undefined ? all : [findProfile(all, profileName)];
  const simulation = await simulationOf(graph);
  const profiles = await Promise.all(wanted.map((profile) => profileStatus(graph, profile, simulation)));
  const isWanted = ({ profileId }: { profileId: string }) =>
    profileName === undefined || wanted.some(({ id }) => id === profileId);
  const names = new Map(all.map(({ id, displayName }) => [id, displayName]));
  return {
    version: 1,
    simulation: simulation !== undefined,
    clock: simulation?.clock ?? null,
    summary: summaryOf(profiles),
    profiles,
    alerts: simulation ? alertsOf(simulation).filter(isWanted) : profiles.flatMap(alertsFromGraph),
    notices:
      simulation?.notices.filter(isWanted).map(({ deviceId: _, profileId, ...notice }) => ({
        ...notice,
        profileId,
        profileName: names.get(profileId) ?? null,
      })) ?? null,
  };
}

/** A service that answers otherwise is none of ours; one that does not answer is not asked about that. */
async function simulationOf(graph: Graph): Promise<SimulationStatus | undefined> {
  try {
    return await readSimulation(graph);
  } catch (error) {
    if (error instanceof GraphAnswerError && error.status < 500 && error.status !== 429) return undefined;
    throw error;
  }
}

async function profileStatus(
  graph: Graph,
  { id, displayName, type, assignments }: EmailProfile,
  simulation: SimulationStatus | undefined,
): Promise<ProfileStatus> {
  const path = `${configurations}/${id}`;
  const [deviceOverview, userOverview, devices, users] = await Promise.all([
    graph.get<Overview>(`${path}/deviceStatusOverview`),
    graph.get<Overview>(`${path}/userStatusOverview`),
    graph.list<DeviceStatus>(`${path}/deviceStatuses?$top=999`),
    graph.list<UserStatus>(`${path}/userStatuses?$top=999`),
  ]);
  const reports = new Map(
    simulation?.profiles.find((each) => each.id === id)?.devices.map((row) => [`${id}_${row.deviceId}`, row]),
  );
  const rows = devices.map((row): DeviceRow => {
    const { reason, message } = reports.get(row.id) ?? {};
    return {
      deviceName: row.deviceDisplayName,
      userPrincipalName: row.userPrincipalName || null,
      status: row.status,
      rule: (reason ? ruleOf(reason) : ruleOfStatus[row.status]) ?? null,
      reason: reason ?? null,
      message: message ?? null,
      lastReportedDateTime: row.lastReportedDateTime,
    };
  });
  // People are counted whatever platforms they have.
  const { notApplicablePlatformCount: _, ...userStatusOverview } = countsOf(userOverview);
  return {
    id,
    displayName,
    type,
    deployed: assignments.length > 0,
    deviceStatusOverview: countsOf(deviceOverview),
    userStatusOverview,
    retainedCount: devices.filter(({ status }) => status === "notAssigned").length,
    devices: rows.filter(needsAttention),
    users: users
      .filter(({ status }) => troubled.has(status))
      .map(({ userPrincipalName, status, devicesCount }) => ({ userPrincipalName, status, devicesCount })),
  };
}

const troubled = new Set(["error", "conflict", "nonCompliant"]);

/** What Graph's own words can be about where a service does not say more. */
const ruleOfStatus: Readonly<Record<string, string>> = { conflict: "E9", notAssigned: "D3" };

const countNames = Object.keys(noCounts) as (keyof Counts)[];

const countsOf = (overview: Overview): Counts & { lastUpdateDateTime: string } => ({
  ...(Object.fromEntries(countNames.map((name) => [name, overview[name] ?? 0])) as unknown as Counts),
  lastUpdateDateTime: overview.lastUpdateDateTime,
});

function summaryOf(profiles: readonly ProfileStatus[]): StatusDocument["summary"] {
  const sum = (number: (profile: ProfileStatus) => number) => profiles.reduce((all, each) => all + number(each), 0);
  return {
    profiles: profiles.length,
    deployed: sum(({ deployed }) => Number(deployed)),
    ...(Object.fromEntries(
      countNames.map((name) => [name, sum(({ deviceStatusOverview }) => deviceStatusOverview[name])]),
    ) as unknown as Counts),
    retainedCount: sum(({ retainedCount }) => retainedCount),
  };
}

const alertsOf = ({ alerts }: SimulationStatus): StatusDocument["alerts"] =>
  alerts.map(({ kind, profileId, profileName, deviceName, userPrincipalName, message }) => {
    return { rule: ruleOf(kind) ?? null, kind, profileId, profileName, deviceName, userPrincipalName, message };
  });

/** A service without `/simulation` says that something is wrong, and not what. */
const alertsFromGraph = ({ id, displayName, devices }: ProfileStatus): StatusDocument["alerts"] =>
  devices.map(({ status, rule, deviceName, userPrincipalName }) => ({
    rule,
    kind: status,
    profileId: id,
    profileName: displayName,
    deviceName,
    userPrincipalName,
    message: null,
  }));
