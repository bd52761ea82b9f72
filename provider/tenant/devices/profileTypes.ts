/** What is particular to each type of email profile: where it applies, and how its device treats a duplicate account. */
import type { Device, DevicePlatform } from "./devices";

/** What happens when an account of the same key is on the device before the profile arrives (E9). */
type Duplicate =
  /** The user's account stays and keeps the profile out until it is removed; the device is not compliant meanwhile. */
  | "blocks"
  /** Intune's account takes the place of the user's. */
  | "overwritten"
  /** The same, and again each time the user, or another profile, sets the account up anew. */
  | "overwrittenEachTime"
  /** The app lives in the work profile, where users cannot make an account. */
  | "impossible";

/** Mail apps of the work profile, as devices know them, with their ids in the store. */
export const mailApps = { gmail: "com.google.android.gm", nineWork: "com.ninefolders.hd3.work" } as const;

export interface ProfileType {
  platform: DevicePlatform;
  /** Lowest version that takes the profile (E1). */
  minimum?: { of: "osVersion" | "knoxVersion"; version: string; what: string };
  /** App that has to be on the device first (E10). */
  app?: { id: keyof typeof mailApps; name: string };
  duplicate: Duplicate;
  /** What two accounts have in common when they are duplicates of each other. */
  key(account: { hostName: string; emailAddress: string }): string;
}

type Key = ProfileType["key"];
const hostAndAddress: Key = ({ hostName, emailAddress }) => `${hostName} ${emailAddress}`.toLowerCase();
const address: Key = ({ emailAddress }) => emailAddress.toLowerCase();

const gmail: ProfileType = {
  platform: "androidForWork",
  app: { id: "gmail", name: "Gmail" },
  duplicate: "impossible",
  key: () => "gmail",
};
const nineWork: ProfileType = {
  platform: "androidForWork",
  app: { id: "nineWork", name: "Nine Work" },
  duplicate: "impossible",
  key: () => "nineWork",
};

/** By Graph's type; the two generations of Android work profile types are alike. */
export const profileTypes: Readonly<Record<string, ProfileType>> = {
  iosEasEmailProfileConfiguration: {
    platform: "ios",
    minimum: { of: "osVersion", version: "8.0", what: "iOS" },
    duplicate: "blocks",
    key: hostAndAddress,
  },
  androidEasEmailProfileConfiguration: {
    platform: "samsungKnox",
    minimum: { of: "knoxVersion", version: "4.0", what: "KNOX Standard" },
    duplicate: "overwrittenEachTime",
    key: address,
  },
  windowsPhoneEASEmailProfileConfiguration: {
    platform: "windowsPhone81",
    minimum: { of: "osVersion", version: "8.1", what: "Windows Phone" },
    duplicate: "overwritten",
    key: hostAndAddress,
  },
  windows10EasEmailProfileConfiguration: {
    platform: "windows10",
    minimum: { of: "osVersion", version: "10.0", what: "Windows" },
    duplicate: "overwritten",
    key: hostAndAddress,
  },
  androidForWorkGmailEasConfiguration: gmail,
  androidForWorkNineWorkEasConfiguration: nineWork,
  androidWorkProfileGmailEasConfiguration: gmail,
  androidWorkProfileNineWorkEasConfiguration: nineWork,
};

/** Why a device cannot take a profile of the type at all; undefined when it can (E1). */
export function notApplicable(
  type: ProfileType,
  device: Device,
): { reason: "otherPlatform" | "belowMinimum"; message: string } | undefined {
  if (type.platform !== device.platform) {
    return {
      reason: "otherPlatform",
      message: `The profile is for ${type.platform} and the device is ${device.platform}.`,
    };
  }
  if (!type.minimum) return undefined;
  const { of, version, what } = type.minimum;
  const found = device[of];
  if (found !== null && compareVersions(found, version) >= 0) return undefined;
  return {
    reason: "belowMinimum",
    message: `The profile needs ${what} ${version} or later, and the device has ${found ?? "none"}.`,
  };
}

/** Compares versions number by number: `10.0` is later than `8.1`. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => text.split(".").map(Number));
  for (let index = 0; index < Math.max(a!.length, b!.length); index++) {
    const difference = (a![index] ?? 0) - (b![index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
