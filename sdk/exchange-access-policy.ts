import * as pulumi from "@pulumi/pulumi";
import { claim } from "./claims";
import { oldFirst } from "./old-first";
import { shim } from "./shim";

/** What a kind of device gets, whoever uses it. */
export interface ExchangeAccessRule {
  /** `family` is Exchange's device type, such as `iPhone`; `model` its device model, such as `SM-G973F`. */
  deviceClass: pulumi.Input<{ type: pulumi.Input<"family" | "model">; name: pulumi.Input<string> }>;
  accessLevel: pulumi.Input<"allow" | "block" | "quarantine">;
}

export interface ExchangeAccessPolicyArgs {
  /** Whether Intune decides about the mail of the people below, by enrolment and compliance (C1). A change updates in place. */
  enabled: pulumi.Input<boolean>;
  /** Groups of the people whom it targets, each by id or by display name; needed where it is enabled (C1). */
  includedGroups?: pulumi.Input<pulumi.Input<string>[]>;
  /** Groups of people who are exempted, each by id or by display name (C1). */
  excludedGroups?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Devices that are enrolled and comply have access whatever Exchange's default and rules say (C2). Default: false.
   */
  overrideDefaultRule?: pulumi.Input<boolean>;
  /** What a device gets that nothing else decides. Left out: what Exchange has. */
  defaultAccessLevel?: pulumi.Input<"allow" | "block" | "quarantine">;
  /**
   * What devices of a family or model get; the whole list, in any order, one rule for each. Left out: what Exchange has.
   * An empty list takes Exchange's rules by family and model away.
   */
  accessRules?: pulumi.Input<pulumi.Input<ExchangeAccessRule>[]>;
  /** HTML that comes first in the mail to the user of a device in quarantine (C2); at most 64 KiB. Left out: none. */
  notificationContent?: pulumi.Input<string>;
}

/**
 * Conditional access for on-premises Exchange: who is targeted, and what devices get that it does not decide about. A
 * tenant has one, so making it takes over what is there, and deleting it puts the tenant's defaults back; Exchange itself
 * stays as the last synchronization left it.
 *
 * @example
 * new ExchangeAccessPolicy("access", {
 *   enabled: true,
 *   includedGroups: ["All mail users"],
 *   overrideDefaultRule: true,
 *   defaultAccessLevel: "quarantine",
 *   accessRules: [{ deviceClass: { type: "family", name: "WindowsMail" }, accessLevel: "block" }],
 *   notificationContent: "<p>Enrol your phone, and your mail comes back.</p>",
 * });
 */
export class ExchangeAccessPolicy extends pulumi.CustomResource {
  declare public readonly enabled: pulumi.Output<boolean>;
  /** What a device gets that nothing else decides; undefined: what Exchange has. */
  declare public readonly defaultAccessLevel: pulumi.Output<"allow" | "block" | "quarantine" | undefined>;
  /** What devices of a family or model get; undefined: what Exchange has. */
  declare public readonly accessRules: pulumi.Output<pulumi.Unwrap<ExchangeAccessRule>[] | undefined>;
  /** Ids of the groups that are targeted. */
  declare public readonly includedGroupIds: pulumi.Output<string[]>;
  /** Ids of the groups that are exempted. */
  declare public readonly excludedGroupIds: pulumi.Output<string[]>;

  constructor(name: string, args: ExchangeAccessPolicyArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "pulumi-nodejs:dynamic/intune:ExchangeAccessPolicy",
      name,
      {
        ...args,
        kind: "ExchangeAccessPolicy",
        includedGroupIds: undefined,
        excludedGroupIds: undefined,
        __provider: shim,
      },
      oldFirst(options),
    );
    // One that is only read owns nothing.
    const tenant = options?.id === undefined ? "on-premises Exchange" : undefined;
    claim(this, name, "what an access policy is for", tenant, "A tenant has one access policy (C1).");
  }

  /** Reads the tenant's policy, by its id in Graph, without managing it. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): ExchangeAccessPolicy {
    return new ExchangeAccessPolicy(name, {} as ExchangeAccessPolicyArgs, { ...options, id });
  }
}
