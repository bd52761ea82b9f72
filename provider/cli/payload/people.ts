/** Whom a profile's assignments reach: groups with all that is nested in them, less what is excluded (D1). */
import type { Graph } from "../../graph/client";
import { unlessGone } from "../../graph/errors";
import type { User } from "../../payload/input";
import { UserError } from "../../user-error";
import type { Assignment, EmailProfile } from "../tenant/profiles";

const userProperties = "id,userPrincipalName,displayName,mail,onPremisesSamAccountName,onPremisesDomainName";

/** One person, by user principal name or id. */
export async function findUser(graph: Graph, name: string): Promise<User> {
  const user = await unlessGone(graph.get<User>(`/users/${encodeURIComponent(name)}?$select=${userProperties}`));
  if (user) return user;
  throw new UserError(
    `There is no user "${name}": it is neither a user principal name nor an id. Look it up in the directory, and give one of the two.`,
  );
}

export interface Device {
  id: string;
  deviceName: string;
  userId: string | null;
  operatingSystem: string;
  osVersion: string;
  azureADDeviceId: string | null;
  managementAgent: string;
}

/** One of a person's devices, by name or id. */
export async function findDevice(graph: Graph, user: User, name: string): Promise<Device> {
  const devices = await graph.list<Device>(`/users/${user.id}/managedDevices`);
  const found = devices.find((each) =>
    [each.id, each.deviceName].some((known) => known.toLowerCase() === name.toLowerCase()),
  );
  if (found) return found;
  const all = devices.map(({ deviceName }) => deviceName).join(", ");
  throw new UserError(
    `${user.userPrincipalName} has no device "${name}"; ${all ? `there is: ${all}` : "no device at all is this user's"}.`,
  );
}

interface Licensed extends User {
  assignedLicenses?: unknown[] | null;
}

interface Member {
  "@odata.type": string;
  id: string;
  deviceId?: string;
}

/**
 * Gives the people that a profile reaches, by themselves or by their devices. Users, devices and each group are read
 * once, when the first profile needs them.
 */
export function reachIn(graph: Graph): (profile: EmailProfile) => Promise<User[]> {
  const users = once(() => graph.list<Licensed>(`/users?$select=${userProperties},assignedLicenses&$top=999`));
  // What Exchange alone knows takes no profiles.
  const devices = once(async () =>
    (await graph.list<Device>("/deviceManagement/managedDevices?$top=999")).filter(
      ({ managementAgent }) => managementAgent !== "eas",
    ),
  );
  const groups = new Map<string, Promise<string[]>>();
  const members = (id: string) => {
    const known = groups.get(id) ?? membersOf(graph, id);
    groups.set(id, known);
    return known;
  };

  /** Ids of users and, of devices, those by which the directory knows them. */
  const targets: Record<string, (target: Assignment["target"]) => Promise<string[]>> = {
    groupAssignmentTarget: ({ groupId }) => members(String(groupId)),
    exclusionGroupAssignmentTarget: ({ groupId }) => members(String(groupId)),
    allDevicesAssignmentTarget: async () => (await devices()).map(({ azureADDeviceId }) => String(azureADDeviceId)),
    allLicensedUsersAssignmentTarget: async () =>
      (await users()).filter(({ assignedLicenses }) => (assignedLicenses ?? []).length > 0).map(({ id }) => id),
  };

  return async ({ assignments }) => {
    const included = new Set<string>();
    const excluded = new Set<string>();
    for (const { intent, target } of assignments) {
      const kind = target["@odata.type"].replace(/^#?microsoft\.graph\./, "");
      const takesOut = kind === "exclusionGroupAssignmentTarget" || intent === "remove";
      for (const id of (await targets[kind]?.(target)) ?? []) (takesOut ? excluded : included).add(id);
    }
    if (included.size === 0) return [];
    const byDevice = new Set(
      (await devices())
        .filter(({ azureADDeviceId: id }) => id !== null && included.has(id) && !excluded.has(id))
        .map(({ userId }) => userId),
    );
    return (await users())
      .filter(({ id }) => !excluded.has(id) && (included.has(id) || byDevice.has(id)))
      .sort((one, other) => one.userPrincipalName.localeCompare(other.userPrincipalName, "en"));
  };
}

/** A group that was deleted is still assigned until someone takes the assignment away, and reaches nobody. */
async function membersOf(graph: Graph, id: string): Promise<string[]> {
  const found = await unlessGone(graph.list<Member>(`/groups/${id}/transitiveMembers?$top=999`));
  return (found ?? []).map((member) => member.deviceId ?? member.id);
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined;
  return () => {
    known ??= read();
    return known;
  };
}
