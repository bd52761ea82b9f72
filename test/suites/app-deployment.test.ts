/** AppDeployment (E10, D1) on a tenant; what happened is looked up by raw requests. */
import assert from "node:assert/strict";
import type { Json } from "../../provider/graph/client";
import { type Properties, UNKNOWN } from "../../provider/values";
import { profileInputs } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

const collection = "/deviceAppManagement/mobileApps";

describe("an app deployment", () => {
  let tenant: Rehearsal;
  let cycle: ReturnType<Rehearsal["cycle"]>;
  let gmail: string;
  const groups = new Map<string, string>();
  beforeEach(async () => {
    tenant = rehearse();
    cycle = tenant.cycle("AppDeployment");
    const apps = (await tenant.raw("GET", collection)).value as Json[];
    gmail = String(apps.find(({ displayName }) => displayName === "Gmail")!.id);
    for (const { id, displayName } of (await tenant.raw("GET", "/groups")).value as Json[]) {
      groups.set(String(displayName), String(id));
    }
  });
  afterEach(() => tenant.close());

  const inputs = (over: Properties = {}): Properties => ({
    kind: "AppDeployment",
    app: "Gmail",
    intent: "required",
    includedGroups: ["Gmail users"],
    ...over,
  });
  const failures = async (news: Properties, olds: Properties = {}) =>
    ((await cycle.check(olds, news)).failures ?? []).map(({ property, reason }) => `${property} ${reason}`);
  async function made(over: Properties = {}): Promise<{ id: string; outs: Properties }> {
    assert.deepEqual(await failures(inputs(over)), []);
    return (await cycle.create(inputs(over))) as { id: string; outs: Properties };
  }

  /** What Graph has: `required +Gmail users`, `-` for an excluded group. */
  async function assigned(id = gmail): Promise<string[]> {
    const names = new Map([...groups].map(([name, group]) => [group, name]));
    const { value } = await tenant.raw("GET", `${collection}/${id}/assignments`);
    const words: Record<string, string> = {
      "#microsoft.graph.groupAssignmentTarget": "+",
      "#microsoft.graph.exclusionGroupAssignmentTarget": "-",
      "#microsoft.graph.allLicensedUsersAssignmentTarget": "*users",
    };
    return (value as { intent: string; target: Json }[])
      .map(
        ({ intent, target }) =>
          `${intent} ${words[String(target["@odata.type"])]}${names.get(String(target.groupId)) ?? ""}`,
      )
      .sort();
  }

  const named: { name: string; over: () => Properties; assigned: string[] }[] = [
    { name: "by display name", over: () => ({}), assigned: ["required +Gmail users"] },
    { name: "by id", over: () => ({ app: gmail }), assigned: ["required +Gmail users"] },
    { name: "by package id", over: () => ({ app: "com.google.android.gm" }), assigned: ["required +Gmail users"] },
    {
      name: "as available, to groups less others",
      over: () => ({ intent: "available", includedGroups: ["All mail users"], excludedGroups: ["Samsung users"] }),
      assigned: ["available +All mail users", "available -Samsung users"],
    },
    {
      name: "to all users",
      over: () => ({ includedGroups: undefined, allLicensedUsers: true }),
      assigned: ["required *users"],
    },
  ];
  for (const { name, over, assigned: expected } of named) {
    it(`is made ${name}; then nothing differs, before and after a refresh`, async () => {
      const { id, outs } = await made(over());
      assert.deepEqual([id, outs.displayName, outs.packageId], [gmail, "Gmail", "com.google.android.gm"]);
      assert.deepEqual(await assigned(), expected);
      assert.equal((await cycle.diff(id, outs, inputs(over()))).changes, false);
      const read = await cycle.read(id, outs);
      assert.equal((await cycle.diff(id, read.props as Properties, inputs(over()))).changes, false);
    });
  }

  const refused: { name: string; over: Properties; says: RegExp }[] = [
    { name: "no app", over: { app: undefined }, says: /^app is required/ },
    {
      name: "an app that the tenant lacks (E10)",
      over: { app: "Outlook" },
      says: /^app is "Outlook", which is neither.*\(E10\)/,
    },
    {
      name: "another intent",
      over: { intent: "uninstall" },
      says: /^intent is "uninstall"; allowed: "required", "available"/,
    },
    { name: "nobody", over: { includedGroups: [] }, says: /^includedGroups names nobody/ },
    {
      name: "a group that is not there",
      over: { includedGroups: ["Nobody"] },
      says: /^includedGroups\[0\] is "Nobody"/,
    },
    {
      name: "a group both ways",
      over: { excludedGroups: ["Gmail users"] },
      says: /^excludedGroups group .* is included as well/,
    },
    { name: "a misspelt property", over: { group: "x" }, says: /^group has no property "group"/ },
  ];
  for (const { name, over, says } of refused) {
    it(`is refused for ${name}`, async () => {
      const found = await failures(inputs(over));
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0]!, says);
      assert.deepEqual(await assigned(), []);
    });
  }

  it("passes where the app or a group is not known yet", async () => {
    assert.deepEqual(await failures(inputs({ app: UNKNOWN, includedGroups: [UNKNOWN] })), []);
  });

  it("names the ids where several apps have a name, and takes one of the ids", async () => {
    tenant.tenant.context.db.run("UPDATE mobileApp SET displayName = 'Gmail'");
    const [found = ""] = await failures(inputs());
    assert.match(found, /^app is "Gmail", the name of several apps; give one of the ids /);
    assert.ok(found.includes(gmail));
    assert.deepEqual(await failures(inputs({ app: gmail })), []);
  });

  it("is updated in place: intent, groups and removal of groups; another app replaces it", async () => {
    const over = { includedGroups: ["Gmail users", "Samsung users"], excludedGroups: ["Nine Work users"] };
    const { id, outs } = await made(over);
    const news = inputs({ intent: "available" });
    assert.deepEqual((await cycle.diff(id, outs, news)).replaces, []);
    await cycle.update(id, outs, news);
    assert.deepEqual(await assigned(), ["available +Gmail users"]);
    assert.deepEqual((await cycle.diff(id, outs, inputs({ ...over, app: "Nine Work" }))).replaces, ["app"]);
  });

  it("D1: another's assignments are an error that names them, unless they are adopted", async () => {
    await made();
    const second = rehearse((send) => send, tenant.tenant).cycle("AppDeployment");
    const other = inputs({ includedGroups: ["Samsung users"] });
    const [failure] = (await second.check({}, other)).failures ?? [];
    assert.match(String(failure?.reason), /^is Gmail \(.*\), which has assignments already \(required .*D1/);
    await assert.rejects(second.create(other), /has assignments already/);
    const adopting = { ...other, adopt: true };
    assert.deepEqual((await second.check({}, adopting)).failures, []);
    const adopted = (await second.create(adopting)) as { id: string; outs: Properties };
    assert.deepEqual(await assigned(), ["required +Gmail users"], "adopting changes nothing");
    assert.equal((await second.diff(adopted.id, adopted.outs, adopting)).changes, true);
  });

  it("shows drift: an assignment by hand, another intent, all taken away", async () => {
    const { id, outs } = await made();
    const byHand = async (assignments: Json[]) =>
      tenant.raw("POST", `${collection}/${gmail}/assign`, { mobileAppAssignments: assignments });
    const target = (name: string) => ({
      "@odata.type": "#microsoft.graph.groupAssignmentTarget",
      groupId: groups.get(name),
    });
    const sets: Json[][] = [
      [
        { intent: "required", target: target("Gmail users") },
        { intent: "required", target: target("Samsung users") },
      ],
      [{ intent: "available", target: target("Gmail users") }],
      [],
    ];
    for (const set of sets) {
      await byHand(set);
      const read = await cycle.read(id, outs);
      assert.equal((await cycle.diff(id, read.props as Properties, inputs())).changes, true, JSON.stringify(set));
    }
    await cycle.update(id, outs, inputs());
    assert.deepEqual(await assigned(), ["required +Gmail users"]);
  });

  it("is taken away, once or twice; the app stays in the tenant", async () => {
    const { id, outs } = await made();
    await cycle.delete(id, outs);
    await cycle.delete(id, outs);
    assert.deepEqual(await assigned(), []);
    assert.equal((await tenant.raw("GET", `${collection}/${gmail}`)).displayName, "Gmail");
  });

  it("E10: brings the app to devices, and with it the profile that waited", async () => {
    const { id: profileId } = await tenant.cycle("EmailProfile").create(profileInputs("androidForWorkGmail"));
    const deployment = { kind: "Deployment", profileId, includedGroups: ["Gmail users"] };
    await tenant.cycle("Deployment").create(deployment);
    const { db } = tenant.tenant.context;
    db.run("DELETE FROM deviceApp");
    const checkIn = async () => {
      const request = new Request("http://tenant.example/simulation/checkIn", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      assert.equal((await tenant.tenant.fetch(request)).status, 200);
      return db.all(
        "SELECT reason, count(*) AS devices FROM deviceProfile WHERE profileId = :profileId GROUP BY reason",
        {
          profileId,
        },
      ) as Json[];
    };
    const waiting = (await checkIn()).find(({ reason }) => reason === "appMissing");
    assert.ok(waiting);
    await made();
    const after = await checkIn();
    assert.equal(
      after.find(({ reason }) => reason === "appMissing"),
      undefined,
    );
    assert.equal(after.find(({ reason }) => reason === "installed")?.devices, waiting.devices);
  });
});
