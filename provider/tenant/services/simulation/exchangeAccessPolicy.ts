/** `/simulation/exchangeAccessPolicy/check`: what another access policy would do to the devices, before it does (C2 to C4). */
import { z } from "zod";
import type { TenantContext } from "../../context";
import { countPartnerships } from "../../exchange/records";
import { readRefusals } from "../../exchange/refusals";
import { exchangeStatus } from "../../exchange/status";
import type { Reply, Route, RouteRequest } from "../../route";
import { allConnectors } from "../../sync/connector";
import type { AccessState } from "../../sync/decide";
import {
  readConditionalAccess,
  readExchangePolicy,
  writeConditionalAccess,
  writeExchangePolicy,
} from "../../sync/policy";
import { syncConnector } from "../../sync/sync";
import { ok, read, surface } from "./request";

export const exchangeAccessPolicyRoutes: readonly Route[] = [
  // What it tries is undone, and that is a transaction of its own.
  { method: "POST", path: "/exchangeAccessPolicy/check", ...surface, transaction: false, handle: checkPolicy },
];

/** EAS records of the organizations that have a connector, by what they may do with mail. */
export type Counts = Record<AccessState, number>;

/** Null: there are no connectors, they could not finish, or there are too many devices to try it. */
export interface Foreseen {
  before: Counts | null;
  after: Counts | null;
}

const level = z.enum(["none", "allow", "block", "quarantine"]);
const body = z.strictObject({
  enabled: z.boolean(),
  includedGroups: z.array(z.string()),
  excludedGroups: z.array(z.string()),
  overrideDefaultRule: z.boolean(),
  defaultAccessLevel: level,
  accessRules: z
    .array(
      z.strictObject({
        deviceClass: z.strictObject({ type: z.enum(["family", "model"]), name: z.string() }),
        accessLevel: level,
      }),
    )
    .nullable(),
});
type Policy = z.infer<typeof body>;

/** Trying it takes as long as a full sync, and nobody waits longer than moments for a preview. */
const devicesMax = 20_000;

function checkPolicy(context: TenantContext, request: RouteRequest): Reply {
  const policy = read(body, request);
  // Scripted refusals count the cmdlets that come; these are none of theirs.
  const canTry =
    countPartnerships(context) <= devicesMax && allConnectors(context).length > 0 && readRefusals(context).length === 0;
  return ok(canTry ? foresee(context, policy) : { before: null, after: null });
}

/** Ends the transaction that tried it. */
class Undone extends Error {}

/** Has the connectors carry the policy out, counts, and undoes all of it. */
function foresee(context: TenantContext, policy: Policy): Foreseen {
  const before = countsOf(context);
  let after: Counts | null = null;
  try {
    context.db.transaction(() => {
      const { defaultAccessLevel, accessRules, ...settings } = policy;
      writeConditionalAccess(context, { ...readConditionalAccess(context), ...settings });
      writeExchangePolicy(context, { ...readExchangePolicy(context), defaultAccessLevel, accessRules });
      const outcomes = allConnectors(context).map(({ id }) => syncConnector(context, id, "fullSync"));
      if (outcomes.every(({ failure }) => failure === undefined)) after = countsOf(context);
      throw new Undone();
    });
  } catch (error) {
    if (!(error instanceof Undone)) throw error;
  }
  return { before, after };
}

function countsOf(context: TenantContext): Counts {
  const served = new Set(allConnectors(context).map(({ exchangeOrganization }) => exchangeOrganization.toLowerCase()));
  const all: Counts = { allowed: 0, blocked: 0, quarantined: 0 };
  for (const { name, counts } of exchangeStatus(context).organizations) {
    if (!served.has(name.toLowerCase())) continue;
    for (const state of Object.keys(all) as AccessState[]) all[state] += counts[state];
  }
  return all;
}
