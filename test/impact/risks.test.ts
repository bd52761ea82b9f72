/** What a reviewer is warned of: each kind of risk comes about in a company, and says what is wrong and what to do. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { forecast } from "../../provider/impact/forecast";
import type { Risk } from "../../provider/impact/impact";
import type { Warning } from "../../provider/impact/plan";
import { namesPeople, type RiskKind, riskKindNames, riskKinds } from "../../provider/impact/risk-kinds";
import { smallCompany } from "../../provider/settings";
import { readSeed, type Seed } from "../../provider/tenant";
import { pem } from "../provider/certificates";
import { byCertificate, company, mail, policy, to } from "./scenarios";
import { type Declared, openStack, type TestStack } from "./stack";

interface Row {
  seed?: (seed: Seed) => Seed;
  before?: Declared[];
  after: Declared[];
  /** What happens on the tenant before the preview, and between it and the forecast. */
  already?: (stack: TestStack) => void;
  meanwhile?: (stack: TestStack) => Promise<void>;
  warnings?: Warning[];
  /** In hours. */
  horizon?: number;
  says: RegExp;
  /** Who is named, in full. */
  names: string[];
}

const sql =
  (text: string) =>
  ({ tenant }: TestStack) =>
    void tenant.context.db.run(text);
const without = (...names: string[]) => company().filter(({ name }) => !names.includes(name));
const ios = { hostName: "new.contoso.example" };
const certified = (...left: string[]) => byCertificate(pem.root).filter(({ name }) => !left.includes(name));
const other = (platform: "samsungKnox" | "windows10", hostName: string, group: string): Declared[] => [
  ...company(),
  mail(platform, { displayName: "Other", hostName }, "other"),
  to("other", group),
];
/** A policy that turns away who does not comply, and one device that does not. */
const strict = {
  seed: (seed: Seed): Seed => ({
    ...seed,
    devices: seed.devices.map((device) =>
      device.deviceName === "ADA-IPHONE" ? { ...device, complianceState: "noncompliant" } : device,
    ),
    exchangeOrganizations: seed.exchangeOrganizations.map((one) => ({ ...one, conditionalAccess: undefined })),
  }),
  after: [...company(), policy({ includedGroups: ["All mail users"] })],
};

/** It, who is blocked by an account of their own, and whose devices are not managed. */
const turnedAway = ["ada", "ben", "dev", "finn", "grace"].map((name) => `${name}@contoso.example`);

