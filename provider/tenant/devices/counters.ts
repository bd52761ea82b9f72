/**
 * Counts that are kept instead of counted, so that an overview costs the same whatever the size of the fleet.
 *
 * Triggers count what devices reported. How many devices are to have a profile and have not reported on it has no such
 * rule: it is counted when it is asked for, and kept until something that it depends on changes.
 */
import type { TenantContext } from "../context";
import type { Db } from "../db";
import type { DevicePlatform } from "./devices";
import type { Reason, Status } from "./reasons";
import { type Counts, countStatuses, statusTable, worstFirst } from "./status";
import { targeted } from "./targets";

/** What rows are counted by: names, with their SQL for a row `$`. */
const profileKey = { profileId: "$.profileId", status: "$.status", reason: "$.reason" };
const deviceKey = {
  enrolled: "$.enrolled",
  hasEas: "$.easDeviceId IS NOT NULL",
  platform: "$.platform",
  exchangeAccessState: "$.exchangeAccessState",
  model: "$.model",
  manufacturer: "$.manufacturer",
};
const names = (key: object) => Object.keys(key).join(", ");
const valuesOf = (key: object, row: string) => Object.values(key).join(", ").replaceAll("$", row);

/** One more, or one less, of a row's key. No conflict clause: the one of the outer statement would rule. */
function counting(table: string, key: Record<string, string>, row: "NEW" | "OLD", by: 1 | -1): string {
  const same = Object.entries(key)
    .map(([name, sql]) => `${name} = (${sql.replace("$", row)})`)
    .join(" AND ");
  const made = `INSERT INTO ${table} SELECT ${valuesOf(key, row)}, 0 WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE ${same});`;
  return `${by === 1 ? made : ""} UPDATE ${table} SET count = count + ${by} WHERE ${same};`;
}

const forgetAll = "DELETE FROM profileWaiting; DELETE FROM profileUsers;";
const forget = (id: string) => `DELETE FROM profileWaiting WHERE profileId = ${id}; ${forgetUsers(id)}`;
const forgetUsers = (id: string) => `DELETE FROM profileUsers WHERE profileId = ${id};`;

/** What decides whom an assignment reaches: each change of it, and what it makes the tenant forget. */
const reachChanges: [name: string, event: string, forgotten: string][] = [
  ["assignmentMade", "INSERT ON assignment", forget("NEW.configurationId")],
  ["assignmentChanged", "UPDATE ON assignment", `${forget("OLD.configurationId")} ${forget("NEW.configurationId")}`],
  ["assignmentRemoved", "DELETE ON assignment", forget("OLD.configurationId")],
  ["memberAdded", "INSERT ON member", forgetAll],
  ["memberRemoved", "DELETE ON member", forgetAll],
  ["userLicensed", "UPDATE OF licensed ON user", forgetAll],
  ["deviceMoved", "UPDATE OF enrolled, userId, directoryId ON device", forgetAll],
];

export const counterSchema = `
  CREATE TABLE profileCount (                -- devices that reported, by what they reported
    profileId TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (profileId, status, reason)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE profileWaiting (              -- devices that are to have it and have not reported; no row: not known
    profileId TEXT PRIMARY KEY,
    count INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE profileUsers (                -- users by their devices' worst status; no row: not known
    profileId TEXT PRIMARY KEY,
    counts TEXT NOT NULL                     -- JSON: {status: users}
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE deviceCount (
    enrolled INTEGER NOT NULL,
    hasEas INTEGER NOT NULL,                 -- has an ActiveSync client
    platform TEXT NOT NULL,
    exchangeAccessState TEXT NOT NULL,
    model TEXT NOT NULL,
    manufacturer TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (${names(deviceKey)})
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX groupInGroup ON member (groupId, memberId) WHERE kind = 'group';

  CREATE TRIGGER reportCounted AFTER INSERT ON deviceProfile BEGIN
    ${counting("profileCount", profileKey, "NEW", 1)}
    -- Devices report only on what they are to have.
    UPDATE profileWaiting SET count = count - 1 WHERE profileId = NEW.profileId;
    ${forgetUsers("NEW.profileId")}
  END;
  CREATE TRIGGER reportRecounted AFTER UPDATE OF status, reason ON deviceProfile BEGIN
    ${counting("profileCount", profileKey, "OLD", -1)}
    ${counting("profileCount", profileKey, "NEW", 1)}
    ${forgetUsers("NEW.profileId")}
  END;
  CREATE TRIGGER reportUncounted AFTER DELETE ON deviceProfile BEGIN
    ${counting("profileCount", profileKey, "OLD", -1)}
    ${forget("OLD.profileId")}
  END;
  CREATE TRIGGER deviceCounted AFTER INSERT ON device BEGIN
    ${counting("deviceCount", deviceKey, "NEW", 1)} ${forgetAll}
  END;
  CREATE TRIGGER deviceRecounted AFTER UPDATE OF enrolled, easDeviceId, platform, exchangeAccessState, model, manufacturer ON device BEGIN
    ${counting("deviceCount", deviceKey, "OLD", -1)}
    ${counting("deviceCount", deviceKey, "NEW", 1)}
  END;
  CREATE TRIGGER deviceUncounted AFTER DELETE ON device BEGIN
    ${counting("deviceCount", deviceKey, "OLD", -1)} ${forgetAll}
  END;
  ${reachChanges.map(([name, event, forgotten]) => `CREATE TRIGGER ${name} AFTER ${event} BEGIN ${forgotten} END;`).join("\n  ")}
`;

