import assert from "node:assert/strict";
import fc from "fast-check";
import { makeThrottle, type Throttling, throttlingSeed } from "../../provider/tenant/throttle";

/** A throttle with a time of its own, in milliseconds. */
function opened(settings: Partial<Throttling> = {}) {
  let nowMs = 500;
  const throttle = makeThrottle(() => nowMs);
  const limits = throttlingSeed.parse(settings);
  return {
    pass: (ms: number) => {
      nowMs += ms;
    },
    ask: (appId?: string) => throttle(limits, appId),
    /** How many of so many requests pass. */
    passing: (requests: number, appId?: string) => {
      let passed = 0;
      for (let each = 0; each < requests; each++) if (!throttle(limits, appId)) passed++;
      return passed;
    },
  };
}

describe("throttling", () => {
  it("has Intune's limits, where the seed says nothing else (CONTRACT section 9)", () => {
    assert.deepEqual(throttlingSeed.parse({}), {
      windowSeconds: 20,
      tenant: 4_000,
      application: 2_000,
      retryAfter: true,
    });
  });

  it("is off where there are no settings", () => {
    const throttle = makeThrottle(() => 0);
    for (let each = 0; each < 10_000; each++) assert.equal(throttle(undefined, "a"), undefined);
  });

  it("lets an application have its share, and the tenant the sum", () => {
    const { passing } = opened();
    assert.equal(passing(2_100, "a"), 2_000);
    assert.equal(passing(1_500, "b"), 1_500);
    assert.equal(passing(1_000, "c"), 500);
  });

  it("counts callers without a token as one application", () => {
    const { passing } = opened({ application: 3 });
    assert.equal(passing(5), 3);
    assert.equal(passing(5, "a"), 3);
  });

  it("says when to ask again, and then the request passes; a second before, it does not", () => {
    const { ask, pass, passing } = opened({ windowSeconds: 20, application: 10 });
    assert.equal(passing(4, "a"), 4);
    pass(7_000);
    assert.equal(passing(9, "a"), 6);
    const refused = ask("a");
    assert.deepEqual(refused, { retryAfter: 14 });
    pass(12_000);
    assert.deepEqual(ask("a"), { retryAfter: 2 });
    pass(2_000);
    assert.equal(passing(9, "a"), 4);
  });

  it("does not count what it refuses", () => {
    const { ask, pass, passing } = opened({ windowSeconds: 2, application: 5 });
    assert.equal(passing(500), 5);
    pass(3_000);
    assert.equal(ask(), undefined);
  });

  it("leaves out when to ask again, if it is told to", () => {
    const { ask, passing } = opened({ application: 1, retryAfter: false });
    passing(1);
    assert.deepEqual(ask(), { retryAfter: undefined });
  });

  it("takes new settings at once, and forgets all that was when it is switched off", () => {
    const throttle = makeThrottle(() => 0);
    const one = throttlingSeed.parse({ application: 1 });
    assert.equal(throttle(one, "a"), undefined);
    assert.ok(throttle(one, "a"));
    assert.equal(throttle({ ...one, application: 2 }, "a"), undefined);
    assert.equal(throttle(undefined, "a"), undefined);
    assert.equal(throttle(one, "a"), undefined);
  });

  it("never lets more through than the limit in any window, and always keeps its word", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 20, maxLength: 120 });
    fc.assert(
      fc.property(
        gaps,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 6 }),
        (gapsMs, windowSeconds, limit) => {
          let nowMs = 0;
          const throttle = makeThrottle(() => nowMs);
          const settings = throttlingSeed.parse({ windowSeconds, application: limit });
          const passed: number[] = [];
          for (const gap of gapsMs) {
            nowMs += gap;
            const refused = throttle(settings, "a");
            if (refused) {
              nowMs += refused.retryAfter! * 1_000;
              assert.equal(throttle(settings, "a"), undefined, "the promised time was not kept");
            }
            passed.push(nowMs);
            const inWindow = passed.filter((ms) => ms > nowMs - windowSeconds * 1_000);
            assert.ok(inWindow.length <= limit, `${inWindow.length} in a window`);
          }
        },
      ),
    );
  });

  const wrong: [string, object][] = [
    ["an unknown word", { perApp: 3 }],
    ["no time at all", { windowSeconds: 0 }],
    ["a limit of none", { tenant: 0 }],
    ["half a request", { application: 1.5 }],
  ];
  for (const [name, value] of wrong) {
    it(`refuses settings with ${name}`, () => assert.equal(throttlingSeed.safeParse(value).success, false));
  }
});
