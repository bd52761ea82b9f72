/**
 * Other names for people and their devices: by a keyed hash, so that one name has one pseudonym throughout a twin, and
 * nobody can find it by hashing names, as the key is written nowhere. Groups, profiles and servers keep their names,
 * by which programs call them.
 */
import { createHmac, randomBytes } from "node:crypto";
import type { Json } from "../graph/client";
import type { Assumptions } from "./twin-assume";
import type { ReadTenant } from "./twin-read";

/** What was read, and what is assumed, with pseudonyms in the place of names. */
export function withPseudonyms(
  read: ReadTenant,
  assumptions: Assumptions,
): { read: ReadTenant; assumptions: Assumptions } {
  const names = pseudonyms();
  return { read: renameRead(read, names), assumptions: renameAssumed(assumptions, names) };
}

interface Pseudonyms {
  person(name: string): string;
  /** An alias, an account's name, or what is before an address's @. */
  alias(name: string): string;
  address(address: string): string;
  /** `domain\user`, or an address. */
  account(name: string): string;
  device(name: string): string;
  eas(id: string): string;
}

function pseudonyms(): Pseudonyms {
  const key = randomBytes(32);
  const hashed = (kind: string, name: string) =>
    createHmac("sha256", key).update(`${kind} ${name.toLowerCase()}`).digest("hex").slice(0, 12);
  const alias = (name: string) => `p${hashed("alias", name)}`;
  const address = (text: string) => {
    const at = text.lastIndexOf("@");
    return at < 0 ? alias(text) : `${alias(text.slice(0, at))}${text.slice(at)}`;
  };
  return {
    person: (name) => `Person ${hashed("person", name)}`,
    alias,
    address,
    account: (name) => {
      const at = name.indexOf("\\");
      return at < 0 ? address(name) : `${name.slice(0, at + 1)}${alias(name.slice(at + 1))}`;
    },
    device: (name) => `device-${hashed("device", name)}`,
    eas: (id) => `EAS${hashed("eas", id)}`,
  };
}

const orNull = <T, R>(value: T | null | undefined, change: (value: T) => R): R | null =>
  value == null ? null : change(value);

function renameRead(read: ReadTenant, names: Pseudonyms): ReadTenant {
  return {
    ...read,
    users: read.users.map((user) => ({
      ...user,
      userPrincipalName: names.address(user.userPrincipalName),
      displayName: orNull(user.displayName, names.person),
      mail: orNull(user.mail, names.address),
      onPremisesSamAccountName: orNull(user.onPremisesSamAccountName, names.alias),
    })),
    groups: read.groups.map((group) => ({ ...group, description: null })),
    devices: read.devices.map((device) => ({
      ...device,
      deviceName: orNull(device.deviceName, names.device),
      userPrincipalName: orNull(device.userPrincipalName, names.address),
      easDeviceId: orNull(device.easDeviceId, names.eas),
    })),
    configurations: read.configurations.map(({ entity, statuses, ...rest }) => ({
      ...rest,
      entity: { ...entity, description: null },
      statuses: statuses.map((status) => ({
        ...status,
        deviceDisplayName: orNull(status.deviceDisplayName, names.device),
        userPrincipalName: orNull(status.userPrincipalName, names.address),
      })),
    })),
    connectors: read.connectors.map((connector) => renameConnector(connector, names)),
    policies: read.policies.map((policy) => ({ ...policy, notificationContent: null })),
  };
}

/** Where a connector names somebody. */
const inConnector: Record<string, (names: Pseudonyms) => (name: string) => string> = {
  primarySmtpAddress: ({ address }) => address,
  exchangeAlias: ({ alias }) => alias,
  "@classic.notificationAccount": ({ account }) => account,
  "@classic.exchangeAccount": ({ account }) => account,
};

function renameConnector(connector: Json, names: Pseudonyms): Json {
  const renamed = Object.entries(connector).map(([name, value]) => {
    const change = inConnector[name];
    return [name, change && typeof value === "string" && value !== "" ? change(names)(value) : value];
  });
  const { "@classic.proxy": proxy, ...rest } = Object.fromEntries(renamed) as Json;
  if (typeof proxy !== "object" || proxy === null) return rest;
  const { user, ...address } = proxy as { user?: string };
  return { ...rest, "@classic.proxy": { ...address, ...(user ? { user: names.account(user) } : {}) } };
}

function renameAssumed(assumptions: Assumptions, names: Pseudonyms): Assumptions {
  return {
    ...assumptions,
    devices: assumptions.devices.map(({ accounts, ...device }) => ({
      ...device,
      deviceName: names.device(device.deviceName),
      ...(accounts && {
        accounts: accounts.map(({ host, emailAddress }) => ({ host, emailAddress: names.address(emailAddress) })),
      }),
    })),
    exchangeOrganizations: assumptions.exchangeOrganizations.map((organization) => ({
      ...organization,
      mailboxes: organization.mailboxes.map(names.address),
      accounts: organization.accounts.map((account) => ({ ...account, name: names.account(account.name) })),
      ...(organization.proxy && {
        proxy: {
          ...organization.proxy,
          ...(organization.proxy.user && { user: names.account(organization.proxy.user) }),
        },
      }),
      partnerships: organization.partnerships.map(
        ({ deviceFriendlyName: _, deviceImei: __, devicePhoneNumber: ___, ...record }) => ({
          ...record,
          mailbox: names.address(record.mailbox),
          deviceId: names.eas(record.deviceId),
        }),
      ),
    })),
  };
}
