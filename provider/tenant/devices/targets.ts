/** Which email profiles a device is to have, by whom they are assigned to (D1, D5). */
import type { TenantContext } from "../context";
import type { AssignmentRow, TargetType } from "../services/assignments";
import { assignmentsOf } from "../services/assignments";
import { findUser, groupsOf, transitiveMembersOf, type User } from "../services/directory";
import type { Device } from "./devices";
import { type ProfileType, profileTypes } from "./profileTypes";

export interface Profile {
  id: string;
  displayName: string;
  version: number;
  type: ProfileType;
  typeName: string;
  properties: Record<string, unknown>;
  /** The certificate that it identifies its user with (E12). */
  identityId: string | undefined;
  assignments: AssignmentRow[];
}

const mailTypes = Object.keys(profileTypes)
  .map((name) => `'${name}'`)
  .join(", ");

/** Every email profile of the tenant with its assignments, oldest first: read once for a batch of devices. */
export function loadProfiles(context: TenantContext): Profile[] {
  interface ProfileRow {
    id: string;
    type: string;
    displayName: string;
    version: number;
    properties: string;
    identityId: string | null;
  }
  const rows = context.db.all<ProfileRow>(
    `SELECT id, type, displayName, version, properties, targetId AS identityId FROM deviceConfiguration
     LEFT JOIN configurationLink ON configurationId = id AND navigation = 'identityCertificate'
     WHERE type IN (${mailTypes}) ORDER BY deviceConfiguration.rowid`,
  );
  return rows.map(({ type, properties, identityId, ...row }) => ({
    ...row,
    typeName: type,
    type: profileTypes[type]!,
    properties: JSON.parse(properties) as Record<string, unknown>,
    identityId: identityId ?? undefined,
    assignments: assignmentsOf(context, row.id),
  }));
}

/** A device's place in the directory: what assignments are held against. */
export interface Place {
  groups: ReadonlySet<string>;
  licensedUser: boolean;
}

/** Its own groups and its user's, nested ones included. */
export const placeOf = (context: TenantContext, device: Device, user: User | undefined): Place => ({
  groups: new Set([...groupsOf(context, device.directoryId), ...(user ? groupsOf(context, user.id) : [])]),
  licensedUser: user?.licensed === 1,
});

type Target = Pick<AssignmentRow, "targetType" | "groupId">;

const reaches: Record<TargetType, (row: Target, place: Place) => boolean> = {
  groupAssignmentTarget: (row, place) => place.groups.has(row.groupId!),
  exclusionGroupAssignmentTarget: (row, place) => place.groups.has(row.groupId!),
  allDevicesAssignmentTarget: () => true,
  allLicensedUsersAssignmentTarget: (_row, place) => place.licensedUser,
  // Collections belong to Configuration Manager, which the tenant does not have.
  configurationManagerCollectionAssignmentTarget: () => false,
};

const takesOut = (row: Target & { intent?: string }) =>
  row.targetType === "exclusionGroupAssignmentTarget" || row.intent === "remove";

/** Whether a set of assignments reaches a place: some include it, and none takes it out. */
export function isTargeted(assignments: readonly (Target & { intent?: string })[], place: Place): boolean {
  const hits = assignments.filter((row) => reaches[row.targetType](row, place));
  return hits.length > 0 && !hits.some(takesOut);
}

/** Ids of the enrolled devices that a configuration is assigned to: the same question, asked from the other end. */
export function devicesTargetedBy(context: TenantContext, configurationId: string): Set<string> {
  const hit = new Set<string>();
  const out = new Set<string>();
  for (const row of assignmentsOf(context, configurationId)) {
    for (const id of devicesReached(context, row)) (takesOut(row) ? out : hit).add(id);
  }
  for (const id of out) hit.delete(id);
  return hit;
}

function devicesReached(context: TenantContext, row: AssignmentRow): string[] {
  const ids = (sql: string) => context.db.all<{ id: string }>(sql).map(({ id }) => id);
  switch (row.targetType) {
    case "allDevicesAssignmentTarget":
      return ids("SELECT id FROM device WHERE enrolled = 1");
    case "allLicensedUsersAssignmentTarget":
      return ids("SELECT device.id FROM device JOIN user ON user.id = userId WHERE enrolled = 1 AND licensed = 1");
    case "configurationManagerCollectionAssignmentTarget":
      return [];
    default: {
      const members = transitiveMembersOf(context, row.groupId!).map(({ id }) => id);
      return context.db
        .all<{ id: string }>(
          `SELECT id FROM device WHERE enrolled = 1 AND (userId IN (SELECT value FROM json_each(:members))
             OR directoryId IN (SELECT value FROM json_each(:members)))`,
          { members: JSON.stringify(members) },
        )
        .map(({ id }) => id);
    }
  }
}

export const userOf = (context: TenantContext, device: Device): User | undefined =>
  device.userId === null ? undefined : findUser(context, device.userId);
