/**
 * What a program without an engine would do: reads all joined rows in one query, decides in JavaScript with the same
 * function, and writes the same rows in one transaction, with Node's own driver alone. `plain.ts FOLDER`.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Access, ruledAccess } from "../../provider/tenant/exchange/access";
import { never } from "../../provider/tenant/plant";
import { type AccessReason, type AccessState, type ComplianceState, decide } from "../../provider/tenant/sync/decide";
import { summary } from "./summary";
import { connectorId, organization, server } from "./world";

interface Joined {
  mailbox: string;
  deviceId: string;
  deviceType: string;
  deviceModel: string;
  deviceOS: string;
  userAgent: string;
  firstSyncTime: string;
  lastSuccessSync: string;
  blocked: 0 | 1;
  allowed: 0 | 1;
  managedDeviceId: string | null;
  enrolled: 0 | 1;
  enrolledDateTime: string;
  complianceState: ComplianceState;
  userId: string | null;
  licensed: 0 | 1;
  included: 0 | 1;
  excluded: 0 | 1;
}

const db = new DatabaseSync(join(process.argv[2]!, "tenant.db"));
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
const begin = performance.now();

const group = (name: string) => `(WITH RECURSIVE below (id) AS (
    SELECT id FROM directoryGroup WHERE displayName = '${name}'
    UNION SELECT directoryGroup.id FROM below JOIN member ON groupId = below.id JOIN directoryGroup
      ON directoryGroup.id = memberId AND kind = 'group'
  ) SELECT id FROM below)`;
const listed = (list: string) =>
  `EXISTS (SELECT 1 FROM easAccessList entry WHERE entry.organization = record.organization
     AND entry.mailbox = record.mailbox AND entry.deviceId = record.deviceId AND entry.list = '${list}')`;
const memberOf = (name: string) =>
  `EXISTS (SELECT 1 FROM member WHERE memberId = user.id AND +groupId IN ${group(name)})`;

const joined = db.prepare(
  `SELECT record.mailbox, record.deviceId, deviceType, deviceModel, deviceOS, userAgent, firstSyncTime, lastSuccessSync,
     ${listed("blocked")} AS blocked, ${listed("allowed")} AS allowed,
     device.id AS managedDeviceId, enrolled, enrolledDateTime, complianceState,
     user.id AS userId, licensed, ${memberOf("Everyone")} AS included, ${memberOf("Exempt")} AS excluded
   FROM easPartnership record
   LEFT JOIN device ON device.easDeviceId = record.deviceId COLLATE BINARY
   LEFT JOIN user ON user.mail = record.mailbox
   WHERE record.organization = ? ORDER BY record.mailbox, record.deviceId`,
);
const keep = db.prepare("INSERT OR REPLACE INTO easRecord VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
const show = db.prepare(
  `UPDATE device SET easActivated = 1, easActivationDateTime = ?, exchangeLastSuccessfulSyncDateTime = ?,
     exchangeAccessState = ?, exchangeAccessStateReason = ? WHERE id = ?`,
);
const list = db.prepare("INSERT OR IGNORE INTO easAccessList VALUES (?, ?, ?, ?)");
const count = db.prepare("INSERT INTO cmdletCount VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1");
const event = db.prepare(
  "INSERT INTO event (time, kind, deviceId, userId, subjectId, message, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
);

const time = "2020-03-02T08:00:00Z";
const settings = { defaultAccessLevel: "Allow", rules: [] } as const;
const policy = { enabled: true, overrideDefaultRule: false };
const texts = { allowed: "may use", blocked: "is blocked from", quarantined: "is in quarantine for" } as const;
const kinds = { allowed: "accessAllowed", blocked: "accessBlocked", quarantined: "deviceQuarantined" } as const;

const listOf = ({ blocked, allowed }: Joined) => (blocked ? "blocked" : allowed ? "allowed" : "none");

db.exec("BEGIN IMMEDIATE");
for (const row of joined.iterate(organization) as Iterable<unknown> as Iterable<Joined>) {
  const { mailbox, deviceId, managedDeviceId, userId } = row;
  const ruled: Access = ruledAccess(settings, row);
  const verdict = decide({
    policy,
    record: { ruled },
    device:
      managedDeviceId === null
        ? undefined
        : {
            enrolled: row.enrolled === 1,
            everEnrolled: row.enrolled === 1 || row.enrolledDateTime !== never,
            complianceState: row.complianceState,
          },
    user:
      userId === null
        ? undefined
        : { licensed: row.licensed === 1, included: row.included === 1, excluded: row.excluded === 1 },
  });
  if (!verdict) continue;
  const { state, reason } = verdict;
  const writes = verdict.list !== listOf(row);
  if (writes) {
    list.run(organization, mailbox, deviceId, verdict.list);
    count.run(organization, "Set-CasMailbox");
    const sent = {
      Identity: mailbox,
      ActiveSyncAllowedDeviceIDs: { Remove: [deviceId] },
      ActiveSyncBlockedDeviceIDs: { Add: [deviceId] },
    };
    const detail = { organization, server, cmdlet: "Set-CasMailbox", parameters: sent };
    event.run(
      time,
      "exchangeCmdlet",
      null,
      null,
      null,
      `Set-CasMailbox in ${organization} on ${mailbox}.`,
      JSON.stringify(detail),
    );
  }
  keep.run(organization, mailbox, deviceId, managedDeviceId, state, reason, row.firstSyncTime, row.lastSuccessSync);
  show.run(row.firstSyncTime, row.lastSuccessSync, state, reason, managedDeviceId);
  tell(row, verdict, writes);
}
db.exec("COMMIT");
const ms = performance.now() - begin;

function tell(
  { mailbox, deviceId, managedDeviceId, userId }: Joined,
  verdict: { state: AccessState; reason: AccessReason },
  writes: boolean,
): void {
  const about = { organization, mailbox, deviceId };
  const add = (kind: string, message: string, more: object, afterMs: number) =>
    event.run(
      time,
      kind,
      managedDeviceId,
      userId,
      connectorId,
      message,
      JSON.stringify({ ...about, ...more, afterMs }),
    );
  const { state, reason } = verdict;
  if (writes) {
    add("easRecordMapped", `The EAS record ${deviceId} of ${mailbox} is that of a managed device.`, {}, 1000);
    add("easIdRegistered", `The EAS id ${deviceId} is registered with the device in the directory.`, {}, 1001);
    add("deviceStateStored", `The directory keeps the state of the device ${deviceId}: ${reason}.`, { reason }, 1002);
  }
  if (state !== "allowed")
    add("easClientBlocked", `Exchange tells the client ${deviceId} that it may not use ${mailbox}.`, {}, 1003);
  add(
    kinds[state],
    `The device ${deviceId} ${texts[state]} the mailbox ${mailbox}: ${reason}.`,
    { ...verdict, cmdlet: null },
    1004,
  );
}

const all = { all: <R extends object>(sql: string) => db.prepare(sql).all() as R[] };
console.log(JSON.stringify({ ms, after: summary(all), peakMib: process.resourceUsage().maxRSS / 1024 }));
