/** What one sync knows while it runs, and how it reads Exchange. */
import type { TenantContext } from "../context";
import type { AccessSettings } from "../exchange/access";
import { filterText } from "../exchange/filter";
import type { CmdletParameters } from "../exchange/invoke";
import type {
  AccessLevel,
  Characteristic,
  CmdletName,
  DeviceAccessState,
  DeviceAccessStateReason,
} from "../exchange/words";
import type { Connector } from "./connector";
import type { ConditionalAccessSettings, ExchangePolicy } from "./policy";
import type { Scope } from "./scope";
import type { Answer, Session } from "./session";

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
  uSNChanged: number;
}

export interface SyncCounts {
  /** Records that were looked at. */
  records: number;
  /** Cmdlets that wrote. */
  writes: number;
  mails: number;
}

/** Up to where all was seen: of the tenant's changes, and of Exchange's. */
export interface Marks {
  change: number;
  uSN: number;
}

export interface Run extends Session {
  context: TenantContext;
  connector: Connector;
  conditionalAccess: ConditionalAccessSettings;
  policy: ExchangePolicy;
  /** Exchange's rules and default. */
  settings: AccessSettings;
  scope(): Scope;
  /** Where the feeds of changes stood when it began; Exchange's moves along with the run's own writes. */
  marks: Marks;
  counts: SyncCounts;
}

/** Runs a cmdlet that writes. Its change is not news to the next quick sync, unless somebody else's came before it. */
export function write(run: Run, cmdlet: CmdletName, parameters: CmdletParameters, notBefore?: number): Answer {
  const answer = run.invoke(cmdlet, parameters, notBefore);
  if (answer.uSN.before === run.marks.uSN) run.marks.uSN = answer.uSN.after;
  run.counts.writes++;
  return answer;
}

/** EAS records, and when in the sync they had been read. */
export interface Page {
  records: EasDevice[];
  readMs: number;
}

/** EAS records of Exchange; parameters as those of Get-ActiveSyncDevice. */
export function readPage(run: Pick<Run, "invoke">, parameters: CmdletParameters, notBefore?: number): Page {
  const answer = run.invoke("Get-ActiveSyncDevice", { ResultSize: "Unlimited", ...parameters }, notBefore);
  return { records: answer.objects as unknown as EasDevice[], readMs: answer.endMs };
}

/** As many records as Exchange gives where nobody asks for more. */
const pageSize = 1000;

/** All records that come after one, in the order of their Identity, a page at a time. */
export function* allPages(run: Pick<Run, "invoke">, after: string): Generator<Page> {
  let last = after;
  let readMs = 0;
  for (;;) {
    const rest = last === "" ? {} : { Filter: `Identity -gt ${filterText(last)}` };
    const page = readPage(run, { ResultSize: pageSize, ...rest }, readMs);
    if (page.records.length > 0) yield page;
    if (page.records.length < pageSize) return;
    last = page.records.at(-1)!.Identity;
    readMs = page.readMs;
  }
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
