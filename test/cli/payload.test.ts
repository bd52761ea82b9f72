/** `payload` as a shell runs it: whom a deployment reaches, what is written, and what is said about the rest. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PayloadDocument } from "../../provider/cli/payload/make";
import { readPayload } from "../../provider/payload/payload";
import { smallCompany } from "../../provider/settings";
import { openTenant, readSeed } from "../../provider/tenant";
import { assign, configurations, groupId, makeProfile, profileBodies, type World, worldOf } from "../tenant/world";
import { makeProject, type Project } from "./project";

const types = Object.keys(profileBodies) as (keyof typeof profileBodies)[];

/** The small company with one profile of each type, made past the provider; the iOS one has certificates. */
async function fill(world: World): Promise<Record<string, string>> {
  const made: Record<string, string> = {};
  for (const type of types) made[type] = await makeProfile(world, type, { displayName: `Mail for ${type}` });
  const create = async (type: string, properties: object) => {
    const { status, body } = await world.post(configurations, {
      "@odata.type": `#microsoft.graph.${type}`,
      ...properties,
    });
    assert.equal(status, 201, JSON.stringify(body));
    return body.id as string;
  };
  const root = await create("iosTrustedRootCertificate", {
    displayName: "Contoso root",
    trustedRootCertificate: "AQID",
    certFileName: "root.cer",
  });
  const scep = await create("iosScepCertificateProfile", {
    displayName: "Contoso identity",
    certificateValidityPeriodScale: "years",
    certificateValidityPeriodValue: 1,
    renewalThresholdPercentage: 20,
    subjectNameFormat: "commonName",
    subjectAlternativeNameType: "none",
    scepServerUrls: ["https://scep.contoso.example"],
    keyUsage: "digitalSignature",
    keySize: "size2048",
    "rootCertificate@odata.bind": `https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations('${root}')`,
  });
  const patched = await world.call("PATCH", `${configurations}/${made.ios}`, {
    "@odata.type": profileBodies.ios["@odata.type"],
    useOAuth: true,
    authenticationMethod: "certificate",
    "identityCertificate@odata.bind": `https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations('${scep}')`,
  });
  assert.equal(patched.status, 200, JSON.stringify(patched.body));
  // Nested groups, less some of their people.
  await assign(world, made.ios!, ["All mail users", "-Windows 10 users", "-Nine Work users"]);
  // A group of devices, one of which has a user.
  const devices = await world.get("/beta/deviceManagement/managedDevices");
  const laptop = devices.body.value.find(({ deviceName }: { deviceName: string }) => deviceName === "FINN-LAPTOP");
  await world.post(`/beta/groups/${await groupId(world, "Shared tablets")}/members/$ref`, {
    "@odata.id": `https://graph.microsoft.com/beta/directoryObjects/${laptop.azureADDeviceId}`,
  });
  await assign(world, made.windows10!, ["Shared tablets"]);
  await assign(world, made.androidForWorkNineWork!, ["Nine Work users"]);
  await assign(world, made.samsungKnox!, ["Samsung users"]);
  // Everybody with a licence: hugo has none, and two accounts have no address.
  await world.post(`${configurations}/${made.androidForWorkGmail}/assign`, {
    assignments: [{ target: { "@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget" } }],
  });
  return made;
}

const names = ["ada", "ben", "chloe", "dev", "eva", "finn", "grace"];
const reached: Record<string, string[]> = {
  "Mail for androidForWorkGmail": names,
  "Mail for androidForWorkNineWork": ["dev"],
  "Mail for ios": ["ben", "chloe", "eva", "grace", "hugo"],
  "Mail for samsungKnox": ["chloe", "dev"],
  "Mail for windows10": ["finn"],
};

