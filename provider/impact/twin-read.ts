/** What Graph tells of a tenant, read for a twin: by GETs alone, in pages and batches. */
import type { Graph, Json } from "../graph/client";
import { GraphAnswerError, unlessGone } from "../graph/errors";
import { isA, plain, typeOf } from "../tenant/metadata";
import { UserError } from "../user-error";
import { type Address, addresses, fewest, probes, twinPermissions } from "./twin-addresses";

// --- what is read -----------------------------------------------------------------------------------------------------

export interface ReadUser extends Json {
  id: string;
  userPrincipalName: string;
  displayName: string | null;
  mail: string | null;
  onPremisesSamAccountName?: string | null;
  onPremisesDomainName?: string | null;
  accountEnabled?: boolean | null;
  assignedLicenses?: { skuId: string }[];
}

export interface ReadGroup extends Json {
  id: string;
  displayName: string;
  description?: string | null;
  mailNickname?: string | null;
  createdDateTime?: string;
  members: { id: string; kind: "user" | "group" | "device"; deviceId: string | undefined }[];
}

export interface ReadDevice extends Json {
  id: string;
  deviceName: string | null;
  userId: string | null;
  userPrincipalName: string | null;
  operatingSystem: string | null;
  deviceType?: string | null;
  osVersion: string | null;
  model: string | null;
  manufacturer: string | null;
  enrolledDateTime: string;
  lastSyncDateTime: string;
  complianceState: string;
  managementAgent: string;
  azureADDeviceId: string | null;
  easDeviceId: string | null;
  easActivated?: boolean;
  easActivationDateTime?: string;
  exchangeAccessState?: string;
  exchangeAccessStateReason?: string;
  exchangeLastSuccessfulSyncDateTime?: string;
}

export interface ReadStatus {
  id: string;
  deviceDisplayName: string | null;
  userPrincipalName: string | null;
  status: string;
  lastReportedDateTime: string;
}

/** What a device says of a configuration when it is asked itself, which tells the version that it has. */
export interface ReadState {
  deviceId: string;
  configurationId: string;
  version: number;
}

export interface ReadConfiguration {
  entity: Json & { id: string };
  /** Graph's type, without namespace. */
  type: string;
  assignments: Json[];
  /** Ids of what its links lead to. */
  links: { navigation: string; targetId: string }[];
  statuses: ReadStatus[];
}

export interface ReadApp {
  entity: Json & { id: string };
  type: string;
  assignments: Json[];
}

/** A tenant as Graph tells of it. */
export interface ReadTenant {
  users: ReadUser[];
  groups: ReadGroup[];
  devices: ReadDevice[];
  configurations: ReadConfiguration[];
  /** Of devices whose statuses say too little. */
  states: ReadState[];
  apps: ReadApp[];
  connectors: Json[];
  access: Json | undefined;
  /** The one in force first. */
  policies: Json[];
  /** Configurations of types that are not known here, by type. */
  others: Map<string, number>;
}

/** Told what is under way. */
export type Progress = (text: string) => void;

/** Reads everything that a twin is made of. Throws a UserError that lists every permission that is missing. */
export async function readTenant(graph: Graph, progress: Progress = () => {}): Promise<ReadTenant> {
  await checkPermissions(graph);
  try {
    return await readAll(graph, progress);
  } catch (error) {
    const denied = error instanceof GraphAnswerError && error.status === 403 ? addressIn(error.request) : undefined;
    throw denied ? mayNotRead([denied]) : error;
  }
}

async function readAll(graph: Graph, progress: Progress): Promise<ReadTenant> {
  progress("Reading users and groups …");
  const everybody = await listOf<ReadUser>(graph, `${addresses.users}?$select=${userProperties}&$top=999`);
  // A name that went from one person to another meanwhile is the other's.
  const users = each(everybody, ({ userPrincipalName }) => userPrincipalName);
  const groups = await readGroups(graph);
  progress(`Read ${users.length} users and ${groups.length} groups. Reading devices …`);
  const devices = await listOf<ReadDevice>(graph, `${addresses.devices}?$select=${deviceProperties}&$top=1000`);
  progress(`Read ${devices.length} devices. Reading configurations, apps and connectors …`);
  const { configurations, others } = await readConfigurations(graph);
  const states = await readStates(graph, devices, configurations);
  const [apps, connectors, access, policies] = await Promise.all([
    readApps(graph),
    whereThere(graph.list(addresses.connectors), []),
    whereThere<Json | undefined>(graph.get(addresses.access), undefined),
    whereThere(graph.list(addresses.policies), []),
  ]);
  return { users, groups, devices, configurations, states, apps, connectors, access, policies, others };
}

