import assert from "node:assert/strict";
import { has } from "../../../provider/platform";
import { type PlatformName, platformNames, platforms } from "../../../provider/platforms";
import { emailProfile } from "../../../provider/resources/email-profile";
import type { Setting } from "../../../provider/resources/email-profile-settings";
import { type Properties, UNKNOWN } from "../../../provider/values";
import { profileInputs } from "../profiles";

const failures = (inputs: Properties) =>
  emailProfile.validate(inputs).map(({ property, reason }) => `${property} ${reason}`);
const rowsOf = (platform: PlatformName) =>
  Object.entries(platforms[platform].settings) as [Setting, (typeof platforms.ios.settings)[Setting]][];

for (const platform of platformNames) {
  describe(`EmailProfile for ${platform}: inputs`, () => {
    it("takes a valid set", () => assert.deepEqual(failures(profileInputs(platform)), []));

    for (const [setting, row] of rowsOf(platform)) {
      if (!has(row)) {
        it(`refuses ${setting}, and says where it exists (E3)`, () => {
          const [failure, ...others] = failures(profileInputs(platform, { [setting]: true }));
          const there = platformNames.filter((name) => has(platforms[name].settings[setting]));
          assert.deepEqual(others, []);
          assert.ok(there.length > 0, "a setting that no platform has");
          assert.match(
            failure ?? "",
            new RegExp(`^${setting} does not exist on ${escaped(platforms[platform].title)}: `),
          );
          assert.ok(failure?.endsWith(`It exists on: ${there.join(", ")} (E3).`), failure);
        });
        it(`refuses ${setting} that is not known yet, too`, () =>
          assert.equal(failures(profileInputs(platform, { [setting]: UNKNOWN })).length, 1));
        continue;
      }
      it(`refuses a wrong value of ${setting}, on that property`, () => {
        const [failure] = failures(profileInputs(platform, { [setting]: { no: "setting takes this" } }));
        assert.match(failure ?? "", new RegExp(`^${setting} `));
      });
      if (row.required) {
        for (const nothing of [undefined, null]) {
          it(`misses ${setting} where it is ${nothing} (E2)`, () => {
            const found = failures({ ...profileInputs(platform), [setting]: nothing });
            assert.equal(found.length, 1, found.join("\n"));
            assert.match(found[0]!, new RegExp(`^${setting} is required: nothing is filled in \\(E2\\)`));
          });
        }
      }
    }

    it("lets everything pass that is not known yet", () => {
      const unknown = rowsOf(platform).flatMap(([setting, row]) => (has(row) ? [[setting, UNKNOWN]] : []));
      assert.deepEqual(failures(profileInputs(platform, Object.fromEntries(unknown))), []);
    });

    it("says all failures at once, each on its property", () => {
      const { hostName: _, ...inputs } = profileInputs(platform, { requireSsl: "yes", password: "x", colour: "red" });
      const properties = emailProfile.validate(inputs).map((failure) => failure.property);
      assert.deepEqual(properties.sort(), ["colour", "hostName", "password", "requireSsl"]);
    });
  });
}

const escaped = (text: string) => text.replace(/[()]/g, "\\$&");

