/** The control surface: time until nothing changes, limits, and what it refuses. */
import assert from "node:assert/strict";
import { seedFrom } from "../../provider/graph/connect";
import { smallCompany } from "../../provider/settings";
import { openTenant } from "../../provider/tenant";
import { stateOf } from "../../provider/tenant/schedule";
import { configurations, makeProfile, openWorld, type World, worldOf } from "./world";

const untilIdle = async (world: World) => (await world.post("/simulation/clock", { untilIdle: true })).body;

const connector = {
  "@odata.type": "#microsoft.graph.deviceManagementExchangeConnector",
  exchangeConnectorType: "onPremises",
  exchangeOrganization: "Contoso Mail",
  serverName: "cas01.contoso.example",
  "@classic.exchangeAccount": "CONTOSO\\svc-intune",
  "@classic.exchangeAccountPassword": "p",
  "@classic.notificationAccount": "mail-notifications@contoso.example",
  "@classic.notificationAccountPassword": "p",
};

const day = 86_400_000;
const hour = 3_600_000;

describe("/simulation/clock untilIdle", () => {
  let world: World;
  const installed = async (profile: string): Promise<number> => {
    const { body } = await world.get("/simulation/status");
    return body.profiles.find(({ id }: { id: string }) => id === profile).counts.successCount;
  };

  describe("of the small company", () => {
    beforeEach(() => {
      world = worldOf(openTenant({ seed: () => seedFrom(smallCompany) }));
    });
    afterEach(() => world.tenant.close());

    it("ends after one period of check-ins where there is nothing to do", async () => {
      const { advancedMs, tasks, idle, now } = await untilIdle(world);
      assert.deepEqual({ advancedMs, idle, now }, { advancedMs: 8 * hour, idle: true, now: "2020-03-02T16:00:00Z" });
      assert.ok(tasks > 0);
    });

    it("lets a profile arrive on every device, and one more period pass", async () => {
      const profile = await makeProfile(world, "ios", {}, ["iPhone users"]);
      assert.equal(await installed(profile), 0);
      const { advancedMs, idle } = await untilIdle(world);
      assert.deepEqual({ advancedMs, idle }, { advancedMs: 16 * hour, idle: true });
      const arrived = await installed(profile);
      assert.ok(arrived > 0);
      await world.post("/simulation/clock", { advance: "9d" });
      assert.equal(await installed(profile), arrived);
    });

    it("waits for what a check-in leaves to the next one", async () => {
      const profile = await makeProfile(world, "ios", {}, ["iPhone users"]);
      await untilIdle(world);
      await world.call("DELETE", `${configurations}/${profile}`);
      const { body: before } = await world.get("/simulation/events?kind=profileRemoved");
      assert.equal(before.value.length, 0);
      await untilIdle(world);
      const { body: after } = await world.get("/simulation/events?kind=profileRemoved");
      assert.ok(after.value.length > 0);
    });

    it("waits for full syncs where there is a connector", async () => {
      const { status, body } = await world.post("/beta/deviceManagement/exchangeConnectors", connector);
      assert.equal(status, 201, JSON.stringify(body));
      const { advancedMs, idle } = await untilIdle(world);
      assert.equal(idle, true);
      assert.ok(advancedMs >= day && advancedMs % day === 0, String(advancedMs));
    });

    it("changes nothing the second time but the time itself", async () => {
      await makeProfile(world, "windows10", {}, ["All mail users"]);
      await world.post("/beta/deviceManagement/exchangeConnectors", connector);
      await untilIdle(world);
      const before = stateOf(world.tenant.context);
      const { advancedMs } = await untilIdle(world);
      assert.equal(advancedMs, day);
      assert.equal(stateOf(world.tenant.context), before);
    });
  });

  it("does not move where nothing is ever due", async () => {
    world = openWorld();
    const { advancedMs, tasks, idle } = await untilIdle(world);
    assert.deepEqual({ advancedMs, tasks, idle }, { advancedMs: 0, tasks: 0, idle: true });
    world.tenant.close();
  });

  it("ends after 30 days where a period is longer, and says that it is not idle", async () => {
    const device = { deviceName: "D", platform: "ios", osVersion: "13.0", model: "iPhone", manufacturer: "Apple" };
    world = openWorld({ devices: [device], schedule: { checkIn: "40d" } });
    await world.post(configurations, { displayName: "P" });
    const { advancedMs, now } = await untilIdle(world);
    assert.equal(advancedMs, 30 * day);
    assert.equal(now, "2020-04-01T08:00:00Z");
    world.tenant.close();
  });
});

