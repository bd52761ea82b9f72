import assert from "node:assert/strict";
import { createColors } from "picocolors";
import { columns, wrapped } from "../../provider/cli/out";

const paint = createColors(true);

describe("lines for people", () => {
  const rows: { name: string; text: string; width: number | undefined; lines: string[] }[] = [
    { name: "are left alone where no terminal is", text: "a ".repeat(99), width: undefined, lines: ["a ".repeat(99)] },
    { name: "are left alone where they fit", text: "  one  two", width: 10, lines: ["  one  two"] },
    { name: "break between words", text: "one two three", width: 8, lines: ["one two", "  three"] },
    { name: "keep their place", text: "    one two three", width: 12, lines: ["    one two", "      three"] },
    { name: "never break a word", text: "id 0123456789", width: 6, lines: ["id", "  0123456789"] },
    { name: "are broken one by one", text: "one two\nthree", width: 5, lines: ["one", "  two", "three"] },
    {
      name: "do not count colours",
      text: `${paint.red("one")} ${paint.bold("two")}`,
      width: 7,
      lines: [`${paint.red("one")} ${paint.bold("two")}`],
    },
    { name: "keep their spaces", text: "a   b   c", width: 5, lines: ["a   b", "  c"] },
  ];
  for (const { name, text, width, lines } of rows) {
    it(name, () => assert.deepEqual(wrapped(text, width).split("\n"), lines));
  }

  it("stand in columns, the last of which is as long as it is", () => {
    assert.deepEqual(
      columns([
        ["a", "bbb", "c"],
        ["aaa", "b", ""],
      ]),
      ["a    bbb  c", "aaa  b"],
    );
  });
});
