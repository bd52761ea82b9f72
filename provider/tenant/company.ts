/** Companies of any size, made of two numbers: one pair always gives the same company. */
import type { DevicePlatform } from "./devices/devices";
import type { SeedInput } from "./seed";

export interface GenerateOptions {
  devices: number;
  /** Another number gives another company of the same size. */
  seed: number;
}

export const devicesMax = 1_000_000;

const givenNames =
  "Ada Ben Chloe Dev Eva Finn Grace Hugo Ines Jon Kira Luis Mia Noor Omar Pia Quinn Rosa Sven Tara".split(" ");
const surnames =
  "Abadi Byrne Costa Dahl Ekman Fischer Garcia Haddad Ito Jansen Kimura Lind Moreau Novak Okafor Patel".split(" ");

interface Model {
  platform: DevicePlatform;
  group: string;
  model: string;
  manufacturer: string;
  /** Versions to choose from; the first of those that are below the minimum comes rarely. */
  osVersions: readonly string[];
  knoxVersion?: string;
  /** Prefix of its Exchange ActiveSync client's id, and the type that the client reports. */
  eas: { prefix: string; type: string };
  app?: "gmail" | "nineWork";
}

/** The six kinds of device, one for each type of email profile, most frequent first. */
const models: readonly Model[] = [
  {
    platform: "ios",
    group: "iPhone users",
    model: "iPhone 11",
    manufacturer: "Apple",
    osVersions: ["13.3.1", "12.4.5", "7.1.2"],
    eas: { prefix: "APPL", type: "iPhone" },
  },
  {
    platform: "samsungKnox",
    group: "Samsung users",
    model: "Galaxy S10",
    manufacturer: "Samsung",
    osVersions: ["9.0", "10.0", "8.0"],
    knoxVersion: "4.0",
    eas: { prefix: "SEC", type: "SAMSUNGSMG973F" },
  },
  {
    platform: "windows10",
    group: "Windows 10 users",
    model: "Surface Laptop 3",
    manufacturer: "Microsoft",
    osVersions: ["10.0.18363", "10.0.18362", "10.0.17763"],
    eas: { prefix: "WIN", type: "WindowsMail" },
  },
  {
    platform: "androidForWork",
    group: "Gmail users",
    model: "Pixel 4",
    manufacturer: "Google",
    osVersions: ["10", "9", "8.1"],
    eas: { prefix: "AND", type: "Android" },
    app: "gmail",
  },
  {
    platform: "androidForWork",
    group: "Nine Work users",
    model: "Nokia 7.2",
    manufacturer: "HMD Global",
    osVersions: ["10", "9", "8.1"],
    eas: { prefix: "NIN", type: "Android" },
    app: "nineWork",
  },
  {
    platform: "windowsPhone81",
    group: "Windows Phone users",
    model: "Lumia 930",
    manufacturer: "Nokia",
    osVersions: ["8.1", "8.10.14219", "8.0"],
    eas: { prefix: "WP8", type: "WP8" },
  },
];

export type MadeDevice = NonNullable<SeedInput["devices"]>[number];
export type MadeUser = NonNullable<SeedInput["users"]>[number];

/** The lists of a generated company, one entry after the other: a large one is never in memory as a whole. */
export interface Company {
  users(): Generator<MadeUser>;
  userCount: number;
  /** Each is a device of one of the users, by turns: of the last user comes the first one again. */
  devices(): Generator<MadeDevice>;
  /** Groups of a kind's users each, by the name of their devices' model. */
  kinds: readonly Kind[];
  /** The group of all of these groups. */
  everyone: string;
  /** Its Exchange organization, with the one mailbox that is nobody's; users have theirs, and their devices reach it. */
  organization: Organization;
  /** Whether a user of it has this name, or this mail address. */
  hasUser(name: string): boolean;
  hasGroup(name: string): boolean;
  /** Whether a device of it has this name, or its Exchange ActiveSync client this id. */
  hasDevice(name: string): boolean;
}

/** What all devices of a model have in common. */
export interface Kind {
  model: string;
  group: string;
  deviceType: string;
  deviceOS: string;
}

type Organization = NonNullable<SeedInput["exchangeOrganizations"]>[number];

