import * as pulumi from "@pulumi/pulumi";
import { claim } from "./claims";
import { oldFirst } from "./old-first";
import { shim } from "./shim";

/** What is deployed, and to whom. At least one of the targets must be given: deploying to nothing is an error (D1). */
export interface DeploymentArgs {
  /**
   * Id of the email profile. One Deployment owns all assignments of its profile; a second for the same profile is an
   * error (D1). **A change deletes this deployment and makes a new one.**
   */
  profileId: pulumi.Input<string>;
  /** Groups that get the profile, each by id or by display name. A change updates in place; order does not matter. */
  includedGroups?: pulumi.Input<pulumi.Input<string>[]>;
  /** Groups that are left out, each by id or by display name, even if they are in an included group. */
  excludedGroups?: pulumi.Input<pulumi.Input<string>[]>;
  /** Deploys to all users with an Intune licence. Default: false. */
  allLicensedUsers?: pulumi.Input<boolean>;
  /** Deploys to all devices. Default: false. */
  allDevices?: pulumi.Input<boolean>;
  /**
   * Takes over assignments that the profile already has, without changing them; the next preview shows what differs.
   * Without it they are an error. Default: false.
   */
  adopt?: pulumi.Input<boolean>;
}

/** How a deployment fares, in Graph's words; counts of devices. */
export interface DeploymentStatus {
  pendingCount: number;
  notApplicableCount: number;
  successCount: number;
  errorCount: number;
  failedCount: number;
  conflictCount: number;
}

/**
 * Name of what is deployed, where this program makes it: a new one has no id in a preview, which is when advice about
 * the groups that it shares with others is wanted (E9 to E11). The SDK knows whose id an output is, and keeps that to
 * itself by type alone.
 */
function nameOf(id: unknown): Promise<pulumi.Input<string> | undefined> | undefined {
  if (!pulumi.Output.isInstance(id)) return undefined;
  const { allResources } = id as { allResources?(): Promise<Set<{ displayName?: pulumi.Output<string> }>> };
  return allResources?.().then(([made, another]) => (another === undefined ? made?.displayName : undefined));
}

/**
 * The deployment of one email profile to groups. Taking a group away takes the profile off its devices, except off a
 * device that has no other email profile: there it stays (D3).
 *
 * @example
 * new Deployment("iphones", { profileId: mail.id, includedGroups: ["iPhone users"] });
 */
export class Deployment extends pulumi.CustomResource {
  declare public readonly profileId: pulumi.Output<string>;
  /** Ids of the groups that get the profile. */
  declare public readonly includedGroupIds: pulumi.Output<string[]>;
  /** Ids of the groups that are left out. */
  declare public readonly excludedGroupIds: pulumi.Output<string[]>;
  /** Counts of devices at the last deployment or refresh. Not meant as an input of other resources. */
  declare public readonly status: pulumi.Output<DeploymentStatus>;

  constructor(name: string, args: DeploymentArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "pulumi-nodejs:dynamic/intune:Deployment",
      name,
      {
        ...args,
        kind: "Deployment",
        profileName: nameOf(args?.profileId),
        includedGroupIds: undefined,
        excludedGroupIds: undefined,
        status: undefined,
        __provider: shim,
      },
      oldFirst(options),
    );
    claim(
      this,
      name,
      "profileId of a deployment",
      args?.profileId,
      "One Deployment owns all assignments of a profile (D1).",
    );
  }

  /** Reads the deployment of a profile that exists, by the profile's id, without managing it. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): Deployment {
    return new Deployment(name, {} as DeploymentArgs, { ...options, id });
  }
}
