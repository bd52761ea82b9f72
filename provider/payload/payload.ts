/** What arrives on a device: one payload for each profile and user. Pure: the same input makes the same text. */
import { UserError } from "../user-error";
import { fileNameOf } from "./identifiers";
import { type PayloadInput, type ProfileType, parseProfile } from "./input";
import { iosTable } from "./ios-keys";
import { readJson } from "./json";
import { knoxTable, writeKnox } from "./knox";
import { gmailTable, nineWorkTable, writeGmail, writeNineWork } from "./managed-config";
import { readMobileconfig, writeMobileconfig } from "./mobileconfig";
import { type Delivery, deliver, type Settings } from "./settings";
import { readSyncml, type WindowsCommand, windowsTable, writeSyncml } from "./syncml";
import type { Table } from "./table";

export type { Certificates, PayloadInput, ProfileType, User } from "./input";
export { profileTypeOf } from "./input";
export type { Settings } from "./settings";
export type { WindowsCommand } from "./syncml";

export interface Payload {
  /** Readable and the same from run to run; no two profiles or users share one. */
  fileName: string;
  extension: ".mobileconfig" | ".syncml.xml" | ".json";
  contentType: string;
  text: string;
  /** What of the profile does not arrive, and why. */
  notes: string[];
}

export interface Format {
  extension: Payload["extension"];
  contentType: string;
  table: Table;
  write(delivery: Delivery): string;
  read(text: string): Partial<Settings>;
}

const mobileconfig: Format = {
  extension: ".mobileconfig",
  contentType: "application/x-apple-aspen-config",
  table: iosTable,
  write: writeMobileconfig,
  read: readMobileconfig,
};

const syncml: Format = {
  extension: ".syncml.xml",
  contentType: "application/vnd.syncml.dm+xml",
  table: windowsTable,
  write: (delivery) => writeSyncml(delivery),
  read: readSyncml,
};

const json = (table: Table, write: Format["write"]): Format => ({
  extension: ".json",
  contentType: "application/json",
  table,
  write,
  read: readJson(table),
});

export const formats = {
  ios: mobileconfig,
  samsungKnox: json(knoxTable, writeKnox),
  windowsPhone81: syncml,
  windows10: syncml,
  androidForWorkGmail: json(gmailTable, writeGmail),
  androidForWorkNineWork: json(nineWorkTable, writeNineWork),
} satisfies Record<ProfileType, Format>;

/** What a device of this user's gets. Fails, naming the user, when the directory lacks the name or address (E4). */
export const makePayload = (input: PayloadInput): Payload =>
  pack(input, (delivery) => formats[delivery.type].write(delivery));

/** What changes or removes an account that a Windows device has already. */
export function makeWindowsCommand(input: PayloadInput, command: WindowsCommand): Payload {
  const { type, profile } = parseProfile(input.profile);
  if (type !== "windows10" && type !== "windowsPhone81") {
    throw new UserError(
      `No SyncML can be made of email profile "${profile.displayName}": it is for ${type}. Windows has it: windows10, windowsPhone81.`,
    );
  }
  return pack(input, (delivery) => writeSyncml(delivery, command));
}

function pack(input: PayloadInput, write: (delivery: Delivery) => string): Payload {
  const delivery = deliver(input);
  const { extension, contentType } = formats[delivery.type];
  const text = write(delivery);
  const fileName = `${fileNameOf(delivery.profile, input.user)}${extension}`;
  return { fileName, extension, contentType, text, notes: delivery.notes };
}

/** The settings that a payload gives the device, in Graph's words. */
export const readPayload = (type: ProfileType, text: string): Partial<Settings> => formats[type].read(text);
