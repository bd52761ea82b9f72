/** The status for people: a short table first, then what needs somebody, then what people saw. */
import { columns, count, type Out, section } from "../out";
import { words } from "../tenant/status";
import type { Counts, ProfileStatus, StatusDocument } from "./document";

type Paint = Out["paint"];

export function statusLines(status: StatusDocument, paint: Paint, rowsMax: number): string[] {
  const { profiles, clock } = status;
  if (profiles.length === 0) return ["The tenant has no email profile. Deploy one first (intune-mail up)."];
  return [
    ...table(status, paint),
    ...section("Needs attention", shortened(attentionLines(status), rowsMax), paint),
    ...section("What people saw", shortened(noticeLines(status), rowsMax), paint),
    "",
    paint.dim(
      clock === null
        ? "This service has no /simulation: why a device has a status, and what people saw, it cannot tell."
        : `The tenant's time is ${clock}.`,
    ),
  ];
}

const heads = ["profile", "installed", "pending", "error", "conflict", "not applicable", "retained"];

/** What needs nobody is a dash, so that the eye finds the rest. */
function table({ profiles, summary }: StatusDocument, paint: Paint): string[] {
  const numbers = (counts: Counts, retained: number) => [
    counts.successCount,
    counts.pendingCount,
    counts.errorCount + counts.failedCount,
    counts.conflictCount,
    counts.notApplicableCount - counts.notApplicablePlatformCount,
    retained,
  ];
  const row = (name: string, figures: readonly number[]) => [
    name,
    ...figures.map((figure, at) => (figure === 0 ? "-" : String(figure)).padStart(heads[at + 1]!.length)),
  ];
  const rows = profiles.map(({ displayName, deployed, deviceStatusOverview, retainedCount }) =>
    row(`${displayName}${deployed ? "" : " (not deployed)"}`, numbers(deviceStatusOverview, retainedCount)),
  );
  const total = row(count(profiles.length, "profile"), numbers(summary, summary.retainedCount));
  const [head, ...lines] = columns([heads, ...rows, ...(profiles.length > 1 ? [total] : [])]);
  if (profiles.length === 1) return [paint.bold(head!), ...lines];
  return [paint.bold(head!), ...lines.slice(0, -1), paint.bold(lines.at(-1)!)];
}

function attentionLines({ profiles, alerts }: StatusDocument): string[] {
  const rows = profiles.flatMap(({ displayName, devices }) =>
    devices.map(({ rule, deviceName, userPrincipalName, message, status }) => [
      rule,
      displayName,
      deviceName,
      userPrincipalName,
      message ?? words(status),
    ]),
  );
  const ofDeleted = alerts
    .filter(({ profileName }) => profileName === null)
    .map(({ rule, deviceName, userPrincipalName, message }) => [
      rule,
      "(deleted)",
      deviceName,
      userPrincipalName,
      message,
    ]);
  return columns(
    [...rows, ...ofDeleted].map(([rule, profile, device, user, message]) => [
      `  ${rule ?? ""}`,
      profile ?? "",
      device ?? "(no name)",
      user ?? "(no user)",
      message ?? "",
    ]),
  );
}

type Notice = NonNullable<StatusDocument["notices"]>[number];

/** Passwords are counted: everybody who gets mail without a certificate is asked. The others wait for someone. */
function noticeLines({ profiles, notices }: StatusDocument): string[] {
  const of = (profile: ProfileStatus, kind: Notice["kind"]) =>
    (notices ?? []).filter((notice) => notice.profileId === profile.id && notice.kind === kind);
  const counted = profiles.flatMap((profile) => {
    const asked = of(profile, "passwordAsked").length;
    return asked === 0 ? [] : [["  E6", profile.displayName, `${count(asked, "device")} asked for the password`]];
  });
  const each = (kind: Notice["kind"], rule: string, saw: (notice: Notice) => string) =>
    profiles.flatMap((profile) =>
      of(profile, kind).map((notice) => [`  ${rule}`, profile.displayName, `${notice.deviceName} ${saw(notice)}`]),
    );
  return columns([
    ...each("approvalAsked", "E8", ({ time }) => `asks its user to approve the change, since ${time}`),
    ...each("portalMessage", "E9", ({ message }) => `was told by the company portal: ${message}`),
    ...counted,
  ]);
}

const shortened = (lines: readonly string[], rowsMax: number): string[] =>
  lines.length <= rowsMax
    ? [...lines]
    : [...lines.slice(0, rowsMax), `  … and ${lines.length - rowsMax} more: --profile or --json shows them`];
