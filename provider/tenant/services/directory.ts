/** Users, groups and who is a member of what: the tables, and the questions that the rest of the tenant asks them. */
import type { TenantContext } from "../context";
import { forgetProperties, propertySchema } from "./properties";

export const directorySchema = `
  CREATE TABLE user (
    id TEXT PRIMARY KEY,
    userPrincipalName TEXT NOT NULL UNIQUE COLLATE NOCASE,
    displayName TEXT NOT NULL COLLATE NOCASE,
    mail TEXT COLLATE NOCASE,                -- the primary SMTP address
    onPremisesSamAccountName TEXT,
    onPremisesDomainName TEXT,
    accountEnabled INTEGER NOT NULL DEFAULT 1,
    licensed INTEGER NOT NULL DEFAULT 1      -- has an Intune licence (C1)
  ) STRICT;
  CREATE INDEX userByMail ON user (mail);
  CREATE TABLE directoryGroup (
    id TEXT PRIMARY KEY,
    displayName TEXT NOT NULL COLLATE NOCASE, -- not unique, as in the directory
    description TEXT,
    mailNickname TEXT NOT NULL,
    createdDateTime TEXT NOT NULL
  ) STRICT;
  CREATE INDEX groupByName ON directoryGroup (displayName);
  CREATE TABLE member (
    groupId TEXT NOT NULL REFERENCES directoryGroup (id) ON DELETE CASCADE,
    memberId TEXT NOT NULL,                  -- a user, a group, or a device's directory object
    kind TEXT NOT NULL,                      -- user | group | device
    PRIMARY KEY (groupId, memberId)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX memberById ON member (memberId);
  ${propertySchema}
`;

export interface User {
  id: string;
  userPrincipalName: string;
  displayName: string;
  mail: string | null;
  onPremisesSamAccountName: string | null;
  onPremisesDomainName: string | null;
  accountEnabled: 0 | 1;
  /** Has an Intune licence (C1). */
  licensed: 0 | 1;
}

export interface Group {
  id: string;
  displayName: string;
  description: string | null;
  mailNickname: string;
  createdDateTime: string;
}

export type MemberKind = "user" | "group" | "device";
export interface Member {
  id: string;
  kind: MemberKind;
}

/** The user of this id or user principal name. */
export function findUser({ db }: TenantContext, idOrName: string): User | undefined {
  return db.get<User>("SELECT * FROM user WHERE id = :key OR userPrincipalName = :key", { key: idOrName });
}

export function findGroup({ db }: TenantContext, id: string): Group | undefined {
  return db.get<Group>("SELECT * FROM directoryGroup WHERE id = :id", { id });
}

/** Every group that the user, group or device's directory object is in, nested groups included. */
export function groupsOf({ db }: TenantContext, memberId: string): string[] {
  const rows = db.all<{ groupId: string }>(
    `WITH RECURSIVE upward (groupId) AS (
       SELECT groupId FROM member WHERE memberId = :memberId
       UNION SELECT member.groupId FROM member JOIN upward ON member.memberId = upward.groupId
     ) SELECT groupId FROM upward`,
    { memberId },
  );
  return rows.map((row) => row.groupId);
}

/** The groups that list the user, group or device's directory object themselves. */
export function parentsOf({ db }: TenantContext, memberId: string): string[] {
  const rows = db.all<{ groupId: string }>("SELECT groupId FROM member WHERE memberId = :memberId ORDER BY groupId", {
    memberId,
  });
  return rows.map((row) => row.groupId);
}

/** The members that a group itself lists. */
export function membersOf({ db }: TenantContext, groupId: string): Member[] {
  return db.all<Member>("SELECT memberId AS id, kind FROM member WHERE groupId = :groupId ORDER BY memberId", {
    groupId,
  });
}

/** The members of a group and of every group in it; a group is among its own only where it is nested in itself. */
export function transitiveMembersOf({ db }: TenantContext, groupId: string): Member[] {
  return db.all<Member>(
    `WITH RECURSIVE downward (id, kind) AS (
       SELECT memberId, kind FROM member WHERE groupId = :groupId
       UNION SELECT member.memberId, member.kind FROM member JOIN downward ON member.groupId = downward.id
     ) SELECT id, kind FROM downward ORDER BY id`,
    { groupId },
  );
}

/** Adds a member to a group; false when it was one already. */
export function addMember({ db }: TenantContext, groupId: string, member: Member): boolean {
  return db.run("INSERT OR IGNORE INTO member VALUES (:groupId, :id, :kind)", { groupId, ...member }) > 0;
}

/** Takes a member off a group; false when it was none. */
export function removeMember({ db }: TenantContext, groupId: string, memberId: string): boolean {
  return db.run("DELETE FROM member WHERE groupId = :groupId AND memberId = :memberId", { groupId, memberId }) > 0;
}

/** Takes a user, group or device's directory object off every group that lists it. */
export function forgetMember({ db }: TenantContext, memberId: string): void {
  db.run("DELETE FROM member WHERE memberId = :memberId", { memberId });
}

/** Deletes a user; what the user had stays: devices without a user, mailboxes without a person. */
export function deleteUser(context: TenantContext, id: string): void {
  forgetMember(context, id);
  forgetProperties(context, id);
  context.db.run("DELETE FROM user WHERE id = :id", { id });
}
