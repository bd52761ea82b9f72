/** The policy pack: what each policy lets pass and what not, and what the real CLI makes of it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PolicyResource, PolicyResourceOptions, ResourceValidationArgs } from "@pulumi/policy";
import { resourcePolicies } from "../../examples/policy/resources";
import { stackPolicies } from "../../examples/policy/stack";
import { findPulumi } from "../../provider/engine/find-pulumi";
import { makeProject, type Project, root } from "../cli/project";
import { scepInputs, trustedInputs } from "../provider/certificates";
import { profileInputs } from "../provider/profiles";

const readme = join(root, "examples/policy/README.md");
const policies = [...resourcePolicies, ...stackPolicies];

// --- resources as the engine tells of them ------------------------------------------------------------------------------

type Inputs = Record<string, unknown>;

const options: PolicyResourceOptions = {
  ...{ protect: true, ignoreChanges: [], aliases: [], additionalSecretOutputs: [] },
  customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
};

const resource = (
  kind: string,
  name: string,
  props: Inputs,
  from: Record<string, PolicyResource> = {},
): PolicyResource => ({
  type: `pulumi-nodejs:dynamic/intune:${kind}`,
  ...{ name, props, opts: options, stackTags: new Map() },
  urn: `urn:pulumi:dev::mail::pulumi-nodejs:dynamic/intune:${kind}::${name}`,
  dependencies: Object.values(from),
  propertyDependencies: Object.fromEntries(Object.entries(from).map(([property, one]) => [property, [one]])),
  isType: () => false,
  asType: () => undefined,
});

/** What a policy is given where an organization sets nothing, or this. */
function configOf(name: string, set: Inputs = {}): Inputs {
  const properties = policies.find((policy) => policy.name === name)!.configSchema?.properties ?? {};
  return { ...Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, one.default])), ...set };
}

async function reported(name: string, one: PolicyResource, set?: Inputs): Promise<string[]> {
  const { validateResource } = resourcePolicies.find((policy) => policy.name === name)!;
  const args: ResourceValidationArgs = {
    ...one,
    stackTags: new Map(),
    asType: () => undefined,
    getConfig: <T>() => configOf(name, set) as T,
    notApplicable: (reason) => assert.fail(reason),
  };
  const found: string[] = [];
  assert.ok(typeof validateResource === "function");
  await validateResource(args, (message) => found.push(message));
  return found;
}

// --- one resource -------------------------------------------------------------------------------------------------------

const mail = (over: Inputs = {}, platform: Parameters<typeof profileInputs>[0] = "ios") =>
  resource("EmailProfile", "mail", { ...profileInputs(platform), ...over });
const to = (over: Inputs) => resource("Deployment", "to", { profileId: "1", ...over });
const scep = (over: Inputs = {}) =>
  resource("ScepCertificate", "scep", scepInputs("androidForWork", { hashAlgorithm: ["sha2"], ...over }));
const connector = (over: Inputs = {}) =>
  resource("ExchangeConnector", "connector", { exchangeOrganization: "Contoso", ...over });
const access = (over: Inputs = {}) =>
  resource("ExchangeAccessPolicy", "access", { enabled: true, defaultAccessLevel: "quarantine", ...over });
const bare = (one: PolicyResource): PolicyResource => ({ ...one, opts: { ...options, protect: false } });
const rule = (accessLevel: string) => ({ deviceClass: { type: "family", name: "iPhone" }, accessLevel });

interface Row {
  passes: PolicyResource[];
  violates: [PolicyResource, says: RegExp][];
  set?: Inputs;
}

