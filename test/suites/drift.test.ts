/** What is changed behind the program's back is found by a refresh, all of it, and nothing is found that is no change. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import type { Json } from "../../provider/graph/client";
import { changes } from "../../provider/on-change";
import { type Has, has } from "../../provider/platform";
import { type PlatformName, platformNames, platforms } from "../../provider/platforms";
import { type Kind, resourceTypes } from "../../provider/resources";
import type { Setting } from "../../provider/resources/email-profile-settings";
import { type Properties, same, sameSet } from "../../provider/values";
import { examples, profileInputs } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

const collection = "/deviceManagement/deviceConfigurations";
const runs = { numRuns: 25 };

interface Made {
  id: string;
  outs: Properties;
}

/** The inputs that differ after a refresh. */
async function found(tenant: Rehearsal, kind: Kind, { id, outs }: Made, inputs: Properties): Promise<string[]> {
  const run = rehearse(undefined, tenant.tenant);
  const read = await run.cycle(kind).read(id, outs);
  assert.equal(read.id, id);
  return changes(resourceTypes[kind].onChange, read.props as Properties, inputs)
    .map(({ property }) => property)
    .toSorted();
}

/** Makes the object what the inputs say, as an up does after a refresh. */
async function putRight(tenant: Rehearsal, kind: Kind, id: string, inputs: Properties): Promise<Made> {
  const cycle = tenant.cycle(kind);
  const { props } = await cycle.read(id, inputs);
  const { outs } = await cycle.update(id, props as Properties, inputs);
  return { id, outs: outs as Properties };
}

// --- values that somebody may set by hand -----------------------------------------------------------------------------

type Rows = [Setting, Has][];

const rowsOf = (platform: PlatformName) =>
  Object.entries(platforms[platform].settings).filter(
    (row): row is [Setting, Has] => has(row[1]) && row[1].as !== "link",
  ) as Rows;

/** Values of a setting; that of the program among them, it may be. */
function valuesOf(name: Setting, { value: schema, required }: Has): fc.Arbitrary<unknown> {
  const given = ofSchema(name, schema);
  return required ? given : fc.option(given, { nil: null, freq: 3 });
}

function ofSchema(name: Setting, schema: z.ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodArray) {
    const item = schema.element;
    const all = item instanceof z.ZodEnum ? item.options.map(String) : ["0", "1", "2"];
    return fc.shuffledSubarray(all, { minLength: 1 });
  }
  return name === "description" && schema.safeParse("").success
    ? fc.constantFrom("", "By hand", "By another")
    : fc.constantFrom("one.contoso.example", "two.contoso.example");
}

const wireName = (name: Setting, row: Has) => (row.as === "annotation" ? `@classic.${name}` : name);
const onWire = (row: Has, value: unknown) => (value != null && row.wire ? row.wire.write(value) : value);

/** Whether two values of a setting mean the same: what is off, empty or the service's default is as if not given. */
function means(row: Has, one: unknown, other: unknown): boolean {
  const plain = (value: unknown) =>
    value == null || value === false || value === "" || value === "none" || same(value, row.cleared) ? null : value;
  const [first, second] = [plain(one), plain(other)];
  return Array.isArray(first) && Array.isArray(second) ? sameSet(first, second) : same(first, second);
}

const mutation = (platform: PlatformName) =>
  fc.record(
    Object.fromEntries(rowsOf(platform).map(([name, row]) => [name, valuesOf(name, row)])) as Record<
      string,
      fc.Arbitrary<unknown>
    >,
    { requiredKeys: [] },
  );

describe("drift of an email profile (E3, E6)", () => {
  for (const platform of platformNames) {
    const { odataType } = platforms[platform];
    const type = { "@odata.type": `#microsoft.graph.${odataType}` };

    it(`for ${platform}: every setting that was changed, added or taken away is found, and no other`, async () => {
      const tenant = rehearse();
      const cycle = tenant.cycle("EmailProfile");
      const rows = new Map(rowsOf(platform));
      const variants = [profileInputs(platform), profileInputs(platform, examples[platform].change)];
      const first = (await cycle.create(variants[0]!)) as Made;
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...variants), mutation(platform), async (inputs, mutated) => {
          const made = await putRight(tenant, "EmailProfile", first.id, inputs);
          assert.deepEqual(await found(tenant, "EmailProfile", made, inputs), [], "nothing was changed yet");
          const body: Json = { ...type };
          for (const [name, value] of Object.entries(mutated)) {
            const row = rows.get(name as Setting)!;
            body[wireName(name as Setting, row)] = onWire(row, value) ?? row.cleared ?? null;
          }
          const answer = await tenant.raw("PATCH", `${collection}/${made.id}`, body);
          assert.ok(answer.id, `the tenant took ${JSON.stringify(body)}: ${answer.status}`);
          const expected = Object.entries(mutated)
            .filter(([name, value]) => !means(rows.get(name as Setting)!, inputs[name], value))
            .map(([name]) => name);
          assert.deepEqual(await found(tenant, "EmailProfile", made, inputs), expected.toSorted());
        }),
        runs,
      );
      tenant.close();
    });

    it(`for ${platform}: none after it was written again as it is, or read by others, and gone when it was deleted`, async () => {
      const tenant = rehearse();
      const inputs = profileInputs(platform);
      const made = (await tenant.cycle("EmailProfile").create(inputs)) as Made;
      const { version } = await tenant.raw("GET", `${collection}/${made.id}`);
      await tenant.raw("PATCH", `${collection}/${made.id}`, { ...type, hostName: inputs.hostName });
      await tenant.raw("PATCH", `${collection}/${made.id}`, { ...type, displayName: "Another" });
      await tenant.raw("PATCH", `${collection}/${made.id}`, { ...type, displayName: inputs.displayName });
      const after = await tenant.raw("GET", `${collection}/${made.id}`);
      assert.ok(Number(after.version) > Number(version), "the service counts what came and went");
      assert.deepEqual(await found(tenant, "EmailProfile", made, inputs), []);
      await tenant.raw("DELETE", `${collection}/${made.id}`);
      assert.deepEqual(await tenant.cycle("EmailProfile").read(made.id, made.outs), { id: "", props: {} });
      tenant.close();
    });

    if (has(platforms[platform].settings.identityCertificate)) {
      it(`for ${platform}: a certificate that was linked, exchanged or unlinked is found`, async () => {
        const tenant = rehearse();
        const [one, two] = [await identity(tenant, platform, "one"), await identity(tenant, platform, "two")];
        const cycle = tenant.cycle("EmailProfile");
        const withOne = profileInputs(platform, { authenticationMethod: "certificate", identityCertificate: one });
        const without = profileInputs(platform);
        const first = (await cycle.create(withOne)) as Made;
        const link = `${collection}/${first.id}/microsoft.graph.${odataType}/identityCertificate/$ref`;
        await fc.assert(
          fc.asyncProperty(fc.boolean(), fc.constantFrom(one, two, undefined), async (isLinked, target) => {
            const inputs = isLinked ? withOne : without;
            const made = await putRight(tenant, "EmailProfile", first.id, inputs);
            const body = { "@odata.id": `https://graph.microsoft.com/beta${collection}('${target}')` };
            await (target === undefined ? tenant.raw("DELETE", link) : tenant.raw("PUT", link, body));
            const expected = (isLinked ? one : undefined) === target ? [] : ["identityCertificate"];
            assert.deepEqual(await found(tenant, "EmailProfile", made, inputs), expected);
          }),
          runs,
        );
        tenant.close();
      });
    }
  }
});

