/** A tenant on whose devices, all iPhones, one email profile is installed, and the plan that replaces it. */

import type { StepEvent } from "../../provider/engine";
import { planOf } from "../../provider/impact/plan";
import { openTenant, readSeed, type Tenant } from "../../provider/tenant";
import { checkIn } from "../../provider/tenant/devices/checkIn";

const path = "/beta/deviceManagement/deviceConfigurations";
const settings = {
  displayName: "Mail on iPhones",
  accountName: "Contoso",
  emailAddressSource: "primarySmtpAddress",
  usernameSource: "userPrincipalName",
  authenticationMethod: "usernameAndPassword",
  durationOfEmailToSync: "oneWeek",
  requireSsl: true,
};

export async function makeFleet(data: string, devices: number): Promise<void> {
  const seed = {
    tenant: { displayName: "Contoso", domain: "contoso.example" },
    clock: "2020-03-02T08:00:00Z",
    generated: { devices, seed: 1 },
  };
  const tenant = openTenant({ data, seed: () => readSeed(JSON.stringify(seed), "of the bench") });
  tenant.context.db.keepNoJournal();
  tenant.context.db.script("PRAGMA cache_size = -131072");
  tenant.context.db.run("UPDATE device SET platform = 'ios', osVersion = '13.3'");
  const type = { "@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration" };
  const { id } = await post(tenant, path, { ...type, ...settings, hostName: "mail.contoso.example" });
  const target = { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" };
  await post(tenant, `${path}/${id}/assign`, { assignments: [{ target }] });
  // Later than the profile was made, so that Graph tells that the devices have this version of it.
  tenant.context.clock.set(tenant.context.clock.nowMs() + 60_000);
  checkIn(tenant.context);
  tenant.close();
}

async function post(tenant: Tenant, to: string, body: object): Promise<{ id: string }> {
  const headers = { "content-type": "application/json" };
  const response = await tenant.fetch(
    new Request(`http://tenant${to}`, { method: "POST", headers, body: JSON.stringify(body) }),
  );
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as { id: string };
}

/** The profile moves to another server, so it and its deployment are replaced (E7). */
export function replacement(tenant: Tenant) {
  const { id } = tenant.context.db.get<{ id: string }>("SELECT id FROM deviceConfiguration")!;
  const profile = { kind: "EmailProfile", platform: "ios", ...settings };
  const deployment = { kind: "Deployment", allDevices: true, profileName: settings.displayName };
  const step = (kind: string, olds: object, news: object): StepEvent => ({
    kind: "step",
    phase: "planned",
    op: "replace",
    urn: `urn:pulumi:dev::mail::pulumi-nodejs:dynamic/intune:${kind}::mail`,
    type: `pulumi-nodejs:dynamic/intune:${kind}`,
    name: "mail",
    id,
    oldInputs: { ...olds },
    newInputs: { ...news },
  });
  const steps = [
    step(
      "EmailProfile",
      { ...profile, hostName: "mail.contoso.example" },
      { ...profile, hostName: "new.contoso.example" },
    ),
    step("Deployment", { ...deployment, profileId: id }, { ...deployment, profileId: "[unknown]" }),
  ];
  return planOf({ steps, changes: {}, outputs: {}, diagnostics: [] }, { project: "mail", stack: "dev" });
}
