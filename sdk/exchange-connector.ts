import * as pulumi from "@pulumi/pulumi";
import { claim } from "./claims";
import { shim } from "./shim";

/** The account with which the connector runs cmdlets on Exchange (X3, X4). It needs an Intune licence. */
export interface ExchangeAccount {
  /** `DOMAIN\user`. */
  user: pulumi.Input<string>;
  /** Kept as a secret in state, whether it is given as one or not. */
  password: pulumi.Input<string>;
}

/** The account whose mailbox sends the quarantine mail; Autodiscover and EWS must be on the server (X3). */
export interface NotificationAccount {
  /** Address of the mailbox. */
  address: pulumi.Input<string>;
  /** Kept as a secret in state, whether it is given as one or not. */
  password: pulumi.Input<string>;
}

/** A proxy for the synchronization of devices with a hosted server (X2). */
export interface ConnectorProxy {
  host: pulumi.Input<string>;
  /** 1 to 65535. */
  port: pulumi.Input<number>;
  /** `DOMAIN\user`, with `password`, where the proxy asks for it. */
  user?: pulumi.Input<string>;
  /** Kept as a secret in state, whether it is given as one or not. */
  password?: pulumi.Input<string>;
}

/** A synchronization on demand, as data: it runs whenever the trigger is another one (S3). */
export interface ConnectorSync {
  /** `quick`: what has changed since the last synchronization (S1); `full`: everything (S2). */
  type: pulumi.Input<"quick" | "full">;
  /** Any text, such as a date or the version of a policy. A change synchronizes; a new connector does so anyway. */
  trigger: pulumi.Input<string>;
}

/** EAS records of an organization by what they may do with mail, in Graph's words. */
export interface ExchangeAccess {
  allowed: number;
  blocked: number;
  quarantined: number;
  /** No policy decides it, or no synchronization has seen it yet. */
  unknown: number;
}

export interface ExchangeConnectorArgs {
  /**
   * Name of the Exchange organization; one connector for each (X1). **A change makes a new connector, and then deletes
   * this one.**
   */
  exchangeOrganization: pulumi.Input<string>;
  /** Kind of server (X2). **A change makes a new connector, which takes over, and then deletes this one.** */
  exchangeConnectorType: pulumi.Input<"onPremises" | "hosted">;
  /**
   * Name or FQDN of a server with the Client Access role (`onPremises`), or the hosted server's address (`hosted`).
   * A change reconfigures in place.
   */
  serverName: pulumi.Input<string>;
  /** The account for Exchange. A change reconfigures in place. */
  exchangeAccount: pulumi.Input<ExchangeAccount>;
  /** The account for notifications. A change reconfigures in place. */
  notificationAccount: pulumi.Input<NotificationAccount>;
  /** Name of the machine that the connector is installed on; where the tenant knows it, its prerequisites are checked (X5, X6). */
  connectorServerName?: pulumi.Input<string>;
  /** Proxy, with `hosted` only (X2). A change reconfigures in place. */
  proxy?: pulumi.Input<ConnectorProxy>;
  /** Whether the connector moves to another client access server when its own is down (X7). Default: true. */
  casFailoverEnabled?: pulumi.Input<boolean>;
  /** Whether it uses several PowerShell runspaces; meant for 5,000 devices or more (X8). Default: false. */
  parallelCommandSupport?: pulumi.Input<boolean>;
  /**
   * Replaces the connector that the organization already has (X1). Without it that is an error that names the first.
   * Default: false.
   */
  replaceExisting?: pulumi.Input<boolean>;
  /**
   * Text of the file `OnPremisesExchangeConnectorServiceConfiguration.xml` as it is on the connector's machine;
   * `configurationXml` is then that text with only what differs changed (X7, X8).
   */
  existingConfigurationXml?: pulumi.Input<string>;
  /** Synchronizes when its `trigger` changes (S3). Taking it away does nothing. */
  sync?: pulumi.Input<ConnectorSync>;
}

/**
 * The on-premises Exchange connector of one Exchange organization: it finds the phones that talk to Exchange and lets
 * in those that are managed and compliant. Creating it validates the connection and runs the first synchronization.
 *
 * @example
 * new ExchangeConnector("contoso", {
 *   exchangeOrganization: "Contoso Mail",
 *   exchangeConnectorType: "onPremises",
 *   serverName: "cas01.contoso.example",
 *   exchangeAccount: { user: "CONTOSO\\svc-intune", password: config.requireSecret("exchangePassword") },
 *   notificationAccount: { address: "mail-notifications@contoso.example", password: config.requireSecret("notificationPassword") },
 * });
 */
export class ExchangeConnector extends pulumi.CustomResource {
  declare public readonly exchangeOrganization: pulumi.Output<string>;
  declare public readonly serverName: pulumi.Output<string>;
  /** `connectionPending`, `connected`, `disconnected` or `none`. */
  declare public readonly status: pulumi.Output<string>;
  /**
   * When the last synchronization succeeded, as Graph writes it. A refresh that finds only a later time leaves this as
   * it was, so that nothing that depends on it changes; `intune-mail connectors` shows the time as it is now (X10).
   */
  declare public readonly lastSyncDateTime: pulumi.Output<string>;
  /** Who has access to mail, at the last deployment or refresh; not there where the service does not tell. */
  declare public readonly access: pulumi.Output<ExchangeAccess | undefined>;
  /** `OnPremisesExchangeConnectorServiceConfiguration.xml` for the connector's machine (X7, X8). It holds no secret. */
  declare public readonly configurationXml: pulumi.Output<string>;

  constructor(name: string, args: ExchangeConnectorArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "pulumi-nodejs:dynamic/intune:ExchangeConnector",
      name,
      {
        ...args,
        exchangeAccount: withSecretPassword(args?.exchangeAccount),
        notificationAccount: withSecretPassword(args?.notificationAccount),
        proxy: withSecretPassword(args?.proxy),
        kind: "ExchangeConnector",
        status: undefined,
        lastSyncDateTime: undefined,
        access: undefined,
        configurationXml: undefined,
        __provider: shim,
      },
      options,
    );
    claim(
      this,
      name,
      "exchangeOrganization of a connector",
      args?.exchangeOrganization,
      "One connector for each (X1).",
    );
  }

  /** Reads a connector that exists, by its id in Graph, without managing it. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): ExchangeConnector {
    return new ExchangeConnector(name, {} as ExchangeConnectorArgs, { ...options, id });
  }
}

/** A password is a secret even where the program gives it as plain text (X3). */
function withSecretPassword<A extends { password?: pulumi.Input<string> }>(
  account: pulumi.Input<A> | undefined,
): pulumi.Output<pulumi.Unwrap<A>> | undefined {
  if (account === undefined) return undefined;
  if (pulumi.Output.isInstance(account) || account instanceof Promise) {
    // The whole account is then a secret: its password cannot be told apart before it is known.
    return pulumi.secret(account) as pulumi.Output<pulumi.Unwrap<A>>;
  }
  const { password } = account;
  if (password === undefined) return pulumi.output(account) as pulumi.Output<pulumi.Unwrap<A>>;
  return { ...account, password: pulumi.secret(password) } as unknown as pulumi.Output<pulumi.Unwrap<A>>;
}
