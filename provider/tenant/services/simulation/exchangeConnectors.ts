/** `/simulation/exchangeConnectors`: what Graph has no place for in a connector's health (X10), and what only its file knows. */
import type { TenantContext } from "../../context";
import { isDown, serversOf } from "../../exchange/organizations";
import { countPartnerships } from "../../exchange/records";
import type { Route } from "../../route";
import { allConnectors, type Connector } from "../../sync/connector";
import type { AccessState } from "../../sync/decide";
import { creationRefusal, syncRefusal } from "../../sync/lifecycle";
import { checkSetup } from "../../sync/setup";
import { ok, surface } from "./request";

export const exchangeConnectorRoutes: readonly Route[] = [
  { method: "GET", path: "/exchangeConnectors", ...surface, handle: (context) => ok(connectorsHealth(context)) },
];

/** How many EAS records have which access; unknown: no connector decides it, or none has seen it yet. */
export type AccessCounts = Record<AccessState | "unknown", number>;

interface Happened {
  time: string;
  message: string;
}

export interface ConnectorHealth {
  id: string;
  exchangeOrganization: string;
  access: AccessCounts;
  /** Whether it may use another client access server (X7), and which it uses now. */
  casFailoverEnabled: boolean;
  primaryServer: string;
  currentServer: string;
  /** With what the last full sync read of each (S2); null: none has read it yet. */
  servers: { fqdn: string; role: string | null; version: string | null; down: boolean }[];
  /** What of its set-up does not hold any more, in the words of its creation (X2 to X6, X8a). */
  problems: { rule: string; message: string }[];
  /** Why the latest sync could not finish; null where it did. */
  failure: Happened | null;
  /** Cmdlets for which Exchange had no time in the latest sync, oldest first. */
  retried: Happened[];
}

export interface ConnectorsHealth {
  clock: string;
  /** Why no connector can be made, and why nothing syncs; null where that can be (X11). */
  lifecycle: { creation: string | null; sync: string | null };
  value: ConnectorHealth[];
}

const connectorsHealth = (context: TenantContext): ConnectorsHealth => ({
  clock: context.clock.now(),
  lifecycle: { creation: creationRefusal(context) ?? null, sync: syncRefusal(context) ?? null },
  value: allConnectors(context).map((connector) => healthOf(context, connector)),
});

function healthOf(context: TenantContext, connector: Connector): ConnectorHealth {
  const { id, exchangeOrganization, primaryServer, currentServer, annotations, serverInformation } = connector;
  return {
    id,
    exchangeOrganization,
    access: accessCounts(context, exchangeOrganization),
    casFailoverEnabled: annotations["@classic.casFailoverEnabled"],
    primaryServer,
    currentServer,
    servers: serversOf(context, exchangeOrganization).map((server) => {
      const { role = null, version = null } = serverInformation.find(({ fqdn }) => fqdn === server.fqdn) ?? {};
      return { fqdn: server.fqdn, role, version, down: isDown(context, server) };
    }),
    problems: checkSetup(context, connector).failures.map(({ rule, message }) => ({ rule, message })),
    ...latelyOf(context, id),
  };
}

function accessCounts(context: TenantContext, organization: string): AccessCounts {
  const decided = context.db.all<{ state: AccessState; count: number }>(
    "SELECT state, count(*) AS count FROM easRecord WHERE organization = :organization GROUP BY state",
    { organization },
  );
  const all = countPartnerships(context, organization);
  const counts: AccessCounts = { allowed: 0, blocked: 0, quarantined: 0, unknown: all };
  for (const { state, count } of decided) {
    counts[state] = count;
    counts.unknown -= count;
  }
  // Exchange may have lost records that the latest full sync saw.
  counts.unknown = Math.max(counts.unknown, 0);
  return counts;
}

/** Events that tell of the latest sync: those since the one before it ended. */
function latelyOf({ db }: TenantContext, id: string): Pick<ConnectorHealth, "failure" | "retried"> {
  const [latest, before] = db.all<Happened & { sequence: number; kind: string }>(
    `SELECT sequence, kind, time, message FROM event
     WHERE subjectId = :id AND kind IN ('connectorSynced', 'connectorSyncFailed') ORDER BY sequence DESC LIMIT 2`,
    { id },
  );
  const since = before?.sequence ?? 0;
  return {
    failure: latest?.kind === "connectorSyncFailed" ? { time: latest.time, message: latest.message } : null,
    retried: db.all<Happened>(
      `SELECT time, message FROM event
       WHERE sequence > :since AND subjectId = :id AND kind = 'exchangeCmdletRetried' ORDER BY sequence`,
      { since, id },
    ),
  };
}
