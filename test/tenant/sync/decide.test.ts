import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  type ComplianceState,
  decide,
  decisionOf,
  decisions,
  type Situation,
  type Verdict,
} from "../../../provider/tenant/sync/decide";

const root = path.join(__dirname, "../../..");
const golden = path.join(root, "test/golden/access.md");

const compliant = { enrolled: true, everEnrolled: true, complianceState: "compliant" } as const;
const inScope: Situation = {
  policy: { enabled: true, overrideDefaultRule: true },
  record: { ruled: { state: "Allowed", reason: "Global" } },
  device: compliant,
  user: { licensed: true, included: true, excluded: false },
};
const user = inScope.user!;
const off = { enabled: true, overrideDefaultRule: false };
const ruled = (state: "Allowed" | "Blocked" | "Quarantined", reason: "Global" | "DeviceRule") => ({
  policy: off,
  record: { ruled: { state, reason } },
});
const verdict = (list: Verdict["list"], state: Verdict["state"], reason: Verdict["reason"]) => ({
  list,
  state,
  reason,
});
const quarantine = verdict("blocked", "quarantined", "notEnrolled");
const notCompliant = verdict("blocked", "blocked", "notCompliant");
const allow = verdict("allowed", "allowed", "compliant");
const withState = (complianceState: NonNullable<Situation["device"]>["complianceState"]) => ({
  device: { ...compliant, complianceState },
});

const rows: [name: string, change: Partial<Situation>, expected: Verdict | undefined][] = [
  ["C1 conditional access off: untouched", { policy: { enabled: false, overrideDefaultRule: true } }, undefined],
  ["C1 a mailbox of nobody: untouched", { user: undefined }, undefined],
  ["C1 no licence: untouched", { user: { ...user, licensed: false } }, undefined],
  ["C1 in no included group: untouched", { user: { ...user, included: false } }, undefined],
  ["C1 included and exempted: untouched", { user: { ...user, excluded: true } }, undefined],
  ["C1 out of scope wins over an unknown device", { user: { ...user, included: false }, device: undefined }, undefined],
  ["C3 unknown device: quarantine", { device: undefined }, quarantine],
  ["C2 known from Exchange only", { device: { ...compliant, enrolled: false, everEnrolled: false } }, quarantine],
  [
    "C4 retired, however compliant it was",
    { device: { ...compliant, enrolled: false } },
    verdict("blocked", "blocked", "notEnrolled"),
  ],
  ["C4 noncompliant", withState("noncompliant"), notCompliant],
  ["C4 conflict", withState("conflict"), notCompliant],
  ["C4 error", withState("error"), notCompliant],
  ["C4 compliance not known", withState("unknown"), notCompliant],
  ["C2 compliant", {}, allow],
  ["C2 in grace", withState("inGracePeriod"), allow],
  ["C2 managed by Configuration Manager", withState("configManager"), allow],
  ["C2 compliant, default Block overridden", { record: { ruled: { state: "Blocked", reason: "Global" } } }, allow],
  ["C2 not overridden, default Allow", ruled("Allowed", "Global"), verdict("none", "allowed", "compliant")],
  ["C2 not overridden, default Block", ruled("Blocked", "Global"), verdict("none", "blocked", "exchangeGlobalRule")],
  [
    "C2 not overridden, quarantined by a rule",
    ruled("Quarantined", "DeviceRule"),
    verdict("none", "quarantined", "exchangeDeviceRule"),
  ],
  ["C4 no override saves a device that does not comply", { policy: off, ...withState("noncompliant") }, notCompliant],
];

/** Every situation there can be. */
function* everySituation(): Generator<Situation> {
  const both = [false, true];
  const states = ["Allowed", "Blocked", "Quarantined"] as const;
  const policies = both.flatMap((enabled) => both.map((overrideDefaultRule) => ({ enabled, overrideDefaultRule })));
  const records = states.flatMap((state) =>
    (["Global", "DeviceRule"] as const).map((reason) => ({ ruled: { state, reason } })),
  );
  const users = both.flatMap((licensed) =>
    both.flatMap((included) => both.map((excluded) => ({ licensed, included, excluded }))),
  );
  const devices = complianceStates.flatMap((complianceState) => [
    { enrolled: true, everEnrolled: true, complianceState },
    { enrolled: false, everEnrolled: true, complianceState },
    { enrolled: false, everEnrolled: false, complianceState },
  ]);
  for (const policy of policies) {
    for (const record of records) {
      for (const of of [undefined, ...users]) {
        for (const device of [undefined, ...devices]) yield { policy, record, device, user: of };
      }
    }
  }
}

const complianceStates = Object.keys({
  compliant: true,
  inGracePeriod: true,
  configManager: true,
  noncompliant: true,
  conflict: true,
  error: true,
  unknown: true,
} satisfies Record<ComplianceState, true>) as ComplianceState[];

/** The table, with all that each row gives anywhere. */
function printed(): string {
  const given = new Map<string, Set<string>[]>();
  for (const situation of everySituation()) {
    const { name } = decisionOf(situation);
    const { list, state, reason } = decide(situation) ?? { list: "untouched", state: "–", reason: "–" };
    const cells = given.get(name) ?? [new Set(), new Set(), new Set()];
    given.set(name, cells);
    for (const [at, cell] of [list === "none" ? "neither" : list, state, reason].entries()) cells[at]!.add(cell);
  }
  const rows = decisions.map(({ name, rule }, at) => {
    const cells = given.get(name)!.map((cell) => [...cell].sort().join(", "));
    return `| ${[at + 1, name, rule, ...cells].join(" | ")} |`;
  });
  const head = "| # | when | rule | list of the mailbox | exchangeAccessState | exchangeAccessStateReason |";
  return [head, "|---|---|---|---|---|---|", ...rows].join("\n");
}

describe("decide", () => {
  for (const [name, change, expected] of rows) {
    it(name, () => assert.deepEqual(decide({ ...inScope, ...change }), expected));
  }

  it("has no row that no case reaches", () => {
    const reached = new Set(rows.map(([, change]) => decisionOf({ ...inScope, ...change }).name));
    assert.deepEqual([...reached].sort(), decisions.map((row) => row.name).sort());
  });

  it("is the table of test/golden/access.md, which docs/sync.md has too (UPDATE_GOLDEN=1 writes the first anew)", () => {
    const table = printed();
    const text = `# Who may use mail on Exchange\n\nPrinted from \`decide\`, over every situation there can be.\n\n${table}\n`;
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, text);
    assert.equal(readFileSync(golden, "utf8"), text);
    assert.ok(readFileSync(path.join(root, "docs/sync.md"), "utf8").includes(`\n${table}\n`), "docs/sync.md");
  });
});
