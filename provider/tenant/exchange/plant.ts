/** Makes the Exchange organizations of a seed. */
import type { z } from "zod";
import type { TenantContext } from "../context";
import type { Db } from "../db";
import { badRequest } from "../errors";
import { readConditionalAccess, writeConditionalAccess } from "../sync/policy";
import { writeRefusals } from "./refusals";
import { type ExchangeOrganizationSeed, exchangeReferences, type partnershipSeed } from "./seed";

const groupIds = (db: Db, names: readonly string[]): string[] =>
  names.flatMap((name) =>
    db
      .all<{ id: string }>("SELECT id FROM directoryGroup WHERE displayName = :name COLLATE NOCASE", { name })
      .map(({ id }) => id),
  );

/** Makes the organizations of a seed, in a tenant that has its groups and none of these names yet. */
export function plantExchange(context: TenantContext, organizations: readonly ExchangeOrganizationSeed[]): void {
  const problems = exchangeReferences(organizations, (name) => groupIds(context.db, [name]).length > 0);
  if (problems.length > 0) throw badRequest(`The seed's Exchange organizations are wrong: ${problems.join("; ")}.`);
  for (const organization of organizations) plantOrganization(context, organization);
  writeRefusals(
    context,
    organizations.flatMap(({ name, refusals }) => refusals.map((refusal) => ({ organization: name, ...refusal }))),
  );
  const accesses = organizations.flatMap((one) => one.conditionalAccess ?? []);
  if (accesses.length === 0) return;
  writeConditionalAccess(context, {
    ...readConditionalAccess(context),
    enabled: true,
    includedGroups: groupIds(
      context.db,
      accesses.flatMap((one) => one.includedGroups),
    ),
    excludedGroups: groupIds(
      context.db,
      accesses.flatMap((one) => one.excludedGroups),
    ),
    overrideDefaultRule: accesses.every((one) => one.overrideDefaultRule),
  });
}

function plantOrganization({ db }: TenantContext, one: ExchangeOrganizationSeed): void {
  const { name: organization, version, kind, domain, defaultAccessLevel, trusts, proxy } = one;
  db.run(
    `INSERT INTO exchangeOrganization (name, version, kind, domain, defaultAccessLevel, premises)
       VALUES (:organization, :version, :kind, :domain, :defaultAccessLevel, :premises)`,
    { organization, version, kind, domain, defaultAccessLevel, premises: JSON.stringify({ trusts, proxy }) },
  );
  for (const [position, { fqdn, services, down }] of one.clientAccessServers.entries()) {
    const times = down.map(({ from, to }) => ({ from: Date.parse(from), to: Date.parse(to) }));
    db.run("INSERT INTO clientAccessServer VALUES (:fqdn, :organization, :position, :services, :down)", {
      fqdn,
      organization,
      position,
      services: JSON.stringify(services),
      down: JSON.stringify(times),
    });
  }
  for (const { name, licensed, cmdlets, runspaces, runspacesInUse, passwordSha256, throttling } of one.accounts) {
    db.run(
      `INSERT INTO exchangeAccount (organization, name, licensed, cmdlets, runspaces, runspacesInUse, passwordSha256, throttling)
       VALUES (:organization, :name, :licensed, :cmdlets, :runspaces, :runspacesInUse, :passwordSha256, :throttling)`,
      {
        organization,
        name,
        licensed: Number(licensed),
        cmdlets: cmdlets === "all" ? null : JSON.stringify(cmdlets),
        runspaces,
        runspacesInUse,
        passwordSha256: passwordSha256 ?? null,
        throttling: throttling ? JSON.stringify(throttling) : null,
      },
    );
  }
  for (const rule of one.deviceAccessRules) {
    db.run("INSERT INTO deviceAccessRule VALUES (:organization, :characteristic, :queryString, :accessLevel)", {
      organization,
      ...rule,
    });
  }
  for (const mailbox of one.mailboxes) {
    db.run("INSERT INTO mailbox (organization, address) VALUES (:organization, :mailbox)", { organization, mailbox });
  }
  for (const record of one.partnerships) addPartnership(db, organization, record);
}

/** A device reaches a mailbox for the first time. */
export function addPartnership(db: Db, organization: string, record: z.output<typeof partnershipSeed>): void {
  const { individualAccess, ...properties } = record;
  const names = Object.keys(properties);
  db.run(
    `INSERT INTO easPartnership (organization, ${names.join(", ")}) VALUES (:organization, :${names.join(", :")})`,
    { organization, ...properties },
  );
  if (individualAccess === undefined) return;
  db.run("INSERT INTO easAccessList VALUES (:organization, :mailbox, :deviceId, :list)", {
    organization,
    mailbox: record.mailbox,
    deviceId: record.deviceId,
    list: individualAccess.toLowerCase(),
  });
}
