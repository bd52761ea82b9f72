/** Profiles of all six types, users, and the payloads that reviewers have seen. */
import type { Certificates, PayloadInput, ProfileType, User } from "../../provider/payload/payload";

export const alex: User = {
  id: "a1e0c0de-0000-4000-8000-000000000001",
  userPrincipalName: "alex@contoso.example",
  displayName: "Alex Weber",
  mail: "alex.weber@mail.contoso.example",
  onPremisesSamAccountName: "aweber",
  onPremisesDomainName: "contoso.example",
};

export const odataTypes = {
  ios: "#microsoft.graph.iosEasEmailProfileConfiguration",
  samsungKnox: "#microsoft.graph.androidEasEmailProfileConfiguration",
  windowsPhone81: "#microsoft.graph.windowsPhoneEASEmailProfileConfiguration",
  windows10: "#microsoft.graph.windows10EasEmailProfileConfiguration",
  androidForWorkGmail: "#microsoft.graph.androidForWorkGmailEasConfiguration",
  androidForWorkNineWork: "#microsoft.graph.androidForWorkNineWorkEasConfiguration",
} satisfies Record<ProfileType, string>;

export const profileTypes = Object.keys(odataTypes) as ProfileType[];

export const trustedRoot = {
  "@odata.type": "#microsoft.graph.iosTrustedRootCertificate",
  id: "c0000000-0000-4000-8000-0000000000aa",
  displayName: "Contoso root",
  trustedRootCertificate: Buffer.from("not really a certificate").toString("base64"),
  certFileName: "contoso.cer",
};

export const scep = {
  "@odata.type": "#microsoft.graph.iosScepCertificateProfile",
  id: "c0000000-0000-4000-8000-0000000000bb",
  displayName: "Mail identity",
  scepServerUrls: ["https://scep.contoso.example/certsrv/mscep/mscep.dll"],
  subjectNameFormat: "custom",
  subjectNameFormatString: "CN={{UserName}},E={{EmailAddress}},O=Contoso\\, Ltd",
  subjectAlternativeNameType: "emailAddress, userPrincipalName",
  keyUsage: "keyEncipherment,digitalSignature",
  keySize: "size2048",
};

const identity = { certificate: scep, root: trustedRoot };
const signing = {
  certificate: { ...scep, id: "c0000000-0000-4000-8000-0000000000cc", displayName: "Signing" },
  root: trustedRoot,
};
export const allCertificates: Certificates = { identity, signing, encryption: signing };

/** Settings that every type has, with those of the type over them. */
export const profileOf = (type: ProfileType, settings: Record<string, unknown> = {}) => ({
  "@odata.type": odataTypes[type],
  id: "b0000000-0000-4000-8000-000000000007",
  displayName: `Company mail (${type})`,
  hostName: "mail.contoso.example",
  usernameSource: "userPrincipalName",
  emailAddressSource: "primarySmtpAddress",
  durationOfEmailToSync: "oneWeek",
  requireSsl: true,
  ...settings,
});

const everySetting: Record<ProfileType, Record<string, unknown>> = {
  ios: {
    description: "Mail for everybody & all <devices>",
    accountName: "Contoso “mail” & more",
    usernameAADSource: "samAccountName",
    userDomainNameSource: "netBiosDomainName",
    authenticationMethod: "certificate",
    requireSmime: true,
    smimeSigningEnabled: true,
    smimeSigningUserOverrideEnabled: false,
    smimeSigningCertificateUserOverrideEnabled: true,
    smimeEncryptByDefaultEnabled: true,
    smimeEncryptByDefaultUserOverrideEnabled: true,
    smimeEncryptionCertificateUserOverrideEnabled: false,
    smimeEnablePerMessageSwitch: true,
    easServices: "email, calendars,contacts",
    easServicesUserOverrideEnabled: false,
    blockMovingMessagesToOtherEmailAccounts: true,
    blockSendingEmailFromThirdPartyApps: true,
    blockSyncingRecentlyUsedEmailAddresses: true,
    useOAuth: true,
    perAppVPNProfileId: "d0000000-0000-4000-8000-000000000001",
  },
  samsungKnox: {
    accountName: "Contoso mail",
    usernameSource: "samAccountName",
    customDomainName: "CONTOSO",
    authenticationMethod: "certificate",
    requireSmime: true,
    emailSyncSchedule: "asMessagesArrive",
    durationOfEmailToSync: "unlimited",
    syncCalendar: true,
    syncContacts: false,
    syncTasks: true,
    syncNotes: false,
  },
  windowsPhone81: {
    accountName: "Contoso mail",
    emailSyncSchedule: "manual",
    durationOfEmailToSync: "unlimited",
    syncCalendar: true,
    syncContacts: true,
    syncTasks: false,
    applyOnlyToWindowsPhone81: true,
  },
  windows10: {
    accountName: "Contoso <mail> & 'more'",
    usernameAADSource: "samAccountName",
    userDomainNameSource: "fullDomainName",
    emailSyncSchedule: "asMessagesArrive",
    durationOfEmailToSync: "oneMonth",
    requireSsl: false,
    syncCalendar: false,
    syncContacts: true,
    syncTasks: true,
  },
  androidForWorkGmail: {
    hostName: "mail.contoso.example:8443",
    authenticationMethod: "certificate",
    durationOfEmailToSync: "unlimited",
    "@classic.accountName": "Contoso mail",
    "@classic.emailSyncSchedule": "thirtyMinutes",
  },
  androidForWorkNineWork: {
    hostName: "mail.contoso.example:8443",
    authenticationMethod: "usernameAndPassword",
    "@classic.emailSyncSchedule": "sixtyMinutes",
    syncCalendar: true,
    syncContacts: true,
    syncTasks: false,
  },
};

/** The golden payloads: of every type the least and the most, and iOS with older devices. */
export const goldenInputs: Record<string, PayloadInput> = {
  ...Object.fromEntries(
    profileTypes.flatMap((type) => [
      [`${type}-least`, { profile: profileOf(type), user: alex }],
      [`${type}-most`, { profile: profileOf(type, everySetting[type]), user: alex, certificates: allCertificates }],
    ]),
  ),
  "ios-11": {
    profile: profileOf("ios", everySetting.ios),
    user: alex,
    certificates: allCertificates,
    device: { osVersion: "11.4" },
  },
  "ios-8": {
    profile: profileOf("ios", everySetting.ios),
    user: alex,
    certificates: allCertificates,
    device: { osVersion: "8.0" },
  },
};

export const mostOf = (type: ProfileType): PayloadInput => goldenInputs[`${type}-most`]!;
