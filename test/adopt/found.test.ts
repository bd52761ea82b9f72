/** What programs made is found as they said it; taking it over changes nothing, and then nothing differs. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Adoptable, type Found, readAdoptable } from "../../provider/adopt/found";
import type { Json, Send } from "../../provider/graph/client";
import { generateSeed } from "../../provider/tenant";
import type { Properties } from "../../provider/values";
import { connector, declared, type Program, programs } from "../impact/programs";
import { type Declared, openStack } from "../impact/stack";
import { profileInputs } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

const deploys = ({ kind }: { kind: string }) => kind === "Deployment" || kind === "AppDeployment";

/** By kind and name, with names for ids, and sets in one order: what was declared and what was found, to be compared. */
function said(all: readonly (Declared | Found)[]): string[] {
  const nameOf = new Map(all.flatMap((one) => ("id" in one && !deploys(one) ? [[one.id, one.displayName]] : [])));
  const text = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(text).sort();
    if (typeof value !== "string") return value;
    // A certificate is the same as PEM and as what PEM holds.
    return nameOf.get(value) ?? value.replace(/^ref:/, "").replace(/-----(BEGIN|END) CERTIFICATE-----|\n/g, "");
  };
  return all
    .map(({ kind, inputs }) => {
      const { adopt: _, kind: _kind, ...own } = inputs;
      const given = Object.entries(own).filter(([, value]) => !isUnsaid(value));
      return JSON.stringify([kind, given.map(([name, value]) => [name, text(value)]).sort()]);
    })
    .sort();
}

/** What says the same as nothing. */
const isUnsaid = (value: unknown) => value === undefined || value === false || JSON.stringify(value) === "[]";

/** Groups have no order. */
const inOrder = (body: Json): unknown =>
  JSON.parse(JSON.stringify(body), (key, value: unknown) =>
    /^(included|excluded)Groups$/.test(key) && Array.isArray(value) ? value.toSorted() : value,
  );

/** Everything that a program can change, as the tenant tells it. */
const state = (world: Rehearsal) =>
  Promise.all(
    [
      "/deviceManagement/deviceConfigurations?$expand=assignments",
      "/deviceAppManagement/mobileApps?$expand=assignments",
      "/deviceManagement/conditionalAccessSettings",
      "/deviceManagement/exchangeOnPremisesPolicy",
    ].map(async (path) => inOrder(await world.raw("GET", path))),
  );

/** A first `up` of what was found, and what a preview after it would change. */
async function takeOver(world: Rehearsal, { found }: Adoptable): Promise<string[]> {
  const kept: { one: Found; outs: Properties }[] = [];
  for (const one of found) {
    const cycle = world.cycle(one.kind);
    const news = { ...one.inputs, kind: one.kind };
    assert.deepEqual((await cycle.check({}, news)).failures ?? [], []);
    const { id, outs } = (await cycle.create(news)) as { id: string; outs: Properties };
    assert.equal(id, one.id);
    kept.push({ one, outs });
  }
  const differing: string[] = [];
  for (const { one, outs } of kept) {
    const { changes } = await world.cycle(one.kind).diff(one.id, outs, { ...one.inputs, kind: one.kind });
    if (changes) differing.push(`${one.kind} ${one.displayName}`);
  }
  return differing;
}

describe("what a tenant has", () => {
  it("is found as it was declared, and is taken over without a change", async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(programs, async (program) => {
        const stack = openStack(() => generateSeed({ devices: 6, seed: 1 }));
        try {
          // A policy is there always, and is the seed's where the program has none.
          const policy = program.policy ?? { enabled: true, groups: ["All mail users"], level: "allow" };
          const original = declared({ ...program, policy, connector: undefined });
          await stack.up(original);
          const before = await state(rehearse((send) => send, stack.tenant));
          const reader = rehearse((send) => send, stack.tenant);
          const adoptable = await readAdoptable(reader.graph);
          assert.deepEqual(
            reader.requests.filter((request) => !/^GET |\/\$batch$/.test(request)),
            [],
          );
          assert.deepEqual(adoptable.left, []);
          assert.deepEqual(said(adoptable.found), said(original));
          assert.deepEqual(
            await takeOver(
              rehearse((send) => send, stack.tenant),
              adoptable,
            ),
            [],
          );
          assert.deepEqual(await state(rehearse((send) => send, stack.tenant)), before);
        } finally {
          stack.close();
        }
      }),
      { seed: 7, numRuns: 30 },
    );
  });
});

const nothing: Program = { profiles: {}, certificates: {}, apps: {}, connector, policy: undefined };

