/** The text of programs: names that collide or are none, values of every kind; all of it compiles. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { Found } from "../../provider/adopt/found";
import { programText } from "../../provider/adopt/program";
import type { Kind } from "../../provider/resources";
import type { Properties } from "../../provider/values";
import { base64Of, pem, scepInputs, trustedInputs } from "../provider/certificates";
import { profileInputs } from "../provider/profiles";

const root = join(__dirname, "../..");
const one = (kind: Kind, id: string, displayName: string, { kind: _, ...inputs }: Properties): Found => ({
  ...{ kind, id, displayName },
  inputs,
});
const profile = (id: string, displayName: string, over: Properties = {}) =>
  one("EmailProfile", id, displayName, profileInputs("ios", { displayName, ...over }));
const deployment = (id: string, displayName: string) =>
  one("Deployment", id, displayName, { profileId: id, includedGroups: ["iPhone users"] });

interface Row {
  name: string;
  found: Found[];
  says: (string | RegExp)[];
}

const rows: Row[] = [
  {
    name: "a profile and its deployment",
    found: [profile("1", "Mail on iPhones"), deployment("1", "Mail on iPhones")],
    says: [
      'import { Deployment, EmailProfile } from "pulumi-intune-mail";',
      'const mailOnIphonesProfile = new EmailProfile("mail-on-iphones", {',
      /new Deployment\("mail-on-iphones", \{\n {2}profileId: mailOnIphonesProfile\.id,\n {2}includedGroups: \["iPhone users"\],\n\}\);/,
    ],
  },
  {
    name: "one that nobody refers to, which needs no constant",
    found: [profile("1", "Mail")],
    says: [/^new EmailProfile\("mail", /m],
  },
  {
    name: "names that come to the same",
    found: ["1", "2", "3"].flatMap((id) => {
      const displayName = ["Mail (old)", "Mail, old", "MAIL OLD"][Number(id) - 1]!;
      return [profile(id, displayName), deployment(id, displayName)];
    }),
    says: [
      'const mailOldProfile = new EmailProfile("mail-old", {',
      'const mailOld2Profile = new EmailProfile("mail-old-2", {',
      "profileId: mailOld3Profile.id,",
    ],
  },
  {
    name: "names that come to the same in one word",
    found: ["Mail 2", "Mail2", "Mail profile"].flatMap((name) => [profile(name, name), deployment(name, name)]),
    says: ["const mail2Profile =", "const mail2Profile2 =", "const mailProfile ="],
  },
  {
    name: "names that are none in TypeScript",
    found: ["class", "3G phones", "почта на айфонах", "📧", "", "import"].flatMap((displayName, at) => [
      profile(String(at + 1), displayName),
      deployment(String(at + 1), displayName),
    ]),
    says: ["const classProfile =", "const _3gPhonesProfile =", "const почтаНаАйфонахProfile =", '"unnamed-2"'],
  },
  {
    name: "text that would end a text",
    found: [profile("1", 'A "quoted" \\ name', { description: "two\nlines, `tick` and $\u2028" })],
    says: [String.raw`displayName: "A \"quoted\" \\ name"`, String.raw`description: "two\nlines`],
  },
  {
    name: "certificates, and what refers to them",
    found: [
      one("TrustedCertificate", "r", "Root", trustedInputs("ios", { trustedRootCertificate: base64Of(pem.root) })),
      one("ScepCertificate", "s", "Identity", scepInputs("ios", { displayName: "Identity", rootCertificate: "r" })),
      profile("1", "Mail", { authenticationMethod: "certificate", identityCertificate: "s" }),
      deployment("s", "Identity"),
    ],
    says: [
      "trustedRootCertificate: `-----BEGIN CERTIFICATE-----\n",
      "rootCertificate: rootCertificate.id,",
      "identityCertificate: identityCertificate.id,",
      "profileId: identityCertificate.id,",
      '{ name: "Client Authentication", objectIdentifier: "1.3.6.1.5.5.7.3.2" }',
    ],
  },
  {
    name: "an access policy, with rules in their own lines",
    found: [
      one("ExchangeAccessPolicy", "p", "Access to Exchange", {
        enabled: true,
        includedGroups: ["All mail users"],
        accessRules: ["iPhone", "Pocket PC", "Android"].map((name) => ({
          deviceClass: { type: "family", name },
          accessLevel: "block",
        })),
      }),
    ],
    says: [/accessRules: \[\n {4}\{ deviceClass: \{ type: "family", name: "iPhone" \}, accessLevel: "block" \},\n/],
  },
  { name: "nothing at all", found: [], says: ["export {};"] },
];

describe("the text of a program that takes over", () => {
  for (const { name, found, says } of rows) {
    it(name, () => {
      const text = programText(found);
      for (const said of says)
        assert.ok(typeof said === "string" ? text.includes(said) : said.test(text), `${said} is not in:\n${text}`);
    });
  }

  it("compiles, whatever is in it", function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(root, "node_modules/.cache-adopt-"));
    try {
      mkdirSync(join(folder, "node_modules"));
      symlinkSync(root, join(folder, "node_modules/pulumi-intune-mail"));
      const files = rows.map(({ found }, at) => {
        const file = join(folder, `program${at}.ts`);
        writeFileSync(file, programText(found));
        return file;
      });
      const compiled = ts.createProgram(files, {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: [],
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        target: ts.ScriptTarget.ES2023,
      });
      const said = ts.getPreEmitDiagnostics(compiled).map(({ messageText, file, start }) => {
        const line = file && start !== undefined ? file.text.slice(start, start + 80) : "";
        return `${ts.flattenDiagnosticMessageText(messageText, "\n")} at ${line}`;
      });
      assert.deepEqual(said, []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