describe("payload", function () {
  this.timeout(120_000);
  let project: Project;
  let ids: Record<string, string>;
  before(async () => {
    project = await makeProject({ "package.json": "{}" });
    const data = join(project.folder, ".intune-mail");
    const world = worldOf(
      openTenant({ data, seed: readSeed(readFileSync(smallCompany, "utf8"), "the small company") }),
    );
    ids = await fill(world);
    world.tenant.close();
  });
  after(() => project.remove());

  const ios = ["payload", "Mail for ios"];
  const ada = ["--user", "ada@contoso.example"];

  describe("of one profile and user", () => {
    it("is on stdout, and what it lacks on stderr", async () => {
      const { code, stdout, stderr } = await project.run([...ios, ...ada]);
      assert.equal(code, 0, stderr);
      const settings = readPayload("ios", stdout);
      assert.equal(settings.emailAddress, "ada.moreau@contoso.example");
      assert.equal(settings.hostName, "mail.test.example");
      assert.match(stderr, /^note: Mail for ios: certificate "Contoso identity": the challenge is a secret/m);
    });

    it("holds the certificates that the profile is linked to, read through Graph (E12)", async () => {
      const { stdout } = await project.run([...ios, ...ada]);
      for (const text of ["com.apple.security.scep", "https://scep.contoso.example", "com.apple.security.root", "AQID"])
        assert.ok(stdout.includes(text), text);
    });

    it("is found by ids as well as by names, whatever their case, and is the same each time", async () => {
      const { stdout: named } = await project.run(["payload", "MAIL FOR IOS", "--user", "ADA@contoso.example"]);
      const { files } = await project.json<PayloadDocument>(["payload", ids.ios!, ...ada]);
      const { stdout } = await project.run(["payload", ids.ios!, "--user", files[0]!.user.id]);
      assert.equal(stdout, named);
      assert.equal(files[0]?.text, named);
    });

    for (const type of types) {
      it(`for ${type} goes into a file that its owner alone may read`, async () => {
        const file = join(project.folder, `one/${type}`);
        const ran = await project.run(["payload", ids[type]!, ...ada, "--out", file]);
        assert.equal(ran.code, 0, ran.stderr);
        assert.equal(ran.stdout, "");
        const settings = readPayload(type, readFileSync(file, "utf8"));
        assert.equal(settings.hostName, "mail.test.example");
        assert.deepEqual(
          readdirSync(join(project.folder, "one")).filter((name) => name.includes(".tmp")),
          [],
        );
      });
    }

    it("for a device leaves out what its version lacks", async () => {
      const hugo = [...ios, "--user", "hugo@contoso.example"];
      const latest = await project.run(hugo);
      assert.equal(readPayload("ios", latest.stdout).useOAuth, true);
      const { code, stdout, stderr } = await project.run([...hugo, "--device", "hugo-iphone"]);
      assert.equal(code, 0, stderr);
      assert.equal(readPayload("ios", stdout).useOAuth, undefined);
      assert.match(stderr, /useOAuth: from iOS 12\.0 on, and the device has 7\.1\.2/);
    });
  });

  describe("of all that is deployed", () => {
    let document: PayloadDocument;
    before(async () => {
      // Two accounts have a licence and no address: told at the end, and no reason to keep the rest back.
      document = await project.json(["payload", "--all", "--out", "all"], 1);
    });

    it("is one file for each profile and user that it reaches (D1)", () => {
      const found: Record<string, string[]> = {};
      for (const { profile, user } of document.files) {
        found[profile.displayName] ??= [];
        found[profile.displayName]?.push(user.userPrincipalName.split("@")[0]!);
      }
      assert.deepEqual(found, reached);
    });

    it("is in files named by profile and user, with the endings of their formats, and nothing else", () => {
      const files = readdirSync(join(project.folder, "all"));
      assert.deepEqual(files.sort(), document.files.map(({ file }) => file.split("/").at(-1)).sort());
      for (const { file, type, user } of document.files) {
        assert.ok(file.includes(user.userPrincipalName));
        const ending = { ios: ".mobileconfig", windows10: ".syncml.xml" }[type as string] ?? ".json";
        assert.ok(file.endsWith(ending), file);
        assert.equal(readPayload(type, readFileSync(file, "utf8")).hostName, "mail.test.example");
      }
    });

    it("tells of every user for whom it cannot be made, at once (E4)", async () => {
      const ran = await project.run(["payload", "--all", "--out", "again"]);
      assert.equal(ran.code, 1);
      assert.match(
        ran.stderr,
        /2 files could not be made:\n.*for intune-admin@contoso\.example:.*\n.*for svc-intune@contoso\.example:/,
      );
      assert.match(ran.stdout, /^ +Mail for androidForWorkGmail +androidForWorkGmail +7 files +2 failed$/m);
      assert.deepEqual(
        document.failures.map(({ user }) => user.userPrincipalName),
        ["intune-admin@contoso.example", "svc-intune@contoso.example"],
      );
    });

    it("is the same from run to run", () => {
      for (const { file } of document.files) {
        const again = file.replace(/all\/([^/]+)$/, "again/$1");
        assert.notEqual(again, file);
        assert.equal(readFileSync(again, "utf8"), readFileSync(file, "utf8"));
      }
    });

    it("says a note once for all whom it holds for", async () => {
      const { stderr } = await project.run(["payload", "--all", "--out", "again"]);
      assert.equal(stderr.match(/Contoso identity.*challenge/g)?.length, 1);
      assert.match(stderr, /Contoso identity.*challenge.*\(5 users\)$/m);
      assert.match(
        stderr,
        /^note: Mail for androidForWorkNineWork: userName, emailAddress, .*: no key of Nine Work's/m,
      );
    });

    it("is the same of a tenant that is served", async () => {
      let over: Promise<PayloadDocument> | undefined;
      await project.run(["tenant", "serve", "--port", "0"], {
        onOutput: (stdout, child) => {
          const url = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0];
          if (!url || over) return;
          over = project.json(["payload", "--all", "--out", "all", "--endpoint", url], 1);
          over.finally(() => child.kill("SIGINT")).catch(() => {});
        },
      });
      assert.deepEqual(await over, document);
    });

    it("where nothing is deployed is nothing, and no failure", async () => {
      const ran = await project.run(["payload", "--all", "--out", "none", "--data", "empty"]);
      assert.equal(ran.code, 0, ran.stderr);
      assert.match(ran.stderr, /^Nothing to write: no email profile is deployed to anybody\.$/m);
      assert.ok(!existsSync(join(project.folder, "none")));
    });
  });

  describe("refuses", () => {
    const rows: { name: string; args: string[]; code: number; says: RegExp }[] = [
      { name: "no profile", args: ["payload", ...ada], code: 2, says: /name a profile, or give --all/ },
      { name: "no user", args: ios, code: 2, says: /--user/ },
      { name: "--all without a folder", args: ["payload", "--all"], code: 2, says: /--all needs --out/ },
      {
        name: "--all with a user",
        args: ["payload", "--all", "--out", "x", ...ada],
        code: 2,
        says: /leave out --user/,
      },
      {
        name: "a profile that is not there, with those that are",
        args: ["payload", "Mail", ...ada],
        code: 1,
        says: /no email profile "Mail"\. The tenant has:\n +Mail for androidForWorkGmail for androidForWorkGmail \([0-9a-f-]{36}\)\n/,
      },
      {
        name: "a certificate, which is no email profile",
        args: ["payload", "Contoso root", ...ada],
        code: 1,
        says: /no email profile "Contoso root"/,
      },
      { name: "a user who is not there", args: [...ios, "--user", "ada"], code: 1, says: /no user "ada"/ },
      {
        name: "a user without an address (E4)",
        args: [...ios, "--user", "svc-intune@contoso.example"],
        code: 1,
        says: /"Mail for ios" for svc-intune@contoso\.example: the address is the user's primarySmtpAddress.*no mail/,
      },
      {
        name: "a device of somebody else, with the user's own",
        args: [...ios, ...ada, "--device", "BEN-IPHONE"],
        code: 1,
        says: /ada@contoso\.example has no device "BEN-IPHONE"; there is: .*ADA-IPHONE/,
      },
      {
        name: "a device of another platform (E1)",
        args: [...ios, ...ada, "--device", "ADA-DESKTOP"],
        code: 1,
        says: /is for ios, and ADA-DESKTOP runs Windows/,
      },
      {
        name: "to write over a folder",
        args: [...ios, ...ada, "--out", "."],
        code: 1,
        says: /is a folder, and a file is needed/,
      },
      {
        name: "to write below a file",
        args: [...ios, ...ada, "--out", "package.json/mail.mobileconfig"],
        code: 1,
        says: /package\.json is a file, and a folder is needed/,
      },
    ];
    for (const { name, args, code, says } of rows) {
      it(name, async () => {
        const ran = await project.run(args);
        assert.equal(ran.code, code, ran.stderr);
        assert.equal(ran.stdout, "");
        assert.match(ran.stderr, says);
      });
    }

    it("a name that two profiles have, with their ids", async () => {
      const world = worldOf(openTenant({ data: join(project.folder, "twins") }));
      for (const type of ["ios", "windows10"] as const) await makeProfile(world, type, { displayName: "Mail" });
      world.tenant.close();
      const { code, stderr } = await project.run(["payload", "Mail", ...ada, "--data", "twins"]);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /more than one email profile; give the id of one of them:\n.*for ios \(.*\n.*for windows10 \(/,
      );
    });
  });
});
