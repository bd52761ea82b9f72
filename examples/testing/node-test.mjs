import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startTenant } from "pulumi-intune-mail/testing";
import { rollOut } from "./roll-out.ts";

let tenant;
before(async () => {
  // A company of one iPhone: a seed need only say what the test is about.
  tenant = await startTenant({
    seed: {
      users: [{ userPrincipalName: "ada@contoso.example", displayName: "Ada", mail: "ada@contoso.example" }],
      groups: [{ displayName: "Pilot", members: ["ada@contoso.example"] }],
      devices: [
        {
          deviceName: "PHONE",
          user: "ada@contoso.example",
          platform: "ios",
          osVersion: "13.3.1",
          model: "iPhone 11",
          manufacturer: "Apple",
        },
      ],
    },
  });
});
beforeEach(() => tenant.reset());
after(() => tenant.close());

test("the iPhone has mail at its next check-in", async () => {
  await rollOut(tenant.url, "Pilot");
  assert.equal((await tenant.status()).summary.successCount, 0);
  await tenant.clock.advance("8h");
  assert.equal((await tenant.status()).summary.successCount, 1);
});

test("a second run changes nothing", async () => {
  const first = await rollOut(tenant.url, "Pilot");
  assert.equal(await rollOut(tenant.url, "Pilot"), first);
  await tenant.clock.runUntilIdle();
  assert.equal((await tenant.events({ kind: "profileInstalled" })).length, 1);
});

test("a group that is not there is an error, and nothing is made", async () => {
  await assert.rejects(rollOut(tenant.url, "Pilots"), /no group "Pilots"/);
  assert.deepEqual(await tenant.requests.list({ method: "POST" }), []);
});
