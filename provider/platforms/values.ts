/** Values that settings take, with Graph's words (CONTRACT section 3), and groups of settings that go together. */
import { z } from "zod";
import { annotation, type Has, type Lacks, lacks, link, type Optional, optional, required } from "../platform";

const words = <const Words extends [string, ...string[]]>(...values: Words) => z.enum(values);
export const text = z.string().min(1, "must not be empty");
export const flag = z.boolean();
export const id = z.string().min(1, "must be the id of a certificate profile");
const host = z
  .string()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:\d{1,5})?$/,
    "must be the name of a server, such as mail.contoso.com, without https:// or a path",
  );

export const userEmailSource = words("userPrincipalName", "primarySmtpAddress");
export const usernameSource = words("userPrincipalName", "primarySmtpAddress", "samAccountName");
export const androidUsernameSource = words("username", "userPrincipalName", "samAccountName", "primarySmtpAddress");
export const domainNameSource = words("fullDomainName", "netBiosDomainName");
export const certificateType = words("none", "certificate", "derivedCredential");
export const authenticationMethod = words("usernameAndPassword", "certificate");
export const easServices = z
  .array(words("calendars", "contacts", "email", "notes", "reminders"))
  .min(1, "must name at least one");
/** Flags travel as one text, `calendars, contacts`; the order is of no meaning. */
export const services: Optional<typeof easServices> = {
  ...optional(easServices),
  wire: {
    write: (value) => (value as string[]).join(", "),
    read: (value) => (typeof value === "string" ? value.split(",").map((word) => word.trim()) : value),
  },
};
const duration = words("userDefined", "oneDay", "threeDays", "oneWeek", "twoWeeks", "oneMonth", "unlimited");
const schedule = words(
  "userDefined",
  "asMessagesArrive",
  "manual",
  "fifteenMinutes",
  "thirtyMinutes",
  "sixtyMinutes",
  "basedOnMyUsage",
);

type Rows<N extends string> = Record<N, Has | Lacks>;

/** What every email profile has. */
export const common = {
  displayName: required(text.max(256)),
  description: optional(z.string().max(1024)),
  hostName: required(host),
  emailAddressSource: required(userEmailSource),
  durationOfEmailToSync: required(duration),
  requireSsl: required(flag),
  roleScopeTagIds: optional(z.array(text).min(1, "must name at least one"), ["0"]),
} satisfies Rows<string>;

export const userEmailUsername = {
  usernameSource: required(userEmailSource),
  usernameAADSource: optional(usernameSource),
  userDomainNameSource: optional(domainNameSource),
  customDomainName: optional(text),
} satisfies Rows<string>;

export const authentication = {
  authenticationMethod: required(authenticationMethod),
  identityCertificate: link(id),
} satisfies Rows<string>;

export const noAuthentication = {
  authenticationMethod: lacks("users always sign in with user name and password there"),
  identityCertificate: lacks("users always sign in with user name and password there"),
} satisfies Rows<string>;

export const scheduled = { emailSyncSchedule: required(schedule) } satisfies Rows<string>;

/** Android for Work: Graph has no property for these two, the platform has them (E3). */
export const annotated = {
  accountName: annotation(text),
  emailSyncSchedule: annotation(schedule),
} satisfies Rows<string>;

export const contentTypes = {
  syncCalendar: required(flag),
  syncContacts: required(flag),
  syncTasks: required(flag),
} satisfies Rows<string>;

const iosMail = "only the mail app of iOS has it";

export const noSmime = {
  requireSmime: lacks("S/MIME is for iOS and Samsung KNOX"),
  smimeSigningCertificate: lacks("S/MIME is for iOS and Samsung KNOX"),
} satisfies Rows<string>;

export const noIosSettings = {
  smimeEncryptionCertificate: lacks(iosMail),
  smimeSigningEnabled: lacks(iosMail),
  smimeSigningUserOverrideEnabled: lacks(iosMail),
  smimeSigningCertificateUserOverrideEnabled: lacks(iosMail),
  smimeEncryptByDefaultEnabled: lacks(iosMail),
  smimeEncryptByDefaultUserOverrideEnabled: lacks(iosMail),
  smimeEncryptionCertificateUserOverrideEnabled: lacks(iosMail),
  smimeEnablePerMessageSwitch: lacks(iosMail),
  signingCertificateType: lacks(iosMail),
  encryptionCertificateType: lacks(iosMail),
  easServices: lacks("content types are chosen by syncCalendar, syncContacts and syncTasks where they can be chosen"),
  easServicesUserOverrideEnabled: lacks(iosMail),
  blockMovingMessagesToOtherEmailAccounts: lacks(iosMail),
  blockSendingEmailFromThirdPartyApps: lacks(iosMail),
  blockSyncingRecentlyUsedEmailAddresses: lacks(iosMail),
  useOAuth: lacks(iosMail),
  perAppVPNProfileId: lacks(iosMail),
} satisfies Rows<string>;

export const noDomain = {
  userDomainNameSource: lacks("the work profile's mail apps take the user name alone"),
  customDomainName: lacks("the work profile's mail apps take the user name alone"),
} satisfies Rows<string>;

export const noAadSource = {
  usernameAADSource: lacks("Android has samAccountName among the values of usernameSource"),
} satisfies Rows<string>;

export const noNotes = { syncNotes: lacks("notes are synchronized on Samsung KNOX only") } satisfies Rows<string>;

export const notWindowsPhone = {
  applyOnlyToWindowsPhone81: lacks("it is about Windows Phone"),
} satisfies Rows<string>;
