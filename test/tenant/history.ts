/** A history of a tenant, one request after the other: the same seed and the same requests always give the same file. */
import { createHash } from "node:crypto";
import { openTenant, readSeed, type Tenant } from "../../provider/tenant";
import { assign, type Calls, configurations, groupId, makeProfile, profileBodies, seedText, worldOf } from "./world";

const seed = readSeed(
  seedText({
    users: ["ann", "bob", "cleo"].map((name) => ({
      userPrincipalName: `${name}@test.example`,
      displayName: name,
      mail: `${name}@test.example`,
    })),
    groups: [
      { displayName: "A", members: ["ann@test.example", "B"] },
      { displayName: "B", members: ["bob@test.example"] },
    ],
    devices: ["ann", "bob", "cleo"].map((name, index) => ({
      deviceName: `${name}-phone`,
      user: `${name}@test.example`,
      platform: "ios",
      osVersion: "13.3.1",
      model: "iPhone 11",
      manufacturer: "Apple",
      easDeviceId: `APPL${index}`,
      ...(name === "bob" ? { accounts: [{ host: "mail.test.example", emailAddress: "bob@test.example" }] } : {}),
    })),
    exchangeOrganizations: [
      {
        name: "Test Mail",
        domain: "test.example",
        clientAccessServers: [{ fqdn: "cas.test.example" }],
        accounts: [{ name: "TEST\\svc" }],
        mailboxes: ["ann", "bob", "cleo", "notify"].map((name) => `${name}@test.example`),
        partnerships: ["ann", "bob", "cleo"].map((name, index) => ({
          mailbox: `${name}@test.example`,
          deviceId: `APPL${index}`,
          deviceType: "iPhone",
          deviceModel: "iPhone 11",
        })),
        conditionalAccess: { includedGroups: ["A"] },
      },
    ],
  }),
  "of the history",
);

export const openHistory = (data?: string): Tenant => openTenant({ seed, ...(data === undefined ? {} : { data }) });

const ids = async (world: Calls) =>
  ((await world.get(configurations)).body.value as { id: string }[]).map(({ id }) => id);
const first = async (world: Calls) => (await ids(world))[0]!;
const type = profileBodies.ios["@odata.type"];

const connector = {
  serverName: "cas.test.example",
  exchangeConnectorType: "onPremises",
  exchangeOrganization: "Test Mail",
  primarySmtpAddress: "notify@test.example",
  "@classic.exchangeAccount": "TEST\\svc",
  "@classic.exchangeAccountPassword": "not kept",
  "@classic.notificationAccount": "notify@test.example",
};

/** Each step is one request that writes; what it needs to know it reads from the tenant. */
const steps: readonly ((world: Calls) => Promise<{ status: number }>)[] = [
  async (world) => ({ status: (await makeProfile(world, "ios")) === "" ? 500 : 201 }),
  async (world) => assign(world, await first(world), ["A", "B"]),
  async (world) => world.post("/simulation/checkIn", {}),
  async (world) =>
    world.call("PATCH", `${configurations}/${await first(world)}`, {
      "@odata.type": type,
      hostName: "new.test.example",
    }),
  async (world) => world.post("/beta/deviceManagement/exchangeConnectors", connector),
  async (world) => world.post("/simulation/clock", { advance: "9h" }),
  async (world) =>
    world.post("/beta/$batch", {
      requests: ["windows10", "windowsPhone81"].map((kind, id) => ({
        id,
        method: "POST",
        url: "/deviceManagement/deviceConfigurations",
        body: { displayName: kind, ...profileBodies[kind as "windows10"] },
      })),
    }),
  async (world) => {
    const [, member] = (await world.get("/beta/users")).body.value as { id: string }[];
    return world.call("DELETE", `/beta/groups/${await groupId(world, "B")}/members/${member!.id}/$ref`);
  },
  async (world) => {
    const [{ id }] = (await world.get("/beta/deviceManagement/exchangeConnectors")).body.value;
    return world.post(`/beta/deviceManagement/exchangeConnectors/${id}/sync`, { syncType: "fullSync" });
  },
  async (world) => {
    const [{ id }] = (await world.get("/beta/deviceManagement/managedDevices")).body.value;
    return world.post(`/beta/deviceManagement/managedDevices/${id}/retire`);
  },
  async (world) => world.call("DELETE", `${configurations}/${await first(world)}`),
  async (world) => world.post("/simulation/clock", { advance: "1d" }),
  async (world) => world.call("DELETE", `/beta/groups/${await groupId(world, "A")}`),
  async (world) => world.post("/simulation/reset", {}),
  async (world) => ({ status: (await makeProfile(world, "ios")) === "" ? 500 : 201 }),
];

export const historyLength = steps.length;

/** Runs the steps from one on; tells of each that is done. */
export async function runHistory(tenant: Tenant, from: number, done: (step: number) => void): Promise<void> {
  const world = worldOf(tenant);
  for (const [index, step] of steps.entries()) {
    if (index < from) continue;
    const { status } = await step(world);
    if (status >= 400) throw new Error(`Step ${index} was answered with ${status}.`);
    done(index + 1);
  }
}

/** All that the file holds, as one number: two tenants with the same one are the same, row by row. */
export function fingerprint({ context: { db } }: Tenant): string {
  const hash = createHash("sha256");
  const tables = db.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  for (const { name } of tables) {
    const rows = db.all(`SELECT * FROM "${name}"`).map((row) => JSON.stringify(row));
    hash.update(`${name}\n${rows.sort().join("\n")}\n`);
  }
  return hash.digest("hex");
}
