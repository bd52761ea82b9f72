/** A connector's talk with Exchange during one sync: its primary server, or another one while that is down (X7). */
import type { TenantContext } from "../context";
import { ExchangeError } from "../exchange/errors";
import { type CmdletParameters, type CmdletResult, invokeCommand } from "../exchange/invoke";
import { type Connector, updateConnector } from "./connector";

export type Invoke = (cmdlet: string, parameters?: CmdletParameters) => CmdletResult;

/** Gives the function that runs cmdlets; it goes to another server when one does not answer, and says so. */
export function openSession(context: TenantContext, connector: Connector): Invoke {
  const { primaryServer, annotations, discoveredServers, exchangeOrganization: organization, id } = connector;
  const others = discoveredServers.filter((server) => server !== primaryServer);
  const servers = annotations["@classic.casFailoverEnabled"] ? [primaryServer, ...others] : [primaryServer];
  const account = annotations["@classic.exchangeAccount"] ?? "";
  let current = connector.currentServer;

  const moveTo = (server: string): void => {
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
  };

  return (cmdlet, parameters) => {
    for (;;) {
      const server = servers[0];
      if (server === undefined) {
        const message = annotations["@classic.casFailoverEnabled"]
          ? `No client access server of ${organization} answers the connector.`
          : `The server ${primaryServer} of ${organization} does not answer, and the connector may use no other one (X7).`;
        throw new ExchangeError("serverDown", message);
      }
      try {
        const result = invokeCommand(context, { server, account }, cmdlet, parameters);
        if (server !== current) moveTo(server);
        return result;
      } catch (error) {
        if (!(error instanceof ExchangeError) || error.kind !== "serverDown") throw error;
        servers.shift();
      }
    }
  };
}
