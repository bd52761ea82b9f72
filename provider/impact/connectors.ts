/** What a reviewer should know of connectors: how they are, whether they go on, whom their next synchronization blocks. */
import type { TenantContext } from "../tenant/context";
import { allConnectors, type Connector } from "../tenant/sync/connector";
import { creationRefusal, syncRefusal } from "../tenant/sync/lifecycle";
import { exchangeTasks } from "../tenant/sync/schedule";
import type { Risk } from "./impact";
import { lastEvent } from "./outcome";
import { counted, span, time } from "./report/words";
import { riskOf, sentenceOf } from "./risk-kinds";

/** Connectors as they are before anything is done, and why they cannot go on. */
export interface Connectors {
  all: Connector[];
  refusal: string | undefined;
  nowMs: number;
}

export const connectorsOf = (context: TenantContext): Connectors => ({
  all: allConnectors(context),
  refusal: syncRefusal(context) ?? creationRefusal(context),
  nowMs: context.clock.nowMs(),
});

interface Sides {
  without: TenantContext;
  having: TenantContext;
}

/** @param before what they were before the plan; both tenants are at the end of the forecast, and go on to the next synchronization */
export function connectorRisks(before: Connectors, { without, having }: Sides): Risk[] {
  const after = allConnectors(having);
  const organizations = new Set(after.map(({ exchangeOrganization }) => exchangeOrganization));
  return [
    ...before.all
      .filter(({ exchangeOrganization: name }) => !organizations.has(name))
      .map((one) => gone(one, without, having)),
    ...ended(after, before.refusal ?? endOf(having)),
    ...(before.refusal ? [] : stale(before, after)),
    ...blockedNext(without, having),
  ];
}

function gone({ exchangeOrganization: name }: Connector, without: TenantContext, having: TenantContext): Risk {
  const { devices } = without.db.get<{ devices: number }>(
    "SELECT count(*) AS devices FROM easRecord WHERE organization = :name AND state <> 'allowed'",
    { name },
  )!;
  const stays = counted(devices, "device that it turns away stays", "devices that it turns away stay");
  const again = creationRefusal(having);
  const message = `Nothing synchronizes with ${name} any more, and Exchange keeps what the last synchronization left (X9): ${stays} so, and one that stops complying keeps its access.${again ? ` It cannot be made again: ${again}` : ""}`;
  return riskOf("connectorGone", message, { names: [name], devices });
}

function ended(after: readonly Connector[], refusal: string | undefined): Risk[] {
  if (after.length === 0 || !refusal) return [];
  return [riskOf("connectorEnded", refusal, { names: after.map(({ exchangeOrganization }) => exchangeOrganization) })];
}

/** What comes to be while the forecast looks at it. */
const endOf = (having: TenantContext): string | undefined => {
  const refusal = syncRefusal(having);
  return refusal && `Within the time that this forecast looks at: ${refusal}`;
};

const dayMs = 86_400_000;

/** Those that have not synchronized for a day; a forecast takes them to do so, as its copy has nothing in their way. */
function stale({ all, nowMs }: Connectors, after: readonly Connector[]): Risk[] {
  return all.flatMap(({ exchangeOrganization: name, lastSyncDateTime, status }): Risk[] => {
    const ageMs = nowMs - Date.parse(lastSyncDateTime);
    if (ageMs <= dayMs && status === "connected") return [];
    const then = after.find(({ exchangeOrganization }) => exchangeOrganization === name);
    if (!then) return [];
    const goesOn =
      then.status === "connected"
        ? "The forecast takes it to go on by its schedule"
        : "In the forecast it does not connect either";
    const message = `The connector of ${name} is ${status}, and its last synchronization was ${span(ageMs)} ago, at ${time(lastSyncDateTime)} (X10). ${goesOn}.`;
    return [riskOf("connectorStale", message, { names: [name] })];
  });
}

// --- the next synchronization -------------------------------------------------------------------------------------------

interface Blocked {
  time: string;
  deviceKey: string;
  userPrincipalName: string | null;
}

/** Whom the plan blocks only at the synchronization that follows what the forecast looks at. */
function blockedNext(without: TenantContext, having: TenantContext): Risk[] {
  const mine = syncOnce(having);
  if (mine.length === 0) return [];
  const anyway = new Set(syncOnce(without).map(({ deviceKey }) => deviceKey));
  const found = mine.filter(({ deviceKey }) => !anyway.has(deviceKey));
  if (found.length === 0) return [];
  const people = new Set(found.flatMap(({ userPrincipalName }) => userPrincipalName ?? []));
  const when = time(found[0]!.time);
  const message = `After what this forecast looks at, by the synchronization of ${when}, ${sentenceOf("blockedNext", people.size, found.length)}`;
  return [riskOf("blockedNext", message, { people: people.size, devices: found.length, names: [...people] })];
}

/** Lets each connector do its next quick sync; devices stay as they are. Tells which of them it blocked. */
function syncOnce(context: TenantContext): Blocked[] {
  const since = lastEvent(context);
  const next = exchangeTasks(context)
    .filter(({ name }) => name.startsWith("quick"))
    .sort((one, other) => one.dueMs - other.dueMs);
  for (const { dueMs, run } of next) {
    context.clock.set(Math.max(context.clock.nowMs(), dueMs));
    run(context);
  }
  return context.db.all<Blocked>(
    `SELECT time, detail ->> 'deviceId' AS deviceKey, userPrincipalName FROM event LEFT JOIN user ON user.id = userId
     WHERE sequence > :since AND kind IN ('accessBlocked', 'deviceQuarantined') ORDER BY time`,
    { since },
  );
}
