/** `status` as a shell runs it: on a tenant in which everything has happened, and on a plain Graph service. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createColors } from "picocolors";
import { noCounts, type StatusDocument } from "../../provider/cli/status/document";
import { statusLines } from "../../provider/cli/status/lines";
import { smallCompany } from "../../provider/settings";
import { openTenant, readSeed, type Tenant } from "../../provider/tenant";
import { assign, configurations, makeProfile, profileBodies, type World, worldOf } from "../tenant/world";
import { makeProject, type Project, root } from "./project";

const host = { hostName: "mail.contoso.example" };

/** Profiles in every state that a status can tell of. */
async function fill(world: World): Promise<void> {
  const make = (kind: keyof typeof profileBodies, name: string, groups: string[]) =>
    makeProfile(world, kind, { displayName: name, ...host }, groups);
  const checkIn = () => world.post("/simulation/checkIn", {});
  await make("ios", "iPhones", ["iPhone users"]);
  await make("androidForWorkGmail", "Gmail", ["Gmail users"]);
  await make("windowsPhone81", "Nobody", []);
  const samsung = await make("samsungKnox", "Samsung", ["Samsung users"]);
  const windows = await make("windows10", "Windows", ["Windows 10 users"]);
  await checkIn();
  // Chloé and Dev have to approve a change (E8); the only profile stays on the laptops (D3).
  const change = { "@odata.type": profileBodies.samsungKnox["@odata.type"], durationOfEmailToSync: "oneDay" };
  assert.equal((await world.call("PATCH", `${configurations}/${samsung}`, change)).status, 200);
  await assign(world, windows, []);
  await checkIn();
}

/** The tenant's Graph without its finer points, and nothing beside it: what another service can be to the command. */
async function plainService(tenant: Tenant): Promise<Server> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, "http://localhost");
    if (!/^\/(beta|v1\.0)\//.test(url.pathname)) {
      response.writeHead(400, { "content-type": "application/json" });
      const error = { code: "BadRequest", message: `Invalid version: ${url.pathname.split("/")[1]}` };
      return response.end(JSON.stringify({ error }));
    }
    url.searchParams.delete("$expand");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
    const headers = { "content-type": "application/json" };
    const answer = await tenant.fetch(new Request(url, { method: request.method, headers, body }));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

/** Where each value of a document stands: `profiles[].devices[].status`. */
function pathsOf(value: unknown, at = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => pathsOf(each, `${at}[]`));
  if (typeof value !== "object" || value === null) return [at];
  return Object.entries(value).flatMap(([key, each]) => pathsOf(each, at ? `${at}.${key}` : key));
}