/** The compiler holds it to the kinds: one without a row does not pass. */
const rows: Record<RiskKind, Row> = {
  refused: {
    after: [...company(), mail("ios", { displayName: "New" }, "new")],
    meanwhile: async ({ tenant }) => {
      const url = "http://tenant/beta/deviceManagement/deviceConfigurations";
      const { value } = (await (await tenant.fetch(new Request(url))).json()) as { value: { "@odata.type": string }[] };
      const one = value.find((each) => each["@odata.type"].endsWith("iosEasEmailProfileConfiguration"));
      const answer = await tenant.fetch(
        new Request(url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ ...one, id: undefined, displayName: "New" }),
        }),
      );
      assert.equal(answer.status, 201, await answer.text());
    },
    says: /^The plan stops at EmailProfile "new" \(create\), which the tenant refuses: .*"?New"?/,
    names: ["new"],
  },
  unknownValue: {
    after: [
      ...company(),
      mail("ios", { displayName: "New" }, "new"),
      mail("ios", { displayName: "Newer", description: "ref:new" }, "newer"),
    ],
    says: /^description of EmailProfile "newer" is not known before up: the forecast leaves it out\.$/,
    names: ["newer"],
  },
  olderState: {
    after: [mail("ios", { durationOfEmailToSync: "oneMonth" }), ...without("ios")],
    meanwhile: async ({ tenant: { context } }) => {
      context.db.run(
        "UPDATE deviceConfiguration SET properties = json_set(properties, '$.accountName', 'By hand') WHERE displayName = 'Mail on ios'",
      );
    },
    says: /^EmailProfile "ios" is no longer what the plan was made from: accountName: "Contoso" → "By hand"\. Make the plan anew/,
    names: ["ios"],
  },
  previewWarns: {
    after: company(),
    warnings: [{ message: "Two profiles overlap (E9).", urn: "urn:pulumi:dev::mail::t::two" }],
    says: /^The preview warns: Two profiles overlap \(E9\)\.$/,
    names: ["two"],
  },
  accessLost: {
    ...strict,
    says: /^5 people \(5 devices\) lose access to their mailboxes \(C3, C4\)\. Exchange turns these/,
    names: turnedAway,
  },
  loses: {
    after: without("windows10", "windows10-to"),
    says: /^2 people \(2 devices\) lose the mail profile \(D4\)\./,
    names: ["ada@contoso.example", "finn@contoso.example"],
  },
  blocked: {
    before: without("ios", "ios-to"),
    after: company(),
    says: /^1 person \(1 device\) is blocked by an account of their own \(E9\)\. Each has to remove/,
    names: ["ben@contoso.example"],
  },
  passwordAgain: {
    after: [mail("ios", ios), ...without("ios")],
    says: /^1 person \(1 device\) enters the password again \(E7\)\. No mail comes/,
    names: ["ada@contoso.example"],
  },
  overwritten: {
    before: without("windows10", "windows10-to"),
    after: company(),
    says: /^1 person \(1 device\) has an account overwritten \(E9\)\./,
    names: ["finn@contoso.example"],
  },
  prompt: {
    after: [mail("ios", { durationOfEmailToSync: "oneMonth" }), ...without("ios")],
    says: /^1 person \(1 device\) is asked to approve the change \(E8\)\./,
    names: ["ada@contoso.example"],
  },
  retained: {
    after: without("windows10-to"),
    says: /^2 people \(2 devices\) keep a profile that should go \(D3\)\. .*\(D4\)/,
    names: ["ada@contoso.example", "finn@contoso.example"],
  },
  appMissing: {
    before: without("gmail", "androidForWorkGmail", "androidForWorkGmail-to"),
    after: without("gmail"),
    says: /^The Gmail app is missing, and "Mail on androidForWorkGmail" \(EmailProfile androidForWorkGmail\) waits for it: 1 person \(1 device\) \(E10\)\. Deploy the app as required to "Gmail users"\.$/,
    names: ["eva@contoso.example"],
  },
  serverCertificateMissing: {
    after: [mail("samsungKnox", { requireSsl: true, ...ios }), ...without("samsungKnox")],
    says: /"Mail on samsungKnox" \(EmailProfile samsungKnox\) cannot connect for 2 people \(2 devices\): no trusted certificate there is that of new\.contoso\.example \(E11\)\. .* to "Samsung users"/,
    names: ["chloe@contoso.example", "dev@contoso.example"],
  },
  identityUnlinked: {
    before: certified("ios-to"),
    already: sql("DELETE FROM configurationLink WHERE navigation = 'identityCertificate'"),
    after: certified(),
    says: /^"Mail on ios" cannot connect for .*: no identity certificate is linked to it \(E12\)/,
    names: ["ada@contoso.example"],
  },
  identityNotDeployed: {
    before: [],
    after: certified("identity-to"),
    says: /its certificate, "Mail identity" \(ScepCertificate identity\), is not deployed to them \(E12\)\. Deploy it to "iPhone users"/,
    names: ["ada@contoso.example"],
  },
  identityNotIssued: {
    before: certified("root-to", "identity-to", "ios-to"),
    already: sql("DELETE FROM configurationLink WHERE navigation = 'rootCertificate'"),
    after: certified(),
    says: /its certificate, "Mail identity", is deployed and not issued \(E12\): .*no trusted certificate is linked/,
    names: ["ada@contoso.example"],
  },
  rootNotDeployed: {
    before: [],
    after: certified("root-to"),
    says: /cannot be issued, as its root, "Contoso root" \(TrustedCertificate root\), is not deployed to them \(E12\)\. Deploy the root to "iPhone users"/,
    names: ["ada@contoso.example"],
  },
  chainNotTrusted: {
    seed: (seed) => ({
      ...seed,
      mailServers: [{ host: "mail.contoso.example", trusts: ["Another root"], issuedBy: [] }],
    }),
    before: [],
    after: certified(),
    says: /mail\.contoso\.example does not trust "Contoso root" \(TrustedCertificate root\) \(E12\)\. Put that certificate on the server first/,
    names: ["ada@contoso.example"],
  },
  noProfile: {
    after: without("windows10", "windows10-to"),
    says: /^2 people \(2 devices\) are left without an email profile on a device \(D1\)\.$/,
    names: ["ada@contoso.example", "finn@contoso.example"],
  },
  twoProfiles: {
    after: other("windows10", "other.example", "Windows 10 users"),
    says: /come to more than one email profile on a device \(D1\)/,
    names: ["ada@contoso.example", "finn@contoso.example"],
  },
  overlap: {
    after: other("samsungKnox", "mail.contoso.example", "Samsung users"),
    says: /^2 people \(2 devices\) come to profiles that make the same account on a device/,
    names: ["chloe@contoso.example", "dev@contoso.example"],
  },
  emptyGroup: {
    seed: (seed) => ({
      ...seed,
      groups: [...seed.groups, { displayName: "Empty", members: [] }, { displayName: "Outer", members: ["Empty"] }],
    }),
    after: [...company(), mail("ios", { displayName: "New" }, "new"), to("new", "Outer")],
    says: /^Nobody is in the group "Outer", nor in the groups in it \(D5\)\.$/,
    names: ["Outer"],
  },
  nestedGroup: {
    after: other("windows10", "other.example", "All mail users"),
    says: /^The group "All mail users" has 6 other groups in it, whose members count \(D5\)\.$/,
    names: ["All mail users"],
  },
  connectorEnded: {
    already: ({ tenant }) => tenant.context.clock.set(Date.parse("2024-03-01T00:00:00Z")),
    after: [mail("ios", ios), ...without("ios")],
    says: /^Support for the Exchange connector ended on 19 February 2024, and this tenant's clock says 2024-03-01.*\(X11\)/,
    names: ["Contoso Mail"],
  },
  connectorStale: {
    already: sql("UPDATE exchangeConnector SET lastSyncDateTime = '2020-02-20T08:00:00Z', status = 'disconnected'"),
    after: [mail("ios", ios), ...without("ios")],
    says: /^The connector of Contoso Mail is disconnected, and its last synchronization was 12 days ago, at 2020-02-20 08:00 UTC \(X10\)\. The forecast takes it to go on by its schedule\.$/,
    names: ["Contoso Mail"],
  },
  connectorGone: {
    after: without("connector"),
    says: /^Nothing synchronizes with Contoso Mail any more.*\(X9\): \d+ devices? that it turns away stays? so/,
    names: ["Contoso Mail"],
  },
  blockedNext: {
    ...strict,
    horizon: 0,
    says: /^After what this forecast looks at, by the synchronization of 2020-03-03 \d\d:\d\d UTC, 5 people \(5 devices\) lose access to their mailboxes \(C3, C4\)\.$/,
    names: turnedAway,
  },
};

