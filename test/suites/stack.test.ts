/** The resources in a stack, through the SDK's own runner and provider server: what no unit can show. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { EngineResult } from "../../provider/engine";
import type { Json } from "../../provider/graph/client";
import { openTenant } from "../../provider/tenant";
import { enginesHere } from "../engines";

const root = resolve(__dirname, "../..");
/** Where each keeps the stack `dev`, where nothing else is configured. */
const stateFile = { embedded: "stacks/stack/dev.json", pulumi: "pulumi/.pulumi/stacks/stack/dev.json" };
const passwords = ["Exchange-pa55", "Mailbox-pa55"];

const head =
  'const { Deployment, EmailProfile, ExchangeAccessPolicy, ExchangeConnector } = require("pulumi-intune-mail");\n';
const profileArgs = {
  platform: "ios",
  displayName: "Mail on iPhones",
  hostName: "mail.contoso.example",
  accountName: "Contoso",
  usernameSource: "userPrincipalName",
  emailAddressSource: "primarySmtpAddress",
  authenticationMethod: "usernameAndPassword",
  durationOfEmailToSync: "oneWeek",
  requireSsl: true,
  easServices: ["email", "calendars"],
};
const profile = (name: string, over: object = {}) =>
  `const ${name} = new EmailProfile("${name}", ${JSON.stringify({ ...profileArgs, ...over })});\n`;
const deployed = (name: string, over: object = {}) =>
  `new Deployment("${name}-to-phones", { profileId: ${name}.id, includedGroups: ["iPhone users"], ...${JSON.stringify(over)} });\n`;
const connector = (over: object = {}) => {
  const args = {
    exchangeOrganization: "Contoso Mail",
    exchangeConnectorType: "onPremises",
    serverName: "cas01.contoso.example",
    exchangeAccount: { user: "CONTOSO\\svc-intune", password: passwords[0] },
    notificationAccount: { address: "mail-notifications@contoso.example", password: passwords[1] },
    ...over,
  };
  return `new ExchangeConnector("contoso", ${JSON.stringify(args)});\n`;
};

