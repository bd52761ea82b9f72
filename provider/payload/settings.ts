/** What a device is told about a mail account: a profile's settings, with one user's name and address in them (E4). */
import { UserError } from "../user-error";
import {
  type Certificates,
  type EmailSyncDuration,
  type EmailSyncSchedule,
  type Entity,
  type PayloadInput,
  type Profile,
  type ProfileType,
  parseProfile,
  type User,
  type UsernameSource,
} from "./input";

export const easServices = ["calendars", "contacts", "email", "notes", "reminders"] as const;
export type EasService = (typeof easServices)[number];

/** Every setting that can reach a device, under Graph's name where Graph has one. There is no password (E6). */
export interface Settings {
  hostName: string;
  accountName: string;
  userName: string;
  domain: string;
  emailAddress: string;
  /** Id of the certificate profile; without one, users sign in with user name and password. */
  identityCertificate: string;
  smimeSigningEnabled: boolean;
  smimeSigningCertificate: string;
  smimeSigningUserOverrideEnabled: boolean;
  smimeSigningCertificateUserOverrideEnabled: boolean;
  smimeEncryptByDefaultEnabled: boolean;
  smimeEncryptByDefaultUserOverrideEnabled: boolean;
  smimeEncryptionCertificate: string;
  smimeEncryptionCertificateUserOverrideEnabled: boolean;
  smimeEnablePerMessageSwitch: boolean;
  durationOfEmailToSync: EmailSyncDuration;
  emailSyncSchedule: EmailSyncSchedule;
  requireSsl: boolean;
  easServices: EasService[];
  easServicesUserOverrideEnabled: boolean;
  syncCalendar: boolean;
  syncContacts: boolean;
  syncTasks: boolean;
  syncNotes: boolean;
  blockMovingMessagesToOtherEmailAccounts: boolean;
  blockSendingEmailFromThirdPartyApps: boolean;
  blockSyncingRecentlyUsedEmailAddresses: boolean;
  useOAuth: boolean;
  perAppVPNProfileId: string;
}

/** Settings of a profile that decide what is sent and do not travel themselves. */
export const decides = {
  displayName: "names the configuration profile on iOS; elsewhere administrators alone see it",
  description: "describes the configuration profile on iOS; elsewhere administrators alone see it",
  roleScopeTagIds: "administration only",
  applyOnlyToWindowsPhone81: "decides which phones take the profile",
  usernameSource: "gives `userName` (E4)",
  usernameAADSource: "gives `userName`, before usernameSource",
  userDomainNameSource: "gives `domain`, when the user name is the samAccountName",
  customDomainName: "gives `domain`, before userDomainNameSource",
  emailAddressSource: "gives `emailAddress` (E4)",
  authenticationMethod: "with `certificate`, the identity certificate is sent; a password never is (E6)",
  requireSmime:
    "with `false`, nothing about S/MIME is sent; with `true`, messages are signed unless smimeSigningEnabled says no",
  signingCertificateType: "with `none` or `derivedCredential`, no signing certificate is sent",
  encryptionCertificateType: "with `none` or `derivedCredential`, no encryption certificate is sent",
} as const;

/** All that a writer needs. */
export interface Delivery {
  type: ProfileType;
  profile: Profile;
  user: User;
  certificates: Certificates;
  osVersion?: string;
  settings: Partial<Settings>;
  /** What of the profile does not arrive, and why. */
  notes: string[];
}

/** Works out the settings for one user; fails when the directory lacks the user's name or address. */
export function deliver(input: PayloadInput): Delivery {
  const { type, profile } = parseProfile(input.profile);
  const certificates = input.certificates ?? {};
  const notes: string[] = [];
  const all = {
    ...ownSettings(profile),
    ...account(type, profile, input.user, notes),
    ...identity(profile, certificates, notes),
    ...smime(profile, certificates, notes),
  };
  const settings = Object.fromEntries(Object.entries(all).filter(([, value]) => value != null));
  return { type, profile, user: input.user, certificates, osVersion: input.device?.osVersion, settings, notes };
}

type Found = { [S in keyof Settings]?: Settings[S] | null };

function ownSettings(profile: Profile): Found {
  return {
    hostName: profile.hostName,
    accountName: profile.accountName ?? profile["@classic.accountName"],
    durationOfEmailToSync: profile.durationOfEmailToSync,
    emailSyncSchedule: profile.emailSyncSchedule ?? profile["@classic.emailSyncSchedule"],
    requireSsl: profile.requireSsl,
    easServices: profile.easServices == null ? null : services(profile),
    easServicesUserOverrideEnabled: profile.easServicesUserOverrideEnabled,
    syncCalendar: profile.syncCalendar,
    syncContacts: profile.syncContacts,
    syncTasks: profile.syncTasks,
    syncNotes: profile.syncNotes,
    blockMovingMessagesToOtherEmailAccounts: profile.blockMovingMessagesToOtherEmailAccounts,
    blockSendingEmailFromThirdPartyApps: profile.blockSendingEmailFromThirdPartyApps,
    blockSyncingRecentlyUsedEmailAddresses: profile.blockSyncingRecentlyUsedEmailAddresses,
    useOAuth: profile.useOAuth,
    perAppVPNProfileId: profile.perAppVPNProfileId,
  };
}

