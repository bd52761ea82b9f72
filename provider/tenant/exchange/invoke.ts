/**
 * The one door to Exchange: a cmdlet's name and its parameters, sent by an account to a client access server. It is
 * refused as Exchange would refuse it; what writes is an event and is counted.
 */
import type { TenantContext } from "../context";
import { type Cmdlet, cmdlets, type ServedCmdlet } from "./cmdlets";
import { ExchangeError } from "./errors";
import { findAccount, findOrganization, findServer, isDown, type Organization } from "./organizations";

export type CmdletParameters = Record<string, unknown>;
export type ExchangeObject = Record<string, unknown>;

export interface CmdletResult {
  objects: ExchangeObject[];
  warnings: string[];
  /** The organization's count of directory changes before and after, as the directory tells it to those who poll for changes. */
  uSN: { before: number; after: number };
}

/** What a cmdlet is run with. */
export interface CmdletCall {
  context: TenantContext;
  organization: Organization;
  account: string;
  parameters: CmdletParameters;
  warnings: string[];
}

/** Who speaks to which server. */
export interface ExchangeSession {
  server: string;
  account: string;
}

/** Runs a cmdlet in the organization of the server; throws an ExchangeError where Exchange would refuse it. */
export function invokeCommand(
  context: TenantContext,
  session: ExchangeSession,
  cmdlet: string,
  parameters: CmdletParameters = {},
): CmdletResult {
  const name = Object.keys(cmdlets).find((one) => one.toLowerCase() === cmdlet.toLowerCase());
  const row: Cmdlet | undefined = name === undefined ? undefined : cmdlets[name as ServedCmdlet];
  const work = (): CmdletResult => {
    const organization = authorize(context, session, cmdlet);
    if (!row || !name) {
      const message = `The term '${cmdlet}' is not recognized as a cmdlet that this Exchange serves.`;
      throw new ExchangeError("notFound", message);
    }
    for (const parameter of Object.keys(parameters)) {
      if (row.parameters.includes(parameter)) continue;
      const message = `A parameter cannot be found that matches parameter name '${parameter}'.`;
      throw new ExchangeError("invalidParameter", message);
    }
    const warnings: string[] = [];
    const before = organization.uSN;
    const objects = row.run({ context, organization, account: session.account, parameters, warnings });
    if (!row.writes) return { objects, warnings, uSN: { before, after: before } };
    record(context, organization.name, session.server, name, parameters);
    return { objects, warnings, uSN: { before, after: findOrganization(context, organization.name)!.uSN } };
  };
  return row?.writes ? context.db.transaction(work) : work();
}

/** The organization that the account reaches through the server. */
function authorize(context: TenantContext, { server, account }: ExchangeSession, cmdlet: string): Organization {
  const found = findServer(context, server);
  if (!found || isDown(context, found) || !found.services.includes("WinRM")) {
    const message = `Connecting to remote server ${server} failed: the server does not answer (WinRM).`;
    throw new ExchangeError("serverDown", message);
  }
  const known = findAccount(context, found.organization, account);
  if (!known) {
    throw new ExchangeError(
      "accessDenied",
      `Connecting to remote server ${server} failed for '${account}': Access is denied.`,
    );
  }
  if (known.cmdlets && !known.cmdlets.some((one) => one.toLowerCase() === cmdlet.toLowerCase())) {
    throw new ExchangeError(
      "cmdletNotAllowed",
      `The account '${account}' is not allowed to run the cmdlet '${cmdlet}'.`,
    );
  }
  return findOrganization(context, found.organization)!;
}

function record(
  context: TenantContext,
  organization: string,
  server: string,
  cmdlet: string,
  parameters: CmdletParameters,
) {
  context.db.run(
    `INSERT INTO cmdletCount VALUES (:organization, :cmdlet, 1) ON CONFLICT DO UPDATE SET count = count + 1`,
    { organization, cmdlet },
  );
  context.events.add({
    kind: "exchangeCmdlet",
    message: `${cmdlet} in ${organization}${parameters.Identity ? ` on ${parameters.Identity}` : ""}.`,
    detail: { organization, server, cmdlet, parameters },
  });
}
