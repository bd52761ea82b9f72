/** Every rule of the specification has a test that says its number, and a place where it is kept. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const root = join(__dirname, "..");
const golden = join(__dirname, "golden/rules.md");

interface Rule {
  says: string;
  /** Where it is kept: files, or folders, that name its number. */
  where: string[];
}

const email = "provider/resources/email-profile.ts";
const devices = "provider/tenant/devices";
const connector = "provider/resources/exchange-connector.ts";
const accessPolicy = "provider/resources/exchange-access-policy.ts";
const connectors = "provider/tenant/services/connectors.ts";
const sync = "provider/tenant/sync";

const rules: Record<string, Rule> = {
  E1: {
    says: "There are six types of email profile; a device of another platform or below the minimum is left untouched.",
    where: [email, devices],
  },
  E2: {
    says: "A profile is fully custom: nothing is filled in, and a required setting that is absent is an error.",
    where: ["provider/validate.ts"],
  },
  E3: {
    says: "A setting that a platform lacks is an error, at compile time and at preview; what Graph has no property for travels as an annotation.",
    where: [email, "provider/advice.ts"],
  },
  E4: {
    says: "User name and address are made for each user, from the primary SMTP address or the user principal name.",
    where: ["sdk/email-profile.ts"],
  },
  E5: {
    says: "A device keeps a number of days of email that its platform offers, or all.",
    where: ["sdk/email-profile.ts"],
  },
  E6: {
    says: "A profile is secured by a certificate or by user name and password; a password is never part of a profile.",
    where: [email],
  },
  E7: {
    says: "A change of host, address source or type deletes the profile and makes a new one; all else is updated in place.",
    where: [email, "provider/resources/email-profile-settings.ts"],
  },
  E8: {
    says: "An in-place change may ask each user to approve; the device keeps the old settings until then.",
    where: ["provider/advice.ts", devices],
  },
  E9: {
    says: "An account that the user made blocks the profile on iOS, and is overwritten on Windows and Samsung KNOX.",
    where: ["provider/advice.ts", devices],
  },
  E10: {
    says: "Android for Work needs the Gmail or Nine Work app for the same users; Nine Work may need a licence.",
    where: ["provider/advice.ts", devices],
  },
  E11: {
    says: "Samsung KNOX with SSL needs the server's certificate as an Android trusted certificate for the same groups.",
    where: ["provider/advice.ts", devices],
  },
  E12: {
    says: "Certificates that a profile names exist, are of the right kind and platform, and reach the same devices.",
    where: ["provider/resources/certificates.ts", "provider/advice.ts", devices],
  },
  E13: {
    says: "Other mail clients, such as Outlook for iOS and Android, are not configured by these profiles.",
    where: [],
  },
  D1: {
    says: "A profile is deployed to at least one group; one Deployment owns all assignments of its profile.",
    where: ["provider/resources/deployment.ts", "sdk/deployment.ts"],
  },
  D2: { says: "There is a status of each deployment, device and user, and a summary over all profiles.", where: [] },
  D3: {
    says: "Taking groups away takes the profile off a device, except where it is the only email profile there: it is retained.",
    where: ["sdk/deployment.ts", devices],
  },
  D4: { says: "Deleting a profile takes it off devices at their next check-in.", where: [devices] },
  D5: { says: "A check-in applies the group memberships that then hold.", where: [devices] },
  X1: {
    says: "One connector for each Exchange organization; a second one replaces the first only where that is asked for.",
    where: [connector, connectors, "sdk/exchange-connector.ts"],
  },
  X2: {
    says: "The server is on premises or hosted; a hosted one may have a proxy, whose change reconfigures the connector.",
    where: [connector, `${sync}/checks.ts`],
  },
  X3: {
    says: "Accounts for Exchange, notifications and the tenant have a licence, a mailbox and a role; passwords are secrets.",
    where: ["sdk/exchange-connector.ts", `${sync}/checks.ts`],
  },
  X4: {
    says: "The account is allowed all cmdlets that the connector needs; those that it lacks are listed.",
    where: ["provider/tenant/exchange/words.ts", `${sync}/checks.ts`],
  },
  X5: {
    says: "The connector's machine, the tenant and Exchange have what a connector needs; all that fails is said at once.",
    where: [`${sync}/checks.ts`, `${sync}/machineChecks.ts`],
  },
  X6: {
    says: "The files of the set-up stay where they are; in an insecure folder its account certificate is to be deleted.",
    where: [`${sync}/machineChecks.ts`, `${sync}/advice.ts`],
  },
  X7: {
    says: "While its server is down the connector uses another one that it has discovered, unless that is turned off.",
    where: [`${sync}/session.ts`, "provider/exchange-configuration"],
  },
  X8: {
    says: "The connector uses one runspace, or as many as the account may have; advised from 5,000 devices on.",
    where: [`${sync}/runspaces.ts`, `${sync}/advice.ts`, "provider/tenant/exchange/budget.ts"],
  },
  X8a: {
    says: "The connection is validated before success is reported, and what failed is said.",
    where: [connector, `${sync}/setup.ts`],
  },
  X9: {
    says: "Deleting the connector uninstalls it, and leaves Exchange's records as the last synchronization left them.",
    where: [connector, connectors],
  },
  X10: {
    says: "The connector's state, its last successful synchronization and what needs somebody are shown.",
    where: ["provider/cli/connectors", "provider/tenant/services/simulation/exchangeConnectors.ts"],
  },
  X11: {
    says: "No first connector from July 2020 on, and no synchronization from 19 February 2024 on, by the tenant's clock.",
    where: [`${sync}/lifecycle.ts`, connector, "provider/cli/connectors/alerts.ts"],
  },
  C1: {
    says: "Users with an Intune licence are in scope who are in an included group and in no exempted one.",
    where: [`${sync}/decide.ts`, `${sync}/scope.ts`, accessPolicy],
  },
  C2: {
    says: "A device comes to its mail in ten steps, each an event with its simulated time; the quarantine mail is sent once.",
    where: [`${sync}/steps.ts`, `${sync}/mail.ts`, "provider/cli/device"],
  },
  C3: { says: "A record of a device that the tenant does not know is blocked.", where: [`${sync}/decide.ts`] },
  C4: {
    says: "A device that no longer complies, or is retired, loses access at the next synchronization that sees it.",
    where: [`${sync}/decide.ts`],
  },
  S1: { says: "A quick synchronization looks at what has changed since the last one.", where: [`${sync}/quick.ts`] },
  S2: {
    says: "A full synchronization looks at all records and servers, and puts Exchange's default and rules right.",
    where: [`${sync}/full.ts`],
  },
  S3: {
    says: "Either runs when it is asked for, and a full one right after a connector connects.",
    where: [connector, connectors, "provider/cli/verbs/sync.ts"],
  },
  S4: {
    says: "After any synchronizations, ended anywhere and run again, access is what the rules say, and no mail is sent twice.",
    where: [],
  },
};

