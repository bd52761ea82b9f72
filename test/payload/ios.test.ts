import assert from "node:assert/strict";
import { gates, iosTable } from "../../provider/payload/ios-keys";
import { makePayload, type PayloadInput, readPayload } from "../../provider/payload/payload";
import { isLost, type Row } from "../../provider/payload/table";
import { appleErrors, easSchema } from "./apple-schema";
import { alex, allCertificates, mostOf, profileOf, scep, trustedRoot } from "./cases";

const keys = Object.values<Row<unknown>>(iosTable).flatMap((row) => (isLost(row) ? [] : row.keys));

describe("iOS payloads", () => {
  describe("know each key as Apple's schema does", () => {
    for (const key of keys.filter((name) => name !== "PayloadDisplayName")) {
      it(key, () => {
        const row = easSchema.payloadkeys.find((one) => one.key === key);
        assert.ok(row, "Apple has no such key");
        const { introduced = "4.0", deprecated } = row.supportedOS?.iOS ?? {};
        assert.equal(gates[key]?.from ?? "4.0", introduced, "introduced");
        assert.equal(gates[key]?.until?.version, deprecated, "deprecated");
        if (gates[key]) assert.equal(gates[key].without, row.default, "without the key");
      });
    }
    it("and gate no other", () =>
      assert.deepEqual(
        Object.keys(gates).filter((key) => !keys.includes(key)),
        [],
      ));
  });

  it("never hold a password (E6)", () => {
    const { text } = makePayload(mostOf("ios"));
    assert.doesNotMatch(text, /Password|Challenge/);
  });

  describe("by version", () => {
    const cases: { version: string; has: string[]; lacks: string[] }[] = [
      { version: "9.3", has: ["SMIMEEnabled"], lacks: ["SMIMESigningEnabled", "SMIMEEncryptionEnabled", "OAuth"] },
      { version: "10.2", has: [], lacks: ["SMIMEEnabled", "SMIMESigningEnabled"] },
      {
        version: "10.3",
        has: ["SMIMESigningEnabled", "SMIMEEncryptionEnabled", "SMIMEEnablePerMessageSwitch"],
        lacks: ["SMIMEEnabled", "SMIMEEncryptByDefault"],
      },
      {
        version: "12.0",
        has: ["OAuth", "SMIMEEncryptByDefault", "SMIMEEnableEncryptionPerMessageSwitch"],
        lacks: ["SMIMEEncryptionEnabled", "SMIMEEnablePerMessageSwitch", "EnableMail"],
      },
      { version: "13.0", has: ["EnableMail", "EnableMailUserOverridable"], lacks: ["VPNUUID"] },
      { version: "14.0", has: ["VPNUUID"], lacks: [] },
    ];
    for (const { version, has, lacks } of cases) {
      it(`${version} has ${has.join(", ") || "nothing new"}, and lacks ${lacks.join(", ") || "nothing"}`, () => {
        const { text } = makePayload({ ...mostOf("ios"), device: { osVersion: version } });
        for (const key of has) assert.ok(text.includes(`<key>${key}</key>`), `${key} is missing`);
        for (const key of lacks) assert.ok(!text.includes(`<key>${key}</key>`), `${key} is there`);
      });
    }
    it("a key that is left out where the device does the same without it is no loss", () => {
      const all = { easServices: "calendars,contacts,email,notes,reminders", useOAuth: false };
      const { notes } = makePayload({ profile: profileOf("ios", all), user: alex, device: { osVersion: "11.0" } });
      assert.deepEqual(notes, []);
    });
  });

  describe("certificates (E12)", () => {
    const input = (certificate: Record<string, unknown>): PayloadInput => ({
      profile: profileOf("ios", { authenticationMethod: "certificate" }),
      user: alex,
      certificates: { identity: { certificate: { ...scep, ...certificate }, root: trustedRoot } },
    });
    const cases: { name: string; certificate: Record<string, unknown>; has: string[]; notes: RegExp[] }[] = [
      {
        name: "common name including the address",
        certificate: { subjectNameFormat: "commonNameIncludingEmail" },
        has: ["<string>CN</string> <string>alex</string>", "<string>1.2.840.113549.1.9.1</string>"],
        notes: [],
      },
      {
        name: "names that only the device knows",
        certificate: { subjectNameFormat: "commonNameAsSerialNumber" },
        has: ["<string>{{SerialNumber}}</string>"],
        notes: [/\{\{SerialNumber\}\} is not known here/],
      },
      {
        name: "usage by Apple's bits, not Graph's",
        certificate: { keyUsage: "digitalSignature" },
        has: ["<key>Key Usage</key> <integer>1</integer>"],
        notes: [],
      },
      {
        name: "alternative names one by one",
        certificate: {
          customSubjectAlternativeNames: [
            { sanType: "domainNameService", name: "{{UserName}}.contoso.example" },
            { sanType: "customAzureADAttribute", name: "{{x}}" },
            { sanType: "domainNameService", name: "second" },
          ],
        },
        has: ["<key>dNSName</key> <string>alex.contoso.example</string>"],
        notes: [/customAzureADAttribute cannot be said/, /a second subject alternative name/],
      },
      {
        name: "several servers",
        certificate: { scepServerUrls: ["https://one.example", "https://two.example"] },
        has: ["<string>https://one.example</string>"],
        notes: [/the first of 2 SCEP servers/],
      },
    ];
    for (const { name, certificate, has, notes } of cases) {
      it(name, () => {
        const payload = makePayload(input(certificate));
        const flat = payload.text.replace(/\s+/g, " ");
        for (const part of has) assert.ok(flat.includes(part), `${part} is missing`);
        const others = payload.notes.filter((note) => !note.includes("challenge"));
        assert.equal(others.length, notes.length, others.join("\n"));
        for (const [index, note] of notes.entries()) assert.match(others[index]!, note);
        assert.deepEqual(appleErrors(payload.text), []);
      });
    }

    it("each payload is there once, however many settings refer to it", () => {
      const { text } = makePayload({
        ...mostOf("ios"),
        certificates: { ...allCertificates, signing: allCertificates.identity },
      });
      assert.equal(text.match(/com\.apple\.security\.root/g)?.length, 1);
      assert.equal(text.match(/com\.apple\.security\.scep/g)?.length, 2);
    });

    it("one that Graph holds no content of is left out with the key that refers to it", () => {
      const pkcs = { "@odata.type": "#microsoft.graph.iosPkcsCertificateProfile" };
      const { text, notes } = makePayload(input(pkcs));
      assert.equal(readPayload("ios", text).identityCertificate, undefined);
      assert.match(notes.join("\n"), /iosPkcsCertificateProfile has no content.*\nidentityCertificate: /);
      assert.deepEqual(appleErrors(text), []);
    });

    const refusals: { name: string; certificate: Record<string, unknown>; root?: object; says: RegExp }[] = [
      {
        name: "no server",
        certificate: { scepServerUrls: [] },
        says: /SCEP certificate "Mail identity": scepServerUrls is \[\]/,
      },
      { name: "a size Graph lacks", certificate: { keySize: "size512" }, says: /keySize is "size512"/ },
      {
        name: "a root that is no base64",
        certificate: {},
        root: { trustedRootCertificate: "-----BEGIN" },
        says: /trusted certificate "Contoso root": trustedRootCertificate is "-----BEGIN"/,
      },
    ];
    for (const { name, certificate, root, says } of refusals) {
      it(`refuses ${name}`, () => {
        const asked = input(certificate);
        asked.certificates!.identity!.root = { ...trustedRoot, ...root };
        assert.throws(() => makePayload(asked), says);
      });
    }
  });

  it("characters that XML cannot carry are left out and noted", () => {
    const input = { profile: profileOf("ios", { accountName: "Ma\u0000il\uD800 \u0007!" }), user: alex };
    const { text, notes } = makePayload(input);
    assert.equal(readPayload("ios", text).accountName, "Mail !");
    assert.match(notes.join(), /<string>Mail !<\/string>: characters that XML cannot carry/);
    assert.deepEqual(appleErrors(text), []);
  });

  describe("Apple's schema, as the test reads it, refuses", () => {
    const good = makePayload(mostOf("ios")).text;
    const bad: { name: string; from: RegExp | string; to: string; version?: string; says: RegExp }[] = [
      { name: "an unknown key", from: "<key>Host<", to: "<key>HostName<", says: /HostName: no such key/ },
      {
        name: "the other spelling",
        from: "EnableMailUserOverridable",
        to: "EnableMailUserOverrideable",
        says: /no such key/,
      },
      {
        name: "a capital letter",
        from: "disableMail",
        to: "DisableMail",
        says: /DisableMailRecentsSyncing: no such key/,
      },
      {
        name: "a text for a switch",
        from: /<key>SSL<\/key>\s*<true\/>/,
        to: "<key>SSL</key><string>true</string>",
        says: /SSL: not a <boolean>/,
      },
      {
        name: "six days",
        from: "<integer>7<",
        to: "<integer>6<",
        says: /MailNumberOfPastDaysToSync: 6 is not in the range list/,
      },
      { name: "a key size", from: "<integer>2048<", to: "<integer>2047<", says: /Keysize: 2047/ },
      {
        name: "a malformed UUID",
        from: /(SMIMESigningCertificateUUID<\/key>\s*<string>)[^<]+/,
        to: "$1nonsense",
        says: /nonsense has the wrong form/,
      },
      {
        name: "a reference to nothing",
        from: /(PayloadCertificateUUID<\/key>\s*<string>)[^<]+/,
        to: "$100000000-0000-0000-0000-000000000000",
        says: /PayloadCertificateUUID: no identity/,
      },
      {
        name: "no identifier",
        from: /<key>PayloadIdentifier<\/key>\s*<string>[^<]*<\/string>/,
        to: "",
        says: /^PayloadIdentifier: required/,
      },
      {
        name: "another version of the format",
        from: /(PayloadVersion<\/key>\s*)<integer>1</,
        to: "$1<integer>2<",
        says: /PayloadVersion: 2/,
      },
      {
        name: "an unknown payload",
        from: "com.apple.eas.account",
        to: "com.apple.eas",
        says: /no payload of this type/,
      },
      {
        name: "a password",
        from: "<key>OAuth</key>",
        to: "<key>Password</key><string>x</string><key>OAuth</key>",
        says: /never \(E6\)/,
      },
      {
        name: "no user name",
        from: /<key>UserName<\/key>\s*<string>[^<]*<\/string>/,
        to: "",
        says: /UserName: needed/,
      },
      {
        name: "a subject of three",
        from: "<string>CN</string>",
        to: "<string>CN</string><string>x</string>",
        says: /has 3 items/,
      },
      { name: "a key of a later version", from: "", to: "", version: "13.7", says: /VPNUUID: from 14.0 on/ },
      {
        name: "a deprecated key",
        from: "SMIMESigningEnabled",
        to: "SMIMEEnabled",
        says: /SMIMEEnabled: deprecated in 10.0/,
      },
      {
        name: "two of one UUID",
        from: /[0-9A-F]{8}-[0-9A-F]{4}-8[^<]+(?=<\/string>\s*<key>PayloadDisplayName<\/key>\s*<string>Contoso root)/,
        to: /PayloadUUID<\/key>\s*<string>([^<]+)/.exec(good)![1]!,
        says: /PayloadUUID: two payloads/,
      },
      {
        name: "all services off",
        from: /(<key>Enable(?:Mail|Contacts|Calendars)<\/key>\s*)<true\/>/g,
        to: "$1<false/>",
        says: /at least one must be true/,
      },
    ];
    it("nothing of the sample that the others spoil", () => assert.deepEqual(appleErrors(good), []));
    for (const { name, from, to, version, says } of bad) {
      it(name, () => {
        const spoiled = from === "" ? good : good.replace(from, to);
        if (from !== "") assert.notEqual(spoiled, good, "nothing was spoiled");
        assert.ok(
          appleErrors(spoiled, version).some((error) => says.test(error)),
          appleErrors(spoiled, version).join("\n"),
        );
      });
    }
  });
});
