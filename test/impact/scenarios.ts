/** Merges as reviewers meet them, in a company of some size, for tests of what the report makes of them. */
import { X509Certificate } from "node:crypto";
import type { PlatformName } from "../../provider/platforms";
import { generateSeed, type Seed } from "../../provider/tenant";
import type { Properties } from "../../provider/values";
import { pem, scepInputs, trustedInputs } from "../provider/certificates";
import { profileInputs } from "../provider/profiles";
import type { Declared } from "./stack";

export const groups: Record<PlatformName, string> = {
  ios: "iPhone users",
  samsungKnox: "Samsung users",
  windowsPhone81: "Windows Phone users",
  windows10: "Windows 10 users",
  androidForWorkGmail: "Gmail users",
  androidForWorkNineWork: "Nine Work users",
};
const platforms = Object.keys(groups) as PlatformName[];

export const mail = (platform: PlatformName, over: Properties = {}, name: string = platform): Declared => ({
  name,
  kind: "EmailProfile",
  inputs: profileInputs(platform, { displayName: `Mail on ${platform}`, requireSsl: false, ...over }),
});
export const to = (name: string, ...includedGroups: string[]): Declared => ({
  name: `${name}-to`,
  kind: "Deployment",
  inputs: { profileId: `ref:${name}`, includedGroups },
});
export const connector = (over: Properties = {}): Declared => ({
  name: "connector",
  kind: "ExchangeConnector",
  inputs: {
    exchangeOrganization: "Contoso Mail",
    exchangeConnectorType: "onPremises",
    serverName: "cas01.contoso.example",
    exchangeAccount: { user: "CONTOSO\\svc-intune", password: "rehearsal" },
    notificationAccount: { address: "mail-notifications@contoso.example", password: "rehearsal" },
    ...over,
  },
});
export const policy = (over: Properties): Declared => ({
  name: "access",
  kind: "ExchangeAccessPolicy",
  inputs: {
    enabled: true,
    includedGroups: ["All mail users"],
    defaultAccessLevel: "allow",
    overrideDefaultRule: true,
    ...over,
  },
});
const app = (name: "Gmail" | "Nine Work", group: string): Declared => ({
  name: name.toLowerCase().replace(" ", "-"),
  kind: "AppDeployment",
  inputs: { app: name, intent: "required", includedGroups: [group] },
});

/** Mail for all, on a host. */
const mails = (over: Properties = {}) =>
  platforms.flatMap((platform) => [mail(platform, over), to(platform, groups[platform])]);
const apps = [app("Gmail", "Gmail users"), app("Nine Work", "Nine Work users")];
export const company = (over: Properties = {}) => [...apps, ...mails(over), connector()];

/** iPhones that identify themselves by certificates of a root. */
export const byCertificate = (trustedRootCertificate: string): Declared[] => [
  {
    name: "root",
    kind: "TrustedCertificate",
    inputs: trustedInputs("ios", { displayName: "Contoso root", trustedRootCertificate }),
  },
  {
    name: "identity",
    kind: "ScepCertificate",
    inputs: scepInputs("ios", { displayName: "Mail identity", rootCertificate: "ref:root" }),
  },
  mail("ios", { authenticationMethod: "certificate", identityCertificate: "ref:identity" }),
  ...["root", "identity", "ios"].map((name) => to(name, "iPhone users")),
];

export interface Scenario {
  seed: () => Seed;
  before: Declared[];
  after: Declared[];
  /** Hours since the program was deployed before. */
  settled?: number;
  horizon?: number;
}

const generated = (over: (seed: Seed) => Seed = (seed) => seed) => over(generateSeed({ devices: 120, seed: 3 }));
const hour = 3_600_000;
/** Two days, as the command has it. */
export const horizonOf = ({ horizon = 48 }: Scenario): number => horizon * hour;

export const scenarios: Record<string, Scenario> = {
  "nothing-changed": { seed: generated, before: company(), after: company() },
  "another-host": { seed: generated, before: company(), after: company({ hostName: "mail2.contoso.example" }) },
  "first-deployment": { seed: generated, before: [], after: company() },
  "only-profile-removed": {
    seed: generated,
    before: company(),
    after: company().filter(({ name }) => name !== "windows10-to" && !name.startsWith("ios")),
  },
  "certificate-renewed": {
    seed: () =>
      generated((seed) => ({
        ...seed,
        mailServers: [
          { host: "mail.contoso.example", trusts: [new X509Certificate(pem.root).fingerprint256], issuedBy: [] },
        ],
      })),
    before: [...byCertificate(pem.root), connector()],
    after: [...byCertificate(pem.other), connector()],
  },
  "connector-replaced": {
    seed: generated,
    before: [...company(), policy({})],
    after: [
      ...company().filter(({ name }) => name !== "connector"),
      connector({ serverName: "cas02.contoso.example", casFailoverEnabled: false }),
      policy({}),
    ],
  },
  "connector-deleted": {
    seed: generated,
    before: [...company(), policy({})],
    after: [...company().filter(({ name }) => name !== "connector"), policy({})],
  },
  "access-blocked": {
    seed: () =>
      generated((seed) => ({
        ...seed,
        // Nobody decides on access before.
        exchangeOrganizations: seed.exchangeOrganizations.map((one) => ({ ...one, conditionalAccess: undefined })),
        devices: seed.devices.map((device, at) =>
          at % 5 === 0 ? { ...device, complianceState: "noncompliant" } : device,
        ),
      })),
    before: company(),
    after: [...company(), policy({ defaultAccessLevel: "block" })],
  },
  "app-removed": { seed: generated, before: company(), after: company().filter(({ name }) => name !== "gmail") },
  "many-resources": {
    seed: generated,
    before: [connector()],
    after: [
      connector(),
      ...Array.from({ length: 100 }, (_, at) => {
        const platform = platforms[at % platforms.length]!;
        const name = `mail-${at}`;
        return [
          mail(platform, { displayName: `Mail ${at}`, hostName: `mail${at}.contoso.example` }, name),
          to(name, groups[platform]),
        ];
      }).flat(),
    ],
  },
};
