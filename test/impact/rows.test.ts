/** What a forecast of a million devices is made of: rows on disk, and crowds of numbers. */
import assert from "node:assert/strict";
import { constants } from "node:buffer";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { countOf, crowd, numbers, put, together } from "../../provider/impact/crowd";
import { mapped, sortedRows } from "../../provider/impact/rows";
import { readImpactFile } from "../../provider/impact/schema";

const some = Array.from({ length: 2500 }, (_, at) => ({ at, first: at % 3, name: `n${(at * 7919) % 2500}` }));
const rows = () => sortedRows(some, ({ first, name }) => [first, name]);

describe("rows on disk", () => {
  it("are read in order, a number and then a name, as often as wanted", () => {
    const expected = some.toSorted(
      (one, other) => one.first - other.first || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0),
    );
    const found = rows();
    assert.equal(found.length, some.length);
    for (const _ of [1, 2]) assert.deepEqual([...found], expected);
  });

  it("stay in the order that they came in where nothing else orders them", () => {
    assert.deepEqual([...sortedRows(some, () => [0, ""])], some);
  });

  it("are read by two at once", () => {
    const [one, other] = [rows()[Symbol.iterator](), rows()[Symbol.iterator]()];
    const shared = rows();
    const [left, right] = [shared[Symbol.iterator](), shared[Symbol.iterator]()];
    for (const _ of some) {
      assert.deepEqual(left.next(), one.next());
      assert.deepEqual(right.next(), other.next());
    }
  });

  it("are none", () => assert.deepEqual([...sortedRows([], () => [0, ""])], []));

  it("become others as they are looked at", () => {
    const names = mapped(rows(), ({ name }) => name);
    assert.equal(names.length, some.length);
    assert.deepEqual(
      [...names],
      [...rows()].map(({ name }) => name),
    );
  });
});

describe("a forecast in a file", () => {
  it("that is too long to be read again is refused in words", () => {
    const folder = mkdtempSync(join(tmpdir(), "impact-rows-"));
    const file = join(folder, "impact.json");
    try {
      writeFileSync(file, " ".repeat(1001));
      assert.throws(() => readImpactFile(file, 1000), {
        message: /impact\.json has 1 MiB, and one of at most 1 MiB can be read again\. Make the report together/,
      });
      truncateSync(file, constants.MAX_STRING_LENGTH + 1);
      assert.throws(() => readImpactFile(file), /has 512 MiB/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a crowd", () => {
  const ofSome = fc.array(fc.integer({ min: 0, max: 5000 }));
  it("has who was put in, once each, however large the numbers", () => {
    fc.assert(
      fc.property(ofSome, (all) => {
        const set = new Set(all);
        const found = numbers();
        for (const number of all) found.add(number);
        assert.equal(found.size, set.size);
        for (const number of [...all, ...all.map((one) => one + 1)]) assert.equal(found.has(number), set.has(number));
      }),
    );
  });

  it("has all of those that it is put together of, and leaves them as they are", () => {
    fc.assert(
      fc.property(ofSome, ofSome, (left, right) => {
        const [one, other] = [crowd(), crowd()];
        for (const device of left) put(one, { device, person: device % 7 });
        for (const device of right) put(other, { device, person: null });
        const both = together([one, undefined, other]);
        assert.deepEqual(countOf(both), {
          devices: new Set([...left, ...right]).size,
          people: new Set(left.map((device) => device % 7)).size,
        });
        assert.equal(one.devices.size, new Set(left).size);
      }),
    );
  });
});
