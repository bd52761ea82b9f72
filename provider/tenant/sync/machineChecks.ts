/** The checks of a connector's set-up that are about its machine: what it is, where it is, what it reaches (X5, X6). */
import { type ConnectorMachine, reaches } from "../exchange/machines";
import type { Check, Finding, Situation } from "./setup";

/** Each in its 64-bit edition, which those after 2008 have alone. */
export const supportedSystems = [
  "Windows Server 2008 SP2",
  "Windows Server 2008 R2",
  "Windows Server 2012",
  "Windows Server 2012 R2",
  "Windows Server 2016",
];

/** What the service needs to be reached at, in the words of the sources. */
export const serviceHosts = ["manage.microsoft.com", "*manage.microsoft.com", "*.manage.microsoft.com"];

const least = { processorGHz: 1.6, memoryGB: 2, freeDiskGB: 10, dotNetFramework: "4.5", powerShell: "2.0" };

/** A check of what a machine is. */
const machine = (
  rule: Check["rule"],
  finds: (machine: ConnectorMachine, situation: Situation) => Finding | readonly Finding[] | undefined,
): Check => ({
  rule,
  what: "connectorServerName",
  finds: (situation) => situation.machine && finds(situation.machine, situation),
});

/** A check of a quantity that has a least value. */
const atLeast = (property: "processorGHz" | "memoryGB" | "freeDiskGB", unit: string, of: string): Check =>
  machine("X5", ({ name, [property]: found }) =>
    found >= least[property]
      ? undefined
      : {
          found: `${found} ${unit}`,
          needed: `${least[property]} ${unit}`,
          message: `The machine '${name}' has ${found} ${unit} ${of}; at least ${least[property]} ${unit} is needed (X5).`,
        },
  );

export const machineChecks: readonly Check[] = [
  { rule: "X5", what: "connectorServerName", finds: machineThatIsNone },
  machine("X5", ({ name, operatingSystem: found, bits }) => {
    if (supportedSystems.includes(found) && bits === 64) return undefined;
    return {
      found: `${found}, ${bits}-bit`,
      needed: `${supportedSystems.join(", ")}, 64-bit`,
      message: `The machine '${name}' runs ${found}, ${bits}-bit; it must be one of ${supportedSystems.join(", ")}, 64-bit (X5).`,
    };
  }),
  machine("X5", ({ name, serverCore }) =>
    serverCore
      ? {
          found: "Server Core",
          needed: "a server with desktop",
          message: `The machine '${name}' is a Server Core installation; the connector needs a server with desktop (X5).`,
        }
      : undefined,
  ),
  atLeast("processorGHz", "GHz", "of processor speed"),
  atLeast("memoryGB", "GB", "of memory"),
  atLeast("freeDiskGB", "GB", "of free disk"),
  machine("X5", ({ name, dotNetFramework: version, dotNetFrameworkFull: full }) => {
    if (version !== null && full && isAtLeast(version, least.dotNetFramework)) return undefined;
    const found = version === null ? "none" : `${version}${full ? "" : ", client profile"}`;
    return {
      found,
      needed: `${least.dotNetFramework}, full`,
      message: `The machine '${name}' has Microsoft .NET Framework: ${found}; a full installation of ${least.dotNetFramework} is needed (X5).`,
    };
  }),
  machine("X5", ({ name, powerShell }) => {
    if (powerShell !== null && isAtLeast(powerShell, least.powerShell)) return undefined;
    const found = powerShell ?? "none";
    return {
      found,
      needed: least.powerShell,
      message: `The machine '${name}' has Windows PowerShell: ${found}; ${least.powerShell} is needed (X5).`,
    };
  }),
  machine("X5", domainThatIsNotTrusted),
  machine("X5", unreachable),
  machine("X6", ({ name, setupFolder: { path, moved, renamed } }) => {
    const changed = [...moved.map((file) => `${file} is moved`), ...renamed.map((file) => `${file} is renamed`)];
    if (changed.length === 0) return undefined;
    return {
      found: changed.join(", "),
      needed: "all files as they were unpacked",
      message: `The setup in ${path} on the machine '${name}' fails: ${changed.join(", ")}. Unpack it again, and neither move nor rename its files (X6).`,
    };
  }),
];

/** Where the seed has machines, one of them has to be named. */
function machineThatIsNone({ setup, machine, machines }: Situation): Finding | undefined {
  if (machine || machines.length === 0) return undefined;
  const needed = machines.join(", ");
  const found = setup.connectorServerName ?? "none";
  const what =
    setup.connectorServerName === null
      ? "No machine for the connector was given"
      : `The machine '${setup.connectorServerName}' was not found`;
  return { found, needed, message: `${what}. Set connectorServerName to one of: ${needed} (X5).` };
}

/** Trust has to go both ways. */
function domainThatIsNotTrusted(machine: ConnectorMachine, { organization }: Situation): Finding | undefined {
  if (!organization || machine.domain === undefined) return undefined;
  const { name, domain } = machine;
  const own = organization.domain;
  const finding = (found: string, says: string): Finding => ({
    found,
    needed: `a trust with ${own}, both ways`,
    message: `The machine '${name}' ${says}; it must be in a domain that trusts, and is trusted by, ${own}, the domain of '${organization.name}' (X5).`,
  });
  if (domain === null) return finding("no domain", "is in no domain");
  const same = (other: string) => other.toLowerCase() === domain.toLowerCase();
  if (same(own)) return undefined;
  const trust = (organization.premises.trusts ?? []).find((one) => same(one.domain));
  if (trust?.direction === "twoWay") return undefined;
  if (!trust) return finding(`${domain}, no trust`, `is in the domain ${domain}, which has no trust with ${own}`);
  const oneWay = trust.direction === "outgoing" ? `${own} trusts ${domain} only` : `${domain} trusts ${own} only`;
  return finding(oneWay, `is in the domain ${domain}, and ${oneWay}`);
}

/** The service on ports 80 and 443, then the server, or the proxy through which it is reached. */
function unreachable(machine: ConnectorMachine, { setup, server }: Situation): Finding[] {
  const proxy = setup.annotations["@classic.proxy"];
  const exchange = proxy
    ? [{ host: proxy.host, port: proxy.port, of: "the proxy to Exchange" }]
    : server
      ? [{ host: server.fqdn, port: 443, of: "WinRM, Autodiscover and EWS" }]
      : [];
  const service = serviceHosts.flatMap((host) => [80, 443].map((port) => ({ host, port, of: "the Intune service" })));
  return [...service, ...exchange]
    .filter(({ host, port }) => !reaches(machine, host, port))
    .map(({ host, port, of }) => ({
      found: "closed",
      needed: `${host}:${port}`,
      message: `The machine '${machine.name}' does not reach ${host} on port ${port} (${of}): open it in firewalls and proxies (X5).`,
    }));
}

/** Compares versions number by number. */
function isAtLeast(version: string, needed: string): boolean {
  const [one, other] = [version, needed].map((text) => text.split(".").map(Number));
  for (let index = 0; index < Math.max(one!.length, other!.length); index++) {
    const difference = (one![index] ?? 0) - (other![index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
