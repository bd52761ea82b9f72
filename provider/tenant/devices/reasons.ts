/** What a device says about a profile: a word of ours, with Graph's complianceStatus for it and whether it needs attention. */

export type Status = "unknown" | "notApplicable" | "compliant" | "error" | "conflict" | "notAssigned";

interface Meaning {
  status: Status;
  /** Someone has to do something: the tenant's overview lists it as an alert (D2). */
  alert: boolean;
}

export const reasons = {
  installed: { status: "compliant", alert: false },
  otherPlatform: { status: "notApplicable", alert: false },
  belowMinimum: { status: "notApplicable", alert: false },
  notCheckedIn: { status: "unknown", alert: false },
  approvalPending: { status: "unknown", alert: false },
  appMissing: { status: "unknown", alert: true },
  userMissing: { status: "error", alert: true },
  addressMissing: { status: "error", alert: true },
  duplicateAccount: { status: "error", alert: true },
  sameAccount: { status: "conflict", alert: true },
  retained: { status: "notAssigned", alert: true },
} as const satisfies Record<string, Meaning>;

export type Reason = keyof typeof reasons;

export const statusOf = (reason: Reason): Status => reasons[reason].status;

export const alertReasons = (Object.keys(reasons) as Reason[]).filter((reason) => reasons[reason].alert);