const rows: Record<string, Row> = {
  "mail-servers": {
    set: { hostNames: ["mail.contoso.example", "eu.contoso.example"] },
    passes: [mail({ hostName: "MAIL.contoso.example" })],
    violates: [
      [mail({ hostName: "mail.fabrikam.example" }), /is mail\.fabrikam\.example, and not one of mail\.contoso.*eu/],
    ],
  },
  "mail-ssl": {
    passes: [mail({ requireSsl: true })],
    violates: [[mail({ requireSsl: false }), /requireSsl is not true/]],
  },
  "mail-by-certificate": {
    passes: [mail({ authenticationMethod: "certificate" }), mail({}, "windows10")],
    violates: [[mail({ authenticationMethod: "usernameAndPassword" }), /is usernameAndPassword/]],
  },
  "mail-on-devices": {
    passes: [mail({ durationOfEmailToSync: "oneDay" }), mail({ durationOfEmailToSync: "oneMonth" })],
    violates: [
      [mail({ durationOfEmailToSync: "unlimited" }), /is unlimited, and oneMonth is the most/],
      [mail({ durationOfEmailToSync: "userDefined" }), /is userDefined/],
    ],
  },
  "mail-stays-in-account": {
    passes: [
      mail({ blockMovingMessagesToOtherEmailAccounts: true, blockSendingEmailFromThirdPartyApps: true }),
      mail({}, "samsungKnox"),
    ],
    violates: [
      [
        mail({ blockMovingMessagesToOtherEmailAccounts: true, blockSendingEmailFromThirdPartyApps: undefined }),
        /^not true: blockSendingEmailFromThirdPartyApps\.$/,
      ],
    ],
  },
  "mail-protected": { passes: [mail()], violates: [[bare(mail()), /protect is not set/]] },
  "not-to-all": {
    passes: [to({ includedGroups: ["A"] }), to({ allDevices: true, excludedGroups: ["Board"] })],
    violates: [
      [to({ allLicensedUsers: true }), /allLicensedUsers is true, and excludedGroups names nobody/],
      [to({ allDevices: true, excludedGroups: [] }), /allDevices is true/],
    ],
  },
  "strong-certificates": {
    passes: [scep(), scep({ certificateValidityPeriodScale: "months", certificateValidityPeriodValue: 24 })],
    violates: [
      [scep({ keySize: "size1024" }), /keySize is size1024/],
      [scep({ hashAlgorithm: ["sha2", "sha1"] }), /has sha1/],
      [scep({ certificateValidityPeriodScale: "days", certificateValidityPeriodValue: 731 }), /731 days, and 2 years/],
    ],
  },
  "connector-protected": { passes: [connector()], violates: [[bare(connector()), /protect is not set/]] },
  "connector-takes-over-nothing": {
    passes: [connector(), connector({ replaceExisting: false })],
    violates: [[connector({ replaceExisting: true }), /replaceExisting is true/]],
  },
  "connector-fails-over": {
    passes: [connector(), connector({ casFailoverEnabled: true })],
    violates: [[connector({ casFailoverEnabled: false }), /casFailoverEnabled is false/]],
  },
  "unknown-devices-kept-out": {
    passes: [access(), access({ defaultAccessLevel: "block", accessRules: [rule("quarantine")] })],
    violates: [
      [access({ enabled: false }), /enabled is false/],
      [access({ defaultAccessLevel: undefined }), /left to what Exchange has/],
      [access({ defaultAccessLevel: "allow" }), /defaultAccessLevel is allow/],
      [access({ accessRules: [rule("block"), rule("allow")] }), /let in family iPhone \(allow\)/],
    ],
  },
};

// --- resources that belong together -------------------------------------------------------------------------------------

const profile = (
  name: string,
  platform: Parameters<typeof profileInputs>[0],
  from: Record<string, PolicyResource> = {},
) => resource("EmailProfile", name, profileInputs(platform), from);
const deployed = (what: PolicyResource, props: Inputs) =>
  resource("Deployment", `to-${what.name}`, props, { profileId: what });
const knox = resource("EmailProfile", "knox", profileInputs("samsungKnox", { requireSsl: true }));
const plain = resource("EmailProfile", "plain", profileInputs("samsungKnox", { requireSsl: false }));
const server = resource("TrustedCertificate", "server", trustedInputs("android"));
const app = (props: Inputs) => resource("AppDeployment", "app", props);
const groups = (...includedGroups: string[]) => ({ includedGroups });

