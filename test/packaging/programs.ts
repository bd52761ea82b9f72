/** The same small program in each form that a Node program has: an iOS profile and its deployment. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const resources = `
const mail = new EmailProfile("mail", {
  platform: "ios",
  displayName: "Mail on iPhones",
  hostName: "mail.contoso.example",
  accountName: "Contoso",
  usernameSource: "userPrincipalName",
  emailAddressSource: "primarySmtpAddress",
  authenticationMethod: "usernameAndPassword",
  durationOfEmailToSync: "oneWeek",
  requireSsl: true,
});
const iphones = new Deployment("iphones", { profileId: mail.id, includedGroups: ["iPhone users"] });
`;
const names = "{ Deployment, EmailProfile }";
const imported = `import ${names} from "pulumi-intune-mail";\n${resources}`;

export interface Program {
  file: string;
  source: string;
  /** Files beside it. */
  beside?: Record<string, string>;
  options?: Record<string, string | boolean>;
}

const tsconfig = JSON.stringify({
  compilerOptions: {
    target: "es2022",
    module: "nodenext",
    moduleResolution: "nodenext",
    strict: true,
    skipLibCheck: true,
  },
  files: ["index.ts"],
});

export const programs = {
  "CommonJS JavaScript": {
    file: "index.js",
    source: `const ${names} = require("pulumi-intune-mail");\n${resources}\nexports.id = mail.id;\n`,
  },
  "ESM JavaScript": { file: "index.mjs", source: `${imported}\nexport const id = mail.id;\n` },
  TypeScript: {
    file: "index.ts",
    source: `${imported}\nexport const id: typeof mail.id = mail.id;\nexport const targets = iphones.includedGroupIds;\n`,
    beside: { "tsconfig.json": tsconfig },
  },
  "ESM TypeScript": {
    file: "index.mts",
    source: `${imported}\nexport const id: typeof mail.id = mail.id;\n`,
    // The SDK's own TypeScript is CommonJS; ESM needs a loader of the program's choice.
    options: { typescript: false, nodeargs: "--import tsx" },
  },
} satisfies Record<string, Program>;

export type ProgramName = keyof typeof programs;

/** Writes a program into a folder of its own. */
export function writeProgram(folder: string, name: ProgramName): void {
  const { file, source, beside = {}, options = {} }: Program = programs[name];
  mkdirSync(folder);
  // JSON is YAML too.
  const project = { name: "packaging", runtime: { name: "nodejs", options }, main: file };
  const files = { "Pulumi.yaml": JSON.stringify(project), [file]: source, ...beside };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
}
