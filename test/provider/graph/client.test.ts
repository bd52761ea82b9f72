/** The Graph client on a network that nock plays: what is asked again, what is not, and what users read. */
import assert from "node:assert/strict";
import nock from "nock";
import { Agent } from "undici";
import { type Graph, graphClient } from "../../../provider/graph/client";
import { overHttp } from "../../../provider/graph/connect";
import { GraphAnswerError, GraphUnreachableError, isGone, mayHaveHappened } from "../../../provider/graph/errors";
import { clientCredentials } from "../../../provider/graph/token";
import type { Properties } from "../../../provider/values";

const endpoint = "https://graph.example";
const error = (code: string, message: string) => ({ error: { code, message } });
const down = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:443"), { code: "ECONNREFUSED" });
const slow = Object.assign(new Error("headers time-out"), { code: "UND_ERR_HEADERS_TIMEOUT" });

// nock takes the network over when it is loaded; suites that start processes, in the same run, need theirs.
nock.restore();

describe("the Graph client", () => {
  before(() => nock.activate());
  after(() => nock.restore());

  let agent: Agent;
  let graph: Graph;
  let slept: number[];
  let service: nock.Scope;

  beforeEach(() => {
    nock.disableNetConnect();
    agent = new Agent();
    slept = [];
    service = nock(endpoint);
    graph = client();
  });
  afterEach(async () => {
    nock.cleanAll();
    nock.enableNetConnect();
    await agent.close();
  });

  const client = (token?: (refused?: string) => Promise<string>) =>
    graphClient({
      endpoint,
      send: overHttp(agent),
      token,
      sleep: async (ms) => {
        slept.push(ms);
      },
    });

  async function failure(request: Promise<unknown>): Promise<Error> {
    const thrown = await request.then(
      () => assert.fail("it did not fail"),
      (error: Error) => error,
    );
    assert.equal(thrown.stack, "", "users see no stack");
    return thrown;
  }

  /** Every interceptor was used, and (as nock refuses the rest) nothing else was sent. */
  const allUsed = () => assert.deepEqual(nock.pendingMocks(), []);

  describe("answers", () => {
    const cases: { name: string; status: number; body: nock.Body; headers?: Record<string, string>; says: RegExp }[] = [
      {
        name: "404",
        status: 404,
        body: error("ResourceNotFound", "no such thing"),
        says: /404 ResourceNotFound: no such thing$/,
      },
      {
        name: "403",
        status: 403,
        body: error("Forbidden", "scope is missing"),
        says: /403 Forbidden: scope is missing Grant the application the permission/,
      },
      {
        name: "400",
        status: 400,
        body: error("BadRequest", "no"),
        headers: { "request-id": "abc-1" },
        says: /400 BadRequest: no \(request-id abc-1\)$/,
      },
      {
        name: "500",
        status: 500,
        body: error("InternalServerError", "sorry"),
        says: /500 InternalServerError: sorry$/,
      },
    ];
    const wrapped = (message: string) =>
      `{\r\n  "_version": 3,\r\n  "Message": "${message}",\r\n  "RetryAfter": null\r\n}`;
    cases.push(
      {
        name: "Intune's text of JSON within the message",
        status: 400,
        body: error(
          "BadRequest",
          wrapped("Bad name - Operation ID (for customer support): 00000000-0000 - Activity ID: 1 - Url: https://x"),
        ),
        says: /400 BadRequest: Bad name$/,
      },
      {
        name: "a message in braces that is no JSON",
        status: 400,
        body: error("BadRequest", "{odd}"),
        says: /BadRequest: \{odd\}$/,
      },
      {
        name: "an error that is no JSON",
        status: 500,
        body: "<html>Gateway</html>",
        says: /500 unknown: <html>Gateway<\/html>$/,
      },
      { name: "an error without a body", status: 500, body: "", says: /500 unknown: \(no body\)$/ },
      { name: "an error of another shape", status: 400, body: { oops: true }, says: /400 unknown: / },
    );
    for (const { name, status, body, headers, says } of cases) {
      it(`says ${name}, once`, async () => {
        service.get("/beta/x").reply(status, body, headers);
        const thrown = await failure(graph.get("/x"));
        assert.ok(thrown instanceof GraphAnswerError);
        assert.match(thrown.message, says);
        assert.match(thrown.message, /^GET \/beta\/x was answered with/);
        assert.equal(isGone(thrown), status === 404, "only 404 means gone");
        assert.deepEqual(slept, []);
        allUsed();
      });
    }

    for (const [name, body] of Object.entries({ "no JSON": "<html>Sign in</html>", "half of it": '{"id":' })) {
      it(`treats a success that is ${name} as an answer that was lost`, async () => {
        service.post("/beta/x").reply(201, body);
        const thrown = await failure(graph.post("/x", {}));
        assert.ok(mayHaveHappened(thrown));
        assert.match(thrown.message, /^POST \/beta\/x got an answer from https:\/\/graph\.example that is not Graph's/);
        allUsed();
      });
    }

    it("are none with 204", async () => {
      service.post("/beta/x/sync").reply(204);
      assert.equal(await graph.post("/x/sync", {}), undefined);
    });
  });

  describe("tries again", () => {
    type Reply = [number, nock.Body?, Record<string, string>?] | Error;
    const ok: Reply = [200, { id: "1" }];
    const busy = (retryAfter?: string): Reply => [
      429,
      error("TooManyRequests", "wait"),
      retryAfter === undefined ? {} : { "retry-after": retryAfter },
    ];
    const cases: {
      name: string;
      method: "GET" | "POST" | "PATCH" | "DELETE";
      replies: Reply[];
      slept: number[];
      fails?: RegExp;
    }[] = [
      { name: "429 with Retry-After", method: "GET", replies: [busy("7"), ok], slept: [7000] },
      {
        name: "429 with Retry-After of a write: it had no effect",
        method: "POST",
        replies: [busy("2"), ok],
        slept: [2000],
      },
      { name: "429 without Retry-After", method: "PATCH", replies: [busy(), busy(), ok], slept: [1000, 2000] },
      {
        name: "429 with a Retry-After that is no number",
        method: "GET",
        replies: [busy("Wed, 21 Oct 2026 07:28:00 GMT"), ok],
        slept: [1000],
      },
      { name: "429 that asks for an hour", method: "GET", replies: [busy("3600"), ok], slept: [120_000] },
      { name: "429 that asks for no time", method: "GET", replies: [busy("-5"), ok], slept: [0] },
      {
        name: "429 without end",
        method: "GET",
        replies: Array<Reply>(6).fill(busy()),
        slept: [1000, 2000, 4000, 8000, 16_000],
        fails: /429 TooManyRequests: wait The tenant throttles/,
      },
      { name: "503 of a read", method: "GET", replies: [[503, "down"], ok], slept: [1000] },
      {
        name: "503 with Retry-After of a read",
        method: "GET",
        replies: [[503, "down", { "retry-after": "3" }], ok],
        slept: [3000],
      },
      { name: "502 and 504 of a read", method: "GET", replies: [[502], [504], ok], slept: [1000, 2000] },
      { name: "503 of a write: not again", method: "POST", replies: [[503, "down"]], slept: [], fails: /503/ },
      { name: "503 of a change: not again", method: "PATCH", replies: [[503, "down"]], slept: [], fails: /503/ },
      { name: "503 of a deletion: not again", method: "DELETE", replies: [[503, "down"]], slept: [], fails: /503/ },
      { name: "500 of a read: not again", method: "GET", replies: [[500, "bug"]], slept: [], fails: /500/ },
      { name: "a refused connection of a read, soon", method: "GET", replies: [down, ok], slept: [500] },
      {
        name: "a read where nobody listens, once only; it can have had no effect",
        method: "GET",
        replies: [down, down],
        slept: [500],
        fails:
          /^GET \/beta\/x got no answer from https:\/\/graph\.example \(ECONNREFUSED\)\. Check that the tenant is running and that the endpoint is right\.$/,
      },
      {
        name: "a write where nobody listens: not again, and it can have had no effect",
        method: "POST",
        replies: [down],
        slept: [],
        fails: /\(ECONNREFUSED\)\. Check that the tenant is running and that the endpoint is right\.$/,
      },
      {
        name: "a read that never gets through",
        method: "GET",
        replies: Array<Reply>(6).fill(slow),
        slept: [1000, 2000, 4000, 8000, 16_000],
        fails: /\(UND_ERR_HEADERS_TIMEOUT\)\. Check that the tenant is running and that the endpoint is right\.$/,
      },
      { name: "a time-out of a read", method: "GET", replies: [slow, ok], slept: [1000] },
      {
        name: "a time-out of a write: not again",
        method: "POST",
        replies: [slow],
        slept: [],
        fails: /got no answer.*\(UND_ERR_HEADERS_TIMEOUT\).*may or may not have taken effect/,
      },
    ];
    for (const { name, method, replies, slept: expected, fails } of cases) {
      it(name, async () => {
        for (const [attempt, reply] of replies.entries()) {
          const request = nock(
            endpoint,
            attempt > 0 ? { reqheaders: { "retry-attempt": String(attempt) } } : {},
          ).intercept("/beta/x", method);
          if (reply instanceof Error) request.replyWithError(reply);
          else request.reply(reply[0], reply[1], reply[2]);
        }
        const call = {
          GET: () => graph.get("/x"),
          POST: () => graph.post("/x", {}),
          PATCH: () => graph.patch("/x", {}),
          DELETE: () => graph.delete("/x"),
        };
        if (fails) assert.match((await failure(call[method]())).message, fails);
        else assert.deepEqual(await call[method](), { id: "1" });
        assert.deepEqual(slept, expected);
        allUsed();
      });
    }
  });

  describe("reads pages", () => {
    it("to the last one, by the link that it is given", async () => {
      service
        .get("/beta/x?$filter=a")
        .reply(200, { value: [1, 2], "@odata.nextLink": `${endpoint}/beta/x?$skiptoken=p%202` });
      service
        .get("/beta/x?$skiptoken=p%202")
        .reply(200, { value: [], "@odata.nextLink": `${endpoint}/beta/x?$skiptoken=3` });
      service.get("/beta/x?$skiptoken=3").reply(200, { value: [3] });
      assert.deepEqual(await graph.list("/x?$filter=a"), [1, 2, 3]);
      allUsed();
    });

    const bad: { name: string; body: Properties | Properties[]; says: RegExp }[] = [
      {
        name: "a page that leads elsewhere: the token goes with it",
        body: { value: [], "@odata.nextLink": "https://graph.example.evil/beta/x" },
        says: /its next page is https:\/\/graph\.example\.evil/,
      },
      {
        name: "a page that leads to itself",
        body: { value: [], "@odata.nextLink": "/x" },
        says: /its next page is \/x/,
      },
      { name: "what is no collection", body: { id: 1 }, says: /it is no collection/ },
    ];
    for (const { name, body, says } of bad) {
      it(`refuses ${name}`, async () => {
        service.get("/beta/x").reply(200, body);
        assert.match((await failure(graph.list("/x"))).message, says);
        allUsed();
      });
    }
  });

  it("keeps to the version that a path names, and to beta else", async () => {
    for (const path of ["/v1.0/users", "/beta/users", "/simulation/status"]) service.get(path).reply(200, {});
    service.get("/beta/users").reply(200, {});
    for (const path of ["/v1.0/users", "/beta/users", "/simulation/status", "/users"]) await graph.get(path);
    allUsed();
  });

  describe("signs in", () => {
    const authority = "https://login.example";
    const credentials = { tenantId: "contoso", clientId: "app", clientSecret: "S3cret!", authority };
    const signedIn = () => client(clientCredentials(credentials, overHttp(agent)));
    const token = (value: string) =>
      nock(authority)
        .post("/contoso/oauth2/v2.0/token", {
          grant_type: "client_credentials",
          client_id: "app",
          client_secret: "S3cret!",
          scope: "https://graph.microsoft.com/.default",
        })
        .reply(200, { token_type: "Bearer", access_token: value });
    const asks = (bearer: string, path = "/beta/x") =>
      nock(endpoint, { reqheaders: { authorization: `Bearer ${bearer}` } }).get(path);

    it("once for many requests", async () => {
      token("one");
      asks("one").times(2).reply(200, {});
      asks("one", "/v1.0/y").reply(200, {});
      const graph = signedIn();
      await Promise.all([graph.get("/x"), graph.get("/v1.0/y")]);
      await graph.get("/x");
      allUsed();
    });

    it("anew after a 401, once for all that run side by side", async () => {
      token("old");
      token("new");
      const graph = signedIn();
      for (const path of ["/beta/x", "/v1.0/y"]) {
        asks("old", path).reply(401, error("InvalidAuthenticationToken", "expired"));
        asks("new", path).reply(200, {});
      }
      asks("new").reply(200, {});
      await Promise.all([graph.get("/x"), graph.get("/v1.0/y")]);
      await graph.get("/x");
      assert.deepEqual(slept, []);
      allUsed();
    });

    it("and gives up where the new token is refused as well", async () => {
      token("old");
      token("new");
      asks("old").reply(401, error("InvalidAuthenticationToken", "expired"));
      asks("new").reply(401, error("InvalidAuthenticationToken", "still no"));
      const { message } = await failure(signedIn().get("/x"));
      assert.match(message, /401 InvalidAuthenticationToken: still no Check the token or client credentials/);
      allUsed();
    });

    it("not again where there is one token only", async () => {
      asks("fixed").reply(401, error("InvalidAuthenticationToken", "no"));
      assert.match((await failure(client(async () => "fixed").get("/x"))).message, /401/);
      allUsed();
    });

    const description = "AADSTS7000215: Invalid client secret provided.";
    const refusals: { name: string; status: number; body: nock.Body; says: RegExp }[] = [
      {
        name: "a wrong secret",
        status: 401,
        body: { error: "invalid_client", error_description: description },
        says: /401 invalid_client: AADSTS7000215.*clientSecret/,
      },
      {
        name: "an unknown tenant",
        status: 400,
        body: { error: "invalid_request" },
        says: /400 invalid_request: invalid_request$/,
      },
      {
        name: "a page of HTML",
        status: 200,
        body: "<html>",
        says: /got an answer from https:\/\/login\.example that is not Graph's \(it holds no token\)/,
      },
      { name: "an answer without token", status: 200, body: {}, says: /it holds no token/ },
    ];
    for (const { name, status, body, says } of refusals) {
      it(`and says ${name}, without the secret`, async () => {
        nock(authority).post("/contoso/oauth2/v2.0/token").times(6).reply(status, body);
        const { message } = await failure(signedIn().get("/x"));
        assert.match(message, /^POST \/contoso\/oauth2\/v2\.0\/token /);
        assert.match(message, says);
        assert.ok(!message.includes("S3cret!"));
      });
    }

    it("and asks again after a failure", async () => {
      nock(authority).post("/contoso/oauth2/v2.0/token").reply(400, { error: "temporarily_unavailable" });
      const graph = signedIn();
      await failure(graph.get("/x"));
      token("one");
      asks("one").reply(200, { id: "1" });
      assert.deepEqual(await graph.get("/x"), { id: "1" });
    });
  });

  it("knows what may have had an effect", () => {
    const answered = (status: number) => new GraphAnswerError(status, "x", "x", "POST /x", undefined);
    const found = [400, 401, 404, 409, 429, 500, 502, 503, 504].filter((status) => mayHaveHappened(answered(status)));
    assert.deepEqual(found, [500, 502, 503, 504]);
    assert.ok(mayHaveHappened(new GraphUnreachableError("POST /x", slow, endpoint)));
    assert.ok(!mayHaveHappened(new GraphUnreachableError("POST /x", down, endpoint)), "nobody took it");
    assert.ok(!mayHaveHappened(new Error("a bug")));
  });
});
