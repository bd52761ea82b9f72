/** Programs of all that reaches people's mail, and edits of them, for properties. */
import fc from "fast-check";
import type { PlatformName } from "../../provider/platforms";
import { type CertificatePlatform, pem, scepInputs, trustedInputs } from "../provider/certificates";
import { profileInputs } from "../provider/profiles";
import type { Declared } from "./stack";

interface Profile {
  host: string;
  byCertificate: boolean;
  /** Another one is an update in place. */
  days: "oneWeek" | "oneMonth";
  ssl: boolean;
  groups: string[] | undefined;
  without: string[];
}

export interface Program {
  /** By platform and number: two of a platform overlap. */
  profiles: Record<string, Profile | undefined>;
  /** Of a platform; undefined: there are none. */
  certificates: Record<string, Certificates | undefined>;
  apps: Record<string, { intent: "required" | "available"; groups: string[]; without?: string[] } | undefined>;
  connector: Connector | undefined;
  policy: Policy | undefined;
}

interface Certificates {
  groups: string[];
  /** Another one is renewed: new objects in the place of the old ones. */
  number: 1 | 2;
  root: keyof typeof pem;
}

interface Connector {
  /** In other letters it is the same organization, and another resource: replaced, the new one first (X1). */
  organization: "Contoso Mail" | "CONTOSO MAIL";
  server: "cas01" | "cas02";
}

interface Policy {
  enabled: boolean;
  groups: string[];
  without?: string[];
  level: "allow" | "block" | "quarantine";
  override?: boolean;
  rules?: { deviceClass: { type: "family" | "model"; name: string }; accessLevel: "allow" | "block" | "quarantine" }[];
}

export const connector: Connector = { organization: "Contoso Mail", server: "cas01" };

const kinds = {
  ios: { group: "iPhone users", certificates: "ios" },
  samsungKnox: { group: "Samsung users", certificates: "android" },
  windowsPhone81: { group: "Windows Phone users" },
  windows10: { group: "Windows 10 users" },
  androidForWorkGmail: { group: "Gmail users", certificates: "androidForWork" },
  androidForWorkNineWork: { group: "Nine Work users", certificates: "androidForWork" },
} satisfies Record<PlatformName, { group: string; certificates?: CertificatePlatform }>;
const platforms = Object.keys(kinds) as PlatformName[];
const everybody = "All mail users";

const groups = fc.subarray<string>([everybody, ...platforms.map((platform) => kinds[platform].group)], {
  minLength: 1,
  maxLength: 3,
});
const targets: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<string[]>([everybody]) },
  { weight: 1, arbitrary: groups },
);

const exclusions: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<string[]>([]) },
  { weight: 1, arbitrary: fc.constantFrom<string[]>(["Samsung users"], ["iPhone users", "Windows 10 users"]) },
);

const profile: fc.Arbitrary<Profile> = fc.record({
  host: fc.constantFrom("mail.contoso.example", "mail2.contoso.example"),
  byCertificate: fc.boolean(),
  days: fc.constantFrom("oneWeek", "oneMonth"),
  ssl: fc.boolean(),
  groups: fc.option(targets, { nil: undefined, freq: 6 }),
  without: exclusions,
});

const certificates: fc.Arbitrary<Certificates> = fc.record({
  groups: targets,
  number: fc.constantFrom(1, 1, 2),
  root: fc.constantFrom("root", "root", "mail", "other"),
});

const policy: fc.Arbitrary<Policy> = fc.record({
  enabled: fc.constantFrom(true, true, false),
  groups: targets,
  without: exclusions,
  level: fc.constantFrom("allow", "block", "quarantine"),
  override: fc.constantFrom(true, true, false),
  rules: fc.constantFrom<Policy["rules"][]>(
    undefined,
    [{ deviceClass: { type: "family", name: "iPhone" }, accessLevel: "block" }],
    [{ deviceClass: { type: "family", name: "Android" }, accessLevel: "quarantine" }],
  ),
});

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });
const slots = platforms.flatMap((platform) => [`${platform} 1`, `${platform} 2`]);
const records = <T>(names: readonly string[], arbitrary: fc.Arbitrary<T | undefined>) =>
  fc.record(Object.fromEntries(names.map((name) => [name, arbitrary])));

/** The profile of a second slot is rarer: most companies have one for each platform. */
const profiles = fc.record(
  Object.fromEntries(
    slots.map((slot) => [slot, fc.option(profile, { nil: undefined, freq: slot.endsWith("1") ? 5 : 1 })]),
  ),
);

export const programs: fc.Arbitrary<Program> = fc.record({
  profiles,
  certificates: records(["ios", "android", "androidForWork"], maybe(certificates)),
  apps: records(
    ["Gmail", "Nine Work"],
    maybe(fc.record({ intent: fc.constantFrom("required", "available"), groups: targets, without: exclusions })),
  ),
  connector: fc.option(
    fc.record({
      organization: fc.constantFrom("Contoso Mail", "Contoso Mail", "CONTOSO MAIL"),
      server: fc.constantFrom("cas01", "cas02"),
    }),
    { nil: undefined, freq: 3 },
  ),
  policy: maybe(policy),
});

