/** A small company with one Exchange organization, for tests of Exchange and of the sync engine. */
import type { TenantContext } from "../../../provider/tenant/context";
import { updateDevice } from "../../../provider/tenant/devices/devices";
import { plantExchange } from "../../../provider/tenant/exchange/plant";
import { exchangeOrganizationSeed } from "../../../provider/tenant/exchange/seed";
import { exchangeStatus } from "../../../provider/tenant/exchange/status";
import { openFile } from "../../../provider/tenant/file";
import { never } from "../../../provider/tenant/plant";
import { checkSeed, type Seed } from "../../../provider/tenant/seed";
import { findUser } from "../../../provider/tenant/services/directory";
import { type Connector, insertConnector } from "../../../provider/tenant/sync/connector";

export const organization = "Contoso Mail";
export const primary = "cas01.contoso.example";
export const second = "cas02.contoso.example";
export const account = "CONTOSO\\svc-intune";
/** The other organization, of worlds that have two. */
export const fabrikam = "Fabrikam Mail";
export const fabrikamServers = ["mail01.fabrikam.example", "mail02.fabrikam.example"] as const;
export const session = { server: primary, account };

interface DeviceSpec {
  /** Number of its user; the EAS id is `EAS` and its own place. */
  user: number;
  complianceState?: string;
  enrolled?: boolean;
}

export interface WorldSpec {
  /** One user each; false: without an Intune licence. */
  licensed?: boolean[];
  devices?: DeviceSpec[];
  /** EAS records: [number of the mailbox's user, number of the EAS id]. */
  records?: [number, number][];
  clock?: string;
  exchange?: Record<string, unknown>;
  tenant?: Record<string, unknown>;
}

export const mailboxOf = (user: number) => `user${user}@contoso.example`;
export const easId = (number: number) => `EAS${number}`;

/** Users 0, 1, … are in the group Everyone; the group Exempt is empty; Staff is nested in Everyone and empty. */
export function seedOf(spec: WorldSpec): Seed {
  const { licensed = [true, true, true], devices = [], records = [] } = spec;
  return checkSeed(
    {
      tenant: { displayName: "Contoso", domain: "contoso.example", ...spec.tenant },
      clock: spec.clock ?? "2020-03-02T08:00:00Z",
      users: licensed.map((has, user) => ({
        userPrincipalName: mailboxOf(user),
        displayName: `User ${user}`,
        licensed: has,
      })),
      groups: [
        { displayName: "Everyone", members: [...licensed.map((_, user) => mailboxOf(user)), "Staff"] },
        { displayName: "Staff" },
        { displayName: "Exempt" },
      ],
      devices: devices.map(({ user, complianceState = "compliant", enrolled = true }, number) => ({
        deviceName: `DEVICE-${number}`,
        user: mailboxOf(user),
        platform: "ios",
        osVersion: "13.3",
        model: "iPhone 11",
        manufacturer: "Apple",
        easDeviceId: easId(number),
        complianceState,
        enrolled,
      })),
      exchangeOrganizations: [
        {
          name: organization,
          domain: "contoso.example",
          clientAccessServers: [{ fqdn: primary }, { fqdn: second }],
          accounts: [{ name: account }],
          mailboxes: [...licensed.map((_, user) => mailboxOf(user)), "notify@contoso.example"],
          partnerships: records.map(([user, number]) => ({
            mailbox: mailboxOf(user),
            deviceId: easId(number),
            deviceType: "iPhone",
            deviceModel: "iPhone12C1",
          })),
          conditionalAccess: { includedGroups: ["Everyone"], excludedGroups: ["Exempt"] },
          ...spec.exchange,
        },
      ],
    },
    "of a test",
  );
}

