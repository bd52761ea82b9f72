/** A valid set of inputs for each platform, with an in-place change, and the settings that a change of which replaces. */
import type { PlatformName } from "../../provider/platforms";
import type { Properties } from "../../provider/values";

export interface Example {
  inputs: Properties;
  /** A change that updates in place. */
  change: Properties;
}

const common = {
  displayName: "Mail",
  hostName: "mail.contoso.example",
  usernameSource: "userPrincipalName",
  emailAddressSource: "primarySmtpAddress",
  durationOfEmailToSync: "oneWeek",
  requireSsl: true,
};
const account = { accountName: "Contoso" };
const byPassword = { authenticationMethod: "usernameAndPassword" };
const schedule = { emailSyncSchedule: "asMessagesArrive" };
const contentTypes = { syncCalendar: true, syncContacts: true, syncTasks: false };

export const examples: Record<PlatformName, Example> = {
  ios: {
    inputs: { ...common, ...account, ...byPassword, easServices: ["email", "calendars"], customDomainName: "contoso" },
    change: { easServices: ["email"], customDomainName: undefined, blockSendingEmailFromThirdPartyApps: true },
  },
  samsungKnox: {
    inputs: {
      ...common,
      ...account,
      ...byPassword,
      ...schedule,
      ...contentTypes,
      syncNotes: true,
      requireSmime: false,
    },
    change: { syncNotes: false, emailSyncSchedule: "manual" },
  },
  windowsPhone81: {
    inputs: { ...common, ...account, ...schedule, ...contentTypes, applyOnlyToWindowsPhone81: true },
    change: { applyOnlyToWindowsPhone81: undefined, durationOfEmailToSync: "unlimited" },
  },
  windows10: {
    inputs: { ...common, ...account, ...schedule, ...contentTypes, description: "Desktop and mobile" },
    change: { description: undefined, accountName: "Contoso Mail" },
  },
  androidForWorkGmail: {
    inputs: { ...common, ...byPassword, ...account, ...schedule },
    change: { emailSyncSchedule: undefined, accountName: "Contoso Mail", requireSsl: false },
  },
  androidForWorkNineWork: {
    inputs: { ...common, ...byPassword, ...schedule, ...contentTypes },
    change: { emailSyncSchedule: "thirtyMinutes", syncTasks: true },
  },
};

/** What the SDK's class gives the provider for these args. */
export const profileInputs = (platform: PlatformName, over: Properties = {}): Properties =>
  present({ kind: "EmailProfile", platform, ...examples[platform].inputs, ...over });

/** Without what is undefined, as the SDK sends it. */
export const present = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