describe("EmailProfile: values", () => {
  it("take the days of email that Graph has words for, or all of it, and no number of days (E5)", () => {
    const words = ["userDefined", "oneDay", "threeDays", "oneWeek", "twoWeeks", "oneMonth", "unlimited"];
    for (const platform of platformNames) {
      const withDays = (durationOfEmailToSync: unknown) => failures(profileInputs(platform, { durationOfEmailToSync }));
      assert.deepEqual(words.flatMap(withDays), []);
      for (const wrong of [7, 0, "sixWeeks", "Unlimited"]) {
        assert.match(withDays(wrong).join("\n"), /^durationOfEmailToSync .*"unlimited"\.$/);
      }
    }
  });

  it("are for no other mail client: there is no platform for Outlook (E13)", () => {
    assert.match(
      failures(profileInputs("ios", { platform: "outlook" })).join("\n"),
      new RegExp(`^platform is "outlook"; allowed: ${platformNames.map((name) => `"${name}"`).join(", ")}`),
    );
  });

  const refused: { name: string; inputs: Properties; says: RegExp }[] = [
    {
      name: "no platform",
      inputs: { ...profileInputs("ios"), platform: undefined },
      says: /^platform is required; allowed: "ios", /,
    },
    {
      name: "a platform of no kind",
      inputs: profileInputs("ios", { platform: "macos" }),
      says: /^platform is "macos"; allowed: .*"windows10".*\(E1\)/,
    },
    {
      name: "a platform of a wrong type",
      inputs: profileInputs("ios", { platform: 1 }),
      says: /^platform is 1; allowed/,
    },
    {
      name: "a name that every object has",
      inputs: profileInputs("ios", { platform: "toString" }),
      says: /^platform is "toString"; allowed/,
    },
    {
      name: "a property that every object has",
      inputs: profileInputs("ios", { constructor: "x" }),
      says: /^constructor does not exist; check the spelling/,
    },
    {
      name: "a wrong word",
      inputs: profileInputs("ios", { usernameSource: "username" }),
      says: /^usernameSource is "username"; allowed: "userPrincipalName", "primarySmtpAddress"\.$/,
    },
    {
      name: "a word in the wrong case",
      inputs: profileInputs("windows10", { emailSyncSchedule: "Manual" }),
      says: /^emailSyncSchedule is "Manual"; allowed: .*"manual"/,
    },
    {
      name: "a wrong word in a list",
      inputs: profileInputs("ios", { easServices: ["email", "faxes"] }),
      says: /^easServices\[1\] is "faxes"; allowed: /,
    },
    {
      name: "an empty list",
      inputs: profileInputs("ios", { easServices: [] }),
      says: /^easServices must name at least one/,
    },
    {
      name: "text for a flag",
      inputs: profileInputs("ios", { requireSsl: "true" }),
      says: /^requireSsl must be true or false, not "true"/,
    },
    {
      name: "an empty name",
      inputs: profileInputs("ios", { displayName: "" }),
      says: /^displayName must not be empty, not ""/,
    },
    {
      name: "a long name",
      inputs: profileInputs("ios", { displayName: "x".repeat(257) }),
      says: /^displayName .*256/,
    },
    ...[
      "https://mail.contoso.example",
      "mail.contoso.example/owa",
      "mail contoso",
      "-mail.contoso.example",
      "ma_il",
      "",
    ].map((hostName) => ({
      name: `host "${hostName}"`,
      inputs: profileInputs("ios", { hostName }),
      says: /^hostName must be the name of a server, such as/,
    })),
  ];
  for (const { name, inputs, says } of refused) {
    it(`refuses ${name}`, () => {
      const found = failures(inputs);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0]!, says);
    });
  }

  for (const hostName of [
    "mail",
    "mail.contoso.example",
    "mail.contoso.example:8443",
    "m-1.contoso.example",
    "10.0.0.1",
  ]) {
    it(`takes host "${hostName}"`, () => assert.deepEqual(failures(profileInputs("ios", { hostName })), []));
  }

  for (const name of ["password", "accountPassword", "userPASSWORD"]) {
    it(`has no ${name}, says why, and does not show it (E6)`, () => {
      const [failure] = failures(profileInputs("windows10", { [name]: "Hunter2!" }));
      assert.match(
        failure ?? "",
        new RegExp(`^${name} does not exist: a password is never part of a profile.*\\(E6\\)`),
      );
      assert.ok(!failure?.includes("Hunter2!"));
    });
  }
});

describe("EmailProfile: what goes together", () => {
  const byCertificate = { authenticationMethod: "certificate" };
  const signed = { requireSmime: true };
  const identity = "only allowed with authenticationMethod";
  type Case = { name: string; over: Properties; says?: string };
  const cases: Record<"identityCertificate" | "smimeSigningCertificate", Case[]> = {
    identityCertificate: [
      { name: "certificates with one", over: { ...byCertificate, identityCertificate: "1" } },
      { name: "certificates without one", over: byCertificate, says: "required with authenticationMethod" },
      {
        name: "certificates with one that is null",
        over: { ...byCertificate, identityCertificate: null },
        says: "required",
      },
      { name: "certificates with one that is not known yet", over: { ...byCertificate, identityCertificate: UNKNOWN } },
      { name: "passwords with one", over: { identityCertificate: "1" }, says: identity },
      { name: "passwords with one that is not known yet", over: { identityCertificate: UNKNOWN }, says: identity },
      { name: "a method that is not known yet", over: { authenticationMethod: UNKNOWN, identityCertificate: "1" } },
      { name: "a method that is not known yet, without one", over: { authenticationMethod: UNKNOWN } },
    ],
    smimeSigningCertificate: [
      { name: "S/MIME with one", over: { ...signed, smimeSigningCertificate: "1" } },
      { name: "S/MIME without one", over: signed, says: "required with requireSmime: true" },
      { name: "no S/MIME with one", over: { requireSmime: false, smimeSigningCertificate: "1" }, says: "only allowed" },
      { name: "S/MIME that is not known yet", over: { requireSmime: UNKNOWN, smimeSigningCertificate: "1" } },
    ],
  };
  for (const [setting, rows] of Object.entries(cases)) {
    for (const platform of platformNames.filter((name) => has(platforms[name].settings[setting as Setting]))) {
      for (const { name, over, says } of rows) {
        it(`${platform}: ${name} ${says ? "is refused" : "passes"}`, () => {
          const found = failures(profileInputs(platform, over));
          assert.equal(found.length, says ? 1 : 0, found.join("\n"));
          if (says) assert.ok(found[0]!.startsWith(`${setting} is ${says}`), found[0]);
        });
      }
    }
  }

  it("says both where both are wrong", () => {
    const found = failures(profileInputs("ios", { ...byCertificate, smimeSigningCertificate: "1" }));
    assert.deepEqual(
      found.map((failure) => failure.split(" ")[0]),
      ["identityCertificate", "smimeSigningCertificate"],
    );
  });
});
