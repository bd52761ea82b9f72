/** Exchange in a twin: the access policy and the connectors, of which Graph tells, and the organizations behind them. */
import type { Json } from "../graph/client";
import { durationMs } from "../tenant/duration";
import {
  accessSettingsOf,
  allOrganizations,
  changeCountOf,
  findServer,
  type Organization,
  serversOf,
} from "../tenant/exchange/organizations";
import { plantExchange } from "../tenant/exchange/plant";
import { type ExchangeOrganizationSeed, exchangeOrganizationSeed } from "../tenant/exchange/seed";
import { never } from "../tenant/plant";
import { inBulk } from "../tenant/plantCompany";
import { type ConnectorAnnotations, insertConnector } from "../tenant/sync/connector";
import {
  type ConditionalAccessSettings,
  type ExchangePolicy,
  writeConditionalAccess,
  writeExchangePolicy,
  writeOtherPolicies,
} from "../tenant/sync/policy";
import { nextAfter, type Writing } from "./twin-write";

/** Graph's deviceManagementExchangeConnector. */
interface ReadConnector extends Json {
  id: string;
  exchangeOrganization: string | null;
  exchangeConnectorType: string;
  serverName: string | null;
  status: string;
  lastSyncDateTime: string;
}

export function writeExchange(writing: Writing, domain: string): void {
  const { context, read, assumptions, assume } = writing;
  writePolicy(writing);
  const connectors = (read.connectors as ReadConnector[]).filter(
    ({ exchangeConnectorType: type }) => type === "onPremises" || type === "hosted",
  );
  const given = new Set(assumptions.exchangeOrganizations.map(({ name }) => name.toLowerCase()));
  const made = connectors.filter((connector) => !given.has(organizationOf(connector).toLowerCase()));
  const defaults = read.policies[0]?.defaultAccessLevel;
  const organizations = [
    ...assumptions.exchangeOrganizations,
    ...made.map((connector) => assumedOrganization(connector, domain, defaults)),
  ];
  plantExchange(context, organizations);
  for (const organization of allOrganizations(context)) writeRecords(writing, organization, organizations);
  for (const connector of connectors) writeConnector(writing, connector);
  const names = made.map(organizationOf).join(", ");
  assume(
    made.length,
    `Of Exchange (${names}) nothing but the connector is known: everybody has a mailbox there, each device with an ActiveSync id reaches it, and no access rules are its own.`,
  );
  const left = read.connectors.length - connectors.length;
  assume(left, `Connectors of a type that does not sync are left out: ${left}.`);
}

function writePolicy({ context, read: { access, policies } }: Writing): void {
  const bare = ({ "@odata.context": _, "@odata.type": __, knownDeviceClasses: ___, ...entity }: Json) => entity;
  if (access) writeConditionalAccess(context, bare(access) as unknown as ConditionalAccessSettings);
  const [first, ...others] = policies.map((policy) => bare(policy) as unknown as ExchangePolicy);
  if (first) writeExchangePolicy(context, first);
  if (others.length > 0) writeOtherPolicies(context, others);
}

// --- organizations ----------------------------------------------------------------------------------------------------

const organizationOf = ({ exchangeOrganization, id }: ReadConnector): string =>
  exchangeOrganization || `of connector ${id}`;

const levels: Record<string, ExchangeOrganizationSeed["defaultAccessLevel"]> = {
  allow: "Allow",
  block: "Block",
  quarantine: "Quarantine",
};

/** What has to be there for a connector to be what it is. */
function assumedOrganization(connector: ReadConnector, domain: string, level: unknown): ExchangeOrganizationSeed {
  const {
    "@classic.exchangeAccount": account,
    "@classic.notificationAccount": notification,
    primarySmtpAddress,
  } = connector;
  const sender = [notification, primarySmtpAddress].find((one) => typeof one === "string" && one.includes("@"));
  const server = connector.serverName || `exchange.${domain}`;
  return exchangeOrganizationSeed.parse({
    name: organizationOf(connector),
    domain,
    kind: connector.exchangeConnectorType,
    clientAccessServers: [{ fqdn: server.includes(".") ? server : `${server}.${domain}` }],
    accounts: typeof account === "string" && account.includes("\\") ? [{ name: account }] : [],
    defaultAccessLevel: levels[String(level)] ?? "Allow",
    mailboxes: sender === undefined ? [] : [sender],
  });
}

