/** Policies about resources that belong together, which a preview holds the whole stack to. */
import type { EnforcementLevel, PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { typeOf } from "./types";

interface Rule {
  name: string;
  level: EnforcementLevel;
  /** What is wanted and why, with the rules of the product that it is about. */
  description: string;
  /** Each resource that something is wrong with, and what. */
  breaks(stack: Stack): Iterable<[PolicyResource, string]>;
}

const about = ({ level, breaks, ...rule }: Rule): StackValidationPolicy => ({
  ...rule,
  enforcementLevel: level,
  validateStack({ resources }, report) {
    for (const [{ urn }, wrong] of breaks(stackOf(resources))) report(wrong, urn);
  },
});

// --- who gets what ------------------------------------------------------------------------------------------------------

interface Stack {
  all(kind: string): PolicyResource[];
  /** Whom a profile, certificate or app is deployed to; none: nobody. */
  targetsOf(deployed: PolicyResource): Targets | undefined;
}

interface Targets {
  everybody: boolean;
  included: string[];
  excluded: string[];
}

function stackOf(resources: readonly PolicyResource[]): Stack {
  const all = (kind: string) => resources.filter(({ type }) => type === typeOf(kind));
  const deployed = new Map<string, Targets>();
  for (const deployment of all("Deployment")) {
    // Ids of what is new are not known before it is made, but where they come from is.
    for (const source of madeBy(deployment, "profileId")) deployed.set(source.urn, targets(deployment));
  }
  return { all, targetsOf: ({ urn }) => deployed.get(urn) };
}

const madeBy = ({ propertyDependencies }: PolicyResource, property: string): PolicyResource[] =>
  propertyDependencies[property] ?? [];

/** Groups by the names that the program has for them, in whichever case. */
function targets({ props }: PolicyResource): Targets {
  const names = (groups: unknown) => (Array.isArray(groups) ? groups.map((one) => String(one).toLowerCase()) : []);
  return {
    everybody: props.allLicensedUsers === true || props.allDevices === true,
    included: names(props.includedGroups),
    excluded: names(props.excludedGroups),
  };
}

/** Whether all of `others` are among `these`. */
const reach = (these: Targets | undefined, others: Targets): boolean =>
  these !== undefined &&
  (these.everybody || (!others.everybody && others.included.every((group) => these.included.includes(group)))) &&
  these.excluded.every((group) => others.excluded.includes(group));

const shared = (these: Targets, others: Targets): string[] => {
  if (these.everybody && others.everybody) return ["everybody"];
  const [some, many] = these.everybody ? [others, these] : [these, others];
  const met = many.everybody ? some.included : some.included.filter((group) => many.included.includes(group));
  return met.filter((group) => !some.excluded.includes(group) && !many.excluded.includes(group));
};

// --- rules --------------------------------------------------------------------------------------------------------------

/** The app that a profile is for, by its platform: its name, and its id in the store (E10). */
const apps: Readonly<Record<string, [name: string, packageId: string]>> = {
  androidForWorkGmail: ["Gmail", "com.google.android.gm"],
  androidForWorkNineWork: ["Nine Work", "com.ninefolders.hd3.work"],
};

/** An id in Graph may be that of any app. */
const isApp = (app: readonly string[], { props }: PolicyResource): boolean =>
  app.some((name) => name.toLowerCase() === String(props.app).toLowerCase()) || /^[0-9a-f-]{36}$/i.test(props.app);

export const stackPolicies: StackValidationPolicy[] = [
  about({
    name: "profiles-deployed",
    level: "advisory",
    description: "A profile that is deployed to nobody is forgotten, and in the way of its name (D1, E3).",
    *breaks({ all, targetsOf }) {
      for (const profile of all("EmailProfile")) if (!targetsOf(profile)) yield [profile, "It has no Deployment."];
    },
  }),
  about({
    name: "one-profile-each",
    level: "mandatory",
    description: "Nobody gets two profiles of one platform, which overwrite or keep out each other (E9, D3).",
    *breaks({ all, targetsOf }) {
      const profiles = all("EmailProfile").flatMap((profile) => {
        const to = targetsOf(profile);
        return to ? [{ profile, to }] : [];
      });
      for (const [index, { profile, to }] of profiles.entries()) {
        for (const other of profiles.slice(0, index)) {
          const groups = other.profile.props.platform === profile.props.platform ? shared(to, other.to) : [];
          if (groups.length > 0) yield [profile, `${groups.join(", ")} has ${other.profile.name} as well.`];
        }
      }
    },
  }),
  about({
    name: "chain-deployed",
    level: "mandatory",
    description: "Whoever gets a profile gets its certificate and the root of that, or cannot connect (E12).",
    *breaks({ all, targetsOf }) {
      for (const profile of all("EmailProfile")) {
        const to = targetsOf(profile);
        if (!to) continue;
        for (const identity of madeBy(profile, "identityCertificate")) {
          for (const needed of [identity, ...madeBy(identity, "rootCertificate")]) {
            if (!reach(targetsOf(needed), to)) yield [profile, `${needed.name} is not deployed to all who get it.`];
          }
        }
      }
    },
  }),
  about({
    name: "server-certificate-deployed",
    level: "mandatory",
    description: "On Samsung KNOX, whoever gets a profile with SSL gets the mail server's certificate (E11).",
    *breaks({ all, targetsOf }) {
      const certificates = all("TrustedCertificate").filter(({ props }) => props.platform === "android");
      for (const profile of all("EmailProfile")) {
        const to = targetsOf(profile);
        if (!to || profile.props.platform !== "samsungKnox" || !profile.props.requireSsl) continue;
        if (certificates.some((certificate) => reach(targetsOf(certificate), to))) continue;
        yield [profile, "No TrustedCertificate for android is deployed to all who get it."];
      }
    },
  }),
  about({
    name: "app-deployed",
    level: "mandatory",
    description: "Whoever gets a profile for Gmail or Nine Work gets the app, or waits for mail (E10).",
    *breaks({ all, targetsOf }) {
      for (const profile of all("EmailProfile")) {
        const [app, to] = [apps[profile.props.platform], targetsOf(profile)];
        if (!app || !to) continue;
        const brought = all("AppDeployment").filter((one) => isApp(app, one));
        if (!brought.some((one) => reach(targets(one), to)))
          yield [profile, `${app[0]} is not deployed to all who get it.`];
      }
    },
  }),
  about({
    name: "connector-decides",
    level: "mandatory",
    description: "A connector without an access policy lets every device in that Exchange does (C1).",
    *breaks({ all }) {
      if (all("ExchangeAccessPolicy").length > 0) return;
      for (const connector of all("ExchangeConnector")) yield [connector, "The stack has no ExchangeAccessPolicy."];
    },
  }),
];
