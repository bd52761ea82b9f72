/** Which permissions each address demands: what a token without them is told, and what docs/permissions.md says. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openTenant, readSeed, type Tenant } from "../../provider/tenant";
import type { Route } from "../../provider/tenant/route";
import { routes } from "../../provider/tenant/routes";
import { intuneText, seedText, type World, worldOf } from "./world";

const appId = "6f1e1c1e-0000-4000-8000-000000000001";
const secret = "let me in";
const seed = seedText({
  applications: [
    {
      appId,
      secretSha256: createHash("sha256").update(secret).digest("hex"),
      scopes: ["DeviceManagementConfiguration.Read.All"],
    },
  ],
});

async function tokenOf(tenant: Tenant): Promise<string> {
  const form = {
    grant_type: "client_credentials",
    client_id: appId,
    client_secret: secret,
    scope: "https://graph.microsoft.com/.default",
  };
  const request = new Request("http://x/test.example/oauth2/v2.0/token", {
    method: "POST",
    body: new URLSearchParams(form),
  });
  return ((await (await tenant.fetch(request)).json()) as { access_token: string }).access_token;
}

const rowsOf = (methods: readonly string[], has: boolean) =>
  routes.flatMap((route) =>
    route.versions
      .filter(() => methods.includes(route.method) && route.scopes.length > 0)
      .filter(() => route.scopes.includes("DeviceManagementConfiguration.Read.All") === has)
      .map((version) => ({ route, path: `/${version}${route.path.replace(/:\w+/g, "x")}` })),
  );

describe("permissions", () => {
  let world: World;
  let headers: Record<string, string>;
  before(async () => {
    world = worldOf(openTenant({ auth: "required", seed: readSeed(seed, "x") }));
    headers = { authorization: `Bearer ${await tokenOf(world.tenant)}` };
  });
  after(() => world.tenant.close());

  for (const { route, path } of rowsOf(["GET", "POST", "PATCH", "PUT", "DELETE"], false)) {
    it(`${route.method} ${path}: 403 that names ${route.scopes.length} permission(s)`, async () => {
      const answer = await world.call(route.method, path, route.method === "GET" ? undefined : {}, headers);
      assert.deepEqual([answer.status, answer.body.error.code], [403, "Forbidden"]);
      const ofIntune = /^\/device(App)?Management\b/.test(route.path);
      const said = ofIntune ? intuneText(answer) : answer.body.error.message;
      const list = /must have one of the following scopes: ([\w., ]+?)(?: - Operation ID.*)?$/s.exec(said)?.[1];
      assert.deepEqual(list?.split(", "), route.scopes);
    });
  }

  it("a token with one of them gets through", async () => {
    const through = rowsOf(["GET"], true);
    assert.ok(through.length > 20);
    for (const { path } of through) {
      assert.notEqual((await world.call("GET", path, undefined, headers)).status, 403, path);
    }
  });

  it("writing needs more than reading", () => {
    const changing = rowsOf(["PATCH", "PUT", "DELETE"], true).map(({ path }) => path);
    assert.deepEqual(changing, []);
  });
});

// --- the list for people ----------------------------------------------------------------------------------------------

const file = join(__dirname, "../../docs/permissions.md");
const heading =
  "<!-- The rest is made by test/tenant/permissions.test.ts: run it with UPDATE_GOLDEN=1 after a change of routes. -->\n";

/** One table for each list of permissions, with the addresses that it opens. */
function tables(): string {
  const byScopes = new Map<string, Route[]>();
  for (const route of routes.filter(({ scopes, versions }) => scopes.length > 0 && !versions.includes("simulation"))) {
    const key = [...new Set(route.scopes)].map((scope) => `\`${scope}\``).join(", ");
    byScopes.set(key, [...(byScopes.get(key) ?? []), route]);
  }
  const section = ([scopes, opened]: [string, Route[]]) => {
    const paths = [...new Set(opened.map(({ path }) => path))].sort();
    const row = (path: string) => {
      const here = opened.filter((route) => route.path === path);
      const versions = [...new Set(here.flatMap((route) => route.versions))].join(", ");
      return `| \`${path}\` | ${here.map(({ method }) => method).join(", ")} | ${versions} |`;
    };
    return `\n## ${scopes.replace(/^(?=.*, )/, "One of ")}\n\n| address | methods | in |\n| --- | --- | --- |\n${paths.map(row).join("\n")}\n`;
  };
  return [...byScopes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(section)
    .join("");
}

describe("docs/permissions.md", () => {
  it("lists the permissions of every address", () => {
    const text = readFileSync(file, "utf8");
    const [introduction, listed] = text.split(heading);
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, `${introduction}${heading}${tables()}`);
    else assert.equal(listed, tables(), "docs/permissions.md is behind: run this test with UPDATE_GOLDEN=1.");
  });
});
