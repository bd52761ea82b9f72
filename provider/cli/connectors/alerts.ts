/** What a management pack would alert on (X10): one row each, judged by the time that is given. */
import type { ConnectorHealth } from "../../tenant/services/simulation/exchangeConnectors";
import { noNewConnectorsFrom, noSyncFrom } from "../../tenant/sync/lifecycle";
import { count } from "../out";
import type { Alert, Severity } from "./document";

/** A connector as Graph has it, and where the service is the simulated tenant, what only that knows. */
export interface Watched {
  status: string;
  serverName: string | null;
  /** Null: never. */
  lastSyncMs: number | null;
  health: ConnectorHealth | undefined;
  nowMs: number;
}

interface Row {
  rule: string;
  severity: Severity;
  /** Whether a service that has nothing beside Graph can tell. */
  inGraph: boolean;
  /** Why it is so; undefined where it is not. */
  find(watched: Watched): string | undefined;
}

const dayMs = 86_400_000;
const hours = (ms: number) => `${Math.floor(ms / 3_600_000)} h`;
const wayOut = "The way out is hybrid modern authentication";

export const alerts = {
  notConnected: {
    rule: "X8a",
    severity: "critical",
    inGraph: true,
    find: ({ status, health }) => {
      if (status === "connected") return undefined;
      const why = health?.failure ? `: ${health.failure.message}` : "";
      return `Its status is ${status}${why}.`.replace(/\.\.$/, ".");
    },
  },
  noSyncForADay: {
    rule: "X10",
    severity: "critical",
    inGraph: true,
    find: ({ lastSyncMs, nowMs }) => {
      if (lastSyncMs === null) return "No synchronization has succeeded yet.";
      const age = nowMs - lastSyncMs;
      return age > dayMs
        ? `No synchronization has succeeded for ${hours(age)}; a full one is due each day.`
        : undefined;
    },
  },
  serverDown: {
    rule: "X7",
    severity: "critical",
    inGraph: false,
    find: ({ health }) => {
      const down = health?.servers.filter((server) => server.down).map(({ fqdn }) => fqdn) ?? [];
      if (!health || down.length === 0) return undefined;
      const rest = health.servers.length - down.length;
      const left = rest === 0 ? "none is left" : `${count(rest, "other")} can be used`;
      return `${down.join(", ")} ${down.length === 1 ? "does" : "do"} not answer; ${health.casFailoverEnabled ? left : "it may use no other, as casFailoverEnabled is false"}.`;
    },
  },
  failoverInUse: {
    rule: "X7",
    severity: "warning",
    inGraph: false,
    find: ({ health }) =>
      health && health.currentServer !== health.primaryServer
        ? `It uses ${health.currentServer} in place of ${health.primaryServer}.`
        : undefined,
  },
  cmdletsRefused: {
    rule: "X4",
    severity: "critical",
    inGraph: false,
    find: ({ health }) => health?.problems.find(({ rule }) => rule === "X4")?.message,
  },
  setUpBroken: {
    rule: "X5",
    severity: "warning",
    inGraph: false,
    find: ({ health }) => {
      // Servers that are down and cmdlets have rows of their own.
      const others = health?.problems.filter(({ rule }) => !["X4", "X7", "X8a", "X11"].includes(rule)) ?? [];
      return others.length === 0 ? undefined : others.map(({ message }) => message).join(" ");
    },
  },
  throttled: {
    rule: "X8",
    severity: "warning",
    inGraph: false,
    find: ({ health }) => {
      const latest = health?.retried.at(-1);
      if (!health || !latest) return undefined;
      return `Exchange has kept it waiting ${count(health.retried.length, "time")} in its latest synchronization; last at ${latest.time}: ${latest.message}`;
    },
  },
  supportEnded: {
    rule: "X11",
    severity: "critical",
    inGraph: true,
    find: ({ nowMs }) =>
      nowMs >= Date.parse(noSyncFrom)
        ? `Support for the connector ended on 19 February 2024: nothing synchronizes any more. ${wayOut}.`
        : undefined,
  },
  supportEnds: {
    rule: "X11",
    severity: "warning",
    inGraph: true,
    find: ({ nowMs }) => {
      if (nowMs < Date.parse(noNewConnectorsFrom) || nowMs >= Date.parse(noSyncFrom)) return undefined;
      const days = Math.ceil((Date.parse(noSyncFrom) - nowMs) / dayMs);
      return `Support ends on 19 February 2024, in ${count(days, "day")}; since July 2020 a tenant whose connectors are gone gets no other, so replace this one, and do not delete it. ${wayOut}.`;
    },
  },
} as const satisfies Record<string, Row>;

/** All that is so of a connector, the worst first. */
export function alertsOf(watched: Watched): Alert[] {
  const found = Object.entries<Row>(alerts).flatMap(([alert, { rule, severity, find }]) => {
    const message = find(watched);
    return message === undefined ? [] : [{ rule, alert, severity, message }];
  });
  return found.toSorted((one, other) => one.severity.localeCompare(other.severity));
}
