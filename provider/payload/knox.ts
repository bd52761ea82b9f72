/** Samsung KNOX: the fields of the account that the management agent hands to `ExchangeAccountPolicy.addNewAccount`. */
import type { EmailSyncDuration, EmailSyncSchedule } from "./input";
import { printJson } from "./json";
import type { Delivery } from "./settings";
import { coded, iosOnly, lost, onOff, same, type Table, userDecides, write } from "./table";

/** The numbers of Android's own mail app, in which 6 is all: Samsung's documents do not give theirs. */
const lookbacks = {
  userDefined: userDecides,
  oneDay: 1,
  threeDays: 2,
  oneWeek: 3,
  twoWeeks: 4,
  oneMonth: 5,
  unlimited: 6,
} satisfies Record<EmailSyncDuration, number | null>;

/** Minutes; -2 is as messages arrive, and -1 is never (on Windows it is as messages arrive). */
const intervals = {
  userDefined: userDecides,
  asMessagesArrive: -2,
  manual: -1,
  fifteenMinutes: 15,
  thirtyMinutes: 30,
  sixtyMinutes: 60,
  basedOnMyUsage: lost("no number for it is known, so the device keeps its default"),
} satisfies Record<EmailSyncSchedule, number | null | { lost: string }>;

const switches = lost(
  "the account has no such field, and the order of the four switches of setDataSyncs is not documented",
);

export const knoxTable = {
  ...iosOnly,
  emailAddress: same("emailAddress"),
  userName: same("easUser"),
  domain: {
    keys: ["easDomain"],
    write: (domain) => ({ easDomain: domain }),
    read: ({ easDomain }) => (easDomain ? String(easDomain) : undefined),
  },
  hostName: same("serverAddress"),
  accountName: same("displayName"),
  requireSsl: same("useSSL"),
  durationOfEmailToSync: coded(lookbacks, "syncLookback"),
  emailSyncSchedule: coded(intervals, "syncInterval", "offPeak"),
  syncCalendar: onOff("syncCalendar", 1, 0),
  syncContacts: onOff("syncContacts", 1, 0),
  syncTasks: switches,
  syncNotes: switches,
  identityCertificate: same("certificateAlias"),
  // 1 would be both and 2 encryption; Graph has a signing certificate only.
  smimeSigningEnabled: {
    keys: ["smimeCertificateMode"],
    write: (signs) => (signs ? { smimeCertificateMode: 3 } : {}),
    read: ({ smimeCertificateMode }) => (smimeCertificateMode === 3 ? true : undefined),
  },
  smimeSigningCertificate: lost(
    "the account has a path and a password, for which setForceSMIMECertificateAlias(account, alias, 1) stands in",
  ),
} satisfies Table;

/**
 * The account without its password, which the user gives (E6). What Samsung's constructor sets where nothing is given
 * accepts any server certificate, so that is said to be off; a domain it demands even where there is none.
 */
export function writeKnox({ settings, notes }: Delivery): string {
  notes.push("serverPassword: never sent, the user gives it on the device (E6)");
  if (settings.identityCertificate)
    notes.push("certificateAlias: the agent that installs the certificate must use this alias");
  return printJson({ easDomain: "", acceptAllCertificates: false, ...write(knoxTable, settings, notes) });
}