/** The company of these numbers, whose addresses end in a domain. */
export function companyOf({ devices: count, seed }: GenerateOptions, domain: string): Company {
  if (!Number.isInteger(count) || count < 1 || count > devicesMax) {
    throw new RangeError(`The number of devices, ${count}, must be a whole number from 1 to ${devicesMax}.`);
  }
  const userCount = Math.ceil((count * 2) / 3);
  // A user takes the same number of draws each, so any of them can be made without those before.
  const userAt = (index: number) => makeUser(index, domain, randomOf(seed, index * drawsOfUser));
  const userCalled = (name: string): MadeUser | undefined => {
    const index = Number(/(\d{1,7})@/.exec(name)?.[1] ?? 0) - 1;
    return index >= 0 && index < userCount ? userAt(index) : undefined;
  };
  const company: Company = {
    userCount,
    *users() {
      for (let index = 0; index < userCount; index++) yield userAt(index);
    },
    *devices() {
      const chance = randomOf(seed, userCount * drawsOfUser);
      for (let index = 0; index < count; index++) {
        // The first six are one of each kind, so that the smallest company has them all.
        const model = models[index < models.length ? index : Math.floor(chance() ** 1.5 * models.length)]!;
        yield makeDevice(index, model, userAt(index % userCount), chance);
      }
    },
    kinds: models.map(({ model, group, eas, osVersions }) => ({
      model,
      group,
      deviceType: eas.type,
      deviceOS: osVersions[0]!,
    })),
    everyone: "All mail users",
    organization: {
      name: "Contoso Mail",
      domain,
      clientAccessServers: [{ fqdn: `cas01.${domain}` }, { fqdn: `cas02.${domain}` }],
      accounts: [{ name: "CONTOSO\\svc-intune" }],
      mailboxes: [`mail-notifications@${domain}`],
      conditionalAccess: { includedGroups: ["All mail users"] },
    },
    hasUser(name) {
      const user = userCalled(name);
      return [user?.userPrincipalName, user?.mail].includes(name.toLowerCase());
    },
    hasGroup: (name) => [company.everyone, ...models.map(({ group }) => group)].some((each) => same(each, name)),
    hasDevice(name) {
      // Only what looks like one is worth the walk.
      if (!/^[A-Z0-9]{3,4}-?\d{6,7}$/i.test(name)) return false;
      for (const { deviceName, easDeviceId } of company.devices()) {
        if (same(deviceName, name) || (easDeviceId !== undefined && same(easDeviceId, name))) return true;
      }
      return false;
    },
  };
  return company;
}

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** How often `makeUser` asks for chance. */
const drawsOfUser = 3;

function makeUser(index: number, domain: string, chance: () => number): MadeUser {
  const [given, surname] = [pick(givenNames, chance), pick(surnames, chance)];
  const login = `${given}.${surname}${index + 1}`.toLowerCase();
  return {
    userPrincipalName: `${login}@${domain}`,
    displayName: `${given} ${surname}`,
    mail: `${login}@mail.${domain}`,
    samAccountName: `u${index + 1}`,
    ...(chance() < 0.03 ? { licensed: false } : {}),
  };
}

function makeDevice(index: number, model: Model, user: MadeUser, chance: () => number): MadeDevice {
  const domain = user.userPrincipalName.split("@")[1];
  const { platform, osVersions, knoxVersion, app, eas } = model;
  const number = String(index + 1).padStart(6, "0");
  const osVersion = chance() < 0.03 ? osVersions[2]! : osVersions[chance() < 0.6 ? 0 : 1]!;
  const rare = chance();
  return {
    deviceName: `${eas.prefix}-${number}`,
    user: user.userPrincipalName,
    platform,
    osVersion,
    ...(knoxVersion ? { knoxVersion: chance() < 0.05 ? "3.0" : knoxVersion } : {}),
    model: model.model,
    manufacturer: model.manufacturer,
    ...(chance() < 0.8 ? { easDeviceId: `${eas.prefix}${number}` } : {}),
    ...(chance() < 0.06 ? { complianceState: "noncompliant" as const } : {}),
    ...(chance() < 0.04 ? { enrolled: false } : {}),
    ...(app && chance() < 0.85 ? { apps: [app] } : {}),
    // People who set up their mail themselves before they enrolled (E9).
    ...(!app && rare < 0.08 ? { accounts: [{ host: `mail.${domain}`, emailAddress: user.mail! }] } : {}),
    ...(!app && rare > 0.97 ? { accounts: [{ host: `old-mail.${domain}`, emailAddress: user.mail! }] } : {}),
  };
}

const pick = <T>(list: readonly T[], chance: () => number): T => list[Math.floor(chance() * list.length)]!;

/** Mulberry32: small, quick, and the same on every machine; numbers from 0 to below 1, some of them passed over. */
function randomOf(seed: number, passed: number): () => number {
  const step = 0x6d2b79f5;
  let state = (seed + Math.imul(passed, step)) >>> 0;
  return () => {
    state = (state + step) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
