import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DeploymentDocument } from "../../provider/cli/deployment/document";
import { openTenant } from "../../provider/tenant";
import { makeProject, type Project, password, program, projectFile } from "./project";

const embedded = ["--engine", "embedded"];

describe("preview, up, refresh, destroy, stack", function () {
  this.timeout(120_000);
  let project: Project;
  const stateFile = () => join(project.folder, ".intune-mail/stacks/mail/dev.json");
  const opsOf = ({ resources }: DeploymentDocument) =>
    Object.fromEntries(resources.filter(({ type }) => type.includes("dynamic")).map(({ name, op }) => [name, op]));

  before(async () => {
    project = await makeProject({ "Pulumi.yaml": projectFile, "index.js": program(), "package.json": "{}" });
  });
  after(() => project.remove());

  it("preview --json tells what would be made, and that outputs are not known yet", async () => {
    const document = await project.json<DeploymentDocument>(["preview", ...embedded]);
    const { version, operation, engine, stack, changes, outputs, result } = document;
    assert.deepEqual(
      { version, operation, engine, stack, result },
      { version: 1, operation: "preview", engine: "embedded", stack: "dev", result: "succeeded" },
    );
    assert.equal(changes.create, 4);
    assert.deepEqual(opsOf(document), { iphones: "create", "to-iphones": "create", contoso: "create" });
    assert.deepEqual(outputs, { profileId: "[unknown]", server: "cas01.contoso.example" });
  });

  it("preview --expect-no-changes ends with 3 where there are some", async () => {
    const { code, stdout, stderr } = await project.run(["preview", "--expect-no-changes", ...embedded]);
    assert.equal(code, 3);
    assert.match(stderr, /found changes/);
    assert.match(stdout, /^Outputs\n +profileId +\(not known yet\)$/m);
  });

  it("an interrupted up ends with 130, and the next one goes on", async () => {
    let once = false;
    const ran = await project.run(["up", ...embedded], {
      onOutput: (stdout, child) => {
        if (once || !stdout.includes("create")) return;
        once = true;
        child.kill("SIGINT");
      },
    });
    assert.equal(ran.code, 130, ran.stderr);
    assert.match(ran.stderr, /interrupted.*run it again/s);
    const again = await project.run(["up", "--yes", ...embedded]);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /^ +\+ create +Deployment +to-iphones$/m);
    assert.match(again.stdout, /^up: .*created/m);
    assert.match(again.stdout, /^Outputs\n +profileId +[0-9a-f-]{36}$/m);
  });

  it("up again changes nothing", async () => {
    const { code, stdout } = await project.run(["up", "--expect-no-changes", ...embedded]);
    assert.equal(code, 0);
    assert.match(stdout, /^up: 3 unchanged\.$/m);
  });

  it("no password is in any file of the project", () => {
    const folder = join(project.folder, ".intune-mail");
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const path = join(folder, file);
      if (statSync(path).isFile()) assert.ok(!readFileSync(path).includes(password), file);
    }
  });

  describe("a change", () => {
    after(() => project.write("index.js", program()));

    it("in place tells old and new", async () => {
      project.write("index.js", program({ profile: { durationOfEmailToSync: "twoWeeks" } }));
      const { stdout } = await project.run(["preview", ...embedded]);
      assert.match(stdout, /^ +~ update +EmailProfile +iphones\n +durationOfEmailToSync: "oneWeek" → "twoWeeks"$/m);
    });

    it("that replaces tells each reason with its rule", async () => {
      project.write("index.js", program({ profile: { hostName: "new.contoso.example" } }));
      const document = await project.json<DeploymentDocument>(["preview", ...embedded]);
      assert.deepEqual(opsOf(document), { iphones: "replace", "to-iphones": "replace", contoso: "same" });
      const row = document.resources.find(({ name }) => name === "iphones")!;
      const [change] = row.changes;
      assert.equal(row.changes.length, 1);
      assert.deepEqual(
        { ...change, why: typeof change?.why },
        {
          property: "hostName",
          old: "mail.contoso.example",
          new: "new.contoso.example",
          replaces: true,
          rule: "E7",
          why: "string",
        },
      );
      const [ofDeployment] = document.resources.find(({ name }) => name === "to-iphones")!.changes;
      assert.deepEqual(
        [ofDeployment?.property, ofDeployment?.new, ofDeployment?.rule],
        ["profileId", "[unknown]", "D1"],
      );
    });

    it("of a password shows no value", async () => {
      const exchangeAccount = { user: "CONTOSO\\svc-intune", password: "c0rrect-horse" };
      project.write("index.js", program({ connector: { exchangeAccount } }));
      const plain = await project.run(["preview", ...embedded]);
      assert.match(plain.stdout, /^ +~ update +ExchangeConnector +contoso\n +a secret value$/m);
      const json = await project.run(["preview", "--json", ...embedded]);
      assert.doesNotMatch(`${plain.stdout}${plain.stderr}${json.stdout}${json.stderr}`, /c0rrect-horse|Tr0ub4dor/);
    });
  });

  describe("bad input", () => {
    after(() => project.write("index.js", program()));

    const rows: { name: string; verb?: "preview"; text: string; env?: Record<string, string>; says: RegExp }[] = [
      {
        name: "an unknown group",
        text: program({ deployment: { includedGroups: ["iPhone lovers"] } }),
        says: /"to-iphones".*includedGroups.*"iPhone lovers".*neither the id nor the name/,
      },
      {
        name: "an empty deployment",
        text: program({ deployment: { includedGroups: [] } }),
        says: /"to-iphones".*names nobody.*D1.*Name a group/,
      },
      {
        name: "a setting that the platform lacks",
        text: program({ profile: { syncNotes: true } }),
        says: /"iphones".*syncNotes/,
      },
      {
        name: "two resources for one thing",
        verb: "preview",
        text: `${program()}new Deployment("again", { profileId: mail.id, includedGroups: ["iPhone users"] });`,
        says: /to-iphones.*again.*D1/,
      },
      { name: "a program with a mistake in it", text: "nonsense(;", says: /SyntaxError|Unexpected token/ },

      {
        name: "an endpoint that is none",
        text: program({ profile: { displayName: "Mail" } }),
        env: { INTUNE_MAIL_ENDPOINT: "contoso" },
        says: /"contoso", which is no http\(s\) address/,
      },
      {
        name: "a wrong passphrase",
        text: program(),
        env: { PULUMI_CONFIG_PASSPHRASE: "wrong" },
        says: /dev\.json: the passphrase does not fit.*PULUMI_CONFIG_PASSPHRASE/,
      },
    ];
    for (const { name, verb = "up", text, env, says } of rows) {
      it(`${name} is refused, and the state stays as it is`, async () => {
        const state = readFileSync(stateFile(), "utf8");
        project.write("index.js", text);
        const ran = await project.run([verb, "--json", ...embedded], { env });
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, says);
        const document = JSON.parse(ran.stdout) as DeploymentDocument;
        assert.equal(document.result, "failed");
        assert.ok(document.diagnostics.some(({ severity, message }) => severity === "error" && says.test(message)));
        const resources = (json: string) => JSON.parse(json).deployment.resources.map(({ id }: { id?: string }) => id);
        assert.deepEqual(resources(readFileSync(stateFile(), "utf8")), resources(state));
      });
    }

    it("an unreadable state is named, and left for its owner", async () => {
      const state = readFileSync(stateFile(), "utf8");
      writeFileSync(stateFile(), state.slice(0, -10));
      const { code, stderr } = await project.run(["up", ...embedded]);
      assert.equal(code, 1);
      assert.match(stderr, /dev\.json cannot be read.*backup/);
      assert.equal(readFileSync(stateFile(), "utf8"), state.slice(0, -10));
      writeFileSync(stateFile(), state);
    });
  });

  // Nested suites run after the tests beside them, in order.
  describe("the state", () => {
    it("refresh reads drift, which the next up puts right", async () => {
      const tenant = openTenant({ data: join(project.folder, ".intune-mail") });
      const profiles = "http://embedded/beta/deviceManagement/deviceConfigurations";
      const read = async () => {
        const { value } = (await (await tenant.fetch(new Request(profiles))).json()) as {
          value: Record<string, string>[];
        };
        return value[0]!;
      };
      const { id, "@odata.type": type } = await read();
      const body = JSON.stringify({ "@odata.type": type, durationOfEmailToSync: "unlimited" });
      await tenant.fetch(new Request(`${profiles}/${id}`, { method: "PATCH", body }));

      const refreshed = await project.json<DeploymentDocument>(["refresh", ...embedded]);
      assert.equal(refreshed.result, "succeeded");
      assert.equal(refreshed.changes.delete, undefined);
      const { code, stdout } = await project.run(["up", ...embedded]);
      assert.equal(code, 0);
      assert.match(stdout, /durationOfEmailToSync: "unlimited" → "oneWeek"/);
      assert.equal((await read()).durationOfEmailToSync, "oneWeek");
      tenant.close();
    });

    it("a state that is exported, lost and imported is the same state", async () => {
      const file = join(project.folder, "state.json");
      const exported = await project.run(["stack", "export", "--file", file, ...embedded]);
      assert.equal(exported.code, 0, exported.stderr);
      const toStdout = await project.run(["stack", "export", ...embedded]);
      assert.deepEqual(JSON.parse(toStdout.stdout).deployment.resources.length, 5);
      writeFileSync(stateFile(), "lost");
      const imported = await project.json<object>(["stack", "import", "--file", file, ...embedded]);
      assert.deepEqual(imported, { version: 1, operation: "import", engine: "embedded", stack: "dev", resources: 5 });
      const { stdout } = await project.run(["preview", ...embedded]);
      assert.match(stdout, /^preview: 3 unchanged\.$/m);
    });

    const states: { name: string; input: string; says: RegExp }[] = [
      { name: "no JSON", input: "{", says: /from stdin is no JSON/ },
      { name: "JSON that is no state", input: "[]", says: /no "version" and "deployment"/ },
    ];
    for (const { name, input, says } of states) {
      it(`stack import refuses ${name}`, async () => {
        const { code, stderr } = await project.run(["stack", "import", ...embedded], { input });
        assert.equal(code, 1);
        assert.match(stderr, says);
      });
    }

    it("destroy deletes everything", async () => {
      const { code, stdout } = await project.run(["destroy", "-y", ...embedded]);
      assert.equal(code, 0);
      assert.match(stdout, /^destroy: 3 deleted\.$/m);
    });
  });
});
