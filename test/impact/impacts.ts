/** Forecasts as data, for tests of what is made of them. */
import {
  type Category,
  categoryNames,
  type DeviceImpact,
  type HeldImpact,
  type Impact,
} from "../../provider/impact/impact";

const none = () => Object.fromEntries(categoryNames.map((name) => [name, { people: 0, devices: 0 }]));

const empty: HeldImpact = {
  version: 1,
  project: "mail",
  stack: "dev",
  tenant: {
    displayName: "Contoso",
    domain: "contoso.example",
    clock: "2020-03-02T08:00:00Z",
    source: "embedded",
    assumed: [],
  },
  horizon: { until: "2020-03-04T08:00:00Z", ms: 172_800_000 },
  resources: [],
  devices: [],
  people: [],
  counts: none() as Impact["counts"],
  risks: [],
  others: [],
  calls: [],
};

/** A forecast with what a test says of it, and nothing else. */
export const impactWith = (
  parts: Partial<Omit<HeldImpact, "counts">> & { counts?: Partial<Impact["counts"]> },
): HeldImpact => ({
  ...empty,
  ...parts,
  counts: { ...(none() as Impact["counts"]), ...parts.counts },
});

/** All rows of a forecast, to look at. */
export const held = (impact: Impact): HeldImpact => ({
  ...impact,
  devices: [...impact.devices],
  people: [...impact.people],
});

export const resource = (
  name: string,
  parts: Partial<Impact["resources"][number]> = {},
): Impact["resources"][number] => ({
  urn: `urn:pulumi:dev::mail::pulumi-nodejs:dynamic/intune:EmailProfile::${name}`,
  type: "pulumi-nodejs:dynamic/intune:EmailProfile",
  name,
  op: "update",
  reasons: [],
  sees: "Nobody sees a change.",
  groups: [],
  people: 0,
  devices: 0,
  ...parts,
});

export const device = (number: number, category: Category, parts: Partial<DeviceImpact> = {}): DeviceImpact => ({
  deviceId: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
  deviceName: `iPhone ${number}`,
  userPrincipalName: `user${number}@contoso.example`,
  platform: "ios",
  profile: { id: "1", name: "Mail on iPhones" },
  before: "Mail on iPhones: installed",
  after: "Mail on iPhones: installed",
  category,
  reason: "It is so.",
  rule: "E7",
  at: `2020-03-02T${String(8 + (number % 8)).padStart(2, "0")}:30:00Z`,
  ...parts,
});

/** What the issue tells of: passwords again, accounts in the way, a profile that stays. */
export const merge: HeldImpact = impactWith({
  resources: [
    resource("exchange", {
      type: "pulumi-nodejs:dynamic/intune:ExchangeConnector",
      op: "update",
      reasons: [{ property: "exchangeAccount", old: "[secret]", new: "[secret]" }],
    }),
    resource("iphones", {
      op: "replace",
      id: "1",
      reasons: [
        { property: "displayName", old: "Mail", new: "Mail on iPhones" },
        {
          property: "hostName",
          old: "mail.contoso.example",
          new: "mail2.contoso.example",
          rule: "E7",
          why: "Exchange ActiveSync makes the account anew for another host",
        },
      ],
      sees: "1,240 people enter their passwords again; 31 people are blocked by accounts of their own.",
      groups: ["iPhone users", "Sales"],
      people: 1271,
      devices: 1273,
    }),
  ],
  devices: [
    ...[1, 2, 3, 4, 5].map((number) => device(number, "passwordAgain")),
    device(6, "blocked", {
      rule: "E9",
      before: "Mail: installed",
      after: "Mail on iPhones: kept out by the user's own account",
    }),
    device(7, "retained", { rule: "D3", after: "Mail: stays, as it is the only one", userPrincipalName: null }),
  ],
  people: [
    ...[1, 2, 3, 4, 5].map((number) => ({
      userPrincipalName: `user${number}@contoso.example`,
      displayName: `User ${number}`,
      categories: ["passwordAgain" as const],
      mailBefore: true,
      mailAfter: true,
    })),
    {
      userPrincipalName: "user6@contoso.example",
      displayName: "User 6",
      categories: ["blocked"],
      mailBefore: true,
      mailAfter: true,
    },
  ],
  counts: {
    passwordAgain: { people: 1240, devices: 1240 },
    blocked: { people: 31, devices: 33 },
    retained: { people: 0, devices: 6 },
    unchanged: { people: 8000, devices: 9993 },
  },
  risks: [
    {
      kind: "blocked",
      rule: "E9",
      message: "31 people are blocked by accounts of their own (E9).",
      people: 31,
      devices: 33,
      names: ["user6@contoso.example"],
    },
    {
      kind: "emptyGroup",
      rule: "D5",
      message: 'Nobody is in the group "Sales" (D5).',
      people: 0,
      devices: 0,
      names: ["Sales"],
    },
  ],
  others: [{ type: "random:index/randomPet:RandomPet", count: 2 }],
  calls: [
    { method: "DELETE", path: "/beta/deviceManagement/deviceConfigurations/1" },
    { method: "POST", path: "/beta/deviceManagement/deviceConfigurations", body: { displayName: "Mail on iPhones" } },
  ],
});
