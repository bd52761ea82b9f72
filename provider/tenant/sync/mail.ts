/** The quarantine mail (C2, step 3): steps and links to enrol, once for each record. */
import type { TenantContext, TenantEvent } from "../context";
import { notificationMailbox } from "./connector";
import type { Run } from "./run";
import type { Settled } from "./steps";

export interface Mail {
  id: number;
  organization: string;
  time: string;
  sender: string;
  recipient: string;
  kind: "quarantine";
  deviceId: string;
  subject: string;
  body: string;
}

const companyPortal = "https://portal.manage.microsoft.com/";

/** Sends the mail, unless one about this record was sent before; gives the event of it. */
export function sendQuarantineMail(run: Run, { after: record, doneMs }: Settled): TenantEvent[] {
  const { context, connector, policy } = run;
  const own = policy.notificationContent ? Buffer.from(policy.notificationContent, "base64").toString("utf8") : "";
  const sent = context.db.run(
    `INSERT OR IGNORE INTO mail (organization, time, sender, recipient, kind, deviceId, subject, body)
     VALUES (:organization, :time, :sender, :recipient, 'quarantine', :deviceId, :subject, :body)`,
    {
      organization: record.organization,
      time: context.clock.now(),
      sender: notificationMailbox(connector),
      recipient: record.mailbox,
      deviceId: record.deviceId,
      subject: "Your device has to be enrolled before it can receive company mail",
      body: `${own}${steps(record.deviceId)}`,
    },
  );
  if (sent === 0) return [];
  run.counts.mails++;
  const { organization, mailbox, deviceId } = record;
  return [
    {
      kind: "quarantineMailSent",
      deviceId: record.managedDeviceId ?? undefined,
      subjectId: connector.id,
      message: `Told ${mailbox} how to enrol the device ${deviceId}.`,
      detail: { organization, mailbox, deviceId, afterMs: doneMs + 2 },
    },
  ];
}

const steps = (
  deviceId: string,
): string => `<p>The device ${escaped(deviceId)} is in quarantine: it is not enrolled.</p>
<ol>
<li>Install the company portal: <a href="${companyPortal}">${companyPortal}</a></li>
<li>Sign in with your work account and enrol the device.</li>
<li>Follow what the company portal asks for, until it says that the device complies.</li>
</ol>
<p>Mail arrives after the next synchronization.</p>`;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** All mail that was sent, oldest first. */
export const allMail = ({ db }: TenantContext): Mail[] => db.all<Mail>("SELECT * FROM mail ORDER BY id");
