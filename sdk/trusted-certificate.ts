import * as pulumi from "@pulumi/pulumi";
import { claim } from "./claims";
import { oldFirst } from "./old-first";
import { shim } from "./shim";

/** Where Windows keeps a trusted certificate. */
export type CertificateDestinationStore =
  | "computerCertStoreRoot"
  | "computerCertStoreIntermediate"
  | "userCertStoreIntermediate";

interface CommonTrustedCertificateSettings {
  /** Name of the profile in the tenant; no two trusted certificates of a platform may share it. */
  displayName: pulumi.Input<string>;
  /** What it is for, for other administrators. */
  description?: pulumi.Input<string>;
  /**
   * The certificate, as PEM or as base64 of its DER bytes: one certificate, without its private key. A change updates
   * in place.
   */
  trustedRootCertificate: pulumi.Input<string>;
  /** File name that people see, `contoso-root.cer` for example. */
  certFileName?: pulumi.Input<string>;
  /** Scope tags of the profile, by id; the tenant gives `["0"]` where none are said. */
  roleScopeTagIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Takes over the trusted certificate of the same name and platform that the tenant already has, without changing it;
   * the next preview shows what differs. `pulumi up --replace` needs it as well. Default: false.
   */
  adopt?: pulumi.Input<boolean>;
}

/** A certificate that phones trust; `android` is Samsung KNOX (device administrator). */
export interface MobileTrustedCertificateArgs extends CommonTrustedCertificateSettings {
  /** **A change deletes the profile and makes a new one.** */
  platform: "ios" | "android" | "androidForWork" | "windowsPhone81";
}

/** A certificate that Windows trusts, and where it keeps it. */
export interface WindowsTrustedCertificateArgs extends CommonTrustedCertificateSettings {
  /** **A change deletes the profile and makes a new one.** */
  platform: "windows81";
  /** The store it goes to. */
  destinationStore: pulumi.Input<CertificateDestinationStore>;
}

export type TrustedCertificateArgs = MobileTrustedCertificateArgs | WindowsTrustedCertificateArgs;

/**
 * A certificate that devices are to trust: the root that SCEP certificates authenticate against (E12), or, on Samsung
 * KNOX, the certificate of the Exchange server (E11). Deploy it with a Deployment, to the same groups as the profile.
 *
 * @example
 * const root = new TrustedCertificate("root", {
 *   platform: "ios",
 *   displayName: "Contoso root for iPhones",
 *   trustedRootCertificate: readFileSync("contoso-root.pem", "utf8"),
 * });
 */
export class TrustedCertificate extends pulumi.CustomResource {
  /** Name of the profile in the tenant. */
  declare public readonly displayName: pulumi.Output<string>;
  /** Graph's type of the profile. */
  declare public readonly odataType: pulumi.Output<string>;
  /** SHA-1 of the certificate, in capital hexadecimal digits, as Windows and Intune show it. */
  declare public readonly thumbprint: pulumi.Output<string>;
  /** SHA-256 of the certificate, in capital hexadecimal digits. */
  declare public readonly thumbprintSha256: pulumi.Output<string>;
  /** Whom the certificate is for. */
  declare public readonly subject: pulumi.Output<string>;
  /** When the certificate ends, in ISO 8601. */
  declare public readonly expirationDateTime: pulumi.Output<string>;

  constructor(name: string, args: TrustedCertificateArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "pulumi-nodejs:dynamic/intune:TrustedCertificate",
      name,
      {
        ...args,
        kind: "TrustedCertificate",
        odataType: undefined,
        thumbprint: undefined,
        thumbprintSha256: undefined,
        subject: undefined,
        expirationDateTime: undefined,
        __provider: shim,
      },
      oldFirst(options),
    );
    const what = `displayName of a trusted certificate (${args?.platform})`;
    claim(this, name, what, args?.displayName, "Two of one name cannot be told apart.");
  }

  /** Reads a trusted certificate that exists, by its id in Graph, without managing it. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): TrustedCertificate {
    return new TrustedCertificate(name, {} as TrustedCertificateArgs, { ...options, id });
  }
}
