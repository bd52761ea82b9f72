/**
 * Exchange's REST endpoint over HTTP, for programs that speak to the simulated Exchange without a connector.
 *
 * `{tenant}` is the organization's name or domain, or the full name of one of its client access servers; of an organization
 * the first server that answers is taken. The account is named by HTTP Basic, domain\user and password, where the real
 * endpoint takes an access token of the directory; the password counts where the seed knows it (`passwordSha256`).
 */
import { z } from "zod";
import type { TenantContext } from "../context";
import type { Reply, Route, RouteRequest } from "../route";
import { ExchangeError } from "./errors";
import { answerCommand } from "./invoke";
import { allOrganizations, findAccount, findServer, isDown, passwordIsRight, serversOf } from "./organizations";

export const adminApiRoutes: readonly Route[] = [
  // A cmdlet whose answer is lost has run all the same: it sees to its own transaction.
  {
    method: "POST",
    path: "/beta/:tenant/InvokeCommand",
    versions: ["adminapi"],
    scopes: [],
    transaction: false,
    handle: invoke,
  },
];

const body = z.object({
  CmdletInput: z.object({
    CmdletName: z.string().min(1),
    Parameters: z.record(z.string(), z.unknown()).nullish(),
  }),
});

function invoke(context: TenantContext, request: RouteRequest): Reply {
  const parsed = body.safeParse(request.body);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`);
    throw new ExchangeError(
      "invalidParameter",
      `The request is not {"CmdletInput": {"CmdletName": …}}: ${problems.join("; ")}.`,
    );
  }
  const { CmdletName, Parameters } = parsed.data.CmdletInput;
  const server = serverOf(context, request.parameters.tenant!);
  const account = signedIn(context, server, request);
  const answer = answerCommand(
    context,
    { server, account },
    { CmdletInput: { CmdletName, ...(Parameters ? { Parameters } : {}) } },
  );
  const metadata = `${request.base}/beta/${request.parameters.tenant}/$metadata#Collection(Exchange.GenericHashTable)`;
  return { status: 200, body: { ...answer, "@odata.context": metadata } };
}

/** The server that a segment of the path means. */
function serverOf(context: TenantContext, tenant: string): string {
  const server = findServer(context, tenant);
  if (server) return server.fqdn;
  const same = (text: string) => text.toLowerCase() === tenant.toLowerCase();
  const organizations = allOrganizations(context);
  const found = organizations.filter(({ name, domain }) => same(name) || same(domain));
  if (found.length !== 1) {
    const names = organizations.map(({ name }) => `'${name}'`).join(", ") || "there is none";
    const what = found.length === 0 ? "is no organization or server" : "is the domain of several organizations";
    throw new ExchangeError("notFound", `'${tenant}' ${what}. Organizations are: ${names}.`);
  }
  const servers = serversOf(context, found[0]!.name);
  const up = servers.find((one) => !isDown(context, one) && one.services.includes("WinRM"));
  return (up ?? servers[0]!).fqdn;
}

/** The account of the Authorization header. A tenant that demands tokens takes no account whose password it cannot tell. */
function signedIn(context: TenantContext, server: string, { header, trusted }: RouteRequest): string {
  const authorization = header("authorization");
  const denied = (why: string) =>
    new ExchangeError("accessDenied", `Connecting to remote server ${server} failed: Access is denied. ${why}`);
  const [, credentials] = /^Basic +(\S+) *$/i.exec(authorization ?? "") ?? [];
  if (credentials === undefined) throw denied("Name an account by HTTP Basic, domain\\user and its password.");
  const text = Buffer.from(credentials, "base64").toString("utf8");
  const [name = "", ...password] = text.split(":");
  const account = findAccount(context, findServer(context, server)!.organization, name);
  if (account && account.passwordSha256 === null && !trusted) {
    throw denied(`This tenant demands proof, and its seed has no passwordSha256 of '${name}'.`);
  }
  if (!account || !passwordIsRight(account, password.join(":"))) {
    throw denied(`'${name}' is no account of it, or the password is wrong.`);
  }
  return account.name;
}