async function foretell({
  seed = (one) => one,
  already,
  meanwhile,
  warnings = [],
  horizon = 33,
  ...row
}: Row): Promise<Risk[]> {
  const stack = openStack(() => seed(readSeed(readFileSync(smallCompany, "utf8"), "small.yaml")));
  try {
    await stack.up(row.before ?? company());
    stack.advance(33);
    already?.(stack);
    const plan = await stack.preview(row.after);
    await meanwhile?.(stack);
    plan.warnings.push(...warnings);
    return (await forecast({ twinOf: stack.twinOf, plan, horizon: horizon * 3_600_000 })).risks;
  } finally {
    stack.close();
  }
}

describe("a forecast warns", () => {
  for (const kind of riskKindNames) {
    const row = rows[kind];
    it(`of ${kind} (${riskKinds[kind].rule || "no rule"})`, async () => {
      const risks = await foretell(row);
      const found = risks.filter((risk) => risk.kind === kind);
      assert.equal(found.length, 1, JSON.stringify(risks, null, 1));
      const [{ message, names, people, rule }] = found as [Risk];
      assert.match(message, row.says);
      assert.deepEqual(names, row.names);
      if (namesPeople(kind)) assert.equal(people, names.length);
      for (const one of rule.match(/[A-Z]\d+/g) ?? []) assert.ok(message.includes(one), `${one} is not in: ${message}`);
    });
  }

  it("of connectors whose support ends within the time looked at, before it does (X11)", async () => {
    const already = ({ tenant }: TestStack) => tenant.context.clock.set(Date.parse("2024-02-18T20:00:00Z"));
    const [risk] = (await foretell({ ...rows.connectorEnded, already })).filter(
      ({ kind }) => kind === "connectorEnded",
    );
    assert.match(risk!.message, /^Within the time that this forecast looks at: Support .* ended on 19 February 2024/);
  });

  it("of nobody who would be blocked at the next synchronization in any case", async () => {
    const before = [...company(), policy({ includedGroups: ["All mail users"] })];
    const after = [...before, mail("ios", { displayName: "New" }, "new")];
    const late = sql("UPDATE device SET complianceState = 'noncompliant' WHERE deviceName = 'FINN-LAPTOP'");
    assert.deepEqual(
      (await foretell({ ...strict, before, after, already: late, horizon: 0, says: /./, names: [] })).map(
        ({ kind }) => kind,
      ),
      [],
    );
  });

  it("of nothing where nothing changes", async () => {
    assert.deepEqual(await foretell({ after: company(), says: /./, names: [] }), []);
  });
});
