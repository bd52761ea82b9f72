/** The engine on the tenant of a folder: `ours.ts FOLDER`. Says, as JSON, how long each sync took and the memory of all. */
import { openFile } from "../../provider/tenant/file";
import { type SyncType, syncConnector } from "../../provider/tenant/sync/sync";
import { summary } from "./summary";
import { connectorId } from "./world";

const context = openFile(process.argv[2], undefined);

function timed(type: SyncType) {
  const begin = performance.now();
  const { failure, ...counts } = syncConnector(context, connectorId, type);
  const ms = performance.now() - begin;
  if (failure) throw new Error(failure);
  return { ms, ...counts };
}

const full = timed("fullSync");
const after = summary(context.db);
const second = timed("fullSync");
const idle = timed("deltaSync");

/** One of a hundred phones: most have synced mail since, and one in ten of them does not comply any more. */
context.db.transaction(() => {
  const some = "rowid % 100 = 10 AND rowid % 1000";
  context.db.run(`UPDATE easPartnership SET lastSuccessSync = '2020-03-02T07:30:00Z' WHERE ${some} <> 10`);
  context.db.run(`UPDATE device SET complianceState = 'noncompliant' WHERE ${some} = 10`);
});
const quick = timed("deltaSync");
/** Another hundredth, of which none complies any more. */
context.db.run("UPDATE device SET complianceState = 'noncompliant' WHERE rowid % 100 = 20");
const worst = timed("deltaSync");
const peakMib = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ full, second, idle, quick, worst, after, peakMib }));
