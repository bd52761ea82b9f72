/** Apps that assignments bring to a device, or take from it, when it checks in (E10). */
import type { TenantContext } from "../context";
import { type AppAssignmentRow, type AppRow, appAssignmentsOf, type InstallIntent } from "../services/mobileApps";
import type { Device } from "./devices";
import { mailApps } from "./profileTypes";
import { isTargeted, type Place } from "./targets";

/** An app of the tenant that a mail profile can be for. */
export interface MailApp {
  id: keyof typeof mailApps;
  name: string;
  assignments: AppAssignmentRow[];
}

/** Read once for a batch of devices. Other apps of the tenant change nothing about mail. */
export function loadMailApps(context: TenantContext): MailApp[] {
  const ids = Object.entries(mailApps) as [MailApp["id"], string][];
  return ids.flatMap(([id, packageId]) => {
    const app = context.db.get<AppRow>("SELECT * FROM mobileApp WHERE packageId = :packageId", { packageId });
    return app ? [{ id, name: app.displayName, assignments: appAssignmentsOf(context, app.id) }] : [];
  });
}

/** What a change of the device's apps is recorded as. */
export interface AppChange {
  kind: "appInstalled" | "appRemoved";
  message: string;
}

/**
 * Installs required apps and removes those that are to be uninstalled. One that is merely available waits for the
 * user, and one that nothing assigns any more stays.
 */
export function bringApps(context: TenantContext, apps: readonly MailApp[], device: Device, place: Place): AppChange[] {
  if (device.platform !== "androidForWork") return [];
  return apps.flatMap(({ id, name, assignments }): AppChange[] => {
    const wants = (intent: InstallIntent) =>
      isTargeted(
        assignments.filter((row) => row.intent === intent).map(({ targetType, groupId }) => ({ targetType, groupId })),
        place,
      );
    const row = { id: device.id, app: id };
    // Where both are assigned, Intune installs.
    if (wants("required")) {
      const done = context.db.run("INSERT OR IGNORE INTO deviceApp VALUES (:id, :app)", row);
      return done > 0 ? [{ kind: "appInstalled", message: `${name} was installed, as it is required.` }] : [];
    }
    if (!wants("uninstall")) return [];
    const done = context.db.run("DELETE FROM deviceApp WHERE deviceId = :id AND app = :app", row);
    return done > 0 ? [{ kind: "appRemoved", message: `${name} was removed, as its assignment says.` }] : [];
  });
}
