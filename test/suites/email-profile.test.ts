/** The life cycle of an email profile on each platform, on a tenant; what happened is looked up by raw requests. */
import assert from "node:assert/strict";
import type { Json } from "../../provider/graph/client";
import { has } from "../../provider/platform";
import { type PlatformName, platformNames, platforms } from "../../provider/platforms";
import type { Properties } from "../../provider/values";
import { examples, present, profileInputs } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

const collection = "/deviceManagement/deviceConfigurations";

/** What Graph has for these inputs, said here once more so that a mistake of the provider's tables shows. */
const onTheWire = (platform: PlatformName, inputs: Properties): Json => {
  const { kind: _kind, platform: _platform, easServices, ...plain } = inputs;
  const graphTypes: Record<PlatformName, string> = {
    ios: "iosEasEmailProfileConfiguration",
    samsungKnox: "androidEasEmailProfileConfiguration",
    windowsPhone81: "windowsPhoneEASEmailProfileConfiguration",
    windows10: "windows10EasEmailProfileConfiguration",
    androidForWorkGmail: "androidForWorkGmailEasConfiguration",
    androidForWorkNineWork: "androidForWorkNineWorkEasConfiguration",
  };
  const annotated = platform.startsWith("androidForWork") ? ["accountName", "emailSyncSchedule"] : [];
  const named = Object.entries(plain).map(([name, value]) => [
    annotated.includes(name) ? `@classic.${name}` : name,
    value,
  ]);
  // Graph writes flags as one text, in the order of their values.
  const services = ["calendars", "contacts", "email", "notes", "reminders"];
  const flags = services.filter((service) => (easServices as string[] | undefined)?.includes(service)).join(",");
  return {
    "@odata.type": `#microsoft.graph.${graphTypes[platform]}`,
    ...Object.fromEntries(named),
    ...(easServices ? { easServices: flags } : {}),
  };
};

const withoutSpaces = (value: unknown) => (typeof value === "string" ? value.replaceAll(", ", ",") : value);

