/** The verbs of `tenant` that steer the simulation, on the embedded tenant and on one that is served. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeProgram } from "../../provider/cli/program";
import { simulationRoutes } from "../../provider/tenant/services/simulation";
import { startTenant, type TestTenant } from "../../provider/testing";
import { makeProject, type Project, root } from "./project";

describe("tenant: the simulator's verbs", function () {
  this.timeout(120_000);
  let project: Project;
  let tenant: TestTenant;
  before(async () => {
    project = await makeProject({});
    tenant = await startTenant();
  });
  after(async () => {
    await tenant.close();
    project.remove();
  });

  const served = (...args: string[]) => ["tenant", ...args, "--endpoint", tenant.url];
  const json = <T>(...args: string[]) => project.json<T>(served(...args));
  const prints = async (args: string[], ...lines: RegExp[]) => {
    const { code, stdout, stderr } = await project.run(args);
    assert.equal(code, 0, stderr);
    for (const line of lines) assert.match(stdout, line);
  };
  const fails = async (args: string[], code: number, says: RegExp) => {
    const ran = await project.run(args);
    assert.equal(ran.code, code, ran.stderr);
    assert.match(ran.stderr, says);
    assert.equal(ran.stdout, "");
  };

  it("health says whose tenant it is", async () => {
    await prints(served("health"), /^ok: Contoso \(contoso\.example\) at 2020-03-02T08:00:00Z, 10 users/);
    assert.equal((await json<{ devices: number }>("health")).devices, 13);
  });

  describe("clock", () => {
    afterEach(() => tenant.reset());

    it("is set", async () => {
      assert.equal((await json<{ now: string }>("clock", "--set", "2020-03-02T10:00:00Z")).now, "2020-03-02T10:00:00Z");
    });

    it("runs until idle", async () => {
      await prints(served("clock", "--until-idle"), /^now +2020-03-02T16:00:00Z$/m, /^idle +yes/m);
      assert.equal((await json<{ idle: boolean }>("clock", "--until-idle")).idle, true);
    });

    it("takes one of them", () =>
      fails(served("clock", "--until-idle", "--advance", "4h"), 2, /one of --advance, --set and --until-idle/));

    it("does not go back", () => fails(served("clock", "--set", "2019-01-01T00:00:00Z"), 1, /only goes forward/));
  });

  describe("snapshots", () => {
    it("are taken, listed, restored and deleted, on the embedded tenant as well", async () => {
      const here = (...args: string[]) => ["tenant", ...args, "--data", "data"];
      await prints(here("snapshots"), /^No snapshot has been taken\.$/m);
      await prints(here("snapshot", "before"), /^Kept the tenant of 2020-03-02T08:00:00Z as before\.$/m);
      await project.run(here("clock", "--advance", "3h"));
      await prints(here("restore", "before"), /as before has it, at 2020-03-02T08:00:00Z\.$/m);
      const { value } = await project.json<{ value: object[] }>(here("snapshots"));
      assert.deepEqual(value, [{ name: "before", time: "2020-03-02T08:00:00Z" }]);
      await prints(here("snapshots", "--delete", "before"), /^No snapshot/m);
    });

    it("of a name that is taken are refused without --replace", async () => {
      await json("snapshot", "base");
      await fails(served("snapshot", "base"), 1, /'base' already/);
      await json("snapshot", "base", "--replace");
    });

    it("of a wrong name are wrong usage", () => fails(served("snapshot", "../x"), 2, /1 to 64 letters, digits/));

    it("that are not there are named, with those that are", () =>
      fails(served("restore", "nobody"), 1, /no snapshot 'nobody': there are base/));
  });

  describe("faults", () => {
    beforeEach(() => tenant.faults.clear());

    it("are added, met, listed and removed", async () => {
      const fault = await json<{ id: string; version: string }>(
        ..."fault add --method get --path /users --api v1.0 --nth 1 --status 503 --retry-after 2".split(" "),
      );
      assert.equal(fault.version, "v1.0");
      const response = await fetch(`${tenant.url}/v1.0/users`);
      assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "2"]);
      await prints(
        served("fault", "list"),
        new RegExp(`^${fault.id} +GET /v1\\.0/users +number 1 +status 503, retry after 2 s +1 +1$`, "m"),
      );
      await prints(served("fault", "remove", fault.id), /^No fault is injected\.$/m);
    });

    it("drop connections", async () => {
      await json("fault", "add", "--drop", "before");
      await assert.rejects(fetch(`${tenant.url}/beta/users`), /fetch failed/);
      await prints(served("requests", "--status", "0"), /dropped +GET +\/beta\/users +\(fault \d+\)$/m);
      assert.deepEqual(await json("fault", "remove", "--all"), { value: [] });
    });

    it("stay in the folder of an embedded tenant", async () => {
      const here = (...args: string[]) => ["tenant", "fault", ...args, "--data", "faulty"];
      await project.json(here("add", "--rate", "0.5", "--seed", "7", "--delay", "10"));
      const { value } = await project.json<{ value: object[] }>(here("list"));
      assert.deepEqual(value, [{ id: "1", rate: 0.5, seed: 7, delayMs: 10, seen: 0, struck: 0 }]);
    });

    const mistakes: [args: string, says: RegExp][] = [
      ["add", /--status: a fault does something/],
      ["add --nth 1 --every 2 --status 500", /--nth: give at most one/],
      ["add --status 200 --method BREW --delay 99999", /--method.*\n.*--status.*\n.*--delay/],
      ["add --rate 2 --status 500", /number from 0 to 1/],
      ["add --nth x --status 500", /whole number/],
      ["remove", /number of a fault, or --all/],
      ["remove 1 --all", /number of a fault, or --all/],
    ];
    for (const [args, says] of mistakes) {
      it(`${args} is wrong usage`, () => fails(served("fault", ...args.split(" ")), 2, says));
    }

    it("that are not there are said so", () => fails(served("fault", "remove", "99"), 1, /no fault '99'/));
  });

  it("throttling is shown, set and taken off", async () => {
    await prints(served("throttling"), /^Requests are not limited\.$/m);
    await prints(
      served("throttling", "--application", "100", "--window", "10", "--no-retry-after"),
      /^In 10 seconds: 4000 requests, 100 of one application; above that 429 without Retry-After\.$/m,
    );
    await prints(served("throttling", "--on"), /2000 of one application; above that 429 with Retry-After/);
    assert.deepEqual(await json("throttling", "--off"), { throttling: null });
    await fails(served("throttling", "--on", "--off"), 2, /--off goes alone/);
  });

  it("requests are shown without secrets, and forgotten", async () => {
    await tenant.requests.clear();
    await fetch(`${tenant.url}/beta/groups?$top=1`);
    const body = JSON.stringify({ displayName: "G", password: "Tr0ub4dor&3" });
    await fetch(`${tenant.url}/beta/groups`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    await prints(served("requests"), /200 +GET +\/beta\/groups\?\$top=1$/m, /400 +POST +\/beta\/groups$/m);
    const ran = await project.run([...served("requests", "--method", "post", "--clear"), "--json"]);
    assert.ok(!ran.stdout.includes("Tr0ub4dor"));
    assert.equal(JSON.parse(ran.stdout).value.length, 1);
    await prints(served("requests"), /^No request has been kept\.$/m);
  });

  it("requests of an embedded tenant are nowhere, and it says so", async () => {
    const { code, stdout, stderr } = await project.run(["tenant", "requests", "--data", "data", "--json"]);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { value: [] });
    assert.match(stderr, /name it with --endpoint/);
  });

  it("events are shown by kind and device", async () => {
    await tenant.reset();
    await fetch(`${tenant.url}/simulation/devices/ADA-IPHONE/accounts`, {
      method: "POST",
      body: JSON.stringify({ hostName: "mail.other.example", emailAddress: "ada@other.example" }),
      headers: { "content-type": "application/json" },
    });
    await prints(
      served("events", "--kind", "accountMade", "--device", "ADA-IPHONE"),
      /2020-03-02T08:00:00Z +accountMade/,
    );
    assert.deepEqual(await json("events", "--kind", "profileInstalled"), { value: [] });
    await fails(served("events", "--device", "NOBODY"), 1, /'NOBODY'/);
  });

  it("reset and seed answer with --json", async () => {
    assert.equal((await json<{ now: string }>("reset")).now, "2020-03-02T08:00:00Z");
    assert.equal((await json<{ users: number }>("seed", "--replace")).users, 10);
  });
});

describe("docs/guides/simulation.md", () => {
  const guide = readFileSync(join(root, "docs/guides/simulation.md"), "utf8");
  const quoted = (pattern: RegExp) => [...guide.matchAll(pattern)].map(([, text]) => text!);

  it("names every request, and none that is not there", () => {
    const named = quoted(/`((?:GET|POST|PUT|PATCH|DELETE) \/simulation\/[^`]*)`/g).map((text) =>
      text.replace(/\?.*/, "").replace("/NAME", "/:name").replace("/ID", "/:id"),
    );
    const there = simulationRoutes.map(({ method, path }) => `${method} /simulation${path}`);
    assert.deepEqual([...new Set(named)].sort(), [...new Set(there)].sort());
  });

  const commands = [
    ...quoted(/^\| `(tenant [^`]*)`/gm),
    ...quoted(/^intune-mail (.*)$/gm).map((line) => line.replaceAll('"', "")),
  ];
  it("has commands", () => assert.ok(commands.length > 25));

  for (const command of commands) {
    it(`shows right usage: ${command}`, async () => {
      const program = makeProgram();
      const words = command.split(" ");
      let verb = program;
      let ran = false;
      for (const word of words) verb = verb.commands.find((each) => each.name() === word) ?? verb;
      verb.action(() => {
        ran = true;
      });
      await program.parseAsync(words, { from: "user" });
      assert.ok(ran);
    });
  }

  it("shows faults that can be injected", async () => {
    const project = await makeProject({});
    for (const line of quoted(/^intune-mail (tenant fault add .*)$/gm)) {
      const { code, stderr } = await project.run(line.replaceAll('"', "").split(" "));
      assert.equal(code, 0, stderr);
    }
    project.remove();
  });
});
