/**
 * Mailbox policies of Exchange ActiveSync. They are kept and shown, and rule nothing: what devices must be like is for
 * the tenant's compliance policies to say.
 */
import { ExchangeError } from "./errors";
import type { CmdletCall, ExchangeObject } from "./invoke";
import { booleanOf, notFound } from "./parameters";

type Setting = boolean | string | number | null;

/** The settings, with the defaults that Microsoft documents; null: no default is documented. */
export const policySettings = {
  AllowApplePushNotifications: true,
  AllowBluetooth: "Allow",
  AllowBrowser: true,
  AllowCamera: true,
  AllowConsumerEmail: true,
  AllowDesktopSync: true,
  AllowExternalDeviceManagement: null,
  AllowHTMLEmail: true,
  AllowInternetSharing: true,
  AllowIrDA: true,
  AllowMobileOTAUpdate: null,
  AllowNonProvisionableDevices: null,
  AllowPOPIMAPEmail: true,
  AllowRemoteDesktop: true,
  AllowSMIMEEncryptionAlgorithmNegotiation: null,
  AllowSMIMESoftCerts: true,
  AllowSimpleDevicePassword: true,
  AllowStorageCard: true,
  AllowTextMessaging: true,
  AllowUnsignedApplications: true,
  AllowUnsignedInstallationPackages: true,
  AllowWiFi: true,
  AlphanumericDevicePasswordRequired: false,
  AttachmentsEnabled: true,
  DeviceEncryptionEnabled: false,
  DevicePasswordEnabled: false,
  DevicePasswordExpiration: null,
  DevicePasswordHistory: null,
  DevicePolicyRefreshInterval: null,
  IrmEnabled: null,
  MaxAttachmentSize: "Unlimited",
  MaxCalendarAgeFilter: null,
  MaxDevicePasswordFailedAttempts: 8,
  MaxEmailAgeFilter: null,
  MaxEmailBodyTruncationSize: null,
  MaxEmailHTMLBodyTruncationSize: null,
  MaxInactivityTimeDeviceLock: null,
  MinDevicePasswordComplexCharacters: null,
  MinDevicePasswordLength: 4,
  PasswordRecoveryEnabled: null,
  RequireDeviceEncryption: false,
  RequireEncryptedSMIMEMessages: false,
  RequireEncryptionSMIMEAlgorithm: null,
  RequireManualSyncWhenRoaming: false,
  RequireSignedSMIMEAlgorithm: null,
  RequireSignedSMIMEMessages: null,
  RequireStorageCardEncryption: null,
  UNCAccessEnabled: null,
  WSSAccessEnabled: null,
} as const satisfies Record<string, Setting>;

interface PolicyRow {
  name: string;
  isDefault: 0 | 1;
  settings: string;
}

const policiesOf = ({ context, organization }: CmdletCall): PolicyRow[] =>
  context.db.all<PolicyRow>(
    "SELECT name, isDefault, settings FROM mailboxPolicy WHERE organization = :organization ORDER BY name",
    { organization: organization.name },
  );

/** The policy of an identity, or without one the default policy. */
export function findMailboxPolicy(call: CmdletCall, identity: unknown): PolicyRow {
  const called = String(identity ?? "").toLowerCase();
  const found = policiesOf(call).find(({ name, isDefault }) =>
    identity === undefined ? isDefault === 1 : name.toLowerCase() === called,
  );
  if (!found) throw notFound(identity ?? "Default");
  return found;
}

export function mailboxPolicies(call: CmdletCall): ExchangeObject[] {
  const { Identity } = call.parameters;
  const policies = Identity === undefined ? policiesOf(call) : [findMailboxPolicy(call, Identity)];
  return policies.map(({ name, isDefault, settings }) => ({
    Identity: name,
    Name: name,
    IsDefault: isDefault === 1,
    ...policySettings,
    ...(JSON.parse(settings) as Record<string, Setting>),
  }));
}

export function newMailboxPolicy(call: CmdletCall): void {
  const { context, organization } = call;
  const name = nameOf(call);
  const made = context.db.run("INSERT OR IGNORE INTO mailboxPolicy VALUES (:organization, :name, 0, :settings)", {
    organization: organization.name,
    name,
    settings: JSON.stringify(settingsOf(call)),
  });
  if (made === 0) throw taken(name);
  makeDefault(call, name);
}

export function setMailboxPolicy(call: CmdletCall): void {
  const { context, organization, parameters } = call;
  const before = findMailboxPolicy(call, parameters.Identity);
  const name = parameters.Name === undefined ? before.name : nameOf(call);
  if (name.toLowerCase() !== before.name.toLowerCase() && policiesOf(call).some((one) => same(one.name, name))) {
    throw taken(name);
  }
  const values = { organization: organization.name, before: before.name, name };
  context.db.run(
    `UPDATE mailboxPolicy SET name = :name, settings = :settings WHERE organization = :organization AND name = :before`,
    { ...values, settings: JSON.stringify({ ...JSON.parse(before.settings), ...settingsOf(call) }) },
  );
  context.db.run(
    "UPDATE mailbox SET mailboxPolicy = :name WHERE organization = :organization AND mailboxPolicy = :before",
    values,
  );
  makeDefault(call, name);
}

/** The default policy stays; mailboxes that had the one that goes have the default one. */
export function removeMailboxPolicy(call: CmdletCall): void {
  const { context, organization, parameters } = call;
  const { name, isDefault } = findMailboxPolicy(call, parameters.Identity);
  if (isDefault === 1) {
    const message = `The policy '${name}' is the default mailbox policy and cannot be removed; make another one the default first.`;
    throw new ExchangeError("invalidParameter", message);
  }
  const values = { organization: organization.name, name };
  context.db.run(
    "UPDATE mailbox SET mailboxPolicy = NULL WHERE organization = :organization AND mailboxPolicy = :name",
    values,
  );
  context.db.run("DELETE FROM mailboxPolicy WHERE organization = :organization AND name = :name", values);
}

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const taken = (name: string) =>
  new ExchangeError("invalidParameter", `The mailbox policy '${name}' already exists; choose another Name.`);

function nameOf({ parameters }: CmdletCall): string {
  const name = parameters.Name;
  if (typeof name === "string" && name.trim() !== "") return name;
  throw new ExchangeError("invalidParameter", `Cannot bind parameter 'Name': '${name ?? ""}' is no name of a policy.`);
}

/** The settings among parameters, each of the kind that its default has. */
function settingsOf(call: CmdletCall): Record<string, Setting> {
  const given = Object.entries(call.parameters).filter(([name]) => name in policySettings);
  for (const [name] of given) {
    if (typeof policySettings[name as keyof typeof policySettings] === "boolean") booleanOf(call, name);
  }
  return Object.fromEntries(given) as Record<string, Setting>;
}

/** One policy is the default one: it takes the place of the one that was. */
function makeDefault(call: CmdletCall, name: string): void {
  const wanted = booleanOf(call, "IsDefault") ?? booleanOf(call, "IsDefaultPolicy");
  if (wanted !== true) return;
  call.context.db.run(
    "UPDATE mailboxPolicy SET isDefault = (name = :name COLLATE NOCASE) WHERE organization = :organization",
    { organization: call.organization.name, name },
  );
}
