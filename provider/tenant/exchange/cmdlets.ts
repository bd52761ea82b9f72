/** The cmdlets of X4, one row each: what it takes, whether it writes, what it does. */
import { casMailboxes, recipients, setCasMailbox } from "./casMailboxes";
import {
  accessRules,
  deviceClasses,
  newAccessRule,
  organizationSettings,
  removeAccessRule,
  setAccessRule,
  setOrganizationSettings,
} from "./deviceRules";
import type { CmdletCall, ExchangeObject } from "./invoke";
import {
  mailboxPolicies,
  newMailboxPolicy,
  policySettings,
  removeMailboxPolicy,
  setMailboxPolicy,
} from "./mailboxPolicies";
import { findAccount, serversOf } from "./organizations";
import { activeSyncDevices, deviceStatistics } from "./records";
import { clearDevice, removeDevice } from "./wipe";
import { type CmdletName, requiredCmdlets } from "./words";

export interface Cmdlet {
  writes: boolean;
  parameters: readonly string[];
  /** Those that Microsoft documents and that are refused here, as nothing in the simulation would come of them. */
  unsimulated?: readonly string[];
  run(call: CmdletCall): ExchangeObject[];
}

type Names = readonly string[];

const reads = (parameters: Names, run: Cmdlet["run"], unsimulated: Names = []): Cmdlet => ({
  writes: false,
  parameters,
  unsimulated,
  run,
});
const writes = (parameters: Names, run: (call: CmdletCall) => void, unsimulated: Names = []): Cmdlet => ({
  writes: true,
  parameters,
  unsimulated,
  run: (call) => {
    run(call);
    return [];
  },
});

const settings = [...Object.keys(policySettings), "IsDefault", "IsDefaultPolicy"];
const applicationLists = ["ApprovedApplicationList", "UnapprovedInROMApplicationList"];
/** Set-ADServerSettings is about the session's view of a forest; the simulation's has one domain, so there is nothing to see. */
const serverSettings = [
  "ConfigurationDomainController",
  "PreferredGlobalCatalog",
  "PreferredServer",
  "RecipientViewRoot",
  "RunspaceServerSettings",
  "SetPreferredDomainControllers",
  "ViewEntireForest",
];

export const cmdlets = {
  "Get-ActiveSyncOrganizationSettings": reads(["Identity"], organizationSettings),
  "Set-ActiveSyncOrganizationSettings": writes(["Identity", "DefaultAccessLevel"], setOrganizationSettings, [
    "AdminMailRecipients",
    "OtaNotificationMailInsert",
    "UserMailInsert",
  ]),
  "Get-CasMailbox": reads(["Identity", "Filter", "ResultSize"], casMailboxes, [
    "Anr",
    "ActiveSyncDebugLogging",
    "ActiveSyncSuppressReadReceipt",
    "Credential",
    "OrganizationalUnit",
    "ProtocolSettings",
    "RecalculateHasActiveSyncDevicePartnership",
    "SortBy",
  ]),
  "Set-CasMailbox": writes(
    [
      "Identity",
      "ActiveSyncAllowedDeviceIDs",
      "ActiveSyncBlockedDeviceIDs",
      "ActiveSyncEnabled",
      "ActiveSyncMailboxPolicy",
    ],
    setCasMailbox,
    ["ActiveSyncDebugLogging", "ActiveSyncSuppressReadReceipt", "ResetAutoBlockedDevices", "OWAEnabled", "EwsEnabled"],
  ),
  "Get-ActiveSyncMailboxPolicy": reads(["Identity"], mailboxPolicies),
  "Set-ActiveSyncMailboxPolicy": writes(["Identity", "Name", ...settings], setMailboxPolicy, applicationLists),
  "New-ActiveSyncMailboxPolicy": writes(["Name", ...settings], newMailboxPolicy, applicationLists),
  "Remove-ActiveSyncMailboxPolicy": writes(["Identity", "Force"], removeMailboxPolicy),
  "Get-ActiveSyncDeviceAccessRule": reads(["Identity"], accessRules),
  "Set-ActiveSyncDeviceAccessRule": writes(["Identity", "AccessLevel"], setAccessRule),
  "New-ActiveSyncDeviceAccessRule": writes(["Characteristic", "QueryString", "AccessLevel"], newAccessRule),
  "Remove-ActiveSyncDeviceAccessRule": writes(["Identity"], removeAccessRule),
  "Get-ActiveSyncDeviceStatistics": reads(["Identity", "Mailbox"], deviceStatistics, [
    "GetMailboxLog",
    "NotificationEmailAddresses",
    "ShowRecoveryPassword",
  ]),
  "Get-ActiveSyncDevice": reads(["Identity", "Mailbox", "Filter", "ResultSize"], activeSyncDevices, [
    "Monitoring",
    "OrganizationalUnit",
    "SortBy",
  ]),
  // Domain and Status, which real servers have, say nothing here: every server of an organization is in its domain.
  "Get-ExchangeServer": reads(["Identity"], exchangeServers, ["Domain", "Status"]),
  "Get-ActiveSyncDeviceClass": reads(["Identity", "Filter"], deviceClasses, ["SortBy"]),
  "Get-Recipient": reads(["Identity", "Filter", "ResultSize"], recipients, [
    "Anr",
    "OrganizationalUnit",
    "Properties",
    "RecipientType",
    "RecipientTypeDetails",
    "SortBy",
  ]),
  "Clear-ActiveSyncDevice": writes(["Identity", "Cancel"], clearDevice, ["NotificationEmailAddresses"]),
  "Remove-ActiveSyncDevice": writes(["Identity"], removeDevice),
  // A setting of the session, not of Exchange: nothing is written.
  "Set-ADServerSettings": reads(["Confirm", "WhatIf", ...serverSettings], () => []),
  "Get-Command": reads(["Name"], availableCommands),
} as const satisfies Record<CmdletName, Cmdlet>;

/** The name of a cmdlet as it is written, which has any case. */
export const findCmdlet = (name: string): CmdletName | undefined =>
  requiredCmdlets.find((one) => one === name) ??
  requiredCmdlets.find((one) => one.toLowerCase() === name.toLowerCase());

/** A server that is down is listed too: the directory does not know. */
function exchangeServers({ context, organization, parameters }: CmdletCall): ExchangeObject[] {
  return serversOf(context, organization.name)
    .filter((server) => parameters.Identity === undefined || server.fqdn === parameters.Identity)
    .map((server) => ({
      Identity: server.fqdn.split(".")[0],
      Name: server.fqdn.split(".")[0],
      Fqdn: server.fqdn,
      ServerRole: "ClientAccess",
      IsClientAccessServer: true,
      AdminDisplayVersion: `Version ${organization.version}`,
    }));
}

function availableCommands({ context, organization, account, parameters }: CmdletCall): ExchangeObject[] {
  const allowed = findAccount(context, organization.name, account)?.cmdlets ?? [...requiredCmdlets];
  return allowed
    .filter((name) => parameters.Name === undefined || name === parameters.Name)
    .map((Name) => ({ Name, CommandType: "Function" }));
}
