import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { type ServedTenant, serveTenant, type Tenant } from "../../provider/tenant";
import type { Answer } from "../../provider/tenant/handler";
import { answerFetch } from "../../provider/tenant/transport";
import { configurations, openWorld, profileBodies } from "./world";

const kib = 1024;

interface Heard {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Sends a request as it is: `fetch` would put paths and headers right. */
const send = (
  url: string,
  path: string,
  { method = "GET", headers = {}, body = undefined as string | undefined } = {},
): Promise<Heard> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body: text }));
    });
    sent.on("error", reject).end(body);
  });

/** Sends bytes, and gives all that comes until the server ends the connection; `hangUp` ends it after the bytes. */
async function sendRaw(url: string, text: string, hangUp = false): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  if (hangUp) socket.end(text);
  else socket.write(text);
  let heard = "";
  socket.on("data", (chunk) => (heard += chunk.toString("latin1")));
  await once(socket, "close");
  return heard;
}

/** An error as Graph gives it, whole. */
function graphError({ headers, body }: Heard): { code: string; message: string } {
  const { error } = JSON.parse(body);
  assert.deepEqual(Object.keys(error), ["code", "message", "innerError"]);
  assert.match(error.innerError.date, /^2020-03-02T08:00:00$/);
  assert.equal(error.innerError["request-id"], headers["request-id"]);
  assert.equal(error.innerError["client-request-id"], headers["client-request-id"]);
  assert.match(String(headers["content-type"]), /^application\/json/);
  return error;
}

