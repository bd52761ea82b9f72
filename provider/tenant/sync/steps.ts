/**
 * The ten steps from a device's first try to its mail (C2), each an event of one kind. Steps 1, 4 and 5 are the device's
 * own; a sync brings the others about.
 */
import type { TenantEvent } from "../context";
import type { AccessState, Verdict } from "./decide";
import type { EasRecord } from "./records";

export const stepOfKind = {
  mailAttempted: 1,
  easClientBlocked: 2,
  deviceQuarantined: 3,
  quarantineMailSent: 3,
  workplaceJoined: 4,
  deviceEnrolled: 5,
  easRecordMapped: 6,
  easIdRegistered: 7,
  deviceStateStored: 8,
  accessAllowed: 9,
  easClientAllowed: 10,
} as const satisfies Record<string, number>;
export type StepKind = keyof typeof stepOfKind;

/** What a sync has found and done about one record. */
export interface Settled {
  before: EasRecord | undefined;
  after: EasRecord;
  verdict: Verdict;
  userId: string | undefined;
  /** A cmdlet changed the lists of its mailbox. */
  written: boolean;
  /** When in the sync it was read, and when Exchange had done what was asked. */
  readMs: number;
  doneMs: number;
}

const changeEvents = {
  allowed: { kind: "accessAllowed", text: "may use" },
  blocked: { kind: "accessBlocked", text: "is blocked from" },
  quarantined: { kind: "deviceQuarantined", text: "is in quarantine for" },
} as const satisfies Record<AccessState, { kind: string; text: string }>;

/**
 * The events of a record, in the order of the steps; none where nothing has changed. A record that is seen for the first
 * time, and to which nothing had to be done, is told of once: its device has not come by the ten steps.
 */
export function eventsOf(connectorId: string, settled: Settled): TenantEvent[] {
  const { before, after, verdict, userId, written, readMs, doneMs } = settled;
  const { organization, mailbox, deviceId, managedDeviceId } = after;
  const about = { deviceId: managedDeviceId ?? undefined, userId, subjectId: connectorId };
  const events: TenantEvent[] = [];
  const add = (kind: string, afterMs: number, message: string, more: object = {}) =>
    events.push({ kind, ...about, message, detail: { organization, mailbox, deviceId, ...more, afterMs } });
  const changed = before?.state !== after.state;
  const onItsWay = before !== undefined || written;
  // A device that is in no management has a record at most, which is not one to map to.
  const managed = managedDeviceId !== null && after.reason !== "notEnrolled";
  const mapped =
    managed && onItsWay && (before?.managedDeviceId !== managedDeviceId || before.reason === "notEnrolled");
  if (mapped) {
    add("easRecordMapped", readMs, `The EAS record ${deviceId} of ${mailbox} is that of a managed device.`);
    add("easIdRegistered", readMs + 1, `The EAS id ${deviceId} is registered with the device in the directory.`);
  }
  const retired = managedDeviceId !== null && after.reason === "notEnrolled" && after.state === "blocked";
  if (mapped || ((managed || retired) && onItsWay && (changed || before?.reason !== after.reason))) {
    const text = `The directory keeps the state of the device ${deviceId}: ${verdict.reason}.`;
    add("deviceStateStored", readMs + 2, text, { reason: verdict.reason });
  }
  const actedMs = Math.max(doneMs, readMs + 3);
  if (changed && verdict.state !== "allowed") {
    add("easClientBlocked", actedMs, `Exchange tells the client ${deviceId} that it may not use ${mailbox}.`);
  }
  if (changed) {
    const { kind, text } = changeEvents[verdict.state];
    const message = `The device ${deviceId} ${text} the mailbox ${mailbox}: ${verdict.reason}.`;
    add(kind, actedMs + 1, message, { ...verdict, cmdlet: written ? "Set-CasMailbox" : null });
  }
  if (changed && verdict.state === "allowed" && written) {
    add("easClientAllowed", actedMs + 2, `Exchange tells the client ${deviceId} that it may use ${mailbox}.`);
  }
  return events;
}
