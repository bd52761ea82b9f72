/**
 * A long run of two connectors, by the tenant's own clock, in two phases: hours in which companies change and things go
 * wrong, then a day of calm, after which everything has to be right. One number gives one campaign.
 */
import fc from "fast-check";
import { advanceTo } from "../../../provider/tenant/schedule";
import { allConnectors, findConnector } from "../../../provider/tenant/sync/connector";
import { syncConnector } from "../../../provider/tenant/sync/sync";
import { changes, worlds } from "./changes";
import { mishaps, undo } from "./mishaps";
import { expectedOf, wrongAfterSync } from "./oracle";
import { addConnector, addFabrikam, makeTwo } from "./world";

export interface Campaign {
  /** How often each kind of event happened. */
  events: Record<string, number>;
  /** What is not as it has to be; none: all is right. */
  wrong: string[];
}

const hourMs = 3_600_000;

export function runCampaign(seed: number, hours: number): Campaign {
  const [spec] = fc.sample(worlds, { seed, numRuns: 1 });
  const rounds = fc.sample(fc.tuple(fc.array(changes, { maxLength: 3 }), mishaps, fc.nat({ max: 1 })), {
    seed,
    numRuns: hours,
  });
  const context = makeTwo(spec!);
  const ids = [addConnector(context), addFabrikam(context)];
  let target = context.clock.nowMs();
  for (const [round, mishap, about] of rounds) {
    target += hourMs;
    for (const change of round) change(context);
    ids[about] = mishap(context, ids[about]!, (then) => advanceTo(then, target));
    // A process that was killed is started again, and catches up.
    if (context.clock.nowMs() < target) advanceTo(context, target);
    undo(context);
  }
  advanceTo(context, target + 25 * hourMs);
  return { events: countEvents(context), wrong: wrongAtEnd(context) };
}

type Context = ReturnType<typeof makeTwo>;

const countEvents = ({ db }: Context): Record<string, number> =>
  Object.fromEntries(
    db
      .all<{ kind: string; count: number }>("SELECT kind, count(*) AS count FROM event GROUP BY kind ORDER BY kind")
      .map(({ kind, count }) => [kind, count]),
  );

function wrongAtEnd(context: Context): string[] {
  return allConnectors(context).flatMap(({ id, exchangeOrganization: organization }) => {
    const wrong = wrongAfterSync(context, expectedOf(context, organization), organization);
    const { status, progress } = findConnector(context, id)!;
    if (status !== "connected") wrong.push(`the connector is ${status}`);
    if (progress !== null) wrong.push("a sync has not been gone on with");
    const { writes, mails } = syncConnector(context, id, "fullSync");
    if (writes + mails > 0) wrong.push(`one more full sync writes ${writes} times and sends ${mails} mails`);
    return wrong.map((line) => `${organization}: ${line}`);
  });
}
