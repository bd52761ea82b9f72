/** Generated companies, and all that may happen in them and in their Exchange organizations. */
import fc from "fast-check";
import type { TenantContext } from "../../../provider/tenant/context";
import { addMember, removeMember } from "../../../provider/tenant/services/directory";
import { readConditionalAccess, writeConditionalAccess } from "../../../provider/tenant/sync/policy";
import { easId, fabrikam, groupId, mailboxOf, organization, setDevice, userId, type WorldSpec } from "./world";

const users = 3;
const devices = 4;
const easIds = 6;
const user = fc.nat({ max: users - 1 });
const device = fc.nat({ max: devices - 1 });
const eas = fc.nat({ max: easIds - 1 });
const compliance = fc.constantFrom("compliant", "compliant", "noncompliant", "inGracePeriod", "unknown");

/** Mostly so: most people are licensed, and most devices enrolled, so that there is something to decide. */
const mostly = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });

/** Small companies: two Exchange organizations, whose mailboxes have the same addresses. */
export const worlds: fc.Arbitrary<WorldSpec> = fc.record({
  licensed: fc.array(mostly, { minLength: users, maxLength: users }),
  devices: fc.array(fc.record({ user, complianceState: compliance, enrolled: mostly }), {
    minLength: devices,
    maxLength: devices,
  }),
  records: fc.uniqueArray(fc.tuple(user, eas), {
    minLength: 2,
    maxLength: 10,
    selector: ([owner, number]) => `${owner} ${number}`,
  }),
  exchange: fc.record({
    conditionalAccess: fc.record({
      includedGroups: fc.constant(["Everyone"]),
      excludedGroups: fc.constant(["Exempt"]),
      overrideDefaultRule: fc.boolean(),
    }),
  }),
});

/** Devices may have been deleted. */
function setIfThere(world: TenantContext, number: number, fields: Parameters<typeof setDevice>[2]): void {
  if (world.db.get("SELECT 1 FROM device WHERE deviceName = :name", { name: `DEVICE-${number}` })) {
    setDevice(world, number, fields);
  }
}

export type Change = (context: TenantContext) => void;
const named = (name: string, change: Change): Change => Object.assign(change, { [fc.toStringMethod]: () => name });
const organizations = fc.constantFrom(organization, fabrikam);
const groups = fc.constantFrom("Everyone", "Staff", "Exempt");

