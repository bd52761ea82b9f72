/** What a preview advises, by rule: that it is said once, to whom it concerns, and not where all is well. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { advice } from "../../provider/advice";
import type { Json, Send } from "../../provider/graph/client";
import type { Kind } from "../../provider/resources";
import { type Properties, UNKNOWN } from "../../provider/values";
import { enginesHere } from "../engines";
import { profileInputs } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

const configurations = "/deviceManagement/deviceConfigurations";

/** A resource of a program, as the provider's check gets it. */
interface Met {
  kind: Kind;
  inputs: Properties;
}

const profile = (platform: Parameters<typeof profileInputs>[0], displayName: string, over: Properties = {}): Met => ({
  kind: "EmailProfile",
  inputs: profileInputs(platform, { displayName, ...over }),
});
const knox = (displayName: string, over: Properties = {}) => profile("samsungKnox", displayName, over);
/** The deployment of what the program makes: its name is known, its id is not yet. */
const to = (profileName: string, over: Properties): Met => ({
  kind: "Deployment",
  inputs: { kind: "Deployment", profileId: UNKNOWN, profileName, ...over },
});
const groups = (...includedGroups: string[]) => ({ includedGroups });

describe("advice at preview", () => {
  let tenant: Rehearsal;
  beforeEach(() => {
    tenant = rehearse();
  });
  afterEach(() => tenant.close());

  async function preview(program: Met[], run = tenant): Promise<string[]> {
    for (const { kind, inputs } of program) assert.deepEqual((await run.cycle(kind).check({}, inputs)).failures, []);
    run.complete();
    return run.advised;
  }

  const one = knox("One", { hostName: "one.contoso.example" });
  const two = knox("Two", { hostName: "two.contoso.example" });
  const gmail = profile("androidForWorkGmail", "Gmail");

  /** `says` is one line by that rule; absent, there is none. */
  const cases: { name: string; rule: string; program: Met[]; says?: RegExp }[] = [
    ...(["windowsPhone81", "samsungKnox", "windows10"] as const).map((platform) => ({
      name: `${platform}, whose platform has ended`,
      rule: "E1",
      program: [profile(platform, "One"), profile(platform, "Two")],
      says: /^warning: .* has ended.*\(E1; general knowledge\)/,
    })),
    { name: "a platform that goes on", rule: "E1", program: [profile("ios", "One"), gmail] },
    { name: "annotations on the simulated tenant", rule: "E3", program: [gmail] },
    {
      name: "two KNOX profiles on different hosts for a group in common",
      rule: "E9",
      program: [one, two, to("One", groups("Samsung users", "Gmail users")), to("Two", groups("Samsung users"))],
      says: /^warning: Email profiles "One" \(one\.contoso\.example\) and "Two" \(two\.contoso\.example\) are both deployed to Samsung users: /,
    },
    {
      name: "the same in another order, with everybody on one side",
      rule: "E9",
      program: [two, to("Two", { allDevices: true }), one, to("One", groups("Samsung users"))],
      says: /"One".*"Two".* deployed to Samsung users: /,
    },
    {
      name: "everybody on both sides",
      rule: "E9",
      program: [one, two, to("One", { allDevices: true }), to("Two", { allLicensedUsers: true })],
      says: /deployed to all users or devices: /,
    },
    {
      name: "two KNOX profiles for different groups",
      rule: "E9",
      program: [one, two, to("One", groups("Gmail users")), to("Two", groups("Samsung users"))],
    },
    {
      name: "a group that the other leaves out",
      rule: "E9",
      program: [
        one,
        two,
        to("One", groups("Samsung users")),
        to("Two", { allDevices: true, excludedGroups: ["Samsung users"] }),
      ],
    },
    {
      name: "two KNOX profiles on one host",
      rule: "E9",
      program: [
        one,
        knox("Two", { hostName: "one.contoso.example" }),
        to("One", groups("Samsung users")),
        to("Two", groups("Samsung users")),
      ],
    },
    {
      name: "two iOS profiles",
      rule: "E9",
      program: [
        profile("ios", "One", { hostName: "one.contoso.example" }),
        profile("ios", "Two", { hostName: "two.contoso.example" }),
        to("One", groups("iPhone users")),
        to("Two", groups("iPhone users")),
      ],
    },
    {
      name: "groups that are not known yet",
      rule: "E9",
      program: [one, two, to("One", groups(UNKNOWN)), to("Two", groups("Samsung users"))],
    },
    {
      name: "KNOX with SSL and no certificate",
      rule: "E11",
      program: [one, to("One", groups("Samsung users", "Gmail users"))],
      says: /^warning: Email profile "One" uses SSL, .* deployed to Samsung users, Gmail users: without the certificate of one\.contoso\.example/,
    },
    {
      name: "KNOX without SSL",
      rule: "E11",
      program: [knox("One", { requireSsl: false }), to("One", groups("Samsung users"))],
    },
    { name: "KNOX with SSL that is not deployed", rule: "E11", program: [one] },
    { name: "iOS with SSL", rule: "E11", program: [profile("ios", "One"), to("One", groups("iPhone users"))] },
    {
      name: "a profile of Gmail, where the app is not deployed",
      rule: "E10",
      program: [gmail, to("Gmail", groups("Gmail users"))],
      says: /^warning: Email profile "Gmail" needs the app Gmail, which is not deployed to Gmail users: .*com\.google\.android\.gm/,
    },
    { name: "a profile of Gmail that is not deployed", rule: "E10", program: [gmail] },
    {
      name: "the licence of Nine Work, as information",
      rule: "E10",
      program: [profile("androidForWorkNineWork", "One"), profile("androidForWorkNineWork", "Two")],
      says: /^Nine Work may need a licence/,
    },
  ];
  for (const { name, rule, program, says } of cases) {
    it(`${rule}: ${says ? "tells of" : "is silent about"} ${name}`, async () => {
      const found = (await preview(program)).filter((line) => line.includes(`(${rule}`));
      assert.equal(found.length, says ? 1 : 0, found.join("\n"));
      if (says) assert.match(found[0] ?? "", says);
    });
  }

  it("has a case for each row of the table", () => {
    const tested = new Set(cases.filter(({ says }) => says).map(({ rule }) => rule));
    assert.deepEqual(
      advice.map(({ rule }) => rule).filter((rule) => !tested.has(rule) && rule !== "E3" && rule !== "E12"),
      [],
    );
  });

  // --- what the tenant has beside the program ---------------------------------------------------------------------------

  const groupId = async (name: string) =>
    ((await tenant.raw("GET", `/groups?$filter=displayName eq '${name}'`)).value as Json[])[0]?.id;

  async function assign(path: string, list: "assignments" | "mobileAppAssignments", group: string): Promise<void> {
    const target = { "@odata.type": "#microsoft.graph.groupAssignmentTarget", groupId: await groupId(group) };
    const assignment = list === "assignments" ? { target } : { intent: "required", target };
    await tenant.raw("POST", `${path}/assign`, { [list]: [assignment] });
  }

  async function byHand(type: string, displayName: string, over: Json, group: string): Promise<string> {
    const body = { "@odata.type": `#microsoft.graph.${type}`, displayName, ...over };
    const { id } = await tenant.raw("POST", configurations, body);
    assert.ok(id, `${displayName} was not made`);
    await assign(`${configurations}/${id}`, "assignments", group);
    return String(id);
  }

  it("E11: is content with a certificate that was deployed by hand", async () => {
    await byHand("androidTrustedRootCertificate", "Root", { trustedRootCertificate: "QQ==" }, "Samsung users");
    const found = await preview([one, to("One", groups("Samsung users", "Gmail users"))]);
    assert.match(found.find((line) => line.includes("(E11)")) ?? "", /deployed to Gmail users: /);
  });

  it("E9: names a profile that was made by hand", async () => {
    const { id } = await tenant.cycle("EmailProfile").create(two.inputs);
    await assign(`${configurations}/${id}`, "assignments", "Samsung users");
    const again = rehearse(undefined, tenant.tenant);
    const found = await preview([one, to("One", groups("Samsung users"))], again);
    assert.match(found.find((line) => line.includes("(E9)")) ?? "", /"One".*"Two".*deployed to Samsung users/);
  });

  it("E10: is content with an app that is assigned to the same groups", async () => {
    const { value } = await tenant.raw("GET", "/deviceAppManagement/mobileApps");
    const app = (value as Json[]).find(({ packageId }) => packageId === "com.google.android.gm");
    assert.ok(app, "the tenant has Gmail");
    await assign(`/deviceAppManagement/mobileApps/${app.id}`, "mobileAppAssignments", "Gmail users");
    const found = await preview([gmail, to("Gmail", groups("Gmail users"))]);
    assert.deepEqual(
      found.filter((line) => line.includes("(E10)")),
      [],
    );
  });

  for (const app of ["Gmail", "com.google.android.gm"]) {
    it(`E10: is content with an AppDeployment of ${app} to the same groups, wherever it is in the program`, async () => {
      const inputs = { kind: "AppDeployment", app, intent: "required", ...groups("Gmail users") };
      const deployed: Met = { kind: "AppDeployment", inputs };
      const found = await preview([gmail, to("Gmail", groups("Gmail users", "iPhone users")), deployed]);
      assert.match(found.find((line) => line.includes("(E10)")) ?? "", /not deployed to iPhone users: /);
    });
  }

  it("E12: tells of a certificate that is not deployed to the groups of the profile", async () => {
    const scep = {
      renewalThresholdPercentage: 20,
      subjectNameFormat: "commonName",
      certificateValidityPeriodValue: 1,
      certificateValidityPeriodScale: "years",
      extendedKeyUsages: [],
      scepServerUrls: ["https://scep.contoso.example"],
      keyUsage: "digitalSignature",
      keySize: "size2048",
    };
    const id = await byHand("iosScepCertificateProfile", "Identity", scep, "iPhone users");
    const byCertificate = { authenticationMethod: "certificate", identityCertificate: id };
    const program = [profile("ios", "One", byCertificate), to("One", groups("iPhone users", "All mail users"))];
    const found = await preview(program);
    assert.match(
      found.join("\n"),
      new RegExp(
        `^warning: The certificate that identityCertificate .* ${id}, is not deployed to All mail users: .*\\(E12\\)\\.$`,
      ),
    );
  });

  // --- what changes -----------------------------------------------------------------------------------------------------

  it("E8: an in-place change tells how many devices have the profile, a replacement does not", async () => {
    const cycle = tenant.cycle("EmailProfile");
    const inputs = profileInputs("ios", { hostName: "elsewhere.contoso.example" });
    const { id, outs } = (await cycle.create(inputs)) as { id: string; outs: Properties };
    await tenant.cycle("Deployment").create({ kind: "Deployment", profileId: id, ...groups("iPhone users") });
    await cycle.diff(id, outs, { ...inputs, requireSsl: false });
    assert.deepEqual(tenant.advised, [], "no device has it yet");
    await tenant.tenant.fetch(new Request("http://tenant.example/simulation/checkIn", { method: "POST" }));
    const { successCount } = await tenant.raw("GET", `${configurations}/${id}/deviceStatusOverview`);
    assert.ok(Number(successCount) > 0, "devices have it now");
    const run = rehearse(undefined, tenant.tenant);
    const diff = (news: Properties) => run.cycle("EmailProfile").diff(id, outs, { ...inputs, ...news });
    await diff({});
    await diff({ displayName: "Another name", description: "for administrators", roleScopeTagIds: ["1"] });
    await diff({ hostName: "other.contoso.example", requireSsl: false });
    assert.deepEqual(run.advised, []);
    await diff({ requireSsl: false });
    await diff({ requireSsl: false });
    assert.equal(run.advised.length, 1);
    assert.match(
      run.advised[0] ?? "",
      new RegExp(`^warning: Email profile "Mail" changes in place on ${successCount} device.*\\(E8\\)`),
    );
  });

  // --- another service --------------------------------------------------------------------------------------------------

  /** Graph's own service: it has no /simulation. */
  const real =
    (send: Send): Send =>
    (request) =>
      new URL(request.url).pathname.startsWith("/simulation")
        ? Promise.resolve(new Response("{}", { status: 404 }))
        : send(request);

  it("E3: tells that annotations have no effect on another service", async () => {
    const found = await preview([gmail], rehearse(real, tenant.tenant));
    assert.deepEqual(
      found.map(
        (line) => /^warning: (\w+) of email profile "Gmail" has no effect on this service: .*\(E3\)\.$/.exec(line)?.[1],
      ),
      ["accountName", "emailSyncSchedule"],
    );
  });

  it("E3: is silent there about what is not given", async () => {
    const bare = profile("androidForWorkGmail", "Gmail", { accountName: undefined, emailSyncSchedule: undefined });
    assert.deepEqual(await preview([bare], rehearse(real, tenant.tenant)), []);
  });

  it("is no reason to fail: a service that refuses what only advice needs gives none", async () => {
    const poor =
      (send: Send): Send =>
      (request) => {
        const refused =
          /mobileApps|simulation|deviceStatusOverview/.test(request.url) || request.url.includes("expand");
        return refused ? Promise.resolve(new Response("{}", { status: 400 })) : send(request);
      };
    const found = await preview([gmail, to("Gmail", groups("Gmail users"))], rehearse(poor, tenant.tenant));
    assert.deepEqual(
      found.filter((line) => line.includes("(E10)")),
      [],
    );
  });
});

