/** What a body says of a connector, and all that stands in the way of it: for making one, changing one, and trying. */
import { z } from "zod";
import type { TenantContext } from "../context";
import { badRequest } from "../errors";
import { type EntityBody, readEntity } from "../odata";
import type { RouteRequest } from "../route";
import { type Connector, type ConnectorAnnotations, findConnectorOf } from "../sync/connector";
import { creationRefusal, syncRefusal } from "../sync/lifecycle";
import { checkSetup, type Setup, type SetupCheck, type SetupFailure } from "../sync/setup";

/** Graph's type of a connector. */
export const entityType = "deviceManagementExchangeConnector";
/** Properties that only the service writes. */
const owned = ["lastSyncDateTime", "status", "version"];

// --- what a body says -----------------------------------------------------------------------------------------------

const password = z.string().min(1);
/** The instance annotations that a connector takes; passwords go no further than the checks of a set-up. */
const annotationSchema = z
  .strictObject({
    "@classic.exchangeAccount": z.string().regex(/^[^\\]+\\[^\\]+$/, "must be domain\\user"),
    "@classic.exchangeAccountPassword": password,
    "@classic.notificationAccount": z.string().min(1).nullable(),
    "@classic.notificationAccountPassword": password.nullable(),
    "@classic.proxy": z
      .strictObject({
        host: z.string().min(1),
        port: z.int().min(1).max(65_535),
        user: z.string().optional(),
        password: password.optional(),
      })
      .nullable(),
    "@classic.replaceExisting": z.boolean(),
    "@classic.casFailoverEnabled": z.boolean(),
    "@classic.parallelCommandSupport": z.boolean(),
  })
  .partial();

type GivenAnnotations = z.infer<typeof annotationSchema>;

