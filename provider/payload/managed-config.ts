/** Android for Work: managed configurations of the mail apps, with the keys that are known only. */
import type { EmailSyncDuration } from "./input";
import { printJson } from "./json";
import type { Delivery } from "./settings";
import { absent, coded, iosAndKnoxOnly, lost, type Sent, same, type Table, userDecides, write } from "./table";

/** Other numbers are ignored: Graph's 6 for unlimited would leave the app's default. */
const syncWindows = {
  userDefined: userDecides,
  oneDay: 1,
  threeDays: 2,
  oneWeek: 3,
  twoWeeks: 4,
  oneMonth: 5,
  unlimited: 0,
} satisfies Record<EmailSyncDuration, number | null>;

const noKey = lost("Gmail has no key for it");

export const gmailTable = {
  ...iosAndKnoxOnly,
  emailAddress: same("email_address"),
  hostName: same("exchange_host"),
  userName: same("exchange_username"),
  domain: lost("Gmail has no key for it, and takes the user name alone"),
  identityCertificate: same("exchange_login_certificate_alias"),
  requireSsl: same("exchange_ssl_required"),
  durationOfEmailToSync: coded(syncWindows, "default_exchange_sync_window"),
  accountName: noKey,
  emailSyncSchedule: noKey,
  syncCalendar: absent,
  syncContacts: absent,
  syncTasks: absent,
  syncNotes: absent,
} satisfies Table;

export function writeGmail({ settings, notes }: Delivery): string {
  if (settings.identityCertificate) {
    notes.push("exchange_login_certificate_alias: whatever installs the certificate must use this alias");
  }
  return printJson({ ...write(gmailTable, settings, notes), exchange_trust_all_certificates: false });
}

const unknownKey = lost("no key of Nine Work's is known for it (it has a setting, whose key is not published)");

/** The port stands apart from the host; 443 where none is given. */
const hostAndPort: Sent<string> = {
  keys: ["AppServiceHost", "AppServicePort"],
  write: (hostName) => {
    const [host = hostName, port = "443"] = hostName.split(":");
    return { AppServiceHost: host, AppServicePort: Number(port) };
  },
  read: ({ AppServiceHost: host, AppServicePort: port = 443 }) =>
    host === undefined ? undefined : `${host}${port === 443 ? "" : `:${port}`}`,
};

export const nineWorkTable = {
  ...iosAndKnoxOnly,
  hostName: hostAndPort,
  userName: unknownKey,
  domain: unknownKey,
  emailAddress: unknownKey,
  accountName: unknownKey,
  identityCertificate: unknownKey,
  requireSsl: unknownKey,
  durationOfEmailToSync: unknownKey,
  emailSyncSchedule: unknownKey,
  syncCalendar: unknownKey,
  syncContacts: unknownKey,
  syncTasks: unknownKey,
  syncNotes: absent,
} satisfies Table;

export const writeNineWork = ({ settings, notes }: Delivery): string =>
  printJson({ AppServicePublisher: "Microsoft Intune", ...write(nineWorkTable, settings, notes) });
