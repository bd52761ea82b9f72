import * as pulumi from "@pulumi/pulumi";
import { claim } from "./claims";
import { oldFirst } from "./old-first";
import { shim } from "./shim";

/** How the user's mail address is made: from the primary SMTP address or the user principal name (E4). */
export type UserEmailSource = "userPrincipalName" | "primarySmtpAddress";
/** How the user name is made on Android (E4). */
export type AndroidUsernameSource = "username" | "userPrincipalName" | "samAccountName" | "primarySmtpAddress";
/** Which attribute of Azure AD gives the user name on iOS and Windows, where it differs from `usernameSource`. */
export type UsernameSource = "userPrincipalName" | "primarySmtpAddress" | "samAccountName";
/** Which form of the domain goes before the user name. */
export type DomainNameSource = "fullDomainName" | "netBiosDomainName";
/** How much mail a device keeps (E5); `userDefined` leaves it to the user. */
export type EmailSyncDuration =
  | "userDefined"
  | "oneDay"
  | "threeDays"
  | "oneWeek"
  | "twoWeeks"
  | "oneMonth"
  | "unlimited";
/** How often a device fetches mail; `asMessagesArrive` is push, `manual` leaves it to the user. */
export type EmailSyncSchedule =
  | "userDefined"
  | "asMessagesArrive"
  | "manual"
  | "fifteenMinutes"
  | "thirtyMinutes"
  | "sixtyMinutes"
  | "basedOnMyUsage";
/** How the user proves who they are (E6). A password is never part of a profile: the user gives it on the device. */
export type EasAuthenticationMethod = "usernameAndPassword" | "certificate";
/** Where a certificate comes from (iOS). */
export type EmailCertificateType = "none" | "certificate" | "derivedCredential";
/** What iOS synchronizes. */
export type EasService = "calendars" | "contacts" | "email" | "notes" | "reminders";

interface CommonSettings {
  /** Name of the profile in the tenant; no two email profiles may share it. A change updates in place. */
  displayName: pulumi.Input<string>;
  /** What the profile is for, for other administrators. A change updates in place. */
  description?: pulumi.Input<string>;
  /**
   * Fully qualified name of the Exchange server that devices talk to, `mail.contoso.com` for example, with a port
   * where it is not 443. **A change deletes the profile and makes a new one** (E7): people enter their password again.
   */
  hostName: pulumi.Input<string>;
  /**
   * What each user's address is made from. **A change deletes the profile and makes a new one** (E7).
   */
  emailAddressSource: pulumi.Input<UserEmailSource>;
  /** How much mail a device keeps. A change updates in place. */
  durationOfEmailToSync: pulumi.Input<EmailSyncDuration>;
  /** Whether devices use SSL. On Samsung KNOX the server's certificate must then be deployed too (E11). */
  requireSsl: pulumi.Input<boolean>;
  /** Scope tags of the profile, by id; the tenant gives `["0"]` where none are said. */
  roleScopeTagIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Takes over the profile of the same name and type that the tenant already has, without changing it; the next
   * preview shows what differs. Without it such a profile is an error that gives its id. `pulumi up --replace` needs it as well: there the engine does not say which profile is
   * the stack's own. Default: false.
   */
  adopt?: pulumi.Input<boolean>;
}

interface AccountName {
  /** Name of the account as the user sees it on the device. */
  accountName: pulumi.Input<string>;
}

interface OptionalAccountName {
  /**
   * Name of the account as the user sees it. Graph has no property for it on Android for Work: it travels as the
   * annotation `@classic.accountName`, which the simulated tenant applies and another Graph service may ignore (E3).
   */
  accountName?: pulumi.Input<string>;
}

interface UserEmailUsername {
  /** What each user's name is made from (E4). */
  usernameSource: pulumi.Input<UserEmailSource>;
  /** The attribute of Azure AD that gives the user name, where it is not `usernameSource`. */
  usernameAADSource?: pulumi.Input<UsernameSource>;
  /** Which form of the domain goes before the user name. Default: none. */
  userDomainNameSource?: pulumi.Input<DomainNameSource>;
  /** A domain of your own to go before the user name. */
  customDomainName?: pulumi.Input<string>;
}

