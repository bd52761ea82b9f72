/** Where the chain breaks that a profile hangs on: its app, its certificate, that one's root, the server (E10 to E12). */
import type { TenantContext } from "../tenant/context";
import { profileTypes } from "../tenant/devices/profileTypes";
import type { Reason } from "../tenant/devices/reasons";
import type { DeviceImpact, Risk } from "./impact";
import { type RiskKind, riskOf, whose } from "./risk-kinds";

/** What a device reports of a profile, and of all that the profile needs there. */
interface Link {
  at: number;
  reason: Reason;
  hostName: string | null;
  type: string;
  identityId: string | null;
  identityReason: Reason | null;
  identityMessage: string | null;
  rootId: string | null;
  rootReason: Reason | null;
}

const linksOf = `SELECT key.key AS at, mail.reason, mail.account ->> 'hostName' AS hostName,
    deviceConfiguration.type,
    identity.targetId AS identityId, issued.reason AS identityReason, issued.message AS identityMessage,
    root.targetId AS rootId, trusted.reason AS rootReason
  FROM json_each(:keys) AS key
  JOIN deviceProfile AS mail ON mail.deviceId = key.value ->> 0 AND mail.profileId = key.value ->> 1
  JOIN deviceConfiguration ON deviceConfiguration.id = mail.profileId
  LEFT JOIN configurationLink AS identity
    ON identity.configurationId = mail.profileId AND identity.navigation = 'identityCertificate'
  LEFT JOIN deviceProfile AS issued ON issued.deviceId = mail.deviceId AND issued.profileId = identity.targetId
  LEFT JOIN configurationLink AS root
    ON root.configurationId = identity.targetId AND root.navigation = 'rootCertificate'
  LEFT JOIN deviceProfile AS trusted ON trusted.deviceId = mail.deviceId AND trusted.profileId = root.targetId`;

/** Devices and people for whom one link of one profile's chain is broken. */
interface Break {
  kind: ChainKind;
  profileId: string;
  link: Link;
  devices: number;
  people: Set<string>;
}

/** Rows that are looked up together. */
const stretch = 1000;

/**
 * A risk for each broken link of each profile, of those that the plan breaks.
 * @param nameOf how a configuration is called: by its resource, where the plan has it
 */
export function brokenChains(
  rows: Iterable<DeviceImpact>,
  { db }: TenantContext,
  nameOf: (id: string) => string,
  groupsOf: (profileId: string) => string,
): Risk[] {
  const breaks = new Map<string, Break>();
  let some: DeviceImpact[] = [];
  const look = () => {
    const keys = JSON.stringify(some.map(({ deviceId, profile }) => [deviceId, profile!.id]));
    for (const link of db.all<Link>(linksOf, { keys })) {
      const { userPrincipalName, profile } = some[link.at]!;
      const kind = kindOf(link);
      if (!kind) continue;
      const key = JSON.stringify([kind, profile!.id, link.identityMessage, link.hostName]);
      const known = breaks.get(key) ?? { kind, profileId: profile!.id, link, devices: 0, people: new Set() };
      known.devices++;
      if (userPrincipalName !== null) known.people.add(userPrincipalName);
      breaks.set(key, known);
    }
    some = [];
  };
  for (const row of rows) {
    if (row.profile && (row.category === "cannotConnect" || row.category === "waiting")) some.push(row);
    if (some.length === stretch) look();
  }
  look();
  return [...breaks.values()].map((one) => {
    const { kind, devices, people } = one;
    const message = sentences[kind](one, nameOf, groupsOf(one.profileId));
    return riskOf(kind, message, { people: people.size, devices, names: [...people] });
  });
}

/** The first link that is broken, as the device's own reports tell. */
function kindOf({ reason, identityId, identityReason, rootId, rootReason }: Link): ChainKind | undefined {
  if (reason === "appMissing" || reason === "serverCertificateMissing" || reason === "chainNotTrusted") return reason;
  if (reason !== "identityCertificateMissing") return undefined;
  if (identityId === null) return "identityUnlinked";
  if (identityReason === null) return "identityNotDeployed";
  return rootId !== null && rootReason === null ? "rootNotDeployed" : "identityNotIssued";
}

type Sentence = (of: Break, nameOf: (id: string) => string, groups: string) => string;

/** What is wrong, for whom, and what to change. */
const sentences = {
  appMissing: (of, nameOf, groups) =>
    `The ${profileTypes[of.link.type]?.app?.name ?? "mail"} app is missing, and ${nameOf(of.profileId)} waits for it: ${whose(of.people.size, of.devices)} (E10). Deploy the app as required to ${groups}.`,
  serverCertificateMissing: (of, nameOf, groups) =>
    `${nameOf(of.profileId)} cannot connect for ${whose(of.people.size, of.devices)}: no trusted certificate there is that of ${of.link.hostName} (E11). Deploy the server's certificate as a TrustedCertificate to ${groups}.`,
  identityUnlinked: (of, nameOf) =>
    `${nameOf(of.profileId)} cannot connect for ${whose(of.people.size, of.devices)}: no identity certificate is linked to it (E12). Give it one.`,
  identityNotDeployed: (of, nameOf, groups) =>
    `${nameOf(of.profileId)} cannot connect for ${whose(of.people.size, of.devices)}: its certificate, ${nameOf(of.link.identityId!)}, is not deployed to them (E12). Deploy it to ${groups}.`,
  identityNotIssued: (of, nameOf) =>
    `${nameOf(of.profileId)} cannot connect for ${whose(of.people.size, of.devices)}: its certificate, ${nameOf(of.link.identityId!)}, is deployed and not issued (E12): ${of.link.identityMessage}`,
  rootNotDeployed: (of, nameOf, groups) =>
    `${nameOf(of.profileId)} cannot connect for ${whose(of.people.size, of.devices)}: its certificate, ${nameOf(of.link.identityId!)}, cannot be issued, as its root, ${nameOf(of.link.rootId!)}, is not deployed to them (E12). Deploy the root to ${groups}.`,
  chainNotTrusted: (of, nameOf) =>
    `${nameOf(of.profileId)} cannot connect for ${whose(of.people.size, of.devices)}: ${of.link.hostName} does not trust ${of.link.rootId === null ? "the root of its certificate" : nameOf(of.link.rootId)} (E12). Put that certificate on the server first.`,
} satisfies Partial<Record<RiskKind, Sentence>>;
type ChainKind = keyof typeof sentences;
