/** Trusted and SCEP certificates on each platform, and who may refer to them (E11, E12); looked up by raw requests. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Json } from "../../provider/graph/client";
import { type Properties, UNKNOWN } from "../../provider/values";
import { base64Of, certificatePlatforms, pem, scepInputs, trustedInputs } from "../provider/certificates";
import { profileInputs } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

const collection = "/deviceManagement/deviceConfigurations";
const graphTypes = {
  ios: { trusted: "iosTrustedRootCertificate", scep: "iosScepCertificateProfile" },
  android: { trusted: "androidTrustedRootCertificate", scep: "androidScepCertificateProfile" },
  androidForWork: { trusted: "androidForWorkTrustedRootCertificate", scep: "androidForWorkScepCertificateProfile" },
  windows81: { trusted: "windows81TrustedRootCertificate", scep: "windows81SCEPCertificateProfile" },
  windowsPhone81: { trusted: "windowsPhone81TrustedRootCertificate", scep: "windowsPhone81SCEPCertificateProfile" },
};

const validity = {
  certificateValidityPeriodScale: "years",
  certificateValidityPeriodValue: 1,
  renewalThresholdPercentage: 20,
};

const pkcs: Json = {
  certificationAuthority: "ca.contoso.example",
  certificationAuthorityName: "Contoso",
  certificateTemplateName: "User",
  ...validity,
};

describe("certificates", () => {
  let tenant: Rehearsal;
  let trusted: ReturnType<Rehearsal["cycle"]>;
  let scep: ReturnType<Rehearsal["cycle"]>;
  beforeEach(() => {
    tenant = rehearse();
    trusted = tenant.cycle("TrustedCertificate");
    scep = tenant.cycle("ScepCertificate");
  });
  afterEach(() => tenant.close());

  type Cycle = ReturnType<Rehearsal["cycle"]>;
  type Made = { id: string; outs: Properties };
  const failures = async (cycle: Cycle, news: Properties, olds: Properties = {}) =>
    ((await cycle.check(olds, news)).failures ?? []).map(({ property, reason }) => `${property} ${reason}`);
  async function made(cycle: Cycle, inputs: Properties): Promise<Made> {
    assert.deepEqual(await failures(cycle, inputs), []);
    return (await cycle.create(inputs)) as Made;
  }
  const entity = (id: string) => tenant.raw("GET", `${collection}/${id}`);
  const link = (id: string, name: string) => tenant.raw("GET", `${collection}/${id}/${name}`);
  const same = async (cycle: Cycle, { id, outs }: Made, inputs: Properties) => {
    assert.equal((await cycle.diff(id, outs, inputs)).changes, false, "differs from itself");
    const read = await cycle.read(id, outs);
    assert.deepEqual(read.inputs, inputs, "a refresh shows drift that is none");
    assert.equal((await cycle.diff(id, read.props as Properties, inputs)).changes, false);
  };

  for (const platform of certificatePlatforms) {
    it(`a trusted certificate for ${platform} is made of PEM as base64 of DER, with its thumbprints and end`, async () => {
      const inputs = trustedInputs(platform);
      const it = await made(trusted, inputs);
      const seen = await entity(it.id);
      assert.equal(seen["@odata.type"], `#microsoft.graph.${graphTypes[platform].trusted}`);
      assert.equal(seen.trustedRootCertificate, base64Of(pem.root));
      const der = Buffer.from(base64Of(pem.root), "base64");
      const digest = (name: string) => createHash(name).update(der).digest("hex").toUpperCase();
      assert.deepEqual(
        [it.outs.thumbprint, it.outs.thumbprintSha256, it.outs.expirationDateTime],
        [digest("sha1"), digest("sha256"), "2039-01-01T00:00:00.000Z"],
      );
      await same(trusted, it, inputs);
      const asBase64 = { ...inputs, trustedRootCertificate: base64Of(pem.root) };
      assert.equal(
        (await trusted.diff(it.id, it.outs, asBase64)).changes,
        false,
        "the same certificate in another form",
      );
    });

    it(`a trusted certificate for ${platform} changes in place, and its platform replaces it`, async () => {
      const { id, outs } = await made(trusted, trustedInputs(platform));
      const news = trustedInputs(platform, { trustedRootCertificate: pem.other, certFileName: undefined });
      const diff = await trusted.diff(id, outs, news);
      assert.deepEqual([diff.changes, diff.replaces], [true, []]);
      await trusted.update(id, outs, news);
      const seen = await entity(id);
      assert.deepEqual([seen.trustedRootCertificate, seen.certFileName], [base64Of(pem.other), null]);
      const other = platform === "ios" ? "android" : "ios";
      assert.deepEqual((await trusted.diff(id, outs, trustedInputs(other))).replaces, ["platform"]);
    });

    it(`a SCEP certificate for ${platform} is made with its root, and leaving that removes the link (E12)`, async () => {
      const { id: rootCertificate } = await made(trusted, trustedInputs(platform));
      const inputs = scepInputs(platform, { rootCertificate });
      const it = await made(scep, inputs);
      const seen = await entity(it.id);
      assert.deepEqual(
        [seen["@odata.type"], seen.keyUsage, seen.keySize],
        [`#microsoft.graph.${graphTypes[platform].scep}`, "keyEncipherment, digitalSignature", "size2048"],
      );
      assert.equal((await link(it.id, "rootCertificate")).id, rootCertificate);
      await same(scep, it, inputs);
      const { rootCertificate: _, ...without } = inputs;
      assert.equal((await scep.diff(it.id, it.outs, without)).changes, true);
      const after = (await scep.update(it.id, it.outs, without)).outs as Properties;
      assert.equal((await link(it.id, "rootCertificate")).status, 404);
      await same(scep, { id: it.id, outs: after }, without);
    });

    it(`a SCEP certificate for ${platform} shows what was changed by hand, and takes it back`, async () => {
      const { id, outs } = await made(scep, scepInputs(platform));
      const odataType = `#microsoft.graph.${graphTypes[platform].scep}`;
      const byHand = { "@odata.type": odataType, keySize: "size4096", extendedKeyUsages: [] };
      await tenant.raw("PATCH", `${collection}/${id}`, byHand);
      const read = await scep.read(id, outs);
      assert.deepEqual([read.inputs?.keySize, read.inputs?.extendedKeyUsages], ["size4096", []]);
      await scep.update(id, read.props as Properties, scepInputs(platform));
      const seen = await entity(id);
      assert.equal(seen.keySize, "size2048");
      assert.equal((seen.extendedKeyUsages as unknown[]).length, 1);
    });
  }

  it("of a name that is taken are refused, or adopted as they are; of another platform it is free", async () => {
    const { id } = await made(trusted, trustedInputs("ios"));
    const another = trustedInputs("ios", { trustedRootCertificate: pem.other });
    // A second run of the program, which has not met the first.
    const second = rehearse((send) => send, tenant.tenant).cycle("TrustedCertificate");
    assert.match(
      (await failures(second, another))[0] ?? "",
      new RegExp(`^displayName is "Contoso root", which ${id} .*adopt`),
    );
    await assert.rejects(second.create(another), /displayName is "Contoso root", which/);
    assert.deepEqual(await failures(second, trustedInputs("android")), []);
    const adopted = (await second.create({ ...another, adopt: true })) as Made;
    assert.deepEqual([adopted.id, (await entity(id)).version], [id, 1]);
    assert.equal((await second.diff(id, adopted.outs, { ...another, adopt: true })).changes, true);
  });

  it("that are gone are read as gone, and deleted twice without an error", async () => {
    const { id, outs } = await made(scep, scepInputs("ios"));
    await scep.delete(id, outs);
    await scep.delete(id, outs);
    assert.deepEqual(await scep.read(id, outs), { id: "", props: {} });
  });

  const privateKey = `-----${"BEGIN"} PRIVATE KEY-----\nMIG\n-----${"END"} PRIVATE KEY-----\n`;
  const refused: { name: string; kind: "trusted" | "scep"; inputs: Properties; says: RegExp[] }[] = [
    {
      name: "no platform",
      kind: "trusted",
      inputs: { platform: undefined },
      says: [/^platform is required; allowed: "ios"/],
    },
    {
      name: "a platform of email profiles",
      kind: "trusted",
      inputs: { platform: "samsungKnox" },
      says: [/^platform is "samsungKnox"; allowed:.*"android"/],
    },
    {
      name: "no certificate",
      kind: "trusted",
      inputs: { trustedRootCertificate: undefined },
      says: [/^trustedRootCertificate is required/],
    },
    {
      name: "a text that is none",
      kind: "trusted",
      inputs: { trustedRootCertificate: "root.pem" },
      says: [/^trustedRootCertificate must be one certificate, as PEM/],
    },
    {
      name: "bytes that are none",
      kind: "trusted",
      inputs: { trustedRootCertificate: "QUJD" },
      says: [/^trustedRootCertificate is no X\.509 certificate/],
    },
    {
      name: "two certificates",
      kind: "trusted",
      inputs: { trustedRootCertificate: pem.root + pem.other },
      says: [/^trustedRootCertificate holds 2 certificates/],
    },
    {
      name: "a private key",
      kind: "trusted",
      inputs: { trustedRootCertificate: pem.root + privateKey },
      says: [/^trustedRootCertificate holds a private key/],
    },
    {
      name: "a store where there is one",
      kind: "trusted",
      inputs: { destinationStore: "computerCertStoreRoot" },
      says: [/^destinationStore does not exist for iOS: .*exists for: windows81/],
    },
    {
      name: "a misspelt setting",
      kind: "scep",
      inputs: { keysize: "size2048" },
      says: [/^keysize does not exist; check/],
    },
    {
      name: "a hash on iOS",
      kind: "scep",
      inputs: { hashAlgorithm: ["sha2"] },
      says: [/^hashAlgorithm does not exist for iOS.*android/],
    },
    {
      name: "custom names without words",
      kind: "scep",
      inputs: { subjectNameFormat: "custom", subjectAlternativeNameType: ["customAzureADAttribute"] },
      says: [/^subjectNameFormatString is required/, /^subjectAlternativeNameFormatString is required/],
    },
    {
      name: "all that is wrong at once",
      kind: "scep",
      inputs: {
        keySize: "size512",
        renewalThresholdPercentage: 100,
        scepServerUrls: ["ndes"],
        extendedKeyUsages: [{ name: "x", objectIdentifier: "y" }],
      },
      says: [
        /^scepServerUrls\[0\] must be an address/,
        /^keySize is "size512"; allowed: "size1024"/,
        /^extendedKeyUsages\[0\]\.objectIdentifier must be/,
        /^renewalThresholdPercentage must be 1 to 99/,
      ],
    },
    {
      name: "a root that does not exist",
      kind: "scep",
      inputs: { rootCertificate: "nobody" },
      says: [/^rootCertificate is nobody, which does not exist.*iosTrustedRootCertificate \(E12\)/],
    },
  ];
  for (const { name, kind, inputs, says } of refused) {
    it(`E12: refused at preview: ${name}`, async () => {
      const cycle = kind === "trusted" ? trusted : scep;
      const found = await failures(cycle, (kind === "trusted" ? trustedInputs : scepInputs)("ios", inputs));
      assert.equal(found.length, says.length, found.join("\n"));
      for (const pattern of says)
        assert.ok(
          found.some((reason) => pattern.test(reason)),
          `${pattern}: ${found.join("\n")}`,
        );
      assert.ok(!found.join().includes("MIG"), "a certificate or key is shown");
    });
  }

  it("E12: what is not known yet passes, and is checked once it is known", async () => {
    assert.deepEqual(await failures(scep, scepInputs("ios", { rootCertificate: UNKNOWN, keySize: UNKNOWN })), []);
    assert.deepEqual(await failures(trusted, trustedInputs("ios", { trustedRootCertificate: UNKNOWN })), []);
  });

  describe("that an email profile refers to (E12)", () => {
    /** Certificate types that no resource of ours makes, by raw requests. */
    const others: Record<string, Json> = {
      iosPkcsCertificateProfile: { ...pkcs, subjectNameFormat: "commonName" },
      iosImportedPFXCertificateProfile: { intendedPurpose: "smimeSigning" },
      androidForWorkImportedPFXCertificateProfile: {
        intendedPurpose: "smimeSigning",
        subjectNameFormat: "commonName",
        subjectAlternativeNameType: "none",
        ...validity,
      },
    };
    async function raw(type: string): Promise<string> {
      const body = { "@odata.type": `#microsoft.graph.${type}`, displayName: type, ...others[type] };
      const { id } = await tenant.raw("POST", collection, body);
      assert.ok(id, `${type} was not made`);
      return String(id);
    }
    const byCertificate = { authenticationMethod: "certificate" };
    const signed = { requireSmime: true };
    const cases: {
      name: string;
      platform: "ios" | "samsungKnox" | "androidForWorkGmail";
      inputs: () => Promise<Properties>;
      says?: RegExp;
    }[] = [
      {
        name: "its own SCEP certificate",
        platform: "ios",
        inputs: async () => ({ ...byCertificate, identityCertificate: (await made(scep, scepInputs("ios"))).id }),
      },
      {
        name: "a SCEP certificate of the work profile",
        platform: "androidForWorkGmail",
        inputs: async () => ({
          ...byCertificate,
          identityCertificate: (await made(scep, scepInputs("androidForWork"))).id,
        }),
      },
      {
        name: "one that does not exist",
        platform: "ios",
        inputs: async () => ({ ...byCertificate, identityCertificate: "gone" }),
        says: /^identityCertificate is gone, which does not exist.*iosScepCertificateProfile \(E12\)/,
      },
      {
        name: "a trusted root",
        platform: "ios",
        inputs: async () => ({ ...byCertificate, identityCertificate: (await made(trusted, trustedInputs("ios"))).id }),
        says: /^identityCertificate is .*"Contoso root", a iosTrustedRootCertificate; allowed: iosScepCertificateProfile \(E12\)/,
      },
      {
        name: "one of another platform",
        platform: "samsungKnox",
        inputs: async () => ({ ...byCertificate, identityCertificate: (await made(scep, scepInputs("ios"))).id }),
        says: /a iosScepCertificateProfile; allowed: androidScepCertificateProfile/,
      },
      {
        name: "an email profile",
        platform: "ios",
        inputs: async () => ({
          ...byCertificate,
          identityCertificate: (
            await tenant.cycle("EmailProfile").create(profileInputs("ios", { displayName: "Other" }))
          ).id,
        }),
        says: /a iosEasEmailProfileConfiguration; allowed/,
      },
      {
        name: "PKCS where SCEP is needed",
        platform: "ios",
        inputs: async () => ({ ...byCertificate, identityCertificate: await raw("iosPkcsCertificateProfile") }),
        says: /a iosPkcsCertificateProfile; allowed: iosScepCertificateProfile/,
      },
      {
        name: "PKCS to sign with",
        platform: "ios",
        inputs: async () => ({ ...signed, smimeSigningCertificate: await raw("iosPkcsCertificateProfile") }),
      },
      {
        name: "an imported certificate to identify with (the type trap)",
        platform: "ios",
        inputs: async () => ({ ...byCertificate, identityCertificate: await raw("iosImportedPFXCertificateProfile") }),
        says: /a iosImportedPFXCertificateProfile; allowed/,
      },
      {
        name: "an imported certificate to sign and encrypt with",
        platform: "ios",
        inputs: async () => ({
          ...signed,
          smimeSigningCertificate: await raw("iosImportedPFXCertificateProfile"),
          smimeEncryptionCertificate: await raw("iosImportedPFXCertificateProfile"),
        }),
      },
      {
        name: "the work profile's imported certificate, which Graph lets KNOX sign with",
        platform: "samsungKnox",
        inputs: async () => ({
          ...signed,
          smimeSigningCertificate: await raw("androidForWorkImportedPFXCertificateProfile"),
        }),
        says: /^smimeSigningCertificate is .*a androidForWorkImportedPFXCertificateProfile; allowed: androidScep/,
      },
    ];
    for (const { name, platform, inputs, says } of cases) {
      it(`${says ? "is refused" : "is taken"} on ${platform}: ${name}`, async () => {
        const found = await failures(tenant.cycle("EmailProfile"), profileInputs(platform, await inputs()));
        assert.equal(found.length, says ? 1 : 0, found.join("\n"));
        if (says) assert.match(found[0]!, says);
      });
    }

    it("loses its links on the service when certificates and S/MIME are left", async () => {
      const cycle = tenant.cycle("EmailProfile");
      const { id: identityCertificate } = await made(scep, scepInputs("ios"));
      const certificates = {
        ...byCertificate,
        ...signed,
        identityCertificate,
        smimeSigningCertificate: identityCertificate,
        smimeEncryptionCertificate: identityCertificate,
      };
      const it = await made(cycle, profileInputs("ios", certificates));
      const links = ["identityCertificate", "smimeSigningCertificate", "smimeEncryptionCertificate"];
      for (const name of links) assert.equal((await link(it.id, name)).id, identityCertificate, name);
      await cycle.update(it.id, it.outs, profileInputs("ios"));
      for (const name of links) assert.equal((await link(it.id, name)).status, 404, name);
      assert.equal((await entity(it.id)).authenticationMethod, "usernameAndPassword");
    });
  });
});
