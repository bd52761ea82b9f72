/** The registry: a platform is one file and one line here. */
import { has, type Platform } from "../platform";
import type { Setting } from "../resources/email-profile-settings";
import { androidForWorkGmail } from "./android-for-work-gmail";
import { androidForWorkNineWork } from "./android-for-work-nine-work";
import { ios } from "./ios";
import { samsungKnox } from "./samsung-knox";
import { windows10 } from "./windows-10";
import { windowsPhone81 } from "./windows-phone-81";

export const platforms = {
  ios,
  samsungKnox,
  windowsPhone81,
  windows10,
  androidForWorkGmail,
  androidForWorkNineWork,
} satisfies Record<string, Platform>;

export type PlatformName = keyof typeof platforms;

export const platformNames = Object.keys(platforms) as PlatformName[];

export const isPlatform = (name: unknown): name is PlatformName => platformNames.includes(name as PlatformName);

/** The platforms that have a setting, for messages. */
export const platformsWith = (setting: Setting): PlatformName[] =>
  platformNames.filter((name) => has(platforms[name].settings[setting]));