const trusted = resource("TrustedCertificate", "root", trustedInputs("ios"));
const identity = resource("ScepCertificate", "identity", scepInputs("ios"), { rootCertificate: trusted });
const signed = profile("signed", "ios", { identityCertificate: identity });
const [one, two] = [profile("one", "samsungKnox"), profile("two", "samsungKnox")];
const gmail = profile("gmail", "androidForWorkGmail");
const chain = (all: PolicyResource[], props: Inputs) => [
  signed,
  identity,
  trusted,
  deployed(signed, groups("A")),
  ...all.map((each) => deployed(each, props)),
];

interface StackRow {
  passes: PolicyResource[][];
  violates: [PolicyResource[], on: PolicyResource, says: RegExp][];
}

const stackRows: Record<string, StackRow> = {
  "profiles-deployed": { passes: [[one, deployed(one, groups("A"))]], violates: [[[one], one, /has no Deployment/]] },
  "one-profile-each": {
    passes: [
      [one, two, deployed(one, groups("A")), deployed(two, groups("B"))],
      [one, signed, deployed(one, groups("A")), deployed(signed, groups("A"))],
      [one, two, deployed(one, groups("A")), deployed(two, { allDevices: true, excludedGroups: ["a"] })],
    ],
    violates: [
      [[one, two, deployed(one, groups("A", "B")), deployed(two, groups("b"))], two, /^b has one as well/],
      [[one, two, deployed(one, groups("A")), deployed(two, { allDevices: true })], two, /^a has one/],
      [[one, two, deployed(one, { allDevices: true }), deployed(two, { allLicensedUsers: true })], two, /^everybody/],
    ],
  },
  "chain-deployed": {
    passes: [
      chain([identity, trusted], groups("A", "B")),
      chain([identity, trusted], { allDevices: true }),
      [signed, identity],
    ],
    violates: [
      [chain([trusted], groups("A")), signed, /^identity is not deployed/],
      [chain([identity], groups("A")), signed, /^root is not deployed/],
      [chain([identity, trusted], { ...groups("A"), excludedGroups: ["B"] }), signed, /^(identity|root) is not/],
    ],
  },
  "server-certificate-deployed": {
    passes: [
      [knox, server, deployed(knox, groups("A")), deployed(server, groups("A", "B"))],
      [plain, deployed(plain, groups("A"))],
      [knox, gmail, deployed(gmail, groups("A"))],
    ],
    violates: [
      [[knox, deployed(knox, groups("A"))], knox, /^No TrustedCertificate for android/],
      [[knox, server, deployed(knox, groups("A")), deployed(server, groups("B"))], knox, /^No TrustedCertificate/],
      [[knox, trusted, deployed(knox, groups("A")), deployed(trusted, groups("A"))], knox, /^No TrustedCertificate/],
    ],
  },
  "app-deployed": {
    passes: [
      [gmail, deployed(gmail, groups("A")), app({ app: "Gmail", ...groups("A") })],
      [gmail, deployed(gmail, groups("A")), app({ app: "com.google.android.gm", allDevices: true })],
      [one, deployed(one, groups("A"))],
    ],
    violates: [
      [[gmail, deployed(gmail, groups("A"))], gmail, /^Gmail is not deployed to all/],
      [[gmail, deployed(gmail, groups("A")), app({ app: "Gmail", ...groups("B") })], gmail, /^Gmail/],
      [[gmail, deployed(gmail, groups("A")), app({ app: "Nine Work", ...groups("A") })], gmail, /^Gmail/],
    ],
  },
  "connector-decides": {
    passes: [[connector(), access()], []],
    violates: [[[connector()], connector(), /has no ExchangeAccessPolicy/]],
  },
};

