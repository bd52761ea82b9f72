/** Exchange's own words: levels, states, reasons, and the cmdlets that a connector's account must be allowed. */

export const accessLevels = ["Allow", "Block", "Quarantine"] as const;
/** What an administrator sets: the organization's default, or a device access rule. */
export type AccessLevel = (typeof accessLevels)[number];

/** What a device then has. Exchange says Allow of a level and Allowed of a state. */
export type DeviceAccessState = "Allowed" | "Blocked" | "Quarantined";
/** Why a device has it; the words of the reasons that this Exchange gives. */
export type DeviceAccessStateReason = "Global" | "Individual" | "DeviceRule";

export const stateOfLevel = {
  Allow: "Allowed",
  Block: "Blocked",
  Quarantine: "Quarantined",
} as const satisfies Record<AccessLevel, DeviceAccessState>;

/** What a device access rule may look at, in the order in which rules are asked: the most particular first. */
export const characteristics = ["DeviceModel", "DeviceType", "DeviceOS", "UserAgent", "XMSWLHeader"] as const;
export type Characteristic = (typeof characteristics)[number];

/** The cmdlets that the connector's account must be allowed to run (X4). */
export const requiredCmdlets = [
  "Get-ActiveSyncOrganizationSettings",
  "Set-ActiveSyncOrganizationSettings",
  "Get-CasMailbox",
  "Set-CasMailbox",
  "Get-ActiveSyncMailboxPolicy",
  "Set-ActiveSyncMailboxPolicy",
  "New-ActiveSyncMailboxPolicy",
  "Remove-ActiveSyncMailboxPolicy",
  "Get-ActiveSyncDeviceAccessRule",
  "Set-ActiveSyncDeviceAccessRule",
  "New-ActiveSyncDeviceAccessRule",
  "Remove-ActiveSyncDeviceAccessRule",
  "Get-ActiveSyncDeviceStatistics",
  "Get-ActiveSyncDevice",
  "Get-ExchangeServer",
  "Get-ActiveSyncDeviceClass",
  "Get-Recipient",
  "Clear-ActiveSyncDevice",
  "Remove-ActiveSyncDevice",
  "Set-ADServerSettings",
  "Get-Command",
] as const;
export type CmdletName = (typeof requiredCmdlets)[number];
