/** Work in many steps, several of them to a transaction, for syncs of any size. */
import type { TenantContext } from "../context";
import { ExchangeError } from "../exchange/errors";

/** Steps of one transaction: each end of one makes SQLite wait for the disk. */
const stepsTogether = 40;

/** What such a transaction changes has to be at hand: devices and their events come in no order. */
const cacheKib = 96 * 1024;

/** Does all steps; what was done before Exchange refused is kept. */
export function inChunks(context: TenantContext, steps: Iterator<unknown>): void {
  const { db } = context;
  const { cache_size: before } = db.get<{ cache_size: number }>("PRAGMA cache_size")!;
  db.script(`PRAGMA cache_size = ${-cacheKib}`);
  try {
    while (inTransaction(context, () => takeSome(steps)));
  } finally {
    db.script(`PRAGMA cache_size = ${before}; PRAGMA shrink_memory`);
  }
}

/** False when there are no more. */
function takeSome(steps: Iterator<unknown>): boolean {
  for (let count = 0; count < stepsTogether; count++) if (steps.next().done) return false;
  return true;
}

function inTransaction({ db }: TenantContext, work: () => boolean): boolean {
  let refusal: ExchangeError | undefined;
  const more = db.transaction(() => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      refusal = error;
      return false;
    }
  });
  if (refusal) throw refusal;
  return more;
}