describe("what is not taken over", () => {
  const collection = "/deviceManagement/deviceConfigurations";

  /** Changes what the service answers to a GET whose address matches. */
  const answering =
    (address: RegExp, change: (body: Json) => Json | 404) =>
    (send: Send): Send =>
    async (request) => {
      const asked = request.clone();
      const answer = await send(request);
      if (request.method === "GET" && address.test(request.url)) return changed(change((await answer.json()) as Json));
      if (!request.url.endsWith("/$batch")) return answer;
      const { responses } = (await answer.json()) as { responses: { id: string; status: number; body: Json }[] };
      const { requests } = (await asked.json()) as { requests: { id: string; url: string }[] };
      return Response.json({
        responses: responses.map((part) => {
          if (!address.test(requests.find(({ id }) => id === part.id)!.url)) return part;
          const body = change(part.body);
          return body === 404 ? { ...part, status: 404, body: { error: { code: "NotFound" } } } : { ...part, body };
        }),
      });
    };
  const changed = (body: Json | 404) => (body === 404 ? new Response("{}", { status: 404 }) : Response.json(body));
  const unchanged = (send: Send): Send => send;

  interface Row {
    name: string;
    make: (world: Rehearsal) => Promise<unknown>;
    between?: (send: Send) => Send;
    left: [what: string, displayName: string, why: RegExp][];
    /** What is taken over all the same. */
    found?: string[];
  }
  const profile = (world: Rehearsal, over: Properties = {}) =>
    world.cycle("EmailProfile").create(profileInputs("ios", over)) as Promise<{ id: string }>;
  const deployed = async (world: Rehearsal) => {
    const { id } = await profile(world);
    const inputs = { kind: "Deployment", profileId: id, includedGroups: ["iPhone users"] };
    await world.cycle("Deployment").create(inputs);
  };

  const connector = declared(nothing).find(({ kind }) => kind === "ExchangeConnector")!.inputs;

  const rows: Row[] = [
    {
      name: "two profiles of one name, which nobody could tell apart (E3)",
      make: async (world) => {
        const { id } = await profile(world);
        const { displayName: _, id: _id, ...body } = await world.raw("GET", `${collection}/${id}`);
        await profile(world, { displayName: "Other" });
        const others = (await world.raw("GET", collection)).value as Json[];
        const other = others.find(({ displayName }) => displayName === "Other")!;
        await world.raw("PATCH", `${collection}/${other.id}`, {
          "@odata.type": body["@odata.type"],
          displayName: "Mail",
        });
      },
      left: [
        ["email profile", "Mail", /same name/],
        ["email profile", "Mail", /same name/],
      ],
    },
    {
      name: "a value that no program can say",
      make: (world) => profile(world),
      between: answering(/deviceConfigurations\/[\w-]+$/, (body) => ({ ...body, durationOfEmailToSync: "threeYears" })),
      left: [["email profile", "Mail", /durationOfEmailToSync is "threeYears"/]],
    },
    {
      name: "assignments with a filter",
      make: deployed,
      between: answering(/\/assignments$/, (body) => ({
        ...body,
        value: (body.value as { target: Json }[]).map(({ target, ...rest }) => ({
          ...rest,
          target: { ...target, deviceAndAppManagementAssignmentFilterId: "b1a0" },
        })),
      })),
      left: [["deployment", "Mail", /has a filter/]],
      found: ["EmailProfile"],
    },
    {
      name: "assignments to a group that is gone",
      make: deployed,
      between: answering(/\/groups\/[\w-]+$/, () => 404),
      left: [
        ["deployment", "Mail", /does not exist any more/],
        ["access policy", "Access to Exchange", /does not exist any more/],
      ],
      found: ["EmailProfile"],
    },
    {
      name: "an app that some must have and others may",
      make: async (world) => {
        const apps = (await world.raw("GET", "/deviceAppManagement/mobileApps")).value as Json[];
        const { id } = apps.find(({ displayName }) => displayName === "Gmail")!;
        const groups = (await world.raw("GET", "/groups")).value as Json[];
        const assignment = (intent: string, at: number) => ({
          intent,
          target: { "@odata.type": "#microsoft.graph.groupAssignmentTarget", groupId: groups[at]!.id },
        });
        const mobileAppAssignments = [assignment("required", 0), assignment("available", 1)];
        await world.raw("POST", `/deviceAppManagement/mobileApps/${id}/assign`, { mobileAppAssignments });
      },
      left: [["app deployment", "Gmail", /several intents/]],
    },
    {
      name: "a connector, whose passwords nobody can read",
      make: (world) => world.cycle("ExchangeConnector").create(connector),
      left: [["Exchange connector", "Contoso Mail", /replaceExisting/]],
    },
  ];

  for (const { name, make, between = unchanged, left, found = [] } of rows) {
    it(name, async () => {
      const world = rehearse();
      try {
        await make(world);
        const read = await readAdoptable(rehearse(between, world.tenant).graph);
        const own = read.found.filter(({ kind }) => kind !== "ExchangeAccessPolicy");
        assert.deepEqual(
          own.map(({ kind }) => kind),
          found,
        );
        assert.deepEqual(
          read.left.map(({ what, displayName }) => [what, displayName]),
          left.map(([what, displayName]) => [what, displayName]),
        );
        for (const [at, [, , why]] of left.entries()) assert.match(read.left[at]!.why, why);
      } finally {
        world.close();
      }
    });
  }
});
