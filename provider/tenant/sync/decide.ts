/**
 * Who may use mail: one pure function, read as a table from the top; the first row that fits decides. `docs/sync.md`
 * prints the same table for people.
 */
import type { Access } from "../exchange/access";

/** managedDevice.complianceState, and whether such a device keeps access. */
const complies = {
  compliant: true,
  inGracePeriod: true,
  configManager: true,
  noncompliant: false,
  conflict: false,
  error: false,
  unknown: false,
} as const;
export type ComplianceState = keyof typeof complies;

export interface Situation {
  /** The tenant's on-premises conditional access settings. */
  policy: { enabled: boolean; overrideDefaultRule: boolean };
  /** The EAS record: what Exchange's own rules and default give it when it is on no list of its mailbox. */
  record: { ruled: Access };
  /** The managed device with the record's EAS id, if the tenant knows one. */
  device: { enrolled: boolean; everEnrolled: boolean; complianceState: ComplianceState } | undefined;
  /** The user whose mailbox it is, if the tenant knows one. */
  user: { licensed: boolean; included: boolean; excluded: boolean } | undefined;
}

export type AccessState = "allowed" | "blocked" | "quarantined";
/** The words of exchangeAccessStateReason that decisions give. */
export type AccessReason = "compliant" | "notCompliant" | "notEnrolled" | "exchangeGlobalRule" | "exchangeDeviceRule";

export interface Verdict {
  /** The list of the mailbox that the device has to be on; none: on neither. */
  list: "allowed" | "blocked" | "none";
  state: AccessState;
  reason: AccessReason;
}
/** undefined: out of scope, Exchange's record stays untouched. */
export type Decision = Verdict | undefined;

interface DecisionRow {
  name: string;
  rule: "C1" | "C2" | "C3" | "C4";
  fits(situation: Situation): boolean;
  gives(situation: Situation): Decision;
}

const untouched = () => undefined;
const verdict = (list: Verdict["list"], state: AccessState, reason: AccessReason) => () => ({ list, state, reason });
const quarantine = verdict("blocked", "quarantined", "notEnrolled");

export const decisions: readonly DecisionRow[] = [
  { name: "conditional access is off", rule: "C1", fits: ({ policy }) => !policy.enabled, gives: untouched },
  { name: "the mailbox is of no user of the tenant", rule: "C1", fits: ({ user }) => !user, gives: untouched },
  { name: "the user has no Intune licence", rule: "C1", fits: ({ user }) => !user?.licensed, gives: untouched },
  {
    name: "the user is in an exempted group",
    rule: "C1",
    fits: ({ user }) => user?.excluded === true,
    gives: untouched,
  },
  { name: "the user is in no included group", rule: "C1", fits: ({ user }) => !user?.included, gives: untouched },
  { name: "the tenant does not know the device", rule: "C3", fits: ({ device }) => !device, gives: quarantine },
  { name: "the device never enrolled", rule: "C2", fits: ({ device }) => !device?.everEnrolled, gives: quarantine },
  {
    name: "the device is retired",
    rule: "C4",
    fits: ({ device }) => !device?.enrolled,
    gives: verdict("blocked", "blocked", "notEnrolled"),
  },
  {
    name: "the device does not comply",
    rule: "C4",
    fits: ({ device }) => !complies[device?.complianceState ?? "unknown"],
    gives: verdict("blocked", "blocked", "notCompliant"),
  },
  {
    name: "it complies, and overrides Exchange's default",
    rule: "C2",
    fits: ({ policy }) => policy.overrideDefaultRule,
    gives: verdict("allowed", "allowed", "compliant"),
  },
  { name: "it complies, and Exchange's rules have the last word", rule: "C2", fits: () => true, gives: ruled },
];

const stateWords = { Allowed: "allowed", Blocked: "blocked", Quarantined: "quarantined" } as const;
const reasonWords = { Global: "exchangeGlobalRule", DeviceRule: "exchangeDeviceRule" } as const;

function ruled({ record: { ruled } }: Situation): Verdict {
  const state = stateWords[ruled.state];
  // A record on no list is never ruled individually.
  const reason = state === "allowed" ? "compliant" : reasonWords[ruled.reason as keyof typeof reasonWords];
  return { list: "none", state, reason };
}

/** The row of the table that fits. */
export const decisionOf = (situation: Situation): DecisionRow => decisions.find((row) => row.fits(situation))!;

/** What access an EAS record has to have, and why (C1 to C4). */
export const decide = (situation: Situation): Decision => decisionOf(situation).gives(situation);
