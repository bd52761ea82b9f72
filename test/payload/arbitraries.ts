/** Any profile a tenant may hold, and any user of it. */
import fc from "fast-check";
import type { PayloadInput, ProfileType, User } from "../../provider/payload/payload";
import { allCertificates, odataTypes, profileTypes } from "./cases";

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const flag = maybe(fc.boolean());
/** What XML can carry, and what in it has to be escaped; other characters have a test of their own. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("<", ">", "&", '"', "'", "]]>", "&amp;", "%7B", "{", " ", "\\"),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  ),
  minLength: 1,
  maxLength: 20,
});
const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
const word = (...words: string[]) => fc.constantFrom(...words);
const duration = word("userDefined", "oneDay", "threeDays", "oneWeek", "twoWeeks", "oneMonth", "unlimited");
const schedule = word(
  "userDefined",
  "asMessagesArrive",
  "manual",
  "fifteenMinutes",
  "thirtyMinutes",
  "sixtyMinutes",
  "basedOnMyUsage",
);
const method = word("usernameAndPassword", "certificate", "derivedCredential");
const source = word("userPrincipalName", "primarySmtpAddress");
const androidSource = word("username", "userPrincipalName", "samAccountName", "primarySmtpAddress");
const host = fc
  .tuple(label, fc.option(fc.integer({ min: 1, max: 65535 })))
  .map(([name, port]) => `${name}.example${port === null ? "" : `:${port}`}`);
const services = fc
  .subarray(["calendars", "contacts", "email", "notes", "reminders"])
  .map((chosen) => (chosen.length > 0 ? chosen.join(", ") : "none"));
const certificateType = maybe(word("none", "certificate", "derivedCredential"));

const common = {
  hostName: host,
  emailAddressSource: source,
  durationOfEmailToSync: duration,
  requireSsl: fc.boolean(),
};
const domain = {
  userDomainNameSource: maybe(word("fullDomainName", "netBiosDomainName")),
  customDomainName: maybe(label),
};
const names = {
  ...domain,
  accountName: text,
  usernameSource: source,
  usernameAADSource: maybe(word("userPrincipalName", "primarySmtpAddress", "samAccountName")),
};
const content = { syncCalendar: fc.boolean(), syncContacts: fc.boolean(), syncTasks: fc.boolean() };
const windows = { ...common, ...names, ...content, emailSyncSchedule: schedule };
const androidForWork = {
  ...common,
  usernameSource: androidSource,
  authenticationMethod: method,
  "@classic.accountName": maybe(text),
  "@classic.emailSyncSchedule": maybe(schedule),
};

const settings: Record<ProfileType, Record<string, fc.Arbitrary<unknown>>> = {
  ios: {
    ...common,
    ...names,
    authenticationMethod: maybe(method),
    requireSmime: flag,
    smimeSigningEnabled: flag,
    smimeSigningUserOverrideEnabled: flag,
    smimeSigningCertificateUserOverrideEnabled: flag,
    smimeEncryptByDefaultEnabled: flag,
    smimeEncryptByDefaultUserOverrideEnabled: flag,
    smimeEncryptionCertificateUserOverrideEnabled: flag,
    smimeEnablePerMessageSwitch: flag,
    signingCertificateType: certificateType,
    encryptionCertificateType: certificateType,
    easServices: maybe(services),
    easServicesUserOverrideEnabled: flag,
    blockMovingMessagesToOtherEmailAccounts: flag,
    blockSendingEmailFromThirdPartyApps: flag,
    blockSyncingRecentlyUsedEmailAddresses: flag,
    useOAuth: flag,
    perAppVPNProfileId: maybe(fc.uuid()),
  },
  samsungKnox: {
    ...common,
    ...domain,
    ...content,
    accountName: text,
    usernameSource: androidSource,
    authenticationMethod: method,
    requireSmime: fc.boolean(),
    emailSyncSchedule: schedule,
    syncNotes: fc.boolean(),
  },
  windowsPhone81: { ...windows, applyOnlyToWindowsPhone81: fc.boolean() },
  windows10: windows,
  androidForWorkGmail: androidForWork,
  androidForWorkNineWork: { ...androidForWork, ...content },
};

const user: fc.Arbitrary<User> = fc.record({
  id: fc.uuid(),
  userPrincipalName: fc.tuple(label, label).map(([name, place]) => `${name}@${place}.example`),
  displayName: text,
  mail: fc.tuple(text, label).map(([name, place]) => `${name}@${place}.example`),
  onPremisesSamAccountName: label,
  onPremisesDomainName: maybe(label.map((name) => `${name}.example`)),
});

const certificates = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()).map(([identity, signing, encryption]) => ({
  ...(identity && { identity: allCertificates.identity }),
  ...(signing && { signing: allCertificates.signing }),
  ...(encryption && { encryption: allCertificates.encryption }),
}));

export const inputOf = (type: ProfileType): fc.Arbitrary<PayloadInput> =>
  fc.record({
    profile: fc.record({
      "@odata.type": fc.constant(odataTypes[type]),
      id: fc.uuid(),
      displayName: text,
      description: maybe(text),
      ...settings[type],
    }),
    user,
    certificates,
  });

export const anyInput = fc
  .constantFrom(...profileTypes)
  .chain((type) => inputOf(type).map((input) => ({ type, input })));
