/** How a platform says a setting: one row for every setting, so that none is forgotten and none dropped in silence. */
import type { Settings } from "./settings";

/** A value as it stands in a payload. */
export type Wire = string | number | boolean;
export type Wires = Partial<Record<string, Wire>>;

/** What cannot be said, and why. */
export interface Lost {
  lost: string;
}

/** The setting becomes these keys. */
export interface Sent<V> {
  keys: readonly string[];
  write(value: V): Wires | Lost;
  read(wires: Wires): V | undefined;
  /** The words and their codes, where a setting has them. */
  codes?: Readonly<Record<string, Code>>;
}

/** Profiles of this type have no such setting. */
export const absent = { lost: "profiles of this type have no such setting", absent: true } as const;

export type Row<V> = Sent<V> | Lost;
export type Table = { readonly [S in keyof Settings]: Row<Settings[S]> };

export const lost = (why: string): Lost => ({ lost: why });
export const isLost = (row: object): row is Lost => "lost" in row;

/** The value as it is, under each of these keys. */
export const same = <V extends Wire>(...keys: [string, ...string[]]): Sent<V> => ({
  keys,
  write: (value) => Object.fromEntries(keys.map((key) => [key, value])),
  read: (wires) => keys.map((key) => wires[key]).find((wire) => wire !== undefined) as V | undefined,
});

/** A switch whose two positions are not called true and false. */
export const onOff = (key: string, on: Wire, off: Wire): Sent<boolean> => ({
  keys: [key],
  write: (value) => ({ [key]: value ? on : off }),
  read: (wires) => (wires[key] === undefined ? undefined : wires[key] === on),
});

/** The user decides on the device: nothing is sent. */
export const userDecides = null;
export type Code = Wire | typeof userDecides | Lost;

/** A word of Graph's as the platform's code, under each of these keys. */
export const coded = <V extends string>(codes: Record<V, Code>, ...keys: [string, ...string[]]): Sent<V> => ({
  keys,
  codes,
  write(value) {
    const code: Code = codes[value];
    if (code === userDecides) return {};
    return typeof code === "object" ? code : Object.fromEntries(keys.map((key) => [key, code]));
  },
  read: (wires) =>
    (Object.keys(codes) as V[]).find((word) => codes[word] !== userDecides && codes[word] === wires[keys[0]]),
});

/** Puts settings into a platform's keys, in the table's order; what the platform cannot say is noted. */
export function write(table: Table, settings: Partial<Settings>, notes: string[]): Wires {
  const wires: Wires = {};
  for (const [name, row] of Object.entries(table) as [keyof Settings, Row<unknown>][]) {
    const value = settings[name];
    if (value === undefined) continue;
    if (isLost(row)) {
      notes.push(`${name}: ${row.lost}`);
      continue;
    }
    const written = row.write(value);
    if (isLost(written)) notes.push(`${name} ${JSON.stringify(value)}: ${written.lost}`);
    else Object.assign(wires, written);
  }
  return wires;
}

/** The settings that a platform's keys say. */
export function read(table: Table, wires: Wires): Partial<Settings> {
  const found = Object.entries<Row<unknown>>(table).map(([name, row]) => [
    name,
    isLost(row) ? undefined : row.read(wires),
  ]);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

const noSmime = {
  smimeSigningEnabled: absent,
  smimeSigningCertificate: absent,
} as const;

/** What only the mail app of iOS has. */
export const iosOnly = {
  smimeSigningUserOverrideEnabled: absent,
  smimeSigningCertificateUserOverrideEnabled: absent,
  smimeEncryptByDefaultEnabled: absent,
  smimeEncryptByDefaultUserOverrideEnabled: absent,
  smimeEncryptionCertificate: absent,
  smimeEncryptionCertificateUserOverrideEnabled: absent,
  smimeEnablePerMessageSwitch: absent,
  easServices: absent,
  easServicesUserOverrideEnabled: absent,
  blockMovingMessagesToOtherEmailAccounts: absent,
  blockSendingEmailFromThirdPartyApps: absent,
  blockSyncingRecentlyUsedEmailAddresses: absent,
  useOAuth: absent,
  perAppVPNProfileId: absent,
} as const;

export const iosAndKnoxOnly = { ...noSmime, ...iosOnly } as const;
