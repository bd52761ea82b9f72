/** Quick sync (S1): the records that have changed since the last sync, on Exchange's side or on the tenant's. */
import { policyChanged, settleChanges } from "./changes";
import { updateConnector } from "./connector";
import { settleEverything } from "./everything";
import type { Run } from "./run";

/** Settles what has changed. */
export function quickSync(run: Run): void {
  const { context, connector, settings } = run;
  const { changeMark, uSNMark, settingsMark } = connector;
  // Who is in scope, or what Exchange's own rules say, may have changed for everybody.
  if (policyChanged(context, changeMark) || JSON.stringify(settings) !== settingsMark) settleEverything(run);
  else {
    settleChanges(run, { change: changeMark, uSN: uSNMark }, ({ change, uSN }) =>
      updateConnector(context, connector.id, { changeMark: change, uSNMark: uSN }),
    );
  }
}
