/** Programs of all that reaches people's mail, and edits of them, for properties. */
import fc from "fast-check";
import type { PlatformName } from "../../provider/platforms";
import { type CertificatePlatform, scepInputs, trustedInputs } from "../provider/certificates";
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
  /** Groups that get the certificates of a platform; undefined: there are none. */
  certificates: Record<string, string[] | undefined>;
  apps: Record<string, { intent: "required" | "available"; groups: string[] } | undefined>;
  connector: boolean;
  policy: { enabled: boolean; groups: string[]; level: "allow" | "block" } | undefined;
}

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

const profile: fc.Arbitrary<Profile> = fc.record({
  host: fc.constantFrom("mail.contoso.example", "mail2.contoso.example"),
  byCertificate: fc.boolean(),
  days: fc.constantFrom("oneWeek", "oneMonth"),
  ssl: fc.boolean(),
  groups: fc.option(targets, { nil: undefined, freq: 6 }),
  without: fc.oneof(
    { weight: 4, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.constant<string[]>(["Samsung users"]) },
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
  certificates: records(["ios", "android", "androidForWork"], maybe(targets)),
  apps: records(
    ["Gmail", "Nine Work"],
    maybe(fc.record({ intent: fc.constantFrom("required", "available"), groups: targets })),
  ),
  connector: fc.constantFrom(true, true, true, false),
  policy: maybe(
    fc.record({
      enabled: fc.constantFrom(true, true, false),
      groups: targets,
      level: fc.constantFrom("allow", "block"),
    }),
  ),
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
  const connector: Declared = {
    name: "connector",
    kind: "ExchangeConnector",
    inputs: {
      exchangeOrganization: "Contoso Mail",
      exchangeConnectorType: "onPremises",
      serverName: "cas01.contoso.example",
      exchangeAccount: { user: "CONTOSO\\svc-intune", password: "rehearsal" },
      notificationAccount: { address: "mail-notifications@contoso.example", password: "rehearsal" },
    },
  };
  return [
    ...Object.entries(program.certificates).flatMap(([platform, to]) =>
      to ? certificatesOf(platform as CertificatePlatform, to) : [],
    ),
    ...Object.entries(program.apps).flatMap(([app, to]): Declared[] =>
      to ? [{ name: app, kind: "AppDeployment", inputs: { app, intent: to.intent, includedGroups: to.groups } }] : [],
    ),
    ...Object.entries(program.profiles).flatMap(([slot, one]) => (one ? profileOf(slot, one, program) : [])),
    ...(program.connector ? [connector] : []),
    ...(program.policy ? [policyOf(program.policy)] : []),
  ];
}

function certificatesOf(platform: CertificatePlatform, includedGroups: string[]): Declared[] {
  const [root, scep] = [`${platform} root`, `${platform} identity`];
  return [
    { name: root, kind: "TrustedCertificate", inputs: trustedInputs(platform, { displayName: root }) },
    {
      name: scep,
      kind: "ScepCertificate",
      inputs: scepInputs(platform, { displayName: scep, rootCertificate: `ref:${root}` }),
    },
    ...[root, scep].map(
      (name): Declared => ({
        name: `${name} to`,
        kind: "Deployment",
        inputs: { profileId: `ref:${name}`, includedGroups },
      }),
    ),
  ];
}

function profileOf(slot: string, one: Profile, { certificates }: Program): Declared[] {
  const platform = slot.split(" ")[0] as PlatformName;
  const of = (kinds[platform] as { certificates?: string }).certificates;
  const byCertificate = one.byCertificate && of !== undefined && certificates[of] !== undefined;
  const mail: Declared = {
    name: slot,
    kind: "EmailProfile",
    inputs: profileInputs(platform, {
      displayName: slot,
      hostName: one.host,
      durationOfEmailToSync: one.days,
      requireSsl: one.ssl,
      ...(byCertificate ? { authenticationMethod: "certificate", identityCertificate: `ref:${of} identity` } : {}),
    }),
  };
  if (!one.groups) return [mail];
  const inputs = {
    profileId: `ref:${slot}`,
    includedGroups: one.groups,
    excludedGroups: one.without.filter((group) => !one.groups!.includes(group)),
  };
  return [mail, { name: `${slot} to`, kind: "Deployment", inputs }];
}

const policyOf = ({ enabled, groups: includedGroups, level }: NonNullable<Program["policy"]>): Declared => ({
  name: "policy",
  kind: "ExchangeAccessPolicy",
  inputs: { enabled, includedGroups, defaultAccessLevel: level, overrideDefaultRule: true },
});
