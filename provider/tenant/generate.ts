/** Makes seeds of any size: one pair of numbers always gives the same company. */
import { stringify } from "yaml";
import type { DevicePlatform } from "./devices/devices";
import { checkSeed, type Seed, type SeedInput } from "./seed";

export interface GenerateOptions {
  devices: number;
  /** Another number gives another company of the same size. */
  seed: number;
}

const domain = "contoso.example";
const devicesMax = 1_000_000;

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

type Device = NonNullable<SeedInput["devices"]>[number];
type User = NonNullable<SeedInput["users"]>[number];
type Partnership = NonNullable<NonNullable<SeedInput["exchangeOrganizations"]>[number]["partnerships"]>[number];

/** A company with this many devices: about three for every two people, with a few of each telling case. */
export function generateSeed(options: GenerateOptions): Seed {
  return checkSeed(generate(options), `generated for ${options.devices} devices`);
}

/** The same as the text of a seed file. */
export function generateSeedText(options: GenerateOptions): string {
  const { devices, seed } = options;
  return `# Made by: intune-mail tenant generate --devices ${devices} --seed ${seed}\n${stringify(generate(options))}`;
}

function generate({ devices: count, seed }: GenerateOptions): SeedInput {
  if (!Number.isInteger(count) || count < 1 || count > devicesMax) {
    throw new RangeError(`The number of devices, ${count}, must be a whole number from 1 to ${devicesMax}.`);
  }
  const chance = randomOf(seed);
  const users = Array.from({ length: Math.ceil((count * 2) / 3) }, (_, index) => makeUser(index, chance));
  const groups = new Map(models.map(({ group }) => [group, new Set<string>()]));
  const devices: Device[] = [];
  const partnerships: Partnership[] = [];
  for (let index = 0; index < count; index++) {
    const user = users[index % users.length]!;
    // The first six are one of each kind, so that the smallest company has them all.
    const model = models[index < models.length ? index : Math.floor(chance() ** 1.5 * models.length)]!;
    const device = makeDevice(index, model, user, chance);
    devices.push(device);
    groups.get(model.group)!.add(user.userPrincipalName);
    if (device.easDeviceId) partnerships.push(makePartnership(device.easDeviceId, model, user));
  }
  return {
    tenant: { displayName: "Contoso", domain },
    clock: "2020-03-02T08:00:00Z",
    random: seed,
    users,
    groups: [
      { displayName: "All mail users", members: [...groups.keys()] },
      ...[...groups].map(([displayName, members]) => ({ displayName, members: [...members] })),
    ],
    devices,
    exchangeOrganizations: [
      {
        name: "Contoso Mail",
        domain,
        clientAccessServers: [{ fqdn: `cas01.${domain}` }, { fqdn: `cas02.${domain}` }],
        accounts: [{ name: "CONTOSO\\svc-intune" }],
        mailboxes: [...users.map(({ mail }) => mail!), `mail-notifications@${domain}`],
        partnerships,
        conditionalAccess: { includedGroups: ["All mail users"] },
      },
    ],
  };
}

function makeUser(index: number, chance: () => number): User {
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

function makeDevice(index: number, model: Model, user: User, chance: () => number): Device {
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

const makePartnership = (deviceId: string, { eas, model, osVersions }: Model, user: User): Partnership => ({
  mailbox: user.mail!,
  deviceId,
  deviceType: eas.type,
  deviceModel: model,
  deviceOS: osVersions[0]!,
});

const pick = <T>(list: readonly T[], chance: () => number): T => list[Math.floor(chance() * list.length)]!;

/** Mulberry32: small, quick, and the same on every machine; numbers from 0 to below 1. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
