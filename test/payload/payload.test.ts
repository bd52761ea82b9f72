import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
  formats,
  makePayload,
  makeWindowsCommand,
  type PayloadInput,
  type ProfileType,
  readPayload,
  type Settings,
} from "../../provider/payload/payload";
import { decides, deliver } from "../../provider/payload/settings";
import { has } from "../../provider/platform";
import { platformNames, platforms } from "../../provider/platforms";
import { settings as profileSettings, type Setting } from "../../provider/resources/email-profile-settings";
import { factErrors } from "./android-facts";
import { appleErrors } from "./apple-schema";
import { anyInput, inputOf } from "./arbitraries";
import { alex, goldenInputs, mostOf, odataTypes, profileOf, profileTypes } from "./cases";
import { ddfErrors } from "./ddf";

/** What the makers of the devices, or our reading of them, find wrong in a payload. */
const errorsOf = {
  ios: appleErrors,
  samsungKnox: (text) => factErrors("samsungKnox", text),
  windowsPhone81: (text) => ddfErrors(text, "./Vendor/MSFT"),
  windows10: (text) => ddfErrors(text),
  androidForWorkGmail: (text) => factErrors("androidForWorkGmail", text),
  androidForWorkNineWork: (text) => factErrors("androidForWorkNineWork", text),
} satisfies Record<ProfileType, (text: string) => string[]>;

const golden = join(__dirname, "../golden/payloads");
const seen = (name: string, text: string) => {
  const file = join(golden, name);
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"), "a payload has changed: UPDATE_GOLDEN=true npm test, and review");
};

describe("payloads", () => {
  for (const [name, input] of Object.entries(goldenInputs)) {
    it(`${name} is what reviewers have seen in test/golden/payloads`, () => {
      const { text, extension, notes } = makePayload(input);
      seen(`${name}${extension}`, text);
      seen(`${name}.notes.txt`, notes.map((note) => `${note}\n`).join(""));
    });
  }

  describe("speak of the six types as the provider does (E1, E3)", () => {
    it("and know no other", () => assert.deepEqual(Object.keys(formats).sort(), [...platformNames].sort()));
    for (const type of platformNames) {
      it(`${type} is Graph's ${platforms[type].odataType}`, () =>
        assert.equal(odataTypes[type], `#microsoft.graph.${platforms[type].odataType}`));
      for (const setting of (Object.keys(profileSettings) as Setting[]).filter((name) => !(name in decides))) {
        const row = platforms[type].settings[setting];
        // KNOX has one switch for S/MIME, requireSmime, and it stands for signing.
        if (type === "samsungKnox" && setting === "smimeSigningEnabled") continue;
        it(`${type} ${has(row) ? "has" : "lacks"} ${setting}`, () =>
          assert.equal(!("absent" in formats[type].table[setting as keyof Settings]), has(row)));
      }
    }
  });

  describe("fast-check", () => {
    for (const type of profileTypes) {
      it(`${type}: the device's schema finds nothing wrong in any`, () =>
        fc.assert(
          fc.property(inputOf(type), (input) => {
            assert.deepEqual(errorsOf[type](makePayload(input).text), []);
          }),
        ));
      it(`${type}: each setting is read back as it was, or a note says why not; nothing is invented`, () =>
        fc.assert(fc.property(inputOf(type), (input) => assertRoundTrip(type, input))));
    }
    it("the same input makes the same payload, and no two profiles or users share a file or an identifier", () =>
      fc.assert(
        fc.property(anyInput, fc.uuid(), ({ input }, id) => {
          const first = makePayload(input);
          assert.deepEqual(makePayload(structuredClone(input)), first);
          fc.pre(id !== input.user.id && id !== input.profile.id);
          for (const other of [
            { ...input, user: { ...input.user, id } },
            { ...input, profile: { ...input.profile, id } },
          ]) {
            const { fileName, text } = makePayload(other);
            assert.notEqual(fileName, first.fileName);
            if (/PayloadUUID|LocURI/.test(text)) assert.notEqual(text, first.text);
          }
        }),
      ));
    it("iOS: no device gets a key that its version lacks, and what it loses by that is noted", () =>
      fc.assert(
        fc.property(inputOf("ios"), fc.constantFrom(...iosVersions), (input, osVersion) => {
          const gated = { ...input, device: { osVersion } };
          assert.deepEqual(appleErrors(makePayload(gated).text, osVersion), []);
          assertRoundTrip("ios", gated);
        }),
      ));
  });

  describe("refuse", () => {
    const refusals: { name: string; input: PayloadInput; says: RegExp }[] = [
      {
        name: "what is no email profile",
        input: { profile: { ...profileOf("ios"), "@odata.type": "#microsoft.graph.iosWiFiConfiguration" }, user: alex },
        says: /"Company mail \(ios\)": it is a #microsoft\.graph\.iosWiFiConfiguration, not an email profile.*\(E1\)/,
      },
      {
        name: "a word that Graph does not have",
        input: { profile: profileOf("windows10", { emailSyncSchedule: "hourly" }), user: alex },
        says: /"Company mail \(windows10\)": emailSyncSchedule is "hourly"/,
      },
      {
        name: "a service that Graph does not have",
        input: { profile: profileOf("ios", { easServices: "email, fax" }), user: alex },
        says: /easServices has fax; allowed: none, calendars, contacts/,
      },
      {
        name: "a user without the address (E4)",
        input: { profile: profileOf("ios"), user: { ...alex, mail: null } },
        says: /for alex@contoso\.example: the address is the user's primarySmtpAddress, and the directory has no mail.*\(E4\)/,
      },
      {
        name: "a user without the name (E4)",
        input: {
          profile: profileOf("samsungKnox", { usernameSource: "samAccountName" }),
          user: { ...alex, onPremisesSamAccountName: undefined },
        },
        says: /the user name is the user's samAccountName, and the directory has no onPremisesSamAccountName/,
      },
    ];
    for (const { name, input, says } of refusals) it(name, () => assert.throws(() => makePayload(input), says));

    it("Windows commands for other platforms", () =>
      assert.throws(() => makeWindowsCommand(mostOf("ios"), "remove"), /it is for ios\. Windows has it/));
  });
});

const iosVersions = [
  "4.0",
  "5.0",
  "7.1.2",
  "8.0",
  "9.3",
  "10.0",
  "10.3",
  "11.4.1",
  "12.0",
  "12.5",
  "13.0",
  "14.0",
  "18.1",
];

/** A setting may be missing from what is read if nothing had to be sent, or if a note begins with its name. */
function assertRoundTrip(type: ProfileType, input: PayloadInput): void {
  const { settings } = deliver(input);
  const { text, notes } = makePayload(input);
  const found = readPayload(type, text);
  for (const [name, value] of Object.entries(settings)) {
    const read = found[name as keyof Settings];
    if (read !== undefined) assert.deepEqual(read, value, name);
    else assert.ok(needless(type, name, value) || notes.some((note) => note.startsWith(name)), `${name} fell silently`);
  }
  assert.deepEqual(
    Object.keys(found).filter((name) => !(name in settings)),
    [],
    "settings were invented",
  );
}

/** Whether a device does the same without being told. */
function needless(type: ProfileType, name: string, value: unknown): boolean {
  if (value === "userDefined") return true;
  if (type === "samsungKnox") return name === "smimeSigningEnabled" && value === false;
  if (name === "easServices") return (value as string[]).length === 5;
  return type === "ios" && value === (name === "easServicesUserOverrideEnabled");
}