async function identity(tenant: Rehearsal, platform: PlatformName, displayName: string): Promise<string> {
  const prefix = platform === "ios" ? "ios" : platform === "samsungKnox" ? "android" : "androidForWork";
  const android = prefix === "ios" ? {} : { subjectAlternativeNameType: "none", hashAlgorithm: "sha2" };
  const { id } = await tenant.raw("POST", collection, {
    "@odata.type": `#microsoft.graph.${prefix}ScepCertificateProfile`,
    displayName,
    renewalThresholdPercentage: 20,
    subjectNameFormat: "commonName",
    certificateValidityPeriodValue: 1,
    certificateValidityPeriodScale: "years",
    extendedKeyUsages: [],
    scepServerUrls: ["https://scep.contoso.example"],
    keyUsage: "digitalSignature",
    keySize: "size2048",
    ...android,
  });
  assert.ok(id);
  return String(id);
}

// --- assignments --------------------------------------------------------------------------------------------------------

/** Whom a profile is assigned to: each group in, out or neither; and everybody, perhaps. */
const names = ["iPhone users", "Samsung users", "Gmail users", "Shared tablets"];
const assignments = fc.record({
  groups: fc.tuple(...names.map(() => fc.constantFrom("in", "out", "neither"))),
  allLicensedUsers: fc.boolean(),
  allDevices: fc.boolean(),
});
type Assigned = typeof assignments extends fc.Arbitrary<infer T> ? T : never;

const having = ({ groups }: Assigned, place: string) => names.filter((_, index) => groups[index] === place);

const inputsOf = (profileId: string, assigned: Assigned): Properties => ({
  kind: "Deployment",
  profileId,
  includedGroups: having(assigned, "in"),
  excludedGroups: having(assigned, "out"),
  allLicensedUsers: assigned.allLicensedUsers,
  allDevices: assigned.allDevices,
});

describe("drift of a deployment (D1)", () => {
  it("every assignment that was added or taken away is found, in any order and written twice, and no other", async () => {
    const tenant = rehearse();
    const { id: profileId } = await tenant.cycle("EmailProfile").create(profileInputs("ios"));
    const ids = new Map(
      ((await tenant.raw("GET", "/groups")).value as Json[]).map(({ displayName, id }) => [displayName, id]),
    );
    const cycle = tenant.cycle("Deployment");
    await cycle.create({ kind: "Deployment", profileId, allDevices: true });
    const target = (type: string, name?: string) => ({
      target: { "@odata.type": `#microsoft.graph.${type}Target`, ...(name ? { groupId: ids.get(name) } : {}) },
    });
    const deployed = assignments.filter((assigned) => having(assigned, "in").length > 0 || assigned.allDevices);
    await fc.assert(
      fc.asyncProperty(deployed, assignments, fc.boolean(), async (program, hand, twice) => {
        const inputs = inputsOf(profileId, program);
        const made = await putRight(tenant, "Deployment", profileId, inputs);
        assert.deepEqual(await found(tenant, "Deployment", made, inputs), []);
        const all = [
          ...(hand.allDevices ? [target("allDevicesAssignment")] : []),
          ...(hand.allLicensedUsers ? [target("allLicensedUsersAssignment")] : []),
          ...having(hand, "out").map((name) => target("exclusionGroupAssignment", name)),
          ...having(hand, "in").map((name) => target("groupAssignment", name)),
        ].toReversed();
        await tenant.raw("POST", `${collection}/${profileId}/assign`, { assignments: twice ? [...all, ...all] : all });
        const now = inputsOf(profileId, hand);
        const expected = Object.keys(inputs).filter((name) => !sameSet(inputs[name], now[name]));
        assert.deepEqual(await found(tenant, "Deployment", made, inputs), expected.toSorted());
      }),
      { numRuns: 60 },
    );
    tenant.close();
  });
});
