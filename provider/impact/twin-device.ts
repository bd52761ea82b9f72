/** What kind of device Graph's managedDevice is, as the tenant has it. */
import type { DevicePlatform } from "../tenant/devices/devices";
import type { ReadDevice } from "./twin-read";

/** Kinds of device by what Graph says of them; the first row that fits. Those of no row get no mail profile. */
const kinds: readonly { platform: DevicePlatform; fits(device: Told): boolean }[] = [
  { platform: "ios", fits: ({ os, type }) => /^(ios|ipados)/.test(os) || /^(iphone|ipad|ipod)/.test(type) },
  { platform: "androidForWork", fits: ({ type }) => /^android(forwork|enterprise|_aosp)/.test(type) },
  { platform: "androidForWork", fits: ({ os }) => /^android ?\((work profile|enterprise|fully managed)/.test(os) },
  // Without a work profile, a mail profile needs KNOX, and with it a device of Samsung's (E1).
  { platform: "samsungKnox", fits: ({ os }) => os.startsWith("android") },
  { platform: "windowsPhone81", fits: ({ os, type }) => os === "windows phone" || /^(winmo6|windowsphone)/.test(type) },
  { platform: "windows10", fits: ({ os }) => os.startsWith("windows") },
];

interface Told {
  os: string;
  type: string;
}

/** The kind of a device; undefined for one that no mail profile is for, such as a Mac. */
export function platformOf({ operatingSystem, deviceType }: ReadDevice): DevicePlatform | undefined {
  const told = { os: (operatingSystem ?? "").toLowerCase(), type: (deviceType ?? "").toLowerCase() };
  return kinds.find(({ fits }) => fits(told))?.platform;
}

/** Whether a device of that kind has KNOX: Graph does not tell its version. */
export const hasKnox = (platform: DevicePlatform, { manufacturer }: ReadDevice): boolean =>
  platform === "samsungKnox" && /samsung/i.test(manufacturer ?? "");

/** The numbers of a version, without what is said around them. */
export const versionOf = (text: string | null): string => /\d+(\.\d+)*/.exec(text ?? "")?.[0] ?? "0";
