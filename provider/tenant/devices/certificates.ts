/** Certificates on devices: which arrive, and whether a mail connection can be made with them (E11, E12). */
import { X509Certificate } from "node:crypto";
import { readSetting, type TenantContext } from "../context";
import type { Seed } from "../seed";
import { type AssignmentRow, assignmentsOf } from "../services/assignments";
import type { ConfigurationRow } from "../services/configurations";
import type { MailAccount } from "./account";
import type { Device, DevicePlatform } from "./devices";
import type { Reason } from "./reasons";

export interface Certificate {
  id: string;
  displayName: string;
  version: number;
  platforms: readonly DevicePlatform[];
  /** What devices ask a server for, or what they are only told to trust. */
  kind: "scep" | "trusted" | "other";
  /** Of a SCEP certificate: id of the trusted one that it authenticates against. */
  rootId: string | undefined;
  x509: X509Certificate | undefined;
  assignments: AssignmentRow[];
}

/** Devices by the beginning of Graph's type; `androidForWork` comes before `android`, which begins it. */
const platforms: [prefix: string, reaches: readonly DevicePlatform[]][] = [
  ["ios", ["ios"]],
  ["androidForWork", ["androidForWork"]],
  ["androidWorkProfile", ["androidForWork"]],
  ["android", ["samsungKnox"]],
  ["windowsPhone81", ["windowsPhone81"]],
  ["windows", ["windows10"]],
];

/** Every certificate profile of the tenant, trusted ones first: read once for a batch of devices. */
export function loadCertificates(context: TenantContext): Certificate[] {
  const rows = context.db.all<ConfigurationRow & { rootId: string | null }>(
    `SELECT deviceConfiguration.*, targetId AS rootId FROM deviceConfiguration
     LEFT JOIN configurationLink ON configurationId = id AND navigation = 'rootCertificate'
     WHERE type LIKE '%TrustedRootCertificate' OR type LIKE '%CertificateProfile'
     ORDER BY type NOT LIKE '%TrustedRootCertificate', deviceConfiguration.rowid`,
  );
  return rows.map(({ id, type, displayName, version, properties, rootId }) => ({
    id,
    displayName,
    version,
    platforms: platforms.find(([prefix]) => type.startsWith(prefix))?.[1] ?? [],
    kind: type.endsWith("TrustedRootCertificate")
      ? "trusted"
      : /scepCertificateProfile$/i.test(type)
        ? "scep"
        : "other",
    rootId: rootId ?? undefined,
    x509: readX509((JSON.parse(properties) as { trustedRootCertificate?: string }).trustedRootCertificate),
    assignments: assignmentsOf(context, id),
  }));
}

/** Graph takes any bytes for a certificate; those that are none match nothing. */
function readX509(base64: string | undefined): X509Certificate | undefined {
  try {
    return base64 === undefined ? undefined : new X509Certificate(Buffer.from(base64, "base64"));
  } catch {
    return undefined;
  }
}

export interface Verdict {
  reason: Reason;
  /** One sentence for a person. */
  message: string;
}

/** What becomes of a certificate that targets the device; `there` are those that have arrived before it. */
export function decideCertificate(
  certificate: Certificate,
  device: Device,
  there: ReadonlyMap<string, Certificate>,
  nameOf: (id: string) => string,
): Verdict {
  const { displayName, kind, rootId } = certificate;
  if (!certificate.platforms.includes(device.platform)) {
    const message = `${displayName} is for ${certificate.platforms.join(" and ") || "other platforms"} and the device is ${device.platform}.`;
    return { reason: "otherPlatform", message };
  }
  if (kind === "scep" && (rootId === undefined || !there.has(rootId))) {
    const what =
      rootId === undefined ? "no trusted certificate is linked to it" : `${nameOf(rootId)} is not on the device`;
    return { reason: "rootCertificateMissing", message: `${displayName} cannot be issued: ${what}.` };
  }
  return { reason: "installed", message: `${displayName} is on the device.` };
}

// --- connections ----------------------------------------------------------------------------------------------------

export type MailServer = Seed["mailServers"][number];

/** What is known of mail servers, by host. */
export const loadMailServers = (context: TenantContext): ReadonlyMap<string, MailServer> =>
  new Map((readSetting<MailServer[]>(context.db, "mailServers") ?? []).map((each) => [each.host.toLowerCase(), each]));

/** What a connection is judged by. */
export interface Trust {
  /** Certificates on the device, by id. */
  certificates: ReadonlyMap<string, Certificate>;
  servers: ReadonlyMap<string, MailServer>;
  /** Name of any certificate of the tenant. */
  nameOf(id: string): string;
}

/** Why an account cannot connect, though its profile is on the device; undefined where it can. */
export function connectionFailure(
  account: MailAccount,
  identityId: string | undefined,
  platform: DevicePlatform,
  trust: Trust,
): Verdict | undefined {
  const host = account.hostName.replace(/:\d+$/, "");
  const server = trust.servers.get(host.toLowerCase());
  const { authenticationMethod, requireSsl } = account.settings;
  if (authenticationMethod === "certificate") {
    const failure = identityFailure(account, host, identityId, server, trust);
    if (failure) return failure;
  }
  if (platform !== "samsungKnox" || requireSsl !== true) return undefined;
  const vouches = ({ x509, ...certificate }: Certificate) =>
    x509 !== undefined &&
    (x509.checkHost(host) !== undefined || isNamed(server?.issuedBy ?? [], { x509, ...certificate }));
  if ([...trust.certificates.values()].some((each) => each.kind === "trusted" && vouches(each))) return undefined;
  return {
    reason: "serverCertificateMissing",
    message: `${account.emailAddress} cannot connect with SSL: no trusted certificate on the device is that of ${host}. Deploy the server's certificate as an Android trusted certificate to the same groups.`,
  };
}

function identityFailure(
  account: MailAccount,
  host: string,
  identityId: string | undefined,
  server: MailServer | undefined,
  { certificates, nameOf }: Trust,
): Verdict | undefined {
  const identity = identityId === undefined ? undefined : certificates.get(identityId);
  if (!identity) {
    const what =
      identityId === undefined
        ? "no identity certificate is linked to its profile"
        : `its identity certificate ${nameOf(identityId)} is not on the device`;
    return { reason: "identityCertificateMissing", message: `${account.emailAddress} cannot connect: ${what}.` };
  }
  const root = identity.rootId === undefined ? undefined : certificates.get(identity.rootId);
  if (!server?.trusts || (root && isNamed(server.trusts, root))) return undefined;
  return {
    reason: "chainNotTrusted",
    message: `${account.emailAddress} cannot connect: ${host} does not trust ${root?.displayName ?? "the root"}, which ${identity.displayName} is issued by. Put that certificate on the server.`,
  };
}

/** Whether a list names a certificate: by display name, or by SHA-1 or SHA-256 of its bytes. */
function isNamed(names: readonly string[], { displayName, x509 }: Certificate): boolean {
  const plain = (text: string) => text.replaceAll(":", "").toLowerCase();
  const known = [displayName.toLowerCase(), ...(x509 ? [plain(x509.fingerprint), plain(x509.fingerprint256)] : [])];
  return names.some((name) => known.includes(name.toLowerCase()) || known.includes(plain(name)));
}
