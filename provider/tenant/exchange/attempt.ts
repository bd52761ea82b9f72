/** A device tries to reach a mailbox (C2, step 1): Exchange keeps a record of it, and tells the client what it may. */
import type { TenantContext } from "../context";
import { never } from "../plant";
import { accessSettingsOf, findOrganization, isDown, serversOf } from "./organizations";
import { accessOfRow, findPartnership, type PartnershipRow } from "./records";
import type { DeviceAccessState, DeviceAccessStateReason } from "./words";

/** What a client says of itself. */
export interface MailAttempt {
  organization: string;
  mailbox: string;
  deviceId: string;
  deviceType: string;
  deviceModel: string;
  deviceOS?: string;
  userAgent?: string;
  deviceFriendlyName?: string;
  deviceImei?: string;
  devicePhoneNumber?: string;
}

/** In quarantine a client gets the one mail that says so; a wiped one has been told to delete all that it has. */
export type AttemptAnswer = "allowed" | "blocked" | "quarantined" | "wiped" | "unreachable";

export interface AttemptResult {
  answer: AttemptAnswer;
  /** What Exchange tells the client, for a person. */
  told: string;
  /** The server that answered; null: none did. */
  server: string | null;
  DeviceAccessState: DeviceAccessState | null;
  DeviceAccessStateReason: DeviceAccessStateReason | null;
  firstSyncTime: string | null;
  lastSuccessSync: string | null;
}

/** The organizations that have a mailbox of this address. */
export const organizationsWithMailbox = ({ db }: TenantContext, mailbox: string): string[] =>
  db
    .all<{ organization: string }>("SELECT organization FROM mailbox WHERE address = :mailbox ORDER BY organization", {
      mailbox,
    })
    .map(({ organization }) => organization);

/** Makes or touches the record, and answers as Exchange does; the mailbox is there. */
export function attemptMail(context: TenantContext, attempt: MailAttempt): AttemptResult {
  const organization = findOrganization(context, attempt.organization)!;
  const server = serversOf(context, organization.name).find((one) => !isDown(context, one));
  if (!server) {
    const none = { DeviceAccessState: null, DeviceAccessStateReason: null, firstSyncTime: null, lastSuccessSync: null };
    return { answer: "unreachable", told: `No server of ${organization.name} answers.`, server: null, ...none };
  }
  const record = touched(context, attempt);
  const access = accessOfRow(accessSettingsOf(context, organization), record);
  const answer = answerTo(context, attempt, record, access.state);
  const now = context.clock.now();
  if (answer === "allowed") update(context, attempt, { lastSuccessSync: now });
  if (answer === "wiped" && record.deviceWipeAckTime === null) {
    update(context, attempt, { deviceWipeSentTime: now, deviceWipeAckTime: now });
  }
  return {
    answer,
    told: tellings[answer],
    server: server.fqdn,
    DeviceAccessState: access.state,
    DeviceAccessStateReason: access.reason,
    firstSyncTime: record.firstSyncTime,
    lastSuccessSync: answer === "allowed" ? now : record.lastSuccessSync === never ? null : record.lastSuccessSync,
  };
}

const tellings: Record<Exclude<AttemptAnswer, "unreachable">, string> = {
  allowed: "The client may use the mailbox.",
  blocked: "The client may not use the mailbox.",
  quarantined: "The client is in quarantine: it gets the mail that says so, and no other.",
  wiped: "The client is told to delete all that it has.",
};

function answerTo(
  { db }: TenantContext,
  { organization, mailbox }: MailAttempt,
  record: PartnershipRow,
  state: DeviceAccessState,
): Exclude<AttemptAnswer, "unreachable"> {
  const sql = "SELECT activeSyncEnabled FROM mailbox WHERE organization = :organization AND address = :mailbox";
  const enabled = db.get<{ activeSyncEnabled: 0 | 1 }>(sql, { organization, mailbox })!.activeSyncEnabled === 1;
  if (!enabled) return "blocked";
  if (record.deviceWipeRequestTime !== null) return "wiped";
  return ({ Allowed: "allowed", Blocked: "blocked", Quarantined: "quarantined" } as const)[state];
}

/** The record, with what the client says of itself now; what does not change is no news to those who poll for changes. */
function touched(context: TenantContext, attempt: MailAttempt): PartnershipRow {
  const { organization, mailbox, ...said } = attempt;
  const now = context.clock.now();
  const before = findPartnership(context, organization, attempt);
  if (!before) {
    const row = { deviceOS: "", userAgent: "", ...said, firstSyncTime: now, lastSuccessSync: never };
    const names = Object.keys(row);
    context.db.run(
      `INSERT INTO easPartnership (organization, mailbox, lastSyncAttemptTime, ${names.join(", ")})
       VALUES (:organization, :mailbox, :now, :${names.join(", :")})`,
      { organization, mailbox, now, ...row },
    );
  } else {
    const changed = Object.entries(said).filter(([name, value]) => before[name as keyof typeof said] !== value);
    const news = changed.filter(([name]) => name !== "deviceId");
    update(context, attempt, { lastSyncAttemptTime: now, ...Object.fromEntries(news) });
  }
  return findPartnership(context, organization, attempt)!;
}

function update(
  { db }: TenantContext,
  { organization, mailbox, deviceId }: MailAttempt,
  fields: Record<string, string>,
): void {
  const sets = Object.keys(fields).map((name) => `${name} = :${name}`);
  db.run(
    `UPDATE easPartnership SET ${sets.join(", ")}
     WHERE organization = :organization AND mailbox = :mailbox AND deviceId = :deviceId`,
    { ...fields, organization, mailbox, deviceId },
  );
}
