/** The seed: the file that says what a tenant holds when it is new. Its form, its reader, and its JSON Schema. */
import { parseDocument } from "yaml";
import { z } from "zod";
import { type Company, companyOf, devicesMax } from "./company";
import { guidOf } from "./context";
import { devicePlatforms } from "./devices/devices";
import { durationPattern } from "./duration";
import { connectorMachineSeed } from "./exchange/machines";
import { exchangeOrganizationSeed, exchangeReferences } from "./exchange/seed";
import { throttlingSeed } from "./throttle";

const name = z.string().min(1);
const address = z.string().regex(/^[^@\s]+@[^@\s]+$/, "must be an address such as user@contoso.example");
const duration = z.string().regex(durationPattern, 'must be a number and s, m, h or d, such as "8h"');

const tenantSeed = z.strictObject({
  displayName: name.describe("Name of the company."),
  domain: name.describe("Its verified domain; user principal names end in it."),
  mobileDeviceManagementAuthority: z
    .enum(["intune", "configurationManager", "office365", "unknown"])
    .default("intune")
    .describe("Who manages mobile devices; the Exchange connector needs intune (X5)."),
  directorySynchronization: z.boolean().default(true).describe("Users are synchronized from Active Directory (X5)."),
  signInAccount: z
    .strictObject({
      userPrincipalName: address.describe("Account with which tools sign in to the tenant."),
      role: z
        .enum(["globalAdministrator", "intuneServiceAdministrator", "helpDeskOperator", "none"])
        .describe("Its role; an Exchange connector needs at least intuneServiceAdministrator (X3)."),
    })
    .optional()
    .describe("Left out: a global administrator."),
});

const scheduleSeed = z.strictObject({
  quickSync: duration.default("2h").describe("Time from one quick sync of a connector to the next (S1)."),
  fullSync: duration.default("24h").describe("Time from one full sync of a connector to the next (S2)."),
  checkIn: duration.default("8h").describe("Time from one check-in of a device to the next."),
});

const applicationSeed = z.strictObject({
  appId: z.guid().describe("Client id of the app registration."),
  secretSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be the SHA-256 of the client secret, 64 hexadecimal digits in lower case")
    .describe("SHA-256 of the client secret; the secret itself is never written down."),
  scopes: z.array(name).describe("Application permissions, such as DeviceManagementConfiguration.ReadWrite.All."),
});

const userSeed = z.strictObject({
  userPrincipalName: address,
  displayName: name,
  mail: address.optional().describe("Primary SMTP address; left out: the user has no mailbox."),
  samAccountName: name.optional(),
  licensed: z.boolean().default(true).describe("Has an Intune licence (C1)."),
});

const groupSeed = z.strictObject({
  displayName: name,
  description: z.string().optional(),
  members: z.array(name).default([]).describe("User principal names, device names and names of other groups."),
});

const deviceSeed = z.strictObject({
  deviceName: name,
  user: name.optional().describe("User principal name of the user; left out: a device without one."),
  platform: z.enum(devicePlatforms),
  osVersion: z.string().regex(/^\d+(\.\d+)*$/, "must be numbers and dots, such as 13.3.1"),
  knoxVersion: z
    .string()
    .regex(/^\d+(\.\d+)*$/, "must be numbers and dots, such as 4.0")
    .optional()
    .describe("Version of KNOX Standard; with platform samsungKnox only."),
  model: name,
  manufacturer: name,
  easDeviceId: name.optional().describe("Id of its Exchange ActiveSync client, as Exchange records it."),
  complianceState: z
    .enum(["compliant", "noncompliant", "inGracePeriod", "unknown"])
    .default("compliant")
    .describe("What the tenant's compliance policies say of it."),
  enrolled: z.boolean().default(true).describe("false: known to the tenant through Exchange only."),
  apps: z
    .array(z.enum(["gmail", "nineWork"]))
    .default([])
    .describe("Mail apps that are in its work profile (E10)."),
  accounts: z
    .array(z.strictObject({ host: name, emailAddress: address }))
    .default([])
    .describe("Mail accounts that the user made on it without Intune (E9)."),
});