/** All that may happen between two syncs, on the tenant's side and on Exchange's. */
export const changes: fc.Arbitrary<Change> = fc.oneof(
  fc
    .tuple(device, compliance)
    .map(([number, complianceState]) =>
      named(`${number} is ${complianceState}`, (world) => setIfThere(world, number, { complianceState })),
    ),
  fc
    .tuple(device, fc.constantFrom<0 | 1>(0, 1))
    .map(([number, enrolled]) =>
      named(`${number} enrolled ${enrolled}`, (world) => setIfThere(world, number, { enrolled })),
    ),
  fc.tuple(device, fc.option(eas)).map(([number, id]) =>
    named(`${number} gets EAS id ${id}`, (world) => {
      const easDeviceId = id === null ? null : easId(id);
      world.db.run("UPDATE device SET easDeviceId = NULL WHERE easDeviceId = :easDeviceId", { easDeviceId });
      setIfThere(world, number, { easDeviceId });
    }),
  ),
  fc
    .tuple(groups, user)
    .map(([group, number]) =>
      named(`user ${number} joins ${group}`, (world) =>
        addMember(world, groupId(world, group), { id: userId(world, number), kind: "user" }),
      ),
    ),
  fc.tuple(groups, user).map(([group, number]) =>
    named(`user ${number} leaves ${group}`, (world) => {
      removeMember(world, groupId(world, group), userId(world, number));
    }),
  ),
  fc
    .constantFrom("Everyone", "Exempt")
    .map((group) =>
      named(`Staff joins ${group}`, (world) =>
        addMember(world, groupId(world, group), { id: groupId(world, "Staff"), kind: "group" }),
      ),
    ),
  fc.constantFrom("Everyone", "Exempt").map((group) =>
    named(`Staff leaves ${group}`, (world) => {
      removeMember(world, groupId(world, group), groupId(world, "Staff"));
    }),
  ),
  fc.tuple(user, fc.constantFrom(0, 1)).map(([number, licensed]) =>
    named(`user ${number} licensed ${licensed}`, (world) => {
      world.db.run("UPDATE user SET licensed = :licensed WHERE id = :id", { licensed, id: userId(world, number) });
    }),
  ),
  fc
    .record({ enabled: fc.boolean(), overrideDefaultRule: fc.boolean() })
    .map((settings) =>
      named(`policy ${JSON.stringify(settings)}`, (world) =>
        writeConditionalAccess(world, { ...readConditionalAccess(world), ...settings }),
      ),
    ),
  fc.tuple(organizations, fc.constantFrom("Allow", "Block", "Quarantine")).map(([organization, level]) =>
    named(`${organization}'s default ${level}`, (world) => {
      world.db.run("UPDATE exchangeOrganization SET defaultAccessLevel = :level WHERE name = :organization", {
        level,
        organization,
      });
    }),
  ),
  fc.tuple(organizations, fc.constantFrom("Allow", "Block"), fc.boolean()).map(([organization, level, on]) =>
    named(`a rule of ${organization} ${on ? level : "goes"}`, (world) => {
      const values = { organization, ...(on && { level }) };
      world.db.run(
        on
          ? "INSERT OR REPLACE INTO deviceAccessRule VALUES (:organization, 'DeviceType', 'iPhone', :level)"
          : "DELETE FROM deviceAccessRule WHERE organization = :organization",
        values,
      );
    }),
  ),
  fc.tuple(organizations, user, eas).map(([organization, number, id]) =>
    named(`record ${number} ${id} of ${organization} is removed`, (world) => {
      world.db.run(
        "DELETE FROM easPartnership WHERE organization = :organization AND mailbox = :mailbox AND deviceId = :deviceId",
        { organization, mailbox: mailboxOf(number), deviceId: easId(id) },
      );
    }),
  ),
  device.map((number) =>
    named(`device ${number} is deleted`, (world) => {
      world.db.run("DELETE FROM device WHERE deviceName = :name", { name: `DEVICE-${number}` });
    }),
  ),
  fc.tuple(organizations, user, eas).map(([organization, number, id]) =>
    named(`record ${number} ${id} in ${organization}`, (world) => {
      world.db.run(
        `INSERT OR IGNORE INTO easPartnership (organization, mailbox, deviceId, deviceType, deviceModel, deviceOS,
           userAgent, firstSyncTime, lastSuccessSync)
         VALUES (:organization, :mailbox, :deviceId, 'iPhone', 'iPhone12C1', '', '', :time, :time)`,
        { organization, mailbox: mailboxOf(number), deviceId: easId(id), time: "2020-03-02T07:00:00Z" },
      );
    }),
  ),
  eas.map((id) =>
    named(`EAS ${id} syncs mail`, (world) => {
      world.db.run("UPDATE easPartnership SET lastSuccessSync = :time WHERE deviceId = :deviceId", {
        time: "2020-03-02T09:00:00Z",
        deviceId: easId(id),
      });
    }),
  ),
  fc
    .tuple(organizations, user, eas, fc.constantFrom("allowed", "blocked"), fc.boolean())
    .map(([organization, number, id, list, on]) =>
      named(`an administrator of ${organization} ${on ? "adds" : "takes"} ${number} ${id} ${list}`, (world) => {
        const values = { organization, mailbox: mailboxOf(number), deviceId: easId(id), list };
        world.db.run(
          on
            ? "INSERT OR IGNORE INTO easAccessList VALUES (:organization, :mailbox, :deviceId, :list)"
            : `DELETE FROM easAccessList WHERE organization = :organization AND mailbox = :mailbox
             AND deviceId = :deviceId AND list = :list`,
          values,
        );
      }),
    ),
);
