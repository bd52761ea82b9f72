/** The settings of email profiles: what a change of each does. Which platform has which is in `platforms/`. */
import { type OnChange, replace, update, updateWhen } from "../on-change";
import { sameSet } from "../values";

const newAccount =
  "a deployed profile cannot move to another server or address: Intune deletes it and makes a new one, and people enter their password again";

export const settings = {
  displayName: update,
  description: update,
  hostName: replace("E7", newAccount),
  accountName: update,
  usernameSource: update,
  usernameAADSource: update,
  userDomainNameSource: update,
  customDomainName: update,
  emailAddressSource: replace("E7", newAccount),
  authenticationMethod: update,
  identityCertificate: update,
  requireSmime: update,
  smimeSigningCertificate: update,
  smimeEncryptionCertificate: update,
  smimeSigningEnabled: update,
  smimeSigningUserOverrideEnabled: update,
  smimeSigningCertificateUserOverrideEnabled: update,
  smimeEncryptByDefaultEnabled: update,
  smimeEncryptByDefaultUserOverrideEnabled: update,
  smimeEncryptionCertificateUserOverrideEnabled: update,
  smimeEnablePerMessageSwitch: update,
  signingCertificateType: update,
  encryptionCertificateType: update,
  durationOfEmailToSync: update,
  emailSyncSchedule: update,
  requireSsl: update,
  easServices: updateWhen(sameSet),
  easServicesUserOverrideEnabled: update,
  syncCalendar: update,
  syncContacts: update,
  syncTasks: update,
  syncNotes: update,
  blockMovingMessagesToOtherEmailAccounts: update,
  blockSendingEmailFromThirdPartyApps: update,
  blockSyncingRecentlyUsedEmailAddresses: update,
  useOAuth: update,
  perAppVPNProfileId: update,
  applyOnlyToWindowsPhone81: update,
  roleScopeTagIds: updateWhen(sameSet),
} satisfies Record<string, OnChange>;

export type Setting = keyof typeof settings;
