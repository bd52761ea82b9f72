/** The small company of the examples, opened for contract tests. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { openTenant, readSeed, type Tenant } from "../../provider/tenant";
import { ask } from "./client";
import { concreteTypesOf } from "./model";
import { bodyOf } from "./values";

const file = path.join(__dirname, "../../examples/tenants/small.yaml");

export const openCompany = (): Tenant => openTenant({ seed: readSeed(readFileSync(file, "utf8"), "small.yaml") });

export const configurationsPath = "/deviceManagement/deviceConfigurations";

/** Makes something and gives its id; what cannot be made is a mistake of the test. */
export function make(tenant: Tenant, target: string, body: unknown): string {
  const made = ask(tenant, "POST", target, body);
  if (made.status !== 201) throw new Error(`POST ${target}: ${JSON.stringify(made.body)}`);
  return made.body.id;
}

/** The id of a group by its name. */
export function groupOf(tenant: Tenant, name: string): string {
  return ask(tenant, "GET", `/beta/groups?$filter=${encodeURIComponent(`displayName eq '${name}'`)}`).body.value[0].id;
}

/** What the one connector of the company needs. */
export const connectorBody = {
  serverName: "cas01.contoso.example",
  exchangeConnectorType: "onPremises",
  exchangeOrganization: "Contoso Mail",
  connectorServerName: "CONNECTOR01",
  exchangeAlias: null,
  primarySmtpAddress: "mail-notifications@contoso.example",
  "@classic.exchangeAccount": "CONTOSO\\svc-intune",
  "@classic.exchangeAccountPassword": "correct horse battery",
  "@classic.notificationAccount": "mail-notifications@contoso.example",
  "@classic.notificationAccountPassword": "correct horse battery",
} as const;

/** What is deployed where the types do not matter. */
export const fewTypes = ["iosEasEmailProfileConfiguration", "iosScepCertificateProfile"] as const;

/**
 * Deploys one of every type of configuration to everyone, with what they link to, lets all devices check in and the
 * connector sync; gives the ids by type. Fewer types must have those of `fewTypes` among them.
 */
export function deploy(
  tenant: Tenant,
  types: readonly string[] = concreteTypesOf("deviceConfiguration"),
): Record<string, string> {
  const ids: Record<string, string> = {};
  const target = {
    "@odata.type": "#microsoft.graph.groupAssignmentTarget",
    groupId: groupOf(tenant, "All mail users"),
  };
  for (const type of types) {
    const id = make(tenant, `/beta${configurationsPath}`, { ...bodyOf(type, "beta", 0), displayName: type });
    ids[type] = id;
    expect(tenant, 200, "POST", `/beta${configurationsPath}/${id}/assign`, { assignments: [{ target }] });
  }
  const profile = ids.iosEasEmailProfileConfiguration!;
  const link = (navigation: string, target: string) =>
    expect(tenant, 204, "PUT", `/beta${configurationsPath}/${profile}/${navigation}/$ref`, {
      "@odata.id": `https://graph.microsoft.com/beta/deviceManagement/${target}`,
    });
  link("identityCertificate", `deviceConfigurations('${ids.iosScepCertificateProfile}')`);
  const credentials = bodyOf("deviceManagementDerivedCredentialSettings", "beta", 0);
  link(
    "derivedCredentialSettings",
    `derivedCredentials('${make(tenant, "/beta/deviceManagement/derivedCredentials", credentials)}')`,
  );
  const [app] = ask(tenant, "GET", "/beta/deviceAppManagement/mobileApps").body.value;
  expect(tenant, undefined, "POST", `/beta/deviceAppManagement/mobileApps/${app.id}/assign`, {
    mobileAppAssignments: [{ intent: "required", target }],
  });
  const connector = make(tenant, "/beta/deviceManagement/exchangeConnectors", connectorBody);
  expect(tenant, 200, "POST", "/simulation/checkIn", {});
  expect(tenant, 204, "POST", `/beta/deviceManagement/exchangeConnectors/${connector}/sync`, { syncType: "fullSync" });
  return ids;
}

function expect(
  tenant: Tenant,
  status: number | undefined,
  ...[method, target, body]: [string, string, unknown]
): void {
  const answer = ask(tenant, method, target, body);
  const isRight = status === undefined ? answer.status < 300 : answer.status === status;
  if (!isRight) throw new Error(`${method} ${target}: ${answer.status} ${JSON.stringify(answer.body)}`);
}
