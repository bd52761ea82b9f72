import * as pulumi from "@pulumi/pulumi";
import { claim } from "./claims";
import { oldFirst } from "./old-first";
import { shim } from "./shim";

/** Which app is deployed, and to whom. At least one of the targets must be given. */
export interface AppDeploymentArgs {
  /**
   * The app, which the tenant must have: its id in Graph, its display name or its package id, `com.google.android.gm`
   * for example. One AppDeployment owns all assignments of an app. **A change deletes this deployment and makes a new
   * one.**
   */
  app: pulumi.Input<string>;
  /** `required` installs the app at the next check-in; `available` lets people install it. A change updates in place. */
  intent: pulumi.Input<"required" | "available">;
  /** Groups that get the app, each by id or by display name. A change updates in place; order does not matter. */
  includedGroups?: pulumi.Input<pulumi.Input<string>[]>;
  /** Groups that are left out, each by id or by display name, even if they are in an included group. */
  excludedGroups?: pulumi.Input<pulumi.Input<string>[]>;
  /** Deploys to all users with an Intune licence. Default: false. */
  allLicensedUsers?: pulumi.Input<boolean>;
  /** Deploys to all devices. Default: false. */
  allDevices?: pulumi.Input<boolean>;
  /**
   * Takes over assignments that the app already has, without changing them; the next preview shows what differs.
   * Without it they are an error. Default: false.
   */
  adopt?: pulumi.Input<boolean>;
}

/**
 * The deployment of one app to groups. An email profile for Gmail or Nine Work needs its app on the same devices (E10);
 * Nine Work may need a paid licence.
 *
 * @example
 * new AppDeployment("gmail", { app: "com.google.android.gm", intent: "required", includedGroups: ["Gmail users"] });
 */
export class AppDeployment extends pulumi.CustomResource {
  declare public readonly app: pulumi.Output<string>;
  /** Name of the app in the tenant. */
  declare public readonly displayName: pulumi.Output<string>;
  /** Its id in the store, where it has one. */
  declare public readonly packageId: pulumi.Output<string | undefined>;
  /** Ids of the groups that get the app. */
  declare public readonly includedGroupIds: pulumi.Output<string[]>;
  /** Ids of the groups that are left out. */
  declare public readonly excludedGroupIds: pulumi.Output<string[]>;

  constructor(name: string, args: AppDeploymentArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "pulumi-nodejs:dynamic/intune:AppDeployment",
      name,
      {
        ...args,
        kind: "AppDeployment",
        displayName: undefined,
        packageId: undefined,
        includedGroupIds: undefined,
        excludedGroupIds: undefined,
        __provider: shim,
      },
      oldFirst(options),
    );
    claim(this, name, "app of a deployment", args?.app, "One AppDeployment owns all assignments of an app (D1).");
  }

  /** Reads the deployment of an app that exists, by the app's id, without managing it. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): AppDeployment {
    return new AppDeployment(name, {} as AppDeploymentArgs, { ...options, id });
  }
}
