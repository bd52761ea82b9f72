/** Policies about one resource, which a preview holds it to before anything is made. */
import type {
  EnforcementLevel,
  PolicyConfigSchema,
  PolicyResourceOptions,
  ResourceValidationPolicy,
} from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";
import type {
  DeploymentArgs,
  EmailProfileArgs,
  ExchangeAccessPolicyArgs,
  ExchangeConnectorArgs,
  ScepCertificateArgs,
} from "pulumi-intune-mail";
import { typeOf } from "./types";

interface Rule<Args, Config> {
  name: string;
  level: EnforcementLevel;
  /** What is wanted and why, with the rules of the product that it is about. */
  description: string;
  /** What the organization can set, and what holds where it does not. */
  config?: PolicyConfigSchema["properties"];
  /** What is wrong, where something is. */
  breaks(inputs: Unwrap<Args>, about: { config: Config; options: PolicyResourceOptions }): string | false | undefined;
}

const about = <Args, Config extends object = object>(
  kind: string,
  { level, config, breaks, ...rule }: Rule<Args, Config>,
): ResourceValidationPolicy => ({
  ...rule,
  enforcementLevel: level,
  ...(config && { configSchema: { properties: config } }),
  validateResource({ type, props, opts, getConfig }, report) {
    if (type !== typeOf(kind)) return;
    const wrong = breaks(props as Unwrap<Args>, { config: getConfig<Config>(), options: opts });
    if (wrong) report(wrong);
  },
});

/** From the least to the most. */
const durations = ["oneDay", "threeDays", "oneWeek", "twoWeeks", "oneMonth", "unlimited"];
const byCertificate = ["ios", "samsungKnox", "androidForWorkGmail", "androidForWorkNineWork"];
const aYear = { days: 365, months: 12, years: 1 };

const list = (items: readonly string[], byDefault: readonly string[], description: string) => ({
  type: "array" as const,
  items: { type: "string" as const, enum: [...items] },
  default: [...byDefault],
  description,
});

