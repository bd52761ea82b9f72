/**
 * A connector's talk with Exchange during one sync: its primary server, or another one while that is down (X7), by one
 * PowerShell runspace or several (X8). Where Exchange has no time for a cmdlet, it is tried again, within bounds.
 */
import type { TenantContext } from "../context";
import { costMs } from "../exchange/cost";
import { ExchangeError, passingKinds } from "../exchange/errors";
import { type CmdletParameters, type CmdletResult, invokeCommand } from "../exchange/invoke";
import type { CmdletName } from "../exchange/words";
import { type Connector, updateConnector } from "./connector";
import { openRunspaces, type Runspaces } from "./runspaces";

/** What Exchange answered, and when in the sync. */
export type Answer = CmdletResult & { endMs: number };

/** Runs a cmdlet, not before a moment of the sync. */
export type Invoke = (cmdlet: CmdletName, parameters?: CmdletParameters, notBefore?: number) => Answer;

export interface Session {
  invoke: Invoke;
  runspaces: Runspaces;
  /** Cmdlets that were tried again. */
  retries(): number;
}

/** How often a cmdlet is tried, and how long one sync waits in all; a sync that needs more goes on at its next time. */
const mostTries = 5;
const longestWaitMs = 600_000;
/** Where Exchange does not say how long to wait: doubled with each try. */
const firstWaitMs = 2_000;

/** How long to wait before the next try; undefined: there is none. */
function waitBefore({ kind, retryAfterSeconds }: ExchangeError, tries: number, waitedMs: number): number | undefined {
  if (!passingKinds.has(kind)) return undefined;
  const wait = retryAfterSeconds === undefined ? firstWaitMs * 2 ** (tries - 1) : retryAfterSeconds * 1000;
  return tries < mostTries && waitedMs + wait <= longestWaitMs ? wait : undefined;
}

/** Opens the session of one sync; it reaches for a server when the first cmdlet is run. */
export function openSession(context: TenantContext, connector: Connector): Session {
  const { annotations, exchangeOrganization: organization, id } = connector;
  const account = annotations["@classic.exchangeAccount"] ?? "";
  const runspaces = openRunspaces(annotations["@classic.parallelCommandSupport"]);
  const servers = serversFor(context, connector);
  let waitedMs = 0;
  let retries = 0;

  const retry = (cmdlet: CmdletName, server: string, error: ExchangeError, tries: number): number => {
    const wait = waitBefore(error, tries, waitedMs);
    if (wait === undefined) throw error;
    waitedMs += wait;
    retries++;
    context.events.add({
      kind: "exchangeCmdletRetried",
      subjectId: id,
      message: `Exchange did not serve ${cmdlet} in ${organization} (${error.kind}); it is tried again after ${wait / 1000} s.`,
      detail: { organization, server, cmdlet, reason: error.kind, waitMs: wait, tries },
    });
    return wait;
  };

  const invoke: Invoke = (cmdlet, parameters, notBefore = 0) => {
    let readyMs = notBefore;
    for (let tries = 1; ; ) {
      const server = servers.next();
      const { runspace, startMs } = runspaces.next(readyMs);
      try {
        const answer = invokeCommand(context, { server, account, runspace, elapsedMs: startMs }, cmdlet, parameters);
        servers.answered(server);
        const endMs = startMs + costMs(cmdlet, answer.objects.length || 1);
        runspaces.keep(runspace, endMs);
        return { ...answer, endMs };
      } catch (error) {
        if (!(error instanceof ExchangeError)) throw error;
        if (error.kind === "serverDown") servers.isDown();
        // Exchange gives no more runspaces than the account may have: the sync goes on with those that it has.
        else if (error.kind === "busy" && runspace > 1) runspaces.close(runspace);
        else readyMs = startMs + retry(cmdlet, server, error, tries++);
      }
    }
  };
  return { invoke, runspaces, retries: () => retries };
}

/** The servers to try, the primary first; tells when the connector moves from one to another (X7). */
function serversFor(context: TenantContext, connector: Connector) {
  const { primaryServer, annotations, discoveredServers, exchangeOrganization: organization, id } = connector;
  const failover = annotations["@classic.casFailoverEnabled"];
  const others = discoveredServers.filter((server) => server !== primaryServer);
  const servers = failover ? [primaryServer, ...others] : [primaryServer];
  let current = connector.currentServer;
  return {
    next: (): string => {
      if (servers[0] !== undefined) return servers[0];
      throw new ExchangeError(
        "serverDown",
        failover
          ? `No client access server of ${organization} answers the connector.`
          : `The server ${primaryServer} of ${organization} does not answer, and the connector may use no other one (X7).`,
      );
    },
    isDown: () => void servers.shift(),
    answered: (server: string): void => {
      if (server === current) return;
      const back = server === primaryServer;
      const what = back ? "is back on its primary server" : "moved, while its primary server does not answer, to";
      context.events.add({
        kind: back ? "connectorReturned" : "connectorFailedOver",
        subjectId: id,
        message: `The connector of ${organization} ${what} ${server}.`,
        detail: { from: current, to: server },
      });
      updateConnector(context, id, { currentServer: server });
      current = server;
    },
  };
}
