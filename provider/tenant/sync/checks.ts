/** The checks of a connector's set-up that are about the tenant, the server and its accounts (X2 to X5, X8a). */
import {
  type Account,
  allOrganizations,
  hasMailbox,
  isDown,
  type Organization,
  passwordIsRight,
  serversOf,
} from "../exchange/organizations";
import { requiredCmdlets } from "../exchange/words";
import { notificationMailbox } from "./connector";
import type { Check, Finding, Setup, Situation } from "./setup";

/** Kinds of organizations that each type of connector serves (X2, X5). */
const kindsOf = {
  onPremises: ["onPremises"],
  hosted: ["hosted", "dedicated"],
} as const satisfies Record<Setup["exchangeConnectorType"], readonly Organization["kind"][]>;

const administrators = ["globalAdministrator", "intuneServiceAdministrator"];

export const checks: readonly Check[] = [
  {
    rule: "X3",
    what: "signInAccount",
    finds: ({ tenant: { signInAccount } }) => {
      if (!signInAccount || administrators.includes(signInAccount.role)) return undefined;
      const { userPrincipalName, role } = signInAccount;
      return {
        found: role,
        needed: "intuneServiceAdministrator",
        message: `The remote server returned an error: (400) Bad Request. The account ${userPrincipalName} that signs in to the tenant is ${role}; it must be at least intuneServiceAdministrator (X3).`,
      };
    },
  },
  {
    rule: "X5",
    what: "mobileDeviceManagementAuthority",
    finds: ({ tenant: { mobileDeviceManagementAuthority: found } }) =>
      found === "intune"
        ? undefined
        : {
            found,
            needed: "intune",
            message: `The tenant's mobile device management authority is ${found}; it must be intune (X5).`,
          },
  },
  {
    rule: "X5",
    what: "directorySynchronization",
    finds: ({ tenant: { directorySynchronization } }) =>
      directorySynchronization
        ? undefined
        : {
            found: "off",
            needed: "configured",
            message: "The tenant's directory synchronization is off; it must be configured (X5).",
          },
  },
  { rule: "X2", what: "serverName", finds: serverThatIsNotThere },
  {
    rule: "X1",
    what: "exchangeOrganization",
    finds: ({ setup, server, organization }) => {
      const asked = setup.exchangeOrganization;
      if (!server || !organization || asked === null || asked.toLowerCase() === organization.name.toLowerCase()) {
        return undefined;
      }
      const { name } = organization;
      return {
        found: asked,
        needed: name,
        message: `The server '${setup.serverName}' belongs to the organization '${name}', not to '${asked}' (X1).`,
      };
    },
  },
  {
    rule: "X2",
    what: "exchangeConnectorType",
    finds: ({ setup: { exchangeConnectorType: type }, organization }) => {
      const kinds: readonly string[] = kindsOf[type];
      if (!organization || kinds.includes(organization.kind)) return undefined;
      return {
        found: organization.kind,
        needed: kinds.join(" or "),
        message: `The organization '${organization.name}' is ${organization.kind}; a connector of type ${type} is for ${kinds.join(" or ")} (X2).`,
      };
    },
  },
  { rule: "X5", what: "exchangeOrganization", finds: oldExchange },
  {
    rule: "X8a",
    what: "serverName",
    finds: ({ context, server }) => {
      if (!server || !isDown(context, server)) return undefined;
      return {
        found: "no answer",
        needed: "an answer",
        message: `The server '${server.fqdn}' does not answer at ${context.clock.now()} (X8a).`,
      };
    },
  },
  { rule: "X5", what: "serverName", finds: (situation) => service(situation, "WinRM", "X5") },
  { rule: "X3", what: "serverName", finds: (situation) => service(situation, "Autodiscover", "X3") },
  { rule: "X3", what: "serverName", finds: (situation) => service(situation, "EWS", "X3") },
  { rule: "X3", what: "@classic.exchangeAccount", finds: accountThatIsNone },
  {
    rule: "X3",
    what: "@classic.exchangeAccountPassword",
    finds: ({ setup: { annotations } }) => {
      const given = annotations["@classic.exchangeAccount"];
      if (!given || annotations["@classic.exchangeAccountPasswordGiven"]) return undefined;
      return {
        found: "none",
        needed: "a password",
        message: `The account '${given}' needs a password: set '@classic.exchangeAccountPassword' (X3).`,
      };
    },
  },
  {
    rule: "X3",
    what: "@classic.exchangeAccountPassword",
    finds: ({ setup: { passwords }, account }) => {
      const given = passwords?.exchangeAccount;
      if (!account || given === undefined || passwordIsRight(account, given)) return undefined;
      return {
        found: "another password",
        needed: "the account's password",
        message: `Access is denied: the password of '${account.name}' is wrong (X3).`,
      };
    },
  },
  {
    rule: "X3",
    what: "@classic.exchangeAccount",
    finds: ({ account }) =>
      account && !account.licensed
        ? {
            found: "no licence",
            needed: "an Intune licence",
            message: `The account '${account.name}' has no Intune licence (X3).`,
          }
        : undefined,
  },
  {
    rule: "X4",
    what: "@classic.exchangeAccount",
    finds: ({ account }) => {
      const missing = account ? missingCmdlets(account) : [];
      if (!account || missing.length === 0) return undefined;
      return {
        found: `${requiredCmdlets.length - missing.length} of ${requiredCmdlets.length} cmdlets`,
        needed: missing.join(", "),
        message: `The account '${account.name}' is not allowed ${missing.length} of the cmdlets that it needs: ${missing.join(", ")} (X4).`,
      };
    },
  },
  { rule: "X3", what: "@classic.notificationAccount", finds: mailboxThatIsNone },
  { rule: "X2", what: "@classic.proxy", finds: proxyThatIsNone },
];