export const resourcePolicies: ResourceValidationPolicy[] = [
  about<EmailProfileArgs, { hostNames: string[] }>("EmailProfile", {
    name: "mail-servers",
    level: "mandatory",
    description: "Profiles are for servers of the organization: with a wrong one people enter passwords twice (E7).",
    config: {
      hostNames: { type: "array", items: { type: "string" }, default: [], description: "All that are; none: any." },
    },
    breaks: ({ hostName }, { config: { hostNames } }) =>
      hostNames.length > 0 &&
      !hostNames.some((one) => one.toLowerCase() === hostName.toLowerCase()) &&
      `hostName is ${hostName}, and not one of ${hostNames.join(", ")}.`,
  }),
  about<EmailProfileArgs>("EmailProfile", {
    name: "mail-ssl",
    level: "mandatory",
    description: "Mail travels with SSL only (E3).",
    breaks: ({ requireSsl }) => !requireSsl && "requireSsl is not true.",
  }),
  about<EmailProfileArgs, { platforms: string[] }>("EmailProfile", {
    name: "mail-by-certificate",
    level: "advisory",
    description: "People sign in with certificates where the platform can: there is no password to lose or enter (E6).",
    config: { platforms: list(byCertificate, byCertificate, "Where it is wanted.") },
    breaks: (profile, { config: { platforms } }) =>
      platforms.includes(profile.platform) &&
      "authenticationMethod" in profile &&
      profile.authenticationMethod !== "certificate" &&
      `authenticationMethod is ${profile.authenticationMethod}.`,
  }),
  about<EmailProfileArgs, { longest: string }>("EmailProfile", {
    name: "mail-on-devices",
    level: "mandatory",
    description: "A lost phone has a bounded amount of mail on it, and the user does not choose it (E5).",
    config: { longest: { type: "string", enum: durations, default: "oneMonth", description: "The most that it has." } },
    breaks: ({ durationOfEmailToSync: duration }, { config: { longest } }) =>
      (duration === "userDefined" || durations.indexOf(duration) > durations.indexOf(longest)) &&
      `durationOfEmailToSync is ${duration}, and ${longest} is the most.`,
  }),
  about<EmailProfileArgs>("EmailProfile", {
    name: "mail-stays-in-account",
    level: "advisory",
    description: "On iOS, mail is neither moved to other accounts nor sent by other apps (E3).",
    breaks: (profile) => {
      if (profile.platform !== "ios") return;
      const { blockMovingMessagesToOtherEmailAccounts, blockSendingEmailFromThirdPartyApps } = profile;
      const open = Object.entries({ blockMovingMessagesToOtherEmailAccounts, blockSendingEmailFromThirdPartyApps })
        .filter(([, blocked]) => !blocked)
        .map(([setting]) => setting);
      return open.length > 0 && `not true: ${open.join(", ")}.`;
    },
  }),
  about<EmailProfileArgs>("EmailProfile", {
    name: "mail-protected",
    level: "advisory",
    description: "A profile that goes takes the mail of its people with it, so it is protected (D4, E7).",
    breaks: (_, { options }) => !options.protect && "protect is not set among its options.",
  }),
  about<DeploymentArgs>("Deployment", {
    name: "not-to-all",
    level: "mandatory",
    description: "What goes to everybody leaves somebody out, so that a mistake does not reach all at once (D1).",
    breaks: ({ allLicensedUsers, allDevices, excludedGroups }) =>
      (allLicensedUsers || allDevices) &&
      !excludedGroups?.length &&
      `${allLicensedUsers ? "allLicensedUsers" : "allDevices"} is true, and excludedGroups names nobody.`,
  }),
  about<ScepCertificateArgs, { years: number }>("ScepCertificate", {
    name: "strong-certificates",
    level: "mandatory",
    description: "Certificates have keys of 2048 bits at least, are not signed with SHA-1, and end in time (E12).",
    config: { years: { type: "number", default: 2, minimum: 0, description: "How long they are valid at most." } },
    breaks: (certificate, { config: { years } }) => {
      const { keySize, certificateValidityPeriodScale: scale, certificateValidityPeriodValue: value } = certificate;
      if (keySize === "size1024") return "keySize is size1024.";
      if ("hashAlgorithm" in certificate && certificate.hashAlgorithm.includes("sha1"))
        return "hashAlgorithm has sha1.";
      return value / aYear[scale] > years && `it is valid for ${value} ${scale}, and ${years} years are the most.`;
    },
  }),
  about<ExchangeConnectorArgs>("ExchangeConnector", {
    name: "connector-protected",
    level: "mandatory",
    description: "From July 2020 on a tenant whose last connector is gone cannot make one, so it is protected (X11).",
    breaks: (_, { options }) => !options.protect && "protect is not set among its options.",
  }),
  about<ExchangeConnectorArgs>("ExchangeConnector", {
    name: "connector-takes-over-nothing",
    level: "mandatory",
    description: "Nobody's connector is replaced by merging a program: take that one away first, on purpose (X1).",
    breaks: ({ replaceExisting }) => replaceExisting && "replaceExisting is true.",
  }),
  about<ExchangeConnectorArgs>("ExchangeConnector", {
    name: "connector-fails-over",
    level: "advisory",
    description: "The connector moves to another Client Access server when its own is down (X7).",
    breaks: ({ casFailoverEnabled }) => casFailoverEnabled === false && "casFailoverEnabled is false.",
  }),
  about<ExchangeAccessPolicyArgs, { allowed: string[] }>("ExchangeAccessPolicy", {
    name: "unknown-devices-kept-out",
    level: "mandatory",
    description:
      "Devices that nobody knows do not get mail: not by default, and not by their family or model (C2, C3).",
    config: { allowed: list(["allow", "block", "quarantine"], ["block", "quarantine"], "What such a device may get.") },
    breaks: ({ enabled, defaultAccessLevel, accessRules = [] }, { config: { allowed } }) => {
      if (!enabled) return "enabled is false.";
      if (!defaultAccessLevel) return "defaultAccessLevel is left to what Exchange has.";
      if (!allowed.includes(defaultAccessLevel)) return `defaultAccessLevel is ${defaultAccessLevel}.`;
      const open = accessRules.filter(({ accessLevel }) => !allowed.includes(accessLevel));
      const names = open.map(({ deviceClass: { type, name }, accessLevel }) => `${type} ${name} (${accessLevel})`);
      return names.length > 0 && `accessRules let in ${names.join(", ")}.`;
    },
  }),
];
