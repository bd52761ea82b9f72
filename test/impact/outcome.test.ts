/** What happened on a device after a moment: all of it from the next event on, and nothing of before. */
import assert from "node:assert/strict";
import { eventsOn, lastEvent } from "../../provider/impact/outcome";
import { openTenant } from "../../provider/tenant";

describe("what happened after an event", () => {
  it("begins with the next one of the device", () => {
    const { context, close } = openTenant({});
    const add = (deviceId: string, kind: string) => {
      context.events.add({ kind, deviceId, message: kind });
      return lastEvent(context);
    };
    try {
      const before = lastEvent(context);
      const [first, , third] = [add("a", "one"), add("b", "two"), add("a", "three")];
      const kinds = (after: number) => eventsOn(context, "a", after).map(({ kind }) => kind);
      assert.deepEqual(
        [kinds(before), kinds(first), kinds(third - 1), kinds(third)],
        [["one", "three"], ["three"], ["three"], []],
      );
    } finally {
      close();
    }
  });
});
