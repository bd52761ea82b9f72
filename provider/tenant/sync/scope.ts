/** Whose records conditional access decides (C1): members of included groups less members of excluded ones. */
import type { TenantContext } from "../context";
import { findUser, groupsOf, transitiveMembersOf } from "../services/directory";
import type { ConditionalAccessSettings } from "./policy";

export interface Targeting {
  included: boolean;
  excluded: boolean;
}
export type TargetingOf = (userId: string) => Targeting;

/** Looks upward from each user: what a few users cost does not depend on how many the groups have. */
export function targetingOfFew(context: TenantContext, settings: ConditionalAccessSettings): TargetingOf {
  return (userId) => {
    const groups = new Set(groupsOf(context, userId));
    const inOne = (ids: readonly string[]) => ids.some((id) => groups.has(id));
    return { included: inOne(settings.includedGroups), excluded: inOne(settings.excludedGroups) };
  };
}

/** Looks downward from the groups once: for syncs that ask about everybody. */
export function targetingOfAll(context: TenantContext, settings: ConditionalAccessSettings): TargetingOf {
  const membersOf = (groups: readonly string[]) =>
    new Set(groups.flatMap((group) => transitiveMembersOf(context, group).map((member) => member.id)));
  const included = membersOf(settings.includedGroups);
  const excluded = membersOf(settings.excludedGroups);
  return (userId) => ({ included: included.has(userId), excluded: excluded.has(userId) });
}

/** Addresses of the mailboxes of a user, or of all users in a group. */
export function addressesOf(context: TenantContext, userOrGroupId: string): string[] {
  const user = findUser(context, userOrGroupId);
  if (user) return user.mail ? [user.mail, user.userPrincipalName] : [user.userPrincipalName];
  return transitiveMembersOf(context, userOrGroupId)
    .filter((member) => member.kind === "user")
    .flatMap((member) => addressesOf(context, member.id));
}
