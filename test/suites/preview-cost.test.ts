/** A preview reads and never writes; how many requests it makes is written down here, so that more of them show. */
import assert from "node:assert/strict";
import { type Properties, UNKNOWN } from "../../provider/values";
import { profileInputs } from "../provider/profiles";
import { type Rehearsal, rehearse } from "../provider/rehearsal";

type Kind = "EmailProfile" | "Deployment" | "ExchangeConnector";

/** What the provider asks of a tenant in a preview: a batch holds reads only, and a check has no effect. */
const isRead = (request: string) => request.startsWith("GET ") || /\/(\$batch|check)$/.test(request);

const connector: Properties = {
  kind: "ExchangeConnector",
  exchangeOrganization: "Contoso Mail",
  exchangeConnectorType: "onPremises",
  serverName: "cas01.contoso.example",
  exchangeAccount: { user: "CONTOSO\\svc-intune", password: "Exchange-pa55" },
  notificationAccount: { address: "mail-notifications@contoso.example", password: "Mailbox-pa55" },
};
const deployment = (profileId: string): Properties => ({
  kind: "Deployment",
  profileId,
  includedGroups: ["iPhone users", "Gmail users"],
  excludedGroups: ["Shared tablets"],
});

/** Requests of a preview by resource: one that is new, one that is the same, one that changes in place. */
const cost: Record<Kind, { fresh: number; same: number; changed: number; change: Properties }> = {
  // Whether the name is free; nothing is asked while it stays. A change asks how many devices have the profile (E8).
  EmailProfile: { fresh: 1, same: 0, changed: 1, change: { requireSsl: false } },
  // All groups in one batch, and what there is of profiles; nothing of that is asked twice in a run.
  Deployment: { fresh: 1, same: 1, changed: 0, change: { excludedGroups: undefined } },
  // Whether the organization is free, whether the tenant can check a set-up (asked once), and the check.
  ExchangeConnector: { fresh: 3, same: 1, changed: 1, change: { serverName: "cas02.contoso.example" } },
};

describe("a preview", () => {
  for (const [kind, { fresh, same, changed, change }] of Object.entries(cost) as [Kind, (typeof cost)[Kind]][]) {
    it(`of a ${kind} makes ${fresh} requests for a new one, ${same} for the same, ${changed} for a change, all of them reads`, async () => {
      const tenant = rehearse();
      const cycle = tenant.cycle(kind);
      const { id: profileId } = await tenant
        .cycle("EmailProfile")
        .create(profileInputs("ios", { displayName: "Deployed" }));
      const inputs = {
        EmailProfile: profileInputs("ios"),
        Deployment: deployment(profileId),
        ExchangeConnector: connector,
      }[kind];

      const asked = async (preview: () => Promise<unknown>) => {
        tenant.requests.length = 0;
        await preview();
        assert.deepEqual(
          tenant.requests.filter((request) => !isRead(request)),
          [],
        );
        return tenant.requests.length;
      };
      const ofNew = kind === "Deployment" ? { ...inputs, profileId: UNKNOWN } : inputs;
      assert.equal(await asked(() => cycle.check({}, ofNew)), fresh);
      const { id, outs } = (await cycle.create(inputs)) as { id: string; outs: Properties };
      const again = async (news: Properties) => {
        assert.deepEqual((await cycle.check(inputs, news)).failures, []);
        await cycle.diff(id, outs, news);
      };
      assert.equal(await asked(() => again(inputs)), same);
      assert.equal(await asked(() => again({ ...inputs, ...change })), changed);
      tenant.close();
    });
  }

  const most = 20;
  for (const [name, groupOf] of Object.entries({
    "all to one group": () => "iPhone users",
    "each to its own group": (index: number) => `Office ${index}`,
  })) {
    it(`of 100 profiles and their deployments, ${name}, makes at most ${most} requests, first and no-op`, async () => {
      const tenant = rehearse();
      for (let index = 0; index < 100; index++) {
        const group = {
          displayName: `Office ${index}`,
          mailNickname: `o${index}`,
          mailEnabled: false,
          securityEnabled: true,
        };
        await tenant.raw("POST", "/groups", group);
      }
      const fleet = Array.from({ length: 100 }, (_, index) => ({
        profile: profileInputs("ios", { displayName: `Mail ${index}` }),
        deployment: { kind: "Deployment", includedGroups: [groupOf(index)] },
      }));
      const first = rehearse(undefined, tenant.tenant);
      await atOnce(fleet, async ({ profile, deployment }) => {
        assert.deepEqual((await first.cycle("EmailProfile").check({}, profile)).failures, []);
        const unknown = { ...deployment, profileId: UNKNOWN };
        assert.deepEqual((await first.cycle("Deployment").check({}, unknown)).failures, []);
      });
      expectFew(first);
      const states = await atOnce(fleet, async ({ profile, deployment }) => {
        const made = await tenant.cycle("EmailProfile").create(profile);
        const inputs = { ...deployment, profileId: made.id };
        return { profile, made, inputs, deployed: await tenant.cycle("Deployment").create(inputs) };
      });
      const again = rehearse(undefined, tenant.tenant);
      await atOnce(states, async ({ profile, made, inputs, deployed }) => {
        await previewSame(again, "EmailProfile", profile, made as Made);
        await previewSame(again, "Deployment", inputs, deployed as Made);
      });
      expectFew(again);
      tenant.close();
    });
  }

  function expectFew({ requests }: Rehearsal): void {
    assert.deepEqual(
      requests.filter((request) => !isRead(request)),
      [],
    );
    assert.ok(requests.length > 0 && requests.length <= most, `${requests.length} requests: ${requests.join(", ")}`);
  }
});

interface Made {
  id: string;
  outs: Properties;
}

async function previewSame(run: Rehearsal, kind: Kind, inputs: Properties, { id, outs }: Made): Promise<void> {
  assert.deepEqual((await run.cycle(kind).check(inputs, inputs)).failures, []);
  assert.equal((await run.cycle(kind).diff(id, outs, inputs)).changes, false);
}

/** Sixteen at a time, as both engines do by default. */
async function atOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return results;
}
