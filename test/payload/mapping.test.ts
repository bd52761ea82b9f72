import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formats, type ProfileType, type Settings } from "../../provider/payload/payload";
import { decides } from "../../provider/payload/settings";
import { isLost, type Row, userDecides } from "../../provider/payload/table";
import { settings as profileSettings } from "../../provider/resources/email-profile-settings";

const guide = join(__dirname, "../../docs/guides/payloads.md");
const marks = /(<!-- made from [^>]*-->\n)([\s\S]*?)(<!-- end -->)/;

const types = Object.keys(formats) as ProfileType[];
const names = Object.keys(formats.ios.table) as (keyof Settings)[];
const rowOf = (type: ProfileType, name: keyof Settings) => formats[type].table[name] as Row<unknown>;

const table = (head: string[], rows: string[][]) => [
  `| ${head.join(" | ")} |`,
  `|${head.map(() => "---").join("|")}|`,
  ...rows.map((row) => `| ${row.join(" | ")} |`),
];

/** Reasons are long, so cells refer to them by number. */
function printed(): string {
  const reasons: string[] = [];
  const because = (reason: string) => {
    if (!reasons.includes(reason)) reasons.push(reason);
    return `none [${reasons.indexOf(reason) + 1}]`;
  };
  const cell = (type: ProfileType, name: keyof Settings) => {
    const row = rowOf(type, name);
    if ("absent" in row) return "–";
    return isLost(row) ? because(row.lost) : row.keys.map((key) => `\`${key}\``).join(", ");
  };
  const codes = (name: keyof Settings) => {
    const coded = types.flatMap((type) => {
      const row = rowOf(type, name);
      return isLost(row) || !row.codes ? [] : [{ type, codes: row.codes }];
    });
    const code = (value: (typeof coded)[number]["codes"][string] | undefined) => {
      if (value === userDecides || value === undefined) return "not sent";
      return typeof value === "object" ? because(value.lost) : String(value);
    };
    return table(
      [name, ...coded.map(({ type }) => type)],
      Object.keys(coded[0]!.codes).map((word) => [word, ...coded.map((one) => code(one.codes[word]))]),
    );
  };
  const settings = table(
    ["setting", ...types],
    names.map((name) => [name, ...types.map((type) => cell(type, name))]),
  );
  const words = [...codes("durationOfEmailToSync"), "", ...codes("emailSyncSchedule")];
  return [
    "",
    ...settings,
    "",
    ...words,
    "",
    ...reasons.map((reason, index) => `${index + 1}. ${reason}`),
    "",
    "Settings that decide what is sent, and do not travel themselves:",
    "",
    ...table(["setting", "what it does"], Object.entries(decides)),
    "",
    "",
  ].join("\n");
}

describe("the guide to payloads", () => {
  it("has the tables that the writers use", () => {
    const text = readFileSync(guide, "utf8");
    const wanted = text.replace(marks, (_, begin, __, end) => `${begin}${printed()}${end}`);
    if (process.env.UPDATE_GOLDEN) writeFileSync(guide, wanted);
    assert.match(text, marks);
    assert.equal(readFileSync(guide, "utf8"), wanted, "a table has changed: UPDATE_GOLDEN=true npm test, and review");
  });

  it("speaks of every setting of a profile", () => {
    const spoken = [...names, ...Object.keys(decides)];
    assert.deepEqual(
      Object.keys(profileSettings).filter((name) => !spoken.some((one) => one === name)),
      [],
    );
  });
});
