/** What a run advises: warnings, never errors. Each piece of advice is a row; `adviser.ts` finds what they are about. */
import { isUnknown, type Properties } from "./values";

/** Whom something is deployed to. */
export interface Targets {
  /** Groups by id, with the name that the program gives them. */
  groups: ReadonlyMap<string, string>;
  without: ReadonlySet<string>;
  everybody: boolean;
}

/** An email profile, of the program or of the tenant beside it. */
export interface Profile {
  name: string;
  platform: string;
  settings: Properties;
  to: Targets | undefined;
}

/** What is known of the stack and of the tenant around it; put together when it is asked for, so ask late. */
export interface Stack {
  profiles: Profile[];
  /** Whom Android trusted certificates are deployed to. */
  trustedOnAndroid: Targets[];
  /** Whom each app is deployed to, by package; absent where the service does not tell. */
  apps: ReadonlyMap<string, Targets[]> | undefined;
  /** Whom a configuration is deployed to, by its id. */
  deployed(id: string): Targets[];
  /** Whether the service is the simulated tenant. */
  simulated: boolean;
}

export interface Row {
  rule: string;
  about: string;
  /** `met`: as soon as the profile is; `complete`: once the program has named all that it has. */
  when: "met" | "complete";
  /** Information rather than a warning. */
  information?: true;
  find(profile: Profile, stack: Stack): string | string[] | undefined;
}

// --- the table ------------------------------------------------------------------------------------------------------

/** General knowledge, not from the documents that the rules are from; so no dates are given. */
const ended: Record<string, string> = {
  windowsPhone81: "Windows Phone 8.1 has ended: it gets no updates any more, and Intune has stopped managing it",
  samsungKnox:
    "Android device administrator, which Samsung KNOX profiles are for, has ended: Google has withdrawn it, and Intune has stopped managing such devices; Android for Work has taken its place",
  windows10:
    "the Mail app of Windows 10, which takes these profiles, has ended: Microsoft has replaced it with Outlook",
};

/** The app that takes the profiles of a platform. */
export const mailApps: Record<string, { packageId: string; name: string }> = {
  androidForWorkGmail: { packageId: "com.google.android.gm", name: "Gmail" },
  androidForWorkNineWork: { packageId: "com.ninefolders.hd3.work", name: "Nine Work" },
};

