import assert from "node:assert/strict";
import { makeRequestLog, type RequestEntry, withoutSecrets } from "../../provider/tenant/requestLog";
import { openWorld, type World } from "./world";

const entry = (change: Partial<RequestEntry> = {}): RequestEntry => ({
  timeMs: Date.parse("2020-03-02T08:00:00Z"),
  method: "GET",
  version: "beta",
  path: "/users",
  query: "",
  status: 200,
  requestId: "1",
  clientRequestId: null,
  ...change,
});

const numbers = (log: ReturnType<typeof makeRequestLog>, filter = {}) =>
  log.list(filter).map(({ sequence }) => sequence);

describe("the request log", () => {
  it("keeps the newest, as many as it has room for", () => {
    const log = makeRequestLog(3);
    for (let number = 1; number <= 7; number++) log.add(entry({ path: `/users/${number}` }));
    assert.deepEqual(
      log.list().map(({ sequence, path }) => [sequence, path]),
      [
        [5, "/users/5"],
        [6, "/users/6"],
        [7, "/users/7"],
      ],
    );
  });

  it("never uses a number twice", () => {
    const log = makeRequestLog(3);
    log.add(entry());
    log.clear();
    assert.deepEqual(log.list(), []);
    log.add(entry());
    assert.deepEqual(numbers(log), [2]);
    assert.deepEqual(numbers(log, { after: 2 }), []);
  });

  it("keeps bodies up to 64 KiB, and no more of them together than 32 MiB", () => {
    const log = makeRequestLog(2_000);
    const body = JSON.stringify("x".repeat(60_000));
    for (let number = 0; number < 1_000; number++) log.add(entry({ body }));
    const kept = log.list().filter((each) => each.body !== undefined);
    assert.equal(log.list().length, 1_000);
    assert.equal(kept.length, Math.floor((32 * 1024 * 1024) / body.length));
    assert.equal(kept.at(-1)!.sequence, 1_000);
    log.add(entry({ body: "y".repeat(64 * 1024 + 1) }));
    assert.equal(log.list().at(-1)!.body, "(65537 characters)");
  });

  it("costs nothing that a request would feel", () => {
    const log = makeRequestLog();
    const entries = Array.from({ length: 50_000 }, () => entry({ body: "{}" }));
    const since = performance.now();
    for (const each of entries) log.add(each);
    const microseconds = ((performance.now() - since) / entries.length) * 1000;
    assert.ok(microseconds < 5, `${microseconds} microseconds`);
  });

  const secrets: [name: string, value: unknown, shown: unknown][] = [
    ["a password", { exchangeAccount: { password: "p" } }, { exchangeAccount: { password: "(secret)" } }],
    ["an annotation", { "@classic.Password": "p" }, { "@classic.Password": "(secret)" }],
    ["in a list", [{ clientSecret: "s" }], [{ clientSecret: "(secret)" }]],
    ["an object", { accessToken: { value: "t" } }, { accessToken: "(secret)" }],
    ["a number", { passwordPin: 1234 }, { passwordPin: "(secret)" }],
    ["a Boolean, which is none", { passwordRequired: true }, { passwordRequired: true }],
    ["null, which is none", { password: null }, { password: null }],
    ["a value, which is none", { method: "usernameAndPassword" }, { method: "usernameAndPassword" }],
  ];
  for (const [name, value, shown] of secrets) {
    it(`lists ${name} rightly`, () => assert.deepEqual(withoutSecrets(value), shown));
  }

  describe("of a tenant", () => {
    let world: World;
    const list = async (query = "") => (await world.get(`/simulation/requests${query}`)).body.value;
    beforeEach(async () => {
      world = openWorld();
      await world.get("/beta/users?$top=1");
      await world.call("GET", "/v1.0/groups", undefined, { "client-request-id": "mine" });
      await world.post("/beta/groups", { displayName: "G", password: "p" });
    });
    afterEach(() => world.tenant.close());

    it("has what was asked, with its answer, without secrets", async () => {
      const [users, groups, made] = await list();
      const { timeMs: _, ...first } = entry({ query: "$top=1", requestId: "" });
      assert.deepEqual({ ...users, requestId: "" }, { ...first, time: "2020-03-02T08:00:00Z", sequence: 1 });
      assert.deepEqual([groups.version, groups.clientRequestId], ["v1.0", "mine"]);
      assert.equal(made.status, 400);
      assert.deepEqual(made.body, { displayName: "G", password: "(secret)" });
    });

    it("has ids that answers have", async () => {
      const { headers } = await world.get("/beta/users");
      assert.equal((await list()).at(-1).requestId, headers.get("request-id"));
    });

    it("has the requests in a batch, and the batch", async () => {
      await world.post("/beta/$batch", { requests: [{ id: "1", method: "GET", url: "/users" }] });
      const paths = (await list("?after=3")).map(({ path }: { path: string }) => path);
      assert.deepEqual(paths.sort(), ["/$batch", "/users"]);
    });

    it("does not have its own", async () => {
      await world.get("/simulation/status");
      assert.equal((await list()).length, 3);
    });

    const filters: [query: string, sequences: number[]][] = [
      ["?method=post", [3]],
      ["?path=/groups", [2, 3]],
      ["?path=/**", [1, 2, 3]],
      ["?status=400", [3]],
      ["?version=v1.0", [2]],
      ["?after=1&method=GET", [2]],
    ];
    for (const [query, sequences] of filters) {
      it(`is filtered by ${query}`, async () => {
        const found = await list(query);
        assert.deepEqual(
          found.map(({ sequence }: { sequence: number }) => sequence),
          sequences,
        );
      });
    }

    for (const query of ["?status=bad", "?after=-1", "?version=v2", "?verb=GET"]) {
      it(`refuses ${query}`, async () => {
        const { status, body } = await world.get(`/simulation/requests${query}`);
        assert.equal(status, 400);
        assert.match(body.error.message, new RegExp(query.slice(1).split("=")[0]!));
      });
    }

    it("is cleared", async () => {
      assert.equal((await world.call("DELETE", "/simulation/requests")).status, 204);
      assert.deepEqual(await list(), []);
    });
  });
});
