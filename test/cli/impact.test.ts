/** `impact` in a project: from a preview, a plan or a forecast that was made before, with its gates; the tenant is only read. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { HeldImpact } from "../../provider/impact/impact";
import { readImpact } from "../../provider/impact/schema";
import { openTenant, type ServedTenant, serveTenant } from "../../provider/tenant";
import { device, impactWith, resource } from "../impact/impacts";
import { makeProject, type Project, password, program, projectFile } from "./project";

const moved = program({ profile: { hostName: "mail2.contoso.example" } });

describe("intune-mail impact", function () {
  this.timeout(60_000);
  let project: Project;
  const data = () => join(project.folder, ".intune-mail");
  const run = async (args: string[], code = 0) => {
    const ran = await project.run(["impact", ...args]);
    assert.equal(ran.code, code, `${ran.stderr}\n${ran.stdout}`);
    assert.ok(!`${ran.stdout}${ran.stderr}`.includes(password), "a password where somebody reads");
    return ran;
  };
  const forecast = async (...args: string[]): Promise<HeldImpact> =>
    readImpact((await run(["--format", "json", "--engine", "embedded", ...args])).stdout, "stdout");

  before(async () => {
    project = await makeProject({ "Pulumi.yaml": projectFile, "index.js": program() });
    for (const args of [
      ["up", "--engine", "embedded"],
      ["tenant", "check-in"],
    ]) {
      const ran = await project.run(args);
      assert.equal(ran.code, 0, ran.stderr);
    }
  });
  after(() => project.remove());
  beforeEach(() => project.write("index.js", moved));

  it("says in one line that nothing changes", async () => {
    project.write("index.js", program());
    const { stdout } = await run(["--engine", "embedded"]);
    assert.equal(stdout, "Nothing changes for anybody's mail.\n");
  });

  it("tells who enters a password again where a host changes (E7), and why", async () => {
    const { stdout } = await run(["--engine", "embedded"]);
    const [first] = stdout.split("\n");
    assert.match(first!, /enters? (the password|their passwords) again.*nobody loses mail\.$/i);
    assert.match(
      stdout,
      /replace +EmailProfile iphones +hostName: mail\.contoso\.example → mail2\.contoso\.example \(E7\)/,
    );
    assert.match(stdout, /An exact copy of the embedded tenant, made for this forecast/);
    assert.match(stdout, /iPhone users/);
  });

  it("foretells what then happens", async () => {
    const told = await forecast();
    const stay = await makeProject({ "Pulumi.yaml": projectFile, "index.js": program() });
    try {
      await stay.run(["up", "--engine", "embedded"]);
      await stay.run(["tenant", "check-in"]);
      stay.write("index.js", moved);
      await stay.run(["up", "--engine", "embedded"]);
      await stay.run(["tenant", "clock", "--advance", "48h"]);
      const tenant = openTenant({ data: join(stay.folder, ".intune-mail") });
      const asked = tenant.context.db.all<{ deviceName: string }>(
        `SELECT DISTINCT deviceName FROM event JOIN device ON device.id = deviceId JOIN deviceConfiguration AS new
         ON new.id = subjectId WHERE kind = 'passwordAsked' ORDER BY deviceName`,
      );
      tenant.close();
      // One that gets the account for the first time is asked as well (E6).
      const again = told.devices.filter(({ category }) => category === "passwordAgain" || category === "gains");
      assert.equal(again.length, 2);
      assert.deepEqual(
        again.map(({ deviceName }) => deviceName).sort(),
        asked.map(({ deviceName }) => deviceName),
      );
    } finally {
      stay.remove();
    }
  });

  it("only reads the tenant and the state", async () => {
    const seen = () =>
      ["tenant.db", "tenant.db-wal"].map((file) => {
        const path = join(data(), file);
        return existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
      });
    await run(["--engine", "embedded"]);
    const before = seen();
    await run(["--engine", "embedded", "--horizon", "7d"]);
    assert.deepEqual(seen(), before);
    const status = await project.json<{ clock: string }>(["status"]);
    assert.equal(status.clock, "2020-03-02T08:00:00Z");
  });

  it("looks as far as it is told", async () => {
    const near = await forecast("--horizon", "0s");
    assert.equal(near.horizon.ms, 0);
    assert.equal(near.counts.passwordAgain.devices, 0);
  });

  describe("from files", () => {
    let told: HeldImpact;
    before(async () => {
      project.write("index.js", moved);
      told = await forecast("--out", "impact.json").catch(() => readImpact(read("impact.json"), "impact.json"));
    });
    const read = (file: string) => readFileSync(join(project.folder, file), "utf8");

    it("writes the report for its owner's eyes, and remarks on stderr", async () => {
      const { stdout, stderr } = await run(["--forecast", "impact.json", "--format", "markdown", "--out", "out/a.md"]);
      assert.equal(stdout, "");
      assert.match(stderr, /Wrote the report to .*a\.md/);
      assert.equal(statSync(join(project.folder, "out/a.md")).mode & 0o077, 0);
      assert.match(read("out/a.md"), /^<!-- pulumi-intune-mail impact stack=dev -->\n### What this does/);
    });

    it("gives every form of one forecast", async () => {
      const args = ["--forecast", "impact.json", "--format"];
      assert.match((await run([...args, "svg"])).stdout, /^<svg /);
      assert.match((await run([...args, "text"])).stdout, /What it stands on/);
      assert.match((await run([...args, "markdown", "--commit", "abc123"])).stdout, /commit=abc123/);
      assert.deepEqual(JSON.parse((await run([...args, "json"])).stdout), JSON.parse(JSON.stringify(told)));
    });

    it("gives a text for people, with what to do next", async () => {
      const { stdout } = await run(["--forecast", "impact.json"]);
      assert.match(
        stdout,
        /^ {2}replace {2}Deployment to-iphones +follows it \(D1\) +The same as EmailProfile iphones\./m,
      );
      assert.match(stdout, /\nNext: intune-mail up, or intune-mail impact --format markdown --out impact\.md/);
    });

    it("leaves out names", async () => {
      const { userPrincipalName } = told.people[0]!;
      assert.ok((await run(["--forecast", "impact.json"])).stdout.includes(userPrincipalName));
      for (const format of ["text", "markdown", "json"]) {
        const { stdout } = await run(["--forecast", "impact.json", "--format", format, "--no-names"]);
        for (const { userPrincipalName, displayName } of told.people) {
          assert.ok(
            !stdout.includes(userPrincipalName) && !stdout.includes(displayName),
            `${displayName} in ${format}`,
          );
        }
        for (const { deviceName } of told.devices) assert.ok(!stdout.includes(deviceName), deviceName);
      }
    });

    it("takes a plan of Pulumi's own command, and other providers' resources with it", async () => {
      const { resources } = told;
      const [{ urn, id } = resource("none")] = resources;
      const inputs = { ...JSON.parse(/new EmailProfile\("iphones", (\{.*?\})\)/.exec(moved)![1]!) };
      const old = { ...inputs, hostName: "mail.contoso.example" };
      const steps = [
        {
          op: "replace",
          urn,
          oldState: { id, inputs: old, outputs: old },
          newState: { inputs },
          replaceReasons: ["hostName"],
        },
        {
          op: "create",
          urn: "urn:pulumi:dev::mail::random:index/randomPet:RandomPet::pet",
          newState: { custom: true, inputs: {} },
        },
      ];
      project.write("plan.json", JSON.stringify({ steps }));
      const planned = await forecast("--plan", "plan.json");
      assert.deepEqual(
        planned.resources.map(({ name, op }) => [name, op]),
        [["iphones", "replace"]],
      );
      assert.deepEqual(planned.others, [{ type: "random:index/randomPet:RandomPet", count: 1 }]);
    });

    it("takes a twin, says how old it is, and fails where it is too old", async () => {
      const ran = await project.run(["twin", "--out", "twin.db"]);
      assert.equal(ran.code, 0, ran.stderr);
      const impact = await forecast("--twin", "twin.db");
      assert.equal(impact.tenant.source, "twin");
      assert.deepEqual(impact.counts, told.counts);
      const { stderr } = await run(["--twin", "twin.db", "--engine", "embedded", "--max-twin-age", "0s"], 1);
      assert.match(stderr, /The twin .*twin\.db was made .* ago .* --max-twin-age allows 0 minutes\. Make it anew/);
    });
  });

  it("works on a tenant that is served, and sees the same", async () => {
    const embedded = await forecast();
    const tenant = openTenant({ data: data() });
    const served: ServedTenant = await serveTenant(tenant);
    try {
      const impact = await forecast("--endpoint", served.url);
      assert.equal(impact.tenant.source, "endpoint");
      assert.ok(impact.tenant.assumed.length > 0);
      assert.equal(impact.tenant.clock, embedded.tenant.clock);
      assert.deepEqual(impact.counts.passwordAgain, embedded.counts.passwordAgain);
    } finally {
      await served.close();
    }
  });

  describe("ends with", () => {
    before(() => {
      const blocked = impactWith({
        resources: [resource("a", { op: "replace" })],
        devices: [device(1, "blocked")],
        counts: { blocked: { people: 1, devices: 1 }, unchanged: { people: 9, devices: 9 } },
      });
      project.write("blocked.json", JSON.stringify(blocked));
      project.write("half.json", JSON.stringify(blocked).slice(0, 50));
      project.write(
        "foreign.json",
        JSON.stringify({ steps: [{ op: "same", urn: "urn:pulumi:prod::shop::a:b:C::d" }] }),
      );
    });
    const given = ["--forecast", "blocked.json"];
    const rows: { name: string; args: string[]; code: number; says: RegExp }[] = [
      { name: "success within the limits", args: [...given, "--max-blocked", "1"], code: 0, says: /^$/ },
      {
        name: "the gate's code beyond a number, and the reason",
        args: [...given, "--max-blocked", "0"],
        code: 5,
        says: /^1 device is blocked by an account of their own, and --max-blocked allows 0 \(E9\)\.\n$/,
      },
      {
        name: "the gate's code beyond a share",
        args: [...given, "--max-blocked", "9%"],
        code: 5,
        says: /1 device of 10 \(10%\)/,
      },
      {
        name: "all reasons",
        args: [...given, "--deny", "replace", "blocked"],
        code: 5,
        says: /--deny replace was given\.\n.*--deny blocked was given/,
      },
      {
        name: "wrong usage for a limit that is none",
        args: [...given, "--max-blocked", "few"],
        code: 2,
        says: /such as 2\.5%/,
      },
      {
        name: "wrong usage for what cannot be denied",
        args: [...given, "--deny", "rain"],
        code: 2,
        says: /Allowed choices/,
      },
      {
        name: "wrong usage for two sources",
        args: [...given, "--twin", "x"],
        code: 2,
        says: /--plan and --twin do not go/,
      },
      {
        name: "a failure for half a forecast",
        args: ["--forecast", "half.json", "--deny", "replace"],
        code: 1,
        says: /ends in the middle/,
      },
      {
        name: "a failure for a file that is not there",
        args: ["--plan", "none.json"],
        code: 1,
        says: /none\.json does not exist/,
      },
      {
        name: "a failure for a plan of another stack",
        args: ["--plan", "foreign.json", "--deny", "replace"],
        code: 1,
        says: /is a plan of stack prod of project shop, and this is stack dev of project mail/,
      },
      { name: "a failure for a twin that is not there", args: ["--twin", "none.db"], code: 1, says: /none\.db/ },
      {
        name: "a failure for an endpoint that does not answer",
        args: ["--plan", "empty.json", "--endpoint", "http://127.0.0.1:1"],
        code: 1,
        says: /127\.0\.0\.1:1/,
      },
    ];
    for (const { name, args, code, says } of rows) {
      it(`${name}: exit code ${code}`, async () => {
        project.write("empty.json", '{"steps":[]}');
        assert.match((await run(args, code)).stderr, says);
      });
    }

    it("a failure where the preview fails: exit code 1", async () => {
      project.write("index.js", program({ profile: { hostName: "no host" } }));
      assert.match((await run(["--engine", "embedded", "--deny", "replace"], 1)).stderr, /hostName/);
    });
  });

  it("prints the schema", async () => {
    const { stdout } = await run(["--schema"]);
    assert.equal(JSON.parse(stdout).properties.version.const, 1);
  });
});
