/** The `exchangeOrganizations` part of a tenant's seed: its schema, and what has to fit together. */
import { z } from "zod";
import { refusalSeed } from "./refusals";
import { accessLevels, characteristics, requiredCmdlets } from "./words";

const time = z.iso.datetime();
const address = z.string().regex(/^[^\s@]+@[^\s@]+$/, "an address such as anna@contoso.example");

/** How a secret is written down, which is never plain. */
export const passwordSha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "must be the SHA-256 of the password, 64 hexadecimal digits in lower case")
  .describe("SHA-256 of the password; left out: any password is taken");
const domainUser = z.string().regex(/^[^\\]+\\[^\\]+$/, "domain\\user, such as CONTOSO\\svc-intune");

const server = z
  .strictObject({
    fqdn: z.string().min(1).describe("Fully qualified name of a server with the Client Access role"),
    services: z
      .array(z.enum(["WinRM", "Autodiscover", "EWS"]))
      .default(["WinRM", "Autodiscover", "EWS"])
      .describe("What is configured on it"),
    down: z
      .array(z.strictObject({ from: time, to: time }))
      .default([])
      .describe("Times at which it does not answer, by the tenant's clock"),
  })
  .describe("A client access server");

const account = z
  .strictObject({
    name: domainUser,
    licensed: z.boolean().default(true).describe("Has an Intune licence (X3)"),
    cmdlets: z
      .union([z.literal("all"), z.array(z.enum(requiredCmdlets))])
      .default("all")
      .describe("The cmdlets that it is allowed to run (X4)"),
    runspaces: z
      .int()
      .min(1)
      .default(18)
      .describe("PowerShell runspaces that it may have at a time, Exchange's PowerShellMaxConcurrency (X8)"),
    runspacesInUse: z
      .int()
      .nonnegative()
      .default(0)
      .describe(
        "Those that something else holds all the time: the account should serve nothing but the connector (X8)",
      ),
    passwordSha256: passwordSha256.optional(),
    throttling: z
      .strictObject({
        operations: z.int().min(1).describe("Cmdlets that it may run …"),
        seconds: z.int().min(1).describe("… in so many seconds of the tenant's time"),
      })
      .optional()
      .describe("Left out: it may run as many as it likes"),
  })
  .describe("An account of the organization's domain that a connector may use");

/** What an EAS record has where a seed does not say. */
export const partnershipDefaults = {
  userAgent: "",
  firstSyncTime: "2020-01-06T08:00:00Z",
  lastSuccessSync: "2020-03-02T06:00:00Z",
};

/** An EAS record. */
export const partnershipSeed = z
  .strictObject({
    mailbox: address.describe("One of this organization's mailboxes"),
    deviceId: z.string().min(1).describe("The EAS client's id; a device whose easDeviceId it is, is this device"),
    deviceType: z.string().describe("Such as iPhone, SAMSUNGSMG960F, WP8"),
    deviceModel: z.string(),
    deviceOS: z.string().default(""),
    userAgent: z.string().default(partnershipDefaults.userAgent),
    firstSyncTime: time.default(partnershipDefaults.firstSyncTime),
    lastSuccessSync: time.default(partnershipDefaults.lastSuccessSync),
    lastSyncAttemptTime: time.optional().describe("Left out: that of the last success"),
    deviceFriendlyName: z.string().optional(),
    deviceImei: z.string().optional(),
    devicePhoneNumber: z.string().optional(),
    individualAccess: z
      .enum(["Allowed", "Blocked"])
      .optional()
      .describe(
        "Its DeviceAccessState by a list of its mailbox, with reason Individual; left out: rules and default decide",
      ),
  })
  .describe("An EAS record: a device that has reached a mailbox");

const accessRule = z
  .strictObject({
    characteristic: z.enum(characteristics),
    queryString: z.string().min(1),
    accessLevel: z.enum(accessLevels),
  })
  .describe("A device access rule of Exchange itself");

const conditionalAccess = z
  .strictObject({
    includedGroups: z.array(z.string()).min(1).describe("Names of groups whose users' access Intune decides (C1)"),
    excludedGroups: z.array(z.string()).default([]).describe("Names of groups that are exempted"),
    overrideDefaultRule: z
      .boolean()
      .default(true)
      .describe("Enrolled and compliant devices have access whatever Exchange's own rules and default say"),
  })
  .describe(
    "On-premises conditional access that the tenant has from the start; those of several organizations are joined",
  );

const trust = z
  .strictObject({
    domain: z.string().min(1),
    direction: z
      .enum(["twoWay", "incoming", "outgoing"])
      .default("twoWay")
      .describe("outgoing: the organization's domain trusts that one; incoming: it is trusted by that one"),
  })
  .describe("A trust between the organization's domain and another; a connector's machine needs one both ways (X5)");