/** A world with a second organization, whose mailboxes have the same addresses. */
export function makeTwo(spec: WorldSpec): TenantContext {
  const context = makeWorld(spec);
  const { licensed = [true, true, true], records = [] } = spec;
  const other = exchangeOrganizationSeed.parse({
    name: fabrikam,
    domain: "fabrikam.example",
    clientAccessServers: fabrikamServers.map((fqdn) => ({ fqdn })),
    accounts: [{ name: account }],
    mailboxes: [...licensed.map((_, user) => mailboxOf(user)), "notify@contoso.example"],
    partnerships: records
      .filter((_, index) => index % 2 === 0)
      .map(([user, number]) => ({ mailbox: mailboxOf(user), deviceId: easId(number), ...phone })),
  });
  plantExchange(context, [other]);
  return context;
}

const phone = { deviceType: "iPhone", deviceModel: "iPhone12C1" };

/** A connector of the second organization. */
export const addFabrikam = (context: TenantContext, fields: Partial<Connector> = {}): string => {
  const [server] = fabrikamServers;
  const servers = { serverName: server, primaryServer: server, currentServer: server, discoveredServers: [server] };
  return addConnector(context, { exchangeOrganization: fabrikam, ...servers, ...fields });
};

export const makeWorld = (spec: WorldSpec): TenantContext => openFile(undefined, seedOf(spec));

/** A connector that has not synced yet. */
export function addConnector(context: TenantContext, fields: Partial<Connector> = {}): string {
  const id = context.ids.guid();
  insertConnector(context, {
    id,
    connectorServerName: null,
    exchangeAlias: null,
    exchangeConnectorType: "onPremises",
    exchangeOrganization: organization,
    lastSyncDateTime: never,
    primarySmtpAddress: "notify@contoso.example",
    serverName: primary,
    status: "connectionPending",
    version: "1.0",
    annotations: {
      "@classic.exchangeAccount": account,
      "@classic.casFailoverEnabled": true,
      "@classic.parallelCommandSupport": false,
    },
    primaryServer: primary,
    currentServer: primary,
    discoveredServers: [primary],
    changeMark: 0,
    uSNMark: 0,
    settingsMark: "",
    nextQuickMs: context.clock.nowMs(),
    nextFullMs: context.clock.nowMs(),
    progress: null,
    ...fields,
  });
  return id;
}

export const groupId = ({ db }: TenantContext, displayName: string): string =>
  db.get<{ id: string }>("SELECT id FROM directoryGroup WHERE displayName = :displayName", { displayName })!.id;

export const userId = (context: TenantContext, user: number): string => findUser(context, mailboxOf(user))!.id;

export const deviceIdOf = ({ db }: TenantContext, number: number): string =>
  db.get<{ id: string }>("SELECT id FROM device WHERE deviceName = :name", { name: `DEVICE-${number}` })!.id;

export const setDevice = (context: TenantContext, number: number, fields: Parameters<typeof updateDevice>[2]): void =>
  updateDevice(context, deviceIdOf(context, number), fields);

/** What a test compares: each record's state as users feel it, Exchange's words for it, and the reason. */
export const accessOfRecords = (context: TenantContext): Record<string, string> =>
  Object.fromEntries(
    exchangeStatus(context).organizations.flatMap(({ records }) =>
      records.map(({ mailbox, deviceId, state, DeviceAccessState, DeviceAccessStateReason, reason }) => [
        `${mailbox} ${deviceId}`,
        `${state} ${DeviceAccessState}/${DeviceAccessStateReason} ${reason}`,
      ]),
    ),
  );

/** The Exchange fields of the managed devices. */
export const devicesNow = ({ db }: TenantContext): object[] =>
  db.all(
    `SELECT deviceName, easActivated, easActivationDateTime, exchangeAccessState, exchangeAccessStateReason,
       exchangeLastSuccessfulSyncDateTime FROM device ORDER BY deviceName`,
  );

export const writeCount = ({ db }: TenantContext): number =>
  db.get<{ sum: number }>("SELECT coalesce(sum(count), 0) AS sum FROM cmdletCount")!.sum;

export const eventsOf = ({ db }: TenantContext, kind: string): string[] =>
  db
    .all<{ message: string }>("SELECT message FROM event WHERE kind = :kind ORDER BY sequence", { kind })
    .map(({ message }) => message);