describe("examples/policy", () => {
  it("has a row here for each policy", () => {
    assert.deepEqual(
      Object.keys(rows),
      resourcePolicies.map(({ name }) => name),
    );
    assert.deepEqual(
      Object.keys(stackRows),
      stackPolicies.map(({ name }) => name),
    );
  });

  for (const [name, { passes, violates, set }] of Object.entries(rows)) {
    it(`${name} lets pass`, async () => {
      for (const one of passes) assert.deepEqual(await reported(name, one, set), []);
      assert.deepEqual(await reported(name, { ...passes[0]!, type: "aws:s3/bucket:Bucket", props: {} }, set), []);
    });
    it(`${name} does not let pass`, async () => {
      for (const [one, says] of violates) {
        const found = await reported(name, one, set);
        assert.equal(found.length, 1);
        assert.match(found[0]!, says);
      }
    });
  }

  it("lets pass any mail server where none is named", async () => {
    assert.deepEqual(await reported("mail-servers", mail({ hostName: "any.example" })), []);
  });

  for (const [name, { passes, violates }] of Object.entries(stackRows)) {
    const check = async (resources: PolicyResource[]): Promise<[string, string | undefined][]> => {
      const found: [string, string | undefined][] = [];
      const { validateStack } = stackPolicies.find((policy) => policy.name === name)!;
      const notApplicable = (reason?: string): never => assert.fail(reason);
      await validateStack(
        { resources, stackTags: new Map(), getConfig: <T>() => configOf(name) as T, notApplicable },
        (message, urn) => found.push([message, urn]),
      );
      return found;
    };
    it(`${name} lets pass`, async () => {
      for (const resources of passes) assert.deepEqual(await check(resources), []);
    });
    it(`${name} does not let pass`, async () => {
      for (const [resources, on, says] of violates) {
        const [first] = await check(resources);
        assert.match(first?.[0] ?? "", says);
        assert.equal(first?.[1], on.urn);
      }
    });
  }

  it("cites rules, and says of each policy what its README says", () => {
    const said = policies.map(({ name, enforcementLevel, description, configSchema }) => {
      assert.match(description, /\([A-Z]\d+(, [A-Z]\d+)*\)\.$/);
      const settings = Object.entries(configSchema?.properties ?? {}).map(([key, schema]) =>
        `\`${key}\`: ${schema.description} ${Array.isArray(schema.default) && schema.default.length === 0 ? "" : `Else ${[schema.default].flat().join(", ")}.`}`.trim(),
      );
      return `| \`${name}\` | ${enforcementLevel} | ${description} | ${settings.join(" ")} |`;
    });
    golden("|---|---|---|---|\n", "\n`resources.ts`", said.map((row) => `${row}\n`).join(""));
    golden("```json\n", "```", readFileSync(join(root, "examples/policy/config.json"), "utf8"));
  });
});

/** What the README has between two texts; UPDATE_GOLDEN=1 writes it. */
function golden(before: string, after: string, text: string): void {
  const whole = readFileSync(readme, "utf8");
  const from = whole.indexOf(before) + before.length;
  const to = whole.indexOf(after, from);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(readme, whole.slice(0, from) + text + whole.slice(to));
  else assert.equal(whole.slice(from, to), text);
}

// --- the real CLI -------------------------------------------------------------------------------------------------------

const pulumi = findPulumi(process.env);

