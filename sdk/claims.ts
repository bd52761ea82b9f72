import * as pulumi from "@pulumi/pulumi";

const claims = new Map<unknown, pulumi.Resource>();

/**
 * Says that `resource` owns the one thing that `key` names (a profile's name, a profile's deployment, an Exchange
 * organization). A second owner in the same program is an error that names both, in the preview already. A key that is
 * not known yet is compared by identity: two resources that are given the same output mean the same thing.
 */
export function claim(
  resource: pulumi.Resource,
  what: string,
  key: pulumi.Input<string> | undefined,
  rule: string,
): void {
  if (key === undefined) return;
  if (pulumi.Output.isInstance(key)) {
    if (refused(resource, what, key, "the same value", rule)) return;
    key.apply((value) => refused(resource, what, `${what}\n${value}`, `"${value}"`, rule));
  } else if (typeof key === "string") {
    refused(resource, what, `${what}\n${key}`, `"${key}"`, rule);
  }
}

function refused(resource: pulumi.Resource, what: string, key: unknown, shown: string, rule: string): boolean {
  const first = claims.get(key);
  if (first === undefined) {
    claims.set(key, resource);
    return false;
  }
  if (first === resource) return false;
  pulumi
    .all([first.urn, resource.urn])
    .apply(([one, other]) =>
      pulumi.log.error(
        `Two resources have ${shown} as ${what}: ${nameOf(one)} and ${nameOf(other)}. ${rule} Remove one of them.`,
        resource,
      ),
    );
  return true;
}

const nameOf = (urn: string) => `"${urn.slice(urn.lastIndexOf("::") + 2)}"`;
