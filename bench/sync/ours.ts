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
  const one = "rowid % 100 = 10";
  context.db.run(
    `UPDATE easPartnership SET lastSuccessSync = '2020-03-02T07:30:00Z' WHERE ${one} AND rowid % 1000 <> 10`,
  );
  context.db.run(`UPDATE device SET complianceState = 'noncompliant' WHERE ${one} AND rowid % 1000 = 10`);
});
const quick = timed("deltaSync");
console.log(JSON.stringify({ full, second, idle, quick, after, peakMib: process.resourceUsage().maxRSS / 1024 }));
