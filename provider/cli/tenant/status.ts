/** What people see of a tenant's status: profiles on devices, what needs attention, who has access to Exchange. */
import type { Graph } from "../../graph/client";
import { ruleOf } from "../../tenant/devices/reasons";
import type { SimulationStatus } from "../../tenant/services/simulationStatus";
import { columns, count, type Out, section } from "../out";

export type Status = SimulationStatus;
type Organization = Status["exchangeOrganizations"][number];
type Alert = Status["alerts"][number];
type Paint = Out["paint"];

export const readStatus = (graph: Graph): Promise<Status> => graph.get("/simulation/status");

/** The whole of it. */
export function statusLines(status: Status, paint: Paint): string[] {
  const { tenant, clock, counts } = status;
  const connectors = status.connectors.map(({ organization, serverName, status, lastSyncDateTime }) => [
    `  ${organization}`,
    serverName,
    status,
    `last sync ${lastSyncDateTime}`,
  ]);
  return [
    `${paint.bold(tenant.displayName)} (${tenant.domain}) at ${clock}`,
    `${count(counts.users, "user")}, ${count(counts.groups, "group")}, ${counts.enrolledDevices} of ${count(counts.devices, "device")} enrolled`,
    ...section("Email profiles", profileLines(status), paint),
    ...section("Alerts", alertLines(status.alerts), paint),
    ...section("Exchange connectors", columns(connectors), paint),
    ...section("Access to Exchange", exchangeLines(status.exchangeOrganizations), paint),
  ];
}

/** One row for each profile: on how many devices it is, and how the others fare (D2). */
export function profileLines({ profiles }: Status): string[] {
  if (profiles.length === 0) return [];
  const head = ["  profile", "installed", "pending", "error", "conflict", "not applicable", "devices without it"];
  const rows = profiles.map(({ displayName, counts, devices }) => [
    `  ${displayName}`,
    ...[
      counts.successCount,
      counts.pendingCount,
      counts.errorCount + counts.failedCount,
      counts.conflictCount,
      counts.notApplicableCount - counts.notApplicablePlatformCount,
    ].map((number, at) => (number === 0 ? "-" : String(number)).padStart(head[at + 1]!.length)),
    devices
      .filter(({ status, reason }) => status !== "compliant" && reason !== "otherPlatform")
      .map(({ deviceName, reason }) => `${deviceName} (${words(reason)})`)
      .join(", "),
  ]);
  return columns([head, ...rows]);
}

export function alertLines(alerts: readonly Alert[]): string[] {
  return columns(
    alerts.map(({ kind, deviceName, userPrincipalName, message }) => [
      `  ${ruleOf(kind) ?? "  "}`,
      deviceName,
      userPrincipalName ?? "(no user)",
      message,
    ]),
  );
}

/** How many devices Exchange lets in, and each that it does not, with the reason. */
export function exchangeLines(organizations: readonly Organization[]): string[] {
  return organizations.flatMap(({ name, counts, records }) => [
    `  ${name}: ${counts.allowed} allowed, ${counts.blocked} blocked, ${counts.quarantined} quarantined`,
    ...columns(
      records
        .filter(({ state }) => state !== "allowed")
        .map(({ state, deviceType, deviceId, mailbox, reason }) => [
          `    ${state}`,
          `${deviceType} ${deviceId}`,
          mailbox,
          reason ? words(reason) : "as Exchange has it: not in the connector's scope, or not synchronized yet",
        ]),
    ),
  ]);
}

/** `appMissing` as people write it: `app missing`. */
export const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
