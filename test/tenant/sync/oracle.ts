/**
 * What every EAS record of an organization has to be, by the rules alone (C1 to C4): read row by row from the tables, slowly,
 * and written apart from the engine, of which it uses nothing.
 */
import type { TenantContext } from "../../../provider/tenant/context";

export interface Expected {
  /** `mailbox deviceId` */
  key: string;
  /** The list of its mailbox that it has to be on, what the tenant says of it; undefined: out of scope. */
  verdict?: { list: "allowed" | "blocked" | "none"; state: string; reason: string };
}

interface Policy {
  enabled: boolean;
  includedGroups: string[];
  excludedGroups: string[];
  overrideDefaultRule: boolean;
}

type Rows<T extends string> = Record<T, string>[];

/** The organization's records, each with what it has to be. */
export function expectedOf({ db }: TenantContext, organization: string): Expected[] {
  const setting = db.get<{ value: string }>("SELECT value FROM setting WHERE name = 'conditionalAccessSettings'");
  const policy: Policy = setting
    ? JSON.parse(setting.value)
    : { enabled: false, includedGroups: [], excludedGroups: [], overrideDefaultRule: false };
  const members = db.all("SELECT groupId, memberId, kind FROM member") as Rows<"groupId" | "memberId" | "kind">;
  const usersIn = (groups: readonly string[]): Set<string> => {
    const found = new Set<string>();
    const open = [...groups];
    const seen = new Set<string>();
    for (let group = open.pop(); group !== undefined; group = open.pop()) {
      if (seen.has(group)) continue;
      seen.add(group);
      for (const { groupId, memberId, kind } of members) {
        if (groupId !== group) continue;
        if (kind === "group") open.push(memberId);
        else found.add(memberId);
      }
    }
    return found;
  };
  const included = usersIn(policy.includedGroups);
  const excluded = usersIn(policy.excludedGroups);
  const users = db.all<{ id: string; userPrincipalName: string; mail: string | null; licensed: number }>(
    "SELECT * FROM user",
  );
  const devices = db.all<{
    easDeviceId: string | null;
    enrolled: number;
    enrolledDateTime: string;
    complianceState: string;
  }>("SELECT * FROM device");
  const own = <T extends string>(table: string) =>
    (db.all(`SELECT * FROM ${table}`) as Rows<T | "organization">).filter((row) => row.organization === organization);
  const rules = own<"characteristic" | "queryString" | "accessLevel">("deviceAccessRule");
  const [exchange] = (db.all("SELECT * FROM exchangeOrganization") as Rows<"name" | "defaultAccessLevel">).filter(
    ({ name }) => name === organization,
  );

  const traits = { DeviceModel: "deviceModel", DeviceType: "deviceType", DeviceOS: "deviceOS", UserAgent: "userAgent" };
  type Record_ = Record<"mailbox" | "deviceId" | (typeof traits)[keyof typeof traits], string>;
  const ruled = (record: Record_): { level: string; byRule: boolean } => {
    for (const [characteristic, column] of Object.entries(traits)) {
      const rule = rules.find((one) => one.characteristic === characteristic && one.queryString === record[column]);
      if (rule) return { level: rule.accessLevel, byRule: true };
    }
    return { level: exchange!.defaultAccessLevel, byRule: false };
  };

  const verdictOf = (record: Record_): Expected["verdict"] => {
    const same = (text: string | null) => text?.toLowerCase() === record.mailbox?.toLowerCase();
    const user = users.find((one) => same(one.mail) || same(one.userPrincipalName));
    const inScope = policy.enabled && user?.licensed === 1 && included.has(user.id) && !excluded.has(user.id);
    if (!inScope) return undefined;
    const device = devices.find((one) => one.easDeviceId === record.deviceId);
    const never = !device || (device.enrolled === 0 && device.enrolledDateTime.startsWith("0001-01-01"));
    if (never) return { list: "blocked", state: "quarantined", reason: "notEnrolled" };
    if (device.enrolled === 0) return { list: "blocked", state: "blocked", reason: "notEnrolled" };
    if (!["compliant", "inGracePeriod", "configManager"].includes(device.complianceState)) {
      return { list: "blocked", state: "blocked", reason: "notCompliant" };
    }
    if (policy.overrideDefaultRule) return { list: "allowed", state: "allowed", reason: "compliant" };
    const { level, byRule } = ruled(record);
    if (level === "Allow") return { list: "none", state: "allowed", reason: "compliant" };
    const reason = byRule ? "exchangeDeviceRule" : "exchangeGlobalRule";
    return { list: "none", state: level === "Block" ? "blocked" : "quarantined", reason };
  };

  return own<keyof Record_ & string>("easPartnership").map((record) => {
    const verdict = verdictOf(record as unknown as Record_);
    return { key: `${record.mailbox} ${record.deviceId}`, ...(verdict && { verdict }) };
  });
}

/** What is wrong after a sync of the organization: nothing, or a line for each record. */
export function wrongAfterSync({ db }: TenantContext, expected: readonly Expected[], organization: string): string[] {
  const rowsOf = <T extends string>(table: string, ...columns: T[]) =>
    db.all(
      `SELECT mailbox || ' ' || deviceId AS key, ${columns.join(", ")} FROM ${table} WHERE organization = :organization`,
      { organization },
    ) as Rows<T | "key">;
  const kept = new Map(rowsOf("easRecord", "state", "reason").map((row) => [row.key.toLowerCase(), row]));
  const lists = rowsOf("easAccessList", "list");
  const wrong: string[] = [];
  for (const { key, verdict } of expected) {
    const row = kept.get(key.toLowerCase());
    kept.delete(key.toLowerCase());
    const said = row ? `${row.state} ${row.reason}` : "nothing";
    const meant = verdict ? `${verdict.state} ${verdict.reason}` : "nothing";
    if (said !== meant) wrong.push(`${key}: the tenant says ${said}, and should say ${meant}`);
    if (!verdict) continue;
    const on = lists.filter((entry) => entry.key.toLowerCase() === key.toLowerCase()).map(({ list }) => list);
    // On both lists of its mailbox a device is blocked.
    const list = on.includes("blocked") ? "blocked" : (on[0] ?? "none");
    if (list !== verdict.list) wrong.push(`${key}: on the list ${list}, and should be on ${verdict.list}`);
  }
  for (const key of kept.keys()) wrong.push(`${key}: the tenant keeps a record that Exchange does not have`);
  return wrong;
}
