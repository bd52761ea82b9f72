/** Full sync (S2): Exchange's servers, Exchange's settings put right, and every record. */
import type { AccessRule } from "../exchange/access";
import type { AccessLevel, Characteristic, CmdletName } from "../exchange/words";
import { updateConnector } from "./connector";
import { settleEverything } from "./everything";
import type { DeviceClass, GraphAccessLevel } from "./policy";
import { type Run, readSettings, write } from "./run";

/** Settles everything. */
export function fullSync(run: Run): void {
  discoverServers(run);
  correctDefault(run);
  correctRules(run);
  run.settings = readSettings(run).settings;
  settleEverything(run);
}

/** Reads of the servers what is kept of them, and which of them the connector can move to (X7). */
function discoverServers({ context, connector, invoke }: Run): void {
  const serverInformation = invoke("Get-ExchangeServer").objects.map((server) => ({
    fqdn: server.Fqdn as string,
    role: String(server.ServerRole),
    version: String(server.AdminDisplayVersion),
  }));
  const discoveredServers = serverInformation.map(({ fqdn }) => fqdn);
  updateConnector(context, connector.id, { serverInformation, discoveredServers });
}

const levels = { allow: "Allow", block: "Block", quarantine: "Quarantine" } as const satisfies Record<
  Exclude<GraphAccessLevel, "none">,
  AccessLevel
>;

function correctDefault(run: Run): void {
  const { defaultAccessLevel: wanted } = run.policy;
  if (wanted === "none" || levels[wanted] === run.settings.defaultAccessLevel) return;
  correct(run, "Set-ActiveSyncOrganizationSettings", { DefaultAccessLevel: levels[wanted] });
}

const characteristicOf = {
  family: "DeviceType",
  model: "DeviceModel",
} as const satisfies Record<DeviceClass["type"], Characteristic>;

/** Rules by family and model become those of the policy; rules that look at other things are none of Intune's. */
function correctRules(run: Run): void {
  if (run.policy.accessRules === null) return;
  const wanted = new Map<string, AccessRule>();
  for (const { deviceClass, accessLevel } of run.policy.accessRules) {
    if (!deviceClass?.name || accessLevel === "none") continue;
    const rule = {
      characteristic: characteristicOf[deviceClass.type],
      queryString: deviceClass.name,
      accessLevel: levels[accessLevel],
    };
    wanted.set(identityOf(rule), rule);
  }
  const managed = new Set<Characteristic>(Object.values(characteristicOf));
  for (const rule of run.settings.rules.filter((one) => managed.has(one.characteristic))) {
    const Identity = identityOf(rule);
    const right = wanted.get(Identity);
    wanted.delete(Identity);
    if (!right) correct(run, "Remove-ActiveSyncDeviceAccessRule", { Identity });
    else if (right.accessLevel !== rule.accessLevel) {
      correct(run, "Set-ActiveSyncDeviceAccessRule", { Identity, AccessLevel: right.accessLevel });
    }
  }
  for (const { characteristic, queryString, accessLevel } of wanted.values()) {
    correct(run, "New-ActiveSyncDeviceAccessRule", {
      Characteristic: characteristic,
      QueryString: queryString,
      AccessLevel: accessLevel,
    });
  }
}

const identityOf = (rule: AccessRule): string => `${rule.queryString} (${rule.characteristic})`;

function correct(run: Run, cmdlet: CmdletName, parameters: Record<string, unknown>): void {
  const { context, connector } = run;
  context.db.transaction(() => {
    write(run, cmdlet, parameters);
    context.events.add({
      kind: "exchangeSettingCorrected",
      subjectId: connector.id,
      message: `Exchange's settings of ${connector.exchangeOrganization} differed from Intune's; ${cmdlet} put that right.`,
      detail: { organization: connector.exchangeOrganization, cmdlet, parameters },
    });
  });
}
