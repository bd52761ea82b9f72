import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { makeProject, type Project, type Ran } from "./project";

const appId = "6f1e1c1e-0000-4000-8000-000000000001";
const secret = "let me in";
const seed = JSON.stringify({
  tenant: { displayName: "Contoso", domain: "contoso.example" },
  clock: "2020-03-02T08:00:00Z",
  users: [{ userPrincipalName: "ada@contoso.example", displayName: "Ada" }],
  applications: [{ appId, secretSha256: createHash("sha256").update(secret).digest("hex"), scopes: ["User.Read.All"] }],
});

/** Asks, trusting the given certificate; gives the answer's status and JSON. */
const ask = (url: string, ca?: string, headers: Record<string, string> = {}, body?: string) =>
  new Promise<{ status: number; body: Record<string, unknown> }>((done, failed) => {
    const sent = request(url, { ca, headers, method: body === undefined ? "GET" : "POST" }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => done({ status: response.statusCode!, body: JSON.parse(text) }));
    });
    sent.on("error", failed).end(body);
  });

describe("tenant serve", function () {
  this.timeout(120_000);
  let project: Project;
  before(async () => {
    project = await makeProject({ "seed.yaml": seed });
  });
  after(() => project.remove());

  /** Serves until the work with what it says on stdout is done, then ends it as Ctrl-C does. */
  async function serve<T>(
    args: string[],
    work: (said: string, child: ChildProcess) => Promise<T>,
    ready = /\n$/,
  ): Promise<[Ran, T]> {
    let working: Promise<T> | undefined;
    const ran = await project.run(["tenant", "serve", "--port", "0", "--seed", "seed.yaml", ...args], {
      onOutput: (stdout, child) => {
        if (working || !ready.test(stdout)) return;
        working = work(stdout, child);
        working.catch(() => {}).finally(() => child.kill("SIGINT"));
      },
    });
    assert.equal(ran.code, 0, ran.stderr);
    assert.ok(working, "it said nothing");
    return [ran, await working];
  }

  it("says where it is, and how clients get there", async () => {
    const [{ stdout, stderr }, status] = await serve(["--data", "plain"], async (line) => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      return (await fetch(`${url}/v1.0/users`)).status;
    });
    assert.equal(status, 200);
    const [, url = ""] = /^Tenant of .*plain on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(stdout) ?? [];
    assert.ok(stderr.includes(`INTUNE_MAIL_ENDPOINT=${url}`) && stderr.includes(`${url}/v1.0`), stderr);
  });

  it("over HTTPS with tokens: the certificate that it names is the one to trust", async () => {
    const secured = async (stdout: string) => {
      const url = /https:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0];
      const file = /NODE_EXTRA_CA_CERTS=(.+)/.exec(stdout)?.[1] ?? "";
      const ca = readFileSync(file, "utf8");
      const form = { grant_type: "client_credentials", client_id: appId, client_secret: secret };
      const token = await ask(
        `${url}/contoso.example/oauth2/v2.0/token`,
        ca,
        { "content-type": "application/x-www-form-urlencoded" },
        new URLSearchParams({ ...form, scope: "https://graph.microsoft.com/.default" }).toString(),
      );
      const authorization = `Bearer ${token.body.access_token}`;
      return [await ask(`${url}/v1.0/users`, ca), await ask(`${url}/v1.0/users`, ca, { authorization })] as const;
    };
    const args = ["--data", "secure", "--https", "--auth"];
    const [ran, answers] = await serve(args, secured, /NODE_EXTRA_CA_CERTS=.*\n$/);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [401, 200],
    );
    assert.match(ran.stderr, /sign in at https:/);
    assert.ok(existsSync(join(project.folder, "secure/tenant.pem")));
  });

  it("with --json says one line for programs", async () => {
    const [{ stdout }, answer] = await serve(["--data", "json", "--https", "--json"], (line) => {
      const { url, certificate } = JSON.parse(line) as Record<string, string>;
      return ask(`${url}/v1.0/users`, readFileSync(certificate!, "utf8"));
    });
    assert.equal(answer.status, 200);
    const { url, ...rest } = JSON.parse(stdout) as Record<string, string>;
    assert.match(String(url), /^https:/);
    assert.equal(stdout.trimEnd().includes("\n"), false);
    const data = String(rest.data);
    assert.deepEqual(rest, { certificate: join(data, "tenant.pem"), data });
    assert.match(data, /[\\/]json$/);
  });

  it("with --throttle has Graph's limits, which the next run has too; without, none", async () => {
    const limits = async (line: string) => {
      const { url } = JSON.parse(line) as { url: string };
      const { throttling } = (await (await fetch(`${url}/simulation/throttling`)).json()) as {
        throttling: { tenant: number } | null;
      };
      return throttling?.tenant;
    };
    assert.equal((await serve(["--data", "free", "--json"], limits))[1], undefined);
    assert.equal((await serve(["--data", "free", "--json", "--throttle"], limits))[1], 4000);
    assert.equal((await serve(["--data", "free", "--json"], limits))[1], 4000);
  });

  it("refuses a folder that is served already, with the first one's address, and leaves that one alone", async () => {
    const [, [second, status]] = await serve(["--data", "one", "--json"], async (line, child) => {
      const { url } = JSON.parse(line) as { url: string };
      const ran = await project.run(["tenant", "serve", "--port", "0", "--data", "one"]);
      assert.match(ran.stderr, new RegExp(`${url} by process ${child.pid}`));
      return [ran, (await fetch(`${url}/v1.0/users`)).status] as const;
    });
    assert.deepEqual([second.code, second.stdout, status], [1, "", 200]);
    assert.match(second.stderr, /is served already.*another data folder/);
  });

  it("lets other verbs work on its folder beside it", async () => {
    const [, clock] = await serve(["--data", "beside", "--json"], async (line) => {
      const { url } = JSON.parse(line) as { url: string };
      await project.json(["tenant", "clock", "--advance", "1h", "--data", "beside"]);
      return project.json<{ now: string }>(["tenant", "clock", "--endpoint", url]);
    });
    assert.equal(clock.now, "2020-03-02T09:00:00Z");
  });
});
