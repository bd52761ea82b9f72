/** What must hold before a connector is connected (X8a): all that fails is said at once, each with what is needed. */
import { readSetting, type TenantContext } from "../context";
import {
  type Account,
  allOrganizations,
  findAccount,
  findOrganization,
  findServer,
  hasMailbox,
  isDown,
  type Organization,
  type Server,
  serversOf,
} from "../exchange/organizations";
import { requiredCmdlets } from "../exchange/words";
import { type Connector, notificationMailbox } from "./connector";

/** What was asked for. */
export type Setup = Pick<Connector, "exchangeConnectorType" | "serverName" | "annotations" | "primarySmtpAddress"> & {
  exchangeOrganization: string | null;
};

export interface SetupCheck {
  failures: string[];
  /** Where they were found. */
  server?: Server;
  organization?: Organization;
}

/** Kinds of organizations that each type of connector serves (X2, X5). */
const kindsOf = {
  onPremises: ["onPremises"],
  hosted: ["hosted", "dedicated"],
} as const satisfies Record<Setup["exchangeConnectorType"], readonly Organization["kind"][]>;

/** Exchange 2010 SP3 (X5). */
const oldestVersion = { major: 14, minor: 3 };

/** Checks the tenant, the server, its organization and the accounts. */
export function checkSetup(context: TenantContext, setup: Setup): SetupCheck {
  const failures = tenantFailures(context);
  const server = findServer(context, setup.serverName);
  if (!server) {
    const known = allOrganizations(context).flatMap(({ name }) => serversOf(context, name).map(({ fqdn }) => fqdn));
    failures.push(
      `The server '${setup.serverName}' was not found. Give the name or FQDN of a server with the Client Access role: ${known.join(", ") || "there is none"} (X2).`,
    );
    return { failures };
  }
  const organization = findOrganization(context, server.organization)!;
  failures.push(
    ...organizationFailures(setup, organization),
    ...serverFailures(context, server),
    ...accountFailures(context, setup, organization),
    ...notificationFailures(context, setup, organization),
  );
  if (setup.annotations["@classic.proxy"] && setup.exchangeConnectorType !== "hosted") {
    failures.push(
      "A proxy is for a hosted server: leave '@classic.proxy' out, or set exchangeConnectorType to hosted (X2).",
    );
  }
  return { failures, server, organization };
}

interface TenantSetting {
  mobileDeviceManagementAuthority?: string;
  directorySynchronization?: boolean;
  signInAccount?: { userPrincipalName: string; role: string };
}

const administrators = ["globalAdministrator", "intuneServiceAdministrator"];

function tenantFailures({ db }: TenantContext): string[] {
  const tenant = readSetting<TenantSetting>(db, "tenant") ?? {};
  const {
    mobileDeviceManagementAuthority: authority = "intune",
    directorySynchronization = true,
    signInAccount,
  } = tenant;
  const failures: string[] = [];
  if (signInAccount && !administrators.includes(signInAccount.role)) {
    failures.push(
      `The remote server returned an error: (400) Bad Request. The account ${signInAccount.userPrincipalName} that signs in to the tenant is ${signInAccount.role}; it must be at least intuneServiceAdministrator (X3).`,
    );
  }
  if (authority !== "intune") {
    failures.push(`The tenant's mobile device management authority is ${authority}; it must be intune (X5).`);
  }
  if (!directorySynchronization)
    failures.push("The tenant's directory synchronization is off; it must be configured (X5).");
  return failures;
}

function organizationFailures(setup: Setup, organization: Organization): string[] {
  const { name, kind, version } = organization;
  const failures: string[] = [];
  const asked = setup.exchangeOrganization;
  if (asked !== null && asked.toLowerCase() !== name.toLowerCase()) {
    failures.push(`The server '${setup.serverName}' belongs to the organization '${name}', not to '${asked}' (X1).`);
  }
  const kinds: readonly string[] = kindsOf[setup.exchangeConnectorType];
  if (!kinds.includes(kind)) {
    failures.push(
      `The organization '${name}' is ${kind}; a connector of type ${setup.exchangeConnectorType} is for ${kinds.join(" or ")} (X2).`,
    );
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < oldestVersion.major || (major === oldestVersion.major && minor < oldestVersion.minor)) {
    failures.push(`The organization '${name}' runs Exchange ${version}; 14.3 (2010 SP3) or later is needed (X5).`);
  }
  return failures;
}

function serverFailures(context: TenantContext, server: Server): string[] {
  if (isDown(context, server)) return [`The server '${server.fqdn}' does not answer at ${context.clock.now()} (X8a).`];
  const needed = [
    ["WinRM", "X5"],
    ["Autodiscover", "X3"],
    ["EWS", "X3"],
  ] as const;
  return needed
    .filter(([service]) => !server.services.includes(service))
    .map(([service, rule]) => `${service} is not configured on the server '${server.fqdn}' (${rule}).`);
}

function accountFailures(context: TenantContext, { annotations }: Setup, { name }: Organization): string[] {
  const given = annotations["@classic.exchangeAccount"];
  if (!given) return ["No account for Exchange was given: set '@classic.exchangeAccount' to domain\\user (X3)."];
  const failures: string[] = [];
  if (!annotations["@classic.exchangeAccountPasswordGiven"]) {
    failures.push(`The account '${given}' needs a password: set '@classic.exchangeAccountPassword' (X3).`);
  }
  const account = findAccount(context, name, given);
  if (!account) return [...failures, `Access is denied: '${given}' is no account of the organization '${name}' (X3).`];
  if (!account.licensed) failures.push(`The account '${given}' has no Intune licence (X3).`);
  const missing = missingCmdlets(account);
  if (missing.length > 0) {
    failures.push(
      `The account '${given}' is not allowed ${missing.length} of the cmdlets that it needs: ${missing.join(", ")} (X4).`,
    );
  }
  return failures;
}

const missingCmdlets = ({ cmdlets }: Account): string[] =>
  cmdlets === null ? [] : requiredCmdlets.filter((cmdlet) => !cmdlets.includes(cmdlet));

function notificationFailures(context: TenantContext, setup: Setup, { name }: Organization): string[] {
  const mailbox = notificationMailbox(setup);
  if (!mailbox)
    return [
      "No notification account was given: set '@classic.notificationAccount' to the address of its mailbox (X3).",
    ];
  if (hasMailbox(context, name, mailbox)) return [];
  return [`The notification account '${mailbox}' has no mailbox in the organization '${name}' (X3).`];
}