const appSeed = z.strictObject({
  displayName: name,
  packageId: z.string().regex(/^\w+(\.\w+)+$/, "must be a package id such as com.google.android.gm"),
  publisher: name.optional(),
  type: z.enum(["androidManagedStoreApp", "androidForWorkApp"]).default("androidManagedStoreApp"),
});

/** The two apps that a mail profile can be for, as a tenant that says nothing else has them (E10). */
const mailApps: z.input<typeof appSeed>[] = [
  { displayName: "Gmail", packageId: "com.google.android.gm", publisher: "Google LLC" },
  { displayName: "Nine Work", packageId: "com.ninefolders.hd3.work", publisher: "9Folders Inc." },
];

const mailServerSeed = z.strictObject({
  host: name.describe("Name of the server, as email profiles have it, without port."),
  issuedBy: z
    .array(name)
    .default([])
    .describe("Trusted certificates that vouch for it: display names, or SHA-1 or SHA-256 of the certificate (E11)."),
  trusts: z
    .array(name)
    .optional()
    .describe("Roots whose certificates it lets in, named alike; left out: all that are deployed (E12)."),
});

const generatedSeed = z.strictObject({
  devices: z.int().min(1).max(devicesMax).describe("How many devices; there are about two users for every three."),
  seed: z.int().nonnegative().default(1).describe("Another number gives another company of the same size."),
});

export const seedSchema = z.strictObject({
  tenant: tenantSeed,
  clock: z.iso.datetime().describe("The tenant's time when it is new; nothing but the simulation moves it."),
  random: z.int().nonnegative().default(1).describe("Number from which ids of things made later are drawn."),
  schedule: scheduleSeed.prefault({}),
  applications: z.array(applicationSeed).default([]).describe("App registrations, for a tenant that demands tokens."),
  users: z.array(userSeed).default([]),
  groups: z.array(groupSeed).default([]),
  devices: z.array(deviceSeed).default([]),
  apps: z
    .array(appSeed)
    .prefault(mailApps)
    .describe("Apps that the tenant has approved; left out: Gmail and Nine Work."),
  mailServers: z
    .array(mailServerSeed)
    .default([])
    .describe("What is known of the certificates of mail servers; one that is not here trusts all that is deployed."),
  exchangeOrganizations: z.array(exchangeOrganizationSeed).default([]),
  connectorMachines: z
    .array(connectorMachineSeed)
    .default([])
    .describe("Machines that could host a connector; where there are none, nothing is asked about machines (X5)."),
  throttling: throttlingSeed
    .optional()
    .describe("Limits of requests, beyond which they are answered with 429; left out: there are none."),
  generated: generatedSeed
    .optional()
    .describe("A company that the tenant makes for itself, beside what is listed: users, groups, devices, Exchange."),
});

/** A seed with all defaults in it. */
export type Seed = z.output<typeof seedSchema>;

/** A seed as it is written. */
export type SeedInput = z.input<typeof seedSchema>;