for (const platform of platformNames) {
  describe(`an email profile for ${platform}`, () => {
    let tenant: Rehearsal;
    let cycle: ReturnType<Rehearsal["cycle"]>;
    beforeEach(() => {
      tenant = rehearse();
      cycle = tenant.cycle("EmailProfile");
    });
    afterEach(() => tenant.close());

    const inputs = profileInputs(platform);

    async function made(over: Properties = {}): Promise<{ id: string; outs: Properties }> {
      const checked = await cycle.check({}, { ...inputs, ...over });
      assert.deepEqual(checked, { inputs: { ...inputs, ...over }, failures: [] });
      return cycle.create(checked.inputs) as Promise<{ id: string; outs: Properties }>;
    }

    async function hasOnly(id: string, expected: Json): Promise<void> {
      const entity = await tenant.raw("GET", `${collection}/${id}`);
      const seen = Object.fromEntries(Object.keys(expected).map((name) => [name, withoutSpaces(entity[name] ?? null)]));
      assert.deepEqual(seen, expected);
    }

    it("is made as Graph has it", async () => {
      const { id, outs } = await made();
      await hasOnly(id, onTheWire(platform, inputs));
      assert.deepEqual(outs, {
        ...inputs,
        odataType: onTheWire(platform, {})["@odata.type"],
        version: 1,
      });
    });

    it("does not differ from itself, before and after a refresh", async () => {
      const { id, outs } = await made();
      assert.equal((await cycle.diff(id, outs, inputs)).changes, false);
      const read = await cycle.read(id, outs);
      assert.deepEqual(read, { id, inputs, props: outs });
      assert.equal((await cycle.diff(id, read.props as Properties, inputs)).changes, false);
    });

    it("is updated in place: what changed is sent, and nothing else", async () => {
      const { id, outs } = await made();
      const news = present({ ...inputs, ...examples[platform].change });
      assert.deepEqual((await cycle.check(inputs, news)).failures, []);
      const diff = await cycle.diff(id, outs, news);
      assert.deepEqual([diff.changes, diff.replaces], [true, []]);
      const { outs: after } = await cycle.update(id, outs, news);
      const gone = Object.keys(inputs).filter((name) => !(name in news));
      const cleared = Object.fromEntries(gone.map((name) => [name, name.startsWith("applyOnly") ? false : null]));
      const { [gone.find((name) => name === "emailSyncSchedule") ?? ""]: _annotation, ...plain } = cleared;
      await hasOnly(id, { ...onTheWire(platform, news), ...(platform.startsWith("android") ? plain : cleared) });
      assert.equal((after as Properties).version, 2);
      assert.equal((await cycle.diff(id, after, news)).changes, false);
      const read = await cycle.read(id, after as Properties);
      assert.deepEqual(read.inputs, news, "a refresh after the update shows no drift");
    });

    it("shows drift of every setting that somebody changes by hand, and puts it right", async () => {
      const { id, outs } = await made();
      const patch = { "@odata.type": outs.odataType, durationOfEmailToSync: "threeDays", description: "by hand" };
      await tenant.raw("PATCH", `${collection}/${id}`, patch);
      const read = await cycle.read(id, outs);
      const { durationOfEmailToSync, description } = read.inputs as Properties;
      assert.deepEqual([durationOfEmailToSync, description], ["threeDays", "by hand"]);
      assert.equal((await cycle.diff(id, read.props as Properties, inputs)).changes, true);
      await cycle.update(id, read.props as Properties, inputs);
      await hasOnly(id, { ...onTheWire(platform, inputs), description: inputs.description ?? null });
    });

    const other: PlatformName = platform === "ios" ? "windows10" : "ios";
    const replacing: { property: string; news: Properties }[] = [
      { property: "hostName", news: { ...inputs, hostName: "mail2.contoso.example" } },
      { property: "emailAddressSource", news: { ...inputs, emailAddressSource: "userPrincipalName" } },
      { property: "platform", news: profileInputs(other) },
    ];
    for (const { property, news } of replacing) {
      it(`is deleted and made anew where ${property} changes, and says why (E7)`, async () => {
        const { id, outs } = await made();
        const diff = await cycle.diff(id, outs, news);
        assert.ok(diff.replaces?.includes(property));
        assert.equal(diff.deleteBeforeReplace, true);
        assert.match(
          tenant.said.join("\n"),
          new RegExp(`^Email profile "Mail" has to be deleted.*${property}: .*\\(E7: `),
        );
        assert.deepEqual((await cycle.check({}, news)).failures, [], "its own name is in nobody's way");
        await cycle.delete(id, outs);
        const { id: newId } = await cycle.create(news);
        assert.notEqual(newId, id);
        assert.equal((await tenant.raw("GET", `${collection}/${id}`)).status, 404);
        await hasOnly(newId, onTheWire(news.platform as PlatformName, news));
      });
    }

    it("is deleted, once or twice, and reads as gone", async () => {
      const { id, outs } = await made();
      await cycle.delete(id, outs);
      assert.equal((await tenant.raw("GET", `${collection}/${id}`)).status, 404);
      await cycle.delete(id, outs);
      assert.deepEqual(await cycle.read(id, outs), { id: "", props: {} });
    });

    it("may not have the name of another one (E3), which is named", async () => {
      const first = await made();
      const fresh = rehearse(undefined, tenant.tenant).cycle("EmailProfile");
      const { failures } = await fresh.check({}, inputs);
      assert.deepEqual(
        failures?.map(({ property }) => property),
        ["displayName"],
      );
      assert.ok(failures?.[0]?.reason.includes(first.id));
      await assert.rejects(async () => cycle.create(inputs), new RegExp(first.id));
      const all = await tenant.raw("GET", collection);
      assert.equal((all.value as Json[]).length, 1);
    });

    it("takes over one of its name when asked, changing nothing; what differs shows next", async () => {
      const first = await made();
      const fresh = rehearse(undefined, tenant.tenant).cycle("EmailProfile");
      const news = { ...inputs, durationOfEmailToSync: "threeDays", adopt: true };
      assert.deepEqual((await fresh.check({}, news)).failures, []);
      const { id, outs } = await fresh.create(news);
      assert.equal(id, first.id);
      assert.equal((await tenant.raw("GET", `${collection}/${id}`)).version, 1);
      assert.deepEqual(outs, { ...first.outs, adopt: true });
      assert.equal((await fresh.diff(id, outs, news)).changes, true);
      assert.equal(
        (await fresh.diff(id, outs, { ...inputs, adopt: true })).changes,
        false,
        "the preview after it is empty",
      );
      assert.ok(
        Object.values(outs as Properties).every((value) => value !== undefined),
        "the SDK's server cannot send undefined",
      );
    });

    it("does not take over one of another platform", async () => {
      const { id } = await tenant.cycle("EmailProfile").create(profileInputs(other));
      const says = new RegExp(`cannot be adopted: ${id} is a #`);
      await assert.rejects(async () => cycle.create({ ...inputs, adopt: true }), says);
      const fresh = rehearse(undefined, tenant.tenant).cycle("EmailProfile");
      const { failures } = await fresh.check({}, { ...inputs, adopt: true });
      assert.match(failures?.map(({ property, reason }) => `${property} ${reason}`).join("\n") ?? "", says);
    });

    if (has(platforms[platform].settings.identityCertificate)) {
      it("gets, changes and loses its identity certificate, which Graph keeps as a link", async () => {
        const [one, two] = [await certificate(tenant, platform, "one"), await certificate(tenant, platform, "two")];
        const byCertificate = { authenticationMethod: "certificate", identityCertificate: one };
        const { id, outs } = await made(byCertificate);
        const cast = `microsoft.graph.${String(outs.odataType).split(".").pop()}`;
        const linked = async () => (await tenant.raw("GET", `${collection}/${id}/${cast}/identityCertificate`)).id;
        assert.equal(await linked(), one);
        assert.deepEqual((await cycle.read(id, outs)).inputs, { ...inputs, ...byCertificate });
        const second = { ...inputs, ...byCertificate, identityCertificate: two };
        const { outs: after } = await cycle.update(id, outs, second);
        assert.equal(await linked(), two);
        const { outs: last } = await cycle.update(id, after as Properties, inputs);
        assert.equal(await linked(), undefined);
        assert.deepEqual((await cycle.read(id, last as Properties)).inputs, inputs);
      });
    }
  });
}

/** A certificate profile that the platform's identity can be, made by hand. */
async function certificate(tenant: Rehearsal, platform: PlatformName, displayName: string): Promise<string> {
  const prefix = platform === "ios" ? "ios" : platform === "samsungKnox" ? "android" : "androidForWork";
  const made = await tenant.raw("POST", collection, {
    "@odata.type": `#microsoft.graph.${prefix}ScepCertificateProfile`,
    displayName,
    ...scep(prefix !== "ios"),
  });
  assert.ok(made.id, JSON.stringify(made));
  return String(made.id);
}

const scep = (android: boolean) => ({
  renewalThresholdPercentage: 20,
  subjectNameFormat: "commonName",
  ...(android ? { subjectAlternativeNameType: "none", hashAlgorithm: "sha2" } : {}),
  certificateValidityPeriodValue: 1,
  certificateValidityPeriodScale: "years",
  extendedKeyUsages: [],
  scepServerUrls: ["https://scep.contoso.example"],
  keyUsage: "digitalSignature",
  keySize: "size2048",
});