describe("status", function () {
  this.timeout(120_000);
  let project: Project;
  let world: World;
  let status: StatusDocument;
  before(async () => {
    project = await makeProject({ "package.json": "{}" });
    const data = join(project.folder, ".intune-mail");
    world = worldOf(openTenant({ data, seed: readSeed(readFileSync(smallCompany, "utf8"), "the small company") }));
    await fill(world);
    status = await project.json(["status"]);
  });
  after(() => {
    world.tenant.close();
    project.remove();
  });

  const of = (name: string) => status.profiles.find(({ displayName }) => displayName === name)!;

  it("sums up all profiles (D2)", () => {
    const { profiles, deployed, retainedCount, ...counts } = status.summary;
    assert.deepEqual([profiles, deployed, retainedCount], [5, 3, 2]);
    for (const name of Object.keys(noCounts) as (keyof typeof noCounts)[]) {
      const sum = status.profiles.reduce((all, { deviceStatusOverview }) => all + deviceStatusOverview[name], 0);
      assert.equal(counts[name], sum, name);
    }
    assert.ok(counts.successCount > 0 && counts.pendingCount > 0 && counts.errorCount > 0);
  });

  it("has the numbers that Graph has", async () => {
    for (const { id, deviceStatusOverview, userStatusOverview } of status.profiles) {
      for (const [name, ours] of Object.entries({ deviceStatusOverview, userStatusOverview })) {
        const { body } = await world.get(`${configurations}/${id}/${name}`);
        for (const [key, value] of Object.entries(ours)) assert.equal(body[key], value, `${name}.${key}`);
      }
    }
  });

  const reports: { name: string; profile: string; devices: [string, string, string][] }[] = [
    {
      name: "an account of the user's own and a version that is too low (E9, E1)",
      profile: "iPhones",
      devices: [
        ["BEN-IPHONE", "E9", "error"],
        ["HUGO-IPHONE", "E1", "notApplicable"],
      ],
    },
    { name: "a missing app (E10)", profile: "Gmail", devices: [["EVA-PIXEL", "E10", "unknown"]] },
    {
      name: "changes that wait for approval (E8)",
      profile: "Samsung",
      devices: [
        ["CHLOE-GALAXY", "E8", "unknown"],
        ["DEV-GALAXY", "E8", "unknown"],
      ],
    },
    {
      name: "a profile that stays as the only one (D3)",
      profile: "Windows",
      devices: [
        ["ADA-DESKTOP", "D3", "notAssigned"],
        ["FINN-LAPTOP", "D3", "notAssigned"],
      ],
    },
    { name: "nothing where all is well", profile: "Nobody", devices: [] },
  ];
  for (const { name, profile, devices } of reports) {
    it(`lists ${name}`, () => {
      const found = of(profile).devices.map((row) => [row.deviceName, row.rule, row.status]);
      assert.deepEqual(found.sort(), devices);
    });
  }

  it("counts what is retained (D3), and tells who is in error", () => {
    assert.equal(of("Windows").retainedCount, 2);
    assert.equal(of("Windows").deployed, false);
    assert.deepEqual(
      of("iPhones").users.map(({ userPrincipalName, status }) => [userPrincipalName, status]),
      [["ben@contoso.example", "error"]],
    );
  });

  it("gives every alert its rule", () => {
    const found = status.alerts.map(({ rule, deviceName }) => `${rule} ${deviceName}`);
    for (const alert of ["E9 BEN-IPHONE", "E10 EVA-PIXEL", "D3 FINN-LAPTOP"]) assert.ok(found.includes(alert), alert);
    assert.deepEqual(
      status.alerts.filter(({ rule }) => rule === null),
      [],
    );
  });

  it("tells what people saw: prompts (E8), password requests (E6), the portal's messages (E9)", () => {
    const saw = (kind: string) =>
      status.notices?.filter((notice) => notice.kind === kind).map(({ deviceName }) => deviceName);
    assert.deepEqual(saw("approvalAsked")?.sort(), ["CHLOE-GALAXY", "DEV-GALAXY"]);
    assert.deepEqual(saw("portalMessage"), ["BEN-IPHONE"]);
    assert.ok(saw("passwordAsked")?.includes("ADA-IPHONE"));
    assert.ok(!saw("passwordAsked")?.includes("BEN-IPHONE"), "nothing is installed there");
  });

  it("is for people a short table first", async () => {
    const { code, stdout } = await project.run(["status"]);
    assert.equal(code, 0);
    const lines = stdout.split("\n");
    assert.match(lines[0]!, /^profile +installed +pending +error +conflict +not applicable +retained$/);
    assert.match(stdout, /^Nobody \(not deployed\) +- +- +- +- +- +-$/m);
    assert.match(stdout, /^Windows \(not deployed\) +- .* 2$/m);
    assert.match(stdout, /^5 profiles +/m);
    assert.match(stdout, /^ +E9 +iPhones +BEN-IPHONE +ben@contoso\.example +The user's own account/m);
    assert.match(stdout, /^ +E8 +Samsung +CHLOE-GALAXY asks its user to approve the change, since 2020-/m);
    assert.match(stdout, /^ +E6 +iPhones +ADA-IPHONE asked for the password$/m);
  });

  it("tells of many devices in the same case together, and of each where one profile is asked for", () => {
    const iphones = of("iPhones");
    const devices = Array.from({ length: 400 }, (_, at) => ({ ...iphones.devices[0]!, deviceName: `PHONE-${at + 1}` }));
    const many = { ...status, profiles: [{ ...iphones, devices: [...iphones.devices.slice(1), ...devices] }] };
    const lines = (whole: boolean) => statusLines(many, createColors(false), whole);
    const together = lines(false).filter((line) => /PHONE-\d/.test(line));
    assert.deepEqual(together.length, 1);
    assert.match(
      together[0]!,
      /^ +E9 +iPhones +400 devices +duplicate account: PHONE-1, PHONE-2, PHONE-3 and 397 more$/,
    );
    assert.ok(
      lines(false).some((line) => line.includes("HUGO-IPHONE")),
      "the rest is still there",
    );
    assert.equal(lines(true).filter((line) => /PHONE-\d/.test(line)).length, 400);
  });

  it("is of one profile, where that is asked for", async () => {
    const one = await project.json<StatusDocument>(["status", "--profile", "IPHONES"]);
    assert.deepEqual(one.profiles, [of("iPhones")]);
    assert.equal(one.summary.profiles, 1);
    assert.ok([...one.alerts, ...one.notices!].every(({ profileId }) => profileId === of("iPhones").id));
    const missing = await project.run(["status", "--profile", "Lumias"]);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /no email profile "Lumias"\. The tenant has:\n +Gmail for/);
  });

  it("of a tenant without profiles says so", async () => {
    const { code, stdout } = await project.run(["status", "--data", "empty"]);
    assert.equal(code, 0);
    assert.equal(stdout, "The tenant has no email profile. Deploy one first (intune-mail up).\n");
  });

  it("tells of a deleted profile that devices still report on (D4)", async () => {
    const data = join(project.folder, "deleting");
    const other = worldOf(openTenant({ data, seed: readSeed(readFileSync(smallCompany, "utf8"), "of the test") }));
    const windows = await makeProfile(other, "windows10", { displayName: "Windows" }, ["Windows 10 users"]);
    await makeProfile(other, "ios", { displayName: "iPhones" });
    await other.post("/simulation/checkIn", {});
    await assign(other, windows, []);
    await other.post("/simulation/checkIn", {});
    assert.equal((await other.call("DELETE", `${configurations}/${windows}`)).status, 204);
    other.tenant.close();
    const { stdout } = await project.run(["status", "--data", "deleting"]);
    assert.match(stdout, /^ +D3 +\(deleted\) +FINN-LAPTOP +finn@contoso\.example/m);
  });

  it("lists what is installed and cannot connect all the same (E11)", async () => {
    const data = join(project.folder, "ssl");
    const other = worldOf(openTenant({ data, seed: readSeed(readFileSync(smallCompany, "utf8"), "of the test") }));
    await makeProfile(other, "samsungKnox", { displayName: "Samsung", ...host, requireSsl: true }, ["Samsung users"]);
    await other.post("/simulation/checkIn", {});
    other.tenant.close();
    const { profiles } = await project.json<StatusDocument>(["status", "--data", "ssl"]);
    assert.deepEqual(
      profiles[0]?.devices.map(({ deviceName, rule, status }) => [deviceName, rule, status]),
      [
        ["CHLOE-GALAXY", "E11", "compliant"],
        ["DEV-GALAXY", "E11", "compliant"],
      ],
    );
  });

  describe("of a service that is plain Graph", () => {
    let server: Server;
    let endpoint: string[];
    let plain: StatusDocument;
    before(async () => {
      server = await plainService(world.tenant);
      endpoint = ["--endpoint", `http://127.0.0.1:${(server.address() as AddressInfo).port}`];
      plain = await project.json(["status", ...endpoint]);
    });
    after(() => server.close());

    it("has the same numbers, and says nothing that Graph cannot tell", () => {
      assert.equal(plain.simulation, false);
      assert.equal(plain.clock, null);
      assert.equal(plain.notices, null);
      assert.deepEqual(plain.summary, status.summary);
      const rows = plain.profiles.flatMap(({ devices }) =>
        devices.map((row) => [row.deviceName, row.rule, row.reason]),
      );
      assert.deepEqual(rows.sort(), [
        ["ADA-DESKTOP", "D3", null],
        ["BEN-IPHONE", null, null],
        ["FINN-LAPTOP", "D3", null],
      ]);
      assert.deepEqual(plain.alerts.map(({ deviceName }) => deviceName).sort(), rows.map(([name]) => name).sort());
    });

    it("says so to people", async () => {
      const { code, stdout } = await project.run(["status", ...endpoint]);
      assert.equal(code, 0);
      assert.match(stdout, /^This service has no \/simulation/m);
      assert.match(stdout, /^ +iPhones +BEN-IPHONE +ben@contoso\.example +error$/m);
    });

    it("gets its payloads as well", async () => {
      const { code, stdout, stderr } = await project.run([
        "payload",
        "iPhones",
        "--user",
        "ada@contoso.example",
        ...endpoint,
      ]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /ada\.moreau@contoso\.example/);
    });
  });

  it("has the fields that docs/guides/status.md describes, and no others", () => {
    const guide = readFileSync(join(root, "docs/guides/status.md"), "utf8");
    const [, table = ""] = guide.split("## The document");
    const described = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!);
    const found = pathsOf(status).map((path) => path.replace(/[a-zA-Z]+Count$/, countsIn));
    assert.deepEqual([...new Set(found)].sort(), described.sort());
  });
});

const countsIn = (name: string) => (name in noCounts ? "counts" : name);