/** Flags come as one text, with or without spaces, in any order. */
function services({ displayName, easServices: flags }: Profile): EasService[] {
  const given = (flags ?? "").split(",").map((flag) => flag.trim());
  const unknown = given.filter((flag) => flag !== "none" && flag !== "" && !easServices.some((one) => one === flag));
  if (unknown.length > 0) {
    throw new UserError(
      `No payload can be made of email profile "${displayName}": easServices has ${unknown.join(", ")}; allowed: none, ${easServices.join(", ")}.`,
    );
  }
  return easServices.filter((service) => given.includes(service));
}

// --- name and address (E4) -------------------------------------------------------------------------------------------

const sources = {
  userPrincipalName: (user) => user.userPrincipalName,
  primarySmtpAddress: (user) => user.mail,
  samAccountName: (user) => user.onPremisesSamAccountName,
  username: (user) => user.userPrincipalName.split("@")[0],
} satisfies Record<UsernameSource, (user: User) => string | null | undefined>;

const directoryNames = {
  userPrincipalName: "userPrincipalName",
  primarySmtpAddress: "mail",
  samAccountName: "onPremisesSamAccountName",
  username: "userPrincipalName",
} satisfies Record<UsernameSource, keyof User>;

function account(type: ProfileType, profile: Profile, user: User, notes: string[]): Found {
  const source = profile.usernameAADSource ?? profile.usernameSource ?? "userPrincipalName";
  const userName = take("user name", source);
  const emailAddress = take("address", profile.emailAddressSource ?? "primarySmtpAddress");
  if (source !== "samAccountName") {
    if (profile.customDomainName || profile.userDomainNameSource) {
      notes.push(`domain: sent with a samAccountName only, and the user name is the ${source}`);
    }
    return { userName, emailAddress };
  }
  const domain = domainOf(profile, user);
  // The iOS payload has no key for a domain.
  if (type === "ios" && domain) return { userName: `${domain}\\${userName}`, emailAddress };
  return { userName, domain, emailAddress };

  function take(what: string, from: UsernameSource): string {
    const value = sources[from](user);
    if (value) return value;
    throw new UserError(
      `No payload can be made of email profile "${profile.displayName}" for ${user.userPrincipalName}: the ${what} is the user's ${from}, and the directory has no ${directoryNames[from]} for this user (E4). Add it there, or choose another source.`,
    );
  }
}

function domainOf({ customDomainName, userDomainNameSource }: Profile, user: User): string | undefined {
  if (customDomainName) return customDomainName;
  const full = user.onPremisesDomainName ?? undefined;
  if (userDomainNameSource === "fullDomainName") return full;
  if (userDomainNameSource === "netBiosDomainName") return full?.split(".")[0]?.toUpperCase();
  return undefined;
}

// --- certificates ----------------------------------------------------------------------------------------------------

const idOf = (certificate: Entity | undefined) => certificate?.id as string | undefined;

/** Graph keeps a link after the profile has gone back to passwords: the method decides, not the link. */
function identity({ authenticationMethod }: Profile, certificates: Certificates, notes: string[]): Found {
  const id = idOf(certificates.identity?.certificate);
  if (authenticationMethod === "certificate") {
    if (!id)
      notes.push("identityCertificate: the method is certificate and none is linked, so nobody can sign in (E6)");
    return { identityCertificate: id };
  }
  if (authenticationMethod === "derivedCredential") {
    notes.push("authenticationMethod: a derived credential is issued on the device and is in no payload");
  } else if (id) {
    notes.push("identityCertificate: still linked, but users sign in with user name and password");
  }
  return {};
}

function smime(profile: Profile, { signing, encryption }: Certificates, notes: string[]): Found {
  const settings: Found = {
    smimeSigningEnabled: profile.smimeSigningEnabled ?? (profile.requireSmime ? true : null),
    smimeSigningUserOverrideEnabled: profile.smimeSigningUserOverrideEnabled,
    smimeSigningCertificateUserOverrideEnabled: profile.smimeSigningCertificateUserOverrideEnabled,
    smimeEncryptByDefaultEnabled: profile.smimeEncryptByDefaultEnabled,
    smimeEncryptByDefaultUserOverrideEnabled: profile.smimeEncryptByDefaultUserOverrideEnabled,
    smimeEncryptionCertificateUserOverrideEnabled: profile.smimeEncryptionCertificateUserOverrideEnabled,
    smimeEnablePerMessageSwitch: profile.smimeEnablePerMessageSwitch,
  };
  const asked = Object.values(settings).includes(true);
  const inUse = profile.requireSmime ?? asked;
  if (!inUse && (asked || signing || encryption)) {
    notes.push("requireSmime: not set, so settings and links of S/MIME that are left over are not sent");
  }
  if (!inUse) return {};
  return {
    ...settings,
    smimeSigningCertificate: typed("signing", profile.signingCertificateType, signing),
    smimeEncryptionCertificate: typed("encryption", profile.encryptionCertificateType, encryption),
  };

  function typed(use: string, kind: Profile["signingCertificateType"], linked: Certificates["signing"]) {
    if (kind === "derivedCredential") {
      notes.push(`${use}CertificateType: a derived credential is issued on the device and is in no payload`);
    }
    return kind === "none" || kind === "derivedCredential" ? null : idOf(linked?.certificate);
  }
}
