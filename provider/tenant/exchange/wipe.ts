/** Clear-ActiveSyncDevice and Remove-ActiveSyncDevice: a device is told to delete all that it has; its record goes. */
import { ExchangeError } from "./errors";
import { type RecordKey, requestedRecord } from "./identities";
import type { CmdletCall } from "./invoke";

const where = "WHERE organization = :organization AND mailbox = :mailbox AND deviceId = :deviceId";

const valuesOf = ({ organization }: CmdletCall, key: RecordKey) => ({ organization: organization.name, ...key });

/** The device is told at its next attempt; until then the wish can be taken back. */
export function clearDevice(call: CmdletCall): void {
  const { context, parameters } = call;
  const values = valuesOf(call, requestedRecord(call));
  if (parameters.Cancel !== true) {
    context.db.run(
      `UPDATE easPartnership SET deviceWipeRequestTime = :now, deviceWipeSentTime = NULL, deviceWipeAckTime = NULL ${where}`,
      { ...values, now: context.clock.now() },
    );
    return;
  }
  const cancelled = context.db.run(
    `UPDATE easPartnership SET deviceWipeRequestTime = NULL ${where} AND deviceWipeSentTime IS NULL`,
    values,
  );
  if (cancelled > 0) return;
  const message = `The device '${parameters.Identity}' has been told to delete its data already; that cannot be cancelled.`;
  throw new ExchangeError("invalidParameter", message);
}

/** The partnership goes; the lists of its mailbox stay as they are. */
export function removeDevice(call: CmdletCall): void {
  call.context.db.run(`DELETE FROM easPartnership ${where}`, valuesOf(call, requestedRecord(call)));
}