const proxy = z
  .strictObject({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535),
    user: domainUser.optional().describe("Account that the proxy asks for; left out: it asks for none"),
    passwordSha256: passwordSha256.optional(),
  })
  .describe("The proxy through which alone a hosted organization is reached (X2); left out: no proxy is needed");

/** One Exchange organization. */
export const exchangeOrganizationSeed = z
  .strictObject({
    name: z.string().min(1).describe("What a connector calls exchangeOrganization"),
    version: z
      .string()
      .regex(/^\d+\.\d+$/)
      .default("14.3")
      .describe("Exchange's version: 14.3 is 2010 SP3, 15.0 is 2013, 15.1 is 2016"),
    kind: z.enum(["onPremises", "hosted", "dedicated"]).default("onPremises"),
    domain: z.string().min(1),
    clientAccessServers: z.array(server).min(1),
    accounts: z.array(account).default([]),
    defaultAccessLevel: z.enum(accessLevels).default("Allow").describe("What a device gets that nothing else decides"),
    deviceAccessRules: z.array(accessRule).default([]),
    mailboxes: z.array(address).default([]).describe("Addresses: the mail or userPrincipalName of users, or others"),
    partnerships: z.array(partnershipSeed).default([]),
    conditionalAccess: conditionalAccess.optional(),
    trusts: z.array(trust).default([]),
    proxy: proxy.optional(),
    refusals: z.array(refusalSeed).default([]),
  })
  .superRefine((organization, refinement) => {
    const issue = (path: (string | number)[], message: string) =>
      refinement.addIssue({ code: "custom", path, message });
    const mailboxes = new Set(organization.mailboxes.map((one) => one.toLowerCase()));
    const duplicates = <T>(list: string, values: readonly T[], key: (value: T) => string) => {
      const seen = new Set<string>();
      for (const [index, value] of values.entries()) {
        const name = key(value).toLowerCase();
        if (seen.has(name)) issue([list, index], `'${key(value)}' is there twice`);
        seen.add(name);
      }
    };
    duplicates("mailboxes", organization.mailboxes, (one) => one);
    duplicates("clientAccessServers", organization.clientAccessServers, (one) => one.fqdn);
    duplicates("accounts", organization.accounts, (one) => one.name);
    duplicates("trusts", organization.trusts, (one) => one.domain);
    if (organization.proxy && organization.kind === "onPremises") {
      issue(["proxy"], "is for a hosted or dedicated organization; one on premises is reached without (X2)");
    }
    duplicates("partnerships", organization.partnerships, (one) => `${one.mailbox} ${one.deviceId}`);
    duplicates(
      "deviceAccessRules",
      organization.deviceAccessRules,
      (one) => `${one.queryString} (${one.characteristic})`,
    );
    for (const [index, { mailbox }] of organization.partnerships.entries()) {
      if (!mailboxes.has(mailbox.toLowerCase())) {
        issue(
          ["partnerships", index, "mailbox"],
          `'${mailbox}' is none of the organization's mailboxes; add it to them`,
        );
      }
    }
  })
  .describe("An Exchange organization with its servers, mailboxes and EAS records");

export type ExchangeOrganizationSeed = z.infer<typeof exchangeOrganizationSeed>;

/** What the organizations of a seed say that does not fit together, or the groups of the seed; one line a problem. */
export function exchangeReferences(
  organizations: readonly ExchangeOrganizationSeed[],
  isGroup: (displayName: string) => boolean,
): string[] {
  const problems: string[] = [];
  const seen = new Map<string, string>();
  const once = (kind: string, name: string, path: string) => {
    const first = seen.get(`${kind} ${name.toLowerCase()}`);
    if (first) problems.push(`${path}: "${name}" is already that of ${first}`);
    else seen.set(`${kind} ${name.toLowerCase()}`, path);
  };
  for (const [index, { name, clientAccessServers, conditionalAccess: access }] of organizations.entries()) {
    const path = `exchangeOrganizations[${index}]`;
    once("name", name, `${path}.name`);
    for (const [at, { fqdn }] of clientAccessServers.entries()) {
      once("fqdn", fqdn, `${path}.clientAccessServers[${at}].fqdn`);
    }
    for (const list of ["includedGroups", "excludedGroups"] as const) {
      for (const [at, group] of (access?.[list] ?? []).entries()) {
        if (!isGroup(group))
          problems.push(`${path}.conditionalAccess.${list}[${at}]: "${group}" is no group of this seed`);
      }
    }
  }
  return problems;
}
