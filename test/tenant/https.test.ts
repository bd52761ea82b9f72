import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openTenant, readSeed, type ServedTenant, ServeError, serveTenant, type Tenant } from "../../provider/tenant";
import { makeCertificate, namesOf } from "../../provider/tenant/https";
import { configurations, profileBodies, seedText } from "./world";

const appId = "6f1e1c1e-0000-4000-8000-000000000001";
const secret = "let me in";
const tenantId = "11111111-2222-4333-8444-555555555555";
const seed = readSeed(
  seedText({
    users: [{ userPrincipalName: "ada@test.example", displayName: "Ada" }],
    applications: [
      {
        appId,
        secretSha256: createHash("sha256").update(secret).digest("hex"),
        scopes: ["User.Read.All", "DeviceManagementConfiguration.ReadWrite.All"],
      },
    ],
  }),
  "of the test",
);

describe("HTTPS", () => {
  let data: string;
  let tenant: Tenant;
  let served: ServedTenant;
  before(async () => {
    data = await mkdtemp(join(tmpdir(), "tenant-"));
    tenant = openTenant({ data, seed, auth: "required" });
    served = await serveTenant(tenant, { https: { certificateFile: join(data, "tenant.pem") } });
  });
  after(async () => {
    await served.close();
    tenant.close();
    await rm(data, { recursive: true });
  });

  /** Runs a client that trusts what a user would have it trust. */
  async function runClient(trusted: string | undefined, clientSecret = secret) {
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--require", "tsx/cjs", join(__dirname, "msalClient.ts"), served.url, tenantId, appId, clientSecret],
      { env: { ...env, ...(trusted && { NODE_EXTRA_CA_CERTS: trusted }) } },
    );
    return JSON.parse(stdout) as {
      status?: number;
      value?: { displayName: string }[];
      error?: string;
      message?: string;
    };
  }

  it("Microsoft's own library gets a token, and Graph takes it", async () => {
    const { status, value } = await runClient(join(data, "tenant.pem"));
    assert.equal(status, 200);
    assert.deepEqual(
      value?.map(({ displayName }) => displayName),
      ["Ada"],
    );
  });

  it("it says what is wrong with a wrong secret", async () => {
    const { error, message } = await runClient(join(data, "tenant.pem"), "guess");
    assert.equal(error, "invalid_client");
    assert.match(String(message), /AADSTS7000215/);
  });

  it("who does not trust the certificate gets nothing", async () => {
    await assert.rejects(fetch(`${served.url}/beta/users`), (error: Error & { cause?: { code?: string } }) => {
      assert.equal(error.cause?.code, "DEPTH_ZERO_SELF_SIGNED_CERT");
      return true;
    });
    assert.equal((await runClient(undefined)).status, undefined);
  });

  /** Asks by HTTPS itself, which gives every header. */
  const ask = (path: string, method = "GET", body?: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
      const sent = request(served.url + path, { method, ca: served.certificate!, headers }, (response) => {
        let text = "";
        response.on("data", (chunk) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode!, body: JSON.parse(text) }));
      });
      sent.on("error", reject).end(body);
    });

  it("links begin with https and the caller's own host, whatever a proxy is said to be", async () => {
    const { body: token } = await ask(
      "/test.example/oauth2/v2.0/token",
      "POST",
      new URLSearchParams({
        grant_type: "client_credentials",
        client_id: appId,
        client_secret: secret,
        scope: "https://graph.microsoft.com/.default",
      }).toString(),
      { "content-type": "application/x-www-form-urlencoded" },
    );
    const headers = {
      authorization: `Bearer ${token.access_token}`,
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "http",
      forwarded: "host=evil.example;proto=http",
    };
    for (const displayName of ["P", "Q"]) {
      const made = await ask(configurations, "POST", JSON.stringify({ displayName, ...profileBodies.ios }), headers);
      assert.equal(made.status, 201);
    }
    const { body } = await ask(`${configurations}?$top=1`, "GET", undefined, headers);
    for (const name of ["@odata.context", "@odata.nextLink"]) {
      assert.ok(String(body[name]).startsWith(`${served.url}/beta/`), `${name}: ${body[name]}`);
    }
  });

  it("the data folder holds the certificate, and no private key", () => {
    assert.equal(readFileSync(join(data, "tenant.pem"), "utf8"), served.certificate);
    assert.match(served.url, /^https:\/\/127\.0\.0\.1:\d+$/);
    for (const file of readdirSync(data)) assert.ok(!readFileSync(join(data, file)).includes("PRIVATE KEY"), file);
  });

  it("who speaks HTTP without TLS is turned away, and the server goes on", async () => {
    await assert.rejects(fetch(served.url.replace("https", "http")), TypeError);
    assert.equal((await ask("/common/discovery/instance")).status, 200);
  });

  it("a file that cannot be written is named, and nothing is left listening", async () => {
    const other = openTenant();
    const certificateFile = join(data, "none", "tenant.pem");
    await assert.rejects(
      serveTenant(other, { https: { certificateFile } }),
      (error) => error instanceof ServeError && error.message.includes(certificateFile),
    );
    other.close();
  });
});

describe("the certificate", () => {
  it("is for this machine's loopback names and the host that is served, for servers only, and of now", async () => {
    const { certificate, key } = await makeCertificate("tenant.test.example");
    const read = new X509Certificate(certificate);
    for (const name of ["localhost", "tenant.test.example"]) assert.equal(read.checkHost(name), name);
    for (const address of ["127.0.0.1", "::1"]) assert.equal(read.checkIP(address), address);
    assert.equal(read.checkHost("other.example"), undefined);
    assert.equal(read.ca, false);
    assert.deepEqual(read.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
    assert.equal(read.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    assert.ok(read.verify(read.publicKey));
    assert.match(key, /^-----BEGIN/);
    const days = (read.validToDate.getTime() - read.validFromDate.getTime()) / 86_400_000;
    assert.ok(read.validFromDate.getTime() <= Date.now() && days > 29 && days < 398, `${days} days`);
  });

  it("is another one each time", async () => {
    const [one, two] = [await makeCertificate("127.0.0.1"), await makeCertificate("127.0.0.1")];
    assert.notEqual(one.certificate, two.certificate);
    assert.notEqual(one.key, two.key);
  });

  const hosts: [string, RegExp][] = [
    ["127.0.0.1", /^localhost 127\.0\.0\.1 ::1$/],
    ["10.1.2.3", /^localhost 127\.0\.0\.1 ::1 10\.1\.2\.3$/],
    ["0.0.0.0", /^localhost 127\.0\.0\.1 ::1 \S/],
  ];
  for (const [host, names] of hosts) it(`of ${host} names it`, () => assert.match(namesOf(host).join(" "), names));
});
