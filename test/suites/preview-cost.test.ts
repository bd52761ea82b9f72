/** A preview reads and never writes; how many requests it makes is written down here, so that more of them show. */
import assert from "node:assert/strict";
import type { Kind } from "../../provider/resources";
import { type Properties, UNKNOWN } from "../../provider/values";
import { profileInputs } from "../provider/profiles";
import { rehearse } from "../provider/rehearsal";

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
  // Whether the name is free; nothing is asked while it stays.
  EmailProfile: { fresh: 1, same: 0, changed: 0, change: { requireSsl: false } },
  // Each group by its name, whether the profile is there, and who else has assigned it.
  Deployment: { fresh: 3, same: 4, changed: 3, change: { excludedGroups: undefined } },
  // Whether the organization is free.
  ExchangeConnector: { fresh: 1, same: 0, changed: 0, change: { serverName: "cas02.contoso.example" } },
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
          tenant.requests.filter((request) => !request.startsWith("GET ")),
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
});