/** Says all that is wrong with a seed, one line a problem. */
export class SeedError extends Error {
  constructor(
    readonly source: string,
    readonly problems: readonly string[],
  ) {
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    super(`The seed ${source} has ${count}:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  }
}

/** Reads a seed from YAML or JSON text; throws a SeedError that lists every problem with its path. */
export function readSeed(text: string, source: string): Seed {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new SeedError(
      source,
      document.errors.map((error) => error.message.split("\n")[0]!),
    );
  }
  return checkSeed(document.toJS(), source);
}

/** Checks a parsed seed: its form, then what refers to what. */
export function checkSeed(value: unknown, source: string): Seed {
  const parsed = seedSchema.safeParse(value);
  if (!parsed.success) {
    throw new SeedError(
      source,
      parsed.error.issues.map((issue) => `${pathText(issue.path)}: ${issue.message}`),
    );
  }
  const problems = crossReferences(parsed.data);
  if (problems.length > 0) throw new SeedError(source, problems);
  return parsed.data;
}

/** JSON Schema of the seed file, for editors. */
export const seedJsonSchema = (): object => z.toJSONSchema(seedSchema, { io: "input" });

/** Ids depend on names only: a second tenant of the same seed has the same ids. */
export const seedId = (seed: Seed, kind: string, of: string): string =>
  guidOf(`${seed.tenant.domain}/${kind}/${of.toLowerCase()}`);

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "") || "(the whole)";

function crossReferences(seed: Seed): string[] {
  const users = new Set(seed.users.map((user) => user.userPrincipalName.toLowerCase()));
  const groups = new Set(seed.groups.map((group) => group.displayName.toLowerCase()));
  const devices = new Set(seed.devices.map((device) => device.deviceName.toLowerCase()));
  const company = seed.generated && companyOf(seed.generated, seed.tenant.domain);
  const isUser = (name: string) => users.has(name.toLowerCase()) || company?.hasUser(name) === true;
  const isGroup = (name: string) => groups.has(name.toLowerCase()) || company?.hasGroup(name) === true;
  const isDevice = (name: string) => devices.has(name.toLowerCase()) || company?.hasDevice(name) === true;
  const known = (member: string) => [isUser, isGroup, isDevice].filter((is) => is(member)).length;
  const problems = [
    ...duplicates("users", "userPrincipalName", seed.users),
    ...duplicates("users", "mail", seed.users),
    ...duplicates("groups", "displayName", seed.groups),
    ...duplicates("devices", "deviceName", seed.devices),
    ...duplicates("devices", "easDeviceId", seed.devices),
    ...duplicates("applications", "appId", seed.applications),
    ...duplicates("apps", "packageId", seed.apps),
    ...duplicates("connectorMachines", "name", seed.connectorMachines),
    ...duplicates("mailServers", "host", seed.mailServers),
  ];
  for (const [index, group] of seed.groups.entries()) {
    for (const [at, member] of group.members.entries()) {
      const count = known(member);
      if (count === 1) continue;
      const what =
        count === 0 ? "is no user, device or group of this seed" : "names more than one user, device or group";
      problems.push(`groups[${index}].members[${at}]: "${member}" ${what}`);
    }
  }
  for (const [index, device] of seed.devices.entries()) {
    if (device.user && !isUser(device.user)) {
      problems.push(`devices[${index}].user: "${device.user}" is no user of this seed`);
    }
    if (device.knoxVersion && device.platform !== "samsungKnox") {
      problems.push(
        `devices[${index}].knoxVersion: only a samsungKnox device has KNOX, and this one is ${device.platform}`,
      );
    }
  }
  if (company) problems.push(...clashes(seed, company));
  return [...problems, ...exchangeReferences(organizationsOf(seed, company), isGroup)];
}

/** The organizations that are listed, then the generated one. */
export const organizationsOf = (seed: Seed, company: Company | undefined): Seed["exchangeOrganizations"] => [
  ...seed.exchangeOrganizations,
  ...(company ? [exchangeOrganizationSeed.parse(company.organization)] : []),
];

/** What is listed under names that the generated company has. */
function clashes({ users, groups, devices }: Seed, company: Company): string[] {
  const taken = <T>(list: string, field: keyof T & string, rows: readonly T[], has: (name: string) => boolean) =>
    rows.flatMap((row, index) => {
      const value = row[field];
      if (typeof value !== "string" || !has(value)) return [];
      return [`${list}[${index}].${field}: "${value}" is already that of the generated company`];
    });
  return [
    ...taken("users", "userPrincipalName", users, company.hasUser),
    ...taken("users", "mail", users, company.hasUser),
    ...taken("groups", "displayName", groups, company.hasGroup),
    ...taken("devices", "deviceName", devices, company.hasDevice),
    ...taken("devices", "easDeviceId", devices, company.hasDevice),
  ];
}

function duplicates<T>(list: string, field: keyof T & string, rows: readonly T[]): string[] {
  const first = new Map<string, number>();
  return rows.flatMap((row, index) => {
    const value = row[field];
    if (typeof value !== "string") return [];
    const key = value.toLowerCase();
    const before = first.get(key);
    if (before === undefined) first.set(key, index);
    return before === undefined ? [] : [`${list}[${index}].${field}: "${value}" is already that of ${list}[${before}]`];
  });
}