/** The annotations of a body; messages name what is wrong and never show a value, which may be a password. */
function readAnnotations({ annotations }: EntityBody): GivenAnnotations {
  // What the tenant gives back about passwords may come back with an entity that is sent whole.
  const given = Object.entries(annotations).filter(([name]) => !name.endsWith("PasswordGiven"));
  const parsed = annotationSchema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "The body"}: ${issue.message}`);
  throw badRequest(`Annotations of the Exchange connector are wrong. ${problems.join("; ")}`);
}

/** What is kept: the annotations before, changed by what was given. */
function keptAnnotations(before: ConnectorAnnotations, given: GivenAnnotations): ConnectorAnnotations {
  const {
    "@classic.exchangeAccountPassword": accountPassword,
    "@classic.notificationAccountPassword": notificationPassword,
    "@classic.notificationAccount": notificationAccount,
    "@classic.proxy": proxy,
    "@classic.replaceExisting": _,
    ...rest
  } = given;
  const kept: ConnectorAnnotations = { ...before, ...rest };
  // The password before was that of the account before.
  if (!sameAccount(before, kept)) kept["@classic.exchangeAccountPasswordGiven"] = undefined;
  if (accountPassword !== undefined) kept["@classic.exchangeAccountPasswordGiven"] = true;
  if (notificationPassword) kept["@classic.notificationAccountPasswordGiven"] = true;
  if (notificationAccount !== undefined) kept["@classic.notificationAccount"] = notificationAccount ?? undefined;
  if (proxy !== undefined) {
    const { password: proxyPassword, ...address } = proxy ?? {};
    kept["@classic.proxy"] = proxy === null ? undefined : (address as ConnectorAnnotations["@classic.proxy"]);
    kept["@classic.proxyPasswordGiven"] = proxyPassword === undefined ? undefined : true;
  }
  return kept;
}

const sameAccount = (before: ConnectorAnnotations, after: ConnectorAnnotations): boolean => {
  const of = (annotations: ConnectorAnnotations) => annotations["@classic.exchangeAccount"]?.toLowerCase();
  return of(before) === of(after);
};

const defaultAnnotations: ConnectorAnnotations = {
  "@classic.casFailoverEnabled": true,
  "@classic.parallelCommandSupport": false,
};

function connectorType(value: unknown): Connector["exchangeConnectorType"] {
  if (value === "onPremises" || value === "hosted") return value;
  throw badRequest(
    `The connector type '${value}' cannot be set up: exchangeConnectorType must be onPremises or hosted (X2).`,
  );
}

const passwordsOf = (given: GivenAnnotations): NonNullable<Setup["passwords"]> => ({
  exchangeAccount: given["@classic.exchangeAccountPassword"],
  proxy: given["@classic.proxy"]?.password,
});

// --- what stands in the way -----------------------------------------------------------------------------------------

export interface ExaminedNew extends SetupCheck {
  setup: Setup & Pick<Connector, "exchangeAlias">;
  /** The connector that the organization has. */
  first: Connector | undefined;
  /** That it has one, where replacing it was not asked for (X1). */
  taken: SetupFailure | undefined;
}

/** A connector that is to be made: its set-up, its lifecycle (X11) and the connector before it (X1). */
export function examineNew(context: TenantContext, request: Pick<RouteRequest, "body" | "version">): ExaminedNew {
  const body = readEntity(request.body, entityType, { version: request.version, action: "create", owned });
  const given = readAnnotations(body);
  const properties = body.properties as Partial<Connector>;
  const setup = {
    connectorServerName: properties.connectorServerName ?? null,
    exchangeAlias: properties.exchangeAlias ?? null,
    exchangeConnectorType: connectorType(properties.exchangeConnectorType),
    exchangeOrganization: properties.exchangeOrganization ?? null,
    primarySmtpAddress: properties.primarySmtpAddress ?? null,
    serverName: properties.serverName ?? "",
    annotations: keptAnnotations(defaultAnnotations, given),
    passwords: passwordsOf(given),
  };
  const check = checkSetup(context, setup);
  const first = check.organization && findConnectorOf(context, check.organization.name);
  const replaces = given["@classic.replaceExisting"] === true;
  // One that there is may be installed anew, which is how one that has failed is mended (X7, X11).
  const refusal = first && replaces ? syncRefusal(context) : creationRefusal(context);
  if (refusal) {
    const clock = { found: context.clock.now(), needed: "hybrid modern authentication" };
    check.failures.push({ rule: "X11", what: "clock", ...clock, message: refusal });
  }
  return { ...check, setup, first, taken: first && !replaces ? takenBy(first) : undefined };
}

const takenBy = ({ id, serverName, exchangeOrganization }: Connector): SetupFailure => ({
  rule: "X1",
  what: "exchangeOrganization",
  found: `the connector ${id}`,
  needed: "no connector, or '@classic.replaceExisting'",
  message: `The organization '${exchangeOrganization}' has the connector ${id} on the server '${serverName}' already; there is one for each organization. Set '@classic.replaceExisting' to true to replace it (X1).`,
});

export interface ExaminedChange extends SetupCheck {
  after: Connector & Pick<Setup, "passwords">;
}

/** A connector that is to be changed: an organization and a type of server are for life. */
export function examineChange(
  context: TenantContext,
  before: Connector,
  request: Pick<RouteRequest, "body" | "version">,
): ExaminedChange {
  const body = readEntity(request.body, entityType, { version: request.version, action: "update", owned });
  const given = readAnnotations(body);
  const changes = body.properties as Partial<Connector>;
  for (const name of ["exchangeOrganization", "exchangeConnectorType"] as const) {
    if (changes[name] !== undefined && changes[name] !== before[name]) {
      throw badRequest(
        `The ${name} of an Exchange connector cannot change from '${before[name]}' to '${changes[name]}': make a new connector.`,
      );
    }
  }
  if (changes.serverName === null) throw badRequest("The serverName of an Exchange connector cannot be null (X2).");
  const annotations = keptAnnotations(before.annotations, given);
  const after = { ...before, ...changes, annotations, passwords: passwordsOf(given) };
  return { ...checkSetup(context, after), after };
}
