/** The provider as the shim loads it, and the embedded tenant behind it: what goes wrong is said, without a stack. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provider } from "../../provider";
import { connect } from "../../provider/graph/connect";
import { smallCompany } from "../../provider/settings";

const withoutStack = (says: RegExp) => (error: Error) => {
  assert.match(error.message, says);
  assert.equal(error.stack, "");
  return true;
};

describe("the provider", () => {
  it("says that it is too old for a resource that it does not know", () => {
    assert.throws(
      () => provider.create({ kind: "Teleporter" }),
      withoutStack(/no resource "Teleporter"; it has EmailProfile, Deployment, ExchangeConnector/),
    );
    assert.throws(() => provider.delete!("1", {}), withoutStack(/no resource "undefined"/));
  });

  it("refuses inputs that are wrong by themselves without asking for a tenant", async () => {
    const { failures } = await provider.check!({}, { kind: "EmailProfile", platform: "macos" });
    assert.equal(failures?.[0]?.property, "platform");
  });
});

describe("the embedded tenant", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "embedded-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const seedFile = (text: string) => {
    const file = join(folder, "seed.yaml");
    writeFileSync(file, text);
    return file;
  };
  const refused: { name: string; settings: () => { data: string; seed: string }; says: RegExp }[] = [
    {
      name: "a seed that is not there",
      settings: () => ({ data: folder, seed: join(folder, "none.yaml") }),
      says: /none\.yaml cannot be read\. Set intune:seed/,
    },
    {
      name: "a seed that is no YAML",
      settings: () => ({ data: folder, seed: seedFile("tenant: [") }),
      says: /seed\.yaml/,
    },
    {
      name: "a seed that is wrong",
      settings: () => ({ data: folder, seed: seedFile("tenant: {}\ncolour: red") }),
      says: /colour/,
    },
    {
      name: "a data folder whose file is no tenant",
      settings: () => {
        writeFileSync(
          join(folder, "tenant.db"),
          "this is no database, and long enough to be told from one ".repeat(40),
        );
        return { data: folder, seed: smallCompany };
      },
      says: /tenant\.db is no tenant/,
    },
    {
      name: "a data folder that is a file",
      settings: () => ({ data: seedFile("x"), seed: smallCompany }),
      says: /cannot be made/,
    },
  ];
  for (const { name, settings, says } of refused) {
    it(`refuses ${name}`, () => assert.throws(() => connect(settings()), withoutStack(says)));
  }

  it("is seeded once, and kept", async () => {
    const settings = { data: folder, seed: smallCompany };
    const first = connect(settings);
    const groups = await first.list("/groups");
    await first.close();
    const second = connect({ ...settings, seed: join(folder, "none.yaml") });
    assert.deepEqual(await second.list("/groups"), groups);
    assert.ok(groups.length > 0);
    await second.close();
  });
});
