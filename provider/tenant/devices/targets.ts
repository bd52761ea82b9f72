/** Which email profiles a device is to have, by whom they are assigned to (D1, D5). */
import type { TenantContext } from "../context";
import type { AssignmentRow, TargetType } from "../services/assignments";
import { assignmentsOf } from "../services/assignments";
import { findUser, groupsOf, type User } from "../services/directory";
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

const outward = "(targetType = 'exclusionGroupAssignmentTarget' OR intent = 'remove')";

/** Whether the assignments of `:profileId` reach a row of `device`: those that include it, or those that take it out. */
function reachedBy(which: "including" | "takingOut"): string {
  const rows = `assignment WHERE configurationId = :profileId AND ${which === "takingOut" ? outward : `NOT ${outward}`}`;
  const any = (type: TargetType) => `EXISTS (SELECT 1 FROM ${rows} AND targetType = '${type}')`;
  // Down from the groups that are named to those in them, which are few; up from a device to its groups, which are few.
  const groups = `(WITH RECURSIVE inside (id) AS (
      SELECT groupId FROM ${rows} AND groupId IS NOT NULL
      UNION SELECT memberId FROM member JOIN inside ON member.groupId = inside.id WHERE member.kind = 'group'
    ) SELECT id FROM inside)`;
  const some = `EXISTS (SELECT 1 FROM ${rows} AND groupId IS NOT NULL)`;
  const inGroup = (id: string) =>
    `${some} AND EXISTS (SELECT 1 FROM member WHERE memberId = ${id} AND groupId IN ${groups})`;
  return `(${any("allDevicesAssignmentTarget")}
    OR ${any("allLicensedUsersAssignmentTarget")} AND EXISTS (SELECT 1 FROM user WHERE user.id = device.userId AND licensed = 1)
    OR ${inGroup("device.userId")} OR ${inGroup("device.directoryId")})`;
}

/** `isTargeted` as SQL, for all devices at once: whether a row of `device` is enrolled and to have `:profileId`. */
export const targeted = `(device.enrolled = 1 AND ${reachedBy("including")} AND NOT ${reachedBy("takingOut")})`;

export const userOf = (context: TenantContext, device: Device): User | undefined =>
  device.userId === null ? undefined : findUser(context, device.userId);
