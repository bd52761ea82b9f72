/** The addresses that a twin is read from, and what an application must be allowed for them. */
import { routes } from "../tenant/routes";

/** Every address that a twin is read from, as the tenant's routes have it. */
export const addresses = {
  users: "/users",
  groups: "/groups",
  members: "/groups/:id/members",
  devices: "/deviceManagement/managedDevices",
  states: "/deviceManagement/managedDevices/:id/deviceConfigurationStates",
  configurations: "/deviceManagement/deviceConfigurations",
  assignments: "/deviceManagement/deviceConfigurations/:id/assignments",
  links: "/deviceManagement/deviceConfigurations/:id/:navigation",
  statuses: "/deviceManagement/deviceConfigurations/:id/deviceStatuses",
  apps: "/deviceAppManagement/mobileApps",
  appAssignments: "/deviceAppManagement/mobileApps/:id/assignments",
  connectors: "/deviceManagement/exchangeConnectors",
  access: "/deviceManagement/conditionalAccessSettings",
  policies: "/deviceManagement/exchangeOnPremisesPolicies",
} as const;

export type Address = keyof typeof addresses;

/** What is asked first, so that a lack of permissions is known before anything is read: the others go with these. */
export const probes: readonly Address[] = [
  "users",
  "groups",
  "devices",
  "configurations",
  "apps",
  "connectors",
  "access",
  "policies",
];

/** Permissions of which an application needs one to read an address. */
const scopesOf = (address: Address): readonly string[] =>
  routes.find(({ method, path }) => method === "GET" && path === addresses[address])!.scopes;

/** The fewest permissions that open all of these addresses, each the one that allows least. */
export function fewest(asked: readonly Address[]): string[] {
  const found: string[] = [];
  const narrowFirst = asked.map(scopesOf).sort((one, other) => one.length - other.length);
  for (const scopes of narrowFirst) if (!scopes.some((scope) => found.includes(scope))) found.push(scopes[0]!);
  return found.sort();
}

/** Graph's application permissions for making a twin. */
export const twinPermissions: readonly string[] = fewest(Object.keys(addresses) as Address[]);

/** Each address that is read, with the permissions of which one opens it; for the docs. */
export const twinReads = (Object.keys(addresses) as Address[]).map((address) => ({
  path: addresses[address],
  scopes: scopesOf(address),
}));
