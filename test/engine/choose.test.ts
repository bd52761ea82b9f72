/** Which engine is chosen, with and without a Pulumi CLI on the machine. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseEngine } from "../../provider/engine";

const state = (resources: object[]) => JSON.stringify({ version: 3, deployment: { resources } });

describe("the choice of an engine", () => {
  const { PATH, HOME } = process.env;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "choose-"));
    mkdirSync(join(folder, ".intune-mail/stacks/mail"), { recursive: true });
    writeFileSync(join(folder, "Pulumi.yaml"), "name: mail\nruntime: nodejs\n");
    process.env.HOME = folder;
  });
  afterEach(() => {
    Object.assign(process.env, { PATH, HOME });
    rmSync(folder, { recursive: true, force: true });
  });

  const rows: { name: string; cli: boolean; which: "auto" | "pulumi" | "embedded"; kept?: string; gives: string }[] = [
    { name: "auto, with the CLI", cli: true, which: "auto", gives: "pulumi" },
    { name: "auto, without it", cli: false, which: "auto", gives: "embedded, not found" },
    {
      name: "auto, for a stack that the embedded engine keeps",
      cli: true,
      which: "auto",
      kept: state([{}]),
      gives: "embedded, keeps stack dev",
    },
    { name: "auto, for a stack that it kept once", cli: true, which: "auto", kept: state([]), gives: "pulumi" },
    { name: "auto, for a state that cannot be read", cli: true, which: "auto", kept: "{", gives: "pulumi" },
    {
      name: "pulumi, for a stack that the embedded engine keeps",
      cli: true,
      which: "pulumi",
      kept: state([{}]),
      gives: "pulumi",
    },
    { name: "embedded, with the CLI", cli: true, which: "embedded", gives: "embedded" },
  ];
  for (const { name, cli, which, kept, gives } of rows) {
    it(name, () => {
      if (cli) writeFileSync(join(folder, "pulumi"), "#!/bin/sh\n", { mode: 0o755 });
      process.env.PATH = folder;
      if (kept !== undefined) writeFileSync(join(folder, ".intune-mail/stacks/mail/dev.json"), kept);
      const { engine, said } = chooseEngine(which, { cwd: folder, stack: "dev" });
      const [wanted, why] = gives.split(", ");
      assert.equal(engine.name, wanted);
      if (why === undefined) assert.equal(said, undefined);
      else assert.ok(said?.includes(why), said);
    });
  }

  it("pulumi, without the CLI, is refused with the way out", () => {
    process.env.PATH = folder;
    assert.throws(() => chooseEngine("pulumi"), /not found on PATH.*Install it.*or use --engine embedded/s);
  });
});
