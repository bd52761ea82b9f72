/** Certificates as others refer to them: which types a setting may link to (E12, CONTRACT section 4), checked at preview. */
import type { Graph, Json } from "../graph/client";
import { isGone } from "../graph/errors";
import type { Failure } from "../resource";
import { isUnknown, type Properties } from "../values";
import { configurationOf } from "./configurations";

/** Types of certificate profile that a link of a platform may lead to. */
type Links = Readonly<Record<string, readonly string[]>>;

const ofWorkProfile: Links = {
  identityCertificate: ["androidForWorkScepCertificateProfile", "androidWorkProfileScepCertificateProfile"],
};

const ios = ["iosScepCertificateProfile", "iosPkcsCertificateProfile", "iosImportedPFXCertificateProfile"];
/** Graph lets androidForWorkImportedPFXCertificateProfile in here too; it never reaches a KNOX device. */
const knox = ["androidScepCertificateProfile", "androidPkcsCertificateProfile", "androidImportedPFXCertificateProfile"];

/** By platform of an email profile. */
export const emailProfileLinks: Readonly<Record<string, Links>> = {
  ios: {
    identityCertificate: ["iosScepCertificateProfile"],
    smimeSigningCertificate: ios,
    smimeEncryptionCertificate: ios,
  },
  samsungKnox: { identityCertificate: ["androidScepCertificateProfile"], smimeSigningCertificate: knox },
  androidForWorkGmail: ofWorkProfile,
  androidForWorkNineWork: ofWorkProfile,
};

const typeName = (entity: Json) => String(entity["@odata.type"]).replace(/^#?microsoft\.graph\./i, "");

/** Whether a configuration of the service holds a certificate: a trusted one, or one that devices get for themselves. */
export const isCertificate = (entity: Json): boolean =>
  /(TrustedRootCertificate|CertificateProfile)$/i.test(typeName(entity));

/** Links to certificates that do not exist, are of the wrong kind, or are for another platform (E12). */
export async function linkFailures(graph: Graph, inputs: Properties, links: Links | undefined): Promise<Failure[]> {
  const given = Object.entries(links ?? {}).filter(([name]) => inputs[name] != null && !isUnknown(inputs[name]));
  const found = await Promise.all(given.map(([name, allowed]) => linkFailure(graph, name, inputs[name], allowed)));
  return found.flat();
}

async function linkFailure(
  graph: Graph,
  property: string,
  id: unknown,
  allowed: readonly string[],
): Promise<Failure[]> {
  const types = allowed.join(", ");
  try {
    const entity = await configurationOf(graph, id);
    const type = typeName(entity);
    if (allowed.some((name) => name.toLowerCase() === type.toLowerCase())) return [];
    return [{ property, reason: `is ${id}, "${entity.displayName}", a ${type}; allowed: ${types} (E12).` }];
  } catch (error) {
    if (!isGone(error)) throw error;
    const next = "Give the id of one that exists; if this stack made it, refresh first";
    return [{ property, reason: `is ${id}, which does not exist in the tenant; allowed: a ${types} (E12). ${next}.` }];
  }
}

/** The same for the three links of an email profile. */
export const certificateFailures = (graph: Graph, inputs: Properties): Promise<Failure[]> =>
  linkFailures(graph, inputs, emailProfileLinks[String(inputs.platform)]);
