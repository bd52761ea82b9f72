/** Forecasts for the small company, person by person, by what the rules say of them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { forecast } from "../../provider/impact/forecast";
import { categoryNames, type HeldImpact } from "../../provider/impact/impact";
import type { PlatformName } from "../../provider/platforms";
import { smallCompany } from "../../provider/settings";
import { readSeed } from "../../provider/tenant";
import type { Properties } from "../../provider/values";
import { profileInputs } from "../provider/profiles";
import { held } from "./impacts";
import { connector as connectorWith } from "./scenarios";
import { type Declared, openStack, type TestStack } from "./stack";

const hour = 3_600_000;
const horizon = 33 * hour;
const groups: Record<PlatformName, string> = {
  ios: "iPhone users",
  samsungKnox: "Samsung users",
  windowsPhone81: "Windows Phone users",
  windows10: "Windows 10 users",
  androidForWorkGmail: "Gmail users",
  androidForWorkNineWork: "Nine Work users",
};

const mail = (platform: PlatformName, over: Properties = {}): Declared => ({
  name: platform,
  kind: "EmailProfile",
  inputs: profileInputs(platform, { displayName: `Mail on ${platform}`, requireSsl: false, ...over }),
});
const to = (name: string, group: string): Declared => ({
  name: `${name} to`,
  kind: "Deployment",
  inputs: { profileId: `ref:${name}`, includedGroups: [group] },
});
const connector = connectorWith();

/** Mail for all, as the quick start has it. */
const company = (over: Partial<Record<PlatformName, Properties>> = {}): Declared[] => [
  ...(Object.keys(groups) as PlatformName[]).flatMap((platform) => [
    mail(platform, over[platform]),
    to(platform, groups[platform]),
  ]),
  connector,
];

interface Row {
  name: string;
  before?: Declared[];
  after: Declared[];
  /** Categories of each person for whom something changes. */
  people: Record<string, string[]>;
  rules: string[];
  horizon?: number;
  /** Hours that what was there before has had to reach people. */
  settled?: number;
}

const rows: Row[] = [
  { name: "nothing changes", after: company(), people: {}, rules: [] },
  {
    name: "a profile moves to another server: an account of the user's own is no duplicate any more (E7, E9, C2)",
    after: company({ ios: { hostName: "new.contoso.example" } }),
    people: { ada: ["passwordAgain"], ben: ["gains", "accessGained"] },
    rules: ["C2", "D1", "E7"],
  },
  {
    name: "it moves before it has reached anybody: they enter the password once, as they would have",
    after: company({ windows10: { hostName: "new.contoso.example" } }),
    people: {},
    rules: [],
    settled: 0,
  },
  {
    name: "it moves to a server that somebody has an account on: blocked, and access lost with compliance (E9, C4)",
    before: company({ ios: { hostName: "new.contoso.example" } }),
    after: company(),
    people: { ada: ["passwordAgain"], ben: ["accessLost", "blocked"] },
    rules: ["C4", "E7", "E9"],
  },
  {
    name: "a setting changes in place (E8)",
    after: company({ ios: { durationOfEmailToSync: "oneMonth" } }),
    people: { ada: ["prompt"] },
    rules: ["E8"],
  },
  {
    name: "a description, which no device sees",
    after: company({ ios: { description: "For all" } }),
    people: {},
    rules: [],
  },
  {
    name: "a profile is deleted (D4)",
    after: company().filter(({ name }) => !name.startsWith("windows10")),
    people: { ada: ["loses"], finn: ["loses"] },
    rules: ["D4"],
  },
  {
    name: "its groups are taken away, and it is the only one (D3)",
    after: company().filter(({ name }) => name !== "windows10 to"),
    people: { ada: ["retained"], finn: ["retained"] },
    rules: ["D3"],
  },
  {
    name: "the app that a profile waits for is deployed (E10)",
    after: [
      ...company(),
      {
        name: "gmail",
        kind: "AppDeployment",
        inputs: { app: "Gmail", intent: "required", includedGroups: ["Gmail users"] },
      },
    ],
    people: { eva: ["gains"] },
    rules: ["D1"],
  },
  {
    name: "mail for a platform that had none: an own account is overwritten, an app is missing (E9, E10)",
    before: company().filter(({ name }) => !/^(windows10|androidForWorkGmail)/.test(name)),
    after: company(),
    people: { ada: ["gains"], eva: ["waiting"], finn: ["overwritten", "gains"], grace: ["gains"] },
    rules: ["D1", "E10", "E9"],
  },
  {
    name: "SSL on KNOX without the server's certificate, on another server (E7, E11)",
    after: company({ samsungKnox: { requireSsl: true, hostName: "new.contoso.example" } }),
    people: { chloe: ["cannotConnect", "passwordAgain"], dev: ["cannotConnect", "passwordAgain"] },
    rules: ["E11", "E7"],
  },
  {
    name: "a second KNOX profile of the same address (E9)",
    after: [
      ...company(),
      { ...mail("samsungKnox", { displayName: "Other" }), name: "other" },
      to("other", "Samsung users"),
    ],
    people: { chloe: ["passwordAgain", "overwritten"], dev: ["passwordAgain", "overwritten"] },
    rules: ["E6", "E9"],
  },
  {
    name: "nobody whose devices check in only later",
    after: company({ ios: { hostName: "new.contoso.example" } }),
    people: {},
    rules: [],
    horizon: 0,
  },
  {
    name: "the profile of everybody becomes another one's: no second row for who moves",
    after: [
      ...company().filter(({ name }) => name !== "ios to"),
      { ...mail("ios", { displayName: "Other", hostName: "new.contoso.example" }), name: "other" },
      to("other", "iPhone users"),
    ],
    people: { ada: ["passwordAgain"], ben: ["gains", "accessGained"] },
    rules: ["C2", "D1", "E6"],
  },
];