/** Settings of one profile, another one in its place, or anything else: what is left out stays as it is. */
export interface Edit {
  profiles: Record<string, Partial<Profile> | null | undefined>;
  rest: Partial<Omit<Program, "profiles">>;
}

const change = fc.record(
  {
    host: fc.constantFrom("mail.contoso.example", "mail2.contoso.example"),
    byCertificate: fc.boolean(),
    days: fc.constantFrom<Profile["days"]>("oneWeek", "oneMonth"),
    groups: fc.option(targets, { nil: undefined }),
    without: exclusions,
  },
  { requiredKeys: [] },
);

export const edits: fc.Arbitrary<Edit> = fc.record({
  profiles: fc.record(
    Object.fromEntries(
      slots.map((slot) => [
        slot,
        fc.oneof(
          { weight: 4, arbitrary: fc.constant(undefined) },
          { weight: 3, arbitrary: change },
          { weight: 1, arbitrary: fc.constant(null) },
          { weight: 1, arbitrary: profile },
        ),
      ]),
    ),
  ),
  rest: fc
    .tuple(programs, fc.subarray(["certificates", "apps", "connector", "policy"] as const, { maxLength: 2 }))
    .map(([program, parts]) => Object.fromEntries(parts.map((part) => [part, program[part]]))),
});

export function edited(program: Program, { profiles, rest }: Edit): Program {
  const after = { ...program.profiles };
  for (const [slot, edit] of Object.entries(profiles)) {
    if (edit === null) after[slot] = undefined;
    else if (edit && (after[slot] || "ssl" in edit)) after[slot] = { ...after[slot], ...edit } as Profile;
  }
  return { ...program, ...rest, profiles: after };
}

// --- the program ------------------------------------------------------------------------------------------------------

export function declared(program: Program): Declared[] {
  return [
    ...Object.entries(program.certificates).flatMap(([platform, one]) =>
      one ? certificatesOf(platform as CertificatePlatform, one) : [],
    ),
    ...Object.entries(program.apps).flatMap(([app, to]): Declared[] =>
      to ? [{ name: app, kind: "AppDeployment", inputs: { app, intent: to.intent, ...targetsOf(to) } }] : [],
    ),
    ...Object.entries(program.profiles).flatMap(([slot, one]) => (one ? profileOf(slot, one, program) : [])),
    ...(program.connector ? [connectorOf(program.connector)] : []),
    ...(program.policy ? [policyOf(program.policy)] : []),
  ];
}

/** Nobody is included and excluded by one group: the provider refuses that. */
const targetsOf = ({ groups, without = [] }: { groups: string[]; without?: string[] | undefined }) => ({
  includedGroups: groups,
  excludedGroups: without.filter((group) => !groups.includes(group)),
});

const connectorOf = ({ organization, server }: Connector): Declared => ({
  name: "connector",
  kind: "ExchangeConnector",
  inputs: {
    exchangeOrganization: organization,
    exchangeConnectorType: "onPremises",
    serverName: `${server}.contoso.example`,
    exchangeAccount: { user: "CONTOSO\\svc-intune", password: "rehearsal" },
    notificationAccount: { address: "mail-notifications@contoso.example", password: "rehearsal" },
  },
});

const namesOf = (platform: string, { number }: Certificates) => {
  const root = `${platform} root ${number}`;
  return { root, identity: `${platform} identity ${number}` };
};

function certificatesOf(platform: CertificatePlatform, one: Certificates): Declared[] {
  const { root, identity } = namesOf(platform, one);
  const trusted = { displayName: root, trustedRootCertificate: pem[one.root] };
  return [
    { name: root, kind: "TrustedCertificate", inputs: trustedInputs(platform, trusted) },
    {
      name: identity,
      kind: "ScepCertificate",
      inputs: scepInputs(platform, { displayName: identity, rootCertificate: `ref:${root}` }),
    },
    ...[root, identity].map(
      (name): Declared => ({
        name: `${name} to`,
        kind: "Deployment",
        inputs: { profileId: `ref:${name}`, includedGroups: one.groups },
      }),
    ),
  ];
}

function profileOf(slot: string, one: Profile, { certificates }: Program): Declared[] {
  const platform = slot.split(" ")[0] as PlatformName;
  const of = (kinds[platform] as { certificates?: string }).certificates;
  const chain = of === undefined ? undefined : certificates[of];
  const mail: Declared = {
    name: slot,
    kind: "EmailProfile",
    inputs: profileInputs(platform, {
      displayName: slot,
      hostName: one.host,
      durationOfEmailToSync: one.days,
      requireSsl: one.ssl,
      ...(one.byCertificate && of !== undefined && chain
        ? { authenticationMethod: "certificate", identityCertificate: `ref:${namesOf(of, chain).identity}` }
        : {}),
    }),
  };
  if (!one.groups) return [mail];
  const inputs = { profileId: `ref:${slot}`, ...targetsOf({ groups: one.groups, without: one.without }) };
  return [mail, { name: `${slot} to`, kind: "Deployment", inputs }];
}

const policyOf = ({ enabled, level, override = true, rules, ...to }: Policy): Declared => ({
  name: "policy",
  kind: "ExchangeAccessPolicy",
  inputs: {
    ...{ enabled, defaultAccessLevel: level, overrideDefaultRule: override, ...targetsOf(to) },
    ...(rules ? { accessRules: rules } : {}),
  },
});
