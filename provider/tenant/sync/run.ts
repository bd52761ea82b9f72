/** What one sync knows while it runs. */
import type { TenantContext } from "../context";
import type { AccessSettings } from "../exchange/access";
import type { ExchangeObject } from "../exchange/invoke";
import type { AccessLevel, Characteristic, DeviceAccessState, DeviceAccessStateReason } from "../exchange/words";
import type { Connector } from "./connector";
import type { ConditionalAccessSettings, ExchangePolicy } from "./policy";
import type { TargetingOf } from "./scope";
import type { Invoke } from "./session";

/** What Get-ActiveSyncDevice says of a record, as far as a sync reads it. */
export interface EasDevice {
  Identity: string;
  UserMailbox: string;
  DeviceId: string;
  DeviceType: string;
  DeviceModel: string;
  DeviceOS: string;
  DeviceUserAgent: string;
  FirstSyncTime: string;
  DeviceAccessState: DeviceAccessState;
  DeviceAccessStateReason: DeviceAccessStateReason;
}

export interface SyncCounts {
  /** Records that were looked at. */
  records: number;
  /** Cmdlets that wrote. */
  writes: number;
  mails: number;
}

export interface Run {
  context: TenantContext;
  connector: Connector;
  invoke: Invoke;
  conditionalAccess: ConditionalAccessSettings;
  policy: ExchangePolicy;
  /** Exchange's rules and default. */
  settings: AccessSettings;
  targetingOf: TargetingOf;
  /** Exchange's count of changes up to which this run has seen all; its own writes count as seen. */
  uSN: number;
  counts: SyncCounts;
}

/** Runs a cmdlet that writes. Its change is not news to the next quick sync, unless somebody else's came before it. */
export function write(run: Run, cmdlet: string, parameters: ExchangeObject): void {
  const { uSN } = run.invoke(cmdlet, parameters);
  if (uSN.before === run.uSN) run.uSN = uSN.after;
  run.counts.writes++;
}

/** EAS records of Exchange; parameters as those of Get-ActiveSyncDevice. */
export function easDevices(run: Pick<Run, "invoke">, parameters: ExchangeObject): EasDevice[] {
  const { objects } = run.invoke("Get-ActiveSyncDevice", { ResultSize: "Unlimited", ...parameters });
  return objects as unknown as EasDevice[];
}

/** Exchange's rules and default, and its count of changes at that moment. */
export function readSettings(run: Pick<Run, "invoke">): { settings: AccessSettings; uSN: number } {
  const organization = run.invoke("Get-ActiveSyncOrganizationSettings");
  const rules = run.invoke("Get-ActiveSyncDeviceAccessRule").objects.map((rule) => ({
    characteristic: rule.Characteristic as Characteristic,
    queryString: rule.QueryString as string,
    accessLevel: rule.AccessLevel as AccessLevel,
  }));
  const defaultAccessLevel = organization.objects[0]!.DefaultAccessLevel as AccessLevel;
  return { settings: { defaultAccessLevel, rules }, uSN: organization.uSN.before };
}
