/** ExchangeConnector: the on-premises Exchange connector of one Exchange organization (rules X1 to X11, S3). */
import { z } from "zod";
import { configurationProblem, configurationXml } from "../exchange-configuration";
import type { Graph, Json } from "../graph/client";
import { mayHaveHappened } from "../graph/errors";
import { equal, type OnChange, record, replace, update, updateSecret, updateWhen } from "../on-change";
import { type Failure, type Observed, PartlyMadeError, type ResourceType } from "../resource";
import { isSimulated } from "../simulation";
import { UserError } from "../user-error";
import { given, validateWith } from "../validate";
import { hasUnknown, isUnknown, type Properties, same } from "../values";
import { accessCounts, type ConnectorCheck, checkConnector, lifecycleOf } from "./exchange-health";

const collection = "/deviceManagement/exchangeConnectors";

const domainUser = z.string().regex(/^[^\\]+\\[^\\]+$/, "must be DOMAIN\\user");
const password = z.string().min(1, "must not be empty");
const address = z.string().regex(/^[^@\s]+@[^@\s]+$/, "must be the address of a mailbox");
const schema = z.strictObject({
  exchangeOrganization: z.string().min(1, "must be the name of an Exchange organization"),
  exchangeConnectorType: z.enum(["onPremises", "hosted"]),
  serverName: z.string().regex(/^[A-Za-z0-9.-]+$/, "must be the name of a server, without https:// or a path"),
  exchangeAccount: z.strictObject({ user: domainUser, password }),
  notificationAccount: z.strictObject({ address, password }),
  connectorServerName: z.string().min(1, "must not be empty").optional(),
  proxy: z
    .strictObject({
      host: z.string().min(1, "must be the name of the proxy"),
      port: z.int().min(1, "must be 1 to 65535").max(65535, "must be 1 to 65535"),
      user: domainUser.optional(),
      password: password.optional(),
    })
    .optional(),
  casFailoverEnabled: z.boolean().optional(),
  parallelCommandSupport: z.boolean().optional(),
  replaceExisting: z.boolean().optional(),
  existingConfigurationXml: z.string().min(1, "must be the text of the file").optional(),
  sync: z
    .strictObject({
      type: z.enum(["quick", "full"]),
      trigger: z.string().min(1, "must be a text that changes when a synchronization is wanted"),
    })
    .optional(),
});

type Args = z.infer<typeof schema>;

/** One that is taken away asks for nothing, and neither does another type alone. */
const sameTrigger = (old: unknown, now: unknown) =>
  now == null || same((old as Args["sync"])?.trigger, (now as Args["sync"])?.trigger);

const onChange = {
  exchangeOrganization: replace("X1", "a connector belongs to one Exchange organization"),
  exchangeConnectorType: replace("X2", "a connector is set up for one kind of server"),
  serverName: update,
  exchangeAccount: updateSecret,
  notificationAccount: updateSecret,
  connectorServerName: update,
  proxy: updateSecret,
  casFailoverEnabled: update,
  parallelCommandSupport: update,
  replaceExisting: record,
  existingConfigurationXml: update,
  sync: updateWhen(sameTrigger),
} satisfies Record<keyof Args, OnChange>;

const describe = (inputs: Properties) => `Exchange connector of "${inputs.exchangeOrganization}"`;

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

/**
 * What the tenant says of the set-up before there is any effect (X2 to X8a, X11). One that stays as it is is not
 * judged again: a server that is down just now is no reason to stop what has nothing to do with it.
 */
async function prerequisites(graph: Graph, inputs: Properties, olds: Properties): Promise<Failure[]> {
  const before = givenBefore(olds);
  const changed = all.filter((property) => !equal(onChange[property], before[property], inputs[property]));
  const exists = lasting.every((property) => equal(onChange[property], before[property], inputs[property]));
  const check = changed.some(setsUp) ? await checked(graph, inputs) : undefined;
  justChecked.set(inputs, check);
  // The end of the connector is none of an existing one's set-up.
  const failures = failuresOf(check).filter(({ rule }) => !exists || rule !== "X11");
  const isJudged = exists ? !changed.includes("sync") : check !== undefined;
  if (failures.length > 0 || isJudged) {
    return failures.map(({ property, reason }) => ({ property, reason }));
  }
  // A tenant that cannot check is asked at least whether its time for this has passed.
  const { creation, sync } = (await lifecycleOf(graph)) ?? {};
  if (exists) return sync ? [{ property: "sync", reason: `cannot run: ${sync}` }] : [];
  return creation ? [{ property: "exchangeOrganization", reason: `cannot get one: ${creation}` }] : [];
}

/** What a connector has for life: with another value it is a new one. */
const lasting = ["exchangeOrganization", "exchangeConnectorType"] as const;

/** Whether a property is part of how the connector is set up, rather than about what is done with it. */
const setsUp = (property: keyof Args) => onChange[property].does !== "record" && wire[property] !== nothing;

/** The inputs among what is in state. */
const givenBefore = (olds: Properties): Properties =>
  Object.fromEntries(Object.entries(olds).filter(([name, value]) => name in wire && value != null));

/**
 * Asks the tenant, where it is one that can be asked and all of the set-up is known, but for passwords: of those that are
 * not, nothing is said. A connector that is in the way is another matter.
 */
