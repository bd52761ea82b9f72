/** Overviews that are kept, held against statuses that are counted, over random tenants and what happens in them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { approve, retire } from "../../provider/tenant/devices/actions";
import { checkIn } from "../../provider/tenant/devices/checkIn";
import { deviceCounts, fleetCounts, userCounts } from "../../provider/tenant/devices/counters";
import { type Device, updateDevice } from "../../provider/tenant/devices/devices";
import { countStatuses, statusesOf, userStatuses } from "../../provider/tenant/devices/status";
import { isTargeted, loadProfiles, placeOf, userOf } from "../../provider/tenant/devices/targets";
import { configurations, makeProfile, openWorld, type World } from "./world";

const users = ["ann", "bob", "cleo"].map((name) => `${name}@test.example`);
const fleet = {
  users: users.map((name) => ({ userPrincipalName: name, displayName: name, mail: name })),
  groups: [
    { displayName: "Inner", members: [users[0], "D-5"] },
    { displayName: "Outer", members: ["Inner", users[1]] },
    { displayName: "Empty" },
  ],
  devices: [0, 1, 2, 0, 1, undefined].map((user, index) => ({
    deviceName: `D-${index}`,
    ...(user === undefined ? {} : { user: users[user] }),
    platform: index === 3 ? "windows10" : "ios",
    osVersion: index === 4 ? "7.1" : "13.3.1",
    model: "Phone",
    manufacturer: "Test",
    accounts: index === 1 ? [{ host: "mail.test.example", emailAddress: users[1] }] : [],
  })),
};

type Pick = (count: number) => number;
const all = <T extends object>({ tenant }: World, sql: string) => tenant.context.db.all<T>(sql);
const groupAt = (world: World, pick: Pick) => all<{ id: string }>(world, "SELECT id FROM directoryGroup")[pick(3)]?.id;
const deviceAt = (world: World, pick: Pick) => all<Device>(world, "SELECT * FROM device ORDER BY deviceName")[pick(6)];

/** What may happen in a tenant; each takes its choices from `pick`. */
const happenings: Record<string, (world: World, profiles: string[], pick: Pick) => Promise<unknown> | unknown> = {
  assign: (world, profiles, pick) => {
    const kinds = ["group", "exclusionGroup", "allDevices", "allLicensedUsers"];
    const assignments = Array.from({ length: pick(3) }, () => {
      const kind = kinds[pick(4)]!;
      const groupId = /roup$/.test(kind) ? { groupId: groupAt(world, pick) } : {};
      return {
        intent: pick(5) === 0 ? "remove" : "apply",
        target: { "@odata.type": `#microsoft.graph.${kind}AssignmentTarget`, ...groupId },
      };
    });
    return world.post(`${configurations}/${profiles[pick(profiles.length)]}/assign`, { assignments });
  },
  checkIn: ({ tenant }, _profiles, pick) => {
    const ids = all<Device>({ tenant } as World, "SELECT * FROM device").filter(() => pick(2) === 0);
    checkIn(
      tenant.context,
      ids.map(({ id }) => id),
    );
  },
  patch: (world, profiles, pick) =>
    world.call("PATCH", `${configurations}/${profiles[pick(profiles.length)]}`, {
      "@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration",
      durationOfEmailToSync: pick(2) === 0 ? "oneDay" : "oneMonth",
    }),
  remove: (world, profiles, pick) =>
    pick(4) === 0 ? world.call("DELETE", `${configurations}/${profiles[pick(profiles.length)]}`) : undefined,
  approve: (world, _profiles, pick) => approve(world.tenant.context, deviceAt(world, pick)!),
  retire: (world, _profiles, pick) => {
    const device = deviceAt(world, pick)!;
    if (device.enrolled) retire(world.tenant.context, device);
    else updateDevice(world.tenant.context, device.id, { enrolled: 1 });
  },
  license: (world, _profiles, pick) =>
    world.tenant.context.db.run("UPDATE user SET licensed = :licensed WHERE displayName = :name", {
      licensed: pick(2),
      name: users[pick(3)]!,
    }),
  member: (world, _profiles, pick) => {
    const [groupId, id] = [groupAt(world, pick), all<{ id: string }>(world, "SELECT id FROM user")[pick(3)]!.id];
    if (groupId === undefined) return undefined;
    const there = all(world, `SELECT 1 FROM member WHERE groupId = '${groupId}' AND memberId = '${id}'`).length > 0;
    if (there) return world.call("DELETE", `/beta/groups/${groupId}/members/${id}/$ref`);
    return world.post(`/beta/groups/${groupId}/members/$ref`, { "@odata.id": `http://x/beta/directoryObjects/${id}` });
  },
  dropGroup: (world, _profiles, pick) => {
    const id = pick(6) === 0 ? groupAt(world, pick) : undefined;
    return id && world.call("DELETE", `/beta/groups/${id}`);
  },
  advance: (world) => world.post("/simulation/clock", { advance: "1h" }),
  reset: (world, _profiles, pick) => (pick(8) === 0 ? world.post("/simulation/reset", {}) : undefined),
};