/** Counts everything anew, where rows came without the triggers. */
export function recount(db: Db): void {
  db.script(`
    ${forgetAll}
    DELETE FROM profileCount;
    INSERT INTO profileCount SELECT ${valuesOf(profileKey, "deviceProfile")}, count(*) FROM deviceProfile GROUP BY 1, 2, 3;
    DELETE FROM deviceCount;
    INSERT INTO deviceCount SELECT ${valuesOf(deviceKey, "device")}, count(*) FROM device GROUP BY 1, 2, 3, 4, 5, 6;
  `);
}

/** How many devices are in each status for a profile. */
export function deviceCounts(context: TenantContext, profileId: string): Counts {
  const reported = context.db.all<{ status: Status; reason: Reason; count: number }>(
    "SELECT status, reason, count FROM profileCount WHERE profileId = :profileId",
    { profileId },
  );
  return countStatuses([
    ...reported,
    { status: "unknown", reason: "notCheckedIn", count: waitingFor(context, profileId) },
  ]);
}

/** How many users' devices say together what each counter counts. */
export function userCounts({ db }: TenantContext, profileId: string): Omit<Counts, "notApplicablePlatformCount"> {
  const known = db.get<{ counts: string }>("SELECT counts FROM profileUsers WHERE profileId = :profileId", {
    profileId,
  });
  const users = known ? (JSON.parse(known.counts) as [Status, number][]) : db.transaction(() => count());
  const { notApplicablePlatformCount: _, ...counts } = countStatuses(
    users.map(([status, count]) => ({ status, count })),
  );
  return counts;

  function count(): [Status, number][] {
    const rows = db.all<{ worst: number; count: number }>(
      `SELECT worst, count(*) AS count FROM (
         SELECT min(instr(:worstFirst, '"' || status || '"')) AS worst FROM ${statusTable} WHERE userId IS NOT NULL GROUP BY userId
       ) GROUP BY worst`,
      { profileId, worstFirst: JSON.stringify(worstFirst) },
    );
    const counts = rows.map(({ worst, count }): [Status, number] => [statusAt(worst), count]);
    db.run("INSERT INTO profileUsers VALUES (:profileId, :counts)", { profileId, counts: JSON.stringify(counts) });
    return counts;
  }
}

/** The status at a place in the text of `worstFirst`. */
const statusAt = (place: number): Status =>
  worstFirst.find((status) => JSON.stringify(worstFirst).indexOf(`"${status}"`) + 1 === place)!;

/** How many devices are to have a profile and have not reported on it. */
function waitingFor({ db }: TenantContext, profileId: string): number {
  const known = () =>
    db.get<{ count: number }>("SELECT count FROM profileWaiting WHERE profileId = :profileId", { profileId });
  const kept = known();
  if (kept) return kept.count;
  return db.transaction(() => {
    db.run(
      `INSERT INTO profileWaiting SELECT :profileId, count(*) FROM device
       WHERE ${targeted} AND NOT EXISTS (
         SELECT 1 FROM deviceProfile WHERE deviceProfile.deviceId = device.id AND deviceProfile.profileId = :profileId
       )`,
      { profileId },
    );
    return known()!.count;
  });
}

/** When a device last reported on a profile; undefined: none has. */
export function lastReport({ db }: TenantContext, profileId: string): string | undefined {
  const { last } = db.get<{ last: string | null }>(
    "SELECT max(lastReportedDateTime) AS last FROM deviceProfile WHERE profileId = :profileId",
    { profileId },
  )!;
  return last ?? undefined;
}

export interface DeviceCount {
  enrolled: 0 | 1;
  /** Has an Exchange ActiveSync client. */
  hasEas: 0 | 1;
  platform: DevicePlatform;
  exchangeAccessState: string;
  model: string;
  manufacturer: string;
  count: number;
}

/** All devices, counted by what they have in common. */
export const fleetCounts = ({ db }: TenantContext): DeviceCount[] =>
  db.all<DeviceCount>("SELECT * FROM deviceCount WHERE count > 0");
