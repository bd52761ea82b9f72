/** ExchangeAccessPolicy (C1, C2, S2) on a tenant; what happened is looked up by raw requests. */
import assert from "node:assert/strict";
import type { Json } from "../../provider/graph/client";
import { type Properties, UNKNOWN } from "../../provider/values";
import { present } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

const policyPath = "/deviceManagement/exchangeOnPremisesPolicy";
const settingsPath = "/deviceManagement/conditionalAccessSettings";

const html = "<p>Enrol your phone – and your mail comes back.</p>";
const rule = (name: string, accessLevel: string, type = "family") => ({ deviceClass: { type, name }, accessLevel });

const inputs = (over: Properties = {}): Properties =>
  present({
    kind: "ExchangeAccessPolicy",
    enabled: true,
    includedGroups: ["All mail users"],
    excludedGroups: ["iPhone users"],
    overrideDefaultRule: true,
    defaultAccessLevel: "quarantine",
    accessRules: [rule("iPhone", "allow"), rule("SM-G973F", "block", "model")],
    notificationContent: html,
    ...over,
  });

describe("an access policy for on-premises Exchange", () => {
  let tenant: Rehearsal;
  let cycle: ReturnType<Rehearsal["cycle"]>;
  beforeEach(() => {
    tenant = rehearse();
    cycle = tenant.cycle("ExchangeAccessPolicy");
  });
  afterEach(() => tenant.close());

  const failures = async (news: Properties, olds: Properties = {}) =>
    ((await cycle.check(olds, news)).failures ?? []).map(({ property, reason }) => `${property} ${reason}`);

  async function made(over: Properties = {}): Promise<{ id: string; outs: Properties }> {
    assert.deepEqual(await failures(inputs(over)), []);
    return (await cycle.create(inputs(over))) as { id: string; outs: Properties };
  }

  const inTenant = async () => {
    const [policy, settings] = await Promise.all([tenant.raw("GET", policyPath), tenant.raw("GET", settingsPath)]);
    const { value: groups } = (await tenant.raw("GET", "/groups")) as { value: Json[] };
    const names = (ids: unknown) => (ids as string[]).map((id) => groups.find((group) => group.id === id)?.displayName);
    return {
      enabled: settings.enabled,
      included: names(settings.includedGroups),
      excluded: names(settings.excludedGroups),
      override: settings.overrideDefaultRule,
      level: policy.defaultAccessLevel,
      rules: (policy.accessRules as Json[] | null)?.map(({ deviceClass, accessLevel }) => {
        const { type, name } = deviceClass as Json;
        return `${type} ${name} ${accessLevel}`;
      }),
      notification: policy.notificationContent && Buffer.from(String(policy.notificationContent), "base64").toString(),
    };
  };

  const empty = {
    enabled: false,
    included: [],
    excluded: [],
    override: false,
    level: "none",
    rules: undefined,
    notification: null,
  };

  it("is made of Graph's two singletons, its notification in base64 (C1, C2)", async () => {
    const { id } = await made();
    assert.deepEqual(await inTenant(), {
      enabled: true,
      included: ["All mail users"],
      excluded: ["iPhone users"],
      override: true,
      level: "quarantine",
      rules: ["family iPhone allow", "model SM-G973F block"],
      notification: html,
    });
    assert.equal(id, (await tenant.raw("GET", policyPath)).id);
  });

  it("sends the notification before it targets anybody (C2)", async () => {
    await made();
    assert.deepEqual(
      tenant.requests.filter((request) => request.startsWith("PATCH")).map((request) => request.split("/").at(-1)),
      ["exchangeOnPremisesPolicy", "conditionalAccessSettings"],
    );
  });

  const given: { name: string; over: Properties }[] = [
    { name: "all that there is", over: {} },
    {
      name: "no more than has to be",
      over: {
        enabled: false,
        includedGroups: undefined,
        excludedGroups: undefined,
        overrideDefaultRule: undefined,
        defaultAccessLevel: undefined,
        accessRules: undefined,
        notificationContent: undefined,
      },
    },
    { name: "defaults said aloud", over: { enabled: false, overrideDefaultRule: false, accessRules: [] } },
  ];
  for (const { name, over } of given) {
    it(`does not differ from itself, before and after a refresh: ${name}`, async () => {
      const { id, outs } = await made(over);
      assert.equal((await cycle.diff(id, outs, inputs(over))).changes, false);
      assert.deepEqual(await cycle.read(id, outs), { id, inputs: inputs(over), props: outs });
    });
  }

  it("does not differ where order and case do", async () => {
    const { id, outs } = await made();
    const turned = [rule("sm-g973f", "block", "model"), rule("IPHONE", "allow")];
    assert.equal((await cycle.diff(id, outs, inputs({ accessRules: turned }))).changes, false);
  });

  const long = `<p>${"ä".repeat(40_000)}</p>`;
  const refused: { name: string; over: Properties; says: RegExp }[] = [
    { name: "no word on whether it is on (E2)", over: { enabled: undefined }, says: /^enabled is required/ },
    {
      name: "nobody targeted (C1)",
      over: { includedGroups: [] },
      says: /^includedGroups names nobody: .*\(C1\)/,
    },
    {
      name: "a group that is not there (C1)",
      over: { includedGroups: ["All mail users", "Nobody"] },
      says: /^includedGroups\[1\] is "Nobody", which is neither the id nor the name of a group/,
    },
    {
      name: "a group both ways",
      over: { excludedGroups: ["All mail users"] },
      says: /^excludedGroups group .* is included as well/,
    },
    {
      name: "none as a level",
      over: { defaultAccessLevel: "none" },
      says: /^defaultAccessLevel is "none"; allowed: "allow", "block", "quarantine"/,
    },
    {
      name: "none as a rule's level",
      over: { accessRules: [rule("iPhone", "none")] },
      says: /^accessRules\[0\]\.accessLevel is "none"/,
    },
    {
      name: "a second rule for a class (S2)",
      over: { accessRules: [rule("iPhone", "allow"), rule("iPad", "allow"), rule("iphone", "block")] },
      says: /^accessRules\[2\]\.deviceClass is the family "iphone", which accessRules\[0\] is about already/,
    },
    {
      name: "a class without name",
      over: { accessRules: [rule("", "allow")] },
      says: /^accessRules\[0\]\.deviceClass\.name must be the name of a family or model/,
    },
    {
      name: "a notification that is too long (C2)",
      over: { notificationContent: long },
      says: /^notificationContent has 80007 bytes; at most 65536 are allowed \(C2\)/,
    },
    {
      name: "a notification that is encoded already (C2)",
      over: { notificationContent: Buffer.from(html).toString("base64") },
      says: /^notificationContent is base64: give the HTML itself/,
    },
    { name: "a property that does not exist", over: { groups: [] }, says: /has no property "groups"/ },
  ];
  for (const { name, over, says } of refused) {
    it(`refuses ${name}`, async () => {
      const found = await failures(inputs(over));
      assert.ok(
        found.some((failure) => says.test(failure)),
        found.join("\n").slice(0, 500) || "nothing was said",
      );
      assert.ok(found.join("").length < 2000, "what is too long is not repeated");
      assert.deepEqual(
        tenant.requests.filter((request) => request.startsWith("PATCH")),
        [],
      );
    });
  }

  it("says everything that is wrong at once", async () => {
    const found = await failures(
      inputs({
        includedGroups: undefined,
        defaultAccessLevel: "none",
        accessRules: [rule("iPhone", "allow"), rule("iPhone", "none"), rule("iPhone", "block")],
      }),
    );
    assert.deepEqual(found.map((failure) => failure.split(" ")[0]).sort(), [
      "accessRules[1].accessLevel",
      "accessRules[2].deviceClass",
      "defaultAccessLevel",
      "includedGroups",
    ]);
  });

  it("lets pass what is not known yet", async () => {
    assert.deepEqual(
      await failures(inputs({ includedGroups: UNKNOWN, accessRules: UNKNOWN, notificationContent: UNKNOWN })),
      [],
    );
    assert.deepEqual(await failures(inputs({ includedGroups: [UNKNOWN], accessRules: [rule(UNKNOWN, UNKNOWN)] })), []);
  });

  it("is changed in place, rules as a whole, and only that singleton which changes", async () => {
    const { id, outs } = await made();
    const news = inputs({ accessRules: [rule("iPad", "block")] });
    const diff = await cycle.diff(id, outs, news);
    assert.deepEqual([diff.changes, diff.replaces], [true, []]);
    tenant.requests.length = 0;
    const { outs: after } = await cycle.update(id, outs, news);
    assert.deepEqual((await inTenant()).rules, ["family iPad block"]);
    assert.deepEqual(
      tenant.requests.filter((request) => request.startsWith("PATCH")),
      [`PATCH /beta${policyPath}`],
    );
    assert.equal((await cycle.diff(id, after as Properties, news)).changes, false);
  });

  it("shows what somebody changes by hand, and puts it right", async () => {
    const { id, outs } = await made();
    await tenant.raw("PATCH", settingsPath, { enabled: false, excludedGroups: [] });
    await tenant.raw("PATCH", policyPath, {
      defaultAccessLevel: "allow",
      accessRules: null,
      notificationContent: null,
    });
    const read = await cycle.read(id, outs);
    assert.deepEqual(read.inputs, {
      kind: "ExchangeAccessPolicy",
      enabled: false,
      includedGroups: ["All mail users"],
      excludedGroups: [],
      overrideDefaultRule: true,
      defaultAccessLevel: "allow",
    });
    assert.equal((await cycle.diff(id, read.props as Properties, inputs())).changes, true);
    await cycle.update(id, read.props as Properties, inputs());
    assert.deepEqual((await cycle.read(id, outs)).inputs, inputs());
  });

  it("puts the defaults back when it is deleted, and leaves Exchange as it is (X9)", async () => {
    const { id, outs } = await made();
    await cycle.delete(id, outs);
    assert.deepEqual(await inTenant(), empty);
    await cycle.delete(id, outs);
  });

  it("says what it takes over (C1), and rules for classes that nobody has seen (S2)", async () => {
    const connector = {
      "@odata.type": "#microsoft.graph.deviceManagementExchangeConnector",
      exchangeConnectorType: "onPremises",
      serverName: "cas01.contoso.example",
      primarySmtpAddress: "mail-notifications@contoso.example",
      "@classic.exchangeAccount": "CONTOSO\\svc-intune",
      "@classic.exchangeAccountPassword": "x",
    };
    await tenant.raw("POST", "/deviceManagement/exchangeConnectors", connector);
    await tenant.raw("PATCH", policyPath, { defaultAccessLevel: "block" });
    assert.deepEqual(await failures(inputs({ accessRules: [rule("iphone", "allow"), rule("Pager", "block")] })), []);
    const said = tenant.advised.join("\n");
    assert.match(said, /^warning: The tenant has an access policy .*conditional access for 1 group, block as default/m);
    assert.match(said, /^warning: No device that the connectors have seen is of the family "Pager"; known: .*iPhone/m);
    assert.doesNotMatch(said, /family "iphone"/);
  });

  it("foretells who loses access, tries that without any effect, and is right (C2 to C4)", async () => {
    const connector = {
      exchangeConnectorType: "onPremises",
      serverName: "cas01.contoso.example",
      primarySmtpAddress: "mail-notifications@contoso.example",
      "@classic.exchangeAccount": "CONTOSO\\svc-intune",
      "@classic.exchangeAccountPassword": "x",
    };
    const { id } = await tenant.raw("POST", "/deviceManagement/exchangeConnectors", connector);
    const counts = async () => {
      const { exchangeOrganizations } = await tenant.raw("GET", "/../simulation/status");
      return (exchangeOrganizations as { name: string; counts: Record<string, number> }[])[0]!.counts;
    };
    const everything = async () =>
      JSON.stringify([
        await tenant.raw("GET", "/../simulation/status"),
        await tenant.raw("GET", "/../simulation/events"),
        await inTenant(),
      ]);
    const [before, untouched] = [await counts(), await everything()];
    // Whoever is exempted falls back to Exchange's own default; compliant devices no longer override it.
    const hard = { overrideDefaultRule: false, defaultAccessLevel: "block", accessRules: undefined };
    assert.deepEqual(await failures(inputs(hard)), []);
    assert.equal(await everything(), untouched, "a preview has no effect");
    const said = /(\d+) devices? of (\d+) that .* then (\d+) are blocked and (\d+) in quarantine/.exec(
      tenant.advised.join(),
    );
    assert.ok(said, tenant.advised.join("\n"));
    await cycle.create(inputs(hard));
    await tenant.raw("POST", `/deviceManagement/exchangeConnectors/${id}/sync`, { syncType: "fullSync" });
    const after = await counts();
    assert.deepEqual(said.slice(1).map(Number), [
      before.allowed! - after.allowed!,
      before.allowed,
      after.blocked,
      after.quarantined,
    ]);
    tenant.advised.length = 0;
    assert.deepEqual(await failures(inputs(hard), inputs(hard)), []);
    assert.doesNotMatch(tenant.advised.join(), /lose/);
  });

  it("says nothing of taking over where there is nothing, or it is its own", async () => {
    await tenant.raw("PATCH", settingsPath, { enabled: false });
    const { outs } = await made();
    assert.deepEqual(await failures(inputs(), outs), []);
    assert.doesNotMatch(tenant.advised.join("\n"), /takes it over/);
  });

  it("records what it made where the rest fails, and the next run goes on from there", async () => {
    let fail = true;
    const broken = rehearse((send) => (request) => {
      const isLast = request.method === "PATCH" && request.url.endsWith("conditionalAccessSettings");
      return isLast && fail ? Promise.resolve(new Response("{}", { status: 500 })) : send(request);
    });
    try {
      const cycle = broken.cycle("ExchangeAccessPolicy");
      await assert.rejects(
        async () => cycle.create(inputs()),
        (error: Error & { id?: string; properties?: Properties }) => {
          assert.ok(error.id);
          assert.equal(error.properties?.notificationContent, html);
          return true;
        },
      );
      fail = false;
      const { id } = await broken.raw("GET", policyPath);
      const { inputs: seen, props } = await cycle.read(String(id), inputs());
      await cycle.update(String(id), props as Properties, inputs());
      assert.notDeepEqual(seen, inputs());
      assert.deepEqual((await cycle.read(String(id), inputs())).inputs, inputs());
    } finally {
      broken.close();
    }
  });
});
