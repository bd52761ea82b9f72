/**
 * A tenant with as many EAS records as asked for, all of users in scope, before the first sync of its connector: two users
 * have three phones, each phone a record, and one of ten phones does not comply.
 */

import type { TenantContext } from "../../provider/tenant/context";
import { recount } from "../../provider/tenant/devices/counters";
import { openFile } from "../../provider/tenant/file";
import { never } from "../../provider/tenant/plant";
import { inBulk } from "../../provider/tenant/plantCompany";
import { checkSeed } from "../../provider/tenant/seed";
import { insertConnector } from "../../provider/tenant/sync/connector";

export const organization = "Contoso Mail";
export const account = "CONTOSO\\svc-intune";
export const server = "cas01.contoso.example";
export const connectorId = "00000000-0000-4000-8000-000000000001";

const seed = (runspaces: number) =>
  checkSeed(
    {
      tenant: { displayName: "Contoso", domain: "contoso.example" },
      clock: "2020-03-02T08:00:00Z",
      groups: [{ displayName: "Everyone", members: ["Staff"] }, { displayName: "Staff" }, { displayName: "Exempt" }],
      exchangeOrganizations: [
        {
          name: organization,
          domain: "contoso.example",
          clientAccessServers: [{ fqdn: server }],
          accounts: [{ name: account, runspaces }],
          mailboxes: ["notify@contoso.example"],
          conditionalAccess: {
            includedGroups: ["Everyone"],
            excludedGroups: ["Exempt"],
            // Compliant phones need no cmdlet: Exchange's default lets them in.
            overrideDefaultRule: false,
          },
        },
      ],
    },
    "of the bench",
  );

/** Numbers as they are in a directory: in no order. */
const id = (kind: string, number: string) =>
  `printf('%08x-${kind}-4000-8000-%012x', (${number} * 2654435761) % 4294967296, ${number})`;
const count = (table: string, to: string) =>
  `WITH RECURSIVE ${table} (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM ${table} WHERE n + 1 < ${to})`;

/** Makes the tenant of a folder, or one in memory. */
export function makeFleet(folder: string | undefined, records: number, options: { runspaces?: number } = {}) {
  const context = openFile(folder, seed(options.runspaces ?? 1));
  const { db } = context;
  const users = Math.ceil((records * 2) / 3);
  db.transaction(() => {
    inBulk(db, ["user", "member", "device", "mailbox", "easPartnership"], () => {
      db.run(
        `${count("number", ":users")} INSERT INTO user (id, userPrincipalName, displayName, mail)
         SELECT ${id("0001", "n")}, printf('u%07d@contoso.example', n), 'User ' || n, printf('user%07d@contoso.example', n)
         FROM number`,
        { users },
      );
      db.run(
        `INSERT INTO member SELECT (SELECT id FROM directoryGroup WHERE displayName = 'Staff'), id, 'user' FROM user`,
      );
      db.run(
        `${count("number", ":records")} INSERT INTO device (id, directoryId, deviceName, userId, platform, osVersion, model,
           manufacturer, enrolled, enrolledDateTime, policyComplianceState, complianceState, lastSyncDateTime, nextCheckInMs, easDeviceId)
         SELECT ${id("0002", "n")}, ${id("0003", "n")}, printf('PHONE-%07d', n), ${id("0001", "n % :users")}, 'ios', '13.3',
           'iPhone 11', 'Apple', 1, '2020-01-06T08:00:00Z', iif(n % 10 = 7, 'noncompliant', 'compliant'),
           iif(n % 10 = 7, 'noncompliant', 'compliant'), '${never}', 9e15, printf('APPL%08X', n * 2654435761 % 4294967296)
         FROM number`.replace("9e15", "9000000000000"),
        { records, users },
      );
      db.run("INSERT INTO mailbox (organization, address) SELECT :organization, mail FROM user", { organization });
      db.run(
        `INSERT INTO easPartnership (organization, mailbox, deviceId, deviceType, deviceModel, deviceOS, userAgent, firstSyncTime, lastSuccessSync, uSNChanged)
         SELECT :organization, mail, easDeviceId, 'iPhone', 'iPhone12C1', 'iOS 13.3', 'Apple-iPhone12C1/1703.111',
           '2020-01-06T08:00:00Z', '2020-03-02T06:00:00Z', device.rowid FROM device JOIN user ON user.id = userId`,
        { organization },
      );
    });
    db.run("UPDATE exchangeOrganization SET uSN = :records", { records });
    recount(db);
    addConnector(context, (options.runspaces ?? 1) > 1);
  });
  return context;
}

function addConnector(context: TenantContext, parallel: boolean): void {
  insertConnector(context, {
    id: connectorId,
    connectorServerName: null,
    exchangeAlias: null,
    exchangeConnectorType: "onPremises",
    exchangeOrganization: organization,
    lastSyncDateTime: never,
    primarySmtpAddress: "notify@contoso.example",
    serverName: server,
    status: "connectionPending",
    version: "1.0",
    annotations: {
      "@classic.exchangeAccount": account,
      "@classic.casFailoverEnabled": true,
      "@classic.parallelCommandSupport": parallel,
    },
    primaryServer: server,
    currentServer: server,
    discoveredServers: [server],
    changeMark: 0,
    uSNMark: 0,
    settingsMark: "",
    nextQuickMs: context.clock.nowMs(),
    nextFullMs: context.clock.nowMs(),
    progress: null,
  });
}
