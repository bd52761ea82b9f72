/** The fleet and its configurations at a glance, over all devices and configurations of the tenant. */
import { guidOf, type TenantContext } from "../context";
import { type DeviceCount, deviceCounts, fleetCounts, userCounts } from "../devices/counters";
import type { DevicePlatform } from "../devices/devices";
import { type Conflict, type Counts, conflicts } from "../devices/status";
import { pageOf } from "../query";
import { betaOnly, both, type Entity, type Route, scopes } from "../route";

const path = "/deviceManagement";
const ofConflicts = "deviceConfigurationConflictSummary";
const { read } = scopes.configuration;

export const overviewRoutes: readonly Route[] = [
  {
    method: "GET",
    path: `${path}/managedDeviceOverview`,
    versions: both,
    scopes: scopes.managedDevices.read,
    answers: "managedDeviceOverview",
    handle: (context) => ({ status: 200, entity: fleetEntity(context) }),
  },
  {
    method: "GET",
    path: `${path}/deviceConfigurationDeviceStateSummaries`,
    versions: both,
    scopes: read,
    answers: "deviceConfigurationDeviceStateSummary",
    handle: (context) => ({ status: 200, entity: summary(context, "Device", deviceCounts) }),
  },
  {
    method: "GET",
    path: `${path}/deviceConfigurationUserStateSummaries`,
    versions: betaOnly,
    scopes: read,
    answers: "deviceConfigurationUserStateSummary",
    handle: (context) => ({ status: 200, entity: summary(context, "User", userCounts) }),
  },
  {
    method: "GET",
    path: `${path}/deviceConfigurationConflictSummary`,
    versions: betaOnly,
    scopes: read,
    answers: `Collection(${ofConflicts})`,
    handle: (context, request) => ({
      status: 200,
      page: pageOf(request, { type: ofConflicts, all: conflicts(context), entityOf: conflictEntity }),
    }),
  },
];

const sum = (rows: readonly { count: number }[]): number => rows.reduce((total, { count }) => total + count, 0);

/** Counters of deviceOperatingSystemSummary in which a device is counted; there are no others here. */
const systems: Record<DevicePlatform, readonly string[]> = {
  ios: ["iosCount"],
  samsungKnox: ["androidCount", "androidDeviceAdminCount"],
  androidForWork: ["androidCount", "androidWorkProfileCount"],
  windows10: ["windowsCount"],
  windowsPhone81: ["windowsMobileCount"],
};

const noSystems = [
  ...["androidCorporateWorkProfileCount", "androidDedicatedCount", "androidFullyManagedCount", "configMgrDeviceCount"],
  ...["aospUserAssociatedCount", "aospUserlessCount", "chromeOSCount", "linuxCount", "macOSCount", "unknownCount"],
];

function fleetEntity(context: TenantContext): Entity {
  const rows = fleetCounts(context);
  const enrolled = rows.filter((row) => row.enrolled === 1);
  const names = (key: "model" | "manufacturer") => [...new Set(rows.map((row) => row[key]))].sort();
  return {
    id: guidOf("managedDeviceOverview"),
    enrolledDeviceCount: sum(enrolled),
    mdmEnrolledCount: sum(enrolled),
    dualEnrolledDeviceCount: sum(enrolled.filter((row) => row.hasEas === 1)),
    deviceOperatingSystemSummary: systemSummary(enrolled),
    deviceExchangeAccessStateSummary: accessSummary(rows),
    managedDeviceModelsAndManufacturers: { deviceModels: names("model"), deviceManufacturers: names("manufacturer") },
    lastModifiedDateTime: context.clock.now(),
  };
}

function systemSummary(rows: readonly DeviceCount[]): Record<string, number> {
  const names = [...Object.values(systems).flat(), ...noSystems].sort();
  return Object.fromEntries(
    names.map((name) => [name, sum(rows.filter(({ platform }) => systems[platform].includes(name)))]),
  );
}

function accessSummary(rows: readonly DeviceCount[]): Record<string, number> {
  const inState = (state: string) => sum(rows.filter(({ exchangeAccessState }) => exchangeAccessState === state));
  return {
    allowedDeviceCount: inState("allowed"),
    blockedDeviceCount: inState("blocked"),
    quarantinedDeviceCount: inState("quarantined"),
    unknownDeviceCount: inState("unknown"),
    unavailableDeviceCount: inState("none"),
  };
}

type Counter = (context: TenantContext, profileId: string) => Omit<Counts, "notApplicablePlatformCount">;

/** A device or user is counted once for each configuration: nothing else is known without looking at each. */
function summary(context: TenantContext, of: "Device" | "User", count: Counter): Entity {
  const all = context.db.all<{ id: string }>("SELECT id FROM deviceConfiguration").map(({ id }) => count(context, id));
  const total = (name: keyof ReturnType<Counter>) => all.reduce((sum, counts) => sum + counts[name], 0);
  return {
    id: guidOf(`deviceConfiguration${of}StateSummary`),
    [`unknown${of}Count`]: total("pendingCount"),
    [`notApplicable${of}Count`]: total("notApplicableCount"),
    [`compliant${of}Count`]: total("successCount"),
    [`remediated${of}Count`]: 0,
    [`nonCompliant${of}Count`]: 0,
    [`error${of}Count`]: total("errorCount"),
    [`conflict${of}Count`]: total("conflictCount"),
  };
}

/** What two email profiles are in conflict about is always the account that both make (E9). */
const conflictEntity = ({ profiles, devices }: Conflict): Entity => ({
  id: guidOf(profiles.map(({ id }) => id).join("/")),
  conflictingDeviceConfigurations: profiles.map((profile) => ({ ...profile, sourceType: "deviceConfiguration" })),
  contributingSettings: ["hostName", "emailAddressSource"],
  deviceCheckinsImpacted: devices,
});
