/** How cmdlets name EAS records. */
import { ExchangeError } from "./errors";
import type { CmdletCall } from "./invoke";
import { notFound } from "./parameters";

/** What an identity is made of. */
export interface Named {
  mailbox: string;
  deviceType: string;
  deviceId: string;
}

/** `<Mailbox>\ExchangeActiveSyncDevices\<ClientType>§<DeviceType>§<DeviceId>` */
export const identityOf = (row: Named) =>
  `${row.mailbox}\\ExchangeActiveSyncDevices\\EAS§${row.deviceType}§${row.deviceId}`;
const form = /^(.+)\\ExchangeActiveSyncDevices\\EAS§[^§]*§(.+)$/;

export interface RecordKey {
  mailbox: string;
  deviceId: string;
}

/** The record of an identity that is written in full. */
export function readIdentity(text: string): RecordKey | undefined {
  const [, mailbox, deviceId] = form.exec(text) ?? [];
  return mailbox && deviceId ? { mailbox, deviceId } : undefined;
}

/** The record that an identity names: in full, or by an id of a device that is in one mailbox only. */
export function keyOf({ context, organization }: CmdletCall, identity: unknown): RecordKey {
  const text = String(identity ?? "");
  const read = readIdentity(text);
  if (read) return read;
  const found = context.db.all<{ mailbox: string; deviceId: string }>(
    "SELECT mailbox, deviceId FROM easPartnership WHERE organization = :organization AND deviceId = :text LIMIT 2",
    { organization: organization.name, text },
  );
  if (found.length === 1) return { ...found[0]! };
  if (found.length === 0) throw notFound(identity);
  const message = `The device '${text}' has partnerships with several mailboxes; give the Identity that Get-ActiveSyncDevice shows.`;
  throw new ExchangeError("invalidParameter", message);
}

/** The record of the parameter Identity, which has to be there. */
export function requestedRecord(call: CmdletCall): RecordKey {
  const key = keyOf(call, call.parameters.Identity);
  const where = "organization = :organization AND mailbox = :mailbox AND deviceId = :deviceId";
  const values = { organization: call.organization.name, ...key };
  if (!call.context.db.get(`SELECT 1 FROM easPartnership WHERE ${where}`, values)) {
    throw notFound(call.parameters.Identity);
  }
  return key;
}
