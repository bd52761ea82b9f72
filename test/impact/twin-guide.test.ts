/** docs/guides/twin.md: its list of permissions is that of what is read, and its example is one. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { twinPermissions, twinReads } from "../../provider/impact/twin-addresses";
import { readAssumptions } from "../../provider/impact/twin-assume";

const file = join(__dirname, "../../docs/guides/twin.md");
const begin = "<!-- made by test/impact/twin-guide.test.ts: run it with UPDATE_GOLDEN=1 -->\n";
const end = "<!-- end -->\n";

const code = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(", ");

function permissions(): string {
  const rows = twinReads.map(({ path, scopes }) => `| \`${path}\` | ${code([...new Set(scopes)])} |`);
  return `\nThese are enough: ${code(twinPermissions)}.\n\n| address (GET) | one of |\n| --- | --- |\n${rows.join("\n")}\n\n`;
}

describe("docs/guides/twin.md", () => {
  it("lists the permissions of every address that is read", () => {
    const text = readFileSync(file, "utf8");
    const [before, rest] = text.split(begin);
    const [listed, after] = rest!.split(end);
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, `${before}${begin}${permissions()}${end}${after}`);
    else assert.equal(listed, permissions(), "docs/guides/twin.md is behind: run this test with UPDATE_GOLDEN=1.");
  });

  it("has an example of assumptions that is one", () => {
    const [, example] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(file, "utf8"))!;
    assert.equal(readAssumptions(example!, "of the guide").devices.length, 2);
  });
});
