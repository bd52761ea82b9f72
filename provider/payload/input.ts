/** What a payload is made from, in Graph's words; the rest of an entity is of no concern to a device. */
import { z } from "zod";
import { UserError } from "../user-error";

const words = <const W extends [string, ...string[]]>(...values: W) => z.enum(values).nullish();
const text = z.string().nullish();
const flag = z.boolean().nullish();

const profileSchema = z.object({
  "@odata.type": z.string(),
  id: z.string(),
  displayName: z.string(),
  description: text,
  hostName: z.string(),
  accountName: text,
  "@classic.accountName": text,
  usernameSource: words("username", "userPrincipalName", "samAccountName", "primarySmtpAddress"),
  usernameAADSource: words("userPrincipalName", "primarySmtpAddress", "samAccountName"),
  userDomainNameSource: words("fullDomainName", "netBiosDomainName"),
  customDomainName: text,
  emailAddressSource: words("userPrincipalName", "primarySmtpAddress"),
  authenticationMethod: words("usernameAndPassword", "certificate", "derivedCredential"),
  requireSmime: flag,
  smimeSigningEnabled: flag,
  smimeSigningUserOverrideEnabled: flag,
  smimeSigningCertificateUserOverrideEnabled: flag,
  smimeEncryptByDefaultEnabled: flag,
  smimeEncryptByDefaultUserOverrideEnabled: flag,
  smimeEncryptionCertificateUserOverrideEnabled: flag,
  smimeEnablePerMessageSwitch: flag,
  signingCertificateType: words("none", "certificate", "derivedCredential"),
  encryptionCertificateType: words("none", "certificate", "derivedCredential"),
  durationOfEmailToSync: words("userDefined", "oneDay", "threeDays", "oneWeek", "twoWeeks", "oneMonth", "unlimited"),
  emailSyncSchedule: schedule(),
  "@classic.emailSyncSchedule": schedule(),
  requireSsl: flag,
  easServices: text,
  easServicesUserOverrideEnabled: flag,
  syncCalendar: flag,
  syncContacts: flag,
  syncTasks: flag,
  syncNotes: flag,
  blockMovingMessagesToOtherEmailAccounts: flag,
  blockSendingEmailFromThirdPartyApps: flag,
  blockSyncingRecentlyUsedEmailAddresses: flag,
  useOAuth: flag,
  perAppVPNProfileId: text,
});

function schedule() {
  return words(
    "userDefined",
    "asMessagesArrive",
    "manual",
    "fifteenMinutes",
    "thirtyMinutes",
    "sixtyMinutes",
    "basedOnMyUsage",
  );
}

export type Profile = z.infer<typeof profileSchema>;
export type EmailSyncDuration = NonNullable<Profile["durationOfEmailToSync"]>;
export type EmailSyncSchedule = NonNullable<Profile["emailSyncSchedule"]>;
export type UsernameSource = NonNullable<Profile["usernameSource"]>;

/** The six types of email profile (E1). */
export type ProfileType =
  | "ios"
  | "samsungKnox"
  | "windowsPhone81"
  | "windows10"
  | "androidForWorkGmail"
  | "androidForWorkNineWork";

/** The two generations of Android work profile types are alike. */
const typesOfGraph: Readonly<Record<string, ProfileType>> = {
  iosEasEmailProfileConfiguration: "ios",
  androidEasEmailProfileConfiguration: "samsungKnox",
  windowsPhoneEASEmailProfileConfiguration: "windowsPhone81",
  windows10EasEmailProfileConfiguration: "windows10",
  androidForWorkGmailEasConfiguration: "androidForWorkGmail",
  androidForWorkNineWorkEasConfiguration: "androidForWorkNineWork",
  androidWorkProfileGmailEasConfiguration: "androidForWorkGmail",
  androidWorkProfileNineWorkEasConfiguration: "androidForWorkNineWork",
};

/** Clients compare Graph's types without regard to case. */
const types = new Map(Object.entries(typesOfGraph).map(([name, type]) => [name.toLowerCase(), type]));

export type Entity = Readonly<Record<string, unknown>>;

/** Which of the six types an entity is; undefined when it is no email profile. */
export const profileTypeOf = (entity: Entity): ProfileType | undefined =>
  types.get(
    String(entity["@odata.type"])
      .replace(/^#?microsoft\.graph\./i, "")
      .toLowerCase(),
  );

export interface User {
  id: string;
  userPrincipalName: string;
  displayName: string;
  /** The primary SMTP address. */
  mail?: string | null;
  onPremisesSamAccountName?: string | null;
  onPremisesDomainName?: string | null;
}

/** A certificate profile that an email profile is linked to, and the trusted certificate it authenticates against (E12). */
export interface LinkedCertificate {
  certificate: Entity & { id: string };
  root?: Entity & { id: string };
}

/** Links do not travel in the body of a profile, so whoever asks for a payload reads them first. */
export interface Certificates {
  identity?: LinkedCertificate;
  signing?: LinkedCertificate;
  encryption?: LinkedCertificate;
}

export interface PayloadInput {
  /** The email profile as Graph gives it, with `@odata.type` and the annotations `@classic.*` (E3). */
  profile: Entity;
  user: User;
  certificates?: Certificates;
  /** Settings that this version lacks are left out and noted; without a device, the latest version is meant. */
  device?: { osVersion: string };
}

/** The profile, if it is one of the six types and has only words that Graph has. */
export function parseProfile(entity: Entity): { type: ProfileType; profile: Profile } {
  const name = `"${entity.displayName ?? entity.id}"`;
  const type = profileTypeOf(entity);
  if (type === undefined) {
    const allowed = Object.keys(typesOfGraph).join(", ");
    throw new UserError(
      `No payload can be made of ${name}: it is a ${entity["@odata.type"]}, not an email profile. Types that are: ${allowed} (E1).`,
    );
  }
  return { type, profile: parse(profileSchema, entity, `email profile ${name}`) };
}

/** Reads an entity by a schema, or says which property of what has which value. */
export function parse<S extends z.ZodType>(schema: S, entity: Entity, what: string): z.infer<S> {
  const result = schema.safeParse(entity);
  if (result.success) return result.data;
  const failures = result.error.issues.map(({ path, message }) => {
    const found = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], entity);
    return `${path.join(".")} is ${JSON.stringify(found) ?? "absent"}: ${message}`;
  });
  throw new UserError(`No payload can be made of ${what}: ${failures.join("; ")}. Correct the profile in the tenant.`);
}
