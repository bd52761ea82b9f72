/** ExchangeConnector: the on-premises Exchange connector of one Exchange organization (rules X1 to X4, S3). */
import { z } from "zod";
import type { Graph, Json } from "../graph/client";
import { mayHaveHappened } from "../graph/errors";
import { type OnChange, record, replace, update, updateSecret } from "../on-change";
import { type Failure, type Observed, PartlyMadeError, type ResourceType } from "../resource";
import { UserError } from "../user-error";
import { given, validateWith } from "../validate";
import { isUnknown, type Properties, same } from "../values";

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
});

type Args = z.infer<typeof schema>;

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
} satisfies Record<keyof Args, OnChange>;

const describe = (inputs: Properties) => `Exchange connector of "${inputs.exchangeOrganization}"`;

// --- validation -----------------------------------------------------------------------------------------------------

/** Messages show values; one about an account could show its password. */
const hidden = /^(exchangeAccount|notificationAccount|proxy)$|password$/;

function validate(inputs: Properties): Failure[] {
  const failures = validateWith(schema, given(inputs), hidden);
  const { exchangeConnectorType: type, proxy } = given(inputs);
  if (proxy !== undefined && type === "onPremises") {
    failures.push({ property: "proxy", reason: 'is for exchangeConnectorType: "hosted" only (X2). Leave it out.' });
  }
  const { user, password } = (proxy ?? {}) as Properties;
  if ((user == null) !== (password == null)) {
    failures.push({ property: "proxy", reason: "needs user and password together, or neither (X2)." });
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
  if (isUnknown(organization) || organization === olds.exchangeOrganization || replaceExisting === true) return [];
  const first = (await connectorsOf(graph, organization)).find((connector) => !ours.has(String(connector.id)));
  return first ? [{ property: "exchangeOrganization", reason: taken(first) }] : [];
}

const connectorsOf = async (graph: Graph, organization: unknown): Promise<Json[]> =>
  (await graph.list(collection)).filter((connector) => connector.exchangeOrganization === organization);

const taken = (first: Json) =>
  `is "${first.exchangeOrganization}", which connector ${first.id} on ${first.serverName} serves already; there is one for each organization (X1). Set replaceExisting: true to replace that one.`;

// --- the service ----------------------------------------------------------------------------------------------------

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
} satisfies Record<keyof Args, (args: Args) => Json>;

const body = (inputs: Properties, properties: (keyof Args)[]): Json =>
  Object.assign({}, ...properties.map((property) => wire[property](inputs as unknown as Args)));

const all = Object.keys(wire) as (keyof Args)[];

async function create(graph: Graph, inputs: Properties): Promise<Observed> {
  const before = await connectorsOf(graph, inputs.exchangeOrganization);
  if (before.length > 0 && inputs.replaceExisting !== true) {
    throw new UserError(`${describe(inputs)} cannot be made: exchangeOrganization ${taken(before[0]!)}`);
  }
  const sent = body(
    inputs,
    all.filter((property) => inputs[property] != null),
  );
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
    return { id, inputs: {}, computed: computed(await synchronized(graph, entity)) };
  } catch (error) {
    throw new PartlyMadeError(id, computed(entity), error);
  }
}

/** The service finds devices on its own once a connector connects (S3); where it has not yet, it is asked to. */
async function synchronized(graph: Graph, entity: Json): Promise<Json> {
  if (hasSynced(entity)) return entity;
  await graph.post(`${collection}/${entity.id}/sync`, { syncType: "fullSync" });
  const after = await graph.get(`${collection}/${entity.id}`);
  if (hasSynced(after)) return after;
  throw new UserError(
    `${describe(after)} is there, but its first synchronization has not finished: its status is ${after.status} (X8a). See that ${after.serverName} answers; the next up asks for it again.`,
  );
}

/** Graph has no null there: a date of the year 1 means never. */
const hasSynced = (entity: Json) => !String(entity.lastSyncDateTime).startsWith("0001-01-01");

const computed = (entity: Json): Properties => ({ status: entity.status, lastSyncDateTime: entity.lastSyncDateTime });

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
  if (inputs.replaceExisting != null) found.push(["replaceExisting", inputs.replaceExisting]);
  return { id, inputs: Object.fromEntries(found), computed: computed(entity) };
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
  const changed = all.filter(
    (property) => onChange[property].does !== "record" && !same(olds[property], news[property]),
  );
  const entity = await graph.patch(`${collection}/${id}`, body(news, changed));
  // One whose first synchronization failed gets it now.
  return { id, inputs: {}, computed: computed(await synchronized(graph, entity)) };
}

export const exchangeConnector: ResourceType = {
  kind: "ExchangeConnector",
  describe,
  onChange,
  validate,
  validateInTenant,
  create,
  observe,
  update: reconfigure,
  remove: (graph, id) => graph.delete(`${collection}/${id}`),
};
