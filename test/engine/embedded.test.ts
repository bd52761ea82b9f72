/** What the embedded engine promises beside doing as the CLI does: nothing is lost, and what it cannot do it refuses by name. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chooseEngine, EngineError, type StackExport } from "../../provider/engine";
import { newCrypter } from "../../provider/engine/embedded/secrets";
import { findPulumi } from "../../provider/engine/find-pulumi";
import { type Declared, makeProject, type Program, type TestProject } from "./support";

const { engine } = chooseEngine("embedded");
const STACK = ".intune-mail/stacks/scenario/dev.json";

const thing = (name: string, inputs: Record<string, unknown> = {}, options?: Record<string, unknown>): Declared => ({
  name,
  inputs: { key: name, ...inputs },
  options,
});

interface Resource {
  urn: string;
  id?: string;
  type: string;
}

describe("embedded engine", function () {
  this.timeout(60_000);
  let project: TestProject;
  beforeEach(() => {
    project = makeProject();
  });
  afterEach(() => project.remove());

  const rejected = async (work: Promise<unknown>): Promise<EngineError> => {
    const failure = await work.then(
      () => assert.fail("it must be refused"),
      (error: unknown) => error,
    );
    assert.ok(failure instanceof EngineError, String((failure as Error).stack));
    return failure;
  };
  const read = (file: string) => readFileSync(join(project.folder, file), "utf8");
  const write = (file: string, text: string) => writeFileSync(join(project.folder, file), text);
  const writeState = (text: string) => {
    mkdirSync(join(project.folder, ".intune-mail/stacks/scenario"), { recursive: true });
    write(STACK, text);
  };
  const idsIn = (state: StackExport) =>
    ((state.deployment.resources ?? []) as Resource[]).flatMap(({ id, type }) =>
      type.startsWith("pulumi-nodejs:") ? [id] : [],
    );
  const up = (program: Program) => {
    project.write(program);
    return engine.up(project.options);
  };

  describe("state", () => {
    it("is written in Pulumi's form, private, with secrets encrypted, and without a journal left", async () => {
      await up({ resources: [thing("a", { password: { secret: "hush-hush" } })] });
      const state = JSON.parse(read(STACK)) as StackExport;
      assert.equal(state.version, 3);
      assert.deepEqual(idsIn(state), ["id-a"]);
      assert.doesNotMatch(read(STACK), /hush-hush/);
      assert.equal(statSync(join(project.folder, STACK)).mode & 0o077, 0);
      assert.ok(!existsSync(join(project.folder, `${STACK}.journal`)));
      assert.ok(!existsSync(join(project.folder, `${STACK}.lock`)));
    });

    it("is not touched by a run without changes, nor by a preview", async () => {
      const program = { resources: [thing("a"), { name: "g", kind: "group" as const, inputs: { label: "x" } }] };
      await up(program);
      const before = read(STACK);
      await up(program);
      project.write({ resources: [thing("b")] });
      await engine.preview(project.options);
      assert.equal(read(STACK), before);
    });

    it("survives a kill at any moment: what was done is kept, what was under way is named, and the next run goes on", async () => {
      project.write({
        resources: [
          thing("done", { password: { secret: "hush" } }),
          thing("waiting", { waitFor: "never", of: "<done.id>" }),
        ],
      });
      const script = `require("tsx/cjs"); require(${JSON.stringify(require.resolve("../../provider/engine"))})
        .chooseEngine("embedded").engine.up(${JSON.stringify(project.options)})`;
      const child = spawn(process.execPath, ["-e", script], { stdio: "ignore" });
      const started = () => existsSync(join(project.folder, "calls")) && read("calls").includes("create waiting");
      while (!started()) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill("SIGKILL");
      await once(child, "exit");
      // As if the process had been killed within a write.
      appendFileSync(join(project.folder, `${STACK}.journal`), '{"put":9,"resour');

      assert.deepEqual(idsIn(await engine.exportStack(project.options)), ["id-done"]);
      const { changes, diagnostics } = await up({
        resources: [thing("done", { password: { secret: "hush" } }), thing("waiting")],
      });
      assert.equal(changes.create, 1);
      const warning = diagnostics.find(({ severity }) => severity === "warning")?.message ?? "";
      assert.match(warning, /::waiting, interrupted while creating[\s\S]*refresh/);
      const { diagnostics: refreshed } = await engine.refresh(project.options);
      assert.ok(refreshed.some(({ message }) => /No longer noted as interrupted.*::waiting/.test(message)));
      assert.deepEqual((await engine.preview(project.options)).diagnostics, []);
    });

    it("is kept when the user interrupts: what is under way is finished, nothing new starts", async () => {
      const abort = new AbortController();
      project.write({ resources: [thing("slow", { waitFor: "go" }), thing("after", { of: "<slow.id>" })] });
      const onEvent = (event: { kind: string; phase?: string; name?: string }) => {
        if (event.phase !== "started" || event.name !== "slow") return;
        abort.abort();
        project.touch("go");
      };
      const { message } = await rejected(engine.up({ ...project.options, signal: abort.signal, onEvent }));
      assert.match(message, /interrupted.*run it again/);
      assert.deepEqual(project.calls(), ["create slow"]);
      assert.deepEqual(idsIn(await engine.exportStack(project.options)), ["id-slow"]);
      assert.equal((await engine.up(project.options)).changes.create, 1);
    });

    const UNUSABLE: Record<string, { state: string; says: RegExp }> = {
      "not JSON": { state: '{"version":3,', says: /dev\.json cannot be read/ },
      "of a newer version": { state: '{"version":4,"deployment":{}}', says: /dev\.json is of version 4.*Pulumi CLI/ },
      "of another form": {
        state: '{"version":3,"deployment":{"resources":[{}]}}',
        says: /dev\.json is not a stack's state.*resources/,
      },
      "with another secrets provider": {
        state: '{"version":3,"deployment":{"secrets_providers":{"type":"awskms"}}}',
        says: /awskms.*Pulumi CLI/,
      },
      "with resources of another provider": {
        state:
          '{"version":3,"deployment":{"resources":[{"urn":"urn:pulumi:dev::scenario::aws:s3:Bucket::b","custom":true,"type":"aws:s3:Bucket"}]}}',
        says: /aws:s3:Bucket::b.*Pulumi CLI/,
      },
    };
    for (const [title, { state, says }] of Object.entries(UNUSABLE)) {
      it(`is refused, and left as it is, when it is ${title}`, async () => {
        writeState(state);
        assert.match((await rejected(up({ resources: [] }))).message, says);
        assert.equal(read(STACK), state);
        assert.deepEqual(project.calls(), []);
      });
    }

    it("refuses a wrong passphrase, naming the file and the variable", async () => {
      await up({ resources: [] });
      const before = read(STACK);
      const options = { ...project.options, env: { ...project.options.env, PULUMI_CONFIG_PASSPHRASE: "wrong" } };
      assert.match(
        (await rejected(engine.up(options))).message,
        /dev\.json: the passphrase does not fit.*PULUMI_CONFIG_PASSPHRASE/,
      );
      assert.equal(read(STACK), before);
    });

    it("refuses a second run on the stack, and takes over the lock of a process that died", async () => {
      await up({ resources: [] });
      const lock = (pid: number) =>
        write(`${STACK}.lock`, JSON.stringify({ pid, host: require("node:os").hostname() }));
      lock(process.pid);
      assert.match((await rejected(engine.up(project.options))).message, /dev is in use by process \d+/);
      const dead = spawn(process.execPath, ["-e", ""]);
      await once(dead, "exit");
      lock(dead.pid as number);
      assert.deepEqual((await engine.up(project.options)).changes, { same: 1 });
    });

    it("makes a passphrase once where none is given, private, and says so the first time", async () => {
      const { PULUMI_CONFIG_PASSPHRASE: _, ...env } = project.options.env ?? {};
      const options = { ...project.options, env };
      project.write({ resources: [] });
      const said = ({ diagnostics }: { diagnostics: { message: string }[] }) =>
        diagnostics.filter(({ message }) => message.includes("passphrase")).length;
      assert.equal(said(await engine.preview(options)), 1);
      assert.equal(said(await engine.preview(options)), 0);
      assert.equal(statSync(join(project.folder, ".intune-mail/passphrase")).mode & 0o077, 0);
      assert.equal(read(".intune-mail/.gitignore"), "*\n");
    });

    it("is exported and imported; one of another stack is refused", async () => {
      await up({ resources: [thing("a", { password: { secret: "hush" } })] });
      const state = await engine.exportStack(project.options);
      await engine.importStack({ ...project.options, stack: "dev" }, state);
      assert.deepEqual((await engine.preview(project.options)).changes, { same: 2 });
      const { message } = await rejected(engine.importStack({ ...project.options, stack: "prod" }, state));
      assert.match(message, /not of stack prod/);
    });

    it("goes to the Pulumi CLI and back without a change", async function () {
      if (!findPulumi(process.env)) return this.skip();
      const pulumi = chooseEngine("pulumi").engine;
      const program: Program = {
        resources: [
          thing("a", { password: { secret: "hush" } }),
          { name: "g", kind: "group", inputs: { label: "x" } },
          thing(
            "child",
            { of: "<a.id>" },
            { parent: "g", customTimeouts: { create: "5m" }, additionalSecretOutputs: ["made"] },
          ),
          { name: "outside", id: "elsewhere" },
        ],
        outputs: { secret: "<a.password>" },
      };
      await up(program);
      await pulumi.importStack(project.options, await engine.exportStack(project.options));
      assert.deepEqual((await pulumi.preview(project.options)).changes, { same: 4 });
      await pulumi.up(project.options);
      await engine.importStack(project.options, await pulumi.exportStack(project.options));
      assert.deepEqual((await engine.up(project.options)).changes, { same: 4 });
    });
  });

  describe("refuses by name, with the way out", () => {
    const REFUSED: Record<string, { program: string; says: RegExp }> = {
      "another provider": {
        program: 'new pulumi.CustomResource("aws:s3:Bucket", "b", {})',
        says: /aws:s3:Bucket "b".*other than the dynamic one/,
      },
      "a stack reference": {
        program: 'new pulumi.StackReference("org/project/stack")',
        says: /StackReference|stack or resource/,
      },
      "an import": { program: 'new Thing("t", {}, { import: "x" })', says: /"t" needs the option import/ },
      transforms: {
        program: 'new Thing("t", {}, { transforms: [(args) => args] })',
        says: /"t" needs the option transforms/,
      },
      "a transform of the stack": {
        program: "pulumi.runtime.registerResourceTransform((args) => args); new Thing('t', {})",
        says: /transform of the stack/,
      },
      "a hook": { program: 'new Thing("t", {}, { hooks: { beforeCreate: [() => {}] } })', says: /hook/ },
      "a function of a provider": {
        program: 'pulumi.runtime.invoke("aws:index:getAmi", {})',
        says: /aws:index:getAmi/,
      },
      "a remote component": {
        program: 'new pulumi.ComponentResource("x:y:Z", "c", {}, {}, true)',
        says: /"c" needs a remote component/,
      },
      "an explicit provider": {
        program: 'new pulumi.ProviderResource("aws", "p", {})',
        says: /"p" needs an explicit provider/,
      },
      "an asset": {
        program: 'new Thing("t", { file: new pulumi.asset.StringAsset("x") })',
        says: /::t: assets and archives/,
      },
    };
    const PRELUDE = `const pulumi = require("@pulumi/pulumi");
      class Thing extends pulumi.CustomResource {
        constructor(n, i, o) { super("pulumi-nodejs:dynamic/test:Thing", n, { ...i, __provider: "exports.handler = () => ({})" }, o); }
      }\n`;
    for (const [title, { program, says }] of Object.entries(REFUSED)) {
      it(title, async () => {
        write("index.js", PRELUDE + program);
        const { message } = await rejected(engine.preview(project.options));
        assert.match(message, says);
        assert.match(message, /Pulumi CLI/);
      });
    }

    const PROJECTS: Record<string, { file: string; text: string; says: RegExp }> = {
      "another runtime": {
        file: "Pulumi.yaml",
        text: "name: scenario\nruntime: python\n",
        says: /runtime "python".*Pulumi CLI/,
      },
      "a main that is not there": {
        file: "Pulumi.yaml",
        text: "name: x\nruntime: nodejs\nmain: gone.js\n",
        says: /project x does not exist \(.*gone\.js\)/,
      },
      "a project without a name": { file: "Pulumi.yaml", text: "runtime: nodejs\n", says: /Pulumi\.yaml.*name/ },
      "YAML that cannot be read": { file: "Pulumi.yaml", text: "name: [", says: /Pulumi\.yaml cannot be read/ },
      "an ESC environment": {
        file: "Pulumi.dev.yaml",
        text: "environment: [x]\n",
        says: /Pulumi\.dev\.yaml: environment.*Pulumi CLI/,
      },
      "another secrets provider": {
        file: "Pulumi.dev.yaml",
        text: "secretsprovider: awskms://x\n",
        says: /awskms:\/\/x.*Pulumi CLI/,
      },
      "secure values without a salt": {
        file: "Pulumi.dev.yaml",
        text: "config:\n  scenario:x:\n    secure: v1:a:b\n",
        says: /encryptionsalt/,
      },
    };
    for (const [title, { file, text, says }] of Object.entries(PROJECTS)) {
      it(title, async () => {
        project.write({ resources: [] });
        write(file, text);
        assert.match((await rejected(engine.preview(project.options))).message, says);
      });
    }

    it("a stack that was never made, naming those that were", async () => {
      await up({ resources: [] });
      for (const operation of ["refresh", "destroy", "exportStack"] as const) {
        const { message } = await rejected(engine[operation]({ ...project.options, stack: "prod" }));
        assert.match(message, /no stack "prod".*It has: dev/, operation);
      }
    });

    it("a folder without a project, and a name that is none of a stack", async () => {
      assert.match((await rejected(engine.preview({ cwd: "/", stack: "dev" }))).message, /No Pulumi\.yaml in \//);
      assert.match(
        (await rejected(engine.preview({ ...project.options, stack: "a/b" }))).message,
        /"a\/b" is not a stack's name/,
      );
    });
  });

  describe("runs", () => {
    it("a TypeScript program, with what it and its provider print as diagnostics", async () => {
      write("Pulumi.yaml", "name: scenario\nruntime: nodejs\nmain: src/\n");
      mkdirSync(join(project.folder, "src"));
      write("src/package.json", '{ "main": "index.ts" }');
      write(
        "src/index.ts",
        'import * as pulumi from "@pulumi/pulumi";\nconst size: number = 3;\nconsole.log("printed");\npulumi.log.warn("logged");\nexport const twice = size * 2;\n',
      );
      const { outputs, diagnostics } = await engine.preview(project.options);
      assert.deepEqual(outputs, { twice: 6 });
      assert.deepEqual(
        diagnostics.map(({ severity, message }) => `${severity} ${message}`),
        ["info printed", "warning logged"],
      );
    });

    it("an ESM program, with the stack's configuration, secrets and objects among it", async () => {
      write("package.json", '{ "type": "module", "main": "index.js" }');
      write(
        "index.js",
        'import * as pulumi from "@pulumi/pulumi";\nconst config = new pulumi.Config();\nexport const size = config.requireObject("limits").size;\nexport const greeting = config.get("greeting");\n',
      );
      write("Pulumi.dev.yaml", "config:\n  scenario:limits:\n    size: 7\n  scenario:greeting: moin\n");
      const { outputs } = await engine.preview(project.options);
      assert.deepEqual(outputs, { size: 7, greeting: "moin" });
    });

    it("a program with encrypted configuration, which stays a secret; a wrong passphrase is refused", async () => {
      const crypter = await newCrypter("correct horse");
      const secure = crypter.encrypt("open sesame");
      write("Pulumi.dev.yaml", `encryptionsalt: ${crypter.salt}\nconfig:\n  scenario:door:\n    secure: ${secure}\n`);
      write(
        "index.js",
        'exports.door = new (require("@pulumi/pulumi").Config)().requireSecret("door").apply((d) => d.length);',
      );
      await engine.up(project.options);
      assert.deepEqual((await engine.up(project.options)).outputs, { door: "[secret]" });
      assert.ok(read(STACK).includes(crypter.salt), "the state takes the salt of the configuration");
      const options = { ...project.options, env: { ...project.options.env, PULUMI_CONFIG_PASSPHRASE: "wrong" } };
      assert.match((await rejected(engine.preview(options))).message, /passphrase does not fit/);
    });

    it("a program from a folder below that of the project", async () => {
      mkdirSync(join(project.folder, "deep/down"), { recursive: true });
      project.write({ resources: [], prints: ["here"] });
      const { changes } = await engine.preview({ ...project.options, cwd: join(project.folder, "deep/down") });
      assert.deepEqual(changes, { create: 1 });
    });
  });
});
