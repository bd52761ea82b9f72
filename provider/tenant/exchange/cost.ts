/** What cmdlets cost in time: the simulation's own figures, for what several runspaces are worth (X8). */
import type { CmdletName } from "./words";

interface Cost {
  /** Of each call: the way to the server and back, and the start of the pipeline. */
  callMs: number;
  /** Of each object that it gives back or changes. */
  objectMs: number;
}

const read = { callMs: 40, objectMs: 2 };
/** Answered from the directory's configuration, which is in memory. */
const configuration = { callMs: 30, objectMs: 1 };
/** A directory write waits for its domain controller. */
const write = { callMs: 120, objectMs: 10 };

const costs = {
  "Get-ActiveSyncOrganizationSettings": configuration,
  "Set-ActiveSyncOrganizationSettings": write,
  "Get-CasMailbox": read,
  "Set-CasMailbox": write,
  "Get-ActiveSyncMailboxPolicy": configuration,
  "Set-ActiveSyncMailboxPolicy": write,
  "New-ActiveSyncMailboxPolicy": write,
  "Remove-ActiveSyncMailboxPolicy": write,
  "Get-ActiveSyncDeviceAccessRule": configuration,
  "Set-ActiveSyncDeviceAccessRule": write,
  "New-ActiveSyncDeviceAccessRule": write,
  "Remove-ActiveSyncDeviceAccessRule": write,
  // It opens the mailbox, where the others ask the directory.
  "Get-ActiveSyncDeviceStatistics": { callMs: 90, objectMs: 30 },
  "Get-ActiveSyncDevice": read,
  "Get-ExchangeServer": configuration,
  "Get-ActiveSyncDeviceClass": read,
  "Get-Recipient": read,
  "Clear-ActiveSyncDevice": write,
  "Remove-ActiveSyncDevice": write,
  "Set-ADServerSettings": { callMs: 5, objectMs: 0 },
  "Get-Command": configuration,
} as const satisfies Record<CmdletName, Cost>;

/** Simulated time that a cmdlet takes with so many objects, in milliseconds. */
export function costMs(cmdlet: CmdletName, objects = 1): number {
  const { callMs, objectMs } = costs[cmdlet];
  return callMs + objectMs * objects;
}