describe("examples/policy on the Pulumi CLI", function () {
  this.timeout(180_000);
  let project: Project;
  before(async function () {
    if (!pulumi) {
      console.log("      (the Pulumi CLI is not on PATH: no policy pack is run)");
      this.skip();
    }
    project = await makeProject({
      "Pulumi.yaml": "name: mail\nruntime: nodejs\nmain: index.ts\n",
      "package.json": "{}",
    });
    cpSync(join(root, "examples/policy"), join(project.folder, "policy"), { recursive: true });
    symlinkSync(join(root, "node_modules/@pulumi/policy"), join(project.folder, "node_modules/@pulumi/policy"));
    mkdirSync(join(project.folder, "state"));
    await run("stack", "init", "dev");
  });
  after(() => project?.remove());

  const run = (...args: string[]) =>
    new Promise<{ code: number; stdout: string }>((done) => {
      const path = [
        dirname(process.execPath),
        process.env.PATH,
        dirname(require.resolve("@pulumi/pulumi/package.json")),
      ];
      const env = {
        ...process.env,
        ...{ PATH: path.join(":"), PULUMI_BACKEND_URL: pathToFileURL(join(project.folder, "state")).href },
        ...{ PULUMI_CONFIG_PASSPHRASE: "of a test", PULUMI_SKIP_UPDATE_CHECK: "true" },
        PULUMI_HOME: join(project.folder, "home"),
      };
      execFile(pulumi!, args, { cwd: project.folder, env }, (error, stdout, stderr) =>
        done({ code: error ? Number(error.code) : 0, stdout: stdout + stderr }),
      );
    });
  const preview = async (program: string, ...more: string[]) => {
    project.write("index.ts", program);
    const { code, stdout } = await run("preview", "--policy-pack", "policy", ...more);
    const [found = stdout] = /^Policies:.*?(?=\n\n|\nDiagnostics)/ms.exec(stdout) ?? [];
    return { code, found };
  };
  const smallest = /(?<=```ts\n).*?(?=```)/s.exec(readFileSync(readme, "utf8"))![0];

  it("keeps the README's program out, and says why", async () => {
    const { code, found } = await preview(smallest);
    assert.notEqual(code, 0);
    golden("$ pulumi preview --policy-pack policy\n", "```", `${found.trimEnd()}\n`);
  });

  it("lets a program pass that does as the organization says", async () => {
    const better = smallest
      .replace('"unlimited"', '"oneWeek"')
      .replace("allLicensedUsers: true", 'includedGroups: ["iPhone users"]');
    const { code, found } = await preview(better);
    assert.equal(code, 0, found);
    assert.match(found, /\[advisory\] {2}mail-protected/);
  });

  it("takes what the organization sets", async () => {
    const better = smallest
      .replace('"unlimited"', '"twoWeeks"')
      .replace("allLicensedUsers: true", 'includedGroups: ["iPhone users"]')
      .replace("mail.contoso.example", "mail.fabrikam.example");
    const { code, found } = await preview(better, "--policy-pack-config", "policy/config.json");
    assert.notEqual(code, 0);
    assert.match(
      found,
      /\[mandatory\] {2}mail-servers .*hostName is mail\.fabrikam\.example, and not one of mail\.contoso\.example/s,
    );
    assert.match(found, /\[mandatory\] {2}mail-by-certificate /);
    assert.match(found, /twoWeeks, and oneWeek is the most/);
  });

  it("knows what belongs together before it has ids", async () => {
    const program = `import * as p from "pulumi-intune-mail";
const inputs: any = ${JSON.stringify({
      mail: profileInputs("ios", { authenticationMethod: "certificate", durationOfEmailToSync: "oneWeek" }),
      root: trustedInputs("ios"),
      scep: scepInputs("ios"),
      gmail: profileInputs("androidForWorkGmail", { durationOfEmailToSync: "oneWeek", displayName: "Gmail" }),
    })};
const root = new p.TrustedCertificate("root", inputs.root);
const scep = new p.ScepCertificate("scep", { ...inputs.scep, rootCertificate: root.id });
const by = (displayName: string) => new p.EmailProfile(displayName, { ...inputs.mail, displayName, identityCertificate: scep.id });
new p.Deployment("to-one", { profileId: by("one").id, includedGroups: ["iPhone users"] });
new p.Deployment("to-two", { profileId: by("two").id, includedGroups: ["iPhone users"] });
new p.Deployment("to-scep", { profileId: scep.id, includedGroups: ["iPhone users"] });
new p.Deployment("to-gmail", { profileId: new p.EmailProfile("gmail", inputs.gmail).id, includedGroups: ["Gmail users"] });
by("three");
`;
    const { code, found } = await preview(program);
    assert.notEqual(code, 0);
    assert.match(found, /\[mandatory\] {2}one-profile-each .*iphone users has (one|two) as well\./s);
    assert.match(found, /\[mandatory\] {2}chain-deployed .*root is not deployed to all who get it\./s);
    assert.match(found, /\[mandatory\] {2}app-deployed .*Gmail is not deployed to all who get it\./s);
    assert.match(found, /\[advisory\] {2}profiles-deployed +\(.*EmailProfile: three\)/);
    assert.doesNotMatch(found, /scep is not deployed/);
  });
});