describe("/simulation/clock", () => {
  const refusals: [body: object, says: RegExp][] = [
    [{}, /one of advance, now and untilIdle/],
    [{ advance: "1h", untilIdle: true }, /one of advance, now and untilIdle/],
    [{ advance: "soon" }, /advance: must be a duration/],
    [{ now: "noon" }, /now: /],
    [{ now: "2019-01-01T00:00:00Z" }, /only goes forward/],
    [{ advance: "400d" }, /at most 366 days/],
    [{ untilIdle: false }, /untilIdle: /],
    [{ until: 1 }, /until/],
  ];
  for (const [body, says] of refusals) {
    it(`refuses ${JSON.stringify(body)}, and stays`, async () => {
      const world = openWorld();
      const answer = await world.post("/simulation/clock", body);
      assert.equal(answer.status, 400);
      assert.match(answer.body.error.message, says);
      assert.equal((await world.get("/simulation/clock")).body.now, "2020-03-02T08:00:00Z");
      world.tenant.close();
    });
  }
});

describe("/simulation/throttling", () => {
  let world: World;
  const limit = (limits: object) => world.call("PUT", "/simulation/throttling", limits);
  const statuses = async (requests: number) => {
    const found: number[] = [];
    for (let number = 0; number < requests; number++) found.push((await world.get("/beta/users")).status);
    return found;
  };
  beforeEach(() => {
    world = openWorld();
  });
  afterEach(() => world.tenant.close());

  it("is none, unless it is set", async () => {
    assert.deepEqual((await world.get("/simulation/throttling")).body, { throttling: null });
    assert.deepEqual(await statuses(30), Array(30).fill(200));
  });

  it("is Graph's own where the body says nothing", async () => {
    assert.deepEqual((await limit({})).body.throttling, {
      windowSeconds: 20,
      tenant: 4000,
      application: 2000,
      retryAfter: true,
    });
  });

  it("holds at once, for Graph and not for itself, until it is taken away", async () => {
    await limit({ windowSeconds: 3600, application: 2 });
    assert.deepEqual(await statuses(3), [200, 200, 429]);
    assert.equal((await world.get("/simulation/health")).status, 200);
    assert.ok(Number((await world.get("/beta/users")).headers.get("retry-after")) > 0);
    assert.equal((await world.call("DELETE", "/simulation/throttling")).status, 204);
    assert.deepEqual(await statuses(3), [200, 200, 200]);
  });

  it("leaves Retry-After out when told to", async () => {
    await limit({ windowSeconds: 3600, application: 1, retryAfter: false });
    await world.get("/beta/users");
    const { status, headers } = await world.get("/beta/users");
    assert.deepEqual([status, headers.get("retry-after")], [429, null]);
  });

  for (const limits of [{ tenant: 0 }, { windowSeconds: "20" }, { requests: 1 }]) {
    it(`refuses ${JSON.stringify(limits)}`, async () => {
      const { status, body } = await limit(limits);
      assert.equal(status, 400);
      assert.match(body.error.message, new RegExp(Object.keys(limits)[0]!));
    });
  }
});

describe("/simulation", () => {
  let world: World;
  beforeEach(() => {
    world = worldOf(openTenant({ seed: () => seedFrom(smallCompany) }));
  });
  afterEach(() => world.tenant.close());

  it("health says whose tenant it is, and how large", async () => {
    assert.deepEqual((await world.get("/simulation/health")).body, {
      status: "ok",
      displayName: "Contoso",
      domain: "contoso.example",
      clock: "2020-03-02T08:00:00Z",
      users: 10,
      groups: 8,
      devices: 13,
    });
  });

  it("events are given by kind and by device", async () => {
    await makeProfile(world, "ios", {}, ["iPhone users"]);
    await world.post("/simulation/checkIn");
    const { value } = (await world.get("/simulation/events?kind=profileInstalled&deviceId=ADA-IPHONE")).body;
    assert.equal(value.length, 1);
    assert.equal(value[0].kind, "profileInstalled");
  });

  it("events refuse what they do not know", async () => {
    for (const query of ["after=x", "device=ADA-IPHONE"]) {
      assert.equal((await world.get(`/simulation/events?${query}`)).status, 400, query);
    }
  });

  it("has nothing else", async () => {
    for (const path of ["/simulation/nothing", "/simulation", "/simulation/faults/1/2"]) {
      assert.ok([400, 404].includes((await world.get(path)).status), path);
    }
  });
});
