import * as pulumi from "@pulumi/pulumi";
import { claim } from "./claims";
import { oldFirst } from "./old-first";
import { shim } from "./shim";

/** How a certificate names its holder on iOS. */
export type AppleSubjectNameFormat =
  | "commonName"
  | "commonNameAsEmail"
  | "custom"
  | "commonNameIncludingEmail"
  | "commonNameAsIMEI"
  | "commonNameAsSerialNumber";
/** How a certificate names its holder elsewhere. */
export type SubjectNameFormat =
  | AppleSubjectNameFormat
  | "commonNameAsAadDeviceId"
  | "commonNameAsIntuneDeviceId"
  | "commonNameAsDurableDeviceId";
/** Other names of the holder. */
export type SubjectAlternativeNameType =
  | "none"
  | "emailAddress"
  | "userPrincipalName"
  | "customAzureADAttribute"
  | "domainNameService"
  | "universalResourceIdentifier";
/** What the key may do. */
export type KeyUsage = "keyEncipherment" | "digitalSignature";
/** Length of the key. */
export type KeySize = "size1024" | "size2048" | "size4096";
/** How the request is signed. */
export type HashAlgorithm = "sha1" | "sha2";
/** Unit of the validity. */
export type CertificateValidityPeriodScale = "days" | "months" | "years";
/** Whose store the certificate goes to. */
export type CertificateStore = "user" | "machine";
/** Where Windows keeps the key. */
export type KeyStorageProviderOption =
  | "useTpmKspOtherwiseUseSoftwareKsp"
  | "useTpmKspOtherwiseFail"
  | "usePassportForWorkKspOtherwiseFail"
  | "useSoftwareKsp";

/** What the certificate is for: `{ name: "Client Authentication", objectIdentifier: "1.3.6.1.5.5.7.3.2" }`. */
export interface ExtendedKeyUsage {
  name: pulumi.Input<string>;
  objectIdentifier: pulumi.Input<string>;
}

/** Another name of the holder, in one's own words. */
export interface CustomSubjectAlternativeName {
  sanType: pulumi.Input<SubjectAlternativeNameType>;
  name: pulumi.Input<string>;
}

interface CommonScepSettings {
  /** Name of the profile in the tenant; no two SCEP certificates of a platform may share it. */
  displayName: pulumi.Input<string>;
  /** What it is for, for other administrators. */
  description?: pulumi.Input<string>;
  /** Addresses of the SCEP (NDES) servers. At least one; order does not matter. */
  scepServerUrls: pulumi.Input<pulumi.Input<string>[]>;
  /** Subject in one's own words, `CN={{UserName}},O=Contoso` for example: with `subjectNameFormat: "custom"`. */
  subjectNameFormatString?: pulumi.Input<string>;
  /** The attribute, with `subjectAlternativeNameType: ["customAzureADAttribute"]`. */
  subjectAlternativeNameFormatString?: pulumi.Input<string>;
  /** What the key may do. */
  keyUsage: pulumi.Input<pulumi.Input<KeyUsage>[]>;
  /** Length of the key. */
  keySize: pulumi.Input<KeySize>;
  /** What the certificate is for. */
  extendedKeyUsages?: pulumi.Input<pulumi.Input<ExtendedKeyUsage>[]>;
  /** Unit of `certificateValidityPeriodValue`. */
  certificateValidityPeriodScale: pulumi.Input<CertificateValidityPeriodScale>;
  /** How long a certificate is valid; a whole number from 1 on. */
  certificateValidityPeriodValue: pulumi.Input<number>;
  /** At how many percent of its life that remain the device renews it; 1 to 99. */
  renewalThresholdPercentage: pulumi.Input<number>;
  /**
   * Id of the trusted certificate that it authenticates against (E12), of the same platform; a device without that
   * gets no certificate. Leaving it out again removes the link.
   */
  rootCertificate?: pulumi.Input<string>;
  /** Scope tags of the profile, by id; the tenant gives `["0"]` where none are said. */
  roleScopeTagIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Takes over the SCEP certificate of the same name and platform that the tenant already has, without changing it;
   * the next preview shows what differs. `pulumi up --replace` needs it as well. Default: false.
   */
  adopt?: pulumi.Input<boolean>;
}

