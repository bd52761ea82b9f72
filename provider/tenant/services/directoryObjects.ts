/** Users, groups and devices of the directory as Graph shows them, and `/directoryObjects`, which has all of them. */
import type { TenantContext } from "../context";
import type { Device } from "../devices/devices";
import { directoryNotFound, GraphError } from "../errors";
import { isA } from "../metadata";
import { readParameters } from "../odata";
import { pageOf } from "../query";
import { both, type Entity, type Reply, type Route, type RouteRequest } from "../route";
import { findGroup, findUser, type Group, type Member, type MemberKind, type User } from "./directory";
import { textsOf } from "./parameters";
import { givenProperties } from "./properties";

const path = "/directoryObjects";

/** Permissions that open the whole directory. */
export const directoryScopes = {
  read: ["Directory.Read.All", "Directory.ReadWrite.All"],
  write: ["Directory.ReadWrite.All"],
} as const;

export const directoryObjectRoutes: readonly Route[] = [
  {
    method: "GET",
    path: `${path}/:id`,
    versions: both,
    scopes: directoryScopes.read,
    answers: "directoryObject",
    handle: get,
  },
  {
    method: "POST",
    path: `${path}/getByIds`,
    versions: both,
    scopes: directoryScopes.read,
    answers: "Collection(directoryObject)",
    handle: getByIds,
  },
];

/** Names of the collections of the directory, in which a link's address may be. */
export const directoryCollections = ["directoryObjects", "users", "groups", "devices"] as const;

/** The SKU that is Intune alone. */
const intune = { skuId: "061f9ace-7d42-4136-88ac-31dc755f143f", disabledPlans: [] };

export function userEntity(context: TenantContext, user: User): Entity {
  return {
    id: user.id,
    businessPhones: [],
    department: null,
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
    usageLocation: null,
    userType: "Member",
    ...givenProperties(context, user.id),
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
function memberEntity(context: TenantContext, { id, kind }: Member): Entity {
  const type = { "@odata.type": `#microsoft.graph.${kind}` };
  if (kind === "user") return { ...type, ...userEntity(context, findUser(context, id)!) };
  if (kind === "group") return { ...type, ...groupEntity(findGroup(context, id)!) };
  const device = context.db.get<Device>("SELECT * FROM device WHERE directoryId = :id", { id })!;
  return { ...type, id, deviceId: id, displayName: device.deviceName };
}

/** A page of objects of any kind, or of the one that the address casts to. */
export function memberPage(context: TenantContext, request: RouteRequest, members: readonly Member[]): Reply {
  const { cast } = request;
  const all = cast === undefined ? members : members.filter(({ kind }) => isA(kind, cast));
  const entityOf = (member: Member) => memberEntity(context, member);
  return { status: 200, page: pageOf(request, { type: "directoryObject", all, entityOf, dialect: "directory" }) };
}

/** The user, group or device of an id of the directory. */
export function findObject(context: TenantContext, id: string): Member {
  const kind = kindOf(context, id);
  if (!kind) throw directoryNotFound(id);
  return { id, kind };
}

function kindOf(context: TenantContext, id: string): MemberKind | undefined {
  if (findUser(context, id)?.id === id) return "user";
  if (findGroup(context, id)) return "group";
  return context.db.get("SELECT id FROM device WHERE directoryId = :id", { id }) && "device";
}

function get(context: TenantContext, { parameters, cast }: RouteRequest): Reply {
  const member = findObject(context, parameters.id!);
  if (cast !== undefined && cast !== member.kind) throw directoryNotFound(member.id);
  return { status: 200, entity: memberEntity(context, member) };
}

const idsMax = 1000;
const kinds: readonly MemberKind[] = ["user", "group", "device"];

/** Objects of the ids that are there; the others are left out, as Graph does. */
function getByIds(context: TenantContext, { body, version }: RouteRequest): Reply {
  const action = "getByIds";
  const types = { ids: "Collection(Edm.String)", types: "Collection(Edm.String)" };
  const given = readParameters(body, action, types, version);
  const ids = textsOf(given, "ids", action);
  if (ids.length > idsMax)
    throw invalid(`The action '${action}' takes at most ${idsMax} ids, and was given ${ids.length}.`);
  const wanted = (given.types ?? kinds) as string[];
  const unknown = wanted.find((type) => type !== "directoryObject" && !kinds.some((kind) => kind === type));
  if (unknown !== undefined) {
    throw invalid(
      `The tenant's directory has no objects of the type '${unknown.slice(0, 100)}': types are ${kinds.join(", ")}.`,
    );
  }
  const members = [...new Set(ids)].flatMap((id): Member[] => {
    const kind = kindOf(context, id);
    return kind && (wanted.includes(kind) || wanted.includes("directoryObject")) ? [{ id, kind }] : [];
  });
  return { status: 200, page: { rows: members.map((member) => memberEntity(context, member)) } };
}

/** The directory's answer to what it cannot take. */
export const invalid = (message: string) => new GraphError(400, "Request_BadRequest", message);
