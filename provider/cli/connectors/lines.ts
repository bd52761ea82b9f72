/** The health of connectors for people: a row each, then what needs somebody. */
import type { AccessCounts } from "../../resources/exchange-health";
import { columns, type Out, section } from "../out";
import type { ConnectorRow, ConnectorsDocument } from "./document";

type Paint = Out["paint"];

const colours = { healthy: "green", warning: "yellow", critical: "red" } as const satisfies Record<
  ConnectorRow["health"],
  keyof Paint
>;

export function connectorLines({ connectors, clock, simulation }: ConnectorsDocument, paint: Paint): string[] {
  if (connectors.length === 0) return ["The tenant has no Exchange connector. Deploy one first (intune-mail up)."];
  const head = ["  organization", "server", "state", "last successful sync", "health"];
  const rows = connectors.map((row) => [
    `  ${row.exchangeOrganization ?? "(not known)"}`,
    server(row),
    row.status,
    row.lastSyncDateTime ?? "never",
    row.health,
  ]);
  const [first = "", ...others] = columns([head, ...rows]);
  // The word is the last of its line, so colour does not move the columns.
  const coloured = others.map((line, at) => {
    const { health } = connectors[at]!;
    return `${line.slice(0, -health.length)}${paint[colours[health]](health)}`;
  });
  return [
    `${paint.bold("Exchange connectors")} at ${clock}`,
    first,
    ...coloured,
    ...section(
      "Alerts",
      connectors.flatMap((row) => alertLines(row, paint)),
      paint,
    ),
    ...section("Servers", columns(connectors.flatMap(serverRows)), paint),
    ...section("Access to mail", columns(connectors.flatMap(access)), paint),
    ...(simulation
      ? []
      : [
          "",
          "This service tells no more than Graph has a place for: servers, cmdlets and throttling are not watched.",
        ]),
  ];
}

/** The one that was given, and the one in use where that is another (X7). */
const server = ({ serverName, currentServer, servers }: ConnectorRow): string => {
  const name = serverName ?? "(not known)";
  const same = currentServer === null || currentServer.split(".")[0] === name.split(".")[0];
  return same || !servers ? name : `${name} (uses ${currentServer})`;
};

function alertLines({ exchangeOrganization, alerts }: ConnectorRow, paint: Paint): string[] {
  return alerts.map(
    ({ rule, severity, message }) =>
      `  ${paint[colours[severity]](severity.padEnd(8))}  ${rule.padEnd(3)}  ${exchangeOrganization}: ${message}`,
  );
}

/** What the last full sync read of the organization's servers (S2), and which of them answers. */
const serverRows = ({ exchangeOrganization, servers }: ConnectorRow): string[][] =>
  (servers ?? []).map(({ fqdn, role, version, down }) => [
    `  ${exchangeOrganization}`,
    fqdn,
    role === null ? "not read yet by a full synchronization" : `${role}, ${version}`,
    down ? "does not answer" : "answers",
  ]);

const access = ({ exchangeOrganization, access: counts }: ConnectorRow): string[][] =>
  counts ? [[`  ${exchangeOrganization}`, accessText(counts)]] : [];

export const accessText = ({ allowed, blocked, quarantined, unknown }: AccessCounts): string =>
  `${allowed} allowed, ${blocked} blocked, ${quarantined} quarantined, ${unknown} not decided`;
