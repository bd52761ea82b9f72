/** Exchange's organizations, servers and accounts: rows, and the questions that cmdlets and the connector's set-up ask. */
import type { TenantContext } from "../context";
import type { AccessRule, AccessSettings } from "./access";
import type { AccessLevel } from "./words";

export interface Organization {
  name: string;
  version: string;
  kind: "onPremises" | "hosted" | "dedicated";
  domain: string;
  defaultAccessLevel: AccessLevel;
  uSN: number;
}

export type ServerService = "WinRM" | "Autodiscover" | "EWS";

export interface Server {
  fqdn: string;
  organization: string;
  services: ServerService[];
  down: { from: number; to: number }[];
}

export interface Account {
  organization: string;
  name: string;
  licensed: 0 | 1;
  /** The cmdlets that it may run; null: all. */
  cmdlets: string[] | null;
  runspaces: number;
}

export function findOrganization({ db }: TenantContext, name: string): Organization | undefined {
  return db.get<Organization>("SELECT * FROM exchangeOrganization WHERE name = :name", { name });
}

export function allOrganizations({ db }: TenantContext): Organization[] {
  return db.all<Organization>("SELECT * FROM exchangeOrganization ORDER BY name");
}

type ServerRow = { fqdn: string; organization: string; services: string; down: string };
const serverOf = (row: ServerRow): Server => ({
  ...row,
  services: JSON.parse(row.services),
  down: JSON.parse(row.down),
});

export function serversOf({ db }: TenantContext, organization: string): Server[] {
  const sql = "SELECT * FROM clientAccessServer WHERE organization = :organization ORDER BY position";
  return db.all<ServerRow>(sql, { organization }).map(serverOf);
}

/** The client access server of this full name, or of this host name where it is the only one. */
export function findServer({ db }: TenantContext, name: string): Server | undefined {
  const exact = db.get<ServerRow>("SELECT * FROM clientAccessServer WHERE fqdn = :name", { name });
  if (exact) return serverOf(exact);
  const sql =
    "SELECT * FROM clientAccessServer WHERE substr(fqdn, 1, length(:name) + 1) = (:name || '.') COLLATE NOCASE";
  const rows = name.includes(".") ? [] : db.all<ServerRow>(sql, { name });
  return rows.length === 1 ? serverOf(rows[0]!) : undefined;
}

export function isDown({ clock }: TenantContext, server: Server): boolean {
  const now = clock.nowMs();
  return server.down.some(({ from, to }) => from <= now && now < to);
}

export function findAccount({ db }: TenantContext, organization: string, name: string): Account | undefined {
  const sql = "SELECT * FROM exchangeAccount WHERE organization = :organization AND name = :name";
  const row = db.get<Omit<Account, "cmdlets"> & { cmdlets: string | null }>(sql, { organization, name });
  return row && { ...row, cmdlets: row.cmdlets === null ? null : JSON.parse(row.cmdlets) };
}

export function hasMailbox({ db }: TenantContext, organization: string, address: string): boolean {
  const sql = "SELECT 1 FROM mailbox WHERE organization = :organization AND address = :address";
  return db.get(sql, { organization, address }) !== undefined;
}

export function rulesOf({ db }: TenantContext, organization: string): AccessRule[] {
  return db.all<AccessRule>(
    `SELECT characteristic, queryString, accessLevel FROM deviceAccessRule
     WHERE organization = :organization ORDER BY characteristic, queryString`,
    { organization },
  );
}

export const accessSettingsOf = (context: TenantContext, organization: Organization): AccessSettings => ({
  defaultAccessLevel: organization.defaultAccessLevel,
  rules: rulesOf(context, organization.name),
});
