/** What a person does to a device: the user approves, makes or removes an account; the administrator retires it. */
import type { TenantContext } from "../context";
import { badRequest } from "../errors";
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
  if (!device.enrolled) throw badRequest(`The device '${device.id}' is not enrolled.`);
  context.db.run("DELETE FROM deviceProfile WHERE deviceId = :id", { id: device.id });
  updateDevice(context, device.id, { enrolled: 0, complianceState: "unknown", policyComplianceState: "unknown" });
  act(context, device, "deviceRetired", `${device.deviceName} was retired; its email profiles were removed.`);
}

function act(context: TenantContext, device: Device, kind: string, message: string): void {
  context.events.add({ kind, deviceId: device.id, userId: device.userId ?? undefined, message });
}