interface Hash {
  /** How devices may sign their request. */
  hashAlgorithm: pulumi.Input<pulumi.Input<HashAlgorithm>[]>;
}

interface Subject {
  /** How the certificate names its holder. */
  subjectNameFormat: pulumi.Input<SubjectNameFormat>;
}

interface AlternativeNames {
  /** Other names of the holder. */
  subjectAlternativeNameType: pulumi.Input<pulumi.Input<SubjectAlternativeNameType>[]>;
}

interface Store {
  /** Whose store the certificate goes to. */
  certificateStore?: pulumi.Input<CertificateStore>;
  /** Other names of the holder, in one's own words. */
  customSubjectAlternativeNames?: pulumi.Input<pulumi.Input<CustomSubjectAlternativeName>[]>;
}

interface KeyStorage {
  /** Where Windows keeps the key. */
  keyStorageProvider: pulumi.Input<KeyStorageProviderOption>;
}

export interface IosScepCertificateArgs extends CommonScepSettings, Partial<AlternativeNames>, Store {
  /** **A change deletes the profile and makes a new one.** */
  platform: "ios";
  /** How the certificate names its holder. */
  subjectNameFormat: pulumi.Input<AppleSubjectNameFormat>;
}

/** `android` is Samsung KNOX (device administrator). */
export interface AndroidScepCertificateArgs extends CommonScepSettings, Subject, AlternativeNames, Hash {
  /** **A change deletes the profile and makes a new one.** */
  platform: "android";
}

export interface AndroidForWorkScepCertificateArgs
  extends CommonScepSettings,
    Subject,
    Partial<AlternativeNames>,
    Hash,
    Store {
  /** **A change deletes the profile and makes a new one.** */
  platform: "androidForWork";
}

export interface Windows81ScepCertificateArgs
  extends CommonScepSettings,
    Subject,
    Partial<AlternativeNames>,
    Hash,
    Store,
    KeyStorage {
  /** **A change deletes the profile and makes a new one.** */
  platform: "windows81";
}

export interface WindowsPhone81ScepCertificateArgs
  extends CommonScepSettings,
    Subject,
    AlternativeNames,
    Hash,
    KeyStorage {
  /** **A change deletes the profile and makes a new one.** */
  platform: "windowsPhone81";
}

/** Settings of a SCEP certificate, by `platform`; one that a platform does not have does not compile. */
export type ScepCertificateArgs =
  | IosScepCertificateArgs
  | AndroidScepCertificateArgs
  | AndroidForWorkScepCertificateArgs
  | Windows81ScepCertificateArgs
  | WindowsPhone81ScepCertificateArgs;

/**
 * A certificate that each device asks a SCEP server for. An email profile with `authenticationMethod: "certificate"`
 * identifies its user with one (E12). Deploy it, and its root, to the same groups as the profile.
 *
 * @example
 * const identity = new ScepCertificate("identity", {
 *   platform: "ios",
 *   displayName: "Mail identity for iPhones",
 *   scepServerUrls: ["https://ndes.contoso.example/certsrv/mscep/mscep.dll"],
 *   subjectNameFormat: "commonName",
 *   keyUsage: ["digitalSignature", "keyEncipherment"],
 *   keySize: "size2048",
 *   certificateValidityPeriodScale: "years",
 *   certificateValidityPeriodValue: 1,
 *   renewalThresholdPercentage: 20,
 *   rootCertificate: root.id,
 * });
 */
export class ScepCertificate extends pulumi.CustomResource {
  /** Name of the profile in the tenant. */
  declare public readonly displayName: pulumi.Output<string>;
  /** Graph's type of the profile. */
  declare public readonly odataType: pulumi.Output<string>;

  constructor(name: string, args: ScepCertificateArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "pulumi-nodejs:dynamic/intune:ScepCertificate",
      name,
      { ...args, kind: "ScepCertificate", odataType: undefined, __provider: shim },
      oldFirst(options),
    );
    const what = `displayName of a SCEP certificate (${args?.platform})`;
    claim(this, name, what, args?.displayName, "Two of one name cannot be told apart.");
  }

  /** Reads a SCEP certificate that exists, by its id in Graph, without managing it. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): ScepCertificate {
    return new ScepCertificate(name, {} as ScepCertificateArgs, { ...options, id });
  }
}
