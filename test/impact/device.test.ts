/** Two states of a device side by side: what counts as a change, and what goes in whose place. */
import assert from "node:assert/strict";
import { changesOn, isSame, type Pair } from "../../provider/impact/device";
import type { DeviceState, Happened, ProfileState } from "../../provider/impact/outcome";

const account = (host: string, emailAddress = "ada@contoso.example") =>
  JSON.stringify({ hostName: host, emailAddress });

const profile = (id: string, over: Partial<ProfileState> = {}): ProfileState => ({
  ...{ id, name: `Mail ${id}`, isMail: true, reason: "installed", message: `Mail ${id} is installed.`, version: 1 },
  account: account("mail.contoso.example"),
  ...over,
});
const blocked = (id: string) =>
  profile(id, { reason: "duplicateAccount", message: "An account is there.", account: null });
const waiting = (id: string, version: number) =>
  profile(id, { reason: "approvalPending", message: `The user has to approve version ${version}.` });

const device = (profiles: ProfileState[], over: Partial<DeviceState> = {}) =>
  ({
    ...{ id: "d", name: "ADA-IPHONE", platform: "ios", easDeviceId: null, userPrincipalName: "ada@contoso.example" },
    ...{ userDisplayName: "Ada", person: 1, own: [], apps: [], profiles },
    ...over,
  }) as DeviceState;

const happened = (
  kind: string,
  subjectId: string,
  time = "2020-03-02T10:00:00Z",
  detail: object | null = null,
): Happened => ({
  ...{ kind, subjectId, time, message: `${kind} ${subjectId}` },
  detail: detail && JSON.stringify(detail),
});
const asked = (...ids: string[]) => ids.map((id) => happened("passwordAsked", id));

describe("two states of a device", () => {
  const one = () => device([profile("a")], { own: ["ada on x"], apps: ["gmail"] });
  const others: { name: string; other: DeviceState }[] = [
    { name: "an account of its user's own", other: device([profile("a")], { own: [], apps: ["gmail"] }) },
    {
      name: "another account of its user's own",
      other: device([profile("a")], { own: ["ada on y"], apps: ["gmail"] }),
    },
    { name: "an app", other: device([profile("a")], { own: ["ada on x"], apps: [] }) },
    { name: "a profile", other: device([], { own: ["ada on x"], apps: ["gmail"] }) },
    { name: "another profile", other: device([profile("b")], { own: ["ada on x"], apps: ["gmail"] }) },
    {
      name: "what it says",
      other: device([profile("a", { reason: "retained" })], { own: ["ada on x"], apps: ["gmail"] }),
    },
    {
      name: "the version that it waits for",
      other: device([profile("a", { message: "Another." })], { own: ["ada on x"], apps: ["gmail"] }),
    },
    {
      name: "the account that is on it",
      other: device([profile("a", { account: account("other.example") })], { own: ["ada on x"], apps: ["gmail"] }),
    },
  ];
  for (const { name, other } of others) {
    it(`differ by ${name}`, () => assert.equal(isSame(one(), other), false));
  }
  it("do not differ by a version, which nobody sees", () => {
    assert.equal(isSame(device([profile("a")]), device([profile("a", { version: 2 })])), true);
  });
});

interface Row {
  name: string;
  without: ProfileState[];
  having: ProfileState[];
  /** New ids of what is replaced, by old ones. */
  replaced?: Record<string, string>;
  events?: Partial<Pair["events"]>;
  /** `category: what was there → what is there, rule, time`. */
  rows: string[];
}

