import { lacks, link, optional, type Platform, required } from "../platform";
import * as v from "./values";

const byServices = "iOS chooses content types by easServices";

export const ios = {
  title: "iOS",
  odataType: "iosEasEmailProfileConfiguration",
  settings: {
    ...v.common,
    ...v.userEmailUsername,
    ...v.authentication,
    ...v.notWindowsPhone,
    accountName: required(v.text),
    requireSmime: optional(v.flag),
    smimeSigningCertificate: link(v.id),
    smimeEncryptionCertificate: link(v.id),
    smimeSigningEnabled: optional(v.flag),
    smimeSigningUserOverrideEnabled: optional(v.flag),
    smimeSigningCertificateUserOverrideEnabled: optional(v.flag),
    smimeEncryptByDefaultEnabled: optional(v.flag),
    smimeEncryptByDefaultUserOverrideEnabled: optional(v.flag),
    smimeEncryptionCertificateUserOverrideEnabled: optional(v.flag),
    smimeEnablePerMessageSwitch: optional(v.flag),
    signingCertificateType: optional(v.certificateType),
    encryptionCertificateType: optional(v.certificateType),
    emailSyncSchedule: lacks("iOS has no sync schedule: users choose push or fetch on the phone"),
    easServices: v.services,
    easServicesUserOverrideEnabled: optional(v.flag),
    syncCalendar: lacks(byServices),
    syncContacts: lacks(byServices),
    syncTasks: lacks(byServices),
    syncNotes: lacks(byServices),
    blockMovingMessagesToOtherEmailAccounts: optional(v.flag),
    blockSendingEmailFromThirdPartyApps: optional(v.flag),
    blockSyncingRecentlyUsedEmailAddresses: optional(v.flag),
    useOAuth: optional(v.flag),
    perAppVPNProfileId: optional(v.text),
  },
} satisfies Platform;
