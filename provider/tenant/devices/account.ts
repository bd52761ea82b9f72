/** The mail account that a profile makes on a device: the profile's settings with the user's name and address in them (E4). */
import type { User } from "../services/directory";

export interface MailAccount {
  hostName: string;
  emailAddress: string;
  userName: string;
  /** The profile's other settings, as the device was given them. */
  settings: Record<string, unknown>;
}

/** A piece of the account that cannot be made for this user. */
export interface Missing {
  missing: string;
}

type Source = (user: User) => string | null;

/** Where names and addresses come from, by the words of Graph's source enums. */
const sources: Readonly<Record<string, Source>> = {
  userPrincipalName: (user) => user.userPrincipalName,
  primarySmtpAddress: (user) => user.mail,
  samAccountName: (user) => user.onPremisesSamAccountName,
  username: (user) => user.userPrincipalName.split("@")[0]!,
};

/** Properties of a profile that no device ever sees: changing them prompts nobody. */
const administrative = new Set([
  "description",
  "roleScopeTagIds",
  "deviceManagementApplicabilityRuleDeviceMode",
  "deviceManagementApplicabilityRuleOsEdition",
  "deviceManagementApplicabilityRuleOsVersion",
]);

/** The account that a profile of these properties makes for a user, or what is missing for it. */
export function makeAccount(properties: Record<string, unknown>, user: User): MailAccount | Missing {
  const nameSource = String(properties.usernameAADSource ?? properties.usernameSource);
  const addressSource = String(properties.emailAddressSource ?? "primarySmtpAddress");
  const userName = sources[nameSource]?.(user);
  const emailAddress = sources[addressSource]?.(user);
  if (!userName) return { missing: nameSource };
  if (!emailAddress) return { missing: addressSource };
  // What is not set is left out: a device has nothing of it, and a fleet's accounts are most of the tenant's file.
  const settings = Object.fromEntries(
    Object.entries(properties).filter(([name, value]) => value !== null && !administrative.has(name)),
  );
  const domain = nameSource === "samAccountName" ? domainOf(properties, user) : undefined;
  return {
    hostName: String(properties.hostName),
    emailAddress,
    userName: domain ? `${domain}\\${userName}` : userName,
    settings,
  };
}

function domainOf(properties: Record<string, unknown>, user: User): string | undefined {
  if (typeof properties.customDomainName === "string" && properties.customDomainName !== "")
    return properties.customDomainName;
  if (properties.userDomainNameSource === "fullDomainName") return user.onPremisesDomainName ?? undefined;
  if (properties.userDomainNameSource === "netBiosDomainName")
    return user.onPremisesDomainName?.split(".")[0]?.toUpperCase();
  return undefined;
}
