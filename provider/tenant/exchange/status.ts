/** What Exchange gives whom at this moment, for the simulation's status. */
import type { TenantContext } from "../context";
import { allConnectors, type Connector } from "../sync/connector";
import type { AccessReason, AccessState } from "../sync/decide";
import { findEasRecord } from "../sync/records";
import { accessSettingsOf, allOrganizations, type Organization } from "./organizations";
import { accessOfRow, partnershipsOf, type RecordRange } from "./records";
import type { DeviceAccessState, DeviceAccessStateReason } from "./words";

export interface RecordStatus {
  mailbox: string;
  deviceId: string;
  deviceType: string;
  managedDeviceId: string | null;
  /** Exchange's own words. */
  DeviceAccessState: DeviceAccessState;
  DeviceAccessStateReason: DeviceAccessStateReason;
  /** The same in Graph's words; a device that Exchange blocks until it enrols is in quarantine (C2, step 3). */
  state: AccessState;
  /** Why, where a connector decides; null: out of scope, or not synced yet. */
  reason: AccessReason | null;
}

export interface OrganizationStatus {
  name: string;
  defaultAccessLevel: string;
  counts: Record<AccessState, number>;
  records: RecordStatus[];
}

export interface ConnectorStatus
  extends Pick<Connector, "id" | "status" | "lastSyncDateTime" | "serverName" | "currentServer"> {
  organization: string;
  server: string;
}

export interface ExchangeStatus {
  organizations: OrganizationStatus[];
  connectors: ConnectorStatus[];
}

/** All organizations with their records, and all connectors. */
export function exchangeStatus(context: TenantContext): ExchangeStatus {
  return {
    organizations: allOrganizations(context).map((organization) => organizationStatus(context, organization)),
    connectors: allConnectors(context).map(
      ({ id, exchangeOrganization, primaryServer, serverName, currentServer, status, lastSyncDateTime }) => ({
        id,
        organization: exchangeOrganization,
        server: primaryServer,
        serverName,
        currentServer,
        status,
        lastSyncDateTime,
      }),
    ),
  };
}

function organizationStatus(context: TenantContext, organization: Organization): OrganizationStatus {
  const counts = { allowed: 0, blocked: 0, quarantined: 0 };
  const records = recordsOf(context, organization);
  for (const { state } of records) counts[state]++;
  return { name: organization.name, defaultAccessLevel: organization.defaultAccessLevel, counts, records };
}

/** What Exchange gives each record of an organization, in the order of their keys: of all, or of those in a range. */
export function recordsOf(context: TenantContext, organization: Organization, range?: RecordRange): RecordStatus[] {
  const settings = accessSettingsOf(context, organization);
  return partnershipsOf(context, organization.name, range).map((row): RecordStatus => {
    const access = accessOfRow(settings, row);
    const kept = findEasRecord(context, organization.name, row.mailbox, row.deviceId);
    const inQuarantine = access.state === "Blocked" && kept?.state === "quarantined";
    const state = inQuarantine ? "quarantined" : (access.state.toLowerCase() as AccessState);
    return {
      mailbox: row.mailbox,
      deviceId: row.deviceId,
      deviceType: row.deviceType,
      managedDeviceId: kept?.managedDeviceId ?? null,
      DeviceAccessState: access.state,
      DeviceAccessStateReason: access.reason,
      state,
      reason: kept?.reason ?? null,
    };
  });
}
