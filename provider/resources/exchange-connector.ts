/** ExchangeConnector: the on-premises Exchange connector of one Exchange organization (rules X1 to X11, S3). */
import { configurationProblem, configurationXml } from "../exchange-configuration";
import type { Graph, Json } from "../graph/client";
import { mayHaveHappened } from "../graph/errors";
import { equal } from "../on-change";
import { type Failure, type Observed, PartlyMadeError, type ResourceType } from "../resource";
import { UserError } from "../user-error";
import { given, validateWith } from "../validate";
import { isUnknown, type Properties, same } from "../values";
import { prerequisites } from "./exchange-connector-prerequisites";
import { type Args, all, body, describe, onChange, schema, setsUp, setUpBody } from "./exchange-connector-settings";
import { accessCounts, lifecycleOf } from "./exchange-health";

const collection = "/deviceManagement/exchangeConnectors";

// --- validation -----------------------------------------------------------------------------------------------------

/** Messages show values; one about an account could show its password. */
const hidden = /^(exchangeAccount|notificationAccount|proxy)$|password$/;

function validate(inputs: Properties): Failure[] {
  const failures = validateWith(schema, given(inputs), hidden);
  const { exchangeConnectorType: type, proxy, existingConfigurationXml: file } = given(inputs);
  if (proxy !== undefined && type === "onPremises") {
    failures.push({ property: "proxy", reason: 'is for exchangeConnectorType: "hosted" only (X2). Leave it out.' });
  }
  const { user, password } = (proxy ?? {}) as Properties;
  if ((user == null) !== (password == null)) {
    failures.push({ property: "proxy", reason: "needs user and password together, or neither (X2)." });
  }
  const unread = typeof file === "string" && !isUnknown(file) ? configurationProblem(file) : undefined;
  if (unread !== undefined) {
    failures.push({ property: "existingConfigurationXml", reason: `is not the connector's file. ${unread} (X7, X8)` });
  }
  return failures;
}

async function validateInTenant(
  graph: Graph,
  inputs: Properties,
  olds: Properties,
  ours: ReadonlySet<string>,
): Promise<Failure[]> {
  const { exchangeOrganization: organization, replaceExisting } = inputs;
  if (isUnknown(organization)) return [];
  const isOld = sameName(organization, olds.exchangeOrganization);
  const there = isOld || replaceExisting === true ? [] : await connectorsOf(graph, organization);
  const first = there.find((connector) => !isOurs(connector, ours));
  const failures = first ? [{ property: "exchangeOrganization", reason: taken(first) }] : [];
  failures.push(...(await prerequisites(graph, inputs, olds)));
  return failures;
}

const connectorsOf = async (graph: Graph, organization: unknown): Promise<Json[]> =>
  (await graph.list(collection)).filter((connector) => sameName(connector.exchangeOrganization, organization));

/** An organization has one connector. */
const holds = ({ exchangeOrganization }: Properties) => `connector of ${String(exchangeOrganization).toLowerCase()}`;
const isOurs = (connector: Json, ours: ReadonlySet<string>) =>
  ours.has(String(connector.id)) || ours.has(holds(connector));

/** Exchange takes upper and lower case for the same in names. */
const sameName = (one: unknown, other: unknown) => String(one).toLowerCase() === String(other).toLowerCase();

const taken = (first: Json) =>
  `is "${first.exchangeOrganization}", which connector ${first.id} on ${first.serverName} serves already; there is one for each organization (X1). Set replaceExisting: true to replace that one.`;

// --- the service ----------------------------------------------------------------------------------------------------

/**
 * Makes the connector. Where this stack has one for the organization already, it is being replaced: the new one takes
 * over in one step, so that nobody loses access, and the tenant is never without a connector (X1, X11).
 */
async function create(graph: Graph, inputs: Properties, ours: ReadonlySet<string>): Promise<Observed> {
  const before = await connectorsOf(graph, inputs.exchangeOrganization);
  const foreign = before.find((connector) => !isOurs(connector, ours));
  if (foreign && inputs.replaceExisting !== true) {
    throw new UserError(`${describe(inputs)} cannot be made: exchangeOrganization ${taken(foreign)}`);
  }
  const sent = setUpBody(before.length > 0 ? { ...inputs, replaceExisting: true } : inputs);
  let entity: Json;
  try {
    entity = await graph.post(collection, sent);
  } catch (error) {
    const known = new Set(before.map((connector) => connector.id));
    const made = mayHaveHappened(error)
      ? (await connectorsOf(graph, inputs.exchangeOrganization)).find((one) => !known.has(one.id))
      : undefined;
    if (!made) throw error;
    entity = made;
  }
  const id = String(entity.id);
  try {
    return { id, inputs: {}, computed: await computed(graph, await synchronized(graph, entity), inputs) };
  } catch (error) {
    throw new PartlyMadeError(id, { status: entity.status, lastSyncDateTime: entity.lastSyncDateTime }, error);
  }
}

const syncTypes = { quick: "deltaSync", full: "fullSync" } as const;

/** Graph's action answers before it is known whether the synchronization finished; the connector's status tells. */
async function synchronize(graph: Graph, id: unknown, type: keyof typeof syncTypes): Promise<Json> {
  await graph.post(`${collection}/${id}/sync`, { syncType: syncTypes[type] });
  return graph.get(`${collection}/${id}`);
}

