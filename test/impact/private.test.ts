/** Reports without names, of companies and programs of all sorts: nobody is to be found in them, and no secret in any. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createColors } from "picocolors";
import { impactLines } from "../../provider/cli/impact/lines";
import { forecast } from "../../provider/impact/forecast";
import type { Impact } from "../../provider/impact/impact";
import { markdown } from "../../provider/impact/report/markdown";
import { withoutNames } from "../../provider/impact/report/private";
import { svg } from "../../provider/impact/report/svg";
import { generateSeed, type Tenant } from "../../provider/tenant";
import { held } from "./impacts";
import { declared, type Edit, edited, edits, type Program, programs } from "./programs";
import { type Declared, openStack } from "./stack";

const secret = "never-to-be-seen-4711";
const paint = createColors(false);

const forms: Record<string, (impact: Impact) => string> = {
  JSON: (impact) => JSON.stringify(held(impact)),
  Markdown: (impact) => markdown(impact),
  text: (impact) => impactLines(impact, paint).join("\n"),
  SVG: (impact) => svg(impact),
};

/** All that tells who somebody is, or which device is theirs. */
function telling({ context: { db } }: Tenant): string[] {
  const users = db.all<Record<string, string>>("SELECT id, userPrincipalName, displayName, mail FROM user");
  const columns = db.all<{ name: string }>("SELECT name FROM pragma_table_info('device')").map(({ name }) => name);
  const ids = columns.filter((name) =>
    /^(id|directoryId|deviceName|easDeviceId|serialNumber|imei|phoneNumber)$/.test(name),
  );
  const devices = db.all<Record<string, string>>(`SELECT ${ids.join(", ")} FROM device`);
  const partners = db.all<Record<string, string>>("SELECT mailbox, deviceId FROM easRecord");
  return [...new Set([...users, ...devices, ...partners].flatMap((row) => Object.values(row)))].filter(
    (text) => typeof text === "string" && text.length > 3,
  );
}

/** A program that names people, as programs do. */
const naming = (program: Declared[], { context: { db } }: Tenant, version: number): Declared[] => {
  const [user] = db.all<{ displayName: string; mail: string; deviceName: string }>(
    "SELECT displayName, mail, deviceName FROM user JOIN device ON userId = user.id LIMIT 1",
  );
  return program.map((one) => {
    if (one.kind === "EmailProfile" && user) {
      const description = `Asked for by ${user.displayName} (${user.mail}), tried on ${user.deviceName}: ${version}`;
      return { ...one, inputs: { ...one.inputs, description } };
    }
    if (one.kind !== "ExchangeConnector") return one;
    const account = { user: `CONTOSO\\svc-intune${version === 1 ? "" : "-new"}`, password: secret };
    return {
      ...one,
      inputs: {
        ...one.inputs,
        exchangeAccount: account,
        notificationAccount: { address: "mail-notifications@contoso.example", password: secret },
      },
    };
  });
};

interface Case {
  seed: number;
  program: Program;
  edit: Edit;
}

async function play({ seed, program, edit }: Case): Promise<void> {
  const stack = openStack(() => {
    const made = generateSeed({ devices: 18, seed });
    const accounts = [{ name: "CONTOSO\\svc-intune" }, { name: "CONTOSO\\svc-intune-new" }];
    const withAccounts = made.exchangeOrganizations.map((one) => ({
      ...one,
      accounts: accounts.map((account) => ({ ...one.accounts[0]!, ...account })),
    }));
    return { ...made, exchangeOrganizations: withAccounts };
  });
  try {
    await stack.up(naming(declared(program), stack.tenant, 1));
    stack.advance(9);
    const plan = await stack.preview(naming(declared(edited(program, edit)), stack.tenant, 2));
    const impact = await forecast({ twinOf: stack.twinOf, plan, horizon: 26 * 3_600_000 });
    const names = telling(stack.tenant);
    assert.ok(names.length > 60, "there is nobody to be named");
    // The program names somebody whom the plan may not reach: the document does not know that it is a name.
    const people = new Set(held(impact).people.map(({ displayName }) => displayName));
    const devices = new Set(held(impact).devices.map(({ deviceName }) => deviceName));
    const [asker] = stack.tenant.context.db.all<{ displayName: string; deviceName: string }>(
      "SELECT displayName, deviceName FROM user JOIN device ON userId = user.id LIMIT 1",
    );
    const excused = [
      ...(people.has(asker!.displayName) ? [] : [asker!.displayName]),
      ...(devices.has(asker!.deviceName) ? [] : [asker!.deviceName]),
    ];
    for (const [form, write] of Object.entries(forms)) {
      assert.ok(!write(impact).includes(secret), `a password in ${form}`);
      const text = write(withoutNames(impact)).toLowerCase();
      for (const name of names) {
        if (excused.includes(name)) continue;
        assert.ok(!text.includes(name.toLowerCase()), `${name} in ${form}`);
      }
      assert.ok(!text.includes("svc-intune") && !text.includes("mail-notifications"), `an account in ${form}`);
    }
  } finally {
    stack.close();
  }
}

describe("a report without names", () => {
  it("has nobody's name, address, device or id in any form, whatever is deployed, and never a password", async function () {
    this.timeout(60_000);
    await fc.assert(fc.asyncProperty(fc.record({ seed: fc.nat(1000), program: programs, edit: edits }), play), {
      seed: 11,
      numRuns: 20,
    });
  });
});
