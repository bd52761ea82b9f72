/**
 * What must hold before a connector is connected (X2 to X8a): a table of checks, each of which may find what is not as it
 * must be. All that fails is said at once, with what was found and what is needed.
 */
import { readSetting, type TenantContext } from "../context";
import { allMachines, type ConnectorMachine, findMachine } from "../exchange/machines";
import {
  type Account,
  findAccount,
  findOrganization,
  findServer,
  type Organization,
  type Server,
} from "../exchange/organizations";
import { adviceOf, type SetupAdvice } from "./advice";
import { checks } from "./checks";
import type { Connector } from "./connector";
import { machineChecks } from "./machineChecks";

/** What was asked for. */
export type Setup = Pick<
  Connector,
  "connectorServerName" | "exchangeConnectorType" | "serverName" | "annotations" | "primarySmtpAddress"
> & {
  exchangeOrganization: string | null;
  /** As they were given with the request: they are looked at, and never kept. */
  passwords?: { exchangeAccount?: string; proxy?: string };
};

/** The tenant's part of the seed. */
export interface TenantPremises {
  mobileDeviceManagementAuthority: string;
  directorySynchronization: boolean;
  signInAccount?: { userPrincipalName: string; role: string };
}

/** What checks look at. */
export interface Situation {
  context: TenantContext;
  setup: Setup;
  tenant: TenantPremises;
  /** The server that serverName means, if there is one. */
  server: Server | undefined;
  /** The server's, or where that is not there, the one that was named. */
  organization: Organization | undefined;
  account: Account | undefined;
  /** The machine of connectorServerName. */
  machine: ConnectorMachine | undefined;
  /** Names of all machines; none: the seed says nothing of machines. */
  machines: readonly string[];
}

/** What is not as it must be. */
export interface Finding {
  found: string;
  needed: string;
  /** Both in a sentence, with what to do. */
  message: string;
}

export interface Check {
  rule: "X2" | "X3" | "X4" | "X5" | "X6" | "X8a" | "X1";
  /** What it is about: a property or annotation of the connector, or of the tenant. */
  what: string;
  finds(situation: Situation): Finding | readonly Finding[] | undefined;
}

export interface SetupFailure extends Finding {
  rule: string;
  what: string;
}

export interface SetupCheck {
  failures: SetupFailure[];
  /** What is better otherwise, and stops nothing. */
  advice: SetupAdvice[];
  /** Where they were found. */
  server?: Server;
  organization?: Organization;
}

/** Checks the tenant, the server, its organization, the accounts and the machine. */
export function checkSetup(context: TenantContext, setup: Setup): SetupCheck {
  const situation = situationOf(context, setup);
  const failures = [...checks, ...machineChecks].flatMap(({ rule, what, finds }) =>
    [finds(situation) ?? []].flat().map((finding) => ({ rule, what, ...finding })),
  );
  const { server, organization } = situation;
  return {
    failures,
    advice: adviceOf(situation),
    ...(server ? { server } : {}),
    ...(organization ? { organization } : {}),
  };
}

function situationOf(context: TenantContext, setup: Setup): Situation {
  const { mobileDeviceManagementAuthority = "intune", ...tenant } =
    readSetting<Partial<TenantPremises>>(context.db, "tenant") ?? {};
  const server = findServer(context, setup.serverName);
  const named = server?.organization ?? setup.exchangeOrganization;
  const organization = named === null ? undefined : findOrganization(context, named);
  const account = setup.annotations["@classic.exchangeAccount"];
  const machine = setup.connectorServerName;
  return {
    context,
    setup,
    tenant: { directorySynchronization: true, ...tenant, mobileDeviceManagementAuthority },
    server,
    organization,
    account: organization && account ? findAccount(context, organization.name, account) : undefined,
    machine: machine === null ? undefined : findMachine(context, machine),
    machines: allMachines(context).map(({ name }) => name),
  };
}
