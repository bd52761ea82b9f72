/** The inputs of an ExchangeConnector: what they may be, what a change of each does, and how each travels (rules X1 to X8). */
import { z } from "zod";
import type { Json } from "../graph/client";
import { type OnChange, record, replace, update, updateSecret, updateWhen } from "../on-change";
import { type Properties, same } from "../values";

const domainUser = z.string().regex(/^[^\\]+\\[^\\]+$/, "must be DOMAIN\\user");
const password = z.string().min(1, "must not be empty");
const address = z.string().regex(/^[^@\s]+@[^@\s]+$/, "must be the address of a mailbox");
export const schema = z.strictObject({
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

export type Args = z.infer<typeof schema>;

/** One that is taken away asks for nothing, and neither does another type alone. */
const sameTrigger = (old: unknown, now: unknown) =>
  now == null || same((old as Args["sync"])?.trigger, (now as Args["sync"])?.trigger);

export const onChange = {
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

export const describe = (inputs: Properties) => `Exchange connector of "${inputs.exchangeOrganization}"`;

/** What only the provider acts upon. */
const nothing = () => ({});

/**
 * How each input travels. Graph's entity has no properties for how a connector is set up: those are annotations, which
 * the simulated tenant acts upon and another service may ignore (E3 decides so for profiles; the same holds here).
 */
export const wire = {
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

export const all = Object.keys(wire) as (keyof Args)[];

export const body = (inputs: Properties, properties: (keyof Args)[]): Json =>
  Object.assign({}, ...properties.map((property) => wire[property](inputs as unknown as Args)));

/** All that a new connector is told. */
export const setUpBody = (inputs: Properties): Json =>
  body(
    inputs,
    all.filter((property) => inputs[property] != null),
  );

/** What a connector has for life: with another value it is a new one. */
export const lasting = ["exchangeOrganization", "exchangeConnectorType"] as const;

/** Whether a property is part of how the connector is set up, rather than about what is done with it. */
export const setsUp = (property: keyof Args) => onChange[property].does !== "record" && wire[property] !== nothing;
