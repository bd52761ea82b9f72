/** The report of a forecast: what it says, how long it is, and that no name can write in it. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import fc from "fast-check";
import { createColors } from "picocolors";
import { exitCodes } from "../../provider/cli/exit-codes";
import { impactLines } from "../../provider/cli/impact/lines";
import { wrapped } from "../../provider/cli/out";
import { impactVerb } from "../../provider/cli/verbs/impact";
import { categories, categoryNames, type Impact } from "../../provider/impact/impact";
import { beyond, deniable, type Limits, limitOf } from "../../provider/impact/report/gates";
import { markdown, markdownMax, marker } from "../../provider/impact/report/markdown";
import { withoutNames } from "../../provider/impact/report/private";
import { svg } from "../../provider/impact/report/svg";
import { verdict } from "../../provider/impact/report/verdict";
import { riskKindNames, riskKinds } from "../../provider/impact/risk-kinds";
import { impactJsonSchema, impactText, readImpact } from "../../provider/impact/schema";
import { device, held, impactWith, merge, resource } from "./impacts";

const paint = createColors(false);
const textOf = (impact: Impact) => `${impactLines(impact, paint).join("\n")}\n`;

const twin = impactWith({
  ...merge,
  tenant: {
    ...merge.tenant,
    source: "twin",
    takenAt: "2020-03-01T20:00:00Z",
    assumed: ["Devices check in every 8h."],
  },
});
const now = "2020-03-02T08:00:00Z";

describe("the report", () => {
  const files: Record<string, string> = {
    "merge.md": markdown(twin, { now, commit: "4f2a91c" }),
    "merge.txt": textOf(merge),
    "merge.svg": svg(merge),
    "no-names.md": markdown(withoutNames(merge)),
    "nothing.md": markdown(impactWith({}), { commit: "4f2a91c" }),
  };
  for (const [name, text] of Object.entries(files)) {
    it(`is as the golden file has it: ${name} (UPDATE_GOLDEN=1 writes it anew)`, () => {
      const file = join(__dirname, "../golden/impact", name);
      mkdirSync(dirname(file), { recursive: true });
      if (process.env.UPDATE_GOLDEN) writeFileSync(file, text);
      assert.equal(text, readFileSync(file, "utf8"));
    });
  }

  it("puts replacements first, and tells each rule once", () => {
    const text = markdown(merge);
    assert.ok(text.indexOf("iphones") < text.indexOf("exchange"));
    assert.equal(text.split("makes the account anew").length, 2);
  });

  it("never shows a secret", () => {
    assert.match(markdown(merge), /<code>exchangeAccount<\/code>: a secret value \|/);
  });
});

describe("the verdict", () => {
  const lost = { userPrincipalName: "a", displayName: "A", mailBefore: true, mailAfter: false };
  const refused = { kind: "refused", rule: "", message: "No.", people: 0, devices: 0, names: [] };
  const later = { ...refused, kind: "blockedNext", people: 2, devices: 3 };
  const rows: { name: string; impact: Impact; says: string }[] = [
    {
      name: "counts people, devices, and who loses mail",
      impact: merge,
      says: "31 people (33 devices) are blocked by accounts of their own, 1,240 people (1,240 devices) enter their passwords again, 6 devices keep a profile that should go, nobody loses mail.",
    },
    {
      name: "tells of people before devices without users, and of harm before all else",
      impact: impactWith({
        resources: [resource("a")],
        counts: {
          loses: { people: 0, devices: 3 },
          prompt: { people: 2, devices: 2 },
          gains: { people: 9, devices: 9 },
        },
      }),
      says: "2 people (2 devices) are asked to approve the change, 3 devices lose the mail profile, 9 people (9 devices) get mail, nobody is left without mail.",
    },
    {
      name: "has words for one",
      impact: impactWith({
        resources: [resource("a")],
        people: [{ ...lost, categories: ["loses"] }],
        counts: { loses: { people: 1, devices: 1 } },
      }),
      says: "1 person is left without mail, 1 person (1 device) loses the mail profile.",
    },
    { name: "has a line for nothing", impact: impactWith({}), says: "Nothing changes for anybody's mail." },
    {
      name: "counts what is not judged",
      impact: impactWith({ others: [{ type: "aws:s3:Bucket", count: 1 }] }),
      says: "Nothing changes for anybody's mail (1 resource of other providers not judged).",
    },
    {
      name: "says that nobody is affected",
      impact: impactWith({ resources: [resource("a")] }),
      says: "No person or device is affected within 48 hours, nobody loses mail.",
    },
    {
      name: "does not let a short look ahead hide who is blocked after it",
      impact: impactWith({ resources: [resource("a")], risks: [later] }),
      says: "No person or device is affected within 48 hours, 2 people (3 devices) lose access to their mailboxes soon after that, nobody is left without mail.",
    },
    {
      name: "says that a connector goes, although nobody sees it",
      impact: impactWith({ resources: [resource("a")], risks: [{ ...refused, kind: "connectorGone" }] }),
      says: "No person or device is affected within 48 hours, access in 1 Exchange organization is kept up to date no more, nobody loses mail.",
    },
    {
      name: "says first that the plan is refused",
      impact: impactWith({ resources: [resource("a")], risks: [refused] }),
      says: "The tenant refuses the plan; up to there: no person or device is affected within 48 hours, nobody loses mail.",
    },
  ];
  for (const { name, impact, says } of rows) it(name, () => assert.equal(verdict(impact), says));
});

// --- a terminal -------------------------------------------------------------------------------------------------------

describe("at a terminal", () => {
  const calls = Array.from({ length: 30 }, (_, at) => ({ method: "POST", path: `/beta/groups/${at}/members` }));
  for (const width of [60, 80, 120, 400]) {
    it(`of ${width} columns no row is broken in the middle of a column`, () => {
      const lines = impactLines({ ...merge, calls }, paint, { width });
      // What is a sentence may be longer, and is broken between words; a table is set one below the other.
      const tables = lines.filter((line) => /\S {2,}\S/.test(line));
      assert.ok(tables.length > 2, lines.join("\n"));
      for (const line of tables) assert.ok(line.length <= width, `${line.length}: ${line}`);
      for (const said of ["iphones", "1,271", "user6@contoso.example", "Sales"]) {
        assert.ok(
          lines.some((line) => line.includes(said)),
          `${said} is not in:\n${lines.join("\n")}`,
        );
      }
    });
  }

  it("is as the golden file has it at 80 columns (UPDATE_GOLDEN=1 writes it anew)", () => {
    const file = join(__dirname, "../golden/impact/merge-80.txt");
    const text = `${wrapped(impactLines(merge, paint, { width: 80 }).join("\n"), 80)}\n`;
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, text);
    assert.equal(text, readFileSync(file, "utf8"));
    for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
  });

  it("shows the first calls, and where the others are; a program is given all", () => {
    assert.match(
      impactLines({ ...merge, calls }, paint, { width: 80 }).join("\n"),
      /groups\/9\/members\n {2}and 20 more: .*--format json/,
    );
    assert.match(textOf({ ...merge, calls }), /groups\/29\/members/);
  });

  it("says what to do next, and nothing of it where nothing changes", () => {
    assert.match(textOf(merge), /\nNext: intune-mail up, or intune-mail impact --format markdown/);
    assert.match(
      textOf({ ...merge, risks: [{ ...merge.risks[0]!, kind: "refused" }] }),
      /\nNext: put right what the tenant refuses/,
    );
    assert.equal(textOf(impactWith({})), "Nothing changes for anybody's mail.\n");
  });

  it("has colours where it is asked for them, and none otherwise", () => {
    const escaped = String.fromCharCode(27);
    assert.ok(impactLines(merge, createColors(true)).join("").includes(escaped));
    assert.ok(!impactLines(merge, paint).join("").includes(escaped));
  });
});

// --- length -----------------------------------------------------------------------------------------------------------

/** Rows of each table have as many cells as its head: none was cut. */
function assertWhole(text: string): void {
  for (const table of text.match(/(?:^\|.*\|\n?)+/gm) ?? []) {
    const widths = table
      .trimEnd()
      .split("\n")
      .map((line) => line.split("|").length);
    assert.ok(widths.length >= 3, `a table without rows: ${table}`);
    assert.deepEqual([...new Set(widths)].length, 1, table);
  }
  assert.equal(text.split("<details>").length, text.split("</details>").length);
  assert.equal(text.split("<pre>").length, text.split("</pre>").length);
  assert.ok(text.endsWith("\n"));
}

