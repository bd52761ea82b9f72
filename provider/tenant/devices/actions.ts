/** What a person does to a device: the user approves, makes or removes an account; the administrator wipes or retires it. */
import type { TenantContext } from "../context";
import { badRequest } from "../errors";
import { forgetMember } from "../services/directory";
import { forgetProperties } from "../services/properties";
import { checkIn } from "./checkIn";
import type { UserAccount } from "./decide";
import { type Device, updateDevice } from "./devices";

/** The user approves all changed profiles that wait on the device, which then takes them (E8). Returns how many waited. */
export function approve(context: TenantContext, device: Device): number {
  const approved = context.db.run(
    `UPDATE deviceProfile SET approvedVersion = (SELECT version FROM deviceConfiguration WHERE id = profileId)
     WHERE deviceId = :id AND reason = 'approvalPending'`,
    { id: device.id },
  );
  if (approved > 0) {
    act(
      context,
      device,
      "reconfigurationApproved",
      `The user of ${device.deviceName} approved ${approved} changed email profile(s).`,
    );
    checkIn(context, [device.id]);
  }
  return approved;
}

/** The user makes a mail account without Intune. */
export function addAccount(context: TenantContext, device: Device, account: UserAccount): void {
  context.db.run("INSERT OR IGNORE INTO userAccount VALUES (:id, :hostName, :emailAddress)", {
    id: device.id,
    ...account,
  });
  act(
    context,
    device,
    "accountMade",
    `The user of ${device.deviceName} made the account ${account.emailAddress} on ${account.hostName}.`,
  );
}

/** The user removes accounts of their own; the device notices at its next check-in (E9). */
export function removeAccounts(context: TenantContext, device: Device, filter: Partial<UserAccount>): number {
  const removed = context.db.run(
    `DELETE FROM userAccount WHERE deviceId = :id AND (:hostName IS NULL OR hostName = :hostName)
       AND (:emailAddress IS NULL OR emailAddress = :emailAddress)`,
    { id: device.id, hostName: filter.hostName ?? null, emailAddress: filter.emailAddress ?? null },
  );
  if (removed > 0)
    act(context, device, "accountRemoved", `The user of ${device.deviceName} removed ${removed} mail account(s).`);
  return removed;
}

/** Takes a device out of management: its profiles go with it, and Exchange blocks it at the next sync (C4). */
export function retire(context: TenantContext, device: Device): void {
  leaveManagement(context, device);
  act(context, device, "deviceRetired", `${device.deviceName} was retired; its email profiles were removed.`);
}

/**
 * Resets a device: profiles, the user's own accounts and apps are gone. It leaves management, unless it is to keep its
 * enrollment, and then gets at its next check-in what is assigned to it. Exchange's record of it is left to the next sync.
 */
export function wipe(context: TenantContext, device: Device, { keepEnrollment }: { keepEnrollment: boolean }): void {
  if (keepEnrollment) {
    demandEnrolled(device);
    context.db.run("DELETE FROM deviceProfile WHERE deviceId = :id", { id: device.id });
  } else leaveManagement(context, device);
  context.db.run("DELETE FROM userAccount WHERE deviceId = :id", { id: device.id });
  context.db.run("DELETE FROM deviceApp WHERE deviceId = :id", { id: device.id });
  const what = keepEnrollment ? "wiped and stays enrolled" : "wiped and is no longer enrolled";
  act(context, device, "deviceWiped", `${device.deviceName} was ${what}; its profiles, accounts and apps are gone.`);
}

/** Restarts a device. */
export function reboot(context: TenantContext, device: Device): void {
  demandEnrolled(device);
  act(context, device, "deviceRebooted", `${device.deviceName} was restarted.`);
}

/** Locks a device until its user unlocks it. */
export function lock(context: TenantContext, device: Device): void {
  demandEnrolled(device);
  act(context, device, "deviceLocked", `${device.deviceName} was locked.`);
}

/** Deletes a device and its object in the directory; Exchange's record of it is left to the next sync. */
export function deleteDevice(context: TenantContext, device: Device): void {
  forgetMember(context, device.directoryId);
  forgetProperties(context, device.id);
  context.db.run("DELETE FROM device WHERE id = :id", { id: device.id });
  act(context, device, "deviceDeleted", `${device.deviceName} was deleted from Intune.`);
}

function leaveManagement(context: TenantContext, device: Device): void {
  demandEnrolled(device);
  context.db.run("DELETE FROM deviceProfile WHERE deviceId = :id", { id: device.id });
  updateDevice(context, device.id, { enrolled: 0, complianceState: "unknown", policyComplianceState: "unknown" });
}

function demandEnrolled({ id, enrolled }: Device): void {
  if (!enrolled) throw badRequest(`The device '${id}' is not enrolled: nothing can be sent to it.`);
}

function act(context: TenantContext, device: Device, kind: string, message: string): void {
  context.events.add({ kind, deviceId: device.id, userId: device.userId ?? undefined, message });
}