for (const engine of enginesHere()) {
  it(`advice on the ${engine.name} engine comes as warnings, at the first preview already (E9, E11)`, async function () {
    this.timeout(120_000);
    const home = resolve(__dirname, "../../.intune-mail");
    mkdirSync(home, { recursive: true });
    const cwd = mkdtempSync(join(home, "advice-"));
    const knox = (name: string) => {
      const { kind: _, ...args } = profileInputs("samsungKnox", {
        displayName: name,
        hostName: `${name}.contoso.example`,
      });
      return `
        const ${name} = new EmailProfile("${name}", ${JSON.stringify(args)});
        new Deployment("${name}", { profileId: ${name}.id, includedGroups: ["Samsung users"] });`;
    };
    writeFileSync(join(cwd, "Pulumi.yaml"), "name: advice\nruntime: nodejs\nmain: index.js\n");
    const head = 'const { Deployment, EmailProfile } = require("pulumi-intune-mail");';
    writeFileSync(join(cwd, "index.js"), [head, knox("one"), knox("two")].join("\n"));
    try {
      const { diagnostics } = await engine.preview({ cwd, stack: "dev", env: { INTUNE_MAIL_QUIET: "true" } });
      const warnings = diagnostics.filter(({ severity }) => severity === "warning").map(({ message }) => message);
      const about = (rule: string) => warnings.filter((message) => message.endsWith(`(${rule}).`));
      assert.match(about("E9").join("\n"), /^Email profiles "one" .* and "two" .* both deployed to Samsung users: /);
      // Said when the engine ends the provider.
      assert.equal(about("E11").length, 2);
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  });
}
