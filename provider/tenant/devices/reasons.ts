/** What a device says about a profile: a word of ours, with Graph's complianceStatus for it and whether it needs attention. */

export type Status = "unknown" | "notApplicable" | "compliant" | "error" | "conflict" | "notAssigned";

interface Meaning {
  status: Status;
  /** The rule that it is about. */
  rule?: string;
  /** Someone has to do something: the tenant's overview lists it (D2). */
  alert?: true;
}

export const reasons = {
  installed: { status: "compliant" },
  otherPlatform: { status: "notApplicable" },
  belowMinimum: { status: "notApplicable", rule: "E1" },
  notCheckedIn: { status: "unknown" },
  approvalPending: { status: "unknown", rule: "E8" },
  appMissing: { status: "unknown", rule: "E10", alert: true },
  userMissing: { status: "error", rule: "E4", alert: true },
  addressMissing: { status: "error", rule: "E4", alert: true },
  duplicateAccount: { status: "error", rule: "E9", alert: true },
  sameAccount: { status: "conflict", rule: "E9", alert: true },
  // A device reports what it lacks; that a server will turn it away, or cannot be trusted, is nothing that it reports.
  serverCertificateMissing: { status: "compliant", rule: "E11", alert: true },
  identityCertificateMissing: { status: "error", rule: "E12", alert: true },
  rootCertificateMissing: { status: "error", rule: "E12", alert: true },
  chainNotTrusted: { status: "compliant", rule: "E12", alert: true },
  retained: { status: "notAssigned", rule: "D3", alert: true },
} as const satisfies Record<string, Meaning>;

export type Reason = keyof typeof reasons;

const meaning = (reason: Reason): Meaning => reasons[reason];

export const statusOf = (reason: Reason): Status => reasons[reason].status;

/** The rule that a reason is about; undefined where it is about none. */
export const ruleOf = (reason: Reason): string | undefined => meaning(reason).rule;

export const alertReasons = (Object.keys(reasons) as Reason[]).filter((reason) => meaning(reason).alert);
