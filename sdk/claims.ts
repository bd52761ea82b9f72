import * as pulumi from "@pulumi/pulumi";

/** Names of the resources that own something: by what it is, and by its value or the output that will have that value. */
type Claims = Map<string, Map<unknown, string>>;

/** One for each run: with the Automation API, or in unit tests, a process runs the program several times. */
const claimsOfRun = new WeakMap<object, Claims>();
const noRun = {};

function ownersOf(what: string): Map<unknown, string> {
  const run = pulumi.runtime.getMonitor() ?? noRun;
  const claims: Claims = claimsOfRun.get(run) ?? new Map();
  const owners = claims.get(what) ?? new Map<unknown, string>();
  claimsOfRun.set(run, claims.set(what, owners));
  return owners;
}

/**
 * Says that a resource owns the one thing that `key` names (a profile's name, a profile's deployment, an Exchange
 * organization). A second owner in the same program is an error that names both, in the preview already. A key that is
 * not known yet is compared by identity: two resources that are given the same output mean the same thing.
 */
export function claim(
  resource: pulumi.Resource,
  name: string,
  what: string,
  key: pulumi.Input<string> | undefined,
  rule: string,
): void {
  if (key === undefined) return;
  const owners = ownersOf(what);
  /** Whether another resource owns that already; then it is said. */
  const refused = (owned: unknown, shown: string): boolean => {
    const first = owners.get(owned);
    if (first === undefined) {
      owners.set(owned, name);
      return false;
    }
    const message = `Two resources have ${shown} as ${what}: "${first}" and "${name}". ${rule} Remove one of them.`;
    // An error that is logged alone lets the CLI's preview succeed; one that nobody catches ends it, and all are told.
    pulumi.output(message).apply((said) => {
      throw new pulumi.ResourceError(said, resource, true);
    });
    return true;
  };
  const isPlain = typeof key === "string";
  if (!isPlain && refused(key, "the same value")) return;
  const named = (value: string) => refused(value, `"${value}"`);
  if (isPlain) named(key);
  else pulumi.output(key).apply(named);
}
