/** Exchange's organizations, servers and accounts: rows, and the questions that cmdlets and the connector's set-up ask. */
import { hash } from "node:crypto";
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
  premises: Premises;
}

/** What of an organization only the set-up of a connector asks about. */
export interface Premises {
  /** Domains in a trust with the organization's own (X5). */
  trusts?: { domain: string; direction: "twoWay" | "incoming" | "outgoing" }[];
  /** The proxy through which alone a hosted organization is reached (X2). */
  proxy?: { host: string; port: number; user?: string; passwordSha256?: string };
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
  /** Runspaces that something else than the connector holds (X8). */
  runspacesInUse: number;
  /** null: any password is taken. */
  passwordSha256: string | null;
  throttling: { operations: number; seconds: number } | null;
  /** The stretch of throttling that is under way: when it began, and operations in it. */
  windowFromMs: number | null;
  windowUsed: number;
}

type OrganizationRow = Omit<Organization, "premises"> & { premises: string };
const organizationOf = (row: OrganizationRow): Organization => ({ ...row, premises: JSON.parse(row.premises) });

export function findOrganization({ db }: TenantContext, name: string): Organization | undefined {
  const row = db.get<OrganizationRow>("SELECT * FROM exchangeOrganization WHERE name = :name", { name });
  return row && organizationOf(row);
}

export function allOrganizations({ db }: TenantContext): Organization[] {
  return db.all<OrganizationRow>("SELECT * FROM exchangeOrganization ORDER BY name").map(organizationOf);
}

/** Its count of changes alone. */
export const changeCountOf = ({ db }: TenantContext, name: string): number =>
  db.get<{ uSN: number }>("SELECT uSN FROM exchangeOrganization WHERE name = :name", { name })!.uSN;

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

/** Whether it does not answer; a sync asks after a while of which the clock does not know. */
export function isDown({ clock }: TenantContext, server: Server, elapsedMs = 0): boolean {
  const now = clock.nowMs() + elapsedMs;
  return server.down.some(({ from, to }) => from <= now && now < to);
}

type AccountRow = Omit<Account, "cmdlets" | "throttling"> & { cmdlets: string | null; throttling: string | null };

export function findAccount({ db }: TenantContext, organization: string, name: string): Account | undefined {
  const sql = "SELECT * FROM exchangeAccount WHERE organization = :organization AND name = :name";
  const row = db.get<AccountRow>(sql, { organization, name });
  const parsed = (text: string | null) => (text === null ? null : JSON.parse(text));
  return row && { ...row, cmdlets: parsed(row.cmdlets), throttling: parsed(row.throttling) };
}

export function hasMailbox({ db }: TenantContext, organization: string, address: string): boolean {
  const sql = "SELECT 1 FROM mailbox WHERE organization = :organization AND address = :address";
  return db.get(sql, { organization, address }) !== undefined;
}

/** Addresses whose part before the @ this is. */
export const mailboxesCalled = ({ db }: TenantContext, organization: string, alias: string): string[] =>
  db
    .all<{ address: string }>(
      `SELECT address FROM mailbox
       WHERE organization = :organization AND substr(address, 1, length(:alias) + 1) = (:alias || '@') COLLATE NOCASE`,
      { organization, alias },
    )
    .map(({ address }) => address);

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

/** Whether a password is the account's, as far as the seed says what that is. */
export const passwordIsRight = (
  { passwordSha256 }: { passwordSha256?: string | null },
  password: string | undefined,
): boolean => passwordSha256 == null || (password !== undefined && hash("sha256", password, "hex") === passwordSha256);