const userProperties =
  "id,displayName,userPrincipalName,mail,accountEnabled,onPremisesSamAccountName,onPremisesDomainName,assignedLicenses";

const deviceProperties = [
  ...["id", "deviceName", "userId", "userPrincipalName", "operatingSystem", "deviceType", "osVersion", "model"],
  ...["manufacturer", "enrolledDateTime", "lastSyncDateTime", "complianceState", "managementAgent", "azureADDeviceId"],
  ...["easDeviceId", "easActivated", "easActivationDateTime", "exchangeAccessState", "exchangeAccessStateReason"],
  "exchangeLastSuccessfulSyncDateTime",
].join(",");

async function checkPermissions(graph: Graph): Promise<void> {
  const asked = await Promise.allSettled(
    probes.map((probe) => graph.get(probe === "access" ? addresses[probe] : `${addresses[probe]}?$top=1`)),
  );
  const denied = probes.filter((_, index) => statusOf(asked[index]!) === 403);
  // What else went wrong is for the reading itself to say, or to pass over.
  const other = asked.find((one) => one.status === "rejected" && ![403, 400, 404].includes(statusOf(one) ?? 0));
  if (other?.status === "rejected") throw other.reason;
  if (denied.length > 0) throw mayNotRead(denied);
}

const mayNotRead = (denied: readonly Address[]): UserError =>
  new UserError(
    `The application may not read ${denied.map((address) => addresses[address]).join(", ")}. Grant it ` +
      `${fewest(denied).join(", ")} (application permissions, with admin consent); a twin needs ${twinPermissions.join(", ")}.`,
  );

/** The address that a request was for; the longest that fits, as one may be the beginning of another. */
const addressIn = (request: string): Address | undefined =>
  (Object.keys(addresses) as Address[])
    .filter((one) => new RegExp(`^GET (/\\w+(\\.\\d)?)?${addresses[one].replace(/:\w+/g, "[^/]+")}(/|$)`).test(request))
    .sort((one, other) => addresses[other].length - addresses[one].length)[0];

const statusOf = (settled: PromiseSettledResult<unknown>): number | undefined =>
  settled.status === "rejected" && settled.reason instanceof GraphAnswerError ? settled.reason.status : undefined;

/** What a service may lack that is a Graph service all the same: nobody has made new connectors since 2020 (X11). */
async function whereThere<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GraphAnswerError && [400, 404].includes(error.status)) return otherwise;
    throw error;
  }
}

/** All of a collection, each once: what changes while its pages are read may be on two of them. */
const listOf = async <T extends { id: string }>(graph: Graph, path: string): Promise<T[]> =>
  each(await graph.list<T>(path), ({ id }) => id);

/** The last of those that share a key. */
const each = <T>(items: readonly T[], keyOf: (item: T) => string): T[] => [
  ...new Map(items.map((item) => [keyOf(item).toLowerCase(), item])).values(),
];

/** How many are asked at once: a few full batches, so that neither side waits for the other. */
const atOnce = 80;

/**
 * Asks something of each of many, as many at once as are worth it; the answers come in order. One that was deleted since
 * it was listed is left out.
 */
async function eachOf<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: (R | undefined)[] = [];
  for (let from = 0; from < items.length; from += atOnce) {
    answers.push(...(await Promise.all(items.slice(from, from + atOnce).map((item) => unlessGone(ask(item))))));
  }
  return answers.filter((answer) => answer !== undefined);
}

const addressOf = (address: Address, id: string) => addresses[address].replace(":id", encodeURIComponent(id));

// --- groups ---------------------------------------------------------------------------------------------------------------

async function readGroups(graph: Graph): Promise<ReadGroup[]> {
  const properties = "id,displayName,description,mailNickname,createdDateTime";
  const groups = await listOf<ReadGroup>(graph, `${addresses.groups}?$select=${properties}&$top=999`);
  return eachOf(groups, async (group) => {
    // Whole objects: of a device, its id among devices is told beside the one that it has in the directory.
    const members = await graph.list<Json & { id: string }>(`${addressOf("members", group.id)}?$top=999`);
    return { ...group, members: members.flatMap(memberOf) };
  });
}

function memberOf(entity: Json & { id: string }): ReadGroup["members"] {
  const kind = typeName(entity);
  if (kind !== "user" && kind !== "group" && kind !== "device") return [];
  return [{ id: entity.id, kind, deviceId: typeof entity.deviceId === "string" ? entity.deviceId : undefined }];
}

/** Graph's type of an entity, without namespace. */
const typeName = (entity: Json): string => plain(String(entity["@odata.type"] ?? ""));

// --- configurations -------------------------------------------------------------------------------------------------------

/** Whether devices report on a configuration something that mail depends on. */
const isOfMail = (type: string) => /Eas|TrustedRootCertificate$|CertificateProfile$/i.test(type);