const numbers = Object.keys(rules);
const cites = (text: string, rule: string) => new RegExp(`\\b${rule}\\b`).test(text);

/** The text of a file, or of all files of a folder. */
function textOf(path: string): string {
  const files = path.endsWith(".ts") ? [path] : globSync(`${path}/**/*.ts`, { cwd: root });
  return files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
}

/** Titles of tests and suites, and names of the rows of their tables, in every test file. */
function titles(): string[] {
  const found: string[] = [];
  for (const file of globSync("test/**/*.test.ts", { cwd: root })) {
    if (file === "test/rules.test.ts") continue;
    const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && /^(it|describe)\b/.test(node.expression.getText(source))) {
        if (node.arguments[0]) found.push(node.arguments[0].getText(source));
      }
      if (ts.isPropertyAssignment(node) && /^(name|rule)$/.test(node.name.getText(source))) {
        found.push(node.initializer.getText(source));
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

describe("rules", () => {
  it("each have a test that says the number in its title", () => {
    const all = titles();
    assert.ok(all.length > 100, "titles were found");
    assert.deepEqual(
      numbers.filter((rule) => !all.some((title) => cites(title, rule))),
      [],
    );
  });

  for (const [rule, { where }] of Object.entries(rules)) {
    it(`${rule} is named where it is kept`, () => {
      for (const path of where) {
        assert.ok(existsSync(join(root, path)), `${path} is not there`);
        assert.ok(cites(textOf(path), rule), `${path} does not name ${rule}`);
      }
    });
  }

  it("are listed as the golden file has them (UPDATE_GOLDEN=1 writes it anew)", () => {
    const rows = Object.entries(rules).map(
      ([rule, { says, where }]) => `| ${rule} | ${says} | ${where.map((path) => `\`${path}\``).join(", ") || "–"} |`,
    );
    const text = [
      "# Rules of email profiles, deployments and Exchange",
      "",
      "Messages, code and tests cite these numbers. Made by `test/rules.test.ts`; `UPDATE_GOLDEN=1` writes it anew.",
      "",
      "| rule | what it says | where it is kept |",
      "|---|---|---|",
      ...rows,
      "",
    ].join("\n");
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, text);
    assert.equal(readFileSync(golden, "utf8"), text);
  });
});