async function foretell(row: Pick<Row, "before" | "after" | "horizon" | "settled">): Promise<HeldImpact> {
  const stack = openStack(() => readSeed(readFileSync(smallCompany, "utf8"), "small.yaml"));
  try {
    await stack.up(row.before ?? company());
    stack.advance(row.settled ?? 33);
    const plan = await stack.preview(row.after);
    return held(await forecast({ twinOf: stack.twinOf, plan, horizon: row.horizon ?? horizon }));
  } finally {
    stack.close();
  }
}

describe("a forecast for the small company", () => {
  for (const row of rows) {
    it(row.name, async () => {
      const { people, devices, counts } = await foretell(row);
      const found = people.map(({ userPrincipalName, categories }) => [userPrincipalName.split("@")[0]!, categories]);
      assert.deepEqual(Object.fromEntries(found), row.people);
      assert.deepEqual([...new Set(devices.map(({ rule }) => rule))].sort(), row.rules);
      for (const category of categoryNames.filter((name) => name !== "unchanged")) {
        const those = Object.values(row.people).filter((all) => all.includes(category));
        assert.equal(counts[category].people, those.length, category);
      }
    });
  }

  it("says of a replacement why, for whom, and what people see, before all else", async () => {
    const after = company({ ios: { hostName: "new.contoso.example" }, windows10: { description: "For all" } });
    const { resources } = await foretell({ after });
    assert.deepEqual(
      resources.map(({ name, op, sees, groups, people }) => ({ name, op, sees, groups, people })),
      [
        {
          name: "ios",
          op: "replace",
          sees: "1 person enters the password again; 1 person gets mail.",
          groups: ["iPhone users"],
          people: 2,
        },
        {
          name: "ios to",
          op: "replace",
          sees: "The same as EmailProfile ios.",
          groups: ["iPhone users"],
          people: 2,
        },
        { name: "windows10", op: "update", sees: "Nobody sees a change.", groups: ["Windows 10 users"], people: 0 },
      ],
    );
    assert.deepEqual(
      resources[0]!.reasons.map(({ why: _, ...reason }) => reason),
      [{ property: "hostName", old: "mail.contoso.example", new: "new.contoso.example", rule: "E7" }],
    );
  });

  it("tells when something reaches a device, by its own check-in", async () => {
    const { devices } = await foretell({ after: company({ ios: { hostName: "new.contoso.example" } }) });
    const times = devices.filter(({ profile }) => profile).map(({ deviceName, at }) => `${deviceName} ${at}`);
    assert.deepEqual(times, ["ADA-IPHONE 2020-03-03T18:35:00Z", "BEN-IPHONE 2020-03-03T23:20:00Z"]);
  });

  const risky: { name: string; row: Pick<Row, "before" | "after">; kinds: string[]; says: RegExp }[] = [
    {
      name: "two KNOX profiles that overwrite each other",
      row: {
        after: [
          ...company(),
          { ...mail("samsungKnox", { displayName: "Other" }), name: "other" },
          to("other", "Samsung users"),
        ],
      },
      kinds: ["passwordAgain", "overwritten", "overlap"],
      says: /2 people \(2 devices\) come to profiles that make the same account on a device.*\(E9\)/,
    },
    {
      name: "a device that is left without a profile",
      row: { after: company().filter(({ name }) => !name.startsWith("windows10")) },
      kinds: ["loses", "noProfile"],
      says: /2 people \(2 devices\) are left without an email profile on a device/,
    },
    {
      name: "two profiles on a device, by a group of groups",
      row: {
        after: [
          ...company(),
          { ...mail("windows10", { displayName: "Other", hostName: "other.example" }), name: "other" },
          to("other", "All mail users"),
        ],
      },
      kinds: ["twoProfiles", "nestedGroup"],
      says: /The group "All mail users" has 6 other groups in it, whose members count \(D5\)/,
    },
  ];
  for (const { name, row, kinds, says } of risky) {
    it(`warns of ${name}`, async () => {
      const { risks } = await foretell(row);
      assert.deepEqual(
        risks.map(({ kind }) => kind),
        kinds,
      );
      assert.match(risks.map(({ message }) => message).join("\n"), says);
    });
  }

  it("does not meet the faults that were put there for others", async () => {
    const stack = openStack(() => readSeed(readFileSync(smallCompany, "utf8"), "small.yaml"));
    try {
      await stack.up(company());
      const plan = await stack.preview(company({ ios: { hostName: "new.contoso.example" } }));
      const body = JSON.stringify({ every: 1, status: 500 });
      const headers = { "content-type": "application/json" };
      const made = await stack.tenant.fetch(
        new Request("http://x/simulation/faults", { method: "POST", headers, body }),
      );
      assert.equal(made.status, 201);
      const { risks } = await forecast({ twinOf: stack.twinOf, plan, horizon });
      assert.ok(risks.every(({ kind }) => kind !== "refused"));
    } finally {
      stack.close();
    }
  });

  it("keeps the tenant as it was", async () => {
    const stack = openStack(() => readSeed(readFileSync(smallCompany, "utf8"), "small.yaml"));
    try {
      await stack.up(company());
      const before = everything(stack);
      const plan = await stack.preview(company({ ios: { hostName: "new.contoso.example" } }));
      await forecast({ twinOf: stack.twinOf, plan, horizon });
      assert.equal(everything(stack), before);
    } finally {
      stack.close();
    }
  });
});

function everything({ tenant: { context } }: TestStack): string {
  const { db } = context;
  const tables = db.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  return JSON.stringify(tables.map(({ name }) => [name, db.all(`SELECT * FROM "${name}"`)]));
}
