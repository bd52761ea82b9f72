import assert from "node:assert/strict";
import type { Properties } from "../../../provider/engine/embedded/properties";
import { parsePath, pathCovers, resetPath } from "../../../provider/engine/embedded/property-path";

describe("property paths", () => {
  const PARSED: Record<string, (string | number)[] | undefined> = {
    name: ["name"],
    "settings.host": ["settings", "host"],
    "list[0].name": ["list", 0, "name"],
    'tags["a key"]': ["tags", "a key"],
    "list[*].name": ["list", "*", "name"],
    "*": ["*"],
    "": undefined,
    "a[": undefined,
  };
  for (const [text, path] of Object.entries(PARSED)) {
    it(`${JSON.stringify(text)} is ${JSON.stringify(path)}`, () => assert.deepEqual(parsePath(text), path));
  }

  const RESET: Record<string, { path: string; before: Properties; after: Properties; result: Properties | false }> = {
    "a value": { path: "a", before: { a: 1 }, after: { a: 2, b: 3 }, result: { a: 1, b: 3 } },
    "a value that was added": { path: "a", before: {}, after: { a: 2 }, result: {} },
    "a value that was removed": { path: "a", before: { a: 1 }, after: {}, result: { a: 1 } },
    "inside a list": {
      path: "l[1].x",
      before: { l: [{ x: 0 }, { x: 1 }] },
      after: { l: [{ x: 5 }, { x: 6 }] },
      result: { l: [{ x: 5 }, { x: 1 }] },
    },
    "in every element": {
      path: "l[*].x",
      before: { l: [{ x: 0 }, { x: 1 }] },
      after: { l: [{ x: 5 }, { x: 6 }] },
      result: { l: [{ x: 0 }, { x: 1 }] },
    },
    everything: { path: "*", before: { a: 1, b: 2 }, after: { a: 3 }, result: { a: 1, b: 2 } },
    "an element that is new": {
      path: "l[1].x",
      before: { l: [{ x: 0 }] },
      after: { l: [{ x: 5 }, { x: 6 }] },
      result: false,
    },
  };
  for (const [title, { path, before, after, result }] of Object.entries(RESET)) {
    it(`resets ${title}`, () => {
      const target = structuredClone(after);
      const done = resetPath(parsePath(path) ?? [], before, target);
      assert.deepEqual(done && target, result);
    });
  }

  it("covers a property by its name or by a star", () => {
    assert.ok(pathCovers(["a"], "a") && pathCovers(["*"], "a"));
    assert.ok(!pathCovers(["a", "b"], "a") && !pathCovers(["b"], "a"));
  });
});
