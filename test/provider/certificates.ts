/** Certificates for tests, and valid inputs of both kinds of certificate profile for each platform. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Properties } from "../../provider/values";

const read = (name: string) => readFileSync(join(__dirname, "../fixtures/certificates", name), "utf8");

/** `mail` is mail.contoso.example, issued by `root`; `other` has nothing to do with either. */
export const pem = { root: read("contoso-root.pem"), mail: read("mail.pem"), other: read("fabrikam-root.pem") };

export const base64Of = (text: string) => text.replace(/-----[A-Z ]+-----|\s/g, "");

export const certificatePlatforms = ["ios", "android", "androidForWork", "windows81", "windowsPhone81"] as const;
export type CertificatePlatform = (typeof certificatePlatforms)[number];

export const trustedInputs = (platform: CertificatePlatform, over: Properties = {}): Properties => ({
  kind: "TrustedCertificate",
  platform,
  displayName: "Contoso root",
  trustedRootCertificate: pem.root,
  certFileName: "root.cer",
  ...(platform === "windows81" ? { destinationStore: "computerCertStoreRoot" } : {}),
  ...over,
});

const more: Record<CertificatePlatform, Properties> = {
  ios: { certificateStore: "user" },
  android: { hashAlgorithm: ["sha2"], subjectAlternativeNameType: ["none"] },
  androidForWork: {
    hashAlgorithm: ["sha2", "sha1"],
    subjectAlternativeNameType: ["userPrincipalName", "emailAddress"],
  },
  windows81: {
    hashAlgorithm: ["sha2"],
    keyStorageProvider: "useSoftwareKsp",
    customSubjectAlternativeNames: [{ sanType: "emailAddress", name: "{{EmailAddress}}" }],
  },
  windowsPhone81: {
    hashAlgorithm: ["sha2"],
    keyStorageProvider: "useTpmKspOtherwiseFail",
    subjectAlternativeNameType: ["emailAddress"],
  },
};

export const scepInputs = (platform: CertificatePlatform, over: Properties = {}): Properties => ({
  kind: "ScepCertificate",
  platform,
  displayName: "Mail identity",
  scepServerUrls: ["https://ndes.contoso.example/certsrv/mscep/mscep.dll"],
  subjectNameFormat: "commonName",
  keyUsage: ["digitalSignature", "keyEncipherment"],
  keySize: "size2048",
  extendedKeyUsages: [{ name: "Client Authentication", objectIdentifier: "1.3.6.1.5.5.7.3.2" }],
  certificateValidityPeriodScale: "years",
  certificateValidityPeriodValue: 1,
  renewalThresholdPercentage: 20,
  ...more[platform],
  ...over,
});
