import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  changes,
  describeChange,
  type OnChange,
  record,
  replace,
  update,
  updateSecret,
  updateWhen,
} from "../../provider/on-change";
import { has } from "../../provider/platform";
import { platformNames, platforms } from "../../provider/platforms";
import { resourceTypes } from "../../provider/resources";
import { sameSet, UNKNOWN } from "../../provider/values";

const golden = join(__dirname, "../golden/on-change.md");

const inWords = (onChange: OnChange) => {
  switch (onChange.does) {
    case "replace":
      return `**replaces** (${onChange.rule}): ${onChange.why}`;
    case "record":
      return "nothing is sent";
    case "update":
      return `updates in place${onChange.same ? ", order does not matter" : ""}${onChange.secret ? ", never shown" : ""}`;
  }
};

function printed(): string {
  const lines = [
    "# What a change of each input does",
    "",
    "Printed from the tables; `UPDATE_GOLDEN=1` writes it anew.",
  ];
  for (const [kind, { onChange }] of Object.entries(resourceTypes)) {
    lines.push("", `## ${kind}`, "", "| input | a change |", "|---|---|");
    for (const [property, row] of Object.entries<OnChange>(onChange)) lines.push(`| ${property} | ${inWords(row)} |`);
  }
  lines.push("", "## Settings of each platform", "", `| setting | ${platformNames.join(" | ")} |`);
  lines.push(`|---|${platformNames.map(() => "---").join("|")}|`);
  for (const setting of Object.keys(platforms.ios.settings) as (keyof typeof platforms.ios.settings)[]) {
    const cells = platformNames.map((name) => {
      const row = platforms[name].settings[setting];
      return has(row) ? `${row.required ? "required" : "optional"}${row.as === "property" ? "" : ` (${row.as})`}` : "–";
    });
    lines.push(`| ${setting} | ${cells.join(" | ")} |`);
  }
  return `${lines.join("\n")}\n`;
}

describe("what a change does", () => {
  it("is what reviewers have seen in test/golden/on-change.md", () => {
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, printed());
    assert.equal(printed(), readFileSync(golden, "utf8"), "a rule has changed: UPDATE_GOLDEN=1 npm test, and review");
  });

  const table = { a: update, list: updateWhen(sameSet), pin: updateSecret, r: replace("E7", "because"), note: record };
  const cases: { name: string; olds: object; news: object; changed: string[] }[] = [
    { name: "nothing given, nothing changed", olds: {}, news: {}, changed: [] },
    { name: "equal values", olds: { a: 1, r: "x" }, news: { a: 1, r: "x" }, changed: [] },
    { name: "absent and null are the same", olds: { a: null }, news: {}, changed: [] },
    { name: "absent and undefined are the same", olds: {}, news: { a: undefined }, changed: [] },
    { name: "false and absent differ", olds: { a: false }, news: {}, changed: ["a"] },
    { name: "a value", olds: { a: 1 }, news: { a: 2 }, changed: ["a"] },
    { name: "a value taken away", olds: { a: 1 }, news: {}, changed: ["a"] },
    { name: "a value added", olds: {}, news: { a: 1 }, changed: ["a"] },
    { name: "inside an object", olds: { a: { b: [1, 2] } }, news: { a: { b: [2, 1] } }, changed: ["a"] },
    { name: "a list beside an object of the same keys", olds: { a: ["x"] }, news: { a: { 0: "x" } }, changed: ["a"] },
    { name: "order of a set", olds: { list: ["x", "y"] }, news: { list: ["y", "x"] }, changed: [] },
    { name: "repetition in a set", olds: { list: ["x"] }, news: { list: ["x", "x"] }, changed: [] },
    { name: "a set that shrinks", olds: { list: ["x", "y"] }, news: { list: ["y"] }, changed: ["list"] },
    { name: "a set taken away", olds: { list: ["x"] }, news: {}, changed: ["list"] },
    { name: "not known yet", olds: { a: 1 }, news: { a: UNKNOWN }, changed: ["a"] },
    { name: "not known yet, inside", olds: { list: ["x"] }, news: { list: ["x", UNKNOWN] }, changed: ["list"] },
    {
      name: "not known yet, though it was not before either",
      olds: { r: UNKNOWN },
      news: { r: UNKNOWN },
      changed: ["r"],
    },
    { name: "what is only recorded", olds: { note: 1 }, news: { note: 2 }, changed: [] },
    { name: "what is no input", olds: { version: 1 }, news: {}, changed: [] },
    { name: "several", olds: { a: 1, r: 1 }, news: { a: 2, r: 2 }, changed: ["a", "r"] },
  ];
  for (const { name, olds, news, changed } of cases) {
    it(`changes: ${name}`, () => {
      const found = changes(table, { ...olds }, { ...news }).map((change) => change.property);
      assert.deepEqual(found, changed);
    });
  }

  it("is told in one line, with the reason of a replacement and without secrets", () => {
    const olds = { a: 1, r: "x", pin: "1234", list: ["x"] };
    const lines = changes(table, olds, { r: UNKNOWN, pin: "4321", list: ["y"] }).map(describeChange);
    assert.deepEqual(lines, [
      "a: 1 → (none)",
      'list: ["x"] → ["y"]',
      "pin: (secret)",
      'r: "x" → (not known yet) (E7: because)',
    ]);
  });
});
