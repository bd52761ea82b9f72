/** The end of the connector, judged by the tenant's clock (X11). */
import type { TenantContext } from "../context";

/** From here on (release 2007) a tenant without an active connector cannot create one. */
export const noNewConnectorsFrom = "2020-07-01T00:00:00Z";
/** From here on nothing syncs. */
export const noSyncFrom = "2024-02-19T00:00:00Z";

const wayOut =
  "Use hybrid modern authentication instead: with it, Outlook Mobile reaches on-premises Exchange under Intune's conditional access.";

const reached = ({ clock }: TenantContext, date: string): boolean => clock.nowMs() >= Date.parse(date);

/** Why no connector can be created now; undefined when one can. */
export function creationRefusal(context: TenantContext): string | undefined {
  if (reached(context, noSyncFrom)) return syncRefusal(context);
  if (!reached(context, noNewConnectorsFrom) || hasActiveConnector(context)) return undefined;
  return `Since release 2007 (July 2020) a tenant without an active Exchange connector cannot create one, and this tenant's clock says ${context.clock.now()} (X11). ${wayOut}`;
}

/** Why nothing syncs now; undefined when it does. */
export function syncRefusal(context: TenantContext): string | undefined {
  if (!reached(context, noSyncFrom)) return undefined;
  return `Support for the Exchange connector ended on 19 February 2024, and this tenant's clock says ${context.clock.now()}: nothing syncs any more (X11). ${wayOut}`;
}

const hasActiveConnector = ({ db }: TenantContext): boolean =>
  db.get("SELECT 1 FROM exchangeConnector WHERE status = 'connected'") !== undefined;
