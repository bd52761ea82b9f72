/** A connector as the tenant keeps it. */
import type { TenantContext } from "../context";
import type { RecordKey } from "./records";
import type { Marks } from "./run";

/** Instance annotations: what Graph has no property for. No password is among them. */
export interface ConnectorAnnotations {
  "@classic.exchangeAccount"?: string;
  "@classic.exchangeAccountPasswordGiven"?: boolean;
  "@classic.notificationAccount"?: string;
  "@classic.notificationAccountPasswordGiven"?: boolean;
  "@classic.proxy"?: { host: string; port: number; user?: string };
  "@classic.proxyPasswordGiven"?: boolean;
  "@classic.casFailoverEnabled": boolean;
  "@classic.parallelCommandSupport": boolean;
}

/** How far a sync came that looks at every record, and could not finish. */
export interface Progress {
  /** The last record that was settled; null: none. */
  after: (RecordKey & { identity: string }) | null;
  /** Where the feeds of changes stood when it began. */
  marks: Marks;
  /** JSON of the access settings that Exchange had then. */
  settings: string;
}

export interface Connector {
  id: string;
  connectorServerName: string | null;
  exchangeAlias: string | null;
  exchangeConnectorType: "onPremises" | "hosted";
  exchangeOrganization: string;
  lastSyncDateTime: string;
  primarySmtpAddress: string | null;
  serverName: string;
  status: "connectionPending" | "connected" | "disconnected";
  version: string;
  annotations: ConnectorAnnotations;
  /** Full name of the server that serverName means. */
  primaryServer: string;
  /** The server in use: another one while the primary is down (X7). */
  currentServer: string;
  discoveredServers: string[];
  /** What the last full sync read of the organization's servers (S2). */
  serverInformation: { fqdn: string; role: string; version: string }[];
  changeMark: number;
  uSNMark: number;
  settingsMark: string;
  nextQuickMs: number;
  nextFullMs: number;
  /** null: no sync is to be gone on with. */
  progress: Progress | null;
}

/** What the table has as JSON. */
type Json = "annotations" | "discoveredServers" | "serverInformation" | "progress";
type ConnectorRow = Omit<Connector, Json> & Record<Exclude<Json, "progress">, string> & { progress: string | null };

const connectorOf = (row: ConnectorRow): Connector => ({
  ...row,
  annotations: JSON.parse(row.annotations),
  discoveredServers: JSON.parse(row.discoveredServers),
  serverInformation: JSON.parse(row.serverInformation),
  progress: row.progress === null ? null : JSON.parse(row.progress),
});

export function allConnectors({ db }: TenantContext): Connector[] {
  return db.all<ConnectorRow>("SELECT * FROM exchangeConnector ORDER BY exchangeOrganization").map(connectorOf);
}

export function findConnector({ db }: TenantContext, id: string): Connector | undefined {
  const row = db.get<ConnectorRow>("SELECT * FROM exchangeConnector WHERE id = :id", { id });
  return row && connectorOf(row);
}

export function findConnectorOf({ db }: TenantContext, organization: string): Connector | undefined {
  const sql = "SELECT * FROM exchangeConnector WHERE exchangeOrganization = :organization";
  const row = db.get<ConnectorRow>(sql, { organization });
  return row && connectorOf(row);
}

/** Makes a connector, which has read nothing of servers yet. */
export function insertConnector({ db }: TenantContext, connector: Omit<Connector, "serverInformation">): void {
  const names = Object.keys(connector);
  const values = names.map((name) => `:${name}`).join(", ");
  db.run(`INSERT INTO exchangeConnector (${names.join(", ")}) VALUES (${values})`, rowOf(connector));
}

/** Writes fields of a connector; names are those of the table. */
export function updateConnector({ db }: TenantContext, id: string, fields: Partial<Omit<Connector, "id">>): void {
  const sets = Object.keys(fields).map((name) => `${name} = :${name}`);
  if (sets.length > 0)
    db.run(`UPDATE exchangeConnector SET ${sets.join(", ")} WHERE id = :id`, { ...rowOf(fields), id });
}

export function deleteConnector({ db }: TenantContext, id: string): void {
  db.run("DELETE FROM exchangeConnector WHERE id = :id", { id });
}

function rowOf({ annotations, discoveredServers, serverInformation, progress, ...rest }: Partial<Connector>) {
  return {
    ...rest,
    ...(annotations && { annotations: JSON.stringify(annotations) }),
    ...(discoveredServers && { discoveredServers: JSON.stringify(discoveredServers) }),
    ...(serverInformation && { serverInformation: JSON.stringify(serverInformation) }),
    ...(progress !== undefined && { progress: progress && JSON.stringify(progress) }),
  };
}

/** The mailbox from which quarantine mail comes. */
export const notificationMailbox = (connector: Pick<Connector, "annotations" | "primarySmtpAddress">): string =>
  connector.annotations["@classic.notificationAccount"] ?? connector.primarySmtpAddress ?? "";
