import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { openTenant, readSeed } from "../../provider/tenant";
import { matchesPath } from "../../provider/tenant/pathPattern";
import { type Answer, openWorld, seedText, type World, worldOf } from "./world";

const inject = async (world: World, rule: object): Promise<string> => {
  const { status, body } = await world.post("/simulation/faults", rule);
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
};

/** Which of so many requests a fault struck. */
async function struck(world: World, requests: number, path = "/beta/users"): Promise<number[]> {
  const numbers: number[] = [];
  for (let number = 1; number <= requests; number++) {
    const { headers } = await world.get(path);
    if (headers.has("x-simulation-fault")) numbers.push(number);
  }
  return numbers;
}

const group = { displayName: "G", mailEnabled: false, mailNickname: "g", securityEnabled: true };
const groups = async (world: World): Promise<number> => (await world.get("/beta/groups")).body.value.length;

describe("patterns of paths", () => {
  const rows: [pattern: string, path: string, matches: boolean][] = [
    ["/users", "/users", true],
    ["/users", "/Users/", true],
    ["/users", "/users/1", false],
    ["/users/*", "/users/1", true],
    ["/users/*", "/users('1')", true],
    ["/users/*", "/users", false],
    ["/users/*", "/users/1/manager", false],
    ["/**", "/users/1", true],
    ["/**", "/", true],
    ["/users/**", "/users", true],
    ["/users/**", "/usersOfMine", false],
    ["/**/$ref", "/groups/1/members/%24ref", true],
    ["/**/members/**", "/groups/1/members/2/$ref", true],
    ["/groups/*/members/microsoft.graph.user", "/groups/1/members/user", true],
    ["/a/**/b/**/c", "/a/b/x/b/c", true],
    ["/a/**/b/**/c", "/a/x/c/b", false],
    ["/users/*", "/users/%zz", true],
  ];
  for (const [pattern, path, matches] of rows) {
    it(`${pattern} ${matches ? "means" : "does not mean"} ${path}`, () =>
      assert.equal(matchesPath(pattern, path), matches));
  }

  it("are as a regular expression has them", () => {
    const part = fc.constantFrom("a", "b", "*", "**");
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 7 }),
        fc.array(fc.constantFrom("a", "b"), { maxLength: 9 }),
        (one, of) => {
          const wild: Record<string, string> = { "*": "/[^/]+", "**": "(/[^/]+)*" };
          const expression = one.map((each) => wild[each] ?? `/${each}`).join("");
          const [pattern, path] = [one.map((each) => `/${each}`).join(""), of.map((each) => `/${each}`).join("")];
          assert.equal(matchesPath(pattern, path), new RegExp(`^${expression}$`).test(path), `${pattern} on ${path}`);
        },
      ),
    );
  });

  it("that are made to be slow are not", () => {
    assert.equal(matchesPath(`${"/**/a".repeat(200)}/b`, "/a".repeat(2_000)), false);
  });
});

