/** Windows: commands to the ActiveSync configuration service provider, as one SyncML message. */
import { uuidOf } from "./identifiers";
import type { EmailSyncDuration, EmailSyncSchedule } from "./input";
import type { Delivery, Settings } from "./settings";
import {
  absent,
  coded,
  iosAndKnoxOnly,
  lost,
  onOff,
  read,
  same,
  type Table,
  userDecides,
  type Wires,
  write,
} from "./table";
import { childrenOf, type Element, element, parseXml, printXml, textOf } from "./xml";

/** Graph numbers unlimited 6; here 6 would be three months, and 0 is no limit. */
const ageFilters = {
  userDefined: userDecides,
  oneDay: "1",
  threeDays: "2",
  oneWeek: "3",
  twoWeeks: "4",
  oneMonth: "5",
  unlimited: "0",
} satisfies Record<EmailSyncDuration, string | null>;

/** Minutes; -1 is as messages arrive (on KNOX it is never) and 0 is manual. */
const minutes = {
  userDefined: userDecides,
  asMessagesArrive: "-1",
  manual: "0",
  fifteenMinutes: "15",
  thirtyMinutes: "30",
  sixtyMinutes: "60",
  basedOnMyUsage: lost(
    "Options/Schedule has numbers of minutes only, so the device keeps its default, as messages arrive",
  ),
} satisfies Record<EmailSyncSchedule, string | null | { lost: string }>;

const contentTypes = {
  email: "c6d47067-6e92-480e-b0fc-4ba82182fac7",
  contacts: "0dd8685c-e272-4fcb-9ecf-2ead7ea2497b",
  calendar: "4a5d9fe0-f139-4a63-a5a4-4f31ceea02ad",
  tasks: "783ae4f6-4c12-4423-8270-66361260d4f1",
} as const;

const enabled = (type: keyof typeof contentTypes) => `Options/ContentTypes/{${contentTypes[type]}}/Enabled`;

/** Nodes below the account; all of format chr, numbers and switches too. */
export const windowsTable = {
  ...iosAndKnoxOnly,
  emailAddress: same("EmailAddress"),
  domain: same("Domain"),
  accountName: same("AccountName"),
  hostName: same("ServerName"),
  userName: same("UserName"),
  identityCertificate: absent,
  emailSyncSchedule: coded(minutes, "Options/Schedule"),
  requireSsl: onOff("Options/UseSSL", "1", "0"),
  durationOfEmailToSync: coded(ageFilters, "Options/MailAgeFilter"),
  syncContacts: onOff(enabled("contacts"), "1", "0"),
  syncCalendar: onOff(enabled("calendar"), "1", "0"),
  syncTasks: onOff(enabled("tasks"), "1", "0"),
  syncNotes: absent,
} satisfies Table;

/** What every account has beside its settings. */
const constants: Wires = { AccountType: "Exchange", [enabled("email")]: "1" };

/** Nodes that cannot change on a device that has the account. */
const fixed: Readonly<Record<string, string>> = {
  AccountType: "cannot change",
  UserName: "cannot change after the first synchronization",
};

/** Windows 10 takes accounts in the user's tree; Windows Phone 8.1 has the device's tree only. */
const roots = {
  windows10: "./User/Vendor/MSFT/ActiveSync",
  windowsPhone81: "./Vendor/MSFT/ActiveSync",
} as const;

/**
 * `add` makes the account and `update` changes the one that is there: adding under a GUID in use would delete the old
 * account and not make the new one. `remove` deletes it.
 */
export type WindowsCommand = "add" | "update" | "remove";

export function writeSyncml(delivery: Delivery, command: WindowsCommand = "add"): string {
  const { type, profile, user, settings, notes } = delivery;
  const account = `${roots[type as keyof typeof roots]}/Accounts/{${uuidOf(profile.id, user.id, "account")}}`;
  let id = 1;
  const one = (name: string, uri: string, ...rest: Element[]) =>
    element(name, [element("CmdID", String(++id)), element("Item", [target(uri), ...rest])]);
  const node = () => one("Add", account, meta("node"));
  const leaf = (name: string) => (key: string, value: string) =>
    one(name, `${account}/${key}`, meta("chr"), element("Data", value));

  const commands = {
    remove: () => [one("Delete", account)],
    add: () => [node(), ...leaves(leaf("Add"), () => true)],
    update: () => {
      for (const [name, value] of Object.entries(settings)) {
        if (value === "userDefined")
          notes.push(`${name} "userDefined": nothing is sent, so the device keeps what it was given before`);
      }
      return leaves(leaf("Replace"), (key) => {
        if (key === "UserName") notes.push(`userName: ${fixed[key]}, so it is not sent again`);
        return !(key in fixed);
      });
    },
  } satisfies Record<WindowsCommand, () => Element[]>;

  return printXml(message(delivery, commands[command]()), notes);

  function leaves(write1: (key: string, value: string) => Element, sent: (key: string) => boolean): Element[] {
    const wires = { ...constants, ...write(windowsTable, settings, notes) };
    return Object.entries(wires).flatMap(([key, value]) => (sent(key) ? [write1(key, String(value))] : []));
  }
}

/** Braces have no place in a URI. */
const target = (uri: string) =>
  element("Target", [element("LocURI", uri.replaceAll("{", "%7B").replaceAll("}", "%7D"))]);

const meta = (format: "node" | "chr") => {
  const xmlns = { xmlns: "syncml:metinf" };
  const types = format === "chr" ? [element("Type", "text/plain", xmlns)] : [];
  return element("Meta", [element("Format", format, xmlns), ...types]);
};

/** All or nothing: the account node demands that its commands are atomic. The header's addresses stand for a session's. */
function message({ profile, user }: Delivery, commands: Element[]): Element {
  const place = (name: string, uri: string) => element(name, [element("LocURI", uri)]);
  return element(
    "SyncML",
    [
      element("SyncHdr", [
        element("VerDTD", "1.2"),
        element("VerProto", "DM/1.2"),
        element("SessionID", "1"),
        element("MsgID", "1"),
        place("Target", `urn:uuid:${uuidOf(profile.id, user.id, "device")}`),
        place("Source", "https://intune-mail.invalid/omadm"),
      ]),
      element("SyncBody", [element("Atomic", [element("CmdID", "1"), ...commands]), element("Final")]),
    ],
    { xmlns: "SYNCML:SYNCML1.2" },
  );
}

/** The settings that a message gives the device. */
export function readSyncml(text: string): Partial<Settings> {
  const wires: Wires = {};
  for (const command of commandsOf(parseXml(text))) {
    const item = childrenOf(command, "Item")[0]!;
    const uri = decodeURIComponent(textOf(childrenOf(childrenOf(item, "Target")[0]!, "LocURI")[0]!));
    const [, key] = /\/Accounts\/\{[^}]+\}\/(.+)$/.exec(uri) ?? [];
    const data = childrenOf(item, "Data")[0];
    if (key && data) wires[key] = textOf(data);
  }
  return read(windowsTable, wires);
}

const commandsOf = (root: Element): Element[] =>
  childrenOf(root, "SyncBody")
    .flatMap((body) => childrenOf(body, "Atomic"))
    .flatMap((atomic) => childrenOf(atomic))
    .filter(({ name }) => name === "Add" || name === "Replace");
