/** Deployment (D1 to D3) on a tenant; what happened is looked up by raw requests. */
import assert from "node:assert/strict";
import type { Json } from "../../provider/graph/client";
import { type Properties, UNKNOWN } from "../../provider/values";
import { profileInputs } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

describe("a deployment", () => {
  let tenant: Rehearsal;
  let cycle: ReturnType<Rehearsal["cycle"]>;
  let profileId: string;
  const ids = new Map<string, string>();
  const idOf = (name: string) => ids.get(name)!;

  beforeEach(async () => {
    tenant = rehearse();
    cycle = tenant.cycle("Deployment");
    profileId = (await tenant.cycle("EmailProfile").create(profileInputs("ios"))).id;
    for (const { displayName, id } of (await tenant.raw("GET", "/groups")).value as Json[]) {
      ids.set(String(displayName), String(id));
    }
  });
  afterEach(() => tenant.close());

  const inputs = (over: Properties = {}): Properties => ({
    kind: "Deployment",
    profileId,
    includedGroups: ["iPhone users"],
    ...over,
  });

  /** What Graph has: `+name` for an included group, `-name` for an excluded one, `*` for everybody. */
  async function assigned(): Promise<string[]> {
    const { value } = await tenant.raw("GET", `/deviceManagement/deviceConfigurations/${profileId}/assignments`);
    const names = new Map([...ids].map(([name, id]) => [id, name]));
    const words: Record<string, string> = {
      "#microsoft.graph.groupAssignmentTarget": "+",
      "#microsoft.graph.exclusionGroupAssignmentTarget": "-",
      "#microsoft.graph.allLicensedUsersAssignmentTarget": "*users",
      "#microsoft.graph.allDevicesAssignmentTarget": "*devices",
    };
    const targets = (value as { target: Json }[]).map(({ target }) => target);
    return targets
      .map((target) => `${words[String(target["@odata.type"])]}${names.get(String(target.groupId)) ?? ""}`)
      .sort();
  }

  const failures = async (news: Properties, olds: Properties = {}) =>
    ((await cycle.check(olds, news)).failures ?? []).map(({ property, reason }) => `${property} ${reason}`);

  async function made(over: Properties = {}): Promise<{ id: string; outs: Properties }> {
    assert.deepEqual(await failures(inputs(over)), []);
    return (await cycle.create(inputs(over))) as { id: string; outs: Properties };
  }

  const targets: { name: string; over: () => Properties; assigned: string[] }[] = [
    { name: "a group by its name", over: () => ({}), assigned: ["+iPhone users"] },
    {
      name: "a group by its id",
      over: () => ({ includedGroups: [idOf("iPhone users")] }),
      assigned: ["+iPhone users"],
    },
    {
      name: "the same group by name, by id and again",
      over: () => ({ includedGroups: ["iPhone users", idOf("iPhone users"), "iPhone users"] }),
      assigned: ["+iPhone users"],
    },
    {
      name: "groups, less others",
      over: () => ({ includedGroups: ["All mail users"], excludedGroups: ["Gmail users", idOf("Nine Work users")] }),
      assigned: ["+All mail users", "-Gmail users", "-Nine Work users"],
    },
    {
      name: "all users and all devices",
      over: () => ({ includedGroups: undefined, allLicensedUsers: true, allDevices: true }),
      assigned: ["*devices", "*users"],
    },
    {
      name: "all users, less a group",
      over: () => ({ includedGroups: [], allLicensedUsers: true, excludedGroups: ["Shared tablets"] }),
      assigned: ["*users", "-Shared tablets"],
    },
  ];
  for (const { name, over, assigned: expected } of targets) {
    it(`goes to ${name}; then nothing differs, before and after a refresh`, async () => {
      const { id, outs } = await made(over());
      assert.equal(id, profileId);
      assert.deepEqual(await assigned(), expected);
      assert.equal((await cycle.diff(id, outs, inputs(over()))).changes, false);
      const read = await cycle.read(id, outs);
      assert.equal((await cycle.diff(id, read.props as Properties, inputs(over()))).changes, false);
    });
  }

  const refused: { name: string; over: () => Properties; says: RegExp }[] = [
    {
      name: "nothing at all (D1)",
      over: () => ({ includedGroups: undefined }),
      says: /^includedGroups names nobody.*\(D1\)/,
    },
    { name: "an empty list (D1)", over: () => ({ includedGroups: [] }), says: /^includedGroups names nobody.*\(D1\)/ },
    {
      name: "exclusions only (D1)",
      over: () => ({ includedGroups: undefined, excludedGroups: ["Gmail users"] }),
      says: /^includedGroups names nobody/,
    },
    {
      name: "all users: false (D1)",
      over: () => ({ includedGroups: undefined, allLicensedUsers: false }),
      says: /^includedGroups names nobody/,
    },
    {
      name: "a name of no group",
      over: () => ({ includedGroups: ["Gmail users", "Nobody"] }),
      says: /^includedGroups\[1\] is "Nobody", which is neither the id nor the name of a group/,
    },
    {
      name: "an id of no group",
      over: () => ({ excludedGroups: ["00000000-0000-0000-0000-00000000000a"] }),
      says: /^excludedGroups\[0\] is "0{8}-.*neither/,
    },
    {
      name: "a name in another case",
      over: () => ({ includedGroups: ["IPHONE USERS"] }),
      says: /neither the id nor the name/,
    },
    {
      name: "a name with a quote in it",
      over: () => ({ includedGroups: ["O'Neill' or 1 eq 1"] }),
      says: /neither the id nor the name/,
    },
    {
      name: "a group on both sides",
      over: () => ({ excludedGroups: [idOf("iPhone users")] }),
      says: /^excludedGroups .* is included as well/,
    },
    {
      name: "an empty name",
      over: () => ({ includedGroups: [""] }),
      says: /^includedGroups\[0\] must be the id or the display name/,
    },
    { name: "a name that is no list", over: () => ({ includedGroups: "iPhone users" }), says: /^includedGroups / },
    {
      name: "a profile that is not there",
      over: () => ({ profileId: "00000000-0000-0000-0000-00000000000b" }),
      says: /^profileId is 0{8}-.*does not exist/,
    },
    { name: "no profile", over: () => ({ profileId: undefined }), says: /^profileId is required/ },
    {
      name: "a property that does not exist",
      over: () => ({ groups: ["x"] }),
      says: /^groups has no property "groups"|^groups does not exist/,
    },
  ];
  for (const { name, over, says } of refused) {
    it(`is refused to ${name}`, async () => {
      const found = await failures(inputs(over()));
      assert.ok(
        found.some((failure) => says.test(failure)),
        found.join("\n") || "nothing was said",
      );
      assert.deepEqual(await assigned(), []);
    });
  }

  it("takes a certificate profile as well", async () => {
    const body = {
      "@odata.type": "#microsoft.graph.iosTrustedRootCertificate",
      displayName: "Root",
      trustedRootCertificate: "QQ==",
    };
    profileId = String((await tenant.raw("POST", "/deviceManagement/deviceConfigurations", body)).id);
    await made();
    assert.deepEqual(await assigned(), ["+iPhone users"]);
  });

  it("names the ids where several groups have a name, and takes one of the ids", async () => {
    const twin = await tenant.raw("POST", "/groups", {
      displayName: "iPhone users",
      mailEnabled: false,
      mailNickname: "twin",
      securityEnabled: true,
    });
    const [failure] = await failures(inputs());
    assert.match(failure ?? "", /^includedGroups\[0\] is "iPhone users", the name of several groups/);
    assert.ok(failure?.includes(String(twin.id)) && failure.includes(idOf("iPhone users")));
    await made({ includedGroups: [twin.id] });
  });

  it("says everything that is wrong at once", async () => {
    const found = await failures(
      inputs({ profileId: "nothing", includedGroups: ["Nobody"], excludedGroups: ["No one"] }),
    );
    assert.deepEqual(
      found.map((failure) => failure.split(" ")[0]),
      ["profileId", "includedGroups[0]", "excludedGroups[0]"],
    );
  });

  it("lets pass what is not known yet", async () => {
    assert.deepEqual(await failures(inputs({ profileId: UNKNOWN, includedGroups: [UNKNOWN, "iPhone users"] })), []);
    assert.deepEqual(await failures(inputs({ profileId: UNKNOWN, includedGroups: UNKNOWN })), []);
    assert.deepEqual(await failures(inputs({ includedGroups: undefined, allDevices: UNKNOWN })), []);
  });

  const equal: { name: string; news: () => Properties }[] = [
    { name: "order", news: () => ({ includedGroups: ["Gmail users", "iPhone users"] }) },
    { name: "repetition", news: () => ({ includedGroups: ["iPhone users", "Gmail users", "iPhone users"] }) },
  ];
  for (const { name, news } of equal) {
    it(`does not change with the ${name} of its groups`, async () => {
      const { id, outs } = await made({ includedGroups: ["iPhone users", "Gmail users"] });
      assert.equal((await cycle.diff(id, outs, inputs(news()))).changes, false);
    });
  }

  const updates: { name: string; from: Properties; to: Properties; assigned: string[] }[] = [
    {
      name: "a group more",
      from: {},
      to: { includedGroups: ["iPhone users", "Gmail users"] },
      assigned: ["+Gmail users", "+iPhone users"],
    },
    {
      name: "a group less: a change that only takes away is sent",
      from: { includedGroups: ["iPhone users", "Gmail users"] },
      to: {},
      assigned: ["+iPhone users"],
    },
    { name: "exclusions gone", from: { excludedGroups: ["Gmail users"] }, to: {}, assigned: ["+iPhone users"] },
    {
      name: "groups gone, all devices instead",
      from: {},
      to: { includedGroups: undefined, allDevices: true },
      assigned: ["*devices"],
    },
  ];
  for (const { name, from, to, assigned: expected } of updates) {
    it(`is updated in place: ${name}`, async () => {
      const { id, outs } = await made(from);
      const news = inputs(to);
      assert.deepEqual(await failures(news, inputs(from)), []);
      const diff = await cycle.diff(id, outs, news);
      assert.deepEqual([diff.changes, diff.replaces], [true, []]);
      const { outs: after } = await cycle.update(id, outs, news);
      assert.deepEqual(await assigned(), expected);
      assert.equal((await cycle.diff(id, after, news)).changes, false);
    });
  }

  it("is replaced where its profile is, or is not known yet, and says why (D1)", async () => {
    const { id, outs } = await made();
    for (const other of [UNKNOWN, "00000000-0000-0000-0000-00000000000c"]) {
      const diff = await cycle.diff(id, outs, inputs({ profileId: other }));
      assert.deepEqual(diff.replaces, ["profileId"]);
      assert.equal(diff.deleteBeforeReplace, true);
    }
    assert.match(tenant.said.join("\n"), /profileId: .* → \(not known yet\) \(D1: /);
    assert.deepEqual(await failures(inputs()), [], "its own assignments are in nobody's way");
  });

  it("may not be the second owner of a profile's assignments: said at preview, and at create (D1)", async () => {
    await made();
    const second = rehearse(undefined, tenant.tenant).cycle("Deployment");
    const news = inputs({ includedGroups: ["Gmail users"] });
    const { failures: found } = await second.check({}, news);
    assert.deepEqual(
      found?.map(({ property }) => property),
      ["profileId"],
    );
    assert.match(
      found?.[0]?.reason ?? "",
      new RegExp(`${idOf("iPhone users")}.*one Deployment owns them all \\(D1\\)`),
    );
    await assert.rejects(async () => second.create(news), /one Deployment owns them all \(D1\)/);
    assert.deepEqual(await assigned(), ["+iPhone users"]);
  });

  it("takes over assignments when asked, changing nothing; what differs shows next", async () => {
    await made({ includedGroups: ["Gmail users"], excludedGroups: ["Shared tablets"] });
    const second = rehearse(undefined, tenant.tenant).cycle("Deployment");
    const news = inputs({ adopt: true });
    assert.deepEqual((await second.check({}, news)).failures, []);
    const { id, outs } = (await second.create(news)) as { id: string; outs: Properties };
    assert.deepEqual(await assigned(), ["+Gmail users", "-Shared tablets"]);
    assert.deepEqual(outs.excludedGroups, [idOf("Shared tablets")]);
    assert.equal((await second.diff(id, outs, news)).changes, true);
    await second.update(id, outs, news);
    assert.deepEqual(await assigned(), ["+iPhone users"]);
  });

  it("shows drift of what somebody assigned by hand, and puts it right", async () => {
    const { id, outs } = await made();
    const target = { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" };
    await tenant.raw("POST", `/deviceManagement/deviceConfigurations/${id}/assign`, { assignments: [{ target }] });
    const read = await cycle.read(id, outs);
    assert.deepEqual([(read.inputs as Properties).includedGroups, (read.inputs as Properties).allDevices], [[], true]);
    assert.equal((await cycle.diff(id, read.props as Properties, inputs())).changes, true);
    await cycle.update(id, read.props as Properties, inputs());
    assert.deepEqual(await assigned(), ["+iPhone users"]);
  });

  it("is taken away, once or twice, with and without its profile", async () => {
    const { id, outs } = await made();
    await cycle.delete(id, outs);
    assert.deepEqual(await assigned(), []);
    await cycle.delete(id, outs);
    await tenant.raw("DELETE", `/deviceManagement/deviceConfigurations/${id}`);
    await cycle.delete(id, outs);
    assert.deepEqual(await cycle.read(id, outs), { id: "", props: {} });
  });
});
