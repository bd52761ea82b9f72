/** iOS: a configuration profile with the mail account and the certificates it refers to. */
import { certificatePayloads, commonKeys } from "./certificates";
import { certificateKeys, type Gate, gates, iosTable } from "./ios-keys";
import { type Plist, type PlistDict, parsePlist, printPlist } from "./plist";
import type { Delivery, Settings } from "./settings";
import { isLost, type Row, read, type Wires, write } from "./table";

const easAccount = "com.apple.eas.account";

type CertificateKey = keyof typeof certificateKeys;
const certificateLinks = Object.entries(certificateKeys) as [
  CertificateKey,
  (typeof certificateKeys)[CertificateKey],
][];

/** The profile as a device takes it; it never holds a password, so the device asks for it (E6). */
export function writeMobileconfig(delivery: Delivery): string {
  const { profile, settings, notes, osVersion } = delivery;
  const account = write(iosTable, settings, notes);
  passGates(account, osVersion, notes);
  const links = certificateLinks.flatMap(([key, { link }]) =>
    account[key] === undefined ? [] : [delivery.certificates[link]!],
  );
  const { payloads, uuids } = certificatePayloads(delivery, links);
  for (const [key, { setting }] of certificateLinks) {
    if (account[key] === undefined) continue;
    const uuid = uuids.get(String(account[key]));
    if (uuid) account[key] = uuid;
    else {
      delete account[key];
      notes.push(`${setting}: without its certificate in the profile, ${key} is left out`);
    }
  }
  const content: PlistDict[] = [...payloads, { ...commonKeys(delivery, easAccount, "account"), ...present(account) }];
  const root: PlistDict = {
    ...commonKeys(delivery, "Configuration"),
    PayloadDisplayName: profile.displayName,
    ...(profile.description ? { PayloadDescription: profile.description } : {}),
    PayloadContent: content,
  };
  return printPlist(root, notes);
}

const present = (wires: Wires) =>
  Object.fromEntries(Object.entries(wires).flatMap(([key, wire]) => (wire === undefined ? [] : [[key, wire]])));

const settingOf = new Map(
  Object.entries<Row<unknown>>(iosTable).flatMap(([setting, row]) =>
    isLost(row) ? [] : row.keys.map((key): [string, string] => [key, setting]),
  ),
);

/** Leaves out keys that the device's version does not have yet, or has no longer; what is lost by it is noted. */
function passGates(account: Wires, osVersion: string | undefined, notes: string[]): void {
  const knows = (version: string) => osVersion === undefined || compareVersions(osVersion, version) >= 0;
  const passes = ({ from, until }: Gate) => knows(from) && !(until && knows(until.version));
  const replaced = new Set(Object.values(gates).map((gate) => passes(gate) && gate.until?.key));
  const losses = new Set<string>();
  for (const key of Object.keys(account)) {
    const gate = gates[key];
    if (!gate || passes(gate)) continue;
    if (!gate.until && !replaced.has(key) && account[key] !== gate.without) {
      losses.add(`${settingOf.get(key)}: from iOS ${gate.from} on, and the device has ${osVersion}`);
    }
    delete account[key];
  }
  notes.push(...losses);
}

/** Compares versions number by number: 12.10 is later than 12.4. */
function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(".").map((part) => Number.parseInt(part, 10) || 0));
  for (let index = 0; index < Math.max(a!.length, b!.length); index++) {
    const difference = (a![index] ?? 0) - (b![index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The settings that a configuration profile gives the device. */
export function readMobileconfig(text: string): Partial<Settings> {
  const root = parsePlist(text) as PlistDict;
  const payloads = root.PayloadContent as PlistDict[];
  const account = payloads.find(({ PayloadType }) => PayloadType === easAccount);
  if (!account) throw new Error(`The profile has no ${easAccount} payload.`);
  const wires = Object.fromEntries(Object.entries(account).filter((pair): pair is [string, string] => isWire(pair[1])));
  for (const [key] of certificateLinks) {
    const payload = payloads.find(({ PayloadUUID }) => PayloadUUID === wires[key]);
    const identifier = payload?.PayloadIdentifier as string | undefined;
    if (identifier) wires[key] = identifier.slice(`${root.PayloadIdentifier}.certificate.`.length);
  }
  return read(iosTable, wires);
}

const isWire = (value: Plist) => typeof value !== "object";
