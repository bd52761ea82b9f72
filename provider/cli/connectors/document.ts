/** The document of `connectors --json`, which docs/guides/exchange.md describes: new fields may come, none change. */
import type { AccessCounts } from "../../resources/exchange-health";

/** As a monitoring system sorts them: nobody is served or soon will not be, or somebody should look at it. */
export type Severity = "critical" | "warning";

export interface Alert {
  rule: string;
  alert: string;
  severity: Severity;
  message: string;
}

export interface ConnectorRow {
  id: string;
  exchangeOrganization: string | null;
  exchangeConnectorType: string;
  serverName: string | null;
  connectorServerName: string | null;
  status: string;
  /** Null: none has succeeded yet. */
  lastSyncDateTime: string | null;
  health: "healthy" | Severity;
  /**
   * Of the simulation alone: the server that it uses now, those of its organization with what the last full sync read of
   * them (S2), and who has access to mail.
   */
  currentServer: string | null;
  servers: { fqdn: string; role: string | null; version: string | null; down: boolean }[] | null;
  access: AccessCounts | null;
  alerts: Alert[];
}

export interface ConnectorsDocument {
  version: 1;
  /** Whether the service says more than Graph has a place for; else the alerts are those that Graph's properties tell. */
  simulation: boolean;
  /** The time by which all is judged: the tenant's clock, or that of this machine. */
  clock: string;
  healthy: boolean;
  connectors: ConnectorRow[];
}
