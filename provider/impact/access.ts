/** What a plan does to access to Exchange: each record of a device with a mailbox, without the plan and with it. */
import type { TenantContext } from "../tenant/context";
import { allOrganizations } from "../tenant/exchange/organizations";
import { numbers, type Person, type Whose } from "./crowd";
import type { DeviceImpact } from "./impact";
import { type AccessRecord, accessRecords, hasConnector } from "./outcome";
import { type Rows, sortedRows } from "./rows";

export interface AccessChanges {
  changes: Rows<Change>;
  /** Whom only Exchange knows. */
  strangers: Person[];
  /** Whether Exchange lets a device in, without the plan and with it; one that it does not know it has not turned away. */
  lets(device: number): { without: boolean; having: boolean };
}

type Change = Whose & { row: DeviceImpact };

/** Without a connector in either, nothing of the tenant reaches Exchange. */
export function accessChanges(without: TenantContext, having: TenantContext, since: number): AccessChanges {
  if (!hasConnector(without) && !hasConnector(having)) {
    return { changes: [], strangers: [], lets: () => ({ without: true, having: true }) };
  }
  const strangers = { devices: numbersAfter(lastOf(having, "device")), people: numbersAfter(lastOf(having, "user")) };
  const doors = { without: door(), having: door() };
  const timeOf = timesIn(having, since);
  function* changes(): Generator<Change> {
    for (const { old, now } of recordPairs(without, having)) {
      const device = deviceOf(having, (now ?? old)!);
      if (old) doors.without.add(device, old);
      if (!now) continue;
      doors.having.add(device, now);
      const was = old?.state === "allowed";
      if (old?.state !== now.state && was !== (now.state === "allowed")) {
        yield changeOf(having, { record: now, old, device }, timeOf, strangers);
      }
    }
  }
  return {
    // All of them are looked at before anybody asks who is let in.
    changes: sortedRows(changes(), () => [0, ""]),
    strangers: [...strangers.people.all].map(([name, person]) => ({
      ...{ person, userPrincipalName: name, displayName: name },
    })),
    lets: (device) => ({ without: doors.without.lets(device), having: doors.having.lets(device) }),
  };
}

/** Records that are looked at together. */
const stretch = 1000;

/** Each record with a mailbox of either tenant, as it is without the plan and with it; a plan makes no organizations. */
function* recordPairs(
  without: TenantContext,
  having: TenantContext,
): Generator<{ old?: AccessRecord; now?: AccessRecord }> {
  const keyOf = ({ mailbox, deviceId }: AccessRecord) => `${mailbox}\n${deviceId}`.toLowerCase();
  for (const organization of allOrganizations(having)) {
    let after: AccessRecord | undefined;
    do {
      const some = accessRecords(having, organization, { after, limit: stretch });
      const last = some.length < stretch ? undefined : some.at(-1);
      const olds = new Map(accessRecords(without, organization, { after, last }).map((one) => [keyOf(one), one]));
      for (const now of some) {
        const old = olds.get(keyOf(now));
        olds.delete(keyOf(now));
        yield { ...(old && { old }), now };
      }
      for (const old of olds.values()) yield { old };
      after = last;
    } while (after);
  }
}

interface Door {
  add(device: KnownDevice | undefined, record: AccessRecord): void;
  lets(device: number): boolean;
}

/** Whether a device may use one mailbox at least, of those that it has records with. */
function door(): Door {
  const [known, allowed] = [numbers(), numbers()];
  return {
    add(device, { state }) {
      if (!device) return;
      known.add(device.number);
      if (state === "allowed") allowed.add(device.number);
    },
    lets: (device) => !known.has(device) || allowed.has(device),
  };
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

const deviceOf = ({ db }: TenantContext, { deviceId }: AccessRecord): KnownDevice | undefined =>
  db.get<KnownDevice>("SELECT rowid AS number, id, deviceName, platform FROM device WHERE easDeviceId = :deviceId", {
    deviceId,
  });

interface Found {
  record: AccessRecord;
  /** Without the plan. */
  old: AccessRecord | undefined;
  device: KnownDevice | undefined;
}

function changeOf({ db }: TenantContext, { record, old, device }: Found, timeOf: Times, strangers: Strangers): Change {
  const { mailbox, deviceId: easDeviceId } = record;
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
      at: timeOf(device?.id, easDeviceId),
    },
  };
}

const ruleOf = ({ state, reason }: AccessRecord): string => {
  if (state === "quarantined") return "C3";
  return state === "allowed" ? "C2" : reason === "notCompliant" || reason === "notEnrolled" ? "C4" : "C2";
};

/** When Exchange's answer to a device became what it is; null: it is what does not happen any more. */
type Times = (id: string | undefined, easDeviceId: string) => string | null;

function timesIn({ db }: TenantContext, since: number): Times {
  const kinds = "kind IN ('accessAllowed', 'accessBlocked', 'deviceQuarantined')";
  let ofStrangers: Map<string, string> | undefined;
  const readStrangers = () => {
    const rows = db.all<{ key: string; time: string }>(
      `SELECT detail ->> 'deviceId' AS key, time FROM event
       WHERE deviceId IS NULL AND sequence > :since AND ${kinds} ORDER BY sequence`,
      { since },
    );
    return new Map(rows.map(({ key, time }) => [key, time]));
  };
  return (id, easDeviceId) => {
    if (id === undefined) {
      ofStrangers ??= readStrangers();
      return ofStrangers.get(easDeviceId) ?? null;
    }
    const row = db.get<{ time: string }>(
      `SELECT time FROM event WHERE deviceId = :id AND sequence > :since AND ${kinds} ORDER BY sequence DESC LIMIT 1`,
      { id, since },
    );
    return row?.time ?? null;
  };
}