for (const engine of enginesHere()) {
  describe(`a stack on the ${engine.name} engine`, function () {
    this.timeout(120_000);
    let cwd: string;
    beforeEach(() => {
      mkdirSync(join(root, ".intune-mail"), { recursive: true });
      cwd = mkdtempSync(join(root, ".intune-mail/stack-"));
      writeFileSync(join(cwd, "Pulumi.yaml"), "name: stack\nruntime: nodejs\nmain: index.js\n");
    });
    afterEach(() => rmSync(cwd, { recursive: true, force: true }));

    const write = (...parts: string[]) => writeFileSync(join(cwd, "index.js"), head + parts.join(""));
    const options = () => ({ cwd, stack: "dev" });
    const said = ({ diagnostics }: EngineResult) => diagnostics.map(({ message }) => message).join("\n");
    const done = ({ steps }: EngineResult) =>
      steps
        .filter(({ phase, type }) => phase === "done" && type.includes(":dynamic/"))
        .map(({ op, name }) => `${op} ${name}`);

    async function inTenant(path: string): Promise<Json> {
      const tenant = openTenant({ data: join(cwd, ".intune-mail") });
      try {
        return (await (await tenant.fetch(new Request(`http://x/beta/deviceManagement/${path}`))).json()) as Json;
      } finally {
        tenant.close();
      }
    }

    it("is made, stays the same, and replaces a profile with its deployment, the old ones first (E7)", async () => {
      write(profile("mail"), deployed("mail"));
      assert.deepEqual((await engine.up(options())).changes.create, 3);
      assert.deepEqual(
        done(await engine.up(options())).filter((step) => !step.startsWith("same")),
        [],
      );
      assert.equal((await engine.refresh(options())).changes.update, undefined, "a refresh finds no drift");

      write(profile("mail", { hostName: "mail2.contoso.example" }), deployed("mail"));
      const preview = await engine.preview(options());
      assert.match(said(preview), /hostName: "mail\.contoso\.example" → "mail2\.contoso\.example" \(E7: /);
      assert.match(said(preview), /profileId: .* \(D1: /);
      const order = done(await engine.up(options())).filter((step) => !step.startsWith("same"));
      const at = (step: string) => {
        assert.ok(order.includes(step), `${step} is not among ${order.join(", ")}`);
        return order.indexOf(step);
      };
      const steps = [
        "delete-replaced mail-to-phones",
        "delete-replaced mail",
        "create-replacement mail",
        "create-replacement mail-to-phones",
      ];
      assert.deepEqual(
        steps.map(at),
        steps.map(at).sort((one, other) => one - other),
      );
      const [only, ...others] = (await inTenant("deviceConfigurations")).value as Json[];
      assert.deepEqual([only?.hostName, others], ["mail2.contoso.example", []]);
      assert.equal(((await inTenant(`deviceConfigurations/${only?.id}/assignments`)).value as Json[]).length, 1);
    });

    // The service has one of each: a new one made beside it would be the old one, and go with it.
    it("replaces the old one first, whatever the program's options say (D1, E3)", async () => {
      const beside = { deleteBeforeReplace: false, replaceOnChanges: ["includedGroups"] };
      const optioned = (text: string) => text.replace(/\);\n$/, `, ${JSON.stringify(beside)});\n`);
      const program = (over: object, groups: string[]) =>
        write(
          optioned(profile("mail", { adopt: true, ...over })),
          optioned(deployed("mail", { includedGroups: groups })),
        );
      const there = async () => {
        const profiles = (await inTenant("deviceConfigurations?$expand=assignments")).value as Json[];
        return profiles.map(({ hostName, assignments }) => [hostName, (assignments as Json[]).length]);
      };
      program({}, ["iPhone users"]);
      await engine.up(options());
      program({}, ["iPhone users", "Samsung users"]);
      await engine.up(options());
      assert.deepEqual(await there(), [["mail.contoso.example", 2]]);
      program({ hostName: "mail2.contoso.example" }, ["iPhone users", "Samsung users"]);
      await engine.up(options());
      assert.deepEqual(await there(), [["mail2.contoso.example", 2]]);
    });

    // The embedded engine has no such option.
    if (engine.name === "pulumi") {
      it("replaces by --replace, which asks for no diff, the old one first (D1, E3)", async () => {
        write(profile("mail", { adopt: true }), deployed("mail"));
        await engine.up(options());
        const replace = async (urn: string) => {
          const env = {
            ...process.env,
            PULUMI_BACKEND_URL: pathToFileURL(join(cwd, ".intune-mail/pulumi")).href,
            PULUMI_CONFIG_PASSPHRASE_FILE: join(cwd, ".intune-mail/passphrase"),
          };
          const args = ["up", "--yes", "--skip-preview", "--stack", "dev", "--replace", urn];
          await promisify(execFile)("pulumi", args, { cwd, env });
        };
        const there = async () => {
          const profiles = (await inTenant("deviceConfigurations?$expand=assignments")).value as Json[];
          return profiles.map(({ id, assignments }) => ({ id, groups: (assignments as Json[]).length }));
        };
        const before = await there();
        await replace("urn:pulumi:dev::stack::pulumi-nodejs:dynamic/intune:Deployment::mail-to-phones");
        assert.deepEqual(await there(), before);
        await replace("urn:pulumi:dev::stack::pulumi-nodejs:dynamic/intune:EmailProfile::mail");
        const [after, ...others] = await there();
        assert.notEqual(after?.id, before[0]?.id);
        assert.deepEqual([after?.groups, others], [1, []]);
      });
    }

    it("takes over what is there when asked, and the preview after it is empty", async () => {
      write(profile("mail"), deployed("mail"));
      await engine.up(options());
      const stack = { ...options(), stack: "other" };
      write(profile("mail", { adopt: true }), deployed("mail", { adopt: true }));
      assert.equal((await engine.up(stack)).changes.create, 3);
      const { changes } = await engine.preview(stack);
      assert.deepEqual(Object.keys(changes), ["same"]);
      assert.equal(((await inTenant("deviceConfigurations")).value as Json[]).length, 1);
    });

    it("says a second owner in the preview, naming both (E3, D1)", async () => {
      write(
        profile("one"),
        profile("two"),
        deployed("one"),
        deployed("one", { allDevices: true }).replace("one-", "twice-"),
      );
      const { message } = await engine.preview(options()).then(
        () => assert.fail("it did not fail"),
        (error: Error & { result?: EngineResult }) => ({
          message: `${error.message}\n${error.result ? said(error.result) : ""}`,
        }),
      );
      assert.match(message, /"Mail on iPhones" as displayName of an email profile: "one" and "two"/);
      assert.match(message, /profileId of a deployment: "one-to-phones" and "twice-to-phones"/);
      assert.deepEqual((await inTenant("deviceConfigurations")).value, []);
    });

    it("shows a connector's passwords nowhere, though the program has them in plain text (X3)", async () => {
      write(connector());
      const events: unknown[] = [];
      const onEvent = (event: unknown) => events.push(event);
      await engine.up({ ...options(), onEvent });
      write(connector({ serverName: "cas02.contoso.example" }));
      await engine.preview({ ...options(), onEvent });
      const state = JSON.stringify(await engine.exportStack(options()));
      const kept = readFileSync(join(cwd, ".intune-mail", stateFile[engine.name]), "utf8");
      const file = readFileSync(join(cwd, ".intune-mail/tenant.db"), "latin1");
      for (const password of passwords) {
        for (const [where, text] of Object.entries({ events: JSON.stringify(events), state, kept, file })) {
          assert.ok(!text.includes(password), `${where} shows a password`);
        }
      }
      assert.match(state, /"ciphertext":"v1:/);
    });

    it("refreshes a connector to a later time without touching what depends on it, and syncs on demand (S3, X10)", async () => {
      const dependent = 'new EmailProfile("mail", { ...profileArgs, description: contoso.lastSyncDateTime });\n';
      const args = { ...profileArgs, displayName: "Mail" };
      const programOf = (over: object) => [
        `const profileArgs = ${JSON.stringify(args)};\n`,
        connector(over).replace("new Exchange", "const contoso = new Exchange"),
        dependent,
      ];
      write(...programOf({}));
      await engine.up(options());
      const tenant = openTenant({ data: join(cwd, ".intune-mail") });
      try {
        const advance = { method: "POST", body: JSON.stringify({ advance: "5h" }) };
        const headers = { "content-type": "application/json" };
        await tenant.fetch(new Request("http://x/simulation/clock", { ...advance, headers }));
      } finally {
        tenant.close();
      }
      assert.equal((await engine.refresh(options())).changes.update, undefined, "only the time has moved");
      assert.deepEqual(Object.keys((await engine.preview(options())).changes), ["same"]);

      write(...programOf({ sync: { type: "quick", trigger: "1" } }));
      assert.equal((await engine.up(options())).changes.update, 2, "the connector, and what shows its time");
      const { value } = await inTenant("exchangeConnectors");
      const [{ lastSyncDateTime } = {}] = value as Json[];
      const [profileThere] = (await inTenant("deviceConfigurations")).value as Json[];
      assert.equal(profileThere?.description, lastSyncDateTime);
      assert.deepEqual(Object.keys((await engine.preview(options())).changes), ["same"]);
    });

    it("replaces a connector with the new one made first, which takes over (X1, X11)", async () => {
      const triggered = (trigger: string) =>
        connector().replace(/\);\n$/, `, { replacementTrigger: ${JSON.stringify(trigger)} });\n`);
      write(triggered("1"));
      await engine.up(options());
      const [before] = (await inTenant("exchangeConnectors")).value as Json[];
      write(triggered("2"));
      const order = done(await engine.up(options())).filter((step) => !step.startsWith("same"));
      const made = order.indexOf("create-replacement contoso");
      assert.ok(made >= 0 && made < order.indexOf("delete-replaced contoso"), order.join(", "));
      const [after, ...others] = (await inTenant("exchangeConnectors")).value as Json[];
      assert.deepEqual([after?.status, others], ["connected", []]);
      assert.notEqual(after?.id, before?.id);
      assert.deepEqual(Object.keys((await engine.preview(options())).changes), ["same"]);
    });

    it("has one access policy, and puts the tenant's defaults back when it goes (C1)", async () => {
      const policy = (name: string) =>
        `new ExchangeAccessPolicy("${name}", { enabled: true, includedGroups: ["iPhone users"] });\n`;
      write(policy("one"), policy("two"));
      await assert.rejects(engine.preview(options()), (error: Error & { result?: EngineResult }) => {
        const message = `${error.message}\n${error.result ? said(error.result) : ""}`;
        assert.match(message, /"on-premises Exchange" as what an access policy is for: "one" and "two"/);
        return true;
      });
      write(policy("one"));
      await engine.up(options());
      assert.equal((await inTenant("conditionalAccessSettings")).enabled, true);
      await engine.destroy(options());
      assert.equal((await inTenant("conditionalAccessSettings")).enabled, false);
    });

    it("records a connector that the tenant refuses not at all, and says why without a stack (X8a)", async () => {
      write(connector({ serverName: "cas09.contoso.example" }));
      const { message } = await engine.up(options()).then(
        () => assert.fail("it did not fail"),
        (error: Error & { result?: EngineResult }) => ({
          message: `${error.message}\n${error.result ? said(error.result) : ""}`,
        }),
      );
      assert.match(message, /cas09\.contoso\.example/);
      assert.doesNotMatch(message, /\n\s+at .*\.js:\d+/);
      for (const password of passwords) assert.ok(!message.includes(password));
      const { deployment } = await engine.exportStack(options());
      assert.ok(!JSON.stringify(deployment).includes("dynamic/intune"));
    });
  });
}
