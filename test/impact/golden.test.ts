/** What a reviewer reads of merges as they are: each report whole, as a golden file. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import { createColors } from "picocolors";
import { impactLines } from "../../provider/cli/impact/lines";
import { forecast } from "../../provider/impact/forecast";
import { type Category, categories, categoryNames, type Impact } from "../../provider/impact/impact";
import { markdown, markdownMax } from "../../provider/impact/report/markdown";
import { svg } from "../../provider/impact/report/svg";
import { impactJsonSchema } from "../../provider/impact/schema";
import { held } from "./impacts";
import { horizonOf, type Scenario, scenarios } from "./scenarios";
import { openStack } from "./stack";

const folder = join(__dirname, "../golden/impact");
const paint = createColors(false);

async function foretell(scenario: Scenario): Promise<Impact> {
  const stack = openStack(scenario.seed);
  try {
    await stack.up(scenario.before);
    stack.advance(scenario.settled ?? 49);
    const plan = await stack.preview(scenario.after);
    return await forecast({ twinOf: stack.twinOf, plan, horizon: horizonOf(scenario) });
  } finally {
    stack.close();
  }
}

const valid = new Ajv2020({ strict: false }).compile(impactJsonSchema());

/** Forms of which one golden file is enough. */
const alsoAs: Record<string, Record<string, (impact: Impact) => string>> = {
  "another-host": { txt: (impact) => `${impactLines(impact, paint).join("\n")}\n` },
  "first-deployment": { svg: (impact) => svg(impact) },
};

/** The numbers of people that a sentence has, by category. */
const saidIn = (sees: string) =>
  sees.split("; ").flatMap((part) => {
    const [, count, said = ""] = /^([\d,]+) (?:person|people) (.*?)\.?$/.exec(part) ?? [];
    const category = categoryNames.find((one) => said === categories[one].one || said === categories[one].many);
    return category ? [{ category, count: Number(count!.replace(",", "")) }] : [];
  });

describe("the report of", () => {
  mkdirSync(folder, { recursive: true });
  for (const [name, scenario] of Object.entries(scenarios)) {
    describe(name, () => {
      let impact: Impact;
      before(async () => {
        impact = await foretell(scenario);
      });
      const md = (of: Impact) => markdown(of, { commit: "4f2a91c" });
      for (const [form, text] of Object.entries({ md, ...alsoAs[name] })) {
        it(`is as the golden file has it: ${form} (UPDATE_GOLDEN=1 writes it anew)`, () => {
          const file = join(folder, `${name}.${form}`);
          if (process.env.UPDATE_GOLDEN) writeFileSync(file, text(impact));
          assert.equal(text(impact), readFileSync(file, "utf8"));
        });
      }

      it("holds to the published schema, and is below what a comment takes", () => {
        assert.ok(valid(JSON.parse(JSON.stringify(held(impact)))), JSON.stringify(valid.errors));
        assert.ok(Buffer.byteLength(md(impact)) < markdownMax);
      });

      it("tells in the table of every change on a device, and of each once", () => {
        const told = impact.resources.filter(({ sharedWith }) => sharedWith === undefined);
        const changed = new Map<Category, number>();
        for (const { category, count } of told.flatMap(({ sees }) => saidIn(sees))) {
          changed.set(category, (changed.get(category) ?? 0) + count);
        }
        for (const category of categoryNames.filter((one) => one !== "unchanged" && impact.counts[one].people > 0)) {
          // Compliance that changes with an account of the user's own lets into mailboxes: no resource of access did it.
          if (category === "accessGained" || category === "accessLost") continue;
          const { people, devices } = impact.counts[category];
          const sum = changed.get(category) ?? 0;
          // Somebody with devices of two platforms is in two rows; 100 profiles meet on one device.
          assert.ok(sum >= people, `${category}: ${sum} of ${people} people`);
          if (name !== "many-resources") assert.ok(sum <= devices, `${category}: ${sum} people of ${devices} devices`);
        }
      });
    });
  }
});
