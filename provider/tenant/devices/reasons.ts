/** What a device says about a profile: a word of ours, with Graph's complianceStatus for it and whether it needs attention. */

export type Status = "unknown" | "notApplicable" | "compliant" | "error" | "conflict" | "notAssigned";

interface Meaning {
  status: Status;
  /** Someone has to do something: the tenant's overview lists it as an alert (D2), by this rule. */
  alert?: string;
}

export const reasons = {
  installed: { status: "compliant" },
  otherPlatform: { status: "notApplicable" },
  belowMinimum: { status: "notApplicable" },
  notCheckedIn: { status: "unknown" },
  approvalPending: { status: "unknown" },
  appMissing: { status: "unknown", alert: "E10" },
  userMissing: { status: "error", alert: "E4" },
  addressMissing: { status: "error", alert: "E4" },
  duplicateAccount: { status: "error", alert: "E9" },
  sameAccount: { status: "conflict", alert: "E9" },
  // The profile is on the device, and cannot connect. What is wrong with a certificate's own deployment is an error;
  // that a handshake will fail is nothing that a device reports.
  serverCertificateMissing: { status: "compliant", alert: "E11" },
  identityCertificateMissing: { status: "error", alert: "E12" },
  rootCertificateMissing: { status: "error", alert: "E12" },
  chainNotTrusted: { status: "compliant", alert: "E12" },
  retained: { status: "notAssigned", alert: "D3" },
} as const satisfies Record<string, Meaning>;

export type Reason = keyof typeof reasons;

export const statusOf = (reason: Reason): Status => reasons[reason].status;

/** The rule that an alert of this kind is about; undefined where it is none. */
export const alertRule = (reason: Reason): string | undefined => (reasons[reason] as Meaning).alert;

export const alertReasons = (Object.keys(reasons) as Reason[]).filter((reason) => alertRule(reason) !== undefined);
