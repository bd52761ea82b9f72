/** A forecast on a twin that Graph told of is that on an exact copy, where what Graph does not tell makes no difference. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { graphClient } from "../../provider/graph/client";
import { forecast } from "../../provider/impact/forecast";
import type { Impact } from "../../provider/impact/impact";
import { twinOfFolder } from "../../provider/impact/twin";
import { twinOfEndpoint } from "../../provider/impact/twin-graph";
import { generateSeed } from "../../provider/tenant";
import { connector, declared, type Program } from "./programs";
import { openStack, type TestStack } from "./stack";

const hour = 3_600_000;
const everybody = ["All mail users"];
const profile = (over: object = {}) => ({
  ...{ host: "mail.contoso.example", byCertificate: false, days: "oneWeek" as const, ssl: false },
  ...{ groups: everybody, without: [], ...over },
});

/** Mail for all, as the quick start has it. */
const program = (over: Partial<Program["profiles"]> = {}, policy?: Program["policy"]): Program => ({
  profiles: {
    "ios 1": profile(),
    "samsungKnox 1": profile(),
    "windows10 1": profile(),
    "androidForWorkGmail 1": profile({ groups: ["Gmail users"] }),
    ...over,
  },
  certificates: {},
  apps: {},
  connector,
  policy,
});

const edits: { name: string; after: Program; meets: (keyof Impact["counts"])[] }[] = [
  {
    name: "another server",
    after: program({ "ios 1": profile({ host: "mail2.contoso.example" }) }),
    meets: ["passwordAgain"],
  },
  { name: "another setting", after: program({ "windows10 1": profile({ days: "oneMonth" }) }), meets: ["prompt"] },
  {
    name: "other people",
    after: program({ "samsungKnox 1": profile({ groups: ["iPhone users"] }) }),
    meets: ["retained"],
  },
  { name: "another profile", after: program({ "windowsPhone81 1": profile() }), meets: ["gains"] },
  { name: "none any more", after: program({ "ios 1": undefined }), meets: ["loses"] },
  {
    name: "another access policy",
    after: program({}, { enabled: false, groups: everybody, level: "allow" }),
    meets: [],
  },
];

/** What of it can be the same: ids of what is made anew are each tenant's own. */
const comparable = ({ devices, people, counts, resources }: Impact) => ({
  ...{ people: [...people], counts },
  devices: [...devices].map(({ profile, ...row }) => JSON.stringify({ ...row, profile: profile?.name ?? null })).sort(),
  resources: resources.map(({ name, op, people, devices }) => ({ name, op, people, devices })),
});

/** What is left of it where people and devices have other names. */
const unnamed = ({ devices, people, counts }: Impact) => ({
  counts,
  people: Array.from(
    people,
    ({ categories, mailBefore, mailAfter }) => `${categories} ${mailBefore} ${mailAfter}`,
  ).sort(),
  devices: Array.from(devices, (row) => `${row.deviceId} ${row.category} ${row.rule} ${row.at} ${row.platform}`).sort(),
});

describe("a forecast on a twin of a tenant behind Graph", () => {
  let stack: TestStack;
  before(async () => {
    const seed = generateSeed({ devices: 40, seed: 3 });
    // Of one that an account blocks, Graph does not tell whether it would comply without.
    for (const device of seed.devices) if (device.accounts.length > 0) device.complianceState = "compliant";
    stack = openStack(() => seed);
    await stack.up(declared(program()));
    stack.advance(26);
  });
  after(() => stack.close());

  for (const { name, after, meets } of edits) {
    it(`is that on an exact copy: ${name}`, async () => {
      const plan = await stack.preview(declared(after));
      const graph = graphClient({ endpoint: "http://tenant.example", send: (request) => stack.tenant.fetch(request) });
      const takenAt = stack.tenant.context.clock.now();
      const throughGraph = (over: { pseudonyms?: boolean } = {}) =>
        twinOfEndpoint(graph, { source: "http://tenant.example", takenAt, ...over });
      const [exact, told] = [
        await forecast({ twinOf: stack.twinOf, plan, horizon: 26 * hour }),
        await forecast({ twinOf: () => throughGraph(), plan, horizon: 26 * hour }),
      ];
      for (const category of meets) assert.ok(exact.counts[category].devices > 0, `nobody meets ${category}`);
      assert.deepEqual(comparable(told), comparable(exact));
      const renamed = await throughGraph({ pseudonyms: true });
      try {
        const folder = dirname(renamed.context.db.get<{ file: string }>("PRAGMA database_list")!.file);
        const others = await forecast({ twinOf: async () => twinOfFolder(folder), plan, horizon: 26 * hour });
        assert.deepEqual(unnamed(others), unnamed(told));
      } finally {
        renamed.close();
      }
      assert.deepEqual([exact.tenant.source, told.tenant.source], ["embedded", "twin"]);
      assert.ok(told.tenant.assumed.length > 5);
    });
  }
});
