import * as pulumi from "@pulumi/pulumi";

/** Who owns what, by what it is and then by its value, or by the output that will have that value. */
type Claims = Map<string, Map<unknown, pulumi.Resource>>;

/** One list for each run: with the Automation API, or in unit tests, a process runs the program several times. */
const claimsOfRun = new WeakMap<object, Claims>();
const noRun = {};

function ownersOf(what: string): Map<unknown, pulumi.Resource> {
  const run = pulumi.runtime.getMonitor() ?? noRun;
  const claims: Claims = claimsOfRun.get(run) ?? new Map();
  const owners = claims.get(what) ?? new Map();
  claimsOfRun.set(run, claims.set(what, owners));
  return owners;
}

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
  const owners = ownersOf(what);
  /** Whether another resource owns that already; then it has been said. */
  const refused = (owned: unknown, shown: string): boolean => {
    const first = owners.get(owned) ?? resource;
    owners.set(owned, first);
    if (first !== resource) sayTwo(first, resource, `${shown} as ${what}`, rule);
    return first !== resource;
  };
  const isPlain = typeof key === "string";
  if (!isPlain && refused(key, "the same value")) return;
  const named = (value: string) => refused(value, `"${value}"`);
  if (isPlain) named(key);
  else pulumi.output(key).apply(named);
}

function sayTwo(first: pulumi.Resource, second: pulumi.Resource, shared: string, rule: string): void {
  pulumi.all([first.urn, second.urn]).apply(([one, other]) => {
    const message = `Two resources have ${shared}: ${nameOf(one)} and ${nameOf(other)}. ${rule} Remove one of them.`;
    return pulumi.log.error(message, second);
  });
}

const nameOf = (urn: string) => `"${urn.slice(urn.lastIndexOf("::") + 2)}"`;
