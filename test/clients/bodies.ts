/**
 * Bodies of email profiles as Microsoft's own types for TypeScript have them, with every property that one can give: a
 * property that those types gain, lose or change is a mistake that the compiler finds.
 */
import type * as Graph from "@microsoft/microsoft-graph-types-beta";

/** What the service writes, and what is an address of its own. */
type NotGiven =
  | "id"
  | "createdDateTime"
  | "lastModifiedDateTime"
  | "version"
  | "supportsScopeTags"
  | "assignments"
  | "groupAssignments"
  | "deviceSettingStateSummaries"
  | "deviceStatuses"
  | "deviceStatusOverview"
  | "userStatuses"
  | "userStatusOverview"
  | "derivedCredentialSettings"
  | "identityCertificate"
  | "smimeEncryptionCertificate"
  | "smimeSigningCertificate"
  | "managedDeviceCertificateStates"
  | "rootCertificate";

type Body<T> = Required<Omit<T, NotGiven>> & { "@odata.type": `#microsoft.graph.${string}` };

const common = {
  displayName: "Typed",
  description: null,
  deviceManagementApplicabilityRuleDeviceMode: null,
  deviceManagementApplicabilityRuleOsEdition: null,
  deviceManagementApplicabilityRuleOsVersion: { name: "Not the oldest", minOSVersion: "10.0", ruleType: "include" },
  roleScopeTagIds: ["0"],
} satisfies Partial<Graph.DeviceConfiguration>;

const account = {
  accountName: "Contoso mail",
  durationOfEmailToSync: "twoWeeks",
  emailAddressSource: "primarySmtpAddress",
  hostName: "mail.contoso.example",
  requireSsl: true,
} satisfies Partial<Graph.IosEasEmailProfileConfiguration>;

const names = {
  customDomainName: null,
  userDomainNameSource: "netBiosDomainName",
  usernameAADSource: "samAccountName",
  usernameSource: "primarySmtpAddress",
} satisfies Partial<Graph.EasEmailProfileConfigurationBase>;

const contents = { syncCalendar: true, syncContacts: false, syncTasks: true };

const { accountName: _, ...work } = account;

export const iosProfile: Body<Graph.IosEasEmailProfileConfiguration> = {
  "@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration",
  ...common,
  ...account,
  ...names,
  authenticationMethod: "certificate",
  blockMovingMessagesToOtherEmailAccounts: true,
  blockSendingEmailFromThirdPartyApps: null,
  blockSyncingRecentlyUsedEmailAddresses: false,
  // Their type of a set of flags knows one member at a time.
  easServices: "calendars",
  easServicesUserOverrideEnabled: true,
  encryptionCertificateType: "none",
  perAppVPNProfileId: null,
  requireSmime: true,
  signingCertificateType: "certificate",
  smimeEnablePerMessageSwitch: true,
  smimeEncryptByDefaultEnabled: false,
  smimeEncryptByDefaultUserOverrideEnabled: null,
  smimeEncryptionCertificateUserOverrideEnabled: true,
  smimeSigningCertificateUserOverrideEnabled: true,
  smimeSigningEnabled: true,
  smimeSigningUserOverrideEnabled: false,
  useOAuth: false,
};

const windows10: Body<Graph.Windows10EasEmailProfileConfiguration> = {
  "@odata.type": "#microsoft.graph.windows10EasEmailProfileConfiguration",
  ...common,
  ...account,
  ...names,
  ...contents,
  emailSyncSchedule: "fifteenMinutes",
};

const windowsPhone: Body<Graph.WindowsPhoneEASEmailProfileConfiguration> = {
  "@odata.type": "#microsoft.graph.windowsPhoneEASEmailProfileConfiguration",
  ...common,
  ...account,
  ...names,
  ...contents,
  applyOnlyToWindowsPhone81: true,
  emailAddressSource: null,
  emailSyncSchedule: "basedOnMyUsage",
};

const samsungKnox: Body<Graph.AndroidEasEmailProfileConfiguration> = {
  "@odata.type": "#microsoft.graph.androidEasEmailProfileConfiguration",
  ...common,
  ...account,
  ...contents,
  authenticationMethod: "usernameAndPassword",
  customDomainName: "CONTOSO",
  emailSyncSchedule: "asMessagesArrive",
  requireSmime: false,
  syncNotes: true,
  userDomainNameSource: null,
  usernameSource: "username",
};

const onWork = { authenticationMethod: "derivedCredential", usernameSource: "samAccountName" } as const;

const gmail: Body<Graph.AndroidForWorkGmailEasConfiguration> = {
  "@odata.type": "#microsoft.graph.androidForWorkGmailEasConfiguration",
  ...common,
  ...work,
  ...onWork,
};

const nineWork: Body<Graph.AndroidForWorkNineWorkEasConfiguration> = {
  "@odata.type": "#microsoft.graph.androidForWorkNineWorkEasConfiguration",
  ...common,
  ...work,
  ...onWork,
  ...contents,
};

const workProfileGmail: Body<Graph.AndroidWorkProfileGmailEasConfiguration> = {
  ...gmail,
  "@odata.type": "#microsoft.graph.androidWorkProfileGmailEasConfiguration",
};

const workProfileNineWork: Body<Graph.AndroidWorkProfileNineWorkEasConfiguration> = {
  ...nineWork,
  "@odata.type": "#microsoft.graph.androidWorkProfileNineWorkEasConfiguration",
};

const rootCertificate: Body<Graph.IosTrustedRootCertificate> = {
  "@odata.type": "#microsoft.graph.iosTrustedRootCertificate",
  ...common,
  certFileName: "root.cer",
  trustedRootCertificate: "MIIB",
};

export const identityCertificate: Body<Graph.IosScepCertificateProfile> = {
  "@odata.type": "#microsoft.graph.iosScepCertificateProfile",
  ...common,
  certificateStore: "user",
  certificateValidityPeriodScale: "years",
  certificateValidityPeriodValue: 1,
  customSubjectAlternativeNames: [{ name: "{{UserPrincipalName}}", sanType: "userPrincipalName" }],
  extendedKeyUsages: [{ name: "Client Authentication", objectIdentifier: "1.3.6.1.5.5.7.3.2" }],
  keySize: "size2048",
  keyUsage: "digitalSignature",
  renewalThresholdPercentage: 20,
  scepServerUrls: ["https://ndes.contoso.example/certsrv/mscep/mscep.dll"],
  subjectAlternativeNameFormatString: null,
  subjectAlternativeNameType: "none",
  subjectNameFormat: "custom",
  subjectNameFormatString: "CN={{UserName}}",
};

/** One of every type, in words that a list of them can be read by. */
export const bodies = {
  "an iOS profile": iosProfile,
  "a Windows 10 profile": windows10,
  "a Windows Phone profile": windowsPhone,
  "a Samsung KNOX profile": samsungKnox,
  "a Gmail profile": gmail,
  "a Nine Work profile": nineWork,
  "a Gmail profile in the work profile": workProfileGmail,
  "a Nine Work profile in the work profile": workProfileNineWork,
  "a trusted root": rootCertificate,
  "a SCEP certificate": identityCertificate,
} satisfies Record<string, Graph.DeviceConfiguration>;
