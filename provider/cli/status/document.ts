/** The document of `status --json`, which docs/guides/status.md describes: new fields may come, none change. */
import type { ProfileType } from "../../payload/input";
import type { Notice } from "../../tenant/services/simulationStatus";

/** Graph's counters, of its overviews. */
export const noCounts = {
  pendingCount: 0,
  notApplicableCount: 0,
  notApplicablePlatformCount: 0,
  successCount: 0,
  errorCount: 0,
  failedCount: 0,
  conflictCount: 0,
};
export type Counts = typeof noCounts;

export interface DeviceRow {
  deviceName: string | null;
  userPrincipalName: string | null;
  /** Graph's complianceStatus; `notAssigned` is a profile that is retained (D3). */
  status: string;
  rule: string | null;
  /** Why, in a word and a sentence; null where the service has no `/simulation`. */
  reason: string | null;
  message: string | null;
  lastReportedDateTime: string;
}

export interface ProfileStatus {
  id: string;
  displayName: string;
  type: ProfileType;
  deployed: boolean;
  deviceStatusOverview: Counts & { lastUpdateDateTime: string };
  userStatusOverview: Omit<Counts, "notApplicablePlatformCount"> & { lastUpdateDateTime: string };
  retainedCount: number;
  /** Devices that need attention only. */
  devices: DeviceRow[];
  /** People with a device that does not have the profile for an error or conflict. */
  users: { userPrincipalName: string | null; status: string; devicesCount: number }[];
}

export interface StatusDocument {
  version: 1;
  /** Whether the service says more than Graph has a place for. */
  simulation: boolean;
  clock: string | null;
  /** Over all profiles, or the one that was asked for. */
  summary: { profiles: number; deployed: number; retainedCount: number } & Counts;
  profiles: ProfileStatus[];
  alerts: {
    rule: string | null;
    kind: string;
    profileId: string;
    /** Null where the profile was deleted, and is on devices until they check in (D4). */
    profileName: string | null;
    deviceName: string | null;
    userPrincipalName: string | null;
    message: string | null;
  }[];
  notices: (Omit<Notice, "deviceId"> & { profileName: string | null })[] | null;
}

const troubled = new Set(["error", "conflict", "nonCompliant", "notAssigned"]);

/** Whether someone has to do something about it, or is kept without mail by it: then it is about a rule. */
export const needsAttention = ({ status, rule }: DeviceRow): boolean => rule !== null || troubled.has(status);