const at = "2020-03-02T10:00:00Z";
const rows: Row[] = [
  {
    name: "one that is replaced goes in the place of its old one, whoever comes beside it",
    without: [profile("a")],
    having: [profile("0"), profile("n")],
    replaced: { a: "n" },
    events: { having: asked("0", "n") },
    rows: [
      `gains: none → Mail 0: installed, D1, null`,
      `passwordAgain: Mail a: installed → Mail n: installed, E7, ${at}`,
    ],
  },
  {
    name: "one of the same address goes in the place of another, before one of another address does",
    without: [profile("a", { account: account("x", "other@contoso.example") }), profile("b")],
    having: [profile("m"), profile("n", { account: account("y", "third@contoso.example") })],
    events: { having: asked("m", "n") },
    rows: [
      `passwordAgain: Mail a: installed → Mail n: installed, E6, ${at}`,
      `passwordAgain: Mail b: installed → Mail m: installed, E6, ${at}`,
    ],
  },
  {
    name: "of two that come for one, the first by name takes its place, whatever ids were drawn for them",
    without: [profile("a")],
    having: [profile("1", { name: "Zulu" }), profile("2", { name: "Alpha" })],
    events: { having: asked("1", "2") },
    rows: [`gains: none → Zulu: installed, D1, null`, `passwordAgain: Mail a: installed → Alpha: installed, E6, ${at}`],
  },
  {
    name: "one that stays out takes the place of what it replaces: it is not lost as well",
    without: [profile("a")],
    having: [blocked("n")],
    replaced: { a: "n" },
    events: { having: [happened("accountBlocked", "n")] },
    rows: [`blocked: Mail a: installed → Mail n: kept out by the user's own account, E9, ${at}`],
  },
  {
    name: "one that stays out does not take the place of what another has taken",
    without: [profile("a")],
    having: [blocked("n"), profile("z")],
    events: { having: asked("z") },
    rows: [
      `blocked: none → Mail n: kept out by the user's own account, E9, null`,
      `passwordAgain: Mail a: installed → Mail z: installed, E6, ${at}`,
    ],
  },
  {
    name: "one that was kept out under its old id is no news",
    without: [blocked("a")],
    having: [blocked("n")],
    replaced: { a: "n" },
    rows: [],
  },
  {
    name: "one that waits for no app or account is not what others go for",
    without: [profile("a")],
    having: [profile("n", { reason: "userMissing", account: null })],
    rows: ["loses: Mail a: installed → none, D4, null"],
  },
  {
    name: "a user who waits to approve one version is asked for the next",
    without: [waiting("a", 2)],
    having: [waiting("a", 3)],
    events: { having: [happened("approvalAsked", "a")] },
    rows: [`prompt: Mail a: waits for the user's approval → Mail a: waits for the user's approval, E8, ${at}`],
  },
  {
    name: "a password that is asked for in place, without a replacement, is asked for once",
    without: [profile("a")],
    having: [profile("a", { account: account("mail2") })],
    events: { having: asked("a") },
    rows: [`passwordAgain: Mail a: installed → Mail a: installed, E6, ${at}`],
  },
  {
    name: "a password that is asked for twice is asked for from the first time on",
    without: [profile("a")],
    having: [profile("n")],
    replaced: { a: "n" },
    events: { having: [...asked("n"), happened("passwordAsked", "n", "2020-03-02T18:00:00Z")] },
    rows: [`passwordAgain: Mail a: installed → Mail n: installed, E7, ${at}`],
  },
  {
    name: "a password that would be asked for anyway is not asked for again",
    without: [profile("a")],
    having: [profile("n")],
    replaced: { a: "n" },
    events: { without: asked("a"), having: asked("n") },
    rows: [],
  },
  {
    name: "an account that was overwritten anyway, by what is replaced, is not overwritten by it",
    without: [profile("a")],
    having: [profile("n")],
    replaced: { a: "n" },
    events: {
      without: [happened("accountOverwritten", "a", at, { hostName: "h", emailAddress: "e" })],
      having: [happened("accountOverwritten", "n", at, { hostName: "h", emailAddress: "e" })],
    },
    rows: [],
  },
  {
    name: "an account that is overwritten time and again is one, from the first time",
    without: [profile("a")],
    having: [profile("a", { account: account("h") })],
    events: {
      having: [at, "2020-03-02T18:00:00Z"].map((time) =>
        happened("accountOverwritten", "a", time, { hostName: "h", emailAddress: "e" }),
      ),
    },
    rows: [`overwritten: the user's own account e on h → Mail a: installed, E9, ${at}`],
  },
  {
    name: "one that cannot connect for another reason than before",
    without: [profile("a", { reason: "identityCertificateMissing", message: "No certificate." })],
    having: [profile("a", { reason: "chainNotTrusted", message: "No trust." })],
    events: { having: [happened("connectionFailed", "a")] },
    rows: [`cannotConnect: Mail a: cannot connect → Mail a: cannot connect, E12, ${at}`],
  },
  {
    name: "one that could not connect, in the place of one that cannot",
    without: [profile("a", { reason: "serverCertificateMissing" })],
    having: [profile("n", { reason: "serverCertificateMissing" })],
    replaced: { a: "n" },
    rows: [],
  },
];

describe("what a plan does to a device", () => {
  for (const { name, without, having, replaced = {}, events = {}, rows: expected } of rows) {
    it(name, () => {
      const pair: Pair = {
        without: device(without),
        having: device(having),
        events: { without: [], having: [], ...events },
        oldIdOf: new Map(Object.entries(replaced).map(([old, now]) => [now, old])),
        isKept: () => false,
      };
      const said = changesOn(pair).map(
        ({ category, before, after, rule, at }) => `${category}: ${before} → ${after}, ${rule}, ${at}`,
      );
      assert.deepEqual(said.sort(), expected.sort());
    });
  }
});
