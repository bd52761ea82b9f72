/**
 * The one door to Exchange: InvokeCommand, a cmdlet's name and its parameters as JSON, sent by an account to a client
 * access server. The HTTP endpoint (adminApi.ts) and the connector's session come through it alike. It is refused as
 * Exchange would refuse it; what writes is an event and is counted.
 *
 * The form is that of Exchange Online's `POST /adminapi/beta/{tenant}/InvokeCommand`. Seen in captures and clients of it:
 * `CmdletInput` with `CmdletName` and `Parameters`, hash tables with `@odata.type`, `@odata.context`, `value`,
 * `@adminapi.warnings` and its type annotation. Not seen: that an Exchange on premises has the endpoint; there, the same
 * cmdlets go through remote PowerShell.
 */
import type { TenantContext } from "../context";
import { isRecord } from "../metadata";
import { spend } from "./budget";
import { type Cmdlet, cmdlets, findCmdlet } from "./cmdlets";
import { ExchangeError } from "./errors";
import { changeCountOf, findAccount, findOrganization, findServer, isDown, type Organization } from "./organizations";
import { refusalError, takeRefusal } from "./refusals";
import type { CmdletName } from "./words";

export type CmdletParameters = Record<string, unknown>;
export type ExchangeObject = Record<string, unknown>;

/** Body of a request. */
export interface CmdletRequest {
  CmdletInput: { CmdletName: string; Parameters?: CmdletParameters };
}

/** Body of an answer. */
export interface CmdletAnswer {
  "@odata.context": string;
  "adminapi.warnings@odata.type": "#Collection(String)";
  "@adminapi.warnings": string[];
  /**
   * The organization's count of directory changes before and after, which Active Directory tells those who poll it for
   * changes (highestCommittedUSN), and the real endpoint does not.
   */
  "@simulation.uSN": { before: number; after: number };
  value: ExchangeObject[];
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
  /** Number of the runspace that the cmdlet runs in, from 1; left out: the first. An account has so many (X8). */
  runspace?: number;
  /** Time since the clock's: a sync takes time of which the clock does not know, and throttling goes by it. */
  elapsedMs?: number;
}

const hashTable = "#Exchange.GenericHashTable";

/** A hash table of PowerShell, `@{Add="…"}`, as the endpoint takes it. */
export const genericHashTable = (entries: Record<string, unknown>) => ({ "@odata.type": hashTable, ...entries });

/** Answers a request in the organization of the session's server; throws an ExchangeError where Exchange would refuse it. */
export function answerCommand(context: TenantContext, session: ExchangeSession, request: CmdletRequest): CmdletAnswer {
  const { CmdletName: asked, Parameters: parameters = {} } = request.CmdletInput;
  const known = findCmdlet(asked);
  let lost: ExchangeError | undefined;
  const work = (): CmdletAnswer => {
    const organization = authorize(context, session, asked);
    if (!known) throw unknownCmdlet(asked);
    const attempt = { organization: organization.name, account: session.account, cmdlet: known };
    const refusal = takeRefusal(context, attempt);
    if (refusal && refusal.kind !== "timeout") throw refusalError(refusal, attempt);
    if (refusal) lost = refusalError(refusal, attempt);
    return runCmdlet(context, session, organization, known, parameters);
  };
  const answer = known && cmdlets[known].writes ? context.db.transaction(work) : work();
  if (lost) throw lost;
  return answer;
}

function runCmdlet(
  context: TenantContext,
  session: ExchangeSession,
  organization: Organization,
  name: CmdletName,
  parameters: CmdletParameters,
): CmdletAnswer {
  const row: Cmdlet = cmdlets[name];
  checkParameters(name, row, parameters);
  const warnings: string[] = [];
  const before = organization.uSN;
  const call: CmdletCall = { context, organization, account: session.account, parameters, warnings };
  const whatIf = parameters.WhatIf === true;
  const value = whatIf ? [] : row.run(call);
  if (whatIf) warnings.push(`What if: ${name} would run${parameters.Identity ? ` on ${parameters.Identity}` : ""}.`);
  const wrote = row.writes && !whatIf;
  if (wrote) record(context, organization.name, session.server, name, parameters);
  return {
    "@odata.context": `adminapi/beta/${organization.domain}/$metadata#Collection(Exchange.GenericHashTable)`,
    "adminapi.warnings@odata.type": "#Collection(String)",
    "@adminapi.warnings": warnings,
    "@simulation.uSN": { before, after: wrote ? changeCountOf(context, organization.name) : before },
    value,
  };
}

/** The organization that the account reaches through the server. */
function authorize(context: TenantContext, session: ExchangeSession, cmdlet: string): Organization {
  const { server, account, runspace = 1, elapsedMs = 0 } = session;
  const found = findServer(context, server);
  if (!found || isDown(context, found, elapsedMs) || !found.services.includes("WinRM")) {
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
      `The account '${account}' is not allowed to run the cmdlet '${cmdlet}' (X4).`,
    );
  }
  spend(context, known, { runspace, elapsedMs });
  return findOrganization(context, found.organization)!;
}

const unknownCmdlet = (cmdlet: string) =>
  new ExchangeError("notFound", `The term '${cmdlet}' is not recognized as a cmdlet that this Exchange serves.`);

/** Of every cmdlet that writes; one simulated domain has one domain controller, and nobody is there to confirm. */
const ofWrites = ["Confirm", "DomainController", "WhatIf"];
const ofReads = ["DomainController"];

function checkParameters(name: string, row: Cmdlet, parameters: CmdletParameters): void {
  const common = row.writes ? ofWrites : ofReads;
  for (const [parameter, value] of Object.entries(parameters)) {
    if (row.unsimulated?.includes(parameter)) {
      const message = `The parameter '${parameter}' of ${name} is Exchange's, but this simulation does not have it. Leave it out.`;
      throw new ExchangeError("invalidParameter", message);
    }
    if (!row.parameters.includes(parameter) && !common.includes(parameter)) {
      const message = `A parameter cannot be found that matches parameter name '${parameter}'.`;
      throw new ExchangeError("invalidParameter", message);
    }
    if (isRecord(value) && value["@odata.type"] !== undefined && value["@odata.type"] !== hashTable) {
      const message = `Cannot bind parameter '${parameter}': its @odata.type is '${value["@odata.type"]}', not '${hashTable}'.`;
      throw new ExchangeError("invalidParameter", message);
    }
  }
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

// --- the client's side ----------------------------------------------------------------------------------------------

/** An answer, as a program reads it. */
export interface CmdletResult {
  objects: ExchangeObject[];
  warnings: string[];
  uSN: { before: number; after: number };
}

/** Sends a cmdlet through the door, and reads the answer. */
export function invokeCommand(
  context: TenantContext,
  session: ExchangeSession,
  CmdletName: string,
  Parameters: CmdletParameters = {},
): CmdletResult {
  const answer = answerCommand(context, session, { CmdletInput: { CmdletName, Parameters } });
  return { objects: answer.value, warnings: answer["@adminapi.warnings"], uSN: answer["@simulation.uSN"] };
}