/** All sorts of text: what forges read as something, what is not seen, and halves of characters. */
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom("|", "<", "`", "@a", "\n", "[x](y)", "\u202e", "\ud800", "-->", "&", "#1"),
    maxLength: 100,
  }),
);
const kinds = ["EmailProfile", "Deployment", "ExchangeConnector", "ExchangeAccessPolicy", "TrustedCertificate"];

const anyImpact = fc.record({
  resources: fc
    .array(
      fc.record({
        name: anyText,
        op: fc.constantFrom("create", "update", "replace", "delete"),
        type: fc.constantFrom(...kinds).map((kind) => `pulumi-nodejs:dynamic/intune:${kind}`),
        sees: anyText,
        groups: fc.array(anyText, { maxLength: 8 }),
        reasons: fc.array(
          fc.record({ property: anyText, old: anyText, new: fc.jsonValue(), rule: anyText, why: anyText }),
          { maxLength: 6 },
        ),
      }),
      { minLength: 1, maxLength: 6 },
    )
    // 200 resources, of a few that fast-check can make small again.
    .map((few) => Array.from({ length: 200 }, (_, at) => resource(`r${at}`, few[at % few.length]!))),
  risks: fc.array(
    fc.record({
      kind: fc.constantFrom("refused", "overlap", "noProfile", "emptyGroup", ...categoryNames),
      rule: anyText,
      message: anyText,
      people: fc.nat(),
      devices: fc.nat(),
      names: fc.array(anyText, { maxLength: 20 }),
    }),
    { maxLength: 60 },
  ),
  rows: fc.array(fc.constantFrom(...categoryNames), { maxLength: 60 }),
  displayName: anyText,
  stack: anyText,
  assumed: fc.array(anyText, { maxLength: 40 }),
  others: fc.array(fc.record({ type: anyText, count: fc.nat() }), { maxLength: 60 }),
});

