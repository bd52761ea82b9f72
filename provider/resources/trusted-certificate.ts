/** TrustedCertificate: a root, or a server's own certificate, that devices are to trust (E11, E12). */
import { X509Certificate } from "node:crypto";
import { z } from "zod";
import type { Json } from "../graph/client";
import { update, updateWhen } from "../on-change";
import { lacks, optional, type Required, required } from "../platform";
import { text } from "../platforms/values";
import { isUnknown, sameSet } from "../values";
import { type CertificateType, certificateProfile } from "./certificate-profile";

// --- the certificate itself -----------------------------------------------------------------------------------------

/** Reads a certificate as PEM or base64 of DER, or says why it is none. The text itself is never shown: it is long. */
export function readCertificate(value: string): X509Certificate | string {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value)) {
    return "holds a private key, which must not leave its machine; give the certificate alone";
  }
  const count = value.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
  if (count > 1) return `holds ${count} certificates; a trusted certificate is one: make one for each`;
  const base64 = value.replace(/\s/g, "");
  if (count === 0 && !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    return "must be one certificate, as PEM (-----BEGIN CERTIFICATE-----) or as base64 of its DER bytes";
  }
  try {
    return new X509Certificate(count === 1 ? value : Buffer.from(base64, "base64"));
  } catch {
    return "is no X.509 certificate; give it as PEM (-----BEGIN CERTIFICATE-----) or as base64 of its DER bytes";
  }
}

const derOf = (value: unknown): unknown => {
  const certificate = typeof value === "string" && !isUnknown(value) ? readCertificate(value) : value;
  return certificate instanceof X509Certificate ? certificate.raw.toString("base64") : value;
};

/** Graph takes base64 of DER; what it has is the same certificate as the program's PEM. */
const sameCertificate = (one: unknown, other: unknown) => (derOf(one) ?? null) === (derOf(other) ?? null);

/** What is known of a certificate, in the words that people look it up by. */
function facts(entity: Json) {
  const certificate = readCertificate(String(entity.trustedRootCertificate ?? ""));
  if (typeof certificate === "string") return {};
  return {
    thumbprint: certificate.fingerprint.replaceAll(":", ""),
    thumbprintSha256: certificate.fingerprint256.replaceAll(":", ""),
    subject: certificate.subject,
    expirationDateTime: certificate.validToDate.toISOString(),
  };
}

// --- settings -------------------------------------------------------------------------------------------------------

const certificate: Required<typeof text> = { ...required(text), wire: { write: derOf, read: (value) => value } };
const destinationStore = z.enum([
  "computerCertStoreRoot",
  "computerCertStoreIntermediate",
  "userCertStoreIntermediate",
]);

const common = {
  displayName: required(text.max(256)),
  description: optional(z.string().max(1024)),
  trustedRootCertificate: certificate,
  certFileName: optional(text),
  roleScopeTagIds: optional(z.array(text).min(1, "must name at least one"), ["0"]),
};
const noStore = { destinationStore: lacks("only Windows has several stores") };

const onChange = {
  displayName: update,
  description: update,
  trustedRootCertificate: updateWhen(sameCertificate),
  certFileName: update,
  destinationStore: update,
  roleScopeTagIds: updateWhen(sameSet),
};

export const trustedCertificateTypes = {
  ios: { title: "iOS", odataType: "iosTrustedRootCertificate", settings: { ...common, ...noStore } },
  android: {
    title: "Android (Samsung KNOX)",
    odataType: "androidTrustedRootCertificate",
    settings: { ...common, ...noStore },
  },
  androidForWork: {
    title: "Android for Work",
    odataType: "androidForWorkTrustedRootCertificate",
    settings: { ...common, ...noStore },
  },
  windows81: {
    title: "Windows 8.1 and later",
    odataType: "windows81TrustedRootCertificate",
    settings: { ...common, destinationStore: required(destinationStore) },
  },
  windowsPhone81: {
    title: "Windows Phone 8.1",
    odataType: "windowsPhone81TrustedRootCertificate",
    settings: { ...common, ...noStore },
  },
} satisfies Record<string, { settings: Record<keyof typeof onChange, unknown> } & CertificateType>;

export const trustedCertificate = certificateProfile({
  kind: "TrustedCertificate",
  noun: "trusted certificate",
  types: trustedCertificateTypes,
  onChange,
  conditions({ trustedRootCertificate: value }) {
    if (isUnknown(value)) return [];
    const read = readCertificate(String(value));
    return typeof read === "string" ? [{ property: "trustedRootCertificate", reason: `${read} (E12).` }] : [];
  },
  computed: facts,
});
