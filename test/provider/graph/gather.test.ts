/** Reads that go together: how many requests they make, and that each gets its own answer, whatever the others get. */
import assert from "node:assert/strict";
import { type Graph, graphClient, type Json } from "../../../provider/graph/client";

interface Item {
  id: string;
  url: string;
}
type Reply = { status: number; headers?: Record<string, string>; body?: Json };

/** A service whose answers the test gives by path; `batch` answers what is no item, in place of the batch itself. */
function service(answer: (path: string, time: number) => Reply, batch?: () => Response) {
  const asked: string[] = [];
  const times = new Map<string, number>();
  const slept: number[] = [];
  const reply = (path: string) => {
    times.set(path, (times.get(path) ?? 0) + 1);
    return answer(path, times.get(path)!);
  };
  const graph: Graph = graphClient({
    endpoint: "http://graph.example",
    sleep: async (ms) => void slept.push(ms),
    async send(request) {
      const path = request.url.slice("http://graph.example".length);
      if (path !== "/beta/$batch") {
        asked.push(path);
        const { status, headers, body } = reply(path);
        return new Response(JSON.stringify(body ?? {}), { status, headers });
      }
      const { requests } = (await request.json()) as { requests: Item[] };
      asked.push(`batch of ${requests.length}`);
      const responses = requests.map(({ id, url }) => ({ id, ...reply(`/beta${url}`) }));
      // In any order, as Graph may.
      return batch?.() ?? new Response(JSON.stringify({ responses: responses.reverse() }));
    },
  });
  return { graph, asked, slept };
}

const itself = (path: string): Reply => ({ status: 200, body: { path } });
const paths = (count: number) => Array.from({ length: count }, (_, index) => `/things/${index}?$select=a b`);

describe("reads of one moment", () => {
  const sizes: { count: number; asked: string[] }[] = [
    { count: 1, asked: ["/beta/things/0?$select=a%20b"] },
    { count: 2, asked: ["batch of 2"] },
    { count: 20, asked: ["batch of 20"] },
    { count: 21, asked: ["/beta/things/20?$select=a%20b", "batch of 20"] },
    { count: 45, asked: ["batch of 20", "batch of 20", "batch of 5"] },
  ];
  for (const { count, asked: expected } of sizes) {
    it(`${count} make ${expected.length} requests, and each gets its own answer`, async () => {
      const { graph, asked } = service(itself);
      const answers = await Promise.all(paths(count).map((path) => graph.get(path)));
      assert.deepEqual(
        answers.map((answer) => decodeURI(String(answer.path))),
        paths(count).map((path) => `/beta${path}`),
      );
      assert.deepEqual(asked.toSorted(), expected.toSorted());
    });
  }

  it("that are equal are one, and are asked anew afterwards", async () => {
    const { graph, asked } = service(itself);
    await Promise.all([graph.get("/a"), graph.get("/a"), graph.get("/a")]);
    await graph.get("/a");
    assert.deepEqual(asked, ["/beta/a", "/beta/a"]);
  });

  it("that are of another version go alone", async () => {
    const { graph, asked } = service(itself);
    await Promise.all(["/v1.0/a", "/simulation/status", "/a"].map((path) => graph.get(path)));
    assert.deepEqual(asked.toSorted(), ["/beta/a", "/simulation/status", "/v1.0/a"]);
  });

  it("get their own refusal, with its request-id", async () => {
    const { graph } = service((path) =>
      path.endsWith("b")
        ? { status: 404, headers: { "Request-Id": "r-1" }, body: { error: { code: "NotFound", message: "no b" } } }
        : itself(path),
    );
    const [a, b] = await Promise.allSettled([graph.get("/a"), graph.get("/b")]);
    assert.equal(a?.status, "fulfilled");
    assert.match(
      String(b?.status === "rejected" && b.reason),
      /GET \/beta\/b was answered with 404 NotFound: no b \(request-id r-1\)/,
    );
  });

  it("that are throttled, or meet a passing fault, are asked again by themselves, after the time that they are told", async () => {
    const { graph, asked, slept } = service((path, time) => {
      if (path.endsWith("b") && time < 3) return { status: 429, headers: { "Retry-After": "7" } };
      if (path.endsWith("c") && time < 2) return { status: 503 };
      return itself(path);
    });
    const answers = await Promise.all(["/a", "/b", "/c"].map((path) => graph.get(path)));
    assert.deepEqual(
      answers.map(({ path }) => path),
      ["/beta/a", "/beta/b", "/beta/c"],
    );
    assert.deepEqual(slept, [7000, 1000, 7000]);
    assert.equal(asked[0], "batch of 3");
  });

  it("that are throttled without end fail, saying so", async () => {
    const { graph, slept } = service((path) => (path.endsWith("b") ? { status: 429 } : itself(path)));
    await assert.rejects(Promise.all([graph.get("/a"), graph.get("/b")]), /GET \/beta\/b was answered with 429/);
    assert.ok(slept.length >= 5, "only after it was asked again");
  });

  for (const status of [400, 404, 405, 501]) {
    it(`go one by one where the service answers $batch with ${status}, and it is not tried again`, async () => {
      const { graph, asked } = service(itself, () => new Response("{}", { status }));
      await Promise.all(["/a", "/b"].map((path) => graph.get(path)));
      await Promise.all(["/c", "/d"].map((path) => graph.get(path)));
      assert.deepEqual(asked, ["batch of 2", "/beta/a", "/beta/b", "/beta/c", "/beta/d"]);
    });
  }

  it("that a batch leaves without an answer are asked alone", async () => {
    const { graph, asked } = service(itself, () => new Response("{}"));
    assert.equal((await Promise.all([graph.get("/a"), graph.get("/b")]))[1]?.path, "/beta/b");
    assert.deepEqual(asked, ["batch of 2", "/beta/a", "/beta/b"]);
  });

  it("of a token that has run out are asked with another", async () => {
    const { graph, asked } = service((path, time) => (time === 1 ? { status: 401 } : itself(path)));
    await Promise.all([graph.get("/a"), graph.get("/b")]);
    assert.deepEqual(asked, ["batch of 2", "/beta/a", "/beta/b"]);
  });

  it("name what was asked where nobody answers, and that it has changed nothing", async () => {
    const down = Object.assign(new Error("no"), { code: "ECONNRESET" });
    const graph = graphClient({
      endpoint: "http://graph.example",
      sleep: async () => {},
      send: () => Promise.reject(down),
    });
    await assert.rejects(Promise.all([graph.get("/a"), graph.get("/b")]), {
      message:
        "GET /beta/a (and 1 more in one batch) got no answer from http://graph.example (ECONNRESET). Check that the tenant is running and that the endpoint is right.",
    });
  });
});

describe("reads that are done once", () => {
  it("are remembered, lists and single ones apart", async () => {
    const { graph, asked } = service((path) => ({ status: 200, body: { path, value: [1] } }));
    for (let time = 0; time < 3; time++) {
      assert.deepEqual(await graph.once.list("/a"), [1]);
      assert.equal((await graph.once.get("/b")).path, "/beta/b");
    }
    assert.deepEqual(asked, ["/beta/a", "/beta/b"]);
  });

  it("are done again after a failure", async () => {
    const { graph } = service((path, time) => (time === 1 ? { status: 404 } : itself(path)));
    await assert.rejects(graph.once.get("/a"), /404/);
    assert.equal((await graph.once.get("/a")).path, "/beta/a");
  });
});
