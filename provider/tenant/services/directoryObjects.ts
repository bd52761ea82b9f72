/** Users, groups and devices of the directory as Graph shows them. */
import type { TenantContext } from "../context";
import type { Device } from "../devices/devices";
import { directoryNotFound } from "../errors";
import type { Entity } from "../route";
import { findGroup, findUser, type Group, type Member, type User } from "./directory";

/** The SKU that is Intune alone. */
const intune = { skuId: "061f9ace-7d42-4136-88ac-31dc755f143f", disabledPlans: [] };

export function userEntity(user: User): Entity {
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
export function groupEntity(group: Group): Entity {
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

/** An object of any kind, with its type: what a list of directory objects has. */
export function memberEntity(context: TenantContext, { id, kind }: Member): Entity {
  const type = { "@odata.type": `#microsoft.graph.${kind}` };
  if (kind === "user") return { ...type, ...userEntity(findUser(context, id)!) };
  if (kind === "group") return { ...type, ...groupEntity(findGroup(context, id)!) };
  const device = context.db.get<Device>("SELECT * FROM device WHERE directoryId = :id", { id })!;
  return { ...type, id, deviceId: id, displayName: device.deviceName };
}

/** The user, group or device of an id of the directory. */
export function findObject(context: TenantContext, id: string): Member {
  if (findUser(context, id)?.id === id) return { id, kind: "user" };
  if (findGroup(context, id)) return { id, kind: "group" };
  if (context.db.get("SELECT id FROM device WHERE directoryId = :id", { id })) return { id, kind: "device" };
  throw directoryNotFound(id);
}
