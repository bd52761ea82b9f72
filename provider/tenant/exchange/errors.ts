/** What goes wrong between a connector and Exchange, and how Exchange's REST endpoint says it. */

export type ExchangeErrorKind =
  /** The client access server does not answer. */
  | "serverDown"
  /** The account is unknown, or its password is wrong. */
  | "accessDenied"
  /** The account may not run the cmdlet (X4). */
  | "cmdletNotAllowed"
  /** The account has run more than it may in a time; `retryAfterSeconds` says when it may again. */
  | "throttled"
  /** All runspaces that the account may have are taken (X8). */
  | "busy"
  /** The answer did not come in time: whether the cmdlet has run is not known. */
  | "timeout"
  | "notFound"
  | "invalidParameter";

/** Exchange refuses a cmdlet, or does not answer. */
export class ExchangeError extends Error {
  constructor(
    readonly kind: ExchangeErrorKind,
    message: string,
    /** Seconds of the tenant's time after which the same cmdlet may pass; where Exchange says it. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

/** Kinds that another try, later or on another server, may get past. */
export const passingKinds: ReadonlySet<ExchangeErrorKind> = new Set(["serverDown", "throttled", "busy", "timeout"]);

interface WireForm {
  status: number;
  code: string;
  /** The exception of Exchange that it comes from. */
  type: string;
}

const management = "Microsoft.Exchange.Configuration.Tasks";
const invocation = "Microsoft.Exchange.AdminApi.CommandInvocation";

/**
 * Seen in captures of the real endpoint: 400 BadRequest for a wrong parameter, 404 NotFound, the three exceptions with
 * Exchange's namespaces in their names, 403 for a caller without the role (its body is then empty; here it says why), 429.
 * Not seen: the other rows, which take HTTP's own words.
 */
const wireForms = {
  serverDown: {
    status: 503,
    code: "ServiceUnavailable",
    type: "System.Management.Automation.Remoting.PSRemotingTransportException",
  },
  accessDenied: { status: 401, code: "Unauthorized", type: "System.UnauthorizedAccessException" },
  cmdletNotAllowed: { status: 403, code: "Forbidden", type: `${management}.CmdletAccessDeniedException` },
  throttled: { status: 429, code: "TooManyRequests", type: "Microsoft.Exchange.Data.Directory.OverBudgetException" },
  busy: { status: 503, code: "ServerBusy", type: "Microsoft.Exchange.Data.Directory.OverBudgetException" },
  timeout: { status: 504, code: "GatewayTimeout", type: "System.TimeoutException" },
  notFound: { status: 404, code: "NotFound", type: `${management}.ManagementObjectNotFoundException` },
  invalidParameter: { status: 400, code: "BadRequest", type: `${invocation}.ParameterTransformationException` },
} as const satisfies Record<ExchangeErrorKind, WireForm>;

/** An error as the endpoint answers it: the text is inside, `message` says no more than that something is wrong. */
export function wireError({ kind, message, retryAfterSeconds }: ExchangeError) {
  const { status, code, type } = wireForms[kind];
  return {
    status,
    ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
    body: {
      error: {
        code,
        message: "Invalid Operation",
        details: [{ code: "Client", target: "", message: `|${type}|${message}` }],
        innererror: {
          message: "Invalid Operation",
          type: "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
          stacktrace: "",
          internalexception: { message, type, stacktrace: "" },
        },
      },
    },
  };
}
