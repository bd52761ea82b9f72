import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { exchangeOrganizationSeed, exchangeReferences } from "../../../provider/tenant/exchange/seed";
import { exchangeStatus } from "../../../provider/tenant/exchange/status";
import { openFile } from "../../../provider/tenant/file";
import { readSeed } from "../../../provider/tenant/seed";
import { makeWorld } from "../sync/world";

const fine = {
  name: "Contoso Mail",
  domain: "contoso.example",
  clientAccessServers: [{ fqdn: "cas01.contoso.example" }],
  mailboxes: ["ada@contoso.example"],
};
const record = { mailbox: "ada@contoso.example", deviceId: "A1", deviceType: "iPhone", deviceModel: "iPhone12C1" };

describe("Exchange: seed", () => {
  it("fills in what is usual", () => {
    const { version, kind, defaultAccessLevel, clientAccessServers } = exchangeOrganizationSeed.parse(fine);
    assert.deepEqual(
      { version, kind, defaultAccessLevel },
      { version: "14.3", kind: "onPremises", defaultAccessLevel: "Allow" },
    );
    assert.deepEqual(clientAccessServers[0]?.services, ["WinRM", "Autodiscover", "EWS"]);
  });

  const refusals: [name: string, change: object, path: string][] = [
    ["an unknown field", { color: "red" }, ""],
    ["no server", { clientAccessServers: [] }, "clientAccessServers"],
    ["a state where a level belongs", { defaultAccessLevel: "Allowed" }, "defaultAccessLevel"],
    ["an account without a domain", { accounts: [{ name: "svc-intune" }] }, "accounts.0.name"],
    [
      "a cmdlet that no connector needs",
      { accounts: [{ name: "C\\s", cmdlets: ["Get-Mailman"] }] },
      "accounts.0.cmdlets",
    ],
    [
      "a record of a mailbox that is not there",
      { partnerships: [{ ...record, mailbox: "b@x" }] },
      "partnerships.0.mailbox",
    ],
    ["a record twice", { partnerships: [record, { ...record, deviceId: "a1" }] }, "partnerships.1"],
    ["a mailbox twice", { mailboxes: ["ada@contoso.example", "ADA@contoso.example"] }, "mailboxes.1"],
  ];
  for (const [name, change, at] of refusals) {
    it(`refuses ${name}`, () => {
      const parsed = exchangeOrganizationSeed.safeParse({ ...fine, ...change });
      assert.deepEqual(
        parsed.error?.issues.map((issue) => issue.path.join(".")),
        [at],
      );
    });
  }

  it("refuses what does not fit between organizations and with groups, all at once", () => {
    const one = exchangeOrganizationSeed.parse(fine);
    const other = exchangeOrganizationSeed.parse({
      ...fine,
      name: "contoso mail",
      conditionalAccess: { includedGroups: ["Everyone", "Nobody"] },
    });
    assert.deepEqual(
      exchangeReferences([one, other], (group) => group === "Everyone"),
      [
        'exchangeOrganizations[1].name: "contoso mail" is already that of exchangeOrganizations[0].name',
        'exchangeOrganizations[1].clientAccessServers[0].fqdn: "cas01.contoso.example" is already that of exchangeOrganizations[0].clientAccessServers[0].fqdn',
        'exchangeOrganizations[1].conditionalAccess.includedGroups[1]: "Nobody" is no group of this seed',
      ],
    );
  });

  it("a tenant is not made of such a seed", () => {
    const exchange = { conditionalAccess: { includedGroups: ["Nobody"] } };
    assert.throws(() => makeWorld({ exchange }), /includedGroups\[0\].*"Nobody" is no group/);
  });

  it("the small company has an organization with two servers and records", () => {
    const file = path.join(__dirname, "../../../examples/tenants/small.yaml");
    const context = openFile(undefined, readSeed(readFileSync(file, "utf8"), file));
    const [organization] = exchangeStatus(context).organizations;
    assert.equal(organization?.name, "Contoso Mail");
    assert.deepEqual(organization?.counts, { allowed: 11, blocked: 0, quarantined: 0 });
  });
});