/** The service finds devices on its own once a connector connects (S3); where it has not yet, it is asked to. */
async function synchronized(graph: Graph, entity: Json): Promise<Json> {
  if (hasSynced(entity)) return entity;
  const after = await synchronize(graph, entity.id, "full");
  if (hasSynced(after)) return after;
  throw new UserError(
    `${describe(after)} is there, but its first synchronization has not finished: its status is ${after.status} (X8a). See that ${after.serverName} answers; the next up asks for it again.`,
  );
}

/** Graph has no null there: a date of the year 1 means never. */
const hasSynced = (entity: Json) => !String(entity.lastSyncDateTime).startsWith("0001-01-01");

/**
 * What is known beyond the inputs.
 * @param before what state has; where only the time has moved on, it is left, so that a refresh changes nothing that
 *   depends on this connector
 */
async function computed(graph: Graph, entity: Json, inputs: Properties, before?: Properties): Promise<Properties> {
  const { id, status, lastSyncDateTime } = entity;
  const access = await accessCounts(graph, String(id));
  const isSteady = before?.lastSyncDateTime != null && before.status === status && same(before.access, access);
  const lastSync = isSteady ? before.lastSyncDateTime : lastSyncDateTime;
  return { status, lastSyncDateTime: lastSync, access, configurationXml: configurationOf(inputs) };
}

const configurationOf = ({
  casFailoverEnabled,
  parallelCommandSupport,
  existingConfigurationXml,
}: Properties): string =>
  configurationXml(
    {
      IsCasFailoverEnabled: casFailoverEnabled !== false,
      EnableParallelCommandSupport: parallelCommandSupport === true,
    },
    existingConfigurationXml as string | undefined,
  );

async function observe(graph: Graph, id: string, inputs: Properties): Promise<Observed> {
  const entity = await graph.get(`${collection}/${id}`);
  const { exchangeAccount, notificationAccount, proxy } = inputs as Partial<Args>;
  // A service that keeps no annotations says nothing of them; one that does, and has none, says that there is none.
  const keeps = Object.keys(entity).some((name) => name.startsWith("@classic."));
  const annotation = (name: string) => entity[`@classic.${name}`] ?? (keeps ? null : undefined);
  const seen: Properties = {
    exchangeOrganization: entity.exchangeOrganization,
    exchangeConnectorType: entity.exchangeConnectorType,
    serverName: entity.serverName,
    connectorServerName: entity.connectorServerName,
    // No service gives a password back: the one that was set is taken to be there still.
    exchangeAccount: account("user", annotation("exchangeAccount"), exchangeAccount),
    notificationAccount: account("address", entity.primarySmtpAddress, notificationAccount),
    proxy: proxyOf(annotation("proxy") as Json | null | undefined, proxy),
    casFailoverEnabled: annotation("casFailoverEnabled"),
    parallelCommandSupport: annotation("parallelCommandSupport"),
  };
  const defaults: Properties = { casFailoverEnabled: true, parallelCommandSupport: false };
  const found = Object.entries(seen)
    .map(([property, value]) => [property, value === undefined ? inputs[property] : value])
    .filter(
      ([property, value]) =>
        value != null && (inputs[String(property)] != null || !same(value, defaults[String(property)])),
    );
  for (const property of ["replaceExisting", "existingConfigurationXml", "sync"]) {
    if (inputs[property] != null) found.push([property, inputs[property]]);
  }
  const there: Properties = Object.fromEntries(found);
  return { id, inputs: there, computed: await computed(graph, entity, there, inputs) };
}

function proxyOf(seen: Json | null | undefined, old: { password?: string } | undefined) {
  if (seen == null) return seen;
  const { host, port, user } = seen;
  return { host, port, ...(user == null ? {} : { user, ...passwordOf(old) }) };
}

const passwordOf = (account: { password?: string } | undefined) =>
  account?.password == null ? {} : { password: account.password };

const account = (name: string, value: unknown, old: { password?: string } | undefined) =>
  value == null ? value : { [name]: value, ...passwordOf(old) };

async function reconfigure(graph: Graph, id: string, olds: Properties, news: Properties): Promise<Observed> {
  const changed = all.filter((property) => !equal(onChange[property], olds[property], news[property]));
  const setUp = changed.filter(setsUp);
  const path = `${collection}/${id}`;
  let entity = setUp.length > 0 ? await graph.patch(path, body(news, setUp)) : await graph.get(path);
  const first = !hasSynced(entity);
  // One whose first synchronization failed gets it now.
  entity = await synchronized(graph, entity);
  if (changed.includes("sync") && !first) {
    const { type } = news.sync as NonNullable<Args["sync"]>;
    entity = await synchronize(graph, id, type);
    if (entity.status === "disconnected") {
      throw new UserError(
        `${describe(news)}: the ${type} synchronization that sync.trigger asks for could not finish, and its status is ${entity.status} (S3). "intune-mail connectors" says why; the next up asks for it again.`,
      );
    }
  }
  return { id, inputs: {}, computed: await computed(graph, entity, news) };
}

/** Exchange stays as the last synchronization left it (X9). */
async function remove(graph: Graph, id: string, olds: Properties): Promise<string | undefined> {
  await graph.delete(`${collection}/${id}`);
  const { creation } = (await lifecycleOf(graph)) ?? {};
  return creation ? `${describe(olds)} was deleted, and cannot be made again. ${creation}` : undefined;
}

export const exchangeConnector: ResourceType = {
  kind: "ExchangeConnector",
  describe,
  onChange,
  newFirst: true,
  holds,
  validate,
  validateInTenant,
  create,
  observe,
  update: reconfigure,
  remove,
};