async function checked(graph: Graph, inputs: Properties): Promise<ConnectorCheck | undefined> {
  if (all.filter(setsUp).some((property) => hasUnknown(withoutPassword(inputs[property])))) return undefined;
  const check = await checkConnector(graph, setUpBody({ ...inputs, replaceExisting: true }));
  const { exchangeAccount, proxy } = inputs as Partial<Args>;
  const isGuess = ({ what, message }: { what: string; message: string }) =>
    (what === "@classic.exchangeAccountPassword" && isUnknown(exchangeAccount?.password)) ||
    (what === "@classic.proxy" && isUnknown(proxy?.password) && /password/.test(message));
  return check && { ...check, failures: check.failures.filter((failure) => !isGuess(failure)) };
}

const withoutPassword = (value: unknown) =>
  value !== null && typeof value === "object" ? { ...value, password: undefined } : value;

/** What was found of inputs a moment ago, for the advice about them: nobody is asked the same twice in a row. */
const justChecked = new WeakMap<Properties, ConnectorCheck | undefined>();

const failuresOf = (check: ConnectorCheck | undefined) =>
  (check?.failures ?? []).map(({ rule, what, message }) => ({
    rule,
    property: inputOf(what),
    reason: inOurWords(message),
  }));

/** The input that stands for a property or annotation; what is of the tenant is told of the organization. */
function inputOf(what: string): string {
  const name = what.replace(/^@classic\./, "");
  const account = /^(\w+)Password$/.exec(name)?.[1];
  if (account) return account === "proxy" ? "proxy.password" : `${account}.password`;
  return name in wire ? name : "exchangeOrganization";
}

/** The tenant speaks of annotations, of which a program knows nothing. */
const inOurWords = (message: string) =>
  message.replace(/'?@classic\.(\w+?)(Password)?'?(?=[\s.:,;)]|$)/g, (_, name, password) =>
    password ? `${name}.password` : name,
  );

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

/** What only the provider acts upon. */
const nothing = () => ({});

/**
 * How each input travels. Graph's entity has no properties for how a connector is set up: those are annotations, which
 * the simulated tenant acts upon and another service may ignore (E3 decides so for profiles; the same holds here).
 */
const wire = {
  exchangeOrganization: ({ exchangeOrganization }) => ({ exchangeOrganization }),
  exchangeConnectorType: ({ exchangeConnectorType }) => ({ exchangeConnectorType }),
  serverName: ({ serverName }) => ({ serverName }),
  connectorServerName: ({ connectorServerName }) => ({ connectorServerName: connectorServerName ?? null }),
  exchangeAccount: ({ exchangeAccount }) => ({
    "@classic.exchangeAccount": exchangeAccount.user,
    "@classic.exchangeAccountPassword": exchangeAccount.password,
  }),
  notificationAccount: ({ notificationAccount }) => ({
    primarySmtpAddress: notificationAccount.address,
    "@classic.notificationAccount": notificationAccount.address,
    "@classic.notificationAccountPassword": notificationAccount.password,
  }),
  proxy: ({ proxy }) => ({ "@classic.proxy": proxy ?? null }),
  casFailoverEnabled: ({ casFailoverEnabled }) => ({ "@classic.casFailoverEnabled": casFailoverEnabled ?? true }),
  parallelCommandSupport: (args) => ({ "@classic.parallelCommandSupport": args.parallelCommandSupport ?? false }),
  replaceExisting: ({ replaceExisting }) => (replaceExisting ? { "@classic.replaceExisting": true } : {}),
  existingConfigurationXml: nothing,
  sync: nothing,
} satisfies Record<keyof Args, (args: Args) => Json>;

const all = Object.keys(wire) as (keyof Args)[];

const body = (inputs: Properties, properties: (keyof Args)[]): Json =>
  Object.assign({}, ...properties.map((property) => wire[property](inputs as unknown as Args)));

/** All that a new connector is told. */
const setUpBody = (inputs: Properties): Json =>
  body(
    inputs,
    all.filter((property) => inputs[property] != null),
  );

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

// --- advice ---------------------------------------------------------------------------------------------------------

/** What a preview should tell of a connector that may be set up so. */
export async function connectorAdvice(graph: Graph, inputs: Properties): Promise<string[]> {
  const check = justChecked.get(inputs) ?? (await checked(graph, inputs));
  justChecked.delete(inputs);
  if (!(await isSimulated(graph))) return elsewhere(inputs);
  // What fails now of a connector that stays as it is stops nobody, and should be known all the same.
  const found = [...(check?.failures ?? []), ...(check?.advice ?? [])];
  return found.map(({ message }) => `${describe(inputs)}: ${inOurWords(message)}`);
}

/** What is so of Microsoft's own service, whose clock nobody here asks. */
const elsewhere = (inputs: Properties): string[] => [
  `${describe(inputs)}: its accounts, proxy and configuration have no property in Graph, and only the simulated tenant acts upon the annotations that carry them; elsewhere the connector is set up on its machine (X2, X3).`,
  `${describe(inputs)}: Microsoft made no new connectors from release 2007 (July 2020) on, and since 19 February 2024 its service synchronizes none (X11). The way out is hybrid modern authentication.`,
];