export const advice: readonly Row[] = [
  {
    rule: "E1",
    about: "a platform that has ended",
    when: "met",
    // Once for each platform, so it names no profile.
    find: ({ platform }) => ended[platform] && `${ended[platform]} (E1; general knowledge).`,
  },
  {
    rule: "E3",
    about: "a setting that has no effect on this service",
    when: "met",
    find({ name, platform, settings }, { simulated }) {
      if (simulated || mailApps[platform] === undefined) return undefined;
      const given = annotated.filter((setting) => settings[setting] != null);
      return given.map(
        (setting) =>
          `${setting} of email profile "${name}" has no effect on this service: Graph has no property for it on ${platform}, and only the simulated tenant applies what travels as @classic.${setting} (E3).`,
      );
    },
  },
  {
    rule: "E9",
    about: "two Samsung KNOX profiles for the same people on different hosts",
    when: "met",
    find(profile, stack) {
      if (profile.platform !== "samsungKnox") return undefined;
      return stack.profiles.flatMap((other) => {
        const shared = onDifferentHosts(profile, other) ? sharedGroups(profile.to, other.to) : [];
        if (shared.length === 0) return [];
        const [one, two] = [profile, other].map(({ name, settings }) => `"${name}" (${settings.hostName})`).toSorted();
        return `Email profiles ${one} and ${two} are both deployed to ${shared.join(", ")}: on Samsung KNOX two profiles with the same address overwrite each other at every check-in. Deploy only one of them there (E9).`;
      });
    },
  },
  {
    rule: "E10",
    about: "an app that is not deployed to the same groups",
    when: "complete",
    find({ name, platform, to }, stack) {
      const app = mailApps[platform];
      if (app === undefined || stack.apps === undefined) return undefined;
      const missing = uncovered(to, stack.apps.get(app.packageId) ?? []);
      if (missing.length === 0) return undefined;
      return `Email profile "${name}" needs the app ${app.name}, which is not deployed to ${missing.join(", ")}: on devices that lack it the profile stays pending. Add an AppDeployment for ${app.packageId} to the same groups (E10).`;
    },
  },
  {
    rule: "E10",
    about: "the licence of Nine Work",
    when: "met",
    information: true,
    find: ({ platform }) =>
      platform === "androidForWorkNineWork" ? "Nine Work may need a licence that is paid for (E10)." : undefined,
  },
  {
    rule: "E11",
    about: "Samsung KNOX with SSL and no Android trusted certificate for the same groups",
    when: "complete",
    find({ name, platform, settings, to }, stack) {
      if (platform !== "samsungKnox" || settings.requireSsl !== true) return undefined;
      const missing = uncovered(to, stack.trustedOnAndroid);
      if (missing.length === 0) return undefined;
      return `Email profile "${name}" uses SSL, and no Android trusted certificate is deployed to ${missing.join(", ")}: without the certificate of ${settings.hostName} the connection fails there. Deploy it as a TrustedCertificate for android to the same groups (E11).`;
    },
  },
  {
    rule: "E12",
    about: "a certificate that is not deployed to the same groups",
    when: "complete",
    find: ({ name, settings, to }, stack) =>
      links.flatMap((setting) => {
        const id = settings[setting];
        // One that is not known yet is told of in the next preview.
        if (id == null || isUnknown(id)) return [];
        const missing = uncovered(to, stack.deployed(String(id)));
        if (missing.length === 0) return [];
        return `The certificate that ${setting} of email profile "${name}" names, ${id}, is not deployed to ${missing.join(", ")}: devices cannot connect there without it. Add those groups to its Deployment (E12).`;
      }),
  },
];

/** Settings that Graph has no property for on Android for Work (E3). */
export const annotated = ["accountName", "emailSyncSchedule"];

const links = ["identityCertificate", "smimeSigningCertificate", "smimeEncryptionCertificate"];

/** E8: what an in-place change of a profile means for those who have it. */
export const prompts = (name: unknown, devices: number): string =>
  `Email profile "${name}" changes in place on ${devices} ${devices === 1 ? "device that has it" : "devices that have it"}: each user may be asked to approve, and the device keeps the old settings until then (E8).`;

const onDifferentHosts = (one: Profile, other: Profile): boolean =>
  [one, other].every(({ platform }) => platform === "samsungKnox") &&
  one.settings.hostName !== other.settings.hostName &&
  ![one, other].some(({ settings }) => isUnknown(settings.hostName));

// --- groups ---------------------------------------------------------------------------------------------------------

const everybody = "all users or devices";

function sharedGroups(one: Targets | undefined, other: Targets | undefined): string[] {
  if (!one || !other) return [];
  if (one.everybody && other.everybody) return [everybody];
  const [first, second] = one.everybody ? [other, one] : [one, other];
  return [...first.groups]
    .filter(([id]) => (second.everybody || second.groups.has(id)) && !second.without.has(id))
    .map(([, name]) => name);
}

/** Those of a profile's targets that none of the others reaches. Groups count as such, not the people in them. */
function uncovered(to: Targets | undefined, others: Targets[]): string[] {
  if (!to) return [];
  const reached = (id: string) =>
    others.some((other) => (other.everybody || other.groups.has(id)) && !other.without.has(id));
  const groups = [...to.groups].filter(([id]) => !reached(id)).map(([, name]) => name);
  const all = to.everybody && !others.some((other) => other.everybody) ? [everybody] : [];
  return [...groups, ...all];
}
