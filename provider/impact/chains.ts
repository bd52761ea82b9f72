/** Where the chain breaks that a profile hangs on: its app, its certificate, that one's root, the server (E10 to E12). */
import type { TenantContext } from "../tenant/context";
import { profileTypes } from "../tenant/devices/profileTypes";
import type { Reason } from "../tenant/devices/reasons";
import { countOf, type NamedCrowd, namedCrowd, putNamed, type Whose } from "./crowd";
import type { DeviceImpact, Risk } from "./impact";
import { counted } from "./report/words";
import { type RiskKind, riskOf, whose } from "./risk-kinds";

/** What a device reports of a profile, and of all that the profile needs there. */
interface Link extends Whose {
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

const linksOf = `SELECT key.key AS at, device.rowid AS device, user.rowid AS person, mail.reason, mail.account ->> 'hostName' AS hostName,
    deviceConfiguration.type,
    identity.targetId AS identityId, issued.reason AS identityReason, issued.message AS identityMessage,
    root.targetId AS rootId, trusted.reason AS rootReason
  FROM json_each(:keys) AS key
  JOIN deviceProfile AS mail ON mail.deviceId = key.value ->> 0 AND mail.profileId = key.value ->> 1
  JOIN device ON device.id = mail.deviceId
  LEFT JOIN user ON user.id = device.userId
  JOIN deviceConfiguration ON deviceConfiguration.id = mail.profileId
  LEFT JOIN configurationLink AS identity
    ON identity.configurationId = mail.profileId AND identity.navigation = 'identityCertificate'
  LEFT JOIN deviceProfile AS issued ON issued.deviceId = mail.deviceId AND issued.profileId = identity.targetId
  LEFT JOIN configurationLink AS root
    ON root.configurationId = identity.targetId AND root.navigation = 'rootCertificate'
  LEFT JOIN deviceProfile AS trusted ON trusted.deviceId = mail.deviceId AND trusted.profileId = root.targetId`;

/** One link that is broken, in the chain of one profile or of several. */
interface Break extends NamedCrowd {
  kind: ChainKind;
  link: Link;
  profileIds: Set<string>;
}

/** How messages call things. */
export interface Names {
  /** A configuration: by its resource, where the plan has it. */
  configuration(id: string): string;
  /** The groups that profiles are for. */
  groups(profileIds: Iterable<string>): string;
}

/** Rows that are looked up together. */
const stretch = 1000;

/** A risk for each broken link, of those that the plan breaks. */
export function brokenChains(rows: Iterable<DeviceImpact>, { db }: TenantContext, names: Names): Risk[] {
  const breaks = new Map<string, Break>();
  let some: DeviceImpact[] = [];
  const look = () => {
    const keys = JSON.stringify(some.map(({ deviceId, profile }) => [deviceId, profile!.id]));
    for (const link of db.all<Link>(linksOf, { keys })) {
      const { userPrincipalName, profile } = some[link.at]!;
      const kind = kindOf(link);
      if (!kind) continue;
      const key = JSON.stringify([kind, ...culprit[kind](link, profile!.id)]);
      const known = breaks.get(key) ?? { kind, link, ...namedCrowd(), profileIds: new Set() };
      breaks.set(key, known);
      putNamed(known, link, userPrincipalName);
      known.profileIds.add(profile!.id);
    }
    some = [];
  };
  for (const row of rows) {
    if (row.profile && (row.category === "cannotConnect" || row.category === "waiting")) some.push(row);
    if (some.length === stretch) look();
  }
  look();
  return [...breaks.values()].map((one) => {
    const count = countOf(one);
    const message = sentences[one.kind](one.link, {
      mail: names.configuration([...one.profileIds][0]!),
      whom: whose(count.people, count.devices),
      to: names.groups(one.profileIds),
      called: (id) => (id === null ? "the root of its certificate" : names.configuration(id)),
    });
    return riskOf(one.kind, message + besides(one.profileIds.size - 1), { ...count, names: [...one.names] });
  });
}

/** Others that hang on the same. */
const besides = (count: number): string =>
  count === 0 ? "" : ` The same holds for ${counted(count, "other profile", "other profiles")}.`;

/** The first link that is broken, as the device's own reports tell. */
function kindOf({ reason, identityId, identityReason, rootId, rootReason }: Link): ChainKind | undefined {
  if (reason === "appMissing" || reason === "serverCertificateMissing" || reason === "chainNotTrusted") return reason;
  if (reason !== "identityCertificateMissing") return undefined;
  if (identityId === null) return "identityUnlinked";
  if (identityReason === null) return "identityNotDeployed";
  return rootId !== null && rootReason === null ? "rootNotDeployed" : "identityNotIssued";
}

/** What to mend; profiles that it mends are told of together. */
const culprit: Record<ChainKind, (link: Link, profileId: string) => unknown[]> = {
  appMissing: ({ type }) => [profileTypes[type]?.app?.id],
  serverCertificateMissing: ({ hostName }) => [hostName],
  identityUnlinked: (_link, profileId) => [profileId],
  identityNotDeployed: ({ identityId }) => [identityId],
  identityNotIssued: ({ identityId, identityMessage }) => [identityId, identityMessage],
  rootNotDeployed: ({ identityId }) => [identityId],
  chainNotTrusted: ({ rootId, hostName }) => [rootId, hostName],
};

interface Words {
  /** The profile that hangs on it, whom it is for, and their groups. */
  mail: string;
  whom: string;
  to: string;
  called(id: string | null): string;
}

/** What is wrong, for whom, and what to change. */
const sentences = {
  appMissing: ({ type }, { mail, whom, to }) =>
    `The ${profileTypes[type]?.app?.name ?? "mail"} app is missing, and ${mail} waits for it: ${whom} (E10). Deploy the app as required to ${to}.`,
  serverCertificateMissing: ({ hostName }, { mail, whom, to }) =>
    `${mail} cannot connect for ${whom}: no trusted certificate there is that of ${hostName} (E11). Deploy the server's certificate as a TrustedCertificate to ${to}.`,
  identityUnlinked: (_link, { mail, whom }) =>
    `${mail} cannot connect for ${whom}: no identity certificate is linked to it (E12). Give it one.`,
  identityNotDeployed: ({ identityId }, { mail, whom, to, called }) =>
    `${mail} cannot connect for ${whom}: its certificate, ${called(identityId)}, is not deployed to them (E12). Deploy it to ${to}.`,
  identityNotIssued: ({ identityId, identityMessage }, { mail, whom, called }) =>
    `${mail} cannot connect for ${whom}: its certificate, ${called(identityId)}, is deployed and not issued (E12): ${identityMessage}`,
  rootNotDeployed: ({ identityId, rootId }, { mail, whom, to, called }) =>
    `${mail} cannot connect for ${whom}: its certificate, ${called(identityId)}, cannot be issued, as its root, ${called(rootId)}, is not deployed to them (E12). Deploy the root to ${to}.`,
  chainNotTrusted: ({ hostName, rootId }, { mail, whom, called }) =>
    `${mail} cannot connect for ${whom}: ${hostName} does not trust ${called(rootId)} (E12). Put that certificate on the server first.`,
} satisfies Partial<Record<RiskKind, (link: Link, words: Words) => string>>;
type ChainKind = keyof typeof sentences;