function assertCounted({ tenant: { context } }: World, profiles: readonly string[]): void {
  for (const id of profiles) {
    const rows = statusesOf(context, id);
    assert.deepEqual(deviceCounts(context, id), countStatuses(rows));
    const { notApplicablePlatformCount: _, ...ofUsers } = countStatuses(userStatuses(rows));
    assert.deepEqual(userCounts(context, id), ofUsers);
  }
  const counted = fleetCounts(context).reduce((sum, { count }) => sum + count, 0);
  assert.equal(counted, context.db.all("SELECT id FROM device").length);
  assert.deepEqual(
    fleetCounts(context).map((row) => ({ ...row })),
    context.db
      .all(
        `SELECT enrolled, easDeviceId IS NOT NULL AS hasEas, platform, exchangeAccessState, model, manufacturer, count(*) AS count FROM device
         GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6`,
      )
      .map((row) => ({ ...row })),
  );
}

/** The statuses that are told without a report are those of the devices that a check-in would bring the profile to. */
function assertTargets({ tenant: { context } }: World): void {
  for (const { id, assignments } of loadProfiles(context)) {
    const waiting = context.db.all<Device>(
      "SELECT * FROM device WHERE enrolled = 1 AND id NOT IN (SELECT deviceId FROM deviceProfile WHERE profileId = :id)",
      { id },
    );
    const wanted = waiting.filter((device) =>
      isTargeted(assignments, placeOf(context, device, userOf(context, device))),
    );
    const told = statusesOf(context, id).filter(({ reason }) => reason === "notCheckedIn");
    assert.deepEqual(told.map(({ deviceId }) => deviceId).sort(), wanted.map((device) => device.id).sort());
  }
}

describe("counters", () => {
  it("say what counting would, whatever happens", async () => {
    const step = fc.tuple(
      fc.constantFrom(...Object.keys(happenings)),
      fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const world = openWorld(fleet);
        const profiles = [
          await makeProfile(world, "ios", {}, ["Outer"]),
          await makeProfile(world, "ios", { hostName: "two.test.example" }, ["Inner", "-Empty"]),
        ];
        for (const [name, choices] of steps) {
          let at = 0;
          await happenings[name]!(world, profiles, (count) => choices[at++ % choices.length]! % count);
          assertCounted(world, profiles);
          assertTargets(world);
        }
        world.tenant.close();
      }),
      { numRuns: 40 },
    );
  });

  it("are kept: a second read of an overview finds them counted", async () => {
    const world = openWorld(fleet);
    const id = await makeProfile(world, "ios", {}, ["Outer"]);
    const { context } = world.tenant;
    const kept = () => context.db.all("SELECT count FROM profileWaiting").map((row) => row.count);
    assert.deepEqual(kept(), []);
    deviceCounts(context, id);
    assert.deepEqual(kept(), [5]);
    checkIn(context, [deviceAt(world, () => 0)!.id]);
    assert.deepEqual(kept(), [4], "a report takes one away");
    world.tenant.close();
  });
});
