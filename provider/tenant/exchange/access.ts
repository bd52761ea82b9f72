/** How Exchange finds what a device may do: its mailbox's block list, then its allow list, then rules, then the default. */
import {
  type AccessLevel,
  type Characteristic,
  characteristics,
  type DeviceAccessState,
  type DeviceAccessStateReason,
  stateOfLevel,
} from "./words";

export interface AccessRule {
  characteristic: Characteristic;
  queryString: string;
  accessLevel: AccessLevel;
}

/** The organization's part of the answer. */
export interface AccessSettings {
  defaultAccessLevel: AccessLevel;
  rules: readonly AccessRule[];
}

/** What a rule can look at; Exchange knows no XMSWLHeader of a device until it asks, so such a rule never meets one. */
export interface DeviceTraits {
  deviceModel: string;
  deviceType: string;
  deviceOS: string;
  userAgent: string;
}

const traitOf = {
  DeviceModel: (device) => device.deviceModel,
  DeviceType: (device) => device.deviceType,
  DeviceOS: (device) => device.deviceOS,
  UserAgent: (device) => device.userAgent,
  XMSWLHeader: () => undefined,
} satisfies Record<Characteristic, (device: DeviceTraits) => string | undefined>;

export interface Access {
  state: DeviceAccessState;
  reason: DeviceAccessStateReason;
}

/** What the organization's rules and default say of a device that is on no list of its mailbox. */
export function ruledAccess(settings: AccessSettings, device: DeviceTraits): Access {
  if (settings.rules.length > 0) {
    for (const characteristic of characteristics) {
      const trait = traitOf[characteristic](device);
      const rule = settings.rules.find((one) => one.characteristic === characteristic && one.queryString === trait);
      if (rule) return { state: stateOfLevel[rule.accessLevel], reason: "DeviceRule" };
    }
  }
  return { state: stateOfLevel[settings.defaultAccessLevel], reason: "Global" };
}

/** The access state of a device, as Exchange computes it. */
export function accessOf(
  settings: AccessSettings,
  device: DeviceTraits,
  lists: { blocked: boolean; allowed: boolean },
): Access {
  if (lists.blocked) return { state: "Blocked", reason: "Individual" };
  if (lists.allowed) return { state: "Allowed", reason: "Individual" };
  return ruledAccess(settings, device);
}
