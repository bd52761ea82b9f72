/** Users and groups as Graph shows them. */
import type { Group, User } from "./directory";

/** The SKU that is Intune alone. */
const intune = { skuId: "061f9ace-7d42-4136-88ac-31dc755f143f", disabledPlans: [] };

export function userEntity(user: User): Record<string, unknown> {
  return {
    id: user.id,
    businessPhones: [],
    displayName: user.displayName,
    givenName: null,
    jobTitle: null,
    mail: user.mail,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: null,
    userPrincipalName: user.userPrincipalName,
    accountEnabled: user.accountEnabled === 1,
    mailNickname: user.userPrincipalName.split("@")[0],
    proxyAddresses: user.mail === null ? [] : [`SMTP:${user.mail}`],
    onPremisesSamAccountName: user.onPremisesSamAccountName,
    onPremisesDomainName: user.onPremisesDomainName,
    assignedLicenses: user.licensed ? [intune] : [],
    userType: "Member",
  };
}

/** A group of the directory; the tenant has security groups only. */
export function groupEntity(group: Group): Record<string, unknown> {
  return {
    id: group.id,
    createdDateTime: group.createdDateTime,
    description: group.description,
    displayName: group.displayName,
    groupTypes: [],
    mail: null,
    mailEnabled: false,
    mailNickname: group.mailNickname,
    membershipRule: null,
    membershipRuleProcessingState: null,
    securityEnabled: true,
    visibility: null,
  };
}