interface AndroidUsername {
  /** What each user's name is made from (E4). */
  usernameSource: pulumi.Input<AndroidUsernameSource>;
}

interface Authentication {
  /** How users prove who they are: by password or certificate (E6). */
  authenticationMethod: pulumi.Input<EasAuthenticationMethod>;
  /**
   * Id of the SCEP certificate profile that identifies the user: always with `authenticationMethod: "certificate"`,
   * and only then (E3, E12). Leaving it out again removes the link.
   */
  identityCertificate?: pulumi.Input<string>;
}

interface SigningCertificate {
  /** Id of the certificate profile that signs mail: always with `requireSmime`, and only then (E3). */
  smimeSigningCertificate?: pulumi.Input<string>;
}

interface Schedule {
  /** How often a device fetches mail. */
  emailSyncSchedule: pulumi.Input<EmailSyncSchedule>;
}

interface OptionalSchedule {
  /**
   * How often a device fetches mail. Graph has no property for it on Android for Work: it travels as the annotation
   * `@classic.emailSyncSchedule`, which the simulated tenant applies and another Graph service may ignore (E3).
   */
  emailSyncSchedule?: pulumi.Input<EmailSyncSchedule>;
}

interface ContentTypes {
  /** Whether the calendar is synchronized. */
  syncCalendar: pulumi.Input<boolean>;
  /** Whether contacts are synchronized. */
  syncContacts: pulumi.Input<boolean>;
  /** Whether tasks are synchronized. */
  syncTasks: pulumi.Input<boolean>;
}

/** An email profile for iOS 8.0 and later. */
export interface IosEmailProfileArgs
  extends CommonSettings,
    AccountName,
    UserEmailUsername,
    Authentication,
    SigningCertificate {
  platform: "ios";
  /** What is synchronized; all five where it is not said. At least one. */
  easServices?: pulumi.Input<pulumi.Input<EasService>[]>;
  /** Whether the user may change what is synchronized. */
  easServicesUserOverrideEnabled?: pulumi.Input<boolean>;
  /** Whether mail is signed with S/MIME; needs `smimeSigningCertificate`. */
  requireSmime?: pulumi.Input<boolean>;
  /** Id of the certificate profile that encrypts mail. */
  smimeEncryptionCertificate?: pulumi.Input<string>;
  smimeSigningEnabled?: pulumi.Input<boolean>;
  smimeSigningUserOverrideEnabled?: pulumi.Input<boolean>;
  smimeSigningCertificateUserOverrideEnabled?: pulumi.Input<boolean>;
  smimeEncryptByDefaultEnabled?: pulumi.Input<boolean>;
  smimeEncryptByDefaultUserOverrideEnabled?: pulumi.Input<boolean>;
  smimeEncryptionCertificateUserOverrideEnabled?: pulumi.Input<boolean>;
  smimeEnablePerMessageSwitch?: pulumi.Input<boolean>;
  signingCertificateType?: pulumi.Input<EmailCertificateType>;
  encryptionCertificateType?: pulumi.Input<EmailCertificateType>;
  /** Whether moving mail to the user's other accounts is blocked. */
  blockMovingMessagesToOtherEmailAccounts?: pulumi.Input<boolean>;
  /** Whether other apps are kept from sending with this account. */
  blockSendingEmailFromThirdPartyApps?: pulumi.Input<boolean>;
  /** Whether addresses used lately stay on the device. */
  blockSyncingRecentlyUsedEmailAddresses?: pulumi.Input<boolean>;
  /** Whether the account signs in with OAuth (iOS 12 and later). */
  useOAuth?: pulumi.Input<boolean>;
  /** Id of the VPN profile that mail goes through (iOS 14 and later). */
  perAppVPNProfileId?: pulumi.Input<string>;
}

