/** Campaigns of a few days; `npm run simulate` runs longer ones, and others. */
import assert from "node:assert/strict";
import { runCampaign } from "./campaign";

describe("sync: hours of mishaps, then a day of calm", () => {
  for (const seed of [1, 2, 3, 4]) {
    it(`campaign ${seed} ends as the rules say`, () => {
      const { events, wrong } = runCampaign(seed, 96);
      assert.deepEqual(wrong, [], `See it again: npm run simulate -- --seed ${seed} --hours 96`);
      assert.ok(events.connectorSyncFailed! > 0 && events.connectorSynced! > 50, JSON.stringify(events));
    });
  }

  it("the same number gives the same campaign", () => assert.deepEqual(runCampaign(7, 48), runCampaign(7, 48)));
});
