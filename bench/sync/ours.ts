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
// One of a hundred phones does not comply any more, of those that did.
context.db.run("UPDATE device SET complianceState = 'noncompliant' WHERE rowid % 100 = 10");
const quick = timed("deltaSync");
console.log(JSON.stringify({ full, second, idle, quick, after, peakMib: process.resourceUsage().maxRSS / 1024 }));