/** Mailboxes and EAS records of an organization that the assumptions do not list, and the lists on which devices are. */
function writeRecords(
  { context, read, assumptions }: Writing,
  { name }: Organization,
  all: readonly ExchangeOrganizationSeed[],
): void {
  const { db } = context;
  const seeded = assumptions.exchangeOrganizations.find((one) => one.name.toLowerCase() === name.toLowerCase());
  const isFirst = all[0]?.name.toLowerCase() === name.toLowerCase();
  // Where several organizations are known, people's mailboxes are those that are listed, or else in the first.
  if (isFirst && !seeded?.mailboxes.length) {
    db.run(
      `INSERT OR IGNORE INTO mailbox (organization, address) SELECT :name, mail FROM user WHERE mail IS NOT NULL ORDER BY mail`,
      { name },
    );
  }
  inBulk(db, ["easPartnership"], () =>
    db.run(
      `INSERT OR IGNORE INTO easPartnership (organization, mailbox, deviceId, deviceType, deviceModel, deviceOS, userAgent,
         firstSyncTime, lastSuccessSync)
       SELECT :name, mail, easDeviceId, '', model, osVersion, '', ${orNow("easActivationDateTime")},
         ${orNow("exchangeLastSuccessfulSyncDateTime")}
       FROM device JOIN user ON user.id = userId JOIN mailbox ON organization = :name AND address = mail
       WHERE easDeviceId IS NOT NULL ORDER BY mail, easDeviceId`,
      { name, now: context.clock.now() },
    ),
  );
  if (read.connectors.some((one) => organizationOf(one as ReadConnector).toLowerCase() === name.toLowerCase())) {
    writeDecided(context, name);
  }
  // In the order in which a sync reads them, as if each had been changed once.
  db.run(
    `UPDATE easPartnership SET uSNChanged = numbered.number FROM (
       SELECT mailbox, deviceId, row_number() OVER (ORDER BY mailbox, deviceId) AS number FROM easPartnership WHERE organization = :name
     ) AS numbered WHERE organization = :name AND easPartnership.mailbox = numbered.mailbox AND easPartnership.deviceId = numbered.deviceId`,
    { name },
  );
  db.run(
    "UPDATE exchangeOrganization SET uSN = (SELECT count(*) FROM easPartnership WHERE organization = :name) WHERE name = :name",
    { name },
  );
}

/** Graph's date of the year 1 means never. */
const orNow = (column: string) => `iif(${column} LIKE '0001%', :now, ${column})`;

/** What the last sync decided, by what devices show of it, and the lists that it put them on (C2 to C4). */
function writeDecided({ db, clock }: Writing["context"], name: string): void {
  db.run(
    `INSERT OR IGNORE INTO easRecord (organization, mailbox, deviceId, managedDeviceId, state, reason, firstSyncTime, lastSuccessSync)
     SELECT organization, mailbox, easPartnership.deviceId, device.id, exchangeAccessState, exchangeAccessStateReason,
       ${orNow("easActivationDateTime")}, ${orNow("exchangeLastSuccessfulSyncDateTime")}
     FROM easPartnership JOIN device ON easDeviceId = easPartnership.deviceId
     WHERE organization = :name AND exchangeAccessState IN ('allowed', 'blocked', 'quarantined')`,
    { name, now: clock.now() },
  );
  db.run(
    `INSERT OR IGNORE INTO easAccessList SELECT organization, mailbox, deviceId, iif(state = 'allowed', 'allowed', 'blocked')
     FROM easRecord WHERE organization = :name AND (reason IN ('notCompliant', 'notEnrolled') OR reason = 'compliant' AND :override)`,
    { name, override: overrides(db) },
  );
}

/** Whether devices that comply are on a list of their own, rather than left to Exchange's rules. */
const overrides = (db: Writing["context"]["db"]): number =>
  db.get<{ value: number | null }>(
    "SELECT value ->> '$.overrideDefaultRule' AS value FROM setting WHERE name = 'conditionalAccessSettings'",
  )?.value ?? 0;

// --- connectors -------------------------------------------------------------------------------------------------------

const statuses = ["connectionPending", "connected", "disconnected"] as const;

function writeConnector({ context, assumptions }: Writing, connector: ReadConnector): void {
  const { db, clock } = context;
  const organization = allOrganizations(context).find(
    ({ name }) => name.toLowerCase() === organizationOf(connector).toLowerCase(),
  )!;
  const text = (name: string) => (typeof connector[name] === "string" ? (connector[name] as string) : null);
  const serverName = connector.serverName ?? "";
  const server = findServer(context, serverName)?.fqdn ?? serversOf(context, organization.name)[0]!.fqdn;
  const annotations = Object.entries(connector).filter(([name]) => name.startsWith("@classic."));
  const lastMs = Math.max(0, Date.parse(connector.lastSyncDateTime));
  const nowMs = clock.nowMs();
  const next = (duration: string) => (lastMs === 0 ? nowMs : nextAfter(lastMs, nowMs, durationMs(duration)!));
  const { schedule } = assumptions;
  insertConnector(context, {
    id: connector.id,
    connectorServerName: text("connectorServerName"),
    exchangeAlias: text("exchangeAlias"),
    exchangeConnectorType: connector.exchangeConnectorType as "onPremises" | "hosted",
    exchangeOrganization: organization.name,
    lastSyncDateTime: connector.lastSyncDateTime ?? never,
    primarySmtpAddress: text("primarySmtpAddress"),
    serverName,
    status: statuses.find((one) => one === connector.status) ?? "disconnected",
    version: text("version") ?? "",
    annotations: {
      "@classic.casFailoverEnabled": true,
      "@classic.parallelCommandSupport": false,
      ...(Object.fromEntries(annotations) as Partial<ConnectorAnnotations>),
    },
    primaryServer: server,
    currentServer: server,
    discoveredServers: [server],
    changeMark: db.get<{ mark: number }>("SELECT coalesce(max(sequence), 0) AS mark FROM syncChange")!.mark,
    uSNMark: changeCountOf(context, organization.name),
    settingsMark: JSON.stringify(accessSettingsOf(context, organization)),
    nextQuickMs: next(schedule.quickSync),
    nextFullMs: next(schedule.fullSync),
    progress: null,
  });
}
