import type * as pulumi from "@pulumi/pulumi";

/**
 * Options with which the old object goes before a new one is made. The service has one of each name, and one set of
 * assignments of each profile: made beside it, the new one would be the old one, and go with it. A provider says so in
 * its diff, but `pulumi up --replace` asks for none.
 */
export const oldFirst = (options?: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions => ({
  ...options,
  deleteBeforeReplace: true,
});
