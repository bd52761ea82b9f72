/** Keys of Apple's `com.apple.eas.account` payload, and since which version of iOS each is known. */
import type { EmailSyncDuration } from "./input";
import { type EasService, easServices, type Settings } from "./settings";
import { absent, coded, lost, type Sent, same, type Table, userDecides } from "./table";

/** Days, and 0 is no limit: Graph's number for unlimited, 6, is not among the days that Apple allows. */
const pastDays = {
  userDefined: userDecides,
  oneDay: 1,
  threeDays: 3,
  oneWeek: 7,
  twoWeeks: 14,
  oneMonth: 31,
  unlimited: 0,
} satisfies Record<EmailSyncDuration, number | null>;

const serviceKeys = {
  calendars: "EnableCalendars",
  contacts: "EnableContacts",
  email: "EnableMail",
  notes: "EnableNotes",
  reminders: "EnableReminders",
} satisfies Record<EasService, string>;

/** The only switches of the payload that are on where they are not given. */
const services: Sent<EasService[]> = {
  keys: Object.values(serviceKeys),
  write: (chosen) =>
    chosen.length === 0
      ? lost("Apple wants at least one service on, so all stay on")
      : Object.fromEntries(easServices.map((service) => [serviceKeys[service], chosen.includes(service)])),
  read: (wires) =>
    Object.values(serviceKeys).some((key) => key in wires)
      ? easServices.filter((service) => wires[serviceKeys[service]] !== false)
      : undefined,
};

/** S/MIME keys end in Overrideable and those of services in Overridable; only disableMailRecentsSyncing begins small. */
export const iosTable = {
  // There is no key for the account's name: the payload's own name is the only one people can see.
  accountName: same("PayloadDisplayName"),
  hostName: same("Host"),
  userName: same("UserName"),
  domain: lost("there is no key: the domain stands in UserName, as DOMAIN\\user"),
  emailAddress: same("EmailAddress"),
  // Off where it is not given, unlike on every other platform.
  requireSsl: same("SSL"),
  durationOfEmailToSync: coded(pastDays, "MailNumberOfPastDaysToSync"),
  emailSyncSchedule: absent,
  identityCertificate: same("PayloadCertificateUUID"),
  useOAuth: same("OAuth"),
  smimeSigningEnabled: same("SMIMESigningEnabled", "SMIMEEnabled"),
  smimeSigningCertificate: same("SMIMESigningCertificateUUID"),
  smimeSigningUserOverrideEnabled: same("SMIMESigningUserOverrideable"),
  smimeSigningCertificateUserOverrideEnabled: same("SMIMESigningCertificateUUIDUserOverrideable"),
  smimeEncryptByDefaultEnabled: same("SMIMEEncryptByDefault", "SMIMEEncryptionEnabled"),
  smimeEncryptByDefaultUserOverrideEnabled: same("SMIMEEncryptByDefaultUserOverrideable"),
  smimeEncryptionCertificate: same("SMIMEEncryptionCertificateUUID"),
  smimeEncryptionCertificateUserOverrideEnabled: same("SMIMEEncryptionCertificateUUIDUserOverrideable"),
  smimeEnablePerMessageSwitch: same("SMIMEEnableEncryptionPerMessageSwitch", "SMIMEEnablePerMessageSwitch"),
  easServices: services,
  easServicesUserOverrideEnabled: same(
    "EnableCalendarsUserOverridable",
    "EnableContactsUserOverridable",
    "EnableMailUserOverridable",
    "EnableNotesUserOverridable",
    "EnableRemindersUserOverridable",
  ),
  syncCalendar: absent,
  syncContacts: absent,
  syncTasks: absent,
  syncNotes: absent,
  blockMovingMessagesToOtherEmailAccounts: same("PreventMove"),
  blockSendingEmailFromThirdPartyApps: same("PreventAppSheet"),
  blockSyncingRecentlyUsedEmailAddresses: same("disableMailRecentsSyncing"),
  perAppVPNProfileId: same("VPNUUID"),
} satisfies Table;

/** Keys whose value is the UUID of a certificate payload in the same profile. */
export const certificateKeys = {
  PayloadCertificateUUID: { setting: "identityCertificate", link: "identity" },
  SMIMESigningCertificateUUID: { setting: "smimeSigningCertificate", link: "signing" },
  SMIMEEncryptionCertificateUUID: { setting: "smimeEncryptionCertificate", link: "encryption" },
} as const satisfies Record<string, { setting: keyof Settings; link: string }>;

export interface Gate {
  from: string;
  /** An older key that this version put out of use is sent to earlier ones only, in the place of the newer. */
  until?: { version: string; key: string };
  /** What a device does without the key: leaving it out is no loss when that is what was asked for. */
  without?: boolean;
}

const five = { from: "5.0", without: false };
const twelve = { from: "12.0", without: false };
const thirteen = { from: "13.0", without: true };

/** Keys that not every version has (iOS 4.0 has all others). */
export const gates: Readonly<Record<string, Gate>> = {
  PreventMove: five,
  PreventAppSheet: five,
  SMIMESigningCertificateUUID: { from: "5.0" },
  SMIMEEncryptionCertificateUUID: { from: "5.0" },
  SMIMEEnabled: { ...five, until: { version: "10.0", key: "SMIMESigningEnabled" } },
  SMIMEEnablePerMessageSwitch: {
    from: "8.0",
    until: { version: "12.0", key: "SMIMEEnableEncryptionPerMessageSwitch" },
    without: false,
  },
  SMIMESigningEnabled: { from: "10.3", without: false },
  SMIMEEncryptionEnabled: { from: "10.3", until: { version: "12.0", key: "SMIMEEncryptByDefault" }, without: false },
  OAuth: twelve,
  SMIMESigningUserOverrideable: twelve,
  SMIMESigningCertificateUUIDUserOverrideable: twelve,
  SMIMEEncryptByDefault: twelve,
  SMIMEEncryptByDefaultUserOverrideable: twelve,
  SMIMEEncryptionCertificateUUIDUserOverrideable: twelve,
  SMIMEEnableEncryptionPerMessageSwitch: twelve,
  EnableCalendars: thirteen,
  EnableContacts: thirteen,
  EnableMail: thirteen,
  EnableNotes: thirteen,
  EnableReminders: thirteen,
  EnableCalendarsUserOverridable: thirteen,
  EnableContactsUserOverridable: thirteen,
  EnableMailUserOverridable: thirteen,
  EnableNotesUserOverridable: thirteen,
  EnableRemindersUserOverridable: thirteen,
  VPNUUID: { from: "14.0" },
};
