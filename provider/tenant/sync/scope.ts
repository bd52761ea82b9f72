/** Whose records conditional access decides (C1): members of included groups less members of excluded ones. */
import type { TenantContext } from "../context";
import { findUser, transitiveMembersOf } from "../services/directory";
import type { ConditionalAccessSettings } from "./policy";

/** The groups that bring their own members into scope, or out of it, as JSON for SQL. */
export interface Scope {
  included: string;
  excluded: string;
}

/** Looks at the groups that are in groups only: what it costs follows the groups, not their members. */
export function scopeOf({ db }: TenantContext, settings: ConditionalAccessSettings): Scope {
  const nested = db.all<{ outer: string; inner: string }>(
    `SELECT member.groupId AS outer, directoryGroup.id AS inner
     FROM directoryGroup CROSS JOIN member ON member.memberId = directoryGroup.id`,
  );
  const innerOf = new Map<string, string[]>();
  for (const { outer, inner } of nested) innerOf.set(outer, [...(innerOf.get(outer) ?? []), inner]);
  const within = (groups: readonly string[]): string => {
    const all = new Set(groups);
    // A set that grows while it is walked is walked to its new end.
    for (const group of all) for (const inner of innerOf.get(group) ?? []) all.add(inner);
    return JSON.stringify([...all]);
  };
  return { included: within(settings.includedGroups), excluded: within(settings.excludedGroups) };
}

/** Addresses of the mailboxes of a user, or of all users in a group. */
export function addressesOf(context: TenantContext, userOrGroupId: string): string[] {
  const user = findUser(context, userOrGroupId);
  if (user) return user.mail ? [user.mail, user.userPrincipalName] : [user.userPrincipalName];
  return transitiveMembersOf(context, userOrGroupId)
    .filter((member) => member.kind === "user")
    .flatMap((member) => addressesOf(context, member.id));
}