describe("faults", () => {
  let world: World;
  beforeEach(() => {
    world = openWorld({ users: [{ userPrincipalName: "a@test.example", displayName: "A" }] });
  });
  afterEach(() => world.tenant.close());

  const which: { name: string; rule: object; strikes: number[] }[] = [
    { name: "all", rule: {}, strikes: [1, 2, 3, 4, 5, 6] },
    { name: "the nth, once", rule: { nth: 3 }, strikes: [3] },
    { name: "every second", rule: { every: 2 }, strikes: [2, 4, 6] },
    { name: "every second, twice at most", rule: { every: 2, times: 2 }, strikes: [2, 4] },
    { name: "all, once at most", rule: { times: 1 }, strikes: [1] },
    { name: "none, by a rate of 0", rule: { rate: 0 }, strikes: [] },
    { name: "all, by a rate of 1", rule: { rate: 1 }, strikes: [1, 2, 3, 4, 5, 6] },
    { name: "those of its path", rule: { path: "/users" }, strikes: [1, 2, 3, 4, 5, 6] },
    { name: "none of another path", rule: { path: "/groups" }, strikes: [] },
    { name: "none of another method", rule: { method: "POST" }, strikes: [] },
    { name: "none of another version", rule: { version: "v1.0" }, strikes: [] },
  ];
  for (const { name, rule, strikes } of which) {
    it(`strike ${name}`, async () => {
      await inject(world, { ...rule, status: 503 });
      assert.deepEqual(await struck(world, 6), strikes);
    });
  }

  it("of a rate strike about so many, the same ones with the same seed", async () => {
    const runs: number[][] = [];
    for (const seed of [1, 1, 2]) {
      await world.call("DELETE", "/simulation/faults");
      await inject(world, { rate: 0.25, seed, status: 500 });
      runs.push(await struck(world, 400));
    }
    assert.deepEqual(runs[0], runs[1]);
    assert.notDeepEqual(runs[0], runs[2]);
    for (const run of runs) assert.ok(run.length > 60 && run.length < 140, `${run.length} of 400`);
  });

  it("answer in Graph's shape, say that they did, and leave everything as it was", async () => {
    const id = await inject(world, { method: "POST", path: "/groups", status: 503, retryAfter: 7 });
    const answer = await world.post("/beta/groups", group);
    assert.equal(answer.status, 503);
    assert.equal(answer.body.error.code, "ServiceUnavailable");
    assert.match(answer.body.error.message, new RegExp(`fault ${id}`));
    assert.equal(answer.headers.get("retry-after"), "7");
    assert.equal(answer.headers.get("x-simulation-fault"), id);
    assert.ok(answer.headers.get("request-id"));
    assert.equal(await groups(world), 0);
  });

  it("have the code and message that they are given", async () => {
    await inject(world, { status: 409, code: "Busy", message: "Later." });
    const { body } = await world.get("/beta/users");
    assert.deepEqual([body.error.code, body.error.message], ["Busy", "Later."]);
  });

  for (const [drop, left] of [
    ["before", 0],
    ["after", 1],
  ] as const) {
    it(`that drop the connection ${drop} the effect leave ${left} group`, async () => {
      await inject(world, { method: "POST", drop });
      await assert.rejects(world.post("/beta/groups", group), (error: Error & { cause?: { code?: string } }) => {
        assert.equal(error.message, "fetch failed");
        assert.equal(error.cause?.code, "ECONNRESET");
        return true;
      });
      assert.equal(await groups(world), left);
      const [entry] = (await world.get("/simulation/requests?method=POST")).body.value;
      assert.equal(entry.status, 0);
    });
  }

  it("that delay give the true answer, later", async () => {
    await inject(world, { delayMs: 60 });
    const since = performance.now();
    const { status, headers } = await world.get("/beta/users");
    assert.equal(status, 200);
    assert.ok(headers.has("x-simulation-fault"));
    assert.ok(performance.now() - since >= 55);
  });

  it("strike requests in a batch one by one", async () => {
    await inject(world, { method: "GET", path: "/users", nth: 2, status: 504 });
    const requests = ["1", "2", "3"].map((id) => ({ id, method: "GET", url: "/users" }));
    const { status, body } = await world.post("/beta/$batch", { requests });
    assert.equal(status, 200);
    assert.deepEqual(
      body.responses.map((each: Answer) => each.status),
      [200, 504, 200],
    );
  });

  it("of several, the oldest that strikes does; all of them count", async () => {
    const first = await inject(world, { nth: 2, status: 500 });
    const second = await inject(world, { status: 503, times: 2 });
    const ids: (string | null)[] = [];
    for (let number = 0; number < 4; number++) {
      ids.push((await world.get("/beta/users")).headers.get("x-simulation-fault"));
    }
    assert.deepEqual(ids, [second, first, second, null]);
    const { body } = await world.get("/simulation/faults");
    assert.deepEqual(
      body.value.map(({ seen, struck }: Record<string, number>) => [seen, struck]),
      [
        [4, 1],
        [4, 2],
      ],
    );
  });

  it("never strike the control surface", async () => {
    await inject(world, { status: 500 });
    for (const path of ["health", "status", "clock", "faults", "requests"]) {
      assert.equal((await world.get(`/simulation/${path}`)).status, 200, path);
    }
  });

  it("are events, delays alone are not", async () => {
    await inject(world, { path: "/users", delayMs: 1 });
    await inject(world, { path: "/groups", status: 500 });
    await world.get("/beta/users");
    await world.get("/beta/groups");
    const { body } = await world.get("/simulation/events?kind=faultInjected");
    assert.deepEqual(
      body.value.map(({ message }: { message: string }) => message),
      ["GET /beta/groups was answered with 500, by fault 2."],
    );
  });

  it("are listed, read and removed by their number", async () => {
    const id = await inject(world, { nth: 1, drop: "after" });
    await inject(world, { every: 2, status: 500 });
    assert.deepEqual((await world.get(`/simulation/faults/${id}`)).body, {
      id,
      nth: 1,
      drop: "after",
      seen: 0,
      struck: 0,
    });
    assert.equal((await world.call("DELETE", `/simulation/faults/${id}`)).status, 204);
    assert.equal((await world.get("/simulation/faults")).body.value.length, 1);
    for (const gone of [id, "99", "x"]) {
      assert.equal((await world.get(`/simulation/faults/${gone}`)).status, 404);
      assert.equal((await world.call("DELETE", `/simulation/faults/${gone}`)).status, 404);
    }
    assert.equal((await world.call("DELETE", "/simulation/faults")).status, 204);
    assert.deepEqual((await world.get("/simulation/faults")).body.value, []);
  });

  it("go with a reset", async () => {
    await inject(world, { status: 500 });
    await world.post("/simulation/reset");
    assert.equal((await world.get("/beta/users")).status, 200);
  });

  const refusals: { name: string; rule: object; says: RegExp }[] = [
    { name: "no effect", rule: { nth: 1 }, says: /give status, delayMs or drop/ },
    { name: "status and drop", rule: { status: 500, drop: "before" }, says: /one of status and drop/ },
    { name: "a status that is no failure", rule: { status: 200 }, says: /status: .*>=400/ },
    { name: "two ways to count", rule: { nth: 1, rate: 0.5, status: 500 }, says: /one of nth, every and rate/ },
    { name: "nth more than once", rule: { nth: 1, times: 2, status: 500 }, says: /nth strikes once/ },
    { name: "a rate above 1", rule: { rate: 2, status: 500 }, says: /rate: .*<=1/ },
    { name: "a seed without a rate", rule: { seed: 1, status: 500 }, says: /seed: .*without rate/ },
    { name: "a code without a status", rule: { code: "X", delayMs: 1 }, says: /code: .*status/ },
    { name: "a delay of an hour", rule: { delayMs: 3_600_000 }, says: /delayMs: .*60000/ },
    { name: "a path without a slash", rule: { path: "users", status: 500 }, says: /path: must begin with a slash/ },
    { name: "an unknown property", rule: { chance: 1, status: 500 }, says: /chance/ },
    { name: "no object", rule: [], says: /expected object/ },
    {
      name: "all mistakes at once",
      rule: { method: "GETT", nth: 0, every: 2, drop: "now", status: 500 },
      says: /method: .*nth: .*drop: .*one of status and drop.*one of nth, every and rate/,
    },
  ];
  for (const { name, rule, says } of refusals) {
    it(`are refused with ${name}`, async () => {
      const { status, body } = await world.post("/simulation/faults", rule);
      assert.equal(status, 400);
      assert.match(body.error.message, says);
    });
  }

  it("survive a restart, with their counts", async () => {
    const data = await mkdtemp(join(tmpdir(), "faults-"));
    try {
      const first = worldOf(openTenant({ data, seed: readSeed(seedText(), "x") }));
      await inject(first, { nth: 3, status: 503 });
      assert.deepEqual(await struck(first, 2), []);
      first.tenant.close();
      const again = worldOf(openTenant({ data }));
      assert.deepEqual(await struck(again, 2), [1]);
      again.tenant.close();
    } finally {
      await rm(data, { recursive: true });
    }
  });
});
