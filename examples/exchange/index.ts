/** Only managed phones reach on-premises Exchange: the access policy, and the connector that carries it out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ExchangeAccessPolicy, ExchangeConnector } from "pulumi-intune-mail";

// The tenant to rehearse on neither checks nor keeps passwords. For a real one:
// pulumi config set --secret exchangePassword (and notificationPassword).
const config = new pulumi.Config();
const secret = (key: string) => config.getSecret(key) ?? pulumi.secret("rehearsal");

const policy = new ExchangeAccessPolicy("access", {
  enabled: true,
  includedGroups: ["All mail users"],
  overrideDefaultRule: true,
  defaultAccessLevel: "quarantine",
  accessRules: [{ deviceClass: { type: "family", name: "WindowsMail" }, accessLevel: "block" }],
  notificationContent: "<p>Enrol your phone in the company portal, and your mail comes back.</p>",
});

const connector = new ExchangeConnector(
  "contoso",
  {
    exchangeOrganization: "Contoso Mail",
    exchangeConnectorType: "onPremises",
    serverName: "cas01.contoso.example",
    exchangeAccount: { user: "CONTOSO\\svc-intune", password: secret("exchangePassword") },
    notificationAccount: {
      address: "mail-notifications@contoso.example",
      password: secret("notificationPassword"),
    },
    casFailoverEnabled: true,
    // The file as it is on the connector's machine: only what differs is changed in it.
    existingConfigurationXml: readFileSync(join(__dirname, "connector.xml"), "utf8"),
    // Another policy: carry it out now, rather than at the next full synchronization.
    sync: {
      type: "full",
      trigger: pulumi.jsonStringify([policy.defaultAccessLevel, policy.accessRules, policy.includedGroupIds]),
    },
  },
  { dependsOn: policy },
);

export const access = connector.access;
export const configurationXml = connector.configurationXml;
