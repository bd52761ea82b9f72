/** What becomes of one targeted profile on one device at a check-in: rules E1, E4 and E8 to E12, without side effects. */
import type { User } from "../services/directory";
import { type MailAccount, makeAccount } from "./account";
import { connectionFailure, type Trust } from "./certificates";
import type { Device } from "./devices";
import type { DeviceProfile } from "./profiles";
import { notApplicable } from "./profileTypes";
import type { Reason } from "./reasons";
import type { Profile } from "./targets";

export interface UserAccount {
  hostName: string;
  emailAddress: string;
}

/** What is on a device as its profiles arrive one after the other. */
export interface OnDevice {
  device: Device;
  user: User | undefined;
  apps: ReadonlySet<string>;
  /** Accounts that the user made; those that a profile overwrites are gone for the next one. */
  accounts: readonly UserAccount[];
  /** Profiles that have arrived, by the key of their account. */
  claims: ReadonlyMap<string, Profile>;
  /** Certificates on the device, and what mail servers make of them. */
  trust: Trust;
}

export interface Outcome {
  reason: Reason;
  /** One sentence for a person. */
  message: string;
  /** The account that is on the device afterwards; absent: none. */
  installed?: { version: number; account: MailAccount };
  /** Accounts of the user that it takes the place of. */
  overwrites?: UserAccount[];
  /** A profile that arrived before, whose account it takes the place of. */
  displaces?: Profile;
}

/** Decides one profile; `row` is what the device reported for it the last time. */
export function decide(profile: Profile, row: DeviceProfile | undefined, on: OnDevice): Outcome {
  const { type, displayName } = profile;
  const unfit = notApplicable(type, on.device);
  if (unfit) return unfit;
  if (!on.user) {
    return {
      reason: "userMissing",
      message: `${displayName} needs a user's name and address, and the device has no user.`,
    };
  }
  const account = makeAccount(profile.properties, on.user);
  if ("missing" in account) {
    const message = `${displayName} takes its account from ${account.missing}, which ${on.user.userPrincipalName} lacks.`;
    return { reason: "addressMissing", message };
  }
  if (type.app && !on.apps.has(type.app.id)) {
    return {
      reason: "appMissing",
      message: `${displayName} waits for the ${type.app.name} app, which is not on the device.`,
    };
  }
  const first = on.claims.get(type.key(account));
  if (first) return overlap(profile, account, first);
  const outcome = row?.installedVersion != null ? again(profile, account, row, on) : arrive(profile, account, on);
  return connected(profile, outcome, on);
}

/** A profile that is on the device may be unable to connect all the same (E11, E12). */
function connected(profile: Profile, outcome: Outcome, on: OnDevice): Outcome {
  if (outcome.reason !== "installed" || !outcome.installed) return outcome;
  const { account } = outcome.installed;
  const failure = connectionFailure(account, profile.identityId, on.device.platform, on.trust);
  return failure ? { ...outcome, ...failure } : outcome;
}

/** The profile is new on the device. */
function arrive(profile: Profile, account: MailAccount, on: OnDevice): Outcome {
  const duplicates = duplicatesOf(profile, account, on);
  if (duplicates.length > 0 && profile.type.duplicate === "blocks") {
    const message = `The user's own account ${account.emailAddress} on ${account.hostName} keeps ${profile.displayName} out until it is removed.`;
    return { reason: "duplicateAccount", message };
  }
  return { ...installed(profile, account), overwrites: duplicates };
}

/** The profile is on the device already: it stays as it is, or changes once its user has approved (E8). */
function again(profile: Profile, account: MailAccount, row: DeviceProfile, on: OnDevice): Outcome {
  const overwrites = profile.type.duplicate === "overwrittenEachTime" ? duplicatesOf(profile, account, on) : [];
  if (isSame(row.account, JSON.stringify(account)) || (row.approvedVersion ?? 0) >= profile.version) {
    return { ...installed(profile, account), overwrites };
  }
  return {
    reason: "approvalPending",
    message: `The user has to approve version ${profile.version} of ${profile.displayName}; the device keeps version ${row.installedVersion}.`,
    installed: { version: row.installedVersion!, account: JSON.parse(row.account!) as MailAccount },
    overwrites,
  };
}

/** The account of an older release has what is not set in it, too. */
const isSame = (kept: string | null, made: string): boolean =>
  kept === made || (kept !== null && JSON.stringify(JSON.parse(kept, (_, value) => value ?? undefined)) === made);

/** Two profiles make the same account: KNOX lets the later one overwrite the earlier, others keep the earlier. */
function overlap(profile: Profile, account: MailAccount, first: Profile): Outcome {
  const message = `${first.displayName} and ${profile.displayName} make the same account, ${account.emailAddress}, on this device.`;
  if (profile.type.duplicate !== "overwrittenEachTime") return { reason: "sameAccount", message };
  return { reason: "sameAccount", message, installed: { version: profile.version, account }, displaces: first };
}

const installed = (profile: Profile, account: MailAccount): Outcome => ({
  reason: "installed",
  message: `${profile.displayName} is installed for ${account.emailAddress}.`,
  installed: { version: profile.version, account },
});

function duplicatesOf({ type }: Profile, account: MailAccount, on: OnDevice): UserAccount[] {
  if (type.duplicate === "impossible") return [];
  return on.accounts.filter((each) => type.key(each) === type.key(account));
}
