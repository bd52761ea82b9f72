/** The package works wherever it is installed: programs of every form, deployed by the embedded engine. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { devDependencies } from "../../package.json";
import { chooseEngine } from "../../provider/engine";
import { openTenant } from "../../provider/tenant";
import { shim } from "../../sdk/shim";
import { type ProgramName, writeProgram } from "./programs";

const root = resolve(__dirname, "../..");
const { engine } = chooseEngine("embedded");

const sh = (cwd: string, command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const npm = (cwd: string, ...args: string[]) => sh(cwd, "npm", ...args, "--ignore-scripts", "--no-audit", "--no-fund");
const bin = (name: string) => join(root, "node_modules/.bin", name);
const ofRoot = (path: string) => join(root, "node_modules", path);

interface Installation {
  /** Makes a project in `folder` that has the package, from the tarball in `packed`. */
  install(folder: string, packed: string): void;
  programs: ProgramName[];
}

/** The SDK is a peer dependency: npm brings it by itself, a program for pnpm or with a link names it. */
const dependOn = (folder: string, spec: string, others: Record<string, string> = {}) => {
  const dependencies = { "pulumi-intune-mail": spec, ...others };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "program", private: true, dependencies }));
};
const sdk = { "@pulumi/pulumi": devDependencies["@pulumi/pulumi"] };

/** What TypeScript programs bring themselves; taken from here, as it is large. */
const linkTools = (folder: string, ...tools: string[]) => {
  for (const tool of tools) symlinkSync(ofRoot(tool), join(folder, "node_modules", tool));
};

const installations: Record<string, Installation> = {
  "by npm from the tarball": {
    install: (folder, packed) => {
      dependOn(folder, `file:${packed}`);
      npm(folder, "install", "--prefer-offline");
      linkTools(folder, "typescript", "ts-node", "tsx");
    },
    programs: ["CommonJS JavaScript", "ESM JavaScript", "TypeScript", "ESM TypeScript"],
  },
  "by pnpm from the tarball": {
    install: (folder, packed) => {
      dependOn(folder, `file:${packed}`, sdk);
      sh(folder, bin("pnpm"), "install", "--prefer-offline", "--ignore-scripts");
    },
    programs: ["CommonJS JavaScript", "ESM JavaScript"],
  },
  "as a link to its folder": {
    install: (folder, packed) => {
      const elsewhere = dirname(packed);
      sh(elsewhere, "tar", "-xzf", packed);
      dependOn(folder, `file:${join(elsewhere, "package")}`, sdk);
      npm(folder, "install", "--prefer-offline");
      // npm installs nothing for a folder that it links: a clone has its own packages, an SDK of its own among them.
      symlinkSync(join(root, "node_modules"), join(elsewhere, "package/node_modules"));
    },
    programs: ["CommonJS JavaScript", "ESM JavaScript"],
  },
  "in the repository itself": {
    // The folder is within it: a package may import itself by its name.
    install: () => {},
    programs: ["CommonJS JavaScript", "TypeScript"],
  },
};

describe("the package", function () {
  this.timeout(120_000);
  let packed: string;
  let work: string;

  before(() => {
    work = realpathSync(mkdtempSync(join(tmpdir(), "packaging-")));
    npm(root, "pack", "--pack-destination", work);
    packed = join(work, readdirSync(work).find((name) => name.endsWith(".tgz"))!);
  });
  after(() => rmSync(work, { recursive: true, force: true }));

  it("holds what runs, and nothing else", () => {
    const files = sh(work, "tar", "-tzf", packed).split("\n");
    const roots = new Set(
      files.filter(Boolean).map((file) => file.split("/").slice(1, 3).join("/").replace(/\/$/, "")),
    );
    const allowed =
      /^(dist\/(sdk|provider|\.tsbuildinfo)|examples\/[\w-]+|package\.json|LICENSE|README\.md|CHANGELOG\.md)$/;
    assert.deepEqual(
      [...roots].filter((path) => !allowed.test(path)),
      [],
    );
    for (const needed of ["dist/sdk/index.d.ts", "dist/provider/index.js", "examples/tenants/small.yaml"]) {
      assert.ok(files.includes(`package/${needed}`), `${needed} is missing`);
    }
  });

  for (const [how, { install, programs }] of Object.entries(installations)) {
    describe(how, () => {
      let folder: string;
      before(() => {
        const inside = how === "in the repository itself";
        if (inside) mkdirSync(join(root, ".intune-mail"), { recursive: true });
        folder = mkdtempSync(inside ? join(root, ".intune-mail/packaging-") : join(work, "project-"));
        install(folder, packed);
      });
      after(() => rmSync(folder, { recursive: true, force: true }));

      for (const [index, name] of programs.entries()) {
        it(`deploys a program in ${name}, whose state has the shim's bytes`, async () => {
          const cwd = join(folder, `program-${index}`);
          writeProgram(cwd, name);
          const options = { cwd, stack: "dev" };
          const { changes, outputs } = await engine.up(options);
          assert.equal(changes.create, 3, "the stack and two resources");
          const { deployment } = await engine.exportStack(options);
          const states = (deployment.resources as State[]).filter(({ type }) => type.includes(":dynamic/intune:"));
          assert.equal(states.length, 2);
          for (const { inputs, outputs } of states) {
            assert.deepEqual([inputs.__provider, outputs.__provider], [shim, shim]);
          }
          await hasProfile(cwd, String(outputs.id));
        });
      }
    });
  }
});

interface State {
  type: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/** The profile is really in the embedded tenant of the program's folder. */
async function hasProfile(folder: string, id: string): Promise<void> {
  const tenant = openTenant({ data: join(folder, ".intune-mail") });
  const response = await tenant.fetch(new Request(`http://x/beta/deviceManagement/deviceConfigurations/${id}`));
  const answer = await response.text();
  tenant.close();
  assert.equal(response.status, 200, answer);
  assert.equal((JSON.parse(answer) as { displayName?: string }).displayName, "Mail on iPhones");
}