async function readConfigurations(graph: Graph): Promise<Pick<ReadTenant, "configurations" | "others">> {
  const entities = await listOf<Json & { id: string }>(graph, `${addresses.configurations}?$top=999`);
  const others = new Map<string, number>();
  const known = entities.filter((entity) => {
    const type = typeName(entity);
    if (isA(type, "deviceConfiguration")) return true;
    others.set(type, (others.get(type) ?? 0) + 1);
    return false;
  });
  const configurations = await eachOf(known, async (entity): Promise<ReadConfiguration> => {
    const type = typeName(entity);
    const [assignments, links, statuses] = await Promise.all([
      graph.list(addressOf("assignments", entity.id)),
      readLinks(graph, entity, type),
      isOfMail(type) ? graph.list<ReadStatus>(`${addressOf("statuses", entity.id)}?$top=1000`) : [],
    ]);
    return { entity, type, assignments, links, statuses };
  });
  return { configurations, others };
}

/** Links of one configuration to another; derived credentials change nothing on devices. */
async function readLinks(
  graph: Graph,
  entity: Json & { id: string },
  type: string,
): Promise<ReadConfiguration["links"]> {
  const names = [...typeOf(type)!.navigations.values()]
    .filter(({ type: to }) => isA(plain(to), "deviceConfiguration"))
    .map(({ name }) => name);
  const targets = await Promise.all(
    names.map((name) =>
      whereThere<Json | undefined>(
        graph.get(`${addresses.configurations}/${encodeURIComponent(entity.id)}/microsoft.graph.${type}/${name}`),
        undefined,
      ),
    ),
  );
  return names.flatMap((navigation, index) => {
    const id = targets[index]?.id;
    return typeof id === "string" ? [{ navigation, targetId: id }] : [];
  });
}

/**
 * Whether a status leaves open which version is on the device, or whether there is any: of one that is pending or stays
 * although nobody assigns it, and of one from before the configuration's last change.
 */
function isOpen({ status, lastReportedDateTime }: ReadStatus, { lastModifiedDateTime }: Json): boolean {
  if (status === "unknown" || status === "notAssigned") return true;
  return (
    ["compliant", "conflict"].includes(status) &&
    !(Date.parse(lastReportedDateTime) > Date.parse(String(lastModifiedDateTime)))
  );
}

/** What such statuses leave open, asked of the devices themselves. */
async function readStates(
  graph: Graph,
  devices: readonly ReadDevice[],
  configurations: readonly ReadConfiguration[],
): Promise<ReadState[]> {
  const find = finder(devices);
  const asked = new Set<string>();
  for (const { entity, statuses } of configurations) {
    for (const status of statuses) {
      const device = isOpen(status, entity) ? find(status) : undefined;
      if (device) asked.add(device.id);
    }
  }
  const states = await eachOf([...asked], async (deviceId) => {
    const said = await whereThere(graph.list<Json>(addressOf("states", deviceId)), []);
    return said.flatMap(({ id, version }): ReadState[] => {
      const configuration = configurations.find(({ entity }) => String(id).includes(entity.id));
      return configuration ? [{ deviceId, configurationId: configuration.entity.id, version: Number(version) }] : [];
    });
  });
  return states.flat();
}

const guid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** Finds the device that a status is of: by an id within the status's own, or by name and user. */
export function finder(devices: readonly ReadDevice[]): (status: ReadStatus) => ReadDevice | undefined {
  const byId = new Map(devices.map((device) => [device.id.toLowerCase(), device]));
  const keyOf = (name: string | null, user: string | null) => `${name} ${user ?? ""}`.toLowerCase();
  const byName = new Map(devices.map((device) => [keyOf(device.deviceName, device.userPrincipalName), device]));
  return ({ id, deviceDisplayName, userPrincipalName }) => {
    for (const part of id.match(guid) ?? []) {
      const device = byId.get(part.toLowerCase());
      if (device) return device;
    }
    return byName.get(keyOf(deviceDisplayName, userPrincipalName));
  };
}

// --- apps -----------------------------------------------------------------------------------------------------------------

/** Those of the managed Google Play store: mail profiles wait for no others (E10). */
const appTypes: readonly string[] = ["androidManagedStoreApp", "androidForWorkApp"];

async function readApps(graph: Graph): Promise<ReadApp[]> {
  const entities = await listOf<Json & { id: string }>(graph, `${addresses.apps}?$top=999`);
  const fromStore = entities.filter((entity) => appTypes.includes(typeName(entity)));
  return eachOf(fromStore, async (entity) => ({
    entity,
    type: typeName(entity),
    assignments: await graph.list(addressOf("appAssignments", entity.id)),
  }));
}