type Parts = typeof anyImpact extends fc.Arbitrary<infer T> ? T : never;

const made = ({ rows, displayName, assumed, ...parts }: Parts): Impact =>
  impactWith({
    ...parts,
    tenant: { ...merge.tenant, displayName, domain: displayName, assumed },
    devices: rows.map((category, at) => device(at, category)),
    people: rows.map((category, at) => ({
      userPrincipalName: `${displayName}${at}`,
      displayName,
      categories: [category],
      mailBefore: true,
      mailAfter: at % 2 === 0,
    })),
    counts: Object.fromEntries(categoryNames.map((category) => [category, { people: 1_234_567, devices: 7_654_321 }])),
    calls: parts.resources.map(({ name }) => ({ method: "POST", path: `/${name}`, body: { name: name.repeat(9) } })),
  });

describe("the length of a comment", () => {
  it(`is below ${markdownMax} bytes for 200 resources, and all tables are whole`, () => {
    fc.assert(
      fc.property(anyImpact, (parts) => {
        const text = markdown(made(parts), { now, commit: parts.stack });
        assert.ok(Buffer.byteLength(text) < markdownMax, `${Buffer.byteLength(text)} bytes`);
        assertWhole(text);
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  it("lists 200 ordinary resources by kind, and points to all of it", () => {
    const resources = Array.from({ length: 200 }, (_, at) =>
      resource(`profile-${at}`, {
        op: at % 2 === 0 ? "replace" : "update",
        reasons: [{ property: "hostName", old: "a.example", new: "b.example", rule: "E7" }],
        people: at,
      }),
    );
    const text = markdown(impactWith({ ...merge, resources }));
    assert.match(text, /\| replace \| EmailProfile \| 100 \| <code>hostName<\/code> \| 198 \|/);
    assert.match(
      text,
      /Left out for length: each resource and what users see of it\. `intune-mail impact --format json` has all of it\./,
    );
    assert.ok(Buffer.byteLength(text) < markdownMax);
  });

  it("leaves details out before it touches a table", () => {
    const calls = Array.from({ length: 300 }, (_, at) => ({ method: "POST", path: `/beta/groups/${at}/members/$ref` }));
    const text = markdown({ ...merge, calls });
    assert.match(text, /Left out for length: the calls to Graph\./);
    assert.match(text, /<summary>People<\/summary>/);
    assert.match(text, /<code>mail2.contoso.example<\/code>/);
  });

  it("lists everybody up to a limit, the worst first", () => {
    const people = Array.from({ length: 40 }, (_, at) => ({
      ...merge.people[0]!,
      displayName: `P${at}`,
      categories: [at === 39 ? ("accessLost" as const) : ("prompt" as const)],
    }));
    const text = markdown({ ...merge, people });
    assert.match(text, /People, the first 25 of 40/);
    assert.ok(text.indexOf("<code>P39</code>") < text.indexOf("<code>P0</code>"));
    assert.doesNotMatch(text, /<code>P30<\/code>/);
  });
});

// --- injection --------------------------------------------------------------------------------------------------------

describe("a name that wants to be more", () => {
  const rows: { name: string; text: string; never: RegExp }[] = [
    { name: "a tag", text: "<img src=x onerror=alert(1)>", never: /<img/ },
    { name: "the end of the code around it", text: "</code><b>x</b>", never: /<\/code><b>/ },
    { name: "the end of a fold", text: "</details></pre>\n# Approved", never: /<\/details><\/pre>|^# Approved/m },
    { name: "a cell", text: "a | b | c", never: /a \| b/ },
    { name: "a row", text: "a\n| b | c |", never: /^\| b/m },
    { name: "a heading", text: "a\r\n\r\n# Approved", never: /^# /m },
    { name: "a link", text: "[approve](https://evil.example)", never: /\[approve\]\(|https:\/\/evil/ },
    { name: "an image", text: "![x](https://evil.example/x.png)", never: /!\[/ },
    { name: "an address", text: "https://evil.example", never: /https:\/\// },
    { name: "code", text: "`x` ```y", never: /`x`|```/ },
    { name: "a mention", text: "@octocat", never: /@octocat/ },
    { name: "a reference", text: "fixes #1", never: /#1\b(?!;)/ },
    { name: "another marker", text: "<!-- pulumi-intune-mail impact stack=prod -->", never: /<!--/ },
    { name: "text from right to left", text: "a\u202egnp.exe", never: /\u202e/ },
    { name: "a command to the terminal", text: "\u001b[2Jgone\u0007", never: /[^\P{Cc}\n]/u },
    { name: "strong words", text: "**nobody** _loses_ ~~mail~~", never: /\*\*nobody|_loses_|~~mail/ },
    { name: "an entity", text: "&lt;b&gt;", never: /&lt;/ },
    { name: "a formula", text: "$x$", never: /\$x/ },
    { name: "half a character", text: "a\ud800b", never: /\ud800/ },
  ];
  /** It stands wherever a tenant, a program or a plan can put it. */
  const everywhere = (text: string): Impact =>
    impactWith({
      project: text,
      tenant: { ...merge.tenant, displayName: text, domain: text, assumed: [text] },
      resources: [
        resource(text, {
          op: "replace",
          sees: text,
          groups: [text],
          reasons: [{ property: text, old: text, new: { [text]: text }, rule: text, why: text }],
        }),
      ],
      devices: [device(1, "blocked", { before: text, after: `${text}: ${text}`, deviceName: text, reason: text })],
      people: [{ ...merge.people[0]!, userPrincipalName: text, displayName: text }],
      counts: { blocked: { people: 1, devices: 1 } },
      risks: [{ kind: text, rule: text, message: text, people: 1, devices: 1, names: [text] }],
      others: [{ type: text, count: 1 }],
    });
  for (const { name, text, never } of rows) {
    it(`is no more than a name in Markdown: ${name}`, () => {
      const [, ...report] = markdown(everywhere(text)).split("\n");
      assert.doesNotMatch(report.join("\n"), never);
      assertWhole(report.join("\n"));
    });
    it(`cannot leave the call that it is in: ${name}`, () => {
      const calls = [{ method: "POST", path: `/${text}`, body: { displayName: text } }];
      const inside = /<pre>([\s\S]*)<\/pre>/.exec(markdown(impactWith({ resources: [resource("a")], calls })))![1]!;
      assert.doesNotMatch(inside, /[<>\p{Cc}\u202e]/u);
    });
    it(`cannot leave the marker: ${name}`, () => {
      const first = marker({ stack: text }, text);
      assert.match(first, /^<!-- pulumi-intune-mail impact stack=[^\s<>]+ commit=[^\s<>]+ -->$/);
      assert.equal(first.slice(4, -3).includes("--"), false);
    });
    it(`is only text in the picture: ${name}`, () => {
      const picture = svg({ ...everywhere(text), stack: text });
      assert.doesNotMatch(picture, /<(?!\/?(svg|title|desc|style|rect|text)\b)|[^\P{Cc}\n]|\u202e/u);
      assert.equal(picture.split("<text").length, picture.split("</text>").length);
    });
    it(`moves nothing on a terminal: ${name}`, () => {
      const lines = impactLines(everywhere(text), paint);
      for (const line of lines)
        assert.equal(
          [...line].find((one) => /\p{Cc}|\u202e/u.test(one)),
          undefined,
        );
    });
  }
});

// --- the picture --------------------------------------------------------------------------------------------------------

describe("the picture", () => {
  const states = [
    "M: installed",
    "none",
    "M: waits for its app",
    "M: kept out by the user's own account",
    "M: cannot connect",
    "M: in conflict with another profile",
    "allowed (compliant)",
    "blocked (notCompliant)",
    "quarantined (notEnrolled)",
    "the user's own account a@b.example on b.example",
    "M: stays, as it is the only one",
    "M: has taken wing",
  ];
  const of = (count: number, after: (at: number) => string, stack = "dev") =>
    svg(
      impactWith({
        stack,
        devices: Array.from({ length: count }, (_, at) =>
          device(at, "blocked", { before: states[at % states.length]!, after: after(at) }),
        ),
      }),
    );
  const rows: { name: string; picture: string; says: RegExp }[] = [
    { name: "no device", picture: svg(impactWith({})), says: /<title id="title">No device changes in stack dev</ },
    {
      name: "one device, in a stack with a long name",
      picture: of(1, () => "none", "a-stack-".repeat(20)),
      says: /<desc id="description">company mail works: 1 before, 0 after; no company mail: 0 before, 1 after</,
    },
    { name: "all outcomes", picture: of(1200, (at) => states[(at * 7) % 12]!), says: />something else: 100 → 100</ },
    { name: "large numbers", picture: of(100_000, (at) => states[at === 5 ? 0 : 4]!), says: />99,999</ },
  ];
  for (const { name, picture, says } of rows) {
    it(`of ${name} has its words within it and none over another`, () => {
      assert.match(picture, says);
      const [, width = "", height = ""] = /viewBox="0 0 (\d+) (\d+)"/.exec(picture) ?? [];
      const words = [...picture.matchAll(/<text class="\w+" x="([\d.]+)" y="([\d.]+)">(.*?)<\/text>/g)].map(
        // No letter of 14 pixels is wider than 9 on average.
        ([, x, y, text]) => ({ x: Number(x), y: Number(y), end: Number(x) + 9 * text!.length }),
      );
      for (const one of words) {
        assert.ok(one.end <= Number(width) && one.y < Number(height) - 4, picture);
        for (const other of words) {
          if (one === other || Math.abs(one.y - other.y) >= 14) continue;
          assert.ok(one.end <= other.x || other.end <= one.x, picture);
        }
      }
      const bars = [...picture.matchAll(/<rect class="\w+" x="([\d.]+)" y="(38|74)" width="([\d.]+)"/g)];
      for (const y of new Set(bars.map(([, , y]) => y))) {
        const long = bars.filter(([, , of]) => of === y).reduce((sum, [, , , each]) => sum + Number(each), 0);
        assert.ok(Math.abs(long - 638) < 1, `${long}`);
      }
    });
  }

  it("gives each outcome a colour of its own, the same in every picture", () => {
    const style = /^\.works.*$/m.exec(of(12, () => "none"))![0];
    const colours = [...style.matchAll(/#\w{6}/g)].map(([colour]) => colour);
    assert.equal(new Set(colours).size, 7);
    assert.match(
      of(1, () => "none"),
      /<rect class="works".*<rect class="none"/s,
    );
    assert.match(
      of(1, () => "none"),
      /prefers-color-scheme: dark/,
    );
  });

  it("shows devices that ask for a password as waiting for it", () => {
    assert.match(svg(merge), /waits for its user, an app or a certificate: 0 → 5/);
  });
});

// --- privacy ----------------------------------------------------------------------------------------------------------

describe("without names", () => {
  const named = impactWith({
    ...merge,
    people: merge.people.map((person, at) => ({ ...person, displayName: `Ada Lovelace ${at}` })),
    devices: merge.devices.slice(0, 6).map((row) => ({
      ...row,
      deviceName: `Ada's phone ${row.deviceId.at(-1)}`,
      reason: `Ada Lovelace ${Number(row.deviceId.at(-1)) - 1} (${row.userPrincipalName}) has an account of her own on Ada's phone ${row.deviceId.at(-1)}`,
      before: "the user's own account ada@home.example on imap.example",
    })),
    risks: [
      {
        kind: "twoProfiles",
        rule: "D1",
        message: "Ada Lovelace 9 has two.",
        people: 1,
        devices: 1,
        names: ["Ada Lovelace 9"],
      },
      { kind: "blocked", rule: "E9", message: "ada@contoso.example is blocked.", people: 1, devices: 1, names: [] },
      { kind: "nestedGroup", rule: "D5", message: "Sales is nested.", people: 0, devices: 0, names: ["Sales"] },
    ],
  });
  const clean = held(withoutNames(named));

  for (const [form, text] of Object.entries({
    JSON: JSON.stringify(clean),
    Markdown: markdown(clean),
    text: textOf(clean),
    SVG: svg(clean),
  })) {
    it(`no person, address or device is in ${form}`, () => {
      assert.doesNotMatch(text, /Lovelace|Ada's|user\d@|ada@/);
    });
  }

  const texts: { name: string; of: Partial<Parameters<typeof impactWith>[0]>; never: RegExp; still?: RegExp }[] = [
    {
      name: "another person's name in a row's text",
      of: { devices: [device(1, "blocked", { reason: "Set up by Ada Lovelace 3 on Ada's phone 4." })] },
      never: /Lovelace|Ada's/,
      still: /Set up by person 4 on /,
    },
    {
      name: "a name in what a resource is called",
      of: {
        resources: [
          resource("mail-of-ada-lovelace-2", {
            groups: ["Friends of Ada Lovelace 2"],
            reasons: [{ property: "displayName", old: "Ada Lovelace 2's mail", new: "Mail for ADA LOVELACE 2" }],
          }),
        ],
      },
      never: /lovelace/i,
      still: /mail-of-person 3/,
    },
    {
      name: "addresses that a program has",
      of: {
        resources: [
          resource("connector", {
            reasons: [
              {
                property: "notificationAccount",
                old: { address: "help@contoso" },
                new: { address: "desk%40contoso.example" },
              },
              { property: "emailAddress", old: "help", new: "desk" },
            ],
          }),
        ],
      },
      never: /help|desk/,
      still: /notificationAccount/,
    },
    {
      name: "accounts and addresses in calls",
      of: {
        calls: [
          {
            method: "POST",
            path: "/beta/users/desk@contoso.example/memberOf?$filter=mail eq 'help@contoso.example'",
            body: {
              "@odata.type": "#microsoft.graph.x",
              account: "CONTOSO\\svc-intune",
              proxy: { user: "svc", host: "proxy.contoso.example" },
              emailAddressSource: "primarySmtpAddress",
              hostName: "mail.contoso.example",
            },
          },
        ],
      },
      never: /desk|help|svc/,
      still:
        /"@odata.type":"#microsoft.graph.x".*"emailAddressSource":"primarySmtpAddress","hostName":"mail.contoso.example"/,
    },
    {
      name: "devices that a risk names",
      of: {
        risks: [
          {
            kind: "retained",
            rule: "D3",
            message: "Ada's phone 2 and LAP-7 stay.",
            people: 0,
            devices: 2,
            names: ["LAP-7"],
          },
        ],
      },
      never: /LAP-7|Ada's/,
    },
    {
      name: "names of a kind of risk that nobody knows",
      of: { risks: [{ kind: "new", rule: "", message: "Grace is in it.", people: 1, devices: 1, names: ["Grace"] }] },
      never: /Grace/,
    },
  ];
  for (const { name, of, never, still } of texts) {
    it(`leaves out ${name}`, () => {
      const { people, devices } = named;
      const more = of.devices ? { devices: [...devices, ...of.devices] } : {};
      const text = JSON.stringify(held(withoutNames({ ...impactWith({ people, devices, ...of }), ...more })));
      assert.doesNotMatch(text, never);
      if (still) assert.match(text, still);
    });
  }

  it("keeps the words of the document, whatever people are called", () => {
    const people = [{ ...merge.people[0]!, displayName: "blocked" }];
    const { devices, risks } = held(withoutNames({ ...merge, people }));
    assert.deepEqual(
      devices.map(({ category }) => category),
      merge.devices.map(({ category }) => category),
    );
    assert.deepEqual(
      risks.map(({ kind }) => kind),
      merge.risks.map(({ kind }) => kind),
    );
  });

  it("people keep a number, the same one wherever they are", () => {
    assert.equal(clean.people[0]!.userPrincipalName, clean.devices[0]!.userPrincipalName);
    assert.notEqual(clean.people[0]!.userPrincipalName, clean.people[1]!.userPrincipalName);
  });

  it("groups keep their names, and all numbers stay", () => {
    assert.match(markdown(clean), /iPhone users/);
    assert.deepEqual(clean.risks[2]!.names, ["Sales"]);
    assert.equal(verdict(clean), verdict(named));
  });
});

// --- gates ------------------------------------------------------------------------------------------------------------

describe("a gate", () => {
  const lost = { ...merge.people[0]!, mailBefore: true, mailAfter: false };
  const prompts = impactWith({ resources: [resource("a")], counts: { prompt: { people: 2, devices: 3 } } });
  const rows: { name: string; impact?: Impact; limits: Limits; says: RegExp[] }[] = [
    { name: "none", limits: {}, says: [] },
    { name: "as many as are allowed", limits: { blocked: { devices: 33 } }, says: [] },
    {
      name: "one more",
      limits: { blocked: { devices: 32 } },
      says: [/^33 devices are blocked by accounts of their own, and --max-blocked allows 32 \(E9\)\.$/],
    },
    { name: "a share that is kept", limits: { blocked: { percent: 0.33 } }, says: [] },
    {
      name: "a share that is not",
      limits: { blocked: { percent: 0.3 } },
      says: [/^33 devices of 10,000 \(0\.33%\) .* allows 0\.3%/],
    },
    { name: "a share of no devices", impact: impactWith({}), limits: { blocked: { percent: 0 } }, says: [] },
    { name: "no prompts", limits: { prompts: { devices: 0 } }, says: [] },
    {
      name: "prompts",
      impact: prompts,
      limits: { prompts: { devices: 2 } },
      says: [/^3 devices are asked to approve the change, and --max-prompts allows 2 \(E8\)\.$/],
    },
    {
      name: "replacements",
      limits: { deny: ["replace"] },
      says: [/^The plan replaces 1 resource, and --deny replace/],
    },
    { name: "deletions, of which there are none", limits: { deny: ["delete"] }, says: [] },
    {
      name: "a harm",
      limits: { deny: ["retained"] },
      says: [/^6 devices keep a profile .* \(D3\), and --deny retained/],
    },
    { name: "a harm that nobody has", limits: { deny: ["accessLost"] }, says: [] },
    {
      name: "a harm that comes after what the forecast looks at",
      impact: { ...merge, risks: [{ ...merge.risks[0]!, kind: "blockedNext", devices: 4 }] },
      limits: { deny: ["accessLost"] },
      says: [/^4 devices lose access to their mailboxes \(C4\), and --deny accessLost/],
    },
    { name: "mail that nobody loses", limits: { deny: ["mailLost"] }, says: [] },
    {
      name: "mail that is lost",
      impact: { ...merge, people: [lost] },
      limits: { deny: ["mailLost"] },
      says: [/^1 person is left without mail, and --deny mailLost/],
    },
    {
      name: "a plan that is refused",
      impact: { ...merge, risks: [{ ...merge.risks[0]!, kind: "refused" }] },
      limits: { deny: ["refused"] },
      says: [/^The tenant refuses the plan/],
    },
    {
      name: "several",
      limits: { blocked: { devices: 0 }, deny: ["replace", "retained", "replace"] },
      says: [/--max-blocked/, /--deny replace/, /--deny retained/],
    },
  ];
  for (const { name, impact = merge, limits, says } of rows) {
    it(`for ${name}`, () => {
      const reasons = beyond(impact, limits);
      assert.equal(reasons.length, says.length, reasons.join("\n"));
      for (const [at, pattern] of says.entries()) assert.match(reasons[at]!, pattern);
    });
  }

  const limits: Record<string, ReturnType<typeof limitOf>> = {
    "0": { devices: 0 },
    "25": { devices: 25 },
    "2.5%": { percent: 2.5 },
    "100%": { percent: 100 },
    "101%": undefined,
    "-1": undefined,
    "1.5": undefined,
    "": undefined,
    many: undefined,
    "%": undefined,
  };
  for (const [text, limit] of Object.entries(limits)) {
    it(`${limit ? "is" : "is not"} "${text}"`, () => assert.deepEqual(limitOf(text), limit));
  }
});

// --- the document -----------------------------------------------------------------------------------------------------

describe("the document of a forecast", () => {
  const valid = new Ajv2020({ strict: false }).compile(impactJsonSchema());
  const textOf = (impact: Impact) => [...impactText(impact)].join("");

  for (const [name, impact] of Object.entries({ merge, twin, nothing: impactWith({}), private: withoutNames(merge) })) {
    it(`holds to its JSON Schema, and is read as it was written: ${name}`, () => {
      const whole = JSON.parse(JSON.stringify(held(impact)));
      assert.equal(textOf(impact), `${JSON.stringify(whole, null, 2)}\n`);
      assert.ok(valid(whole), JSON.stringify(valid.errors));
      assert.deepEqual(readImpact(textOf(impact), "impact.json"), whole);
    });
  }

  it("names every category with its words", () => {
    const schema = JSON.stringify(impactJsonSchema());
    for (const name of categoryNames) assert.ok(schema.includes(categories[name].many), name);
  });

  const refused: { name: string; text: string; says: RegExp }[] = [
    { name: "an empty file", text: "", says: /impact\.json is no JSON, or ends in the middle/ },
    { name: "half a file", text: JSON.stringify(merge).slice(0, 99), says: /ends in the middle/ },
    { name: "null", text: "null", says: /is no forecast/ },
    { name: "a plan", text: '{"steps":[]}', says: /is no forecast/ },
    { name: "a later version", text: '{"version":2}', says: /has version 2, and this intune-mail reads version 1/ },
    {
      name: "another category",
      text: JSON.stringify({ ...merge, devices: [{ ...merge.devices[0], category: "maimed" }] }),
      says: /devices\.0\.category/,
    },
    { name: "more than there is", text: JSON.stringify({ ...merge, more: 1 }), says: /more/ },
  ];
  for (const { name, text, says } of refused) {
    it(`is not ${name}`, () => assert.throws(() => readImpact(text, "impact.json"), says));
  }
});

// --- the guide --------------------------------------------------------------------------------------------------------

describe("docs/guides/impact.md", () => {
  const guide = readFileSync(join(__dirname, "../../docs/guides/impact.md"), "utf8");

  for (const name of categoryNames) {
    it(`has the category ${name} as the code has it`, () => {
      const { rule, many } = categories[name];
      assert.ok(guide.includes(`| \`${name}\` |${rule === "" ? "" : ` ${rule}`} | ${many} |`));
    });
  }

  for (const kind of riskKindNames) {
    it(`has the risk ${kind} with its rule`, () => {
      const [, rule = ""] =
        new RegExp(`^\\|[^|]*\`${kind}\`[^|]*\\| ([^|]*?) ?\\|`, "m").exec(guide.slice(guide.indexOf("## Risks"))) ??
        assert.fail();
      assert.equal(rule, Object.hasOwn(categories, kind) ? "as above" : riskKinds[kind].rule);
    });
  }

  it("names all that can be denied, and every option", () => {
    const [deny = ""] = guide.match(/^\| `--deny .*$/m) ?? [];
    assert.deepEqual(
      deniable.filter((what) => !deny.includes(`\`${what}\``)),
      [],
    );
    const { options } = impactVerb();
    const ofAll = ["--cwd", "--stack", "--engine"];
    assert.deepEqual(
      options.map(({ long }) => long!).filter((long) => !ofAll.includes(long) && !guide.includes(long)),
      [],
    );
  });

  it("knows the exit code and the length", () => {
    assert.ok(guide.includes(`exit code ${exitCodes.gate.code}`));
    assert.ok(guide.includes(`below ${markdownMax.toLocaleString("en-US")} bytes`));
  });
});
