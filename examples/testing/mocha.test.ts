import assert from "node:assert/strict";
import { startTenant, type TestTenant } from "pulumi-intune-mail/testing";
import { rollOut } from "./roll-out";

const configurations = "/deviceManagement/deviceConfigurations";

describe("the roll-out", () => {
  let tenant: TestTenant;
  before(async () => {
    tenant = await startTenant();
    await tenant.snapshot("new");
  });
  beforeEach(async () => {
    await tenant.restore("new");
    await tenant.requests.clear();
  });
  after(() => tenant.close());

  it("brings mail to the iPhones of the group", async () => {
    const profile = await rollOut(tenant.url, "iPhone users");
    await tenant.clock.runUntilIdle();
    const installed = await tenant.events({ kind: "profileInstalled" });
    assert.deepEqual(
      installed.map(({ deviceId, subjectId }) => [deviceId, subjectId]),
      [[tenant.id("device", "ADA-IPHONE"), profile]],
    );
    // Ben has set up mail himself, and Hugo's iPhone is too old.
    const { alerts } = await tenant.status();
    assert.deepEqual(
      alerts.map(({ deviceName, kind }) => [deviceName, kind]),
      [["BEN-IPHONE", "duplicateAccount"]],
    );
  });

  it("waits when Graph is busy", async () => {
    await tenant.faults.add({ method: "POST", path: "/deviceManagement/**", nth: 1, status: 503, retryAfter: 0 });
    await rollOut(tenant.url, "iPhone users");
    const made = await tenant.requests.list({ method: "POST", path: configurations });
    assert.deepEqual(
      made.map(({ status }) => status),
      [503, 201],
    );
  });

  it("makes no second profile when the answer is lost", async () => {
    await tenant.faults.add({ method: "POST", path: configurations, nth: 1, drop: "after" });
    await rollOut(tenant.url, "iPhone users");
    const answer = await tenant.fetch(`/beta${configurations}`);
    const { value } = (await answer.json()) as { value: object[] };
    assert.equal(value.length, 1);
  });
});
