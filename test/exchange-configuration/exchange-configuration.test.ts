/** The connector's configuration file (X7, X8): what is known is set, and every other byte stays. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { XMLParser } from "fast-xml-parser";
import {
  type Configuration,
  configurationProblem,
  configurationXml,
  readConfiguration,
} from "../../provider/exchange-configuration";

const both = (IsCasFailoverEnabled: boolean, EnableParallelCommandSupport: boolean): Configuration => ({
  IsCasFailoverEnabled,
  EnableParallelCommandSupport,
});

describe("the connector's configuration file", () => {
  it("is made anew with what is known (X7, X8), and read back", () => {
    const text = configurationXml(both(false, true));
    assert.match(text, /^<\?xml version="1\.0" encoding="utf-8"\?>\n<(\w+)>\n.*<\/\1>\n$/s);
    assert.deepEqual(readConfiguration(text), both(false, true));
  });

  it("that says nothing means failover on, one runspace (X7, X8)", () => {
    assert.deepEqual(readConfiguration("<a/>"), both(true, false));
  });

  const merges: { name: string; existing: string; values: Configuration; text: string }[] = [
    {
      name: "the same values in other words",
      existing:
        "<a><IsCasFailoverEnabled> True </IsCasFailoverEnabled><EnableParallelCommandSupport>0</EnableParallelCommandSupport></a>",
      values: both(true, false),
      text: "<a><IsCasFailoverEnabled> True </IsCasFailoverEnabled><EnableParallelCommandSupport>0</EnableParallelCommandSupport></a>",
    },
    {
      name: "another value, with attributes, a byte order mark and Windows' line ends",
      existing:
        "\uFEFF<?xml version='1.0'?>\r\n<a>\r\n\t<IsCasFailoverEnabled x='1>0'>true</IsCasFailoverEnabled>\r\n\t<EnableParallelCommandSupport/>\r\n</a>",
      values: both(false, true),
      text: "\uFEFF<?xml version='1.0'?>\r\n<a>\r\n\t<IsCasFailoverEnabled x='1>0'>false</IsCasFailoverEnabled>\r\n\t<EnableParallelCommandSupport>true</EnableParallelCommandSupport>\r\n</a>",
    },
    {
      name: "one that is missing, added last and as far in as the others",
      existing: "<a>\n\t<b/>\n\t<IsCasFailoverEnabled>true</IsCasFailoverEnabled>\n</a>\n",
      values: both(true, true),
      text: "<a>\n\t<b/>\n\t<IsCasFailoverEnabled>true</IsCasFailoverEnabled>\n\t<EnableParallelCommandSupport>true</EnableParallelCommandSupport>\n</a>\n",
    },
    {
      name: "one that is only in a comment or in CDATA",
      existing:
        "<a>\n  <!-- <IsCasFailoverEnabled>true</IsCasFailoverEnabled> -->\n  <c><![CDATA[<EnableParallelCommandSupport>]]></c>\n</a>",
      values: both(false, false),
      text: "<a>\n  <!-- <IsCasFailoverEnabled>true</IsCasFailoverEnabled> -->\n  <c><![CDATA[<EnableParallelCommandSupport>]]></c>\n  <IsCasFailoverEnabled>false</IsCasFailoverEnabled>\n  <EnableParallelCommandSupport>false</EnableParallelCommandSupport>\n</a>",
    },
    {
      name: "elements that are deeper, with a prefix",
      existing:
        '<x:a xmlns:x="u"><x:s><x:IsCasFailoverEnabled>true</x:IsCasFailoverEnabled></x:s><x:EnableParallelCommandSupport/></x:a>',
      values: both(false, true),
      text: '<x:a xmlns:x="u"><x:s><x:IsCasFailoverEnabled>false</x:IsCasFailoverEnabled></x:s><x:EnableParallelCommandSupport>true</x:EnableParallelCommandSupport></x:a>',
    },
    {
      name: "a word that is neither",
      existing:
        "<a><IsCasFailoverEnabled>yes</IsCasFailoverEnabled><EnableParallelCommandSupport>false</EnableParallelCommandSupport></a>",
      values: both(true, false),
      text: "<a><IsCasFailoverEnabled>true</IsCasFailoverEnabled><EnableParallelCommandSupport>false</EnableParallelCommandSupport></a>",
    },
  ];
  for (const { name, existing, values, text } of merges) {
    it(`keeps all but what differs: ${name}`, () => {
      assert.equal(configurationXml(values, existing), text);
      assert.deepEqual(readConfiguration(text), values);
    });
  }

  const refused: { name: string; text: string; says: RegExp }[] = [
    { name: "no XML at all", text: "IsCasFailoverEnabled=true", says: /^It / },
    { name: "nothing", text: "", says: /^It / },
    { name: "elements that do not close", text: "<a><b></a>", says: /^It is no XML: .*\(line 1\)/ },
    {
      name: "an element twice",
      text: "<a><IsCasFailoverEnabled>true</IsCasFailoverEnabled><b><IsCasFailoverEnabled>true</IsCasFailoverEnabled></b></a>",
      says: /^It has <IsCasFailoverEnabled> more than once/,
    },
  ];
  for (const { name, text, says } of refused) {
    it(`is not ${name}`, () => {
      assert.match(configurationProblem(text) ?? "", says);
      assert.throws(() => configurationXml(both(true, true), text), { message: says });
    });
  }

  // --- whatever file there is -----------------------------------------------------------------------------------------

  const names = Object.keys(both(true, true));
  const word = fc.constantFrom("Interval", "EASUrl", "x:Other", "IsCasFailoverEnabledX", "_a-b.c");
  const space = fc.constantFrom("", "\n", "\r\n", "\n  ", "\r\n\t", " ");
  const text = fc.string({ unit: fc.constantFrom("a", "Z", "é", "0", " ", "&amp;", "&#x9;", "'", '"', "]") });
  const attributes = fc.constantFrom("", ' a="1"', " b='x>y'", ' c="true"', ' d="&lt;"');
  const leaf: fc.Arbitrary<string> = fc.oneof(
    fc.tuple(word, attributes, text).map(([name, given, value]) => `<${name}${given}>${value}</${name}>`),
    fc.tuple(word, attributes, space).map(([name, given, gap]) => `<${name}${given}${gap}/>`),
    text.map((value) => `<!-- ${value.replaceAll("-", "")} <IsCasFailoverEnabled/> -->`),
    text.map((value) => `<c><![CDATA[<EnableParallelCommandSupport>${value.replaceAll("]", "")}]]></c>`),
  );
  const knownElement = (name: string) =>
    fc.oneof(
      fc.constant(""),
      fc
        .tuple(attributes, fc.constantFrom("true", "false", " True\n", "0", "1", "", "maybe"))
        .map(([given, value]) => `<${name}${given}>${value}</${name}>`),
      attributes.map((given) => `<${name}${given} />`),
    );
  const file = fc
    .tuple(
      fc.constantFrom("", "\uFEFF", '<?xml version="1.0"?>\r\n', "<!-- head -->\n"),
      fc.array(fc.tuple(space, leaf), { maxLength: 6 }),
      knownElement(names[0]!),
      fc.array(fc.tuple(space, leaf), { maxLength: 6 }),
      knownElement(names[1]!),
      fc.array(fc.tuple(space, leaf), { maxLength: 3 }),
      space,
      fc.boolean(),
    )
    .map(([head, before, one, between, other, after, gap, nested]) => {
      const part = (leaves: [string, string][]) => leaves.flat().join("");
      const inner = `${part(before)}${one}${part(between)}${nested ? `<Group>${other}</Group>` : other}${part(after)}`;
      return `${head}<Root>${inner}${gap}</Root>\n`;
    });
  const values = fc.tuple(fc.boolean(), fc.boolean()).map(([failover, parallel]) => both(failover, parallel));

  /** The text without the known elements that are outside of comments and CDATA. */
  const without = (xml: string) => {
    const kept: string[] = [];
    const rest = xml.replace(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>/g, (whole) => `\uE000${kept.push(whole) - 1};`);
    return rest
      .replace(
        /\s*<(IsCasFailoverEnabled|EnableParallelCommandSupport)(?=[\s/>])(?:[^>"']|"[^"]*"|'[^']*')*?(\/>|>[^<]*<\/\1>)/g,
        "",
      )
      .replace(/\s+/g, " ")
      .replace(/ ?\uE000(\d+);/g, (_, index) => kept[Number(index)]!)
      .replace(/\s*<\/Root>\s*$/, "");
  };

  it("holds the values, whatever was in it, and a second time changes nothing (X7, X8)", () => {
    fc.assert(
      fc.property(file, values, (existing, wanted) => {
        const once = configurationXml(wanted, existing);
        assert.deepEqual(readConfiguration(once), wanted);
        assert.equal(configurationXml(wanted, once), once);
        // By the library's own reading, which knows nothing of how the file was written.
        const seen: Record<string, string[]> = {};
        new XMLParser({
          parseTagValue: false,
          updateTag: (name) => {
            seen[name] = [...(seen[name] ?? []), name];
            return true;
          },
        }).parse(once);
        for (const name of names) assert.equal(seen[name]?.length, 1, once);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps what is unknown, and its order, to the byte", () => {
    fc.assert(
      fc.property(file, values, (existing, wanted) => {
        assert.equal(without(configurationXml(wanted, existing)), without(existing));
      }),
      { numRuns: 500 },
    );
  });
});