describe("a tenant on a port", () => {
  let served: ServedTenant;
  before(async () => {
    served = await serveTenant(openWorld().tenant);
  });
  after(() => served.close());
  afterEach("goes on", async () => {
    assert.equal((await send(served.url, "/beta/users")).status, 200);
  });

  describe("refuses what is too much or makes no sense, as Graph does", () => {
    const xml = { "content-type": "text/xml" };
    const rows: [string, Parameters<typeof send>[1], Parameters<typeof send>[2], number, string][] = [
      ["a long address", `/beta/users?x=${"y".repeat(17 * kib)}`, {}, 414, "RequestUriTooLong"],
      ["long headers", "/beta/users", { headers: { x: "y".repeat(17 * kib) } }, 431, "RequestHeaderFieldsTooLarge"],
      ["HEAD", "/beta/users", { method: "HEAD" }, 405, ""],
      ["OPTIONS", "/beta/users", { method: "OPTIONS" }, 405, "MethodNotAllowed"],
      ["TRACE", "/beta/users", { method: "TRACE" }, 405, "MethodNotAllowed"],
      ["PROPFIND", "/beta/users", { method: "PROPFIND" }, 405, "MethodNotAllowed"],
      ["a body of XML", configurations, { method: "POST", headers: xml, body: "<a/>" }, 415, "UnsupportedMediaType"],
      [
        "a form where none is asked for",
        configurations,
        { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=b" },
        415,
        "UnsupportedMediaType",
      ],
      [
        "a body that is packed",
        configurations,
        { method: "POST", headers: { "content-encoding": "gzip", "content-type": "application/json" }, body: "\x1f" },
        415,
        "UnsupportedMediaType",
      ],
      ["a host that is none", "/beta/users", { headers: { host: '"><script>' } }, 400, "BadRequest"],
      ["no JSON", configurations, { method: "POST", body: "{" }, 400, "BadRequest"],
    ];
    for (const [name, path, options, status, code] of rows) {
      it(`${name}: ${status}`, async () => {
        const heard = await send(served.url, path, {
          ...options,
          headers: { "client-request-id": "mine", ...options?.headers },
        });
        assert.equal(heard.status, status);
        if (options?.method === "HEAD") return assert.equal(heard.body, "");
        assert.equal(graphError(heard).code, code);
        assert.equal(heard.headers["client-request-id"], "mine");
        if (status === 405) assert.equal(heard.headers.allow, "GET, POST, PATCH, PUT, DELETE");
      });
    }

    it("an address just within the limit passes", async () => {
      const path = "/beta/users?x=";
      assert.equal((await send(served.url, path + "y".repeat(16 * kib - path.length))).status, 200);
    });

    const raw: [string, string, number][] = [
      ["no HTTP at all", "hello, are you there?\r\n\r\n", 400],
      ["binary", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
      ["no host", "GET /beta/users HTTP/1.1\r\n\r\n", 400],
      ["a method that is none", "FETCH /beta/users HTTP/1.1\r\nhost: x\r\n\r\n", 405],
      ["headers without end", `GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(200 * kib)}\r\n\r\n`, 431],
      ["two lengths", "POST /beta/users HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", 400],
      [
        "a length and chunks",
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        400,
      ],
      ["a bad chunk", "POST /beta/users HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 400],
      ["a NUL in the address", "GET /beta/users\0 HTTP/1.1\r\nhost: x\r\n\r\n", 400],
    ];
    for (const [name, text, status] of raw) {
      it(`${name}: ${status}`, async () => {
        const heard = await sendRaw(served.url, text);
        assert.match(heard, new RegExp(`^HTTP/1\\.1 ${status} `));
        const [, body = ""] = heard.split("\r\n\r\n");
        assert.match(JSON.parse(body).error.message, /\.$/);
      });
    }

    it("a body that ends in the middle changes nothing", async () => {
      const before = (await send(served.url, `${configurations}/$count`)).body;
      const text = JSON.stringify({ displayName: "P", ...profileBodies.ios });
      await sendRaw(
        served.url,
        `POST ${configurations} HTTP/1.1\r\nhost: x\r\ncontent-length: ${text.length}\r\n\r\n${text.slice(0, -1)}`,
        true,
      );
      assert.equal((await send(served.url, `${configurations}/$count`)).body, before);
    });

    it("a body that is said to be short and goes on without end is cut off", async () => {
      const heard = await send(served.url, configurations, {
        method: "POST",
        headers: { "transfer-encoding": "chunked" },
        body: `"${"x".repeat(4 * kib * kib)}"`,
      });
      assert.equal(heard.status, 413);
      assert.equal(heard.headers.connection, "close");
    });
  });

  describe("accepts what clients send", () => {
    const body = JSON.stringify({ displayName: "P", ...profileBodies.ios });
    const types = [
      undefined,
      "application/json",
      "application/json; charset=utf-8;odata.metadata=minimal",
      "text/plain",
    ];
    for (const type of types) {
      it(`a body of ${type ?? "no type"}`, async () => {
        const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
        assert.equal((await send(served.url, configurations, { method: "POST", headers, body })).status, 201);
      });
    }

    it("an address that is whole, as through a proxy", async () => {
      const whole = await send(served.url, `${served.url}/beta/users?$top=1`);
      assert.deepEqual(JSON.parse(whole.body), JSON.parse((await send(served.url, "/beta/users?$top=1")).body));
    });

    it("a type of a body that is not there", async () => {
      const headers = { "content-type": "text/xml" };
      assert.equal((await send(served.url, "/beta/users", { headers })).status, 200);
    });

    it("several requests on one connection", async () => {
      const one = "GET /beta/users HTTP/1.1\r\nhost: x\r\n\r\n";
      const heard = await sendRaw(served.url, one + one + one.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
      assert.equal(heard.match(/HTTP\/1\.1 200 /g)?.length, 3);
    });
  });

  describe("maps no address to a file, and never fails at one", () => {
    const paths = [
      "/../../etc/passwd",
      "/beta/../../../etc/passwd",
      "/beta/..%2f..%2fetc%2fpasswd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/..\\..\\windows\\win.ini",
      "//etc/passwd",
      "//",
      "/beta/users/%00",
      "/beta/users/%00.json",
      "/beta/users/%",
      "/beta/users/%zz",
      "/beta/users/%c0%af",
      "/beta/users/%ff%fe",
      "/beta/users('%27')",
      "/beta/users('",
      "/beta/users(')",
      "/beta/users/__proto__",
      "/beta/__proto__/constructor",
      "/simulation/../tenant.db",
      "/tenant.db",
      "/server.json",
      "/beta/users/~/.ssh",
      "/.",
      "/..",
      "/%2e",
      "/beta/deviceManagement/deviceConfigurations/../../users/x",
      `/beta${"/users".repeat(2_500)}`,
      `/beta/${"/".repeat(10_000)}`,
      `/beta/users/${"%41".repeat(5_000)}`,
      `/beta/users${"('x')".repeat(3_000)}`,
    ];
    for (const path of paths) {
      it(path.length > 60 ? `${path.slice(0, 40)}… (${path.length})` : path, async () => {
        const heard = await send(served.url, path);
        assert.ok(heard.status === 400 || heard.status === 404, `${heard.status} ${heard.body.slice(0, 200)}`);
        graphError(heard);
        assert.doesNotMatch(heard.body, /root:|SQLite|"pid"/);
      });
    }
  });
});

describe("an answer that a fault delays or drops", () => {
  const signal = new AbortController().signal;
  const opened = (answer: Partial<Answer>): Tenant => ({
    ...openWorld().tenant,
    handler: () => ({ status: 200, headers: {}, body: {}, ...answer }),
  });

  it("over HTTP comes later", async () => {
    const served = await serveTenant(opened({ delayMs: 60 }));
    const began = performance.now();
    assert.equal((await send(served.url, "/")).status, 200);
    assert.ok(performance.now() - began >= 55);
    await served.close();
  });

  it("over HTTP never comes: the connection ends", async () => {
    const served = await serveTenant(opened({ drop: true }));
    await assert.rejects(send(served.url, "/"), { code: "ECONNRESET" });
    await assert.rejects(fetch(served.url), (error) => error instanceof TypeError && error.message === "fetch failed");
    await served.close();
  });

  it("does not hold up a server that ends", async () => {
    const served = await serveTenant(opened({ delayMs: 600_000 }));
    const waiting = assert.rejects(send(served.url, "/"), { code: "ECONNRESET" });
    await send(served.url, "/", { method: "OPTIONS" });
    await served.close();
    await waiting;
  });

  const inProcess = (answer: Partial<Answer>, given: AbortSignal = signal) =>
    answerFetch(opened(answer).handler, new Request("http://tenant/", { signal: given }));

  it("in process comes later", async () => {
    const began = performance.now();
    assert.equal((await inProcess({ delayMs: 60 })).status, 200);
    assert.ok(performance.now() - began >= 55);
  });

  it("in process never comes, as fetch says it", async () => {
    await assert.rejects(inProcess({ drop: true }), (error: Error & { cause?: { code: string } }) => {
      assert.ok(error instanceof TypeError);
      assert.deepEqual([error.message, error.cause?.code], ["fetch failed", "ECONNRESET"]);
      return true;
    });
  });

  it("in process is not waited for by a caller that gives up", async () => {
    await assert.rejects(inProcess({ delayMs: 600_000 }, AbortSignal.timeout(20)), { name: "TimeoutError" });
    await assert.rejects(inProcess({}, AbortSignal.abort()), { name: "AbortError" });
  });
});

describe("a tenant with limits", () => {
  const throttling = { windowSeconds: 3_600, tenant: 6, application: 3, retryAfter: true };

  it("answers 429 as Graph does, and each request of a batch on its own", async () => {
    const world = openWorld();
    world.tenant.context.db.run("INSERT INTO setting VALUES ('throttling', :value)", {
      value: JSON.stringify(throttling),
    });
    const requests = Array.from({ length: 5 }, (_, id) => ({ id: `${id}`, method: "GET", url: "/users" }));
    const { status, body } = await world.post("/v1.0/$batch", { requests });
    assert.equal(status, 200);
    const statuses = body.responses.map((part: { status: number }) => part.status);
    assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
    const last = body.responses[4];
    assert.ok(Number(last.headers["retry-after"] ?? last.headers["Retry-After"]) > 3_500);
    const refused = await world.get("/beta/users");
    assert.deepEqual([refused.status, refused.body.error.code], [429, "TooManyRequests"]);
    assert.match(refused.headers.get("retry-after") ?? "", /^3[56]\d\d$/);
    world.tenant.close();
  });

  it("leaves Retry-After out when it is told to", async () => {
    const world = openWorld();
    world.tenant.context.db.run("INSERT INTO setting VALUES ('throttling', :value)", {
      value: JSON.stringify({ ...throttling, application: 1, retryAfter: false }),
    });
    assert.equal((await world.get("/beta/users")).status, 200);
    const refused = await world.get("/beta/users");
    assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, null]);
    world.tenant.close();
  });
});
