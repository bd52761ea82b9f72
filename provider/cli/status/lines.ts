/** The status for people: a short table first, then what needs somebody, then what people saw. */
import { columns, count, type Out, section } from "../out";
import { words } from "../tenant/status";
import type { Counts, StatusDocument } from "./document";

type Paint = Out["paint"];

/** @param whole every device by itself; else many of a kind are one line, so that the rest is not lost among them */
export function statusLines(status: StatusDocument, paint: Paint, whole: boolean): string[] {
  const { profiles, clock } = status;
  if (profiles.length === 0) return ["The tenant has no email profile. Deploy one first (intune-mail up)."];
  const several = whole ? Number.POSITIVE_INFINITY : severalFrom;
  return [
    ...table(status, paint),
    ...section("Needs attention", attentionLines(status, several), paint),
    ...section("What people saw", noticeLines(status, several), paint),
    "",
    paint.dim(
      clock === null
        ? "This service has no /simulation: why a device has a status, and what people saw, it cannot tell."
        : `The tenant's time is ${clock}.`,
    ),
  ];
}

/** So many devices of a profile in the same case are told of together. */
const severalFrom = 4;

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

function attentionLines({ profiles, alerts }: StatusDocument, several: number): string[] {
  const rows = profiles.flatMap(({ displayName, devices }) =>
    devices.map(({ reason, status, ...row }) => ({ ...row, profile: displayName, kind: reason ?? status })),
  );
  // Certificates that a profile needs, and profiles that were deleted and are on devices still (D4).
  const ofOthers = alerts
    .filter(({ profileId }) => !profiles.some(({ id }) => id === profileId))
    .map(({ profileName, ...row }) => ({ ...row, profile: profileName ?? "(deleted)" }));
  const groups = grouped([...rows, ...ofOthers], ({ profile, kind }) => `${profile} ${kind}`, several);
  return columns(
    groups.map(([row, ...others]) => {
      const { rule, profile, deviceName, userPrincipalName, message, kind } = row;
      const where =
        others.length === 0
          ? [deviceName ?? "(no name)", userPrincipalName ?? "(no user)", message ?? words(kind)]
          : [count(others.length + 1, "device"), "", `${words(kind)}: ${namesOf([row, ...others])}`];
      return [`  ${rule ?? ""}`, profile, ...where];
    }),
  );
}

type Notice = NonNullable<StatusDocument["notices"]>[number];

/** What each kind of notice is about, and how one device, or several, are said to show it. */
const shows: Record<Notice["kind"], { rule: string; one(notice: Notice): string; all: string }> = {
  approvalAsked: {
    rule: "E8",
    one: ({ time }) => `asks its user to approve the change, since ${time}`,
    all: "ask their users to approve a change",
  },
  portalMessage: {
    rule: "E9",
    one: ({ message }) => `was told by the company portal: ${message}`,
    all: "were told something by the company portal",
  },
  passwordAsked: { rule: "E6", one: () => "asked for the password", all: "asked for the password" },
};

/** What waits for someone before what has passed; passwords last, as everybody without a certificate is asked. */
function noticeLines({ profiles, notices }: StatusDocument, several: number): string[] {
  return columns(
    (Object.keys(shows) as Notice["kind"][]).flatMap((kind) =>
      profiles.flatMap(({ id, displayName }) => {
        const found = (notices ?? []).filter((notice) => notice.profileId === id && notice.kind === kind);
        const { rule, one, all } = shows[kind];
        return grouped(found, () => kind, several).map(([notice, ...others]) => [
          `  ${rule}`,
          displayName,
          others.length === 0
            ? `${notice.deviceName} ${one(notice)}`
            : `${count(others.length + 1, "device")} ${all}: ${namesOf([notice, ...others])}`,
        ]);
      }),
    ),
  );
}

/** Rows of a kind together where there are several; otherwise each by itself, in its place. */
function grouped<T>(rows: readonly T[], kindOf: (row: T) => string, several: number): [T, ...T[]][] {
  const kinds = Map.groupBy(rows, kindOf);
  return [...kinds.values()].flatMap((of) =>
    of.length >= several ? [of as [T, ...T[]]] : of.map((row): [T] => [row]),
  );
}

const namesOf = (rows: readonly { deviceName: string | null }[]): string => {
  const names = rows.slice(0, severalFrom - 1).map(({ deviceName }) => deviceName ?? "(no name)");
  const left = rows.length - names.length;
  return `${names.join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
};
