/** InvokeCommand over HTTP, asked with plain fetch: requests, answers, accounts and errors in Exchange's form (X4). */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { openTenant, type ServedTenant, serveTenant, type Tenant } from "../../../provider/tenant";
import { refusalSeed, writeRefusals } from "../../../provider/tenant/exchange/refusals";
import { account, easId, eventsOf, mailboxOf, organization, primary, second, seedOf, writeCount } from "../sync/world";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const password = "correct horse";

/** An answer, or an error; a test reads the parts that its answer has. */
interface Body {
  "@odata.context": string;
  "adminapi.warnings@odata.type": string;
  "@adminapi.warnings": string[];
  "@simulation.uSN": { before: number; after: number };
  value: Record<string, unknown>[];
  error: {
    code: string;
    message: string;
    details: { message: string }[];
    innererror: { internalexception: { message: string; type: string } };
  };
}

describe("Exchange's REST endpoint", () => {
  let tenant: Tenant;
  let served: ServedTenant;

  before(async () => {
    const accounts = [
      { name: account, passwordSha256: sha256(password) },
      { name: "CONTOSO\\reader", cmdlets: ["Get-ActiveSyncDevice"], passwordSha256: sha256(password) },
      { name: "CONTOSO\\throttled", throttling: { operations: 1, seconds: 60 }, passwordSha256: sha256(password) },
      { name: "CONTOSO\\crowded", runspaces: 4, runspacesInUse: 4, passwordSha256: sha256(password) },
      { name: "CONTOSO\\unproven" },
    ];
    const down = [{ from: "2020-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" }];
    const clientAccessServers = [{ fqdn: primary, down }, { fqdn: second }];
    const records: [number, number][] = [
      [0, 0],
      [1, 1],
      [2, 2],
    ];
    tenant = openTenant({ auth: "required", seed: seedOf({ records, exchange: { accounts, clientAccessServers } }) });
    // Tokens of the directory are not asked for: Exchange has accounts of its own.
    served = await serveTenant(tenant);
  });
  after(() => served.close());

  const basic = (user: string, word = password) => `Basic ${Buffer.from(`${user}:${word}`).toString("base64")}`;

  async function post(
    body: unknown,
    { to = organization, as = basic(account, password) as string | null, method = "POST" } = {},
  ) {
    const address = `${served.url}/adminapi/beta/${encodeURIComponent(to)}/InvokeCommand`;
    const headers = { "content-type": "application/json", ...(as === null ? {} : { authorization: as }) };
    const response = await fetch(address, {
      method,
      headers,
      ...(method === "GET" ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
  }

  const cmdlet = (CmdletName: string, Parameters?: object) => ({ CmdletInput: { CmdletName, Parameters } });

  it("answers with objects, warnings and their type", async () => {
    const { status, headers, body } = await post(cmdlet("Get-ActiveSyncDevice", { ResultSize: 2 }));
    assert.equal(status, 200);
    assert.match(headers.get("content-type")!, /^application\/json/);
    const base = `${served.url}/adminapi/beta/${organization}`;
    assert.equal(body["@odata.context"], `${base}/$metadata#Collection(Exchange.GenericHashTable)`);
    assert.equal(body["adminapi.warnings@odata.type"], "#Collection(String)");
    assert.match(body["@adminapi.warnings"][0]!, /more results available than are currently displayed \(2\)/);
    assert.deepEqual(
      body.value.map(({ DeviceId }) => DeviceId),
      [easId(0), easId(1)],
    );
    const identity = `${mailboxOf(0)}\\ExchangeActiveSyncDevices\\EAS§iPhone§${easId(0)}`;
    assert.equal(body.value[0]!.Identity, identity);
  });

  for (const to of [organization, "contoso.example", "CONTOSO.EXAMPLE", second, "cas02"]) {
    it(`finds '${to}'`, async () => {
      assert.equal((await post(cmdlet("Get-ExchangeServer"), { to })).body.value.length, 2);
    });
  }

  it("takes hash tables, and writes", async () => {
    const table = { "@odata.type": "#Exchange.GenericHashTable", Add: [easId(0)], Remove: ["OTHER"] };
    const before = writeCount(tenant.context);
    const parameters = { Identity: mailboxOf(0), ActiveSyncBlockedDeviceIDs: table };
    const { status, body } = await post(cmdlet("Set-CASMailbox", parameters));
    assert.equal(status, 200);
    assert.deepEqual(body.value, []);
    assert.ok(body["@simulation.uSN"].after > body["@simulation.uSN"].before);
    assert.equal(writeCount(tenant.context), before + 1);
    const { body: after } = await post(cmdlet("Get-CasMailbox", { Identity: mailboxOf(0) }));
    assert.deepEqual(after.value[0]!.ActiveSyncBlockedDeviceIDs, [easId(0)]);
    assert.deepEqual(eventsOf(tenant.context, "exchangeCmdlet"), [
      `Set-CasMailbox in ${organization} on ${mailboxOf(0)}.`,
    ]);
  });

  it("takes lower-case keys of hash tables, as clients of the real endpoint send them, and one id", async () => {
    const parameters = { Identity: mailboxOf(1), ActiveSyncAllowedDeviceIDs: { add: easId(1) } };
    assert.equal((await post(cmdlet("Set-CasMailbox", parameters))).status, 200);
    const { body } = await post(cmdlet("Get-CasMailbox", { Identity: "user1" }));
    assert.deepEqual(body.value[0]!.ActiveSyncAllowedDeviceIDs, [easId(1)]);
  });

  interface Refusal {
    status: number;
    code: string;
    message: RegExp;
    body?: unknown;
    options?: Parameters<typeof post>[1];
    retryAfter?: string;
  }
  const device = cmdlet("Get-ActiveSyncDevice");
  const refusals: Record<string, Refusal> = {
    "no account": { status: 401, code: "Unauthorized", message: /HTTP Basic/, options: { as: null } },
    "a token instead of an account": {
      status: 401,
      code: "Unauthorized",
      message: /HTTP Basic/,
      options: { as: "Bearer x" },
    },
    "an account that is not there": {
      status: 401,
      code: "Unauthorized",
      message: /'CONTOSO\\nobody'/,
      options: { as: basic("CONTOSO\\nobody") },
    },
    "an account whose password nobody knows, of a tenant that demands proof": {
      status: 401,
      code: "Unauthorized",
      message: /no passwordSha256 of 'CONTOSO\\unproven'/,
      options: { as: basic("CONTOSO\\unproven") },
    },
    "a wrong password": {
      status: 401,
      code: "Unauthorized",
      message: /^(?!.*battery).*Access is denied/,
      options: { as: basic(account, "battery staple") },
    },
    "a cmdlet that the account lacks (X4)": {
      status: 403,
      code: "Forbidden",
      message: /'CONTOSO\\reader'.*'Get-Recipient' \(X4\)/,
      body: cmdlet("Get-Recipient"),
      options: { as: basic("CONTOSO\\reader") },
    },
    "a cmdlet that does not exist": {
      status: 404,
      code: "NotFound",
      message: /'Get-Mailman' is not recognized/,
      body: cmdlet("Get-Mailman"),
    },
    "an object that is not there": {
      status: 404,
      code: "NotFound",
      message: /'nobody@x' couldn't be found/,
      body: cmdlet("Get-CasMailbox", { Identity: "nobody@x" }),
    },
    "an organization that is not there": {
      status: 404,
      code: "NotFound",
      message: /'Fabrikam' is no organization or server\. Organizations are: 'Contoso Mail'/,
      options: { to: "Fabrikam" },
    },
    "a parameter that does not exist": {
      status: 400,
      code: "BadRequest",
      message: /'Color'/,
      body: cmdlet("Get-ActiveSyncDevice", { Color: 1 }),
    },
    "a parameter that is Exchange's alone": {
      status: 400,
      code: "BadRequest",
      message: /'SortBy'.*simulation does not have it/,
      body: cmdlet("Get-ActiveSyncDevice", { SortBy: "DeviceId" }),
    },
    "a hash table of another type": {
      status: 400,
      code: "BadRequest",
      message: /'#Exchange\.Table'/,
      body: cmdlet("Set-CasMailbox", {
        Identity: mailboxOf(0),
        ActiveSyncBlockedDeviceIDs: { "@odata.type": "#Exchange.Table" },
      }),
    },
    "a body without a cmdlet": { status: 400, code: "BadRequest", message: /CmdletInput/, body: {} },
    "a server that is down": {
      status: 503,
      code: "ServiceUnavailable",
      message: /cas01.*does not answer/,
      options: { to: primary },
    },
    "too many runspaces (X8)": {
      status: 503,
      code: "ServerBusy",
      message: /maximum of 4 concurrent shells, of which something else holds 4/,
      options: { as: basic("CONTOSO\\crowded") },
      retryAfter: "5",
    },
  };
  for (const [name, { status, code, message, body = device, options, retryAfter }] of Object.entries(refusals)) {
    it(`refuses ${name}: ${status} ${code}`, async () => {
      const answer = await post(body, options);
      assert.equal(answer.status, status);
      const { error } = answer.body;
      assert.equal(error.code, code);
      assert.equal(error.message, "Invalid Operation");
      assert.match(error.innererror.internalexception.message, message);
      const { type } = error.innererror.internalexception;
      assert.equal(error.details[0]!.message, `|${type}|${error.innererror.internalexception.message}`);
      assert.equal(answer.headers.get("retry-after"), retryAfter ?? null);
      assert.equal(answer.headers.get("www-authenticate"), status === 401 ? 'Basic realm="Exchange"' : null);
    });
  }

  it("throttles an account: 429, and when to ask again, by the tenant's clock", async () => {
    const as = basic("CONTOSO\\throttled");
    assert.equal((await post(device, { as })).status, 200);
    const { status, headers, body } = await post(device, { as });
    assert.deepEqual([status, headers.get("retry-after")], [429, "60"]);
    assert.equal(body.error.code, "TooManyRequests");
    tenant.context.clock.set(tenant.context.clock.nowMs() + 60_000);
    assert.equal((await post(device, { as })).status, 200);
  });

  it("has one request only, and says which", async () => {
    const { status, body } = await post(undefined, { method: "GET" });
    assert.equal(status, 404);
    assert.match(body.error.message, /InvokeCommand is all that it has/);
  });

  it("a lost answer: 504, and the cmdlet has run", async () => {
    const { context } = tenant;
    writeRefusals(context, [refusalSeed.parse({ cmdlet: "Set-CasMailbox", kind: "timeout", times: 1 })]);
    const parameters = { Identity: mailboxOf(2), ActiveSyncBlockedDeviceIDs: [easId(2)] };
    assert.equal((await post(cmdlet("Set-CasMailbox", parameters))).status, 504);
    const rows = context.db.all("SELECT list FROM easAccessList WHERE mailbox = :mailbox", { mailbox: mailboxOf(2) });
    assert.deepEqual(
      rows.map(({ list }) => list),
      ["blocked"],
    );
    assert.equal((await post(cmdlet("Set-CasMailbox", parameters))).status, 200);
  });

  it("keeps no password", () => {
    const tables = tenant.context.db.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'");
    for (const { name } of tables) {
      const rows = tenant.context.db.all(`SELECT * FROM "${name}"`);
      assert.ok(!JSON.stringify(rows).includes(password), `the table ${name} holds the password`);
    }
    assert.ok(!JSON.stringify(tenant.context.requests.list({})).includes(password));
  });
});