/** An email profile for Samsung KNOX Standard 4.0 and later. */
export interface SamsungKnoxEmailProfileArgs
  extends CommonSettings,
    AccountName,
    AndroidUsername,
    Authentication,
    SigningCertificate,
    Schedule,
    ContentTypes {
  platform: "samsungKnox";
  /** Which form of the domain goes before the user name. Default: none. */
  userDomainNameSource?: pulumi.Input<DomainNameSource>;
  /** A domain of your own to go before the user name. */
  customDomainName?: pulumi.Input<string>;
  /** Whether notes are synchronized. */
  syncNotes: pulumi.Input<boolean>;
  /** Whether mail is signed with S/MIME; needs `smimeSigningCertificate`. */
  requireSmime: pulumi.Input<boolean>;
}

/** An email profile for Windows Phone 8.1 and later. */
export interface WindowsPhone81EmailProfileArgs
  extends CommonSettings,
    AccountName,
    UserEmailUsername,
    Schedule,
    ContentTypes {
  platform: "windowsPhone81";
  /** Whether the profile leaves out devices newer than Windows Phone 8.1. Default: false. */
  applyOnlyToWindowsPhone81?: pulumi.Input<boolean>;
}

/** An email profile for Windows 10, desktop and mobile. */
export interface Windows10EmailProfileArgs
  extends CommonSettings,
    AccountName,
    UserEmailUsername,
    Schedule,
    ContentTypes {
  platform: "windows10";
}

/** An email profile for Gmail in the work profile of Android for Work. Gmail must be deployed to the same users (E10). */
export interface AndroidForWorkGmailEmailProfileArgs
  extends CommonSettings,
    OptionalAccountName,
    AndroidUsername,
    Authentication,
    OptionalSchedule {
  platform: "androidForWorkGmail";
}

/** An email profile for Nine Work in the work profile of Android for Work, which may need a licence (E10). */
export interface AndroidForWorkNineWorkEmailProfileArgs
  extends CommonSettings,
    OptionalAccountName,
    AndroidUsername,
    Authentication,
    OptionalSchedule,
    ContentTypes {
  platform: "androidForWorkNineWork";
}

/**
 * Settings of an email profile, by `platform`. A setting that a platform does not have does not compile, and is an
 * error at preview (E3). Nothing is filled in: a required setting that is absent is an error (E2).
 */
export type EmailProfileArgs =
  | IosEmailProfileArgs
  | SamsungKnoxEmailProfileArgs
  | WindowsPhone81EmailProfileArgs
  | Windows10EmailProfileArgs
  | AndroidForWorkGmailEmailProfileArgs
  | AndroidForWorkNineWorkEmailProfileArgs;

/**
 * An Intune email profile: the mail account that arrives on the devices it is deployed to.
 *
 * @example
 * const mail = new EmailProfile("iphones", {
 *   platform: "ios",
 *   displayName: "Mail on iPhones",
 *   hostName: "mail.contoso.example",
 *   accountName: "Contoso",
 *   usernameSource: "userPrincipalName",
 *   emailAddressSource: "primarySmtpAddress",
 *   authenticationMethod: "usernameAndPassword",
 *   durationOfEmailToSync: "oneWeek",
 *   requireSsl: true,
 * });
 */
export class EmailProfile extends pulumi.CustomResource {
  /** Name of the profile in the tenant. */
  declare public readonly displayName: pulumi.Output<string>;
  /** Server that devices talk to. */
  declare public readonly hostName: pulumi.Output<string>;
  /** Graph's type of the profile, `#microsoft.graph.iosEasEmailProfileConfiguration` for example. */
  declare public readonly odataType: pulumi.Output<string>;
  /** How often the profile was changed, as Graph counts. Not meant as an input of other resources. */
  declare public readonly version: pulumi.Output<number>;

  constructor(name: string, args: EmailProfileArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "pulumi-nodejs:dynamic/intune:EmailProfile",
      name,
      { ...args, kind: "EmailProfile", odataType: undefined, version: undefined, __provider: shim },
      oldFirst(options),
    );
    claim(this, name, "displayName of an email profile", args?.displayName, "Names are unique in a tenant (E3).");
  }

  /** Reads a profile that exists, by its id in Graph, without managing it. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): EmailProfile {
    return new EmailProfile(name, {} as EmailProfileArgs, { ...options, id });
  }
}
