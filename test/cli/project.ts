/** A project in a folder of its own, and the built command run in it as a user's shell would. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export const root = resolve(__dirname, "../..");
const command = join(root, "dist/provider/cli/main.js");

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Project {
  folder: string;
  write(file: string, text: string): void;
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Runs a verb with `--json` and gives its document, after it has ended with `code`. */
  json<T>(args: readonly string[], code?: number): Promise<T>;
  remove(): void;
}

export interface RunOptions {
  env?: Record<string, string>;
  input?: string;
  /** Called with all of stdout so far, each time that some comes. */
  onOutput?: (stdout: string, child: ChildProcess) => void;
}

const ansi = String.fromCharCode(27);

export async function makeProject(files: Record<string, string>): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "cli-test-"));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  mkdirSync(join(folder, "node_modules/@pulumi"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/pulumi-intune-mail"));
  symlinkSync(join(root, "node_modules/@pulumi/pulumi"), join(folder, "node_modules/@pulumi/pulumi"));

  const run = (args: readonly string[], { env, input, onOutput }: RunOptions = {}) =>
    new Promise<Ran>((done, failed) => {
      const child = spawn(process.execPath, [command, ...args], { cwd: folder, env: { ...process.env, ...env } });
      const ran: Ran = { code: null, stdout: "", stderr: "" };
      child.stdout.on("data", (text) => {
        ran.stdout += text;
        onOutput?.(ran.stdout, child);
      });
      child.stderr.on("data", (text) => {
        ran.stderr += text;
      });
      child.on("error", failed);
      child.on("close", (code) => done({ ...ran, code }));
      child.stdin.end(input ?? "");
    }).then((ran) => {
      assert.ok(!`${ran.stdout}${ran.stderr}`.includes(ansi), "colours where there is no terminal");
      assert.doesNotMatch(ran.stderr, /This is a bug|^\s+at .*:\d+:\d+/m, "a stack where a user reads");
      return ran;
    });

  return {
    folder,
    write,
    run,
    json: async <T>(args: readonly string[], code = 0) => {
      const ran = await run([...args, "--json"]);
      assert.equal(ran.code, code, ran.stderr);
      return JSON.parse(ran.stdout) as T;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A project file for a program in JavaScript, which starts in a second. */
export const projectFile = JSON.stringify({
  name: "mail",
  runtime: { name: "nodejs", options: { typescript: false } },
  main: "index.js",
});

const profile = {
  platform: "ios",
  displayName: "Mail on iPhones",
  hostName: "mail.contoso.example",
  accountName: "Contoso",
  usernameSource: "userPrincipalName",
  emailAddressSource: "primarySmtpAddress",
  authenticationMethod: "usernameAndPassword",
  durationOfEmailToSync: "oneWeek",
  requireSsl: true,
};
const deployment = { includedGroups: ["iPhone users"] };
const connector = {
  exchangeOrganization: "Contoso Mail",
  exchangeConnectorType: "onPremises",
  serverName: "cas01.contoso.example",
  exchangeAccount: { user: "CONTOSO\\svc-intune", password: "Tr0ub4dor&3" },
  notificationAccount: { address: "mail-notifications@contoso.example", password: "Tr0ub4dor&3" },
};

/** The password that no output and no file may hold. */
export const password = "Tr0ub4dor&3";

interface Changes {
  profile?: object;
  deployment?: object;
  connector?: object;
}

/** A program with one resource of each kind, and what a test changes in them. */
export const program = (changes: Changes = {}): string => `
const { Deployment, EmailProfile, ExchangeConnector } = require("pulumi-intune-mail");
const mail = new EmailProfile("iphones", ${JSON.stringify({ ...profile, ...changes.profile })});
new Deployment("to-iphones", { profileId: mail.id, ...${JSON.stringify({ ...deployment, ...changes.deployment })} });
const contoso = new ExchangeConnector("contoso", ${JSON.stringify({ ...connector, ...changes.connector })});
exports.profileId = mail.id;
exports.server = contoso.serverName;
`;
