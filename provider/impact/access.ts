/** What a plan does to access to Exchange: each record of a device with a mailbox, without the plan and with it. */
import type { TenantContext } from "../tenant/context";
import type { Person, Whose } from "./crowd";
import type { DeviceImpact } from "./impact";
import { type AccessRecord, accessRecords, hasConnector } from "./outcome";

export interface AccessChanges {
  changes: (Whose & { row: DeviceImpact })[];
  /** Whom only Exchange knows. */
  strangers: Iterable<Person>;
  /** Whether Exchange lets a device in, by its ActiveSync id: without the plan and with it; absent: nothing is known. */
  lets(easDeviceId: string | null): { without: boolean; having: boolean };
}

const kinds = ["accessAllowed", "accessBlocked", "deviceQuarantined"];

/** Without a connector in either, nothing of the tenant reaches Exchange. */
export function accessChanges(without: TenantContext, having: TenantContext, since: number): AccessChanges {
  if (!hasConnector(without) && !hasConnector(having)) {
    return { changes: [], strangers: [], lets: () => ({ without: true, having: true }) };
  }
  const [before, after] = [accessRecords(without), accessRecords(having)];
  const changes: AccessChanges["changes"] = [];
  const strangers = { devices: numbersAfter(lastOf(having, "device")), people: numbersAfter(lastOf(having, "user")) };
  const isIn = { without: allowed(before), having: allowed(after) };
  for (const [key, record] of after) {
    const old = before.get(key);
    if (old && old.state === record.state) continue;
    const was = old?.state === "allowed";
    if (was !== (record.state === "allowed")) changes.push(changeOf(having, record, old, since, strangers));
  }
  return {
    changes,
    strangers: [...strangers.people.all].map(([name, person]) => ({
      ...{ person, userPrincipalName: name, displayName: name },
    })),
    lets: (id) => ({
      without: id === null || (isIn.without.get(id.toLowerCase()) ?? true),
      having: id === null || (isIn.having.get(id.toLowerCase()) ?? true),
    }),
  };
}

/** Whether a device may use one mailbox at least. */
function allowed(records: ReadonlyMap<string, AccessRecord>): Map<string, boolean> {
  const found = new Map<string, boolean>();
  for (const { deviceId, state } of records.values()) {
    const id = deviceId.toLowerCase();
    found.set(id, (found.get(id) ?? false) || state === "allowed");
  }
  return found;
}

interface Strangers {
  devices: Numbering;
  people: Numbering;
}

/** Numbers for names that have none. */
interface Numbering {
  all: Map<string, number>;
  of(name: string): number;
}

function numbersAfter(last: number): Numbering {
  const all = new Map<string, number>();
  const of = (name: string) => {
    const number = all.get(name) ?? last + all.size + 1;
    all.set(name, number);
    return number;
  };
  return { all, of };
}

const lastOf = ({ db }: TenantContext, table: "device" | "user"): number =>
  db.get<{ last: number | null }>(`SELECT max(rowid) AS last FROM ${table}`)!.last ?? 0;

interface KnownDevice {
  number: number;
  id: string;
  deviceName: string;
  platform: string;
}

function changeOf(
  context: TenantContext,
  record: AccessRecord,
  old: AccessRecord | undefined,
  since: number,
  strangers: Strangers,
): AccessChanges["changes"][number] {
  const { db } = context;
  const { mailbox, deviceId: easDeviceId } = record;
  const device = db.get<KnownDevice>(
    "SELECT rowid AS number, id, deviceName, platform FROM device WHERE easDeviceId = :easDeviceId",
    { easDeviceId },
  );
  const user = db.get<Person>(
    `SELECT rowid AS person, userPrincipalName, displayName FROM user
     WHERE mail = :mailbox OR userPrincipalName = :mailbox`,
    { mailbox },
  );
  const gained = record.state === "allowed";
  const text = (one: AccessRecord | undefined) => (one ? `${one.state} (${one.reason})` : "none");
  return {
    device: device?.number ?? strangers.devices.of(easDeviceId),
    person: user?.person ?? strangers.people.of(mailbox),
    row: {
      deviceId: device?.id ?? easDeviceId,
      deviceName: device?.deviceName ?? `${record.deviceType} ${easDeviceId}`,
      userPrincipalName: user?.userPrincipalName ?? mailbox,
      platform: device?.platform ?? "unknown",
      profile: null,
      before: text(old),
      after: text(record),
      category: gained ? "accessGained" : "accessLost",
      reason: `Exchange ${gained ? "lets" : "does not let"} the device use ${mailbox}: ${record.reason}.`,
      rule: ruleOf(record),
      at: timeOf(context, device?.id, easDeviceId, since),
    },
  };
}

const ruleOf = ({ state, reason }: AccessRecord): string => {
  if (state === "quarantined") return "C3";
  return state === "allowed" ? "C2" : reason === "notCompliant" || reason === "notEnrolled" ? "C4" : "C2";
};

function timeOf({ db }: TenantContext, id: string | undefined, easDeviceId: string, since: number): string | null {
  const of = id === undefined ? "deviceId IS NULL AND detail ->> 'deviceId' = :key" : "deviceId = :key";
  const row = db.get<{ time: string }>(
    `SELECT time FROM event WHERE ${of} AND sequence > :since AND kind IN (${kinds.map((kind) => `'${kind}'`).join(", ")})
     ORDER BY sequence DESC LIMIT 1`,
    { key: id ?? easDeviceId, since },
  );
  return row?.time ?? null;
}
