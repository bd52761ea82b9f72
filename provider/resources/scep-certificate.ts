/** ScepCertificate: a certificate that each device asks a SCEP server for, such as the identity of a mail account (E12). */
import { z } from "zod";
import { update, updateWhen } from "../on-change";
import { type Has, type Lacks, lacks, link, optional, required } from "../platform";
import { id, text } from "../platforms/values";
import type { Failure } from "../resource";
import { hasUnknown, type Properties, sameSet } from "../values";
import { type CertificateType, certificateProfile } from "./certificate-profile";
import { trustedCertificateTypes } from "./trusted-certificate";

// --- values, in Graph's words (CONTRACT section 4) ------------------------------------------------------------------

/** Flags travel as one text, `keyEncipherment, digitalSignature`; the order is of no meaning. */
const commaSeparated: Has["wire"] = {
  write: (value) => (value as string[]).join(", "),
  read: (value) =>
    String(value)
      .split(",")
      .map((word) => word.trim()),
};
const flags = <const W extends [string, ...string[]]>(...words: W) =>
  z.array(z.enum(words)).min(1, "must name at least one");

/** Graph puts its type into every object; a program never does. */
const items: Has["wire"] = {
  write: (value) => value,
  read: (value) =>
    (value as Properties[]).map((item) =>
      Object.fromEntries(Object.entries(item).filter(([name, each]) => !name.includes("@") && each != null)),
    ),
};

const appleSubject = z.enum([
  "commonName",
  "commonNameAsEmail",
  "custom",
  "commonNameIncludingEmail",
  "commonNameAsIMEI",
  "commonNameAsSerialNumber",
]);
const subject = z.enum([
  ...appleSubject.options,
  "commonNameAsAadDeviceId",
  "commonNameAsIntuneDeviceId",
  "commonNameAsDurableDeviceId",
]);
const alternativeNames = [
  "none",
  "emailAddress",
  "userPrincipalName",
  "customAzureADAttribute",
  "domainNameService",
  "universalResourceIdentifier",
] as const;
const extendedKeyUsage = z.strictObject({
  name: text,
  objectIdentifier: z.string().regex(/^[0-2](\.\d+)+$/, "must be an object identifier, such as 1.3.6.1.5.5.7.3.2"),
});
const customName = z.strictObject({ sanType: z.enum(alternativeNames), name: text });
const server = z.string().regex(/^https?:\/\/[^\s]+$/, "must be an address that begins with http:// or https://");
const percentage = z.int().min(1, "must be 1 to 99").max(99, "must be 1 to 99");

// --- settings -------------------------------------------------------------------------------------------------------

const common = {
  displayName: required(text.max(256)),
  description: optional(z.string().max(1024)),
  scepServerUrls: required(z.array(server).min(1, "must name at least one server")),
  subjectNameFormatString: optional(text),
  subjectAlternativeNameFormatString: optional(text),
  keyUsage: { ...required(flags("keyEncipherment", "digitalSignature")), wire: commaSeparated },
  keySize: required(z.enum(["size1024", "size2048", "size4096"])),
  hashAlgorithm: { ...required(flags("sha1", "sha2")), wire: commaSeparated },
  extendedKeyUsages: { ...optional(z.array(extendedKeyUsage), []), wire: items },
  certificateValidityPeriodScale: required(z.enum(["days", "months", "years"])),
  certificateValidityPeriodValue: required(z.int().min(1, "must be at least 1")),
  renewalThresholdPercentage: required(percentage),
  rootCertificate: link(id),
  roleScopeTagIds: optional(z.array(text).min(1, "must name at least one"), ["0"]),
};
const withStore = {
  certificateStore: optional(z.enum(["user", "machine"])),
  customSubjectAlternativeNames: { ...optional(z.array(customName)), wire: items },
};
const noStore = {
  certificateStore: lacks("it has a single store"),
  customSubjectAlternativeNames: lacks("its alternative names are those of subjectAlternativeNameType"),
};
const provider = z.enum([
  "useTpmKspOtherwiseUseSoftwareKsp",
  "useTpmKspOtherwiseFail",
  "usePassportForWorkKspOtherwiseFail",
  "useSoftwareKsp",
]);
const noProvider = { keyStorageProvider: lacks("key storage providers are of Windows") };
const alternative = { subjectAlternativeNameType: { ...optional(flags(...alternativeNames)), wire: commaSeparated } };
/** Where Graph does not let it be null. */
const alternativeRequired = {
  subjectAlternativeNameType: { ...required(flags(...alternativeNames)), wire: commaSeparated },
};