function serverThatIsNotThere({ context, setup, server }: Situation): Finding | undefined {
  if (server) return undefined;
  const known = allOrganizations(context).flatMap(({ name }) => serversOf(context, name).map(({ fqdn }) => fqdn));
  const list = known.join(", ") || "there is none";
  return {
    found: setup.serverName,
    needed: list,
    message: `The server '${setup.serverName}' was not found. Give the name or FQDN of a server with the Client Access role: ${list} (X2).`,
  };
}

/** Exchange 2010 SP3 or later; Exchange Online Dedicated has no version to look at. */
function oldExchange({ organization }: Situation): Finding | undefined {
  if (!organization || organization.kind === "dedicated") return undefined;
  const { name, version } = organization;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 14 || (major === 14 && minor >= 3)) return undefined;
  return {
    found: version,
    needed: "14.3",
    message: `The organization '${name}' runs Exchange ${version}; 14.3 (2010 SP3) or later is needed (X5).`,
  };
}

/** A server that does not answer does not tell what is on it. */
function service(
  { context, server }: Situation,
  name: "WinRM" | "Autodiscover" | "EWS",
  rule: string,
): Finding | undefined {
  if (!server || isDown(context, server) || server.services.includes(name)) return undefined;
  return {
    found: server.services.join(", ") || "none",
    needed: name,
    message: `${name} is not configured on the server '${server.fqdn}' (${rule}).`,
  };
}

function accountThatIsNone({ setup, organization, account }: Situation): Finding | undefined {
  const given = setup.annotations["@classic.exchangeAccount"];
  if (!given) {
    return {
      found: "none",
      needed: "domain\\user",
      message: "No account for Exchange was given: set '@classic.exchangeAccount' to domain\\user (X3).",
    };
  }
  if (!organization || account) return undefined;
  return {
    found: given,
    needed: `an account of the organization '${organization.name}'`,
    message: `Access is denied: '${given}' is no account of the organization '${organization.name}' (X3).`,
  };
}

const missingCmdlets = ({ cmdlets }: Account): string[] =>
  cmdlets === null ? [] : requiredCmdlets.filter((cmdlet) => !cmdlets.includes(cmdlet));

function mailboxThatIsNone({ context, setup, organization }: Situation): Finding | undefined {
  const mailbox = notificationMailbox(setup);
  if (!mailbox) {
    return {
      found: "none",
      needed: "the address of a mailbox",
      message:
        "No notification account was given: set '@classic.notificationAccount' to the address of its mailbox (X3).",
    };
  }
  if (!organization || hasMailbox(context, organization.name, mailbox)) return undefined;
  return {
    found: mailbox,
    needed: `a mailbox in the organization '${organization.name}'`,
    message: `The notification account '${mailbox}' has no mailbox in the organization '${organization.name}' (X3).`,
  };
}

function proxyThatIsNone({ setup, organization }: Situation): Finding | undefined {
  const given = setup.annotations["@classic.proxy"];
  if (setup.exchangeConnectorType !== "hosted") {
    if (!given) return undefined;
    return {
      found: `${given.host}:${given.port}`,
      needed: "none",
      message:
        "A proxy is for a hosted server: leave '@classic.proxy' out, or set exchangeConnectorType to hosted (X2).",
    };
  }
  const proxy = organization?.premises.proxy;
  if (!organization || !proxy) return undefined;
  const text = (one: { host: string; port: number; user?: string }) =>
    `${one.host}:${one.port}${one.user === undefined ? "" : " with an account"}`;
  const finding = (found: string, needed: string): Finding => ({
    found,
    needed,
    message: `The organization '${organization.name}' is reached by the proxy ${needed} only; what was given is ${found}. Set '@classic.proxy' (X2).`,
  });
  if (!given) return finding("none", text(proxy));
  const isPlace = given.host.toLowerCase() === proxy.host.toLowerCase() && given.port === proxy.port;
  const isUser = proxy.user === undefined || given.user?.toLowerCase() === proxy.user.toLowerCase();
  if (!isPlace || !isUser) return finding(text(given), text(proxy));
  const password = setup.passwords?.proxy;
  if (proxy.user === undefined || password === undefined || passwordIsRight(proxy, password)) return undefined;
  return {
    found: "another password",
    needed: "the account's password",
    message: `The proxy ${proxy.host} denies access: the password of '${proxy.user}' is wrong (X2).`,
  };
}