const sameItems = (one: unknown, other: unknown) => {
  const texts = (list: unknown) =>
    Array.isArray(list) ? list.map((item) => JSON.stringify(Object.entries(item as object).sort())) : list;
  return sameSet(texts(one), texts(other));
};

const onChange = {
  displayName: update,
  description: update,
  scepServerUrls: updateWhen(sameSet),
  subjectNameFormat: update,
  subjectNameFormatString: update,
  subjectAlternativeNameType: updateWhen(sameSet),
  subjectAlternativeNameFormatString: update,
  customSubjectAlternativeNames: updateWhen(sameItems),
  keyUsage: updateWhen(sameSet),
  keySize: update,
  hashAlgorithm: updateWhen(sameSet),
  extendedKeyUsages: updateWhen(sameItems),
  certificateStore: update,
  keyStorageProvider: update,
  certificateValidityPeriodScale: update,
  certificateValidityPeriodValue: update,
  renewalThresholdPercentage: update,
  rootCertificate: update,
  roleScopeTagIds: updateWhen(sameSet),
};

type Rows = Record<keyof typeof onChange, Has | Lacks>;

export const scepCertificateTypes = {
  ios: {
    title: "iOS",
    odataType: "iosScepCertificateProfile",
    settings: {
      ...common,
      ...withStore,
      ...noProvider,
      ...alternative,
      subjectNameFormat: required(appleSubject),
      hashAlgorithm: lacks("iOS chooses the hash algorithm with the server"),
    } satisfies Rows,
    links: { rootCertificate: [trustedCertificateTypes.ios.odataType] },
  },
  android: {
    title: "Android (Samsung KNOX)",
    odataType: "androidScepCertificateProfile",
    settings: {
      ...common,
      ...noStore,
      ...noProvider,
      ...alternativeRequired,
      subjectNameFormat: required(subject),
    } satisfies Rows,
    links: { rootCertificate: [trustedCertificateTypes.android.odataType] },
  },
  androidForWork: {
    title: "Android for Work",
    odataType: "androidForWorkScepCertificateProfile",
    settings: {
      ...common,
      ...withStore,
      ...noProvider,
      ...alternative,
      subjectNameFormat: required(subject),
    } satisfies Rows,
    links: { rootCertificate: [trustedCertificateTypes.androidForWork.odataType] },
  },
  windows81: {
    title: "Windows 8.1 and later",
    odataType: "windows81SCEPCertificateProfile",
    settings: {
      ...common,
      ...withStore,
      ...alternative,
      subjectNameFormat: required(subject),
      keyStorageProvider: required(provider),
    } satisfies Rows,
    links: { rootCertificate: [trustedCertificateTypes.windows81.odataType] },
  },
  windowsPhone81: {
    title: "Windows Phone 8.1",
    odataType: "windowsPhone81SCEPCertificateProfile",
    settings: {
      ...common,
      ...noStore,
      ...alternativeRequired,
      subjectNameFormat: required(subject),
      keyStorageProvider: required(provider),
    } satisfies Rows,
    links: { rootCertificate: [trustedCertificateTypes.windowsPhone81.odataType] },
  },
} satisfies Record<keyof typeof trustedCertificateTypes, CertificateType>;

/** A format in one's own words needs the words. */
function conditions(values: Properties): Failure[] {
  const missing = (property: string, because: string): Failure => ({
    property,
    reason: `is required with ${because}.`,
  });
  const types = values.subjectAlternativeNameType;
  const custom = Array.isArray(types) && !hasUnknown(types) && types.includes("customAzureADAttribute");
  return [
    ...(values.subjectNameFormat === "custom" && values.subjectNameFormatString === undefined
      ? [missing("subjectNameFormatString", 'subjectNameFormat: "custom"; for example "CN={{UserName}}"')]
      : []),
    ...(custom && values.subjectAlternativeNameFormatString === undefined
      ? [missing("subjectAlternativeNameFormatString", 'subjectAlternativeNameType: ["customAzureADAttribute"]')]
      : []),
  ];
}

export const scepCertificate = certificateProfile({
  kind: "ScepCertificate",
  noun: "SCEP certificate",
  types: scepCertificateTypes,
  onChange,
  conditions,
  computed: () => ({}),
});
